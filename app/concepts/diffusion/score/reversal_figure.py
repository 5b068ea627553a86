"""Noise on its way to data with more or less chance: the cloud, and the fan of futures of one point."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Handles,
    Lines,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)

from .look import WINDOW, capped, shade, worlds
from .reversal import FUTURES, Journey


def draw(frame: Journey) -> Scene:
    """The plane, the distance to the marginal, the price of chance, and the numbers."""
    return {
        "plane": plane(frame),
        "first": marginals(frame),
        "second": price(frame),
        "numbers": numbers(frame),
        "clock": Clock(
            frame.step, float(frame.step), "step", "0 noise", f"{frame.params.steps} data"
        ),
    }


def plane(frame: Journey) -> Plane:
    """The cloud over its exact density, the drift, and the fan."""
    p = frame.params
    return Plane(
        f"λ = {p.lam:.1f}, at noise σ = {frame.sigma:.2f}",
        f"The cloud is {frame.history[-1, 1]:.3f} from its exact marginal, floor "
        f"{frame.history[-1, 2]:.3f}; the futures of the probe spread by {frame.spread:.2f}.",
        WINDOW,
        WINDOW,
        (
            shade(frame.density),
            Arrows(frame.at, capped(0.1 * frame.arrows), "field", 0.4, label="drift"),
            Points(frame.particles, "exact", 1.6, 0.5, label="cloud"),
            Lines(frame.ways, "model", 1.0, 0.22, label="futures of the probe"),
            Points(frame.fan, "model", 2.0, 0.9),
            *worlds(p),
            Handles("probe", np.array(p.probe)),
        ),
    )


def marginals(frame: Journey) -> Chart:
    """Distance of the cloud to the exact marginal of every level so far."""
    p, (sigma, gap, floor) = frame.params, frame.history.T
    return Chart(
        "Distance to the exact marginal",
        f"Sliced W₂ {gap[-1]:.3f} where two perfect clouds are {floor[-1]:.3f} apart.",
        (
            Series(sigma[::-1], floor[::-1], "noise", "floor", dashed=True),
            Series(sigma[::-1], gap[::-1], "exact", f"λ = {p.lam:.1f}"),
        ),
        (float(sigma[0]), frame.low),
        (0.03, 5.0),
        "σ",
        log_x=True,
        log_y=True,
        cursor=frame.sigma,
    )


def price(frame: Journey) -> Chart:
    """Where clouds end, by lambda: what steps of finite length cost."""
    p, (lam, now, half) = frame.params, frame.ends.T
    return Chart(
        "Distance at the end, by λ",
        f"{len(lam)} values of λ run: in {p.steps} steps between {now.min():.3f} and "
        f"{now.max():.3f}, in {p.steps // 2} between {half.min():.3f} and {half.max():.3f}.",
        (
            Series(lam, half, "exact", f"{p.steps // 2} steps", dashed=True),
            Series(lam, now, "exact", f"{p.steps} steps"),
        ),
        (0.0, 3.0),
        (0.03, 5.0),
        "λ",
        log_y=True,
        floor=frame.floor,
        cursor=p.lam,
    )


def numbers(frame: Journey) -> Numbers:
    """Marginal, fan, posterior."""
    _, gap, floor = frame.history[-1]
    chance = float(np.sqrt(frame.posterior * (1 - frame.posterior) / FUTURES))
    rows = (
        Number("to the marginal", float(gap), "", "sliced W₂", "x[n, 2]", float(floor)),
        Number("futures' spread", frame.spread, "", "rms |x − mean|", "fan[256, 2]"),
        Number("futures in the narrow mode", frame.futures, "", "mean p(narrow | x)", "p(k | x)"),
        Number(
            "posterior of the probe",
            frame.posterior,
            f"± {chance:.3f}",
            f"p(narrow | x) at σ = {frame.fork:.2f}",
            "p(k | x)",
        ),
    )
    return Numbers(rows)
