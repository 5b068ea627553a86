"""Who runs a graph tells nobody: ONNX Runtime would, of its own accord, from its import on."""

import os
import subprocess
import sys

import pytest

OURS = "from models import catalogue; catalogue.graph('policy_cartpole')"
ALONE = "import onnxruntime as ort; ort.InferenceSession('assets/graphs/policy_cartpole.onnx')"


def kept(code, home):
    """The files that a program leaves in an empty home, with nothing set: CI alone silences it."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CACHE_HOME": str(home)}
    environ |= {"GLASSBOX_CACHE": str(home / "ours"), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=120)
    return [path.name for path in home.rglob("*") if path.is_file() and "ours" not in path.parts]


def test_a_graph_that_is_opened_leaves_no_number_of_this_machine_and_nothing_to_send(tmp_path):
    assert kept(OURS, tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is kept elsewhere")
def test_the_check_above_would_find_it(tmp_path):
    assert "deviceid" in kept(ALONE, tmp_path)
