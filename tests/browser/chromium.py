"""Find a Chromium for the browser tests, or bring one: Debian's as root, else Playwright's own."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The browser to use: GLASSBOX_CHROMIUM, one on the path, or Playwright's own."""
    named = os.environ.get("GLASSBOX_CHROMIUM") or next(filter(None, map(which, NAMES)), None)
    if named:
        return named
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def bring() -> None:
    """Install one."""
    if os.geteuid() == 0 and which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=True)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    if not find():
        print("Installing Chromium for the browser tests (once) …", flush=True)
        bring()
    print(f"Browser tests use {find()}")
