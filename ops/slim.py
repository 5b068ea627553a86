"""python ops/slim.py PREFIX: take out of an installation what the app never reads, and say how much.

Only whole folders and files that nothing at run time opens: other people's tests, a server for another
language, what pip needed; and what debuggers want of compiled parts. `make image-check` opens every page of
an image from which they are gone. What each step saved stays in PREFIX/taken-out.txt.
"""

import shutil
import subprocess
import sys
from pathlib import Path

UNREAD = (
    "**/tests",
    "gradio/media_assets",
    "gradio/templates/frontend/assets/AltairPlot-*",  # plots: the player draws ours
    "gradio/templates/frontend/assets/PlotlyPlot-*",
    "gradio/templates/frontend/static/bokeh",
    "gradio/templates/frontend/static/ffmpeg",  # to cut uploaded videos in the browser
    "gradio/templates/node",  # to draw pages on the server
    "gradio/test_data",
    "hf_xet*",  # downloads from a hub: the app asks none
    "numpy/distutils",
    "numpy/f2py",
    "onnx/backend/test",
    "onnxruntime/datasets",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    "pip*",
    "pkg_resources",
    "plotly/package_data/[!p]*",  # all but plotly.min.js
    "setuptools*",
    "**/*.pyi",
)
PLOTLY = ("__init__.py", "package_data")  # the browser's half is all that is read of it
# Wheels that were shipped with what debuggers want. Those that bring libraries of their own (numpy, pillow)
# are left as they are: their files were rewritten when they were packed, and strip may break such.
DEBUGGED = ("_brotli*.so", "httptools/**/*.so", "uvloop/*.so", "yaml/*.so")


def main(prefix: Path) -> None:
    """Take it out of the site-packages under `prefix`."""
    [packages] = prefix.glob("lib/python3*/site-packages")
    before = size(prefix)
    steps = {pattern: list(packages.glob(pattern)) for pattern in UNREAD}
    rest = [path for path in (packages / "plotly").iterdir() if path.name not in PLOTLY]
    steps |= {"plotly in Python": rest, "plotly for notebooks, manuals": [prefix / "share"]}
    saved = {what: remove(paths) for what, paths in steps.items()}
    compiled = [path for pattern in DEBUGGED for path in packages.glob(pattern)]
    saved["what debuggers want"] = strip(compiled)
    said = [f"{before:.0f} MB of packages, {size(prefix):.0f} MB left"]
    said += [f"{saved[what]:.1f} MB  {what}" for what in sorted(saved, key=lambda w: -saved[w])]
    (prefix / "taken-out.txt").write_text("\n".join(said) + "\n")
    print("\n".join(said))


def remove(paths: list[Path]) -> float:
    """Remove files and folders; the MB that they held."""
    held = sum(map(size, paths))
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # its folder may have gone before
    return held


def strip(compiled: list[Path]) -> float:
    """Take the notes for debuggers out of compiled files; the MB that were saved."""
    before = sum(map(size, compiled))
    subprocess.run(["strip", "--strip-debug", *compiled], check=True)
    return before - sum(map(size, compiled))


def size(place: Path) -> float:
    """MB of a file, or of the files below a folder."""
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(path.lstat().st_size for path in files if path.is_file()) / 1e6


if __name__ == "__main__":
    main(Path(sys.argv[1]))
