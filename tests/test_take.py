"""Files to take away over HTTP: what they hold, what is refused, and what a reader who leaves costs."""

import io
import json
from dataclasses import replace

import httpx
import numpy as np
import onnx
import pytest

from app import contents, describe, routes, take
from app.desk import DESK, Desk
from app.frames import Reader
from models.maths.mlp import MLP
from models.plain import to_onnx
from tests import toy
from tests.test_frames import until

NET = MLP((2, 3, 1))


def learned(frame: toy.Frame) -> bytes:
    return to_onnx(NET, np.full(NET.size, frame.step, np.float32), f"step {frame.step}")


def get(address: str, name: str, query: str = "") -> httpx.Response:
    return httpx.get(f"{address}/take/test/{name}?{query}", timeout=60)


def test_every_kind_of_file_holds_the_state_that_was_asked_for(address):
    arrays = np.load(io.BytesIO(get(address, "toy.npz", "frames=3&dots=7").content))
    assert arrays["xy"].shape == (3, 7, 2)
    run = json.loads(get(address, "toy.json", "frames=3").text)
    assert run["query"] == "frames=3"
    assert [frame["step"] for frame in run["frames"]] == [0, 1, 2]
    assert "frames=3" in get(address, "toy.py", "frames=3").text
    assert json.loads(get(address, "toy.ipynb", "frames=3").text)["nbformat"] == 4
    assert get(address, "toy.csv", "frames=3").text.splitlines() == ["frame", "0", "1", "2"]
    page = get(address, "toy.html", "frames=3")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-disposition"] == 'attachment; filename="test-toy.html"'
    assert "</html>" in page.text


def test_what_was_learned_is_a_graph_of_the_last_frame(address, monkeypatch):
    assert get(address, "toy.onnx").status_code == 422
    assert "trains no net" in get(address, "toy.onnx").json()["error"]
    entry = replace(toy.ENTRY, concept=replace(toy.ENTRY.concept, net=learned))
    monkeypatch.setattr(routes, "find", lambda path: entry)
    model = onnx.load_from_string(get(address, "toy.onnx", "frames=4").content)
    assert model.doc_string == "step 3"


@pytest.mark.parametrize(
    ("name", "query", "status", "says"),
    [
        ("toy.exe", "", 404, ".npz"),
        ("toy", "", 404, ".npz"),
        ("other.npz", "", 404, "there is no"),
        ("toy.npz", "frames=0", 422, "frames"),
        ("toy.npz", "nonsense=1", 422, "unknown nonsense"),
        ("toy.npz", "fault=graph", 503, "python -m models.train toy"),
        ("toy.npz", "fault=late", 500, "RuntimeError"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(address, name, query, status, says):
    answer = get(address, name, query)
    assert answer.status_code == status
    assert says in answer.json()["error"]
    assert "secret" not in answer.text


def test_a_file_is_not_made_for_one_who_has_left():
    desk = Desk()
    reader = Reader("anna", lambda: None)
    params = toy.ENTRY.concept.params.from_query("frames=100000&pause=0.01")
    run = desk.runs.take(toy.ENTRY, params, reader, ".npz")
    until(lambda: run.size)
    desk.runs.leave(run, reader)
    until(lambda: run.ended == "left")
    assert not desk.runs.by_state  # nobody else is given half a run


def test_one_who_goes_is_missed_however_much_the_run_tells(address):
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{address}/take/test/toy.npz?frames=100000&pause=0.01", timeout=1)
    until(lambda: not DESK.workers.waiting())


def test_the_page_offers_a_net_only_where_one_is_trained():
    for entry in contents.entries():
        ends = [end for end, _ in describe.page(entry)["files"]]
        assert (".onnx" in ends) == (entry.concept.net is not None)
        assert set(ends) | {".onnx", take.ANSWER} == set(take.KINDS)
