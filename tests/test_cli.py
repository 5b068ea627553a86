"""The command line: what it lists, what it renders, and how it says no."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app import contents

ROOT = Path(__file__).parent.parent
PURE = [e for e in contents.entries() if not e.concept.measures]


def app(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "app", *words], cwd=ROOT, capture_output=True, text=True
    )


def test_list_names_every_concept_with_all_that_can_be_set():
    listed = json.loads(app("list", "--json").stdout)
    assert [f"{c['chapter']}/{c['key']}" for c in listed] == [e.path for e in contents.entries()]
    for concept, entry in zip(listed, contents.entries(), strict=True):
        assert concept["covers"] == list(entry.concept.covers)
        assert concept["graphs"] == list(entry.concept.graphs)
        names = [parameter["name"] for parameter in concept["parameters"]]
        assert names == list(entry.concept.params.controls())
        for parameter in concept["parameters"]:
            assert {"label", "kind", "default"} <= parameter.keys()
            assert parameter["kind"] != "slider" or {"low", "high", "step"} <= parameter.keys()


def test_a_rendered_json_is_the_same_bytes_each_time(tmp_path):
    entry = PURE[0]
    for name in ("a.json", "b.json"):
        done = app("render", entry.path, "--out", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    run = json.loads((tmp_path / "a.json").read_text())
    first = next(iter(entry.concept.compute(entry.concept.params())))
    assert set(run["frames"][0]) == set(vars(first))


@pytest.mark.parametrize(
    ("state", "out", "says"),
    [
        ("nothing/here", "x.json", "there is no concept 'nothing/here'"),
        (f"{PURE[0].path}?nonsense=1", "x.json", "unknown nonsense"),
        ("transformers/calculator", "x.onnx", "trains no net"),
        (PURE[0].path, "x.txt", "expected .html, .csv, .npz, .json, .py, .ipynb, .onnx, .png"),
    ],
)
def test_what_cannot_be_rendered_is_said_in_one_line(state, out, says, tmp_path):
    done = app("render", state, "--out", str(tmp_path / out))
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_check_reports_every_graph():
    done = app("check")
    assert done.returncode == 0, done.stderr
    for entry in contents.entries():
        for name in entry.concept.graphs:
            assert name in done.stdout


def test_check_fails_with_a_clear_line_where_a_graph_is_damaged(tmp_path, monkeypatch):
    for path in (ROOT / "assets" / "graphs").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    victim = sorted(tmp_path.glob("*.onnx"))[0]
    raw = bytearray(victim.read_bytes())
    raw[len(raw) // 2] ^= 1
    victim.write_bytes(bytes(raw))
    monkeypatch.setenv("GLASSBOX_GRAPHS", str(tmp_path))
    done = app("check")
    assert done.returncode == 1
    assert victim.name in done.stderr
    assert "python -m models.train" in done.stderr
    assert "Traceback" not in done.stderr
