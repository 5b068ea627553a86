"""Who may import whom. The table is the architecture; this test keeps it true."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(p.relative_to(ROOT) for top in ("app", "models") for p in (ROOT / top).rglob("*.py"))
TORCH = ("models/nets/", "models/recipes/", "models/bench/", "models/train.py", "models/export.py")

# Only these places may import the package.
ONLY = {
    "gradio": ("app/ui/", "app/__main__.py"),
    "plotly": ("app/figures/", "figure.py"),
    "onnxruntime": ("models/runtime/",),
    "torch": TORCH,
    "diffusers": (),  # an oracle, in the tests only; likewise the others
    "transformers": (),
    "scipy": (),
    "sklearn": (),
    "gymnasium": (),
    "stable_baselines3": (),
}
# These places may not import these modules of our own.
NEVER = {
    "models/": ("app",),
    "models/maths/": ("models.nets", "models.recipes", "models.runtime", "models.catalogue"),
    "models/worlds/": ("models.nets", "models.recipes", "models.runtime", "models.catalogue"),
    "app/concepts/": ("app.ui", "app.contents"),
    "app/figures/": ("app.concepts", "app.ui"),
}


def imports(path: Path) -> set[str]:
    """Every module named in an import, relative ones spelt out."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = path.parts[: -node.level] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return found


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


@pytest.mark.parametrize("path", FILES, ids=str)
def test_packages_are_imported_only_where_they_belong(path):
    for module in imports(path):
        for package, places in ONLY.items():
            allowed = any(str(path).startswith(p) or path.name == p for p in places)
            assert allowed or not within(module, package), f"{path} may not import {module}"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_place_imports_what_lies_above_it(path):
    for module in imports(path):
        for place, packages in NEVER.items():
            if str(path).startswith(place):
                assert not any(within(module, p) for p in packages), f"{path}: {module}"


@pytest.mark.parametrize("path", [p for p in FILES if len(p.parts) == 5], ids=str)
def test_no_concept_imports_another(path):
    own = ".".join(path.parts[:4])
    for module in imports(path):
        other = within(module, "app.concepts") and not within(module, own)
        assert not other, f"{path} may not import {module}"


COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|colorscale")


@pytest.mark.parametrize("path", FILES, ids=str)
def test_colours_live_in_the_theme(path):
    if path != Path("app/figures/theme.py"):
        text = "\n".join(
            line
            for line in (ROOT / path).read_text().splitlines()
            if not line.lstrip().startswith("#")
        )
        assert not COLOUR.search(text), f"{path} names a colour: {COLOUR.search(text)}"


WEB = sorted((ROOT / "assets" / "web").rglob("*.*s"))


@pytest.mark.parametrize("path", WEB, ids=lambda p: p.name)
def test_the_players_colours_are_tokens_of_the_theme(path):
    text = re.sub(
        r"/\*.*?\*/|//.*", "", path.read_text(), flags=re.S if path.suffix == ".css" else 0
    )
    literal = re.search(r"(?<![\w&\"'`(/#])#[0-9a-fA-F]{3,8}\b(?!-)|\brgba?\(\s*\d", text)
    assert not literal, f"{path.name} names a colour: {literal}"


CHANCE = re.compile(r"np\.random|default_rng|\brandom\.|import random")


@pytest.mark.parametrize("path", FILES, ids=str)
def test_chance_lives_in_computations(path):
    """No random generator in a view, nor anywhere else where a number could be made up."""
    allowed = path.name == "figure.py" or path.parts[:2] in (("app", "figures"), ("app", "ui"))
    views = allowed or path.parent == Path("app")
    if views:
        text = (ROOT / path).read_text().replace("np.random.Generator", "")
        assert not CHANCE.search(text), f"{path} draws at random"


# What runs code from a file that it reads, or fetches one from a hub.
RUNS = (
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "huggingface_hub",
)
LOADS = ("torch.load", "jit.load", "hub.load", "load_state_dict_from_url", "from_pretrained")


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_file_that_is_read_can_run_code(path):
    for module in imports(path):
        assert not any(within(module, package) for package in RUNS), f"{path} imports {module}"
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if not isinstance(node, ast.Call):
            continue
        called, given = ast.unparse(node.func), {k.arg: k.value for k in node.keywords}
        assert called not in ("eval", "exec"), f"{path}:{node.lineno}"
        assert not called.endswith(LOADS), f"{path}:{node.lineno} calls {called}"
        allowed = given.get("allow_pickle", ast.Constant(False))
        assert ast.unparse(allowed) == "False", f"{path}:{node.lineno} allows pickle"


def test_the_app_starts_without_torch():
    code = "import sys; import app.ui.server; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "False", done.stderr
