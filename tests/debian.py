"""Bring what stands around the app from Debian, for the tests that start it: nginx."""

import os
import subprocess
from shutil import which

from app.front import NoFront, nginx

PACKAGES = ("nginx-light",)


def bring() -> None:
    """Install it where that can be done without asking; its service is not started."""
    print(f"Installing {' '.join(PACKAGES)} for the tests (once) …", flush=True)
    quiet = {**os.environ, "RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    subprocess.run(["apt-get", "install", "-y", "-qq", *PACKAGES], check=True, env=quiet)


if __name__ == "__main__":
    try:
        nginx()
    except NoFront as problem:
        if os.geteuid() == 0 and which("apt-get"):
            bring()
        else:
            print(f"{problem}; until then the tests of tests/test_serve.py are skipped")
