"""Digits guided more and more, side by side; what the net says of one; what the judge says of all."""

import numpy as np

from app.figures.scene import Chart, Clock, Film, Number, Numbers, Series, View

from .digits import LANES, PAIR, ROUNDS, SWEEP, Digits
from .state import Params

Array = np.ndarray


def draw(p: Params, shown: Digits, step: int) -> dict[str, View]:
    """The views of one moment, less omega(t)."""
    judged = int(shown.judged.n.sum())
    if judged:
        every = f"{PAIR * ROUNDS * len(SWEEP)}"
        clock = Clock(step, float(judged), "samples judged", "0", every)
    else:
        clock = Clock(step, float(step), "step", "noise 0", f"{p.steps} data")
    return {
        "film": film(p, shown),
        "inside": inside(p, shown),
        "judge": judge(p, shown),
        "numbers": numbers(p, shown),
        "clock": clock,
    }


def film(p: Params, shown: Digits) -> Film:
    """One column an omega, one row a noise: only omega differs within a row."""
    names = (*(f"ω = {omega:g}" for omega in LANES), f"yours: {p.omega:g}")
    return Film(
        "The same four noises, guided more and more",
        f"Clean guesses of a {p.digit} at noise level t = {max(shown.at.t, 0):.0f}, one column for "
        f"each guidance: {', '.join(names)}.",
        shown.x_0.swapaxes(0, 1),
        column_labels=names,
    )


def inside(p: Params, shown: Digits) -> Film:
    """The two answers of the net about one picture, and what is made of them."""
    seen = shown.inside
    return Film(
        "Yours, first row: what the net sees in it",
        f"Without the label, with it, their difference, and the mix with ω(t) = {shown.weight:.2g}.",
        np.stack([seen.x_t, seen.null, seen.cond, seen.cond - seen.null, seen.guided])[None],
        column_labels=("x_t", "x̂₀(∅)", f"x̂₀({p.digit})", "difference", "guided x̂₀"),
    )


def judge(p: Params, shown: Digits) -> Chart:
    """Accuracy and diversity of judged samples against omega."""
    judged = shown.judged
    omega = np.array(SWEEP[: len(judged.n)])
    told = [
        f"at ω = {w:g} {hit:.0%} of {n} are read as {p.digit}"
        for w, hit, n in zip(omega, judged.hit, judged.n, strict=True)
    ]
    return Chart(
        f"Read as {p.digit}, and diversity, by ω",
        f"Of the samples judged so far {'; '.join(told[-1:]) or 'there are none yet'}.",
        (
            Series(np.array([0.0, 10.0]), np.ones(2), "exact", "real digits", dashed=True),
            Series(omega, judged.hit, "model", f"read as {p.digit}", spread=judged.band),
            Series(omega, judged.spread, "model", "diversity", dashed=True),
        ),
        (0.0, 10.0),
        (0.0, judged.mixed),  # no answers differ more than digits of all classes
        "ω",
        cursor=p.omega,
    )


def numbers(p: Params, shown: Digits) -> Numbers:
    judged = shown.judged
    done = float(judged.n.min()) if len(judged.n) == len(SWEEP) else 0.0
    return Numbers(
        (
            Number("noise level t", max(shown.at.t, 0.0), "of 999"),
            Number("calls of the net, yours", float(shown.calls), "a sample", "two where ω(t) needs both"),
            Number("largest |x̂₀|, yours", shown.largest, "", "max |x̂₀|; pixels lie in ±1", "x_0[lane, 4, 32, 32]", 1.0),
            Number("judged for every ω", done, f"of {PAIR * ROUNDS}", "samples of 10 steps each"),
            Number("judge on 1,000 held-out digits", 100 * judged.accuracy, "% right", "recorded on its card"),
            Number(f"two real digits {p.digit} apart", judged.real, "", "mean |f − f'|; recorded on its card", "features[64]"),
        )
    )  # fmt: skip
