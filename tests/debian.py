"""Bring what stands around the app from Debian, for the tests that start it: nginx and Redis."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

NEEDED = ("nginx", "redis-server")


def missing(programs: tuple[str, ...]) -> list[str]:
    """Those that are not there, neither where a shell looks nor where Debian keeps servers."""
    return [name for name in programs if not (which(name) or Path("/usr/sbin", name).exists())]


def bring(programs: list[str]) -> None:
    """Install them where that can be done without asking; no service is started."""
    print(f"Installing {' '.join(programs)} (once) …", flush=True)
    quiet = {**os.environ, "RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    subprocess.run(["apt-get", "install", "-y", "-qq", *programs], check=True, env=quiet)


if __name__ == "__main__":
    wanted = missing(tuple(sys.argv[1:]) or NEEDED)
    if wanted and os.geteuid() == 0 and which("apt-get"):
        bring(wanted)
    elif wanted:
        print(f"{', '.join(wanted)} not found (apt-get install); tests that start it are skipped")
