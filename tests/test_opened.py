"""A state in one's own hands: frames, arrays and numbers in Python, and the files to take away."""

import csv
import io
import json
import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from app import contents, render, take
from app.concept import Concept, Entry
from app.figures.scene import Number, Numbers, Scene
from app.opened import NoConcept, Opened, leaves, named
from app.params import BadParam, Params, slider


@dataclass(frozen=True)
class Walk(Params):
    steps: int = slider(3, 1, 9, 1, "Steps")


@dataclass(frozen=True)
class Frame:
    params: Walk
    x: np.ndarray  # of the same shape in every frame
    trail: np.ndarray  # one longer each time
    pair: tuple[float, float]
    word: str


def walk(p: Walk) -> Iterator[Frame]:
    for k in range(p.steps):
        yield Frame(p, np.full(2, k), np.arange(k), (0.5 * k, -1.0), f"step {k}")


def scene(frame: Frame) -> Scene:
    rows = (Number("how far", frame.pair[0], "m"), Number("minus", -1.0))
    return {"numbers": Numbers(rows[: 1 + bool(frame.pair[0])])}


def toy(**values: int) -> Opened:
    concept = Concept("A walk", "It walks.", Walk, walk, scene)
    return Opened(Entry("toys", "walk", concept, Path()), Walk(**values))


def test_arrays_stand_frames_first_and_those_that_grow_have_a_name_a_frame():
    arrays = toy().arrays
    np.testing.assert_array_equal(arrays["x"], [[0, 0], [1, 1], [2, 2]])
    np.testing.assert_array_equal(arrays["pair.0"], [0, 0.5, 1])
    np.testing.assert_array_equal(arrays["trail/2"], [0, 1])
    assert list(arrays["word"]) == ["step 0", "step 1", "step 2"]
    assert not any(name.startswith("params") for name in arrays)


def test_a_saved_file_gives_back_every_array_without_pickle():
    run = toy()
    with np.load(io.BytesIO(take.npz(run)), allow_pickle=False) as back:
        assert set(back.files) == set(run.arrays)
        for name, array in run.arrays.items():
            np.testing.assert_array_equal(back[name], array)


def test_the_table_has_a_line_a_frame_and_leaves_out_what_is_not_shown():
    rows = list(csv.DictReader(io.StringIO(take.table(toy()))))
    assert [row["how far [m]"] for row in rows] == ["0.0", "0.5", "1.0"]
    assert [row["minus"] for row in rows] == ["", "-1.0", "-1.0"]
    assert [row["frame"] for row in rows] == ["0", "1", "2"]


def test_numbers_of_one_name_are_counted():
    twice = Numbers((Number("spurious", 1.0), Number("spurious", 2.0)))
    assert named({"a": twice}) == {"spurious": 1.0, "spurious (2)": 2.0}


def test_a_state_opens_by_query_and_by_values_alike():
    path = contents.entries()[0].path
    controls = contents.entries()[0].concept.params.controls()
    name = next(n for n, c in controls.items() if c.kind == "seed")
    assert contents.open(path, **{name: 7}) == contents.open(f"{path}?{name}=7")
    assert contents.open(path, **{name: 7}).state == f"{path}?{name}=7"


def test_what_is_not_there_is_refused_with_what_is():
    with pytest.raises(NoConcept, match=contents.entries()[0].path):
        contents.open("nothing/here")
    with pytest.raises(BadParam, match="unknown nonsense"):
        contents.open(contents.entries()[0].path, nonsense=1)
    with pytest.raises(BadParam):
        contents.open(contents.entries()[0].path, seed=10**9)


def test_a_notebook_shows_the_scene_without_a_server():
    shown = contents.open("transformers/calculator")._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert "http" not in shown.split("importmap")[0].replace("http-equiv", "")
    assert shown.count("<iframe") == 1  # all inside is quoted


def test_a_notebook_file_is_one_that_jupyter_reads():
    book = json.loads(take.notebook(toy()))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert [cell["cell_type"] for cell in book["cells"]] == ["markdown", *["code"] * 3]
    assert len({cell["id"] for cell in book["cells"]}) == 4
    for cell in book["cells"][1:]:
        compile(cell["source"], "cell", "exec")


SHORT = {  # what trains for long by default trains shortly here
    "reinforcement/offpolicy": "?transitions=800",
    "reinforcement/gradients": "?updates=3",
    "latents/gan": "?iterations=150",
    "latents/losses": "?iterations=150",
}


@pytest.mark.parametrize("entry", contents.entries(), ids=lambda e: e.path)
def test_the_python_to_take_away_runs_and_says_the_numbers_of_the_page(entry, tmp_path, capsys):
    file = tmp_path / "again.py"
    render.to_file(entry.path + SHORT.get(entry.path, ""), str(file))
    run = runpy.run_path(str(file))["run"]
    said = capsys.readouterr().out
    assert said.startswith(entry.path)
    assert f" {len(run.frames)} frames" in said
    last = [view for view in run.scenes[-1].values() if isinstance(view, Numbers)]
    rows = [row for view in last for row in view.rows]
    assert len(run.numbers[-1]) == len(rows)
    assert all(f"{row.value:.4g}" in said for row in rows)
    assert len(run.arrays) >= len({name for name, _ in leaves(run.frames[0])})
