"""A newer image on a cluster: started beside the old one, then every visitor is turned over to it in one go.

python -m ops.update NAME:TAG [-n NAMESPACE]   with the kubectl that you would use by hand; the tag is the version
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

MANIFEST = Path(__file__).parent / "k8s" / "glassbox.yaml"
STARTS = 300  # seconds for the new pods to be ready
STAYS = 30  # seconds that the old ones go on, for pages that are half loaded and runs under way
VERSION = re.compile(r"[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?")  # part of names of a cluster


class NotUpdated(Exception):
    """Visitors still have the version from before; says why."""


def rendered(image: str, replicas: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What the version of an image consists of, and the Service that leads visitors to it."""
    version = image.rpartition("/")[2].partition(":")[2]
    if not VERSION.fullmatch(version):
        raise NotUpdated(
            f"{image} given, expected NAME:TAG with a tag of small letters, digits and hyphens"
        )
    text = MANIFEST.read_text().replace("glassbox-cpu", f"glassbox-{version}")
    text = text.replace("version: cpu", f'version: "{version}"')
    *parts, service = yaml.safe_load_all(text)
    for part in parts:
        if part["kind"] == "Deployment":
            part["spec"]["replicas"] = replicas
            part["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return parts, service


class Cluster:
    """The few things that are asked of it."""

    def __init__(self, namespace: str) -> None:
        self.command = ["kubectl", *(["-n", namespace] if namespace else [])]

    def tell(self, *words: str, given: str = "") -> str:
        done = subprocess.run(
            [*self.command, *words], input=given, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotUpdated(f"kubectl {words[0]}: {done.stderr.strip()}")
        return done.stdout.strip()

    def apply(self, parts: list[dict[str, Any]]) -> None:
        told = {"apiVersion": "v1", "kind": "List", "items": parts}
        self.tell("apply", "-f", "-", given=json.dumps(told))

    def remove(self, version: str) -> None:
        kinds = "deployment,horizontalpodautoscaler,poddisruptionbudget"
        self.tell("delete", kinds, "-l", f"app=glassbox,version={version}", "--wait=false")


def update(cluster: Cluster, image: str) -> tuple[str, str]:
    """Bring visitors to the version of an image; that from before, which still runs, and the new one."""
    asked = ("get", "service", "glassbox", "-o", "jsonpath={.spec.selector.version}")
    old = cluster.tell(*asked)
    asked = ("get", "deployment", f"glassbox-{old}", "-o", "jsonpath={.spec.replicas}")
    parts, service = rendered(image, int(cluster.tell(*asked)))
    new = service["spec"]["selector"]["version"]
    if new == old:
        raise NotUpdated(
            f"version {old} is what visitors have; give the new image a tag of its own"
        )
    try:
        cluster.apply(parts)
        cluster.tell("rollout", "status", f"deployment/glassbox-{new}", f"--timeout={STARTS}s")
    except NotUpdated:
        cluster.remove(new)
        raise
    cluster.apply([service])
    return old, new


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image")
    parser.add_argument("-n", "--namespace", default="")
    given = parser.parse_args()
    cluster = Cluster(given.namespace)
    try:
        old, new = update(cluster, given.image)
        print(f"visitors have version {new}; {old} ends in {STAYS} s", flush=True)
        time.sleep(STAYS)
        cluster.remove(old)
    except NotUpdated as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
