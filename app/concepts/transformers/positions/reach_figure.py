"""The loss along a text twice as long as any in training, the hands' angles, and the head that copies."""

import numpy as np

from app.figures.scene import (
    Chart,
    Clock,
    Ink,
    Number,
    Numbers,
    Scene,
    Series,
)

from .reach import COUNT, HEAD, LENGTH, TRAINED, Frame

INKS: dict[str, Ink] = {"as trained": "noise", "trained on 256": "exact"}
NAME = f"head {HEAD[0] + 1}.{HEAD[1] + 1}"


def draw(frame: Frame) -> Scene:
    """All runs so far."""
    return {
        "losses": losses(frame),
        "angles": angles(frame),
        **({"head": head(frame)} if frame.texts == "echoes" else {}),
        "numbers": numbers(frame),
        "clock": Clock(
            frame.read, float(frame.read), "texts read, in all ways", "0", f"{COUNT * frame.ways}"
        ),
    }


def losses(frame: Frame) -> Chart:
    """Bits a token along the text, mean and standard error over the texts so far."""
    series = [
        Series(frame.place, run.mean, INKS.get(run.name, "model"), run.name, spread=run.band)
        for run in frame.runs
    ]
    edge = np.full(2, float(TRAINED))
    top = (2.2 if frame.texts == "echoes" else 1.1) * frame.blind
    series.append(
        Series(edge, np.array([0.0, top]), "soft", "longest text in training", dashed=True)
    )
    late = ", ".join(f"{run.name} {run.late:.2f}" for run in frame.runs)
    what = f"random words, again after {frame.period}" if frame.texts == "echoes" else "sonnets"
    return Chart(
        f"surprise along the text: {what}",
        f"Bits a token beyond place {frame.beyond}: {late}; a blind guess costs {frame.blind:.0f}.",
        tuple(series),
        (0.0, float(LENGTH)),
        (0.0, top),
        "place in the text",
        "bits a token",
        floor=frame.blind,
        floor_label="blind guess",
    )


def angles(frame: Frame) -> Chart:
    """Of each pair, the angle that matters now, in parts of the largest that was met in training."""
    pair = np.arange(float(len(frame.angle)))
    every, new = frame.whole, ~frame.whole
    met = "practised in copying" if frame.texts == "echoes" else "met in training"
    title = "angle to the copied token" if frame.texts == "echoes" else "largest angle"
    return Chart(
        f"{title}; 1: {met.split()[0]}",
        f"The {int(every.sum())} fastest of {len(pair)} pairs made whole turns and met every angle; the "
        f"others now reach up to {frame.angle[new].max():.2f} times the largest {met}.",
        (
            Series(pair[every], frame.angle[every], "field", "met every angle", style="bars"),
            Series(pair[new], frame.angle[new], "model", "has not", style="bars"),
            Series(np.array([-0.6, len(pair) - 0.4]), np.ones(2), "soft", dashed=True),
        ),
        (-0.6, len(pair) - 0.4),
        (0.0, 2.7),
        "pair, fastest first",
    )


def head(frame: Frame) -> Chart:
    """How far back the head that copies looks, in each way to read the first text."""
    back = np.arange(float(LENGTH))
    most = ", ".join(
        f"{run.name} {int(run.back.argmax())} back ({run.back.max():.2f})" for run in frame.runs
    )
    return Chart(
        f"{NAME} looks how far back? copy: {frame.period - 1}",
        f"Readers beyond place {frame.beyond} look most: {most}.",
        tuple(Series(back, run.back, INKS.get(run.name, "model"), run.name) for run in frame.runs),
        (0.0, float(LENGTH)),
        (0.0, 1.0),
        "tokens back",
        "weight",
        cursor=frame.period - 1.0,
    )


def numbers(frame: Frame) -> Numbers:
    """Early and late loss of each way to read."""
    early, late = (
        f"mean over places 1–{TRAINED}",
        f"mean over places {frame.beyond + 1}–{LENGTH - 1}",
    )
    rows = [Number(f"{run.name}, late", run.late, "bits", late, "logits") for run in frame.runs]
    if frame.texts != "echoes":  # of random words, nobody can foresee the first round
        rows += [
            Number(f"{run.name}, early", run.early, "bits", early, "logits") for run in frame.runs
        ]
    if frame.texts == "echoes":
        rows += [
            Number(
                f"{NAME} copies, {run.name}",
                float(run.back[frame.period - 1]),
                "",
                "mean Aᵢⱼ, j = i − n + 1",
            )
            for run in frame.runs
        ]
    if error := max(run.error for run in frame.runs):  # one text alone has none
        rows.append(Number("Standard error, late", error, "bits", "over texts; the largest"))
    rows.append(Number("q, k times", frame.scale, "", "0.1 ln s + 1 for YaRN"))
    return Numbers(tuple(rows))
