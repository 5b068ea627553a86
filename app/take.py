"""What can be taken away of a state: its arrays, its numbers, and the Python that makes them again."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from itertools import chain
from textwrap import dedent
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from app import standalone
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


def pieces(opened: Opened) -> Iterator[str]:
    """The JSON of a run: every value of every frame by name; the same bytes each time."""
    head = {"concept": opened.entry.path, "query": opened.params.to_query()}
    yield json.dumps(head)[:-1] + ', "frames": ['
    for index, frame in enumerate(opened.frames):
        yield ("," if index else "") + "\n" + json.dumps(plain(frame), allow_nan=False)
    yield "\n]}\n"


def plain(value: Any) -> Any:
    """Records, arrays and mappings as what JSON can hold."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.random.Generator):
        return plain(value.bit_generator.state)
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value


def page(opened: Opened) -> str:
    """A page of its own that plays from disk."""
    draw = opened.entry.concept.draw
    return standalone.page(opened.entry, opened.params, map(draw, opened.frames))


def answer(opened: Opened) -> str:
    """What a program wants of a run: what its last picture says, its numbers, where its frames are."""
    views = opened.scenes[-1].values()
    said = next(filter(None, (getattr(view, "says", "") for view in views)), "")
    told = {
        "state": opened.state,
        "says": said,
        "numbers": opened.numbers[-1],
        "count": len(opened.frames),
        "frames": f"/frames/{opened.state}",
    }
    return json.dumps(told, ensure_ascii=False)


@dataclass(frozen=True)
class Kind:
    """A kind of file: what it holds, and who writes it."""

    label: str
    write: Callable[[Opened], str | bytes]
    computed: bool = True  # False where the state alone says it all
    offered: bool = True  # False for what only programs ask for


ANSWER = ".answer.json"
KINDS = {
    ANSWER: Kind("Last numbers, JSON", answer, offered=False),
    ".html": Kind("Page that plays", page),
    ".csv": Kind("Numbers, CSV", table),
    ".npz": Kind("Arrays, NumPy", npz),
    ".json": Kind("Arrays, JSON", lambda run: "".join(pieces(run))),
    ".py": Kind("Python script", script, computed=False),
    ".ipynb": Kind("Notebook", notebook, computed=False),
    ".onnx": Kind("Trained net, ONNX", lambda run: run.net),
}


def content(kind: Kind, opened: Opened) -> bytes:
    """The file's bytes."""
    written = kind.write(opened)
    return written if isinstance(written, bytes) else written.encode()
