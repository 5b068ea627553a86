"""Lanes of pictures: what each sampler holds, and what the net sees in it."""

import numpy as np

from app.figures import scene
from app.figures.scene import Chart, Film, Number, Series

from .frame import Digits, Frame, Record
from .look import cost, curve, last, level, name, short, size, snr

SEEN = {  # in a picture's title
    "x0": "the clean digit x̂₀ that the net sees",
    "eps": "the noise ε̂ that the net names",
    "v": "the velocity v̂ = αε̂ − σx̂₀",
    "score": "σ_t times the score",
}
WRITTEN = {"x0": "x̂₀", "eps": "ε̂", "v": "v̂", "score": "σ·score"}


def draw_digits(frame: Frame, shown: Digits) -> dict[str, scene.View]:
    """Several lanes with the moments beside them, or one through time."""
    rows = scene.Numbers((cost(frame), *readings(frame, shown), *apart(frame, shown)))
    p, charts = frame.params, dict[str, scene.View]()
    charts |= {"read": read(frame, shown)} if p.view == "x0" else {"size": size(frame)}
    # The record is of samplers that stop where they like; elsewhere it would tell nothing.
    recorded = p.spacing == "own" and p.clip
    charts |= {"quality": quality(frame, shown.record)} if recorded else {"snr": snr(frame)}
    if len(frame.lanes) > 1:
        return {"film": film(frame, shown), **charts, "numbers": rows}
    below = {f"{key}1": chart for key, chart in charts.items()}  # another place: LAYOUT
    return {"strip": strip(frame, shown), **below, "numbers": rows}


def film(frame: Frame, shown: Digits) -> Film:
    """A row a lane: x_t and the answer now, and the answer at the kept moments."""
    seen = WRITTEN[frame.params.view]
    return Film(
        f"x_t, and {SEEN[frame.params.view]}",
        f"Step {frame.step} of {last(frame)}; on the right {seen} as it was at step "
        f"{', '.join(map(str, shown.at))}.",
        np.concatenate([shown.now, shown.kept[:, :, 1]], 1),
        row_labels=tuple(short(frame, i) for i in range(len(frame.lanes))),
        column_labels=("x_t", seen, *(f"{seen}, step {at}" for at in shown.at)),
    )


def strip(frame: Frame, shown: Digits) -> Film:
    """One lane through time: x_t above the answer."""
    (lane,) = frame.lanes
    return Film(
        f"{name(frame, 0)}: x_t, and {SEEN[frame.params.view]}",
        f"Step {frame.step} of {last(frame)}, {level(lane)}.",
        np.concatenate([shown.kept[0].swapaxes(0, 1), shown.now[0][:, None]], 1),
        row_labels=("x_t", WRITTEN[frame.params.view]),
        column_labels=(*(f"step {at}" for at in shown.at), "now"),
    )


def read(frame: Frame, shown: Digits) -> Chart:
    """What a reader who knows nothing of the sampler makes of each x̂₀."""
    digit, moments = frame.params.digit, np.arange(1.0, len(shown.read[0]) + 1)
    ends = [f"{name(frame, i)} {sure[-1]:.2f}" for i, sure in enumerate(shown.read)]
    return Chart(
        f"Read as {digit} by the judge",
        f"How sure the judge is that x̂₀ is a {digit}: {', '.join(ends)}.",
        tuple(curve(frame, i, moments, sure) for i, sure in enumerate(shown.read)),
        (1.0, float(last(frame) + 1)),
        (0.0, 1.05),
        "call",
        f"p({digit} | x̂₀)",
        cursor=float(frame.step + 1),
    )


def quality(frame: Frame, record: Record) -> Chart:
    """Calls against quality, as measured once on many digits."""
    mean, least, most = record.floor
    known = [i for i, calls in enumerate(record.calls) if len(calls)]
    best = [f"{name(frame, i)} {min(record.frechet[i]):.1f}" for i in known]
    perfect = Series(
        np.array([10.0, 250.0]), np.full(2, mean), "exact", "real", dashed=True,
        spread=np.tile([least, most], (2, 1)),
    )  # fmt: skip
    return Chart(
        "Recorded quality",
        f"At best, of 1,000 digits, {', '.join(best) or 'none of these lanes was measured'}; other real digits read "
        f"{mean:.1f}.",
        (perfect, *(curve(frame, i, record.calls[i], record.frechet[i]) for i in known)),
        (10.0, 250.0),
        (0.0, 8.0),
        "calls",
        "Fréchet, 1,000 digits",
        log_x=True,
    )


def readings(frame: Frame, shown: Digits) -> tuple[Number, ...]:
    """How sure the judge is of each lane's digit now."""
    digit = frame.params.digit
    formula, source = "softmax of the judge's logits", "judge_digits(x̂₀[lane])"
    return tuple(
        Number(f"{short(frame, i)} read as {digit}", float(sure[-1]), "", formula, source)
        for i, sure in enumerate(shown.read)
    )


def apart(frame: Frame, shown: Digits) -> tuple[Number, ...]:
    """How unlike the lanes' clean digits are."""
    other = short(frame, shown.reference)
    formula, source = f"√mean (x̂₀ − x̂₀ of {other})²", "x̂₀[lane, 32, 32]"
    return tuple(
        Number(f"{short(frame, i)} from {other}", float(far), "of range 2", formula, source)
        for i, far in enumerate(shown.apart)
        if i != shown.reference
    )
