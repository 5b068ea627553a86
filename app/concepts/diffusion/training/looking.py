"""What is looked at in each snapshot: one noise level closely, and one quantity at all of them."""

from math import log

import numpy as np
from jaxtyping import Float

from models.maths.denoiser import Told, seen

from .exam import Exam, binned
from .frame import Curves, Field, Pictures

Array = np.ndarray
LINE = np.linspace(-2.66, 2.66, 20)
TAUGHT = 2e-3  # arrows are drawn where p_t is at least this: elsewhere no net was taught anything
TOLD, ROWS = 12, (2, 3, 5)  # examples in the plane; digits looked at


def curves_of(
    exam: Exam, error: Float[Array, "nets T"], told: Told, against: str, posterior: bool
) -> Curves:
    """The loss, the bound's terms or the relative error of the score, by t."""
    d, none = exam.world.net.d, np.zeros_like(exam.floor)
    off = [*error, none, *([exam.untold] if len(told) > 1 else [])]  # of all who answer
    match against:
        case "loss":
            rows = (exam.floor + off) / d
        case "bits":
            weight = exam.noising.bound_weights(posterior) * d / log(2)
            rows = np.vstack([exam.terms(np.array(off), posterior), weight])
        case _:
            rows = np.vstack([off, exam.loudness])
    t, rows = binned(rows, ratio=against == "bits")
    if against == "score":
        rows = np.sqrt(rows[:-1] / rows[-1])
    if against == "bits":  # L_0 is a density's, not a step's: it counts in the sum only
        t, rows = t[1:], rows[:, 1:]
    nets, others = rows[: len(told)], rows[len(told) + 1 :]
    return Curves(
        t=t,
        nets=nets,
        best=None if against == "score" else rows[len(told)],
        untold=others[0] if len(told) > 1 else None,
        weight=others[-1] if against == "bits" else None,
    )


def look(
    exam: Exam,
    theta: Float[Array, "nets p"],
    told: Told,
    t: int,
    probe: tuple[float, float],
    seed: int,
) -> Field | Pictures:
    """One noise level, t = 1 … T, closely."""
    if exam.world.net.d > 2:
        return pictures(exam, theta, told, t, seed)
    return field(exam, theta[:1], t, np.array([probe]), seed)


def field(
    exam: Exam, theta: Float[Array, "1 p"], t: int, probe: Float[Array, "1 2"], seed: int
) -> Field:
    """The best answer and the net's as arrows that lead to where the noise would be gone."""
    world, noising, rng = exam.world, exam.noising, np.random.default_rng((seed, 5))
    alpha, sigma = (float(part[t - 1]) for part in noising.levels)
    grid = np.stack(np.meshgrid(LINE, LINE), -1).reshape(-1, 2)
    grid = grid[world.data.parts[0].log_prob(grid, alpha, sigma) > np.log(TAUGHT)]
    x_0 = world.data.draw(TOLD, rng)[0]
    eps, now = rng.standard_normal(x_0.shape), np.full(TOLD, t - 1)
    place = np.concatenate([grid, probe])
    times, label = np.full(len(place), t - 1), np.zeros(len(place), int)
    levels = noising.at(times)
    best = -sigma * world.data.noise(place, label, *levels)
    asked = seen(noising, place, times, label)
    learned = -sigma * world.net(theta, asked, (True,))[0].astype(float)
    floor = world.data.floor(probe, label[:1], *noising.at(times[:1]))
    return Field(
        t=t,
        grid=grid,
        best=best[:-1],
        learned=learned[:-1],
        told=np.stack([noising.jump(x_0, eps, now), -sigma * eps], 1),
        probe=np.concatenate([probe, best[-1:], learned[-1:]]),
        spread=float(np.sqrt(floor[0] / 2)),
    )


def pictures(exam: Exam, theta: Float[Array, "nets p"], told: Told, t: int, seed: int) -> Pictures:
    """Some training examples with what was mixed, what the nets say, and the best that can be said."""
    data, noising, rng = exam.world.data, exam.noising, np.random.default_rng((seed, 5))
    label, times = np.array(ROWS), np.full(len(ROWS), t - 1)
    x_0 = data.of(label, rng)
    eps = rng.standard_normal(x_0.shape)
    alpha, sigma = noising.at(times)
    x_t = noising.jump(x_0, eps, times)
    learned = exam.world.net(theta, seen(noising, x_t, times, label), told).astype(float)
    clean = (x_t - sigma * np.stack([*learned, data.noise(x_t, label, alpha, sigma)])) / alpha
    names = (
        "x₀",
        "ε",
        "x_t",
        "ε̂",
        "x̂₀",
        *(["untold"] if len(told) > 1 else []),
        "best",
    )
    rows = np.stack([x_0, eps, x_t, learned[0], *clean], 1)
    return Pictures(t, rows.reshape(len(ROWS), len(names), 8, 8), names)
