"""What can be taken away of a state: its arrays, its numbers, and the Python that makes them again."""

import csv
import io
import json
from itertools import chain
from textwrap import dedent
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from app.opened import Opened

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def npz(opened: Opened) -> bytes:
    """Every array of every frame, for numpy.load; opens without pickle."""
    # not np.savez: names are keyword arguments there, and "file" is taken
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, array in opened.arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)
    return file.getvalue()


def table(opened: Opened) -> str:
    """The numbers beside the picture as CSV: a line for each frame, empty where one is not shown."""
    rows = opened.numbers
    names = list(dict.fromkeys(chain.from_iterable(rows)))
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, ["frame", *names], lineterminator="\n")
    writer.writeheader()
    writer.writerows({"frame": index, **row} for index, row in enumerate(rows))
    return file.getvalue()


def script(opened: Opened) -> str:
    """A Python file that computes the state anew and says its numbers; run it beside `app`."""
    head, *cells = steps(opened)
    return "\n".join([f'"""{head}"""', "", *cells])


def notebook(opened: Opened) -> str:
    """The same as a Jupyter notebook, which also plays the scene."""
    head, *cells = steps(opened)
    written = [
        {"cell_type": "markdown", "id": "what", "metadata": {}, "source": head},
        *(
            {"cell_type": "code", "id": f"step-{i}", "metadata": {}, "source": cell.strip()}
            | {"execution_count": None, "outputs": []}
            for i, cell in enumerate([*cells, "run  # plays here"])
        ),
    ]
    book = {"cells": written, "metadata": {"kernelspec": KERNEL}, "nbformat": 4}
    return json.dumps(book | {"nbformat_minor": 5}, indent=1, ensure_ascii=False) + "\n"


def steps(opened: Opened) -> list[str]:
    """What the state is, and the statements that compute it."""
    concept = opened.entry.concept
    what = f"{concept.title}: {concept.blurb}\n\nRun it in the folder of Glassbox."
    get = f"""\
        from app import contents

        run = contents.open({json.dumps(opened.state, ensure_ascii=False)})
        print(run.state, len(run.frames), "frames")
    """
    use = """\
        for name, array in run.arrays.items():
            if "/" not in name:  # else it is one frame's alone
                print(name, array.shape, array.dtype)
        for name, value in run.numbers[-1].items():
            print(f"{name} = {value:.4g}")
    """
    return [what, dedent(get), dedent(use)]
