"""A net of ten weights with a recipe, trained and shipped for real into a folder of its own."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from models import catalogue, train
from models.recipes import Port, Recipe, Span


@dataclass(frozen=True)
class Config:
    seed: int = 0
    steps: int = 40


@dataclass(frozen=True)
class Snapshot:
    step: int
    loss: float
    weights: Mapping[str, np.ndarray]


class Gated(torch.nn.Module):
    """Twelve times x and three times g, so that no two inputs may be taken for one another."""

    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(4, 2)

    def forward(self, x, gate):
        return self.line(x) * gate, x.sum(-1) - gate[0]


def learn(config: Config) -> Iterator[Snapshot]:
    """Least squares by gradient descent, in NumPy, as the small recipes do it."""
    rng = np.random.default_rng(config.seed)
    goal, weight = rng.standard_normal((2, 4)), np.zeros((2, 4))
    for step in range(1, config.steps + 1):
        x = rng.standard_normal((32, 4))
        error = x @ (weight - goal).T
        weight -= 0.05 * error.T @ x / len(x)
        weights = {"line.weight": np.float32(weight), "line.bias": np.ones(2, np.float32)}
        yield Snapshot(step, float((error**2).mean()), weights)


def net(config: Config, weights: Mapping[str, np.ndarray]) -> torch.nn.Module:
    gated = Gated()
    gated.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
    return gated.eval()


def example(config: Config, sizes: Mapping[str, int], seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((sizes["batch"], 4)).astype(np.float32)
    return {"x": x, "gate": rng.standard_normal(2).astype(np.float32)}


RECIPE = Recipe(
    what="A line, for the tests.",
    trained_on="random points",
    licence="Apache-2.0",
    config=Config(),
    train=learn,
    net=net,
    inputs=(Port("x", "float32", ("batch", 4)), Port("gate", "float32", (2,))),
    outputs=(Port("y", "float32", ("batch", 2)), Port("sum", "float32", ("batch",))),
    sizes={"batch": Span(1, 3, 8)},
    example=example,
    measure=lambda config, run: {
        "answer": float(run(**example(config, {"batch": 1}, 9))["sum"][0])
    },
    beside=lambda config: {"words.json": b'["a"]'},
)


@pytest.fixture(scope="session")
def recipe():
    return RECIPE


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    """The toy graph with its card, trained, exported, compared and measured once."""
    out = tmp_path_factory.mktemp("shipped")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "BUILD", out / "build")
        file = train.trained("toy", RECIPE, RECIPE.config)
        train.ship("toy", RECIPE, RECIPE.config, file, out)
    return out


@pytest.fixture
def graphs(shipped, tmp_path, monkeypatch):
    """A copy of the toy graph that a test may spoil; the catalogue reads it."""
    folder = tmp_path / "graphs"
    shutil.copytree(shipped, folder)
    monkeypatch.setenv("GLASSBOX_GRAPHS", str(folder))
    return folder


@pytest.fixture
def toy(graphs):
    return catalogue.graph("toy")
