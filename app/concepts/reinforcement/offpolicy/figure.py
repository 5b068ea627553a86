"""What the critics believe beside what is true, how well the runs do, and what they remember."""

import numpy as np

from app.figures.scene import (
    Chart,
    Clock,
    Handles,
    Heat,
    Number,
    Numbers,
    Plane,
    Points,
    Ramp,
    Scene,
    Series,
)

from .below import below
from .compute import Frame
from .course import RUNS
from .inside import ACTIONS
from .truth import EDGES, EXAMS, REMEMBERED

Array = np.ndarray
ACROSS, UP = ((-float(edge), float(edge)) for edge in EDGES)
SOLVED = -200.0
TITLES = {
    "error": "Belief − truth: too low … too high",
    "estimate": "What run 1 believes: Q̂(s, μ(s))",
    "truth": "What really follows there",
    "action": "The policy: motor − … +",
}


def draw(frame: Frame) -> Scene:
    """The runs after some transitions."""
    return {
        "map": world(frame),
        "curve": curve(frame),
        "learning": learning(frame),
        "memory": memory(frame),
        "bias": bias(frame),
        "below": below(frame),
        "numbers": numbers(frame),
        "clock": Clock(
            frame.seen, float(frame.seen), "transitions", "0", f"{frame.params.transitions:,}"
        ),
    }


def reach(frame: Frame) -> float:
    """The largest sum of usual rewards that gamma lets through."""
    return frame.where.world.usual_reward / (1 - frame.rules.gamma)


def world(frame: Frame) -> Plane:
    """The first run's belief, the truth, or their difference over angle and speed."""
    truth, show, most = frame.report.truth, frame.params.map, reach(frame)
    looks: dict[str, tuple[Array, Ramp, float, float]] = {
        "error": (truth.estimate - truth.truth, "diverging", -0.75 * most, 0.75 * most),
        "estimate": (truth.estimate, "sequential", -3 * most, 0.0),
        "truth": (truth.truth, "sequential", -3 * most, 0.0),
        "action": (truth.action, "diverging", -1.0, 1.0),
    }
    values, ramp, low, high = looks[show]
    off = float((truth.estimate - truth.truth).mean())
    angle, speed = frame.inside.state
    return Plane(
        TITLES[show],
        f"All over the plane run 1 believes {abs(off):.0f} too {'much' if off > 0 else 'little'} on "
        f"average; the state picked is {angle:.2f} rad from upright at {speed:.1f} rad/s.",
        ACROSS,
        UP,
        (
            Heat(values, ACROSS, UP, ramp, low, high, alpha=0.9),
            Handles("spot", frame.inside.state[None]),
        ),
        "angle from upright, rad",
        "rad/s",
        square=False,
    )


def curve(frame: Frame) -> Chart:
    """Q over the actions at the picked state, by each critic and by living it."""
    at = frame.inside
    near = np.clip(at.action + np.array([-0.25, 0.25]), -1, 1)
    tangent = at.value + at.slope * (near - at.action)
    critics = tuple(
        Series(ACTIONS, q, "model", f"Q̂{'₁₂'[i]}" if len(at.q) > 1 else "Q̂", dashed=i == 1)
        for i, q in enumerate(at.q)
    )
    both = np.concatenate([at.q.ravel(), at.followed, tangent, [at.aimed_value]])
    low, high = both.min(), both.max()
    room = max(0.12 * (high - low), 2.0)
    return Chart(
        "Every action at the ring",
        f"At the state picked it would give {at.action:+.2f} of the motor and expects {at.value:.1f}; "
        f"there Q̂ rises by {at.slope:.1f} a unit of action.",
        (
            Series(ACTIONS, at.followed, "exact", "what follows a"),
            *critics,
            Series(near, tangent, "field", "∂Q̂₁/∂a" if len(at.q) > 1 else "∂Q̂/∂a"),
            Series(
                np.array([at.aimed]), np.array([at.aimed_value]), "noise", "in a target", "points"
            ),
            Series(np.array([at.action]), np.array([at.value]), "focus", "μ(s)", "points"),
        ),
        (-1.0, 1.0),
        (float(low - room), float(high + room)),
        "action a, share of 2 N m",
        "reward to come",
    )


