"""python ops/slim.py PREFIX: take out of an installation what the app never reads, and say how much.

Only whole folders and files that nothing at run time opens: other people's tests, a server for another
language, what pip needed. `make image-check` opens the page of an image from which they are gone.
"""

import shutil
import sys
from pathlib import Path

UNREAD = (
    "**/tests",
    "gradio/media_assets",
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
    "setuptools*",
    "**/*.pyi",
)
PLOTLY = ("__init__.py", "package_data")  # the browser's half is all that is read of it


def main(prefix: Path) -> None:
    """Take it out of the site-packages under `prefix`."""
    [packages] = prefix.glob("lib/python3*/site-packages")
    before = size(packages)
    unread = [path for pattern in UNREAD for path in packages.glob(pattern)]
    unread += [path for path in (packages / "plotly").iterdir() if path.name not in PLOTLY]
    for path in unread:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # its folder may have gone before
    print(f"{before:.0f} MB of packages, {size(packages):.0f} MB left")


def size(folder: Path) -> float:
    """MB of the files below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main(Path(sys.argv[1]))
