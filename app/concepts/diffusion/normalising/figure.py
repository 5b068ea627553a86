"""Data on the left, the latent Gaussian on the right, and between them the layers at work."""

import numpy as np

from app.figures.scene import (
    Clock,
    Handles,
    Lines,
    Matrix,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Shapes,
)

from . import bent, bent_figure, training_figure
from .frame import Frame, Params, Walk
from .spaces import costs, data, dets, fit, latent

Array = np.ndarray


def draw(frame: Frame | bent.Frame) -> Scene:
    """A walk through the layers, a training, or one number."""
    if isinstance(frame, bent.Frame):
        return bent_figure.draw(frame)
    if frame.walk is None:
        return training_figure.draw(frame)
    return _walking(frame, frame.walk)


def _walking(frame: Frame, walk: Walk) -> Scene:
    p, layers, at, now = frame.params, len(walk.log_dets), frame.at, frame.reading
    back = p.way == "latent to data"
    done = int(at + 1e-9)
    # In layers as they are numbered, from data to latent: those passed, and the one at work.
    passed = (layers - done, layers) if back else (0, done)
    k = min(max(layers - 1 - done if back else done, 0), layers - 1)
    x, z = (walk.point[[-1]], walk.point[[0]]) if back else (walk.point[[0]], walk.point[[-1]])
    ends = ("latent z", "data x") if back else ("data x", "latent z")
    return {
        "walk": _between(frame, walk, k, at),
        "data": data(frame, (Points(x, "focus", 5.0) if back else Handles("x", x),)),
        "latent": latent(frame, (Handles("z", z) if back else Points(z, "focus", 5.0),)),
        "dets": dets(walk.log_dets, passed, "at the point"),
        "jacobian": _jacobian(frame, walk, k),
        "numbers": Numbers((*_point(walk, z, passed), *fit(frame)[1:], *costs(frame))),
        "clock": Clock(frame.step, float(now.step), "iteration", "untrained 0", f"{p.iterations}")
        if frame.learning
        else Clock(frame.step, at, "layer", f"{ends[0]} 0", f"{layers} {ends[1]}"),
    }


def _between(frame: Frame, walk: Walk, k: int, at: float) -> Plane:
    """Cloud, grid and point part of the way from one station to the next."""
    back = frame.params.way == "latent to data"
    low = min(int(at + 1e-9), len(walk.log_dets) - 1)
    part = at - low
    cloud, net, point, cell = (
        (1 - part) * way[low] + part * way[low + 1]
        for way in (walk.cloud, walk.net, walk.point, walk.cell)
    )
    trail = np.concatenate([walk.point[: low + 1], point[None]])[None]
    title = f"Layer {k + 1}{' undone' if back else ''}: {layer_name(frame.params, k)}"
    if frame.learning:
        title = (
            f"All layers, taught for {frame.reading.step} of {frame.params.iterations} iterations"
        )
    return Plane(
        title,
        f"{at:.1f} of {len(walk.log_dets)} layers passed; the point is at "
        f"({point[0]:.2f}, {point[1]:.2f}).",
        (-walk.reach, walk.reach),
        (-walk.reach, walk.reach),
        (
            Lines(net, "noise" if back else "field", 1.0, 0.5),
            Points(cloud, "model" if back else "data", 2.2, 0.85),
            Lines(trail, "focus", 1.8, 0.9),
            Shapes(cell[None], "focus", 0.55),
            Points(point[None], "focus", 4.0),
        ),
    )


def layer_name(p: Params, k: int) -> str:
    """What a layer does, in a few words."""
    if p.mixing and k % 2 == 0:
        return "actnorm and 1 × 1"
    number = k // 2 if p.mixing else k
    read = (("x₁", "x₂").index(p.first) + (0 if p.mixing else number)) % 2
    a, b = ("x₁", "x₂")[read], ("x₂", "x₁")[read]
    if p.structure == "coupling":
        return f"keeps {a}, moves {b}"
    return f"moves {a}, then {b}"


def _jacobian(frame: Frame, walk: Walk, k: int) -> Matrix:
    values = walk.jacobians[k]
    det = float(np.linalg.det(values))
    return Matrix(
        f"Jacobian of layer {k + 1}",
        f"Its determinant is {det:.3f}, so log|det| is {np.log(abs(det)):.3f}.",
        values,
        -2.0,
        2.0,
        "diverging",
        rows=("out₁", "out₂"),
        columns=("in₁", "in₂"),
        value_label="∂ out / ∂ in",
        hidden=values == 0,
        blank="0",
        digits=3,
    )


def _point(walk: Walk, z: Array, passed: tuple[int, int]) -> tuple[Number, ...]:
    total = float(walk.log_dets.sum())
    so_far = float(walk.log_dets[slice(*passed)].sum())
    return (
        Number("log|det| passed", so_far, "nats", "Σ log|det ∂f_k|", "log_dets[k]"),
        Number("log N(z; 0, I)", walk.log_p - total, "nats", "−½|z|² − log 2π", "z[2]"),
        Number("log p(x), learned", walk.log_p, "nats", "log N(z) + Σ log|det|", "x[2]"),
        Number("log p(x), exact", walk.exact, "nats", "the mixture's own", "x[2]"),
    )
