"""A query and a key on a ruler, and on one dial a pair: turned together, their score stands still."""

from math import ceil, sqrt

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Handles,
    Ink,
    Layer,
    Lines,
    Number,
    Numbers,
    Plane,
    Scene,
    Series,
    Words,
)

from .apart import CHECKS, FAR, LAST, Frame

RADIUS = 0.36  # of a dial, in parts of its cell
TALL = 1.25  # cells, for their words
FOOT = 10.0  # room for the ruler's words, in its tokens
CLOSE = 12  # tokens: the two words would touch
ROUND = np.linspace(0, 2 * np.pi, 49)
MANY = 18  # dials; more bear no words
HANDS: tuple[Ink, Ink] = ("model", "data")  # query and key
TICK = 8  # places
INKS: dict[str, Ink] = {"RoPE": "field", "waves alone": "exact", "waves added": "model"}


def draw(frame: Frame) -> Scene:
    """Both tokens at their places of this moment."""
    return {
        "dials": dials(frame),
        "moved": moved(frame),
        "lag": lag(frame),
        "parts": parts(frame),
        "numbers": numbers(frame),
        "clock": Clock(
            frame.shift, float(frame.shift), "both moved by", "0 tokens", f"{FAR} tokens"
        ),
    }


def dials(frame: Frame) -> Plane:
    """A ruler with both tokens, and over it one dial a pair; all in tokens of the ruler."""
    k = len(frame.theta)
    across = ceil(sqrt(1.6 * k))
    down, apart = ceil(k / across), (LAST + 1.0) / across
    i = np.arange(k)
    place = np.stack([i % across + 0.5, TALL * (down - i // across - 0.5)], -1)
    centre = place * apart + [0.0, FOOT]
    circle = centre[:, None] + RADIUS * apart * np.stack([np.cos(ROUND), np.sin(ROUND)], -1)
    hands = (
        RADIUS * apart * arrow / longest[:, None]
        for arrow, longest in zip((frame.query, frame.key), frame.longest, strict=True)
    )
    rim = [0.0, (RADIUS + 0.1) * apart]
    layers = (
        Lines(circle, "soft", 1.0, 0.35),
        *(Arrows(centre, uv, ink, 1.0) for uv, ink in zip(hands, HANDS, strict=True)),
        *((Words(centre + rim, degrees(frame)),) if k <= MANY else ()),
        *((Words(centre - rim, shares(frame), "ink"),) if k <= MANY else ()),
        *ruler(frame),
    )
    named = "pairs " + ("(2i, 2i + 1)" if frame.layout == "interleaved" else "(i, i + d/2)")
    return Plane(
        f"{frame.scheme}, {named}: angle, part of score",
        f"Query at {frame.m}, key at {frame.n}: the first pair turns {np.degrees(frame.theta[0]):.0f}° a "
        f"token, the last {np.degrees(frame.theta[-1]):.2g}°; the parts of the score sum to {frame.score:.4f}.",
        (-2.0, LAST + 3.0),
        (-7.0, FOOT + TALL * down * apart + 3.0),  # the legend's room above
        layers,
        grid=False,
    )


def degrees(frame: Frame) -> tuple[str, ...]:
    """The angle from query to key on each dial."""
    return tuple(f"{angle:.0f}°".replace("-", "−") for angle in frame.angle)


def shares(frame: Frame) -> tuple[str, ...]:
    """The part of the score that each pair gives."""
    return tuple(f"{part:+.2f}".replace("-", "−") for part in frame.part)


def ruler(frame: Frame) -> tuple[Layer, ...]:
    """The text as a line; the handles are where the two stood before they were moved."""
    m, n, s = float(frame.m - frame.shift), float(frame.n - frame.shift), frame.shift
    ticks, places = np.arange(0.0, LAST + 1, TICK), np.arange(0.0, LAST + 1)
    marks = np.stack([np.stack([places, 0 * places + end], -1) for end in (-0.4, 0.4)], 1)
    return (
        Lines(marks, "soft", 1.0, 0.5),
        Lines(np.array([[[m, 0.0], [n, 0.0]]]), "focus", 4.0, 0.7),
        Words(np.stack([ticks, 0 * ticks - 4.5], -1), tuple(f"{x + s:.0f}" for x in ticks)),
        Words(np.array([[m, 4.0]]), (f"query {frame.m}",), "model"),
        Words(np.array([[n, 4.0 if abs(m - n) > CLOSE else 7.0]]), (f"key {frame.n}",), "data"),
        Handles("query_at", np.array([[m, 0.0]]), "model", label="query"),
        Handles("key_at", np.array([[n, 0.0]]), "data", label="key"),
    )


def moved(frame: Frame) -> Chart:
    """The score of each scheme as both tokens move along."""
    every = np.arange(FAR + 1.0)
    series = tuple(
        Series(every, scores, INKS[name], name, dashed=name != frame.scheme)
        for name, scores in frame.moved.items()
    )
    spread = {name: float(np.ptp(scores)) for name, scores in frame.moved.items()}
    low = min(float(scores.min()) for scores in frame.moved.values())
    high = max(float(scores.max()) for scores in frame.moved.values())
    said = ", ".join(f"{name} {value:.1e}" for name, value in spread.items())
    return Chart(
        "score as both are moved, their distance kept",
        f"From the least to the largest score over {FAR} moves: {said}.",
        series,
        (0.0, float(FAR)),
        (low - 0.1 * (high - low) - 0.1, high + 0.1 * (high - low) + 0.1),
        "both moved by, tokens",
        "q·k/√d",
        cursor=float(frame.shift),
    )


def lag(frame: Frame) -> Chart:
    """The score by distance, from where the query stands now."""
    low, high = float(frame.by_lag.min()), float(frame.by_lag.max())
    reach = max(abs(low), abs(high), 0.1) * 1.15
    return Chart(
        "score by distance",
        f"With the query at {frame.m} the score lies between {low:.2f} and {high:.2f}; at the distance "
        f"of the two, {frame.n - frame.m}, it is {frame.score:.4f}.",
        (Series(frame.lag, frame.by_lag, INKS[frame.scheme], frame.scheme),),
        (-float(LAST), float(LAST)),
        (-reach, reach),
        "key − query, tokens",
        cursor=float(frame.n - frame.m),
    )


def parts(frame: Frame) -> Chart:
    """What each pair gives to the score."""
    k = len(frame.theta)
    best = int(np.abs(frame.part).argmax())
    reach = frame.reach
    return Chart(
        "part of the score, by pair",
        f"Pair {best} gives most: {frame.part[best]:.3f} of {frame.score:.3f}.",
        (Series(np.arange(float(k)), frame.part, "focus", style="bars"),),
        (-0.6, k - 0.4),
        (-reach, reach),
        "pair, fastest first",
    )


def numbers(frame: Frame) -> Numbers:
    """The score, here and far on, and what the layout means for it."""
    m, n = frame.m - frame.shift, frame.n - frame.shift
    checks = (
        Number(f"Score at {m + by}, {n + by}", float(score), "", "q·k/√d", "q, k")
        for by, score in zip(CHECKS, frame.checks, strict=True)
    )
    rows = (
        Number(f"Score now, {abs(frame.m - frame.n)} apart", frame.score, "", "Σ parts", "q, k"),
        *checks,
        Number("Largest change of these", float(np.ptp(frame.checks)), "", "max − min"),
    )
    if frame.scheme == "RoPE":
        rows += (
            Number("In the other layout", frame.other, "", "the same q, k; other pairs"),
            Number("… numbers reordered", frame.mended, "", "q, k put where it looks"),
        )
    return Numbers(rows)
