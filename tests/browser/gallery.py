"""One of every view and layer, from arrays made by hand, and the page that mounts them."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

from app.figures import theme
from app.figures.scene import (
    Arrows,
    Bars,
    Board,
    Chart,
    Contour,
    Diagram,
    Edge,
    Film,
    Handles,
    Heat,
    Lines,
    Matrix,
    Mesh,
    Node,
    Plane,
    Points,
    Scene,
    Series,
    Shapes,
    Surface,
    Tokens,
    Wall,
    Words,
)
from app.texts import texts
from app.wire import Encoder

WORDS = ("Who", " is", " it", " that", " can", " tell", " me", " who", " I", " am", "?", "\n")


def html(frames: list[Scene], controls: dict[str, Any]) -> str:
    """A page that mounts these frames; `gallery.html` says how."""
    encoder = Encoder()
    sent = [base64.b64encode(encoder.frame(i, s)).decode() for i, s in enumerate(frames)]
    text = (Path(__file__).parent / "gallery.html").read_text()
    said = {"FRAMES": sent, "CONTROLS": controls, "TEXTS": texts("en")}
    parts = {"TOKENS": theme.css()} | {name: json.dumps(value) for name, value in said.items()}
    for mark, value in parts.items():
        text = text.replace(f"%{mark}%", value)
    return text


def swirl(phase: float, n: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """A field on a grid: places and velocities."""
    axis = np.linspace(-3, 3, n)
    xy = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    uv = np.stack([-xy[:, 1], xy[:, 0]], 1) * np.exp(-0.3 * (xy**2).sum(1, keepdims=True)) * 0.4
    return xy, uv * np.cos(phase)


def plane(phase: float, many: int = 2000) -> Plane:
    rng = np.random.default_rng(0)
    angle = rng.integers(0, 8, many) * np.pi / 4
    ring = 2 * np.stack([np.cos(angle), np.sin(angle)], 1) + 0.16 * rng.normal(size=(many, 2))
    noise = rng.normal(size=(many, 2))
    t = 0.5 + 0.5 * np.sin(phase)
    now = (1 - t) * noise[:200] + t * ring[:200]
    trail = np.stack([(1 - s) * noise[:200] + s * ring[:200] for s in np.linspace(0, t, 14)], 1)
    axis = np.linspace(-3, 3, 64)
    u, v = np.meshgrid(axis, axis)
    bump = np.exp(-0.5 * ((np.hypot(u, v) - 2) / 0.5) ** 2)
    xy, uv = swirl(phase, 20)
    return Plane(
        "x_t in the plane", "200 particles between noise and a ring.", (-3.2, 3.2), (-3.0, 3.0),
        (
            Heat(bump, (-3.0, 3.0), (-3.0, 3.0), alpha=0.35, label="density"),
            Points(noise, "noise", 1.2, 0.28, "noise"),
            Points(ring, "data", 1.3, 0.5, "data"),
            Arrows(xy, uv, label="field"),
            Lines(trail, "model", 1.0, 0.16),
            Points(now, "model", 2.5, 0.92, "particles", values=np.arange(200.0)),
        ),
    )  # fmt: skip


def layers(phase: float) -> Plane:
    axis = np.linspace(-2, 2, 40)
    u, v = np.meshgrid(axis, axis)
    grid = np.stack(np.meshgrid(np.linspace(-2, 2, 13), np.linspace(-1.5, 1.5, 13)), -1)
    warped = grid + 0.25 * np.stack(
        [np.sin(2 * grid[..., 1] + phase), np.cos(2 * grid[..., 0])], -1
    )
    cart = np.array([[[-0.5, -1.4], [0.5, -1.4], [0.5, -1.1], [-0.5, -1.1]]])
    return Plane(
        "every other layer", "A saddle, a warped grid, a cart, three handles.", (-3.0, 3.0), (-2.0, 2.0),
        (
            Heat(u * v, (-2.0, 2.0), (-2.0, 2.0), "diverging", -4.0, 4.0, label="u v"),
            Contour(u * v, (-2.0, 2.0), (-2.0, 2.0), (-1.0, 0.0, 1.0), label="levels"),
            Mesh(warped, label="grid"),
            Shapes(cart),
            Lines(np.stack([np.stack([axis, np.sin(axis)], 1)]), "field", 2.0, 0.9, True, "path"),
            Words(np.array([[-1.2, 1.5], [1.2, -0.6]]), ("saddle", "cart")),
            Handles("centres", np.array([[-1.0, 0.5], [0.0, 1.0], [1.5, 0.0]]), label="centre"),
        ),
        x_label="position", y_label="speed",
    )  # fmt: skip


def attention(n: int, seed: int) -> np.ndarray:
    score = np.random.default_rng(seed).normal(size=(n, n)) * 1.5
    score = np.where(np.tril(np.ones((n, n))) > 0, score, -np.inf)
    weight = np.exp(score - score.max(1, keepdims=True))
    return weight / weight.sum(1, keepdims=True)


def matrix(n: int = 12) -> Matrix:
    rng = np.random.default_rng(1)
    q, k = rng.normal(size=(n, 32)), rng.normal(size=(n, 32))
    names = (WORDS * n)[:n]
    return Matrix(
        "attention of head 1.3", "Each row sums to one.", attention(n, 0), rows=names, columns=names,
        row_label="query", column_label="key", value_label="weight",
        hidden=np.triu(np.ones((n, n), bool), 1), notes={"scaled score": q @ k.T / np.sqrt(32)},
        row_vectors=q, column_vectors=k, pick="row",
    )  # fmt: skip


def table() -> Matrix:
    """A printed table with two wrong cells, wide enough for its numbers."""
    values = np.array([[0.0, 1.0], [0.841, 0.54], [0.909, 0.41]])
    wrong = np.array([[False, False], [False, False], [True, True]])
    return Matrix("a printed table", "Two of six cells are wrong.", values, crossed=wrong)


def board(**more: Any) -> Board:
    """Three rows of four cells: a wall, an end, ways, a path; painted with three brushes."""
    petals = np.zeros((3, 4, 4))
    petals[..., 1], petals[..., 2] = 0.75, 0.25
    blocked, bare = np.zeros((2, 3, 4), bool)
    blocked[1, 1] = bare[2, 3] = True
    signs = ("S", *("",) * 10, "+1")
    path = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [1.0, 2.0]])
    return Board(
        "a small world", "The way leads to the lower right.", np.linspace(-1, 1, 12).reshape(3, 4),
        -1.0, 1.0, "diverging", "V", petals=petals, blocked=blocked, bare=bare, signs=signs, path=path,
        notes={"visits": np.arange(12.0).reshape(3, 4)}, cell=(1, 2), **more,
    )  # fmt: skip


def film() -> Film:
    axis = np.linspace(-1, 1, 32)
    u, v = np.meshgrid(axis, axis)
    ring = np.clip(1.2 - 6 * np.abs(np.hypot(u, v) - 0.55), -1, 1)
    noise = np.random.default_rng(2).normal(size=(2, 6, 32, 32))
    t = np.linspace(0, 1, 6)[None, :, None, None]
    return Film(
        "from noise to a digit", "Two lanes of six moments.", (1 - t) * noise + t * ring,
        row_labels=("x_t", "predicted x_0"), column_labels=tuple(f"t {s:.1f}" for s in t.ravel()),
    )  # fmt: skip


def diagram(value: float = 0.25, many: int = 0) -> Diagram:
    names = ("prompt", "token embedding + position", "attention", "MLP", "next-token logits")
    nodes = tuple(
        Node(str(i), label, i / 4, (0.5, 0.5, 0.1, 0.9, 0.5)[i], f"{value * (i + 1):.2f}",
             ("data", "soft", "focus", "model", "exact")[i], f"step {i} of the forward pass")
        for i, label in enumerate(names)
    )  # fmt: skip
    ends = ((0, 1, "ids"), (1, 2, ""), (1, 3, ""), (2, 4, "sum"), (3, 4, ""))
    edges = tuple(Edge(str(a), str(b), label) for a, b, label in ends)
    if many:
        nodes = tuple(Node(str(i), f"/layers.{i}/MatMul", (i % 4) / 3, (i // 4) / (many // 4))
                      for i in range(many))  # fmt: skip
        edges = tuple(Edge(str(i), str(i + 4)) for i in range(many - 4))
    return Diagram("the forward pass", "Five boxes.", nodes, edges)


def curves(at: float = 30.0) -> Chart:
    x = np.arange(1, 101.0)
    loss = 2 * np.exp(-x / 20) + 0.05
    spread = np.stack([loss * 0.8, loss * 1.2], 1)
    return Chart(
        "loss above its floor", "Falls from 2 to 0.05.",
        (Series(x, loss * 1.1, "noise", faint=True), Series(x, loss, "model", "learned", spread=spread), Series(x, loss * 0.6, "exact", "exact", dashed=True)),
        (0.0, 100.0), (0.0, 2.2), "step", "loss", floor=0.05, cursor=float(at),
    )  # fmt: skip


def histogram() -> Chart:
    x = np.arange(8.0)
    y = np.array([0.02, 0.6, 0.25, 0.05, 0.03, 0.02, 0.02, 0.01])
    dots = Series(x, y[::-1].copy(), "reward", "reversed", "points")
    return Chart("who pulls here?", "Mode 1 pulls most.", (Series(x, y, "data", "weight", "bars"), dots),
                 (-0.5, 7.5), (0.0, 0.7))  # fmt: skip


def logarithmic() -> Chart:
    x = np.geomspace(1, 1000, 40)
    series = (
        Series(x, 3 / x, "field", "bound"),
        Series(x, 1 / np.sqrt(x), "model", "measured", "points"),
    )
    return Chart("error against samples", "Falls as one over n.", series, (1.0, 1000.0), (1e-3, 10.0),
                 "n", "error", True, True)  # fmt: skip


def surface() -> Surface:
    u, v = np.meshgrid(np.linspace(-2, 2, 30), np.linspace(-2, 2, 30))
    return Surface("value of a state", "Highest in the middle.", np.exp(-(u**2) - v**2), (-2.0, 2.0), (-2.0, 2.0),
                   x_label="angle", y_label="speed", z_label="value")  # fmt: skip


def bars(n: int = 2000) -> Bars:
    values = np.sort(np.random.default_rng(3).dirichlet(np.full(n, 0.02)))[::-1].astype(np.float32)
    names = tuple(f"{WORDS[i % 11].strip()} {i}" for i in range(n))
    return Bars("the next token", "Who 0 leads.", names, values, np.roll(values, 1), float(values[0]),
                before_label="before the head was switched off")  # fmt: skip


def frame(step: int) -> Scene:
    """The whole gallery at one step of its clock."""
    phase = step / 5
    heads = np.stack([attention(12, s) for s in range(16)])
    rng = np.random.default_rng(4)
    return {
        "plane": plane(phase),
        "layers": layers(phase),
        "matrix": matrix(),
        "board": board(paint="ground", brushes=("floor", "wall")),
        "sides": board(sides=rng.normal(size=(3, 4, 4))),
        "signed": Matrix("a small kernel", "Nine weights.", rng.normal(size=(3, 3)), -2.0, 2.0, "diverging"),
        "wall": Wall("all heads", "Four layers of four.", heads, labels=tuple(f"{i // 4}.{i % 4}" for i in range(16)),
                     selected=5, off=(2, 9), select="head", toggle="off"),
        "film": film(),
        "tokens": Tokens("what the query looks at", "Mostly 'Who'.", WORDS, attention(12, 0)[8], attention(12, 0),
                         picked=8, pick="row"),
        "bars": bars(),
        "diagram": diagram(0.25 + step / 10),
        "curves": curves(30 + step),
        "histogram": histogram(),
        "logarithmic": logarithmic(),
        "surface": surface(),
    }  # fmt: skip


def empty() -> Scene:
    """Nothing to see, and one of each: both must draw."""
    none, one = np.zeros((0, 2)), np.zeros((1, 1))
    return {
        "plane": Plane("empty", "", (0.0, 1.0), (0.0, 1.0), (
            Points(none), Arrows(none, none), Lines(np.zeros((0, 3, 2))), Heat(one, (0.0, 1.0), (0.0, 1.0)),
            Contour(one, (0.0, 1.0), (0.0, 1.0), (0.5,)), Mesh(np.zeros((0, 0, 2))), Shapes(np.zeros((0, 4, 2))),
            Words(none, ()), Handles("centres", none, grow=True))),
        "matrix": Matrix("empty", "", np.zeros((0, 0))),
        "cell": Matrix("one", "", one),
        "board": Board("empty", "", np.zeros((0, 0))),
        "field": Board("one", "", one),
        "wall": Wall("empty", "", np.zeros((0, 3, 3))),
        "tile": Wall("one", "", np.zeros((1, 1, 1))),
        "film": Film("empty", "", np.zeros((0, 0, 8, 8))),
        "picture": Film("one", "", np.zeros((1, 1, 1, 1))),
        "tokens": Tokens("empty", "", ()),
        "token": Tokens("one", "", ("",), np.ones(1), np.ones((1, 1))),
        "bars": Bars("empty", "", (), np.zeros(0)),
        "diagram": Diagram("empty", "", (), ()),
        "chart": Chart("empty", "", (), (0.0, 1.0), (0.0, 1.0)),
        "series": Chart("one", "", (Series(np.zeros(1), np.zeros(1)),), (0.0, 1.0), (0.0, 1.0)),
    }  # fmt: skip
