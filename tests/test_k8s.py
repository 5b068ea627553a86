"""The cluster's manifest names what the image is: its port, its user, its probes, the metric it tells.

No cluster is asked: kubectl is one of our own, which writes down what it is told.
"""

import json
import os
import sys
from copy import deepcopy
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from prometheus_client import generate_latest

from app import routes, serve, status
from app.desk import Desk
from ops import update

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
    assert {"cpu", "memory", "ephemeral-storage"} == set(CONTAINER["resources"]["limits"])
    [processes] = [e["value"] for e in CONTAINER["env"] if e["name"] == "GLASSBOX_PROCESSES"]
    [workers] = [e["value"] for e in CONTAINER["env"] if e["name"] == "GLASSBOX_WORKERS"]
    assert int(processes) * int(workers) == int(CONTAINER["resources"]["limits"]["cpu"])


def test_what_it_writes_has_a_place_and_what_is_under_way_has_the_time_to_end():
    assert CONTAINER["securityContext"]["readOnlyRootFilesystem"]
    places = {mount["mountPath"]: mount["name"] for mount in CONTAINER["volumeMounts"]}
    assert set(places) == {"/tmp", str(serve.DISK)}
    assert set(places.values()) == {volume["name"] for volume in POD["spec"]["volumes"]}
    [_, heard] = CONTAINER["lifecycle"]["preStop"]["exec"]["command"]
    assert POD["spec"]["terminationGracePeriodSeconds"] > int(heard) + serve.DRAIN + 5


def test_it_selects_its_own_pods_and_scales_on_a_metric_that_is_told():
    labels = POD["metadata"]["labels"]
    assert FOUND["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert FOUND["Service"]["spec"]["selector"] == labels
    assert FOUND["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    [spread] = POD["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == labels
    scaler = FOUND["HorizontalPodAutoscaler"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == FOUND["Deployment"]["metadata"]["name"]
    metric = scaler["metrics"][0]["pods"]["metric"]["name"]
    assert f"\n{metric} " in generate_latest(status.registry(Desk())).decode()


# Ours: writes down what it is told and what it is given; the version that runs is "old", on four pods.
KUBECTL = """#!{python}
import json, sys
said = sys.argv[3:] if sys.argv[1] == "-n" else sys.argv[1:]
given = [part["kind"] for part in json.load(sys.stdin)["items"]] if said[0] == "apply" else []
with open("{told}", "a") as told:
    told.write(json.dumps([said[0], *given]) + "\\n")
if said[:2] == ["get", "service"]:
    print("old")
if said[:2] == ["get", "deployment"]:
    print(4)
sys.exit(said[0] == "rollout" and {fails})
"""


@pytest.fixture
def kubectl(tmp_path, monkeypatch):
    """Put it in the way; gives what makes it fail or not, and what it was told, one word and kinds a line."""
    told, path = tmp_path / "told", tmp_path / "kubectl"
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def begin(fails: bool) -> None:
        path.write_text(KUBECTL.format(python=sys.executable, told=told, fails=int(fails)))
        path.chmod(0o755)

    return begin, lambda: [json.loads(line) for line in told.read_text().splitlines()]


PARTS = ["Deployment", "PodDisruptionBudget", "HorizontalPodAutoscaler"]


def test_visitors_are_turned_over_once_the_new_version_is_ready(kubectl):
    begin, told = kubectl
    begin(fails=False)
    assert update.update(update.Cluster("demo"), "registry/glassbox:new") == ("old", "new")
    assert told()[2:] == [["apply", *PARTS], ["rollout"], ["apply", "Service"]]


def test_a_version_that_does_not_start_is_taken_away_and_no_visitor_sees_it(kubectl):
    begin, told = kubectl
    begin(fails=True)
    with pytest.raises(update.NotUpdated):
        update.update(update.Cluster(""), "registry/glassbox:new")
    assert told()[2:] == [["apply", *PARTS], ["rollout"], ["delete"]]


@pytest.mark.parametrize("release", ["1.27", "1.32", "1.37"])
def test_clusters_of_old_and_new_releases_know_every_field(release):
    """By Kubernetes' own schemas: the manifest as it stands, and as an update renders it."""
    parts, service = update.rendered("registry:5000/glassbox:v2-1", 4)
    for record in (*FOUND.values(), *parts, service):
        kubernetes_validate.validate(record, release, strict=True)
    deployment = deepcopy(FOUND["Deployment"])
    deployment["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readynessProbe"):
        kubernetes_validate.validate(deployment, release, strict=True)


def test_each_version_is_parts_of_its_own_and_one_service_for_all():
    parts, service = update.rendered("registry:5000/glassbox:v2-1", 4)
    assert {part["metadata"]["name"] for part in parts} == {"glassbox-v2-1"}
    assert service["metadata"]["name"] == "glassbox"
    assert service["spec"]["selector"] == {"app": "glassbox", "version": "v2-1"}
    for part in parts:
        assert part["metadata"]["labels"]["version"] == "v2-1"
    assert parts[2]["spec"]["scaleTargetRef"]["name"] == "glassbox-v2-1"
    assert parts[0]["spec"]["replicas"] == 4
    assert parts[0]["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":v2-1")
    for bad in ("glassbox", "registry:5000/glassbox", "glassbox:V2.1", "glassbox:"):
        with pytest.raises(update.NotUpdated, match="expected NAME:TAG"):
            update.rendered(bad, 2)