def learning(frame: Frame) -> Chart:
    """How well the runs do, beside as many that use each transition once."""
    past = frame.report.history
    x = past.seen.astype(float)
    middle, rival = np.median(past.exam, -1), np.median(past.rival, -1)
    band = np.stack([past.exam.min(-1), past.exam.max(-1)], -1)
    other = np.stack([past.rival.min(-1), past.rival.max(-1)], -1)
    return Chart(
        f"Return of {RUNS} runs, in {EXAMS} episodes",
        f"After {frame.seen} transitions the median run returns {middle[-1]:.0f}; runs that learn on "
        f"policy from as many return {rival[-1]:.0f}.",
        (
            Series(x, rival, "noise", "on-policy", spread=other),
            Series(x, middle, "reward", f"{frame.params.algorithm}, worst to best", spread=band),
            Series(x, past.exam[:, 0], "model", "run 1"),
        ),
        (0.0, float(frame.params.transitions)),
        (-1800.0, 0.0),
        "transitions",
        "return",
        floor=SOLVED,
        floor_label="solved",
    )


def memory(frame: Frame) -> Plane:
    """The first run's buffer: where it has been and when, and what it has just learned from."""
    age, xy = frame.age, frame.memory
    third = max(len(age) // 3, 1)
    kept = min(frame.seen, frame.rules.capacity)
    return Plane(
        "What run 1 remembers",
        f"The buffer holds {kept} transitions, the oldest made {age[0]:.0f} transitions ago; "
        f"{len(frame.batch)} of them were last learned from.",
        ACROSS,
        (UP[0], 1.4 * UP[1]),  # room for the legend
        (
            Points(xy[:third], "noise", 1.8, 0.55, "oldest", age[:third]),
            Points(xy[third : 2 * third], "data", 1.8, 0.55, "middle", age[third : 2 * third]),
            Points(xy[2 * third :], "field", 1.8, 0.8, "latest", age[2 * third :]),
            Points(frame.batch, "focus", 3.2, 0.9, "batch"),
        ),
        "angle from upright, rad",
        square=False,
    )


def bias(frame: Frame) -> Chart:
    """What is believed of remembered states and what follows there, transition by transition."""
    past = frame.report.history
    x, most = past.seen.astype(float), reach(frame)

    def curve(values: Array) -> tuple[Array, Array]:
        return values.mean(-1), np.stack([values.min(-1), values.max(-1)], -1)

    (believed, wide), (followed, narrow) = curve(past.believed), curve(past.followed)
    return Chart(
        "Believed, and lived",
        f"On average the critics believe {believed[-1]:.0f}; {followed[-1]:.0f} follows.",
        (
            Series(x, followed, "exact", "what follows", spread=narrow),
            Series(x, believed, "model", "Q̂(s, μ(s))", spread=wide),
        ),
        (0.0, float(frame.params.transitions)),
        (-2.4 * most, 0.4 * most),
        "transitions",
        "mean",
    )


def numbers(frame: Frame) -> Numbers:
    """Where the runs stand."""
    report, at, rules = frame.report, frame.inside, frame.rules
    apart = report.truth.believed - report.truth.followed
    error = float(np.sqrt(np.mean((report.q - report.y) ** 2))) if report.y.size else 0.0
    used = report.now.updates * rules.batch / frame.seen
    rows = (
        Number("return, median run", float(np.median(report.truth.exam)), "", "Σ r_t"),
        Number(
            "belief − truth",
            float(apart.mean()),
            f"± {apart.std() / np.sqrt(apart.size):.1f}",
            f"mean of min_i Q̂_i − Σ γ^t r_t, {RUNS} × {REMEMBERED} states",
            "q[run, n]",
        ),
        Number("√MSBE", error, "", "√mean (Q̂_i(s, a) − y)²", "q[i, n], y[n]"),
        Number("each transition used", used, "times", "updates × batch ÷ transitions"),
        Number("targets' lag", 100 * report.lag, "%", "|φ′ − φ| ÷ |φ|", "phi[i, q]"),
    )
    if not rules.soft:
        return Numbers((*rows, Number("∂Q̂/∂a at μ(s)", at.slope, "", "dQ_1/da", "q[1]")))
    alpha = float(report.now.alpha[0, 0])
    return Numbers(
        (
            *rows,
            Number("α", alpha, "", "reward for a nat", "log_alpha[run]"),
            Number("entropy at s", at.entropy, "nats", "−∫ π log π ≤ log 2"),
            Number("KL(π ‖ e^(Q̂/α)/Z)", at.kl, "nats", "∫ π log(π Z e^(−Q̂/α))"),
        )
    )
