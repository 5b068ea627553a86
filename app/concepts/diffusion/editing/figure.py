"""The pictures of each way of editing, what the judge reads in them, and one curve."""

import numpy as np

from app.figures.scene import (
    Chart,
    Clock,
    Film,
    Matrix,
    Number,
    Numbers,
    Scene,
    Series,
    View,
)
from models.digits import SIDE

from .compute import Frame
from .frame import Between, Changed, Filled, Inverted

Array = np.ndarray
TEN = tuple(map(str, range(10)))
SEEN = "the clean digit x̂₀ that the net sees"
READ = "softmax of the judge's logits"
FLOOR = 1 / SIDE  # the deviation of a mean over white noise of 32 × 32 pixels


def draw(frame: Frame) -> Scene:
    """The chosen way of editing, and the clock: how noisy the pictures still are."""
    match frame.shown:
        case Changed() as shown:
            views = changed(frame, shown)
        case Inverted() as shown:
            views = inverted(frame, shown)
        case Between() as shown:
            views = between(frame, shown)
        case Filled() as shown:
            views = filled(frame, shown)
    ends = ("drawn", "back") if frame.params.tool == "invert" else ("noise 999", "0 data")
    return {**views, "clock": Clock(frame.step, max(frame.level, 0.0), "t", *ends)}


def judge(rows: tuple[str, ...], read: Array, what: str = "x̂₀") -> Matrix:
    """What a classifier that knows only real digits makes of each picture."""
    told = ", ".join(
        f"{row} {one.argmax()} ({one.max():.2f})" for row, one in zip(rows, read, strict=True)
    )
    return Matrix(
        f"The judge reads {what} as",
        f"Likeliest digit and its probability: {told}.",
        read,
        rows=rows,
        columns=TEN,
        row_label="picture",
        column_label="digit",
        value_label="probability",
    )


# --- changed half way ----------------------------------------------------------------------------


def changed(frame: Frame, shown: Changed) -> dict[str, View]:
    """The run left alone above the one that was stepped into."""
    p = frame.params
    at = p.at
    done = at <= min(frame.step, p.steps)
    swap = p.tool == "swap class"
    what = f"asked for {p.other}" if swap else "painted on"
    third = f"x̂₀ at call {at}" if done else "x̂₀ now"
    if not swap:
        third += ", before and after" if done else ", and if painted on"
    rows = ("left alone", what)
    return {
        "film": Film(
            f"One noise, two runs: {what} after {at} of {p.steps} calls",
            f"After {frame.step} calls the two x̂₀ differ by {apart(shown, at):.2f} rms, of a range of 2.",
            shown.now,
            row_labels=rows,
            column_labels=("x_t", "x̂₀", third),
            brush="" if swap else "strokes",
            brushed=2,
        ),
        "chart": fate(frame, shown, at),
        "judge": judge(rows, shown.read),
        "numbers": Numbers(
            (
                Number(f"left alone, read as {p.digit}", float(shown.read[0, p.digit]), "", READ, "judge_digits(x̂₀)"),
                Number(f"changed, read as {p.digit}", float(shown.read[1, p.digit]), "", READ, "judge_digits(x̂₀)"),
                *wanted(frame, shown),
                Number("apart", apart(shown, at), "of range 2", "√mean (x̂₀ − x̂₀ left alone)²", "x̂₀[32, 32]"),
            )
        ),
    }  # fmt: skip


def wanted(frame: Frame, shown: Changed) -> tuple[Number, ...]:
    """How the change fares, by the measure that suits it."""
    p, here = frame.params, shown.when == frame.params.at
    if p.tool == "swap class":
        return (
            Number(f"changed, read as {p.other}", float(shown.read[1, p.other]), "", READ, "judge_digits(x̂₀)"),
        )  # fmt: skip
    kept = float(shown.kept[here][0]) if here.any() else 0.0
    return (Number("of the change, still there", kept, "", "Σ(x̂₀ − x̂₀ alone)·d / Σd²", "d: what the brush added"),)  # fmt: skip


