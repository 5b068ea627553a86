"""How right the values are, what a trajectory earned, how likely it was, and all of it in numbers."""

import math

import numpy as np
from jaxtyping import Float

from app.figures.scene import Chart, Ink, Number, Numbers, Series

from .compute import SHOWN, Frame
from .controls import JUDGE, Params
from .learning import RUNS
from .planning import MOST
from .state import Lane, Update

Array = np.ndarray
INKS: tuple[Ink, Ink] = ("model", "data")
PROB = "log p₀ + Σ log π + Σ log P"
LATELY = 10  # episodes that a mean return is taken over


def errors(frame: Frame) -> Chart:
    """How far the values are from the truth, and how far theory lets a planner be."""
    (lane,), p = frame.lanes, frame.params
    if p.plans:
        return sweeps(frame, lane)
    error = lane.history[:, :RUNS]
    x = 1.0 + np.arange(len(error))
    band = np.stack([error.min(-1), error.max(-1)], -1)
    middle = np.median(error, -1)
    high = max(float(np.sqrt((lane.truth[there(frame)] ** 2).mean())) * 1.5, 1e-3)
    now = f"{middle[-1]:.3g}" if len(error) else "not known yet"
    return Chart(
        f"Error of V over its cells, {RUNS} runs",
        f"After {len(error)} episodes the root mean square error of the median run is {now}.",
        (Series(x, middle, "model", "median, least to most", spread=band),),
        (0.0, float(window(frame))),
        (0.0, high),
        "episode",
        "RMS error",
    )


def sweeps(frame: Frame, lane: Lane) -> Chart:
    """The largest error against the number of backups of a cell, under the contraction's bound."""
    backups, error, bound = lane.history.T
    far = max(float(bound[0]), 1e-9)
    series = [Series(backups, np.maximum(error, 1e-12), "model", "‖V − V*‖∞")]
    says = f"After {backups[-1]:.3g} backups a cell V is wrong by {error[-1]:.2g} at most"
    if bounded(frame.params):
        series.append(Series(backups, bound, "exact", "bound γᵏ‖V*‖∞", dashed=True))
        says += f"; the bound for so many sweeps is {bound[-1]:.2g}"
    return Chart(
        "How far V is from V*",
        f"{says}.",
        tuple(series),
        (0.0, span(frame, backups[-1])),
        (1e-6 * far, 2 * far),
        "backups a cell",
        "error",
        log_y=True,
        cursor=float(backups[-1]),
    )


def bounded(p: Params) -> bool:
    """Whether theory bounds the error by the number of sweeps: each backs up every cell once."""
    return p.method == "value iteration" and p.order != "by priority"


def span(frame: Frame, backups: float) -> float:
    """The backups a cell that the chart has room for: a quarter of what the bound asks for one in a
    million, which is mostly enough; doubled where it is not."""
    need = np.log(1e-6) / np.log(frame.params.gamma)
    room = float(np.clip(10 * np.ceil(need / 40), 20, MOST))
    return float(min(room * 2 ** math.ceil(math.log2(max(backups / room, 1.0))), 4.0 * MOST))


def window(frame: Frame) -> int:
    """Episodes that the chart has room for."""
    p = frame.params
    return p.episodes if p.pace == "episodes" else p.skip + 20


def there(frame: Frame) -> Array:
    """The cells one can act in, as a mask of the board."""
    mask: Array = frame.known.board.there.reshape(frame.kinds.shape)
    return mask


def returns(frame: Frame) -> Chart:
    """What episodes bring while it is learned: all runs, and those of the policy that is best."""
    series, says = [], []
    for lane, ink in zip(frame.lanes, INKS, strict=False):
        gained = lane.history[:, RUNS:]
        x = 1.0 + np.arange(len(gained))
        mean = smooth(gained.mean(-1))
        series.append(Series(x, mean, ink, f"{lane.name}, mean of {RUNS} runs"))
        said = f"{mean[-1]:.3g}" if len(mean) else "nothing yet"
        says.append(f"{lane.name} gets {said}")
    best = frame.lanes[0].best
    low, high = scale(frame)
    return Chart(
        f"Return of an episode, mean of {LATELY}",
        f"Of late {', '.join(says)} an episode; the best policy gets {best:.3g}.",
        tuple(series),
        (0.0, float(window(frame))),
        (low, high),
        "episode",
        "return",
        floor=best,
        floor_label="best policy",
    )


def smooth(values: Float[Array, " e"]) -> Float[Array, " e"]:
    """Each the mean of itself and those before it, as many as count as lately."""
    total = np.concatenate([[0.0], values.cumsum()])
    end = np.arange(1, len(total))
    begin = np.maximum(end - LATELY, 0)
    mean: Array = (total[end] - total[begin]) / np.maximum(end - begin, 1)
    return mean


def scale(frame: Frame) -> tuple[float, float]:
    """A window that holds what a world pays at once and what its cells are worth."""
    reward, truth = frame.known.mdp.reward, frame.truth
    low, high = min(reward.min(), truth.min(), 0.0), max(reward.max(), truth.max(), 0.0)
    room = 0.1 * (high - low) or 1.0
    return float(low - room), float(high + room)


def rewards(frame: Frame) -> Chart:
    """The discounted return of the trajectory shown, term by term."""
    lane, p = frame.lanes[-1], frame.params
    reward = lane.walk.reward[:SHOWN]
    x = np.arange(len(reward), dtype=float)
    terms = p.gamma**x * reward
    total = terms.cumsum()
    return Chart(
        f"{lane.name}: the return of its path, term by term",
        f"The {len(reward)} steps shown pay {reward.sum():.3g} in all; discounted by γ = {p.gamma:g} "
        f"a step they are worth {total[-1]:.3g}.",
        (
            Series(x, terms, "reward", "γᵗ rₜ", "bars"),
            Series(x, total, "ink", "their sum so far"),
        ),
        (-0.5, SHOWN - 0.5),
        scale(frame),
        "step t",
    )


