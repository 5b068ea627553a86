"""What the documents say is so: commands run, links lead somewhere, every dependency has its reason."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from app import contents

ROOT = Path(__file__).parent.parent
DOCS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def blocks(text: str) -> list[str]:
    """The lines of the code blocks that a shell would be given."""
    found = re.findall(r"```(?:sh|bash)\n(.*?)```", text, re.S)
    lines = [line.partition("#")[0].strip() for block in found for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("doc", DOCS, ids=lambda p: p.name)
def test_every_link_to_a_file_leads_somewhere(doc):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)|<img[^>]*src=\"([^\"]+)\"", doc.read_text())
    for link in filter(None, (a or b for a, b in links)):
        if not link.startswith(("http://", "https://")):
            assert (doc.parent / link).exists(), f"{doc.name} links to {link}"


@pytest.mark.parametrize("doc", DOCS, ids=lambda p: p.name)
def test_every_make_target_named_exists(doc):
    targets = set(re.findall(r"^([\w-]+):", MAKEFILE, re.M))
    named = set(
        re.findall(
            r"(?:^|`|\s)make ([a-z-]+)",
            "\n".join([*blocks(doc.read_text()), *re.findall(r"`[^`]+`", doc.read_text())]),
        )
    )
    assert named <= targets, named - targets


COMMANDS = [
    line for line in blocks(README) if line.startswith("python -m app") and " run" not in line
]


@pytest.mark.parametrize("line", COMMANDS)
def test_the_readmes_commands_run(line, tmp_path):
    """As written, with files written elsewhere."""
    words = line.replace("--out ", f"--out {tmp_path}/").replace('"', "").replace("'", "").split()
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    if "--json" in words:
        assert json.loads(done.stdout)


def test_the_readme_shows_commands_to_try():
    assert any("render" in line for line in COMMANDS)
    assert {"make run", "make test"} <= set(blocks(README))


def test_the_readmes_python_runs():
    shown: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", README, re.S):
        if "localhost" not in block:  # else it needs an app: tests/browser/test_api.py
            exec(block, shown)
    assert shown["run"].frames


def test_the_readmes_table_lists_every_page():
    for entry in contents.entries():
        assert f"| {entry.concept.title} |" in README, entry.path


def test_the_readme_lists_every_setting_that_is_read_and_no_other():
    named = re.compile(r"GLASSBOX_[A-Z]+")
    code = [path for top in ("app", "models", "ops") for path in (ROOT / top).rglob("*.py")]
    read = {name for path in code for name in named.findall(path.read_text())}
    rows = [line.split("|")[1] for line in README.splitlines() if line.startswith("| `GLASSBOX_")]
    assert set(named.findall(" ".join(rows))) == read


def test_every_dependency_has_a_line_of_reason():
    reasons = (ROOT / "CONTRIBUTING.md").read_text()
    for name in (
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-gpu.txt",
        "requirements-redis.txt",
        "requirements-triton.txt",
    ):
        for line in (ROOT / name).read_text().splitlines():
            package = re.match(r"[A-Za-z0-9_.-]+", line)
            if package and not line.startswith(("#", "-")):
                assert f"| `{package[0]}`" in reasons, f"{package[0]} has no reason"


def test_run_time_needs_are_pinned():
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        assert not line or line.startswith("#") or "==" in line, line


def test_the_lock_and_the_bill_of_materials_say_what_the_needs_say():
    lock = (ROOT / "requirements.lock").read_text()
    locked = dict(re.findall(r"^([a-z0-9_.-]+)==([^ ;\\]+)", lock, re.M))
    needs = re.findall(
        r"^([a-z0-9_.-]+)==([^ ;\n]+)", (ROOT / "requirements.txt").read_text(), re.M
    )
    assert {n: v for n, v in needs if n != "onnxruntime"}.items() <= locked.items()
    assert all("--hash=sha256:" in one for one in re.split(r"^(?=[a-z])", lock, flags=re.M)[1:])
    bill = json.loads((ROOT / "docs" / "sbom.json").read_text())
    assert {c["name"]: c["version"] for c in bill["components"]} == locked


def test_every_file_that_the_cpu_image_installs_has_a_known_hash(tmp_path):
    image = (ROOT / "Dockerfile").read_text()
    command = re.search(r"sed '[^']+' requirements\.lock", image)[0]
    rest = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True).stdout
    own = (ROOT / "requirements-cpu.lock").read_text()
    locked = re.findall(
        r"^([a-z0-9_.-]+)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text(), re.M
    )
    taken = re.findall(r"^([a-z0-9_.-]+)==([^ ;\\]+)", rest + own, re.M)
    wanted = dict(locked) | {"onnxruntime": dict(locked)["onnxruntime-gpu"]}
    needs = (ROOT / "requirements-redis.txt").read_text()
    wanted |= dict(re.findall(r"^([a-z-]+)==([^ ;\n]+)", needs, re.M))
    wanted.pop("onnxruntime-gpu")
    assert dict(taken) == wanted and len(taken) == len(wanted)
    assert all(
        "--hash=sha256:" in one for one in re.split(r"^(?=[a-z])", rest + own, flags=re.M)[1:]
    )
    assert "pip install --require-hashes -r rest.lock -r requirements-cpu.lock" in image


def test_every_file_that_the_nvidia_image_installs_but_tensorrt_has_a_known_hash():
    image = (ROOT / "Dockerfile").read_text()
    first = "pip install --require-hashes -r requirements.lock -r requirements-gpu.lock"
    assert image.index(first) < image.index("pip install -r requirements-gpu.txt")
    own = (ROOT / "requirements-gpu.lock").read_text()
    one_by_one = re.split(r"^(?=[a-z])", own, flags=re.M)[1:]
    assert all("--hash=sha256:" in one for one in one_by_one)
    taken = dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", own, re.M))
    locked = (ROOT / "requirements.lock").read_text()
    assert not taken.keys() & set(re.findall(r"^([a-z0-9_.-]+)==", locked, re.M))
    needs = (ROOT / "requirements-redis.txt").read_text()
    redis = dict(re.findall(r"^([a-z-]+)==([^ ;\n]+)", needs, re.M))
    assert redis.items() <= taken.items()
    assert {"nvidia-cublas", "nvidia-cuda-runtime", "nvidia-cudnn-cu13"} <= taken.keys()
    asked = (ROOT / "requirements-gpu.txt").read_text()
    [version] = re.findall(r"^onnxruntime-gpu\[cuda,cudnn\]==(\S+)", asked, re.M)
    assert f"\nonnxruntime-gpu=={version} " in locked


def test_the_spaces_front_matter_says_docker_and_the_port():
    """As the Hub reads it: https://huggingface.co/docs/hub/spaces-config-reference."""
    front = yaml.safe_load(README.split("---")[1])
    assert (front["sdk"], front["app_port"]) == ("docker", 7860)
    colors = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {front["colorFrom"], front["colorTo"]} <= colors
    assert front["title"] and len(front["emoji"]) == 1 and front["license"] == "apache-2.0"
    assert len(front["short_description"]) <= 60  # the Hub refuses more
    assert "EXPOSE 7860" in (ROOT / "Dockerfile").read_text()


def test_the_image_runs_as_user_1000_with_a_health_check():
    text = (ROOT / "Dockerfile").read_text()
    assert "USER 1000" in text
    assert "HEALTHCHECK" in text and "/healthz" in text


def test_ci_calls_the_readmes_test_command():
    assert "make test" in (ROOT / ".ci" / "run").read_text()