def apart(shown: Changed, at: int) -> float:
    """How far the changed run is from the one left alone."""
    here = shown.when == at
    return float(shown.apart[here][0]) if here.any() else 0.0


def fate(frame: Frame, shown: Changed, at: int) -> Chart:
    """The same change made earlier or later: what has become of it by now."""
    p = frame.params
    by_class = p.tool == "swap class"
    fate = shown.taken if by_class else shown.kept
    name = f"p({p.other} | x̂₀)" if by_class else "still there"
    ends = f"; earliest {fate[0]:.2f}, latest {fate[-1]:.2f}" if len(fate) else ""
    return Chart(
        "The same change, made earlier or later",
        f"{len(fate)} other moments so far{ends}.",
        (
            Series(shown.when, fate, "model", name),
            Series(shown.when, fate, "model", "", style="points"),
            Series(shown.when, shown.apart, "data", "rms from the run left alone", dashed=True),
        ),
        (0.0, float(p.steps)),
        (min(-0.1, float(fate.min(initial=0))), max(1.2, float(fate.max(initial=0)))),
        "calls before the change",
        "share, or rms",
        cursor=float(at),
    )


# --- to the noise and back -----------------------------------------------------------------------


def inverted(frame: Frame, shown: Inverted) -> dict[str, View]:
    """The drawing on its way to the noise, then back in three ways."""
    p = frame.params
    rows = (f"as {p.digit}", f"as {p.digit}, ω {p.omega:g}", f"as {p.other}, ω {p.omega:g}")
    way = "on the way to the noise" if shown.rising else "on the way back"
    source = "x_T[32, 32]"
    return {
        "film": Film(
            f"A drawing, {way}",
            f"After {frame.step} calls x̂₀ misses the drawing by {shown.error[0]:.3f} rms; with "
            f"guidance by {shown.error[1]:.3f}, as another digit by {shown.error[2]:.3f}.",
            shown.now,
            row_labels=rows,
            column_labels=("drawn", "x_t", "x̂₀", "x̂₀ less drawn"),
            brush="drawing",
            brushed=0,
        ),
        "chart": trips(frame, shown),
        "judge": judge(("drawn", *rows), shown.read),
        "numbers": Numbers(
            (
                *(
                    Number(f"missed, {row}", float(error), "of range 2", "√mean (x̂₀ − drawn)²", "x̂₀[32, 32]")
                    for row, error in zip(rows, shown.error, strict=True)
                ),
                Number("noise: mean", float(shown.noise[0, 0]), "", "mean x_T; 0 if white", source, FLOOR),
                Number("noise: variance", float(shown.noise[0, 1]), "", "var x_T; 1 if white", source),
                Number("noise: neighbours alike", float(shown.noise[0, 2]), "", "Σ x_i x_j / Σ x²; 0 if white", source, FLOOR),
            )
        ),
    }  # fmt: skip


def trips(frame: Frame, shown: Inverted) -> Chart:
    """The error of the round trip against the number of its steps."""
    p = frame.params
    mine = (np.array([float(p.steps)]), shown.error[:1])
    done = ", ".join(
        f"{n:.0f} steps {e:.3f}" for n, e in zip(shown.steps, shown.errors, strict=True)
    )
    here = not shown.rising and frame.level < 0
    series = (Series(*mine, "focus", "this one", style="points"),) if here else ()
    return Chart(
        "Error of the round trip, by steps",
        f"Other round trips that are through: {done or 'none yet; they follow'}.",
        (
            Series(shown.steps, shown.errors, "model", "drawn → noise → back"),
            Series(shown.steps, shown.errors, "model", "", style="points"),
            *series,
        ),
        (5.0, 50.0),
        (0.0, max(0.5, float(shown.error[0]), float(shown.errors.max(initial=0)))),
        "steps each way",
        "rms, of range 2",
        log_x=True,
    )  # fmt: skip


# --- between two noises --------------------------------------------------------------------------


