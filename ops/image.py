"""python -m ops.image: build the Dockerfile's image without an engine, start it as user 1000, open its pages.

The steps are the Dockerfile's own, run in a Debian made by debootstrap. Root, Linux and Chromium are
needed. What it finds is printed, and with --write kept in docs/image.md.
"""

import argparse
import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.row import machine
from ops import chroot, look
from ops.dockerfile import Stage, read, wanted

TOP = Path(__file__).parent.parent
KEPT = Path.home() / ".cache" / "glassbox-image"  # the bare Debian, for the next time
PACKAGES = "opt/glassbox/lib/python3.11/site-packages"
LARGE = 8.0  # MB from which a package is named
WORTH = 0.5  # MB from which what was taken out is named


def main() -> int:
    """Build, start, look, stop; 1 if anything of it went wrong."""
    parser = argparse.ArgumentParser(prog="python -m ops.image", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep what is found in docs/image.md")
    given = parser.parse_args()
    if missing := [name for name in ("debootstrap", "chroot", "unshare") if not shutil.which(name)]:
        print(f"{', '.join(missing)} not found: apt-get install debootstrap", file=sys.stderr)
        return 1
    if os.geteuid():
        print("only root may change the root of a process: sudo make image-check", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="glassbox-image-") as folder:
        stage, root, bare = build(Path(folder))
        text = "\n".join(
            [
                table("Size, unpacked", sizes(root, bare)),
                table("Taken out", taken_out(root)),
                table("Start", look.starting(root)),
                table("Visited", look.visited(stage, root)),
            ]
        )
    print(text)
    if given.write:
        (TOP / "docs" / "image.md").write_text(HEAD.format(machine(), datetime.now(UTC)) + text)
    return 0


HEAD = """# The image, measured

{}; {:%Y-%m-%d}; command: `make image-check` (the Dockerfile's own steps, KIND=cpu, in a clean Debian, no
container engine). Memory over a thousand visits is in [soak.md](soak.md).

"""

Rows = list[tuple[str, str]]


def table(title: str, rows: Rows) -> str:
    lines = "".join(f"| {what} | {value} |\n" for what, value in rows)
    return f"## {title}\n\n| what | found |\n| --- | --- |\n{lines}"


def build(folder: Path) -> tuple[Stage, chroot.Root, chroot.Root]:
    """The image in a folder: its last stage, its root, and the bare system it began with."""
    stages = wanted(read((TOP / "Dockerfile").read_text()))
    roots = {}
    for image, suite in chroot.BASES.items():
        chroot.bootstrap(suite, KEPT / suite)
        roots[image] = chroot.Root(KEPT / suite)
    bare = roots[stages[0].base]
    for stage in stages:
        roots[stage.name] = chroot.build(stage, roots, folder / stage.name, TOP)
    return stages[-1], roots[stages[-1].name], bare


def sizes(root: chroot.Root, bare: chroot.Root) -> Rows:
    """How large the image is, and what in it is large."""

    def held(path: str) -> float:
        return chroot.Root(root.path / path).size()

    parts = {
        "packages": held("opt/glassbox"),
        "recorded runs": held("home/user/.cache"),
        "the app, its graphs and texts": held("home/user/app"),
        "Debian alone": bare.size(),
    }
    whole = root.size()
    parts["Debian's Python and nginx"] = whole - sum(parts.values())
    rows = [("image", f"{whole:.0f} MB")]
    rows += [(what, f"{size:.0f} MB") for what, size in sorted(parts.items(), key=lambda p: -p[1])]
    packages = {p.name: held(f"{PACKAGES}/{p.name}") for p in (root.path / PACKAGES).iterdir()}
    large = sorted((size, name) for name, size in packages.items() if size >= LARGE)
    named = ", ".join(f"{name} {size:.0f}" for size, name in reversed(large))
    return [*rows, (f"packages of {LARGE:.0f} MB and more", named)]


def taken_out(root: chroot.Root) -> Rows:
    """What ops/slim.py took out of the packages, by what it saved."""
    whole, *steps = (root.path / "opt/glassbox/taken-out.txt").read_text().splitlines()
    parts = [step.split(" MB  ") for step in steps]
    rows = [(f"`{what}`", f"{saved} MB") for saved, what in parts if float(saved) >= WORTH]
    return [("in all", whole), *rows]


if __name__ == "__main__":
    sys.exit(main())
