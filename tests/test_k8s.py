"""The cluster's manifest names what the image is: its port, its user, its probes, the metric it tells."""

from pathlib import Path

import yaml
from prometheus_client import generate_latest

from app import routes, status
from app.desk import Desk

ROOT = Path(__file__).parent.parent
FOUND = {
    record["kind"]: record
    for record in yaml.safe_load_all((ROOT / "ops" / "k8s" / "glassbox.yaml").read_text())
}
POD = FOUND["Deployment"]["spec"]["template"]
[CONTAINER] = POD["spec"]["containers"]


def test_it_asks_the_images_own_port_for_its_own_health():
    dockerfile = (ROOT / "Dockerfile").read_text()
    [port] = CONTAINER["ports"]
    assert f"EXPOSE {port['containerPort']}\n" in dockerfile
    assert FOUND["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert CONTAINER[probe]["httpGet"] == {"path": "/healthz", "port": port["name"]}
    assert {"/healthz", "/metrics"} <= {
        route.path for route in (*routes.router.routes, *status.router.routes)
    }


def test_it_runs_as_the_images_user_within_limits():
    assert POD["spec"]["securityContext"]["runAsUser"] == 1000
    assert "USER 1000" in (ROOT / "Dockerfile").read_text()
    assert {"cpu", "memory"} == set(CONTAINER["resources"]["limits"])
    assert POD["spec"]["terminationGracePeriodSeconds"] > 10  # SIGTERM takes at most ten


def test_it_selects_its_own_pods_and_scales_on_a_metric_that_is_told():
    labels = POD["metadata"]["labels"]
    assert FOUND["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert FOUND["Service"]["spec"]["selector"] == labels
    scaler = FOUND["HorizontalPodAutoscaler"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == FOUND["Deployment"]["metadata"]["name"]
    metric = scaler["metrics"][0]["pods"]["metric"]["name"]
    assert f"\n{metric} " in generate_latest(status.registry(Desk())).decode()
