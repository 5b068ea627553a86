"""The map of one number, and the densities before and after it."""

import numpy as np

from app.figures.scene import Chart, Clock, Lines, Number, Numbers, Plane, Points, Scene, Series

from .bent import BINS, DRAWN, Frame, normal_cdf, normal_density

Array = np.ndarray
X, Z = (-4.0, 4.0), (-4.0, 4.0)


def draw(frame: Frame) -> Scene:
    """Map, pushed density, base density, and the same as shares of one."""
    return {
        "map": _map(frame),
        "density": _density(frame),
        "base": _base(frame),
        "uniform": _uniform(frame),
        "numbers": _numbers(frame),
        "clock": Clock(frame.step, frame.tau, "τ", "identity 0", "1 f"),
    }


def _map(frame: Frame) -> Plane:
    floor, wall = np.full(9, Z[0]), np.full(9, X[0])
    x, z = frame.tenths.T
    tenths = np.stack([np.stack(pair, -1) for pair in ((wall, z), (x, z), (x, floor))], 1)
    (a, fa), here, (b, fb) = frame.place
    ends = np.array([[[X[0], fa], [a, fa], [a, Z[0]]], [[X[0], fb], [b, fb], [b, Z[0]]]])
    return Plane(
        "z = f(x), and tenths of the mass",
        f"At x = {here[0]:.2f} the map gives {here[1]:.2f} and rises by {frame.slope:.2f}.",
        X,
        Z,
        (
            Lines(tenths, "noise", 1.0, 0.7),
            Lines(np.array([[[X[0], Z[0]], [X[1], Z[1]]]]), "soft", 1.0, 0.6, dashed=True),
            Lines(np.stack([frame.x, frame.z], -1)[None], "model", 2.5, 1.0),
            Lines(ends, "focus", 1.5, 0.9),
            Points(here[None], "focus", 5.0),
        ),
        x_label="x",
        y_label="z",
    )


def _density(frame: Frame) -> Chart:
    (a, _), _, (b, _) = frame.place
    within = (frame.x >= a) & (frame.x <= b)
    x, height = _histogram(frame.x_drawn, X)
    known = Series(frame.x, frame.truth, "exact", "the mixture", dashed=True)
    return Chart(
        "p(x) = N(f(x)) f′(x)",
        f"The area is {frame.whole:.4f}; with the slope forgotten {frame.whole_wrong:.3f}.",
        (
            Series(x, height, "data", "data", "bars")
            if frame.exact
            else Series(x, height, "noise", "f⁻¹(draws of z)", "bars"),
            *((known,) if frame.exact else ()),
            Series(frame.x, frame.wrong, "error", "slope forgotten", dashed=True),
            Series(frame.x, frame.p, "model", "p(x)"),
            Series(*_fence(frame.x[within], frame.p[within]), "focus", "interval"),
        ),
        X,
        (0.0, 1.2 * max(0.42, float(frame.truth.max()))),
        "x",
    )


def _base(frame: Frame) -> Chart:
    (_, fa), _, (_, fb) = frame.place
    z = np.linspace(*Z, 161)
    within = np.linspace(max(fa, Z[0]), max(min(fb, Z[1]), Z[0] + 1e-6), 41)
    at, height = _histogram(frame.z_drawn, Z)
    return Chart(
        "Base N(z; 0, 1)",
        f"The image of the interval holds {frame.mass_z:.4f} of it.",
        (
            Series(
                at,
                height,
                "data" if frame.exact else "noise",
                "f(data)" if frame.exact else "draws",
                "bars",
            ),
            Series(z, normal_density(z), "exact", "N(0, 1)"),
            Series(*_fence(within, normal_density(within)), "focus"),
        ),
        Z,
        (0.0, 0.62),
        "z",
    )


def _uniform(frame: Frame) -> Chart:
    u = np.asarray(normal_cdf(frame.z_drawn))
    at, height = _histogram(u, (0.0, 1.0), 20)
    noise = 2 * np.sqrt(19 / DRAWN)  # two standard deviations of a bar
    level = np.array([[1 - noise, 1 + noise]] * 2)
    ends = np.array([0.0, 1.0])
    return Chart(
        "u = Φ(z), aim: uniform",
        f"The fullest twentieth holds {height.max():.2f} times its share; chance allows "
        f"{1 + noise:.2f}.",
        (
            Series(at, height, "data" if frame.exact else "noise", "", "bars"),
            Series(ends, np.ones(2), "exact", "uniform ± 2σ", dashed=True, spread=level),
        ),
        (0.0, 1.0),
        (0.0, 2.5),
        "u",
    )


def _fence(x: Array, y: Array) -> tuple[Array, Array]:
    """A piece of a curve, with a post at each end."""
    return np.pad(x, 1, "edge"), np.pad(y, 1)


def _histogram(values: Array, ends: tuple[float, float], bins: int = BINS) -> tuple[Array, Array]:
    """Middles of the bins and the density in each."""
    counts, edges = np.histogram(values, bins, ends)
    return (edges[1:] + edges[:-1]) / 2, counts / (len(values) * (edges[1] - edges[0]))


def _numbers(frame: Frame) -> Numbers:
    x = frame.place[1, 0]
    return Numbers(
        (
            Number("∫ p(x) dx", frame.whole, "", "N(f(x)) f′(x)", "p[m]"),
            Number("∫ with f′ forgotten", frame.whole_wrong, "", "N(f(x); 0, 1)", "wrong[m]"),
            Number(f"slope f′ at {x:.2f}", frame.slope, "z per x", "df/dx"),
            Number("N(f(x)) there", frame.base, "per z", "N(f(x); 0, 1)"),
            Number("p there", frame.base * frame.slope, "per x", "N(f(x)) f′(x)"),
            Number("mass of the interval in x", frame.mass, "", "∫ p(x) dx"),
            Number("mass of its image in z", frame.mass_z, "", "Φ(f(b)) − Φ(f(a))"),
        )
    )
