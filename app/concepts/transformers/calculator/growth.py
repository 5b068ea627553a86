"""Random queries and keys of growing width: how large their scores become, and what softmax loses."""

import numpy as np

from app.figures.scene import Chart, Clock, Number, Numbers, Scene, Series

from .root import KEYS, LIMIT, ROWS, WIDTHS, Sweep

ENDS = (float(WIDTHS[0]), float(WIDTHS[-1]))
MOST = float(np.log2(KEYS))


def draw(frame: Sweep) -> Scene:
    """The same scores divided and not divided."""
    now = frame.now
    return {
        "softness": softness(frame),
        "variance": variance(frame),
        "rows": rows(frame),
        "passed": passed(frame),
        "numbers": numbers(frame),
        "clock": Clock(
            len(frame.widths) - 1, float(now.d), "d_k", f"{WIDTHS[0]} narrow", f"{WIDTHS[-1]} wide"
        ),
    }


def softness(frame: Sweep) -> Chart:
    """How many keys a query still weighs up."""
    now, d = frame.now, widths(frame)
    series = (
        Series(np.array(ENDS), np.full(2, LIMIT), "exact", "divided, many keys", dashed=True),
        Series(d, np.array([w.scaled.entropy for w in frame.widths]), "model", "divided by √d_k"),
        Series(d, np.array([w.plain.entropy for w in frame.widths]), "noise", "not divided"),
    )
    says = (
        f"At d_k = {now.d} a row spreads over {now.scaled.entropy:.2f} bits if scores are divided, "
        f"over {now.plain.entropy:.2f} if not, of at most {MOST:.0f}."
    )
    return Chart(
        "spread of the weights over 32 keys, bits", says, series, ENDS, (0.0, MOST), "d_k", "bits",
        log_x=True, cursor=float(now.d),
    )  # fmt: skip


def variance(frame: Sweep) -> Chart:
    """Measured and exact."""
    now, d = frame.now, widths(frame)
    measured = np.array([w.variance for w in frame.widths])
    error = np.array([w.error for w in frame.widths])
    band = np.stack([measured - 2 * error, measured + 2 * error], 1)
    series = (
        Series(np.array(ENDS), np.array(ENDS), "exact", "exactly d_k", dashed=True),
        Series(d, measured, "model", "measured, ± 2 errors", "points", spread=band),
    )
    says = (
        f"At d_k = {now.d} the variance of q·k is {now.variance:.4g}, exactly {now.d} in the mean."
    )
    return Chart(
        "variance of q·k", says, series, ENDS, (0.5, 2 * ENDS[1]), "d_k", "variance",
        log_x=True, log_y=True, cursor=float(now.d),
    )  # fmt: skip


def rows(frame: Sweep) -> Chart:
    """One query's weights, largest first."""
    now = frame.now
    rank = np.arange(1.0, KEYS + 1)
    series = (
        Series(rank, now.scaled.row, "model", "divided by √d_k", "bars"),
        Series(rank, now.plain.row, "noise", "not divided", "points"),
    )
    says = (
        f"The first query's largest weight is {now.scaled.row[0]:.3f} divided, "
        f"{now.plain.row[0]:.3f} not divided."
    )
    return Chart(
        "one query's weights, largest first",
        says,
        series,
        (0.5, KEYS + 0.5),
        (0.0, 1.0),
        "rank",
        "weight",
    )


def passed(frame: Sweep) -> Chart:
    """What training could feel."""
    now, d = frame.now, widths(frame)
    series = (
        Series(d, np.array([w.scaled.passed for w in frame.widths]), "model", "divided by √d_k"),
        Series(d, np.array([w.plain.passed for w in frame.widths]), "noise", "not divided"),
    )
    says = (
        f"Of a gradient the softmax passes {now.scaled.passed:.2f} divided, "
        f"{now.plain.passed:.2f} not divided."
    )
    return Chart(
        "gradient that softmax lets through, 1 − Σ A²", says, series, ENDS, (0.0, 1.0), "d_k", "",
        log_x=True, cursor=float(now.d),
    )  # fmt: skip


def widths(frame: Sweep) -> np.ndarray:
    return np.array([float(w.d) for w in frame.widths])


def numbers(frame: Sweep) -> Numbers:
    """This width in numbers."""
    now = frame.now
    off = abs(now.variance - now.d) / now.error
    pairs = "1,024 pairs of random q, k"
    return Numbers(
        (
            Number("variance of q·k", now.variance, "", "mean (q·k)²", pairs),
            Number("exactly", float(now.d), "", "d_k · 1 · 1", "theory"),
            Number("off by", off, "standard errors", "√((2 d² + 6 d) / pairs)", pairs),
            Number("spread, divided", now.scaled.entropy, "bits", "−Σ A log₂ A", f"{ROWS} rows"),
            Number("spread, not divided", now.plain.entropy, "bits", "−Σ A log₂ A", f"{ROWS} rows"),
            Number("gradient passed, divided", now.scaled.passed, "", "1 − Σ A²", f"{ROWS} rows"),
            Number(
                "gradient passed, not divided", now.plain.passed, "", "1 − Σ A²", f"{ROWS} rows"
            ),
        )
    )