def between(frame: Frame, shown: Between) -> dict[str, View]:
    """Two rows of pictures from noises between the same two."""
    p, half = frame.params, len(shown.share) // 2
    sure = shown.read[..., p.digit]
    rows = ("straight", "on the sphere")
    spread = shown.now.std((2, 3))
    return {
        "film": Film(
            "x̂₀ from noises between two, mixed in two ways",
            f"Half way the judge reads {p.digit} with {sure[0, half]:.2f} from the straight mix and "
            f"{sure[1, half]:.2f} from the sphere.",
            shown.now,
            row_labels=rows,
            column_labels=tuple(f"{a:.2g}" for a in shown.share),
        ),
        "chart": Chart(
            "The length of the noise, and what is read",
            f"Half way the straight mix is {shown.norm[0, half]:.2f} long, the other {shown.norm[1, half]:.2f}.",
            (
                Series(shown.share, shown.norm[0], "noise", "length, straight", dashed=True),
                Series(shown.share, shown.norm[1], "noise", "length, sphere"),
                Series(shown.share, sure[0], "model", f"p({p.digit}), straight", dashed=True),
                Series(shown.share, sure[1], "model", f"p({p.digit}), sphere"),
            ),
            (0.0, 1.0),
            (0.0, 1.2),
            "share of the second noise",
            "length / √d, or p",
        ),
        "judge": judge(tuple(f"{a:.2g}" for a in shown.share), shown.read[1], "the lower row"),
        "numbers": Numbers(
            (
                *(
                    Number(f"length half way, {row}", float(norm), "√d", "‖x_T‖ / √1024; 1 if white", "x_T[32, 32]")
                    for row, norm in zip(rows, shown.norm[:, half], strict=True)
                ),
                *(
                    Number(f"contrast half way, {row}", float(c), "", "standard deviation of x̂₀", "x̂₀[32, 32]")
                    for row, c in zip(rows, spread[:, half], strict=True)
                ),
            )
        ),
    }  # fmt: skip


# --- a part painted anew -------------------------------------------------------------------------


def filled(frame: Frame, shown: Filled) -> dict[str, View]:
    """A paste, and the hole filled with what is around it in view."""
    p = frame.params
    rows = ("pasted", "1 look a level", f"{p.jumps} looks")
    ends = ", ".join(f"{row} {one:.2f}" for row, one in zip(rows, shown.seam, strict=True))
    return {
        "film": Film(
            f"A hole in a drawing, filled as a {p.digit}",
            f"Of the strokes at the edge of the hole, the share that ends there: {ends}; in the drawing {shown.whole:.2f}.",
            shown.now,
            row_labels=rows,
            column_labels=("known", "x_t", "x̂₀ in place"),
            brush="hole",
            brushed=0,
        ),
        "chart": Chart(
            "Strokes that end at the edge of the hole",
            f"Now {ends}; the drawing itself has {shown.whole:.2f}.",
            (
                Series(shown.at[0], shown.seams[0], "noise", rows[0]),
                Series(shown.at[1], shown.seams[1], "model", rows[1], dashed=True),
                Series(shown.at[2], shown.seams[2], "model", rows[2]),
            ),
            (0.0, 1.0),
            (0.0, 1.0),
            "share of the run: noise 0 … 1 done",
            "share, of 6 samples",
            floor=shown.whole,
            floor_label="as drawn",
        ),
        "judge": judge(rows, shown.read, "x̂₀ in place"),
        "numbers": Numbers(
            (
                *(
                    Number(f"strokes cut, {row}", float(one), "", "pairs across the edge: one ink / any ink", "x̂₀[6, 32, 32]", shown.whole)
                    for row, one in zip(rows, shown.seam, strict=True)
                ),
                Number("known pixels, largest change", float(shown.wrong.max()), "", "max |x − x_0| outside the hole", "x̂₀[32, 32]"),
                *(
                    Number(f"calls, {row}", float(n), "", "of the net, in all", "unet_digits")
                    for row, n in zip(rows, shown.calls, strict=True)
                ),
            )
        ),
    }  # fmt: skip