def chances(frame: Frame) -> Chart:
    """How likely the trajectory was, step by step, and whose doing that is."""
    lane = frame.lanes[-1]
    walk, steps = lane.walk, lane.walk.reward[:SHOWN].size
    x = np.arange(steps + 1.0)
    policy = np.concatenate([[0.0], walk.likely[:steps].cumsum()])
    world = walk.begin + np.concatenate([[0.0], walk.chance[:steps].cumsum()])
    both = policy + world
    return Chart(
        f"{lane.name}: how likely its path was, log P(τ)",
        f"After {steps} steps log P is {both[-1]:.3g}: {policy[-1]:.3g} by the policy's choices and "
        f"{world[-1]:.3g} by the world's.",
        (
            Series(x, policy, "model", "Σ log π(a|s)"),
            Series(x, world, "noise", "log p₀ + Σ log P(s′|s,a)"),
            Series(x, both, "ink", "log P(τ)"),
        ),
        (0.0, float(SHOWN)),
        (-20.0 if both.min() > -20 else -60.0, 1.0),
        "step t",
    )


def numbers(frame: Frame) -> Numbers:
    """Where planning or learning stands."""
    p = frame.params
    if p.plans:
        return Numbers(planner(frame, frame.lanes[0]))
    if len(frame.lanes) == 1:
        return Numbers(learner(frame, frame.lanes[0]))
    rows = []
    for lane in frame.lanes:
        gained = lane.history[-LATELY:, RUNS:]
        late = float(gained.mean()) if len(gained) else 0.0
        short = lane.name[0]
        rows += [
            Number(
                f"{lane.name}: return lately", late, "", f"mean of {LATELY} episodes, {RUNS} runs"
            ),
            Number(f"{short}: with its ε, exactly", lane.followed, "", "V^π(s₀), (I − γP)V = R"),
            Number(f"{short}: without ε, exactly", lane.greedy, "", "V(s₀) of the greedy policy"),
            Number(f"{short}: regret so far", lane.residual, "", "Σ V*(s₀) − G, mean of runs"),
        ]
    rows.append(Number("Best policy", frame.lanes[0].best, "", "V*(s₀)"))
    return Numbers(tuple(rows))


def planner(frame: Frame, lane: Lane) -> tuple[Number, ...]:
    """The numbers of a planner."""
    backups, error, bound = lane.history[-1]
    p, log_prob = frame.params, lane.walk.log_prob[-1]
    best = frame.known.sides(frame.known.best.policy)
    other = np.abs(lane.policy - best).max(-1) > 0.01
    return (
        Number("Sweeps", float(lane.done), "", "k"),
        Number("Backups", backups * there(frame).sum(), "", "cells × actions are read for each"),
        Number("Error of V", error, "", "‖V_k − V*‖∞", "v[s]"),
        *((Number("Bound for so many sweeps", bound, "", "γᵏ ‖V₀ − V*‖∞"),) if bounded(p) else ()),
        Number("Next sweep changes", lane.residual, "", "max_s |V_{k+1}(s) − V_k(s)|"),
        Number("Cells with another policy than π*", float(other.sum()), "", "π_k(s) ≠ π*(s)"),
        Number("Policy shown is worth", lane.followed, "", "V^π(s₀), by (I − γP)V = R"),
        Number("Best policy is worth", lane.best, "", "V*(s₀)"),
        Number("Horizon", 1 / (1 - p.gamma), "steps", "1/(1 − γ)"),
        Number("log P(τ) of the path", float(log_prob), "nats", PROB),
    )


def learner(frame: Frame, lane: Lane) -> tuple[Number, ...]:
    """The numbers of a learner: how well it does, or how well it judges."""
    mask, update = there(frame), lane.backup
    gap = np.abs(lane.v - lane.truth)[mask]
    surprise = update.target - update.old if isinstance(update, Update) else 0.0
    seen = 100 * float((lane.visits[mask] > 0).mean())
    first: tuple[Number, ...] = (
        Number("Policy followed is worth", lane.followed, "", "V^π(s₀), by (I − γP)V = R"),
        Number("Greedy policy is worth", lane.greedy, "", "V(s₀) without ε"),
        Number("Best policy is worth", lane.best, "", "V*(s₀)"),
        Number("Regret so far", lane.residual, "", "Σ over episodes of V*(s₀) − G, mean of runs"),
    )
    if frame.params.method in JUDGE:
        believed = frame.known.at_start(lane.v.ravel())
        rms = float(np.sqrt((gap**2).mean()))
        first = (
            Number("Policy judged is worth", lane.followed, "", "V^π(s₀), by (I − γP)V = R"),
            Number("It is believed to be worth", believed, "", "V(s₀)", "v[s]"),
            Number("RMS error of V", rms, "", "√mean (V(s) − V^π(s))²", "v[s]"),
        )
    return (
        *first,
        Number("Largest error of V", float(gap.max()), "", "max_s |V(s) − truth|", "v[s]"),
        Number("Surprise of the update shown", surprise, "", "δ = target − old"),
        Number("Steps made", float(lane.visits.sum()), "", "", "visits[s]"),
        Number("Cells visited", seen, "%", "", "visits[s]"),
        Number("log P(τ) of the path", float(lane.walk.log_prob[-1]), "nats", PROB),
    )
