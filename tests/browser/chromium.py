"""Bring a Chromium for the browser tests if there is none: Debian's as root, else Playwright's own."""

import os
import subprocess
import sys
from shutil import which

from app.standalone import NoBrowser, chromium


def bring() -> None:
    """Install one."""
    print("Installing Chromium for the browser tests (once) …", flush=True)
    if os.geteuid() == 0 and which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=True)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    try:
        chromium()
    except NoBrowser:
        bring()
    print(f"Browser tests use {chromium()}")
