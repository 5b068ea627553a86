"""A net on its way to the score: its arrows beside the exact ones, its losses, its blind regions."""

import numpy as np

from app.figures.scene import (
    Arrows,
    Chart,
    Clock,
    Heat,
    Number,
    Numbers,
    Plane,
    Points,
    Scene,
    Series,
)

from .lessons import EMPTY, Taught
from .look import FIELD, WINDOW, capped, worlds


def draw(frame: Taught) -> Scene:
    """The plane, the losses, the error on all levels, and the numbers."""
    last = f"{frame.params.iterations} iterations"
    return {
        "plane": plane(frame),
        "first": losses(frame),
        "second": levels(frame),
        "numbers": numbers(frame),
        "clock": Clock(frame.step, float(frame.step), "iteration", "untrained 0", last),
    }


def plane(frame: Taught) -> Plane:
    """Learned arrows over exact ones, on a map of their distance."""
    p = frame.params
    return Plane(
        f"Learned score at noise σ = {p.sigma:.2f}",
        f"After {frame.step} iterations the error is {frame.full:.2f} where noisy data are and "
        f"{frame.empty:.2f} where they are not, in units of the noise.",
        WINDOW,
        WINDOW,
        (
            Heat(frame.error, FIELD, FIELD, "sequential", 0.0, 2.0, 0.45, label="σ |error|"),
            Points(frame.data, "data", 1.5, 0.5, label="noisy data"),
            Arrows(frame.at, capped(0.2 * frame.exact), "exact", 0.8, label="exact"),
            Arrows(frame.at, capped(0.2 * frame.arrows), "field", 0.9, label="learned"),
            *worlds(p),
        ),
    )


def losses(frame: Taught) -> Chart:
    """Denoising loss and its floor; the true error; Hyvärinen's loss moved by its constant."""
    at, loss, excess, hyvarinen = frame.history.T
    floor = 2 - frame.params.sigma**2 * frame.fisher
    return Chart(
        f"Losses at σ = {frame.params.sigma:.2f}, times σ²",
        f"Denoising loss {loss[-1]:.3f}, Hyvärinen's plus 2 {hyvarinen[-1]:.3f}, true error "
        f"{excess[-1]:.3f}; no net gets the first below {floor:.3f}.",
        (
            Series(at, loss, "model", "denoising"),
            Series(at, hyvarinen, "ink", "Hyvärinen + d", dashed=True),
            Series(at, excess, "exact", "true error"),
        ),
        (0.0, float(max(1, frame.params.iterations))),
        (0.0, 3.0),
        "iterations",
        floor=floor,
        floor_label="floor of denoising",
    )


def levels(frame: Taught) -> Chart:
    """What can be had at every level, and what this net has."""
    sigma, score, noise, error = frame.levels.T
    return Chart(
        "Floors and error by σ",
        f"The floor of the score's loss rises to {score.max():.0f} as σ falls, that of the noise's "
        f"stays below {noise.max():.2f}; the net's worst error is {error.max():.2g}.",
        (
            Series(sigma, score, "noise", "floor, E|s + ε/σ|²"),
            Series(sigma, noise, "noise", "floor, E|ε̂ − ε|²", dashed=True),
            Series(sigma, np.maximum(error, 1e-4), "exact", "error, σ² E|s_θ − s|²"),
        ),
        (0.05, 5.0),
        (1e-4, 2e3),
        "σ",
        log_x=True,
        log_y=True,
        cursor=frame.params.sigma,
    )


def numbers(frame: Taught) -> Numbers:
    """Both losses as they are, their difference, and the error by region."""
    s2 = frame.params.sigma**2
    rows = (
        Number(
            "denoising loss", frame.loss, "/ length²", "E|s_θ + ε/σ|²", "", 2 / s2 - frame.fisher
        ),
        Number("Hyvärinen's loss", frame.hyvarinen, "/ length²", "E[|s_θ|² + 2 ∇·s_θ]", ""),
        Number("their difference", frame.loss - frame.hyvarinen, f"of {2 / s2:.4g}", "d / σ²"),
        Number("error where data are", frame.full, "", "σ rms |s_θ − s| under p_σ", "", 0.0),
        Number("error where none are", frame.empty, "", f"the same, p_σ < {EMPTY:g}", "", 0.0),
    )
    return Numbers(rows)
