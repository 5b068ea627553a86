"""The numbers of each look at the flow, with their formulas and what a perfect model would read."""

from app.figures.scene import Number

from .density import Inked
from .frame import Frame, Moment, Progress
from .probe import Probe
from .solvers import Solved


def numbers(frame: Frame) -> tuple[Number, ...]:
    moment, probe = frame.moment, frame.probe
    if moment.progress:
        return _learning(moment, moment.progress, probe)
    if frame.inked:
        return _density(frame.inked)
    if moment.solved:
        return (_distance(moment), *_solver(moment.solved))
    gap = (_gap(moment),) if moment.theta is not None else ()
    speed = Number("its speed", float((probe.field**2).sum() ** 0.5), "/ time", "|u_t(x)|", "u[2]")
    return (_distance(moment), *gap, speed, *_pulled(probe))


def _distance(moment: Moment) -> Number:
    what, read = "samples" if moment.progress else "particles", float(moment.distances[-1])
    return Number(f"{what} to data", read, "", "sliced W₂", "x[n, 2]", moment.still.floor)


def _gap(moment: Moment) -> Number:
    name = f"learned − exact at t = {moment.t:.2f}"
    return Number(name, moment.gap, "/ time", "rms under p_t", "u[n, 2]", 0.0)


def _pulled(probe: Probe) -> tuple[Number, ...]:
    return (
        Number("points that pull at it", probe.count, "", "exp H(p_t(z | x))", "weights[z]"),
        Number("spread of the targets", probe.spread, "/ time", "√Var[target | x_t]", "u[z, 2]"),
    )


def _learning(moment: Moment, progress: Progress, probe: Probe) -> tuple[Number, ...]:
    loss = Number(
        "loss", float(progress.losses[-1]), "", "E|u_θ − target|²", "loss[i]", progress.floor
    )
    return (loss, _gap(moment), _distance(moment), *_pulled(probe))


def _solver(solved: Solved) -> tuple[Number, ...]:
    return (
        Number("solver's error at t = 1", solved.error, "", "rms |x₁ − true x₁|", "x[48, 2]", 0.0),
        Number("calls of the field", solved.calls, "a particle"),
        Number("steps refused", solved.refused, "a particle"),
        Number(
            "straightness of true ways", solved.straightness, "", "E|x₁ − x₀|² / E∫|ẋ|² dt", "", 1.0
        ),
    )


def _density(inked: Inked) -> tuple[Number, ...]:
    i = inked.tick
    guess, _, high = inked.estimate[i]
    return (
        Number("log p, exact", float(inked.truth[i]), "nats", "log Σ p(z) p_t(x | z)"),
        Number("log p₀ − ∫ div", float(inked.integral[i]), "nats", "log N(x₀; 0, I) − ∫ tr J dt"),
        Number("by Hutchinson's draws", float(guess), "nats", "log N(x₀; 0, I) − ∫ εᵀJε dt"),
        Number("its standard error", float(abs(high - guess)), "nats", "sd / √draws"),
        Number("area of the drop", inked.area, "× when held", "", "drop[24, 2]"),
        Number("area by the divergence", inked.spread, "× when held", "exp ∫ div dt"),
    )
