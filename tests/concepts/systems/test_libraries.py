"""The map of the libraries: read from the source, asked of the environment."""

import ast
import sys
from importlib import metadata
from itertools import chain

import numpy as np
import pytest

from app.concepts.systems.libraries import Params, compute, draw
from app.concepts.systems.libraries.compute import PLACES, closure, named, plain, size
from app.concepts.systems.libraries.shelf import SHELF

MODULE = sys.modules[closure.__module__]  # the package's `compute` hides it
ROW = {library.name: i for i, library in enumerate(SHELF)}
COLUMN = {place: i for i, place in enumerate(PLACES)}


@pytest.fixture(scope="module")
def frame():
    return next(compute(Params()))


def test_the_default_is_the_library_that_runs_the_graphs(frame):
    assert SHELF[frame.chosen].name == "onnxruntime"
    assert frame.modules[ROW["onnxruntime"], COLUMN["graphs"]] >= 1


def test_only_training_and_tests_import_torch(frame):
    used = {place for place, i in COLUMN.items() if frame.modules[ROW["torch"], i]}
    assert used == {"training", "tests"}


def test_oracles_are_in_the_tests_alone(frame):
    for name in ("diffusers", "scipy", "gymnasium"):
        used = {place for place, i in COLUMN.items() if frame.modules[ROW[name], i]}
        assert used == {"tests"}, name


def test_what_is_imported_is_installed(frame):
    for row, version in zip(frame.modules, frame.versions, strict=True):
        assert version or not row.any()


def test_versions_are_those_of_the_environment(frame):
    assert frame.versions[ROW["numpy"]] == np.__version__ == metadata.version("numpy")


def test_a_bare_machine_is_drawn_too(monkeypatch):
    monkeypatch.setattr(MODULE, "environment", dict)
    MODULE.size.cache_clear()
    frame = next(compute(Params(library="xformers")))
    MODULE.size.cache_clear()
    assert frame.versions == ("",) * len(SHELF)
    assert frame.needs == ()
    assert frame.brings == frame.serving == 0
    assert draw(frame)["needs"].title == "xformers: not installed"


def test_the_page_says_what_stands_in_for_a_missing_one():
    frame = next(compute(Params(library="lavis")))
    if frame.versions[ROW["lavis"]]:
        pytest.skip("lavis is installed here")
    scene = draw(frame)
    assert scene["needs"].title == "lavis: not installed"
    assert "not used yet" in scene["map"].says
    assert "Imported by nobody" in scene["map"].says


def test_closures_share_what_they_bring_along(monkeypatch):
    """The worked example: a asks for b and c, c for b; a brings three packages."""
    asks = {"a": ["b", "c"], "c": ["b"], "b": []}
    monkeypatch.setattr(MODULE, "asks", asks.__getitem__)
    monkeypatch.setattr(MODULE, "environment", lambda: dict.fromkeys(asks))
    assert closure(["a"]) == {"a", "b", "c"}
    assert closure(["b", "c", "missing"]) == {"b", "c"}


def test_serving_weighs_less_than_the_whole_and_more_than_gradio(frame):
    assert size("gradio") < frame.serving < frame.everything
    runtime = max(size("onnxruntime"), size("onnxruntime-gpu"))  # whichever wheel fits this machine
    assert frame.brings >= runtime > 0


def test_sizes_are_those_of_the_packages_own_records():
    files = metadata.distribution("jaxtyping").files
    assert size("jaxtyping") == pytest.approx(sum(f.size or 0 for f in files) / 1e6)


def test_names_are_compared_as_indexes_do():
    assert plain("Farama_X") == plain("farama-x") == plain("farama.x")


def test_imports_are_found_wherever_they_stand():
    code = "import a.b as c\ndef f():\n    from d.e import g\nfrom . import h\n'import i'"
    assert named(code) == {"a", "d"}
    assert named("if 1: import a, b.c as d  # import e\nx = 1; from f import g, h") == {
        "a",
        "b",
        "f",
    }


def test_comments_and_texts_import_nothing():
    hidden = """# import a\nx = '\\'; import b', "#"\n'''\nimport c\n\\'''\nimport d\n'''\n"""
    assert named(hidden) == set()


def test_python_itself_reads_the_same_imports():
    for path in list(chain.from_iterable(MODULE.sources().values()))[::4]:
        source = path.read_text()
        nodes = list(ast.walk(ast.parse(source)))
        plain = [
            alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
        ]
        of = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
        assert named(source) == {name.partition(".")[0] for name in [*plain, *of]}, path


@pytest.mark.parametrize(
    ("name", "ink"),
    [("numpy", "model"), ("torch", "data"), ("diffusers", "exact"), ("wandb", "soft")],
)
def test_the_ink_of_a_box_is_the_part_it_plays(frame, name, ink):
    boxes = {node.key: node for node in draw(frame)["map"].nodes}
    assert boxes[name].ink == ink
    assert boxes["onnxruntime"].ink == "focus"


def test_requirements_are_read_without_extras_and_without_other_systems():
    lines = ["gradio>=6", "numpy (>1)", "torch; extra == 'all'", "nowhere==1 ; sys_platform == 'x'"]
    assert MODULE.wanted(lines) == ["gradio", "numpy"]
    assert {"gradio", "plotly", "numpy"} <= set(MODULE.required())
