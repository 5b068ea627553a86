r"""A learned policy at work: $a_t \sim \pi_\theta(\cdot \mid s_t)$, $s_{t+1} = f(s_t, a_t) $ and whatever you do to it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.vpg import chance
from models.worlds.cartpole import CartPole
from models.worlds.pendulum import Pendulum

from .mind import Mind, Thought, mind, think

Array = np.ndarray
MEMORY = 75  # steps that the traces look back
PUSHES = {"left": -1, "right": 1}


@dataclass(frozen=True)
class Params(params.Params):
    world: str = params.choice("cartpole", "pendulum", label="World")
    action: str = params.choice("sampled", "likeliest", "linear", label="Action")
    lean: tuple[params.Point, ...] = params.points(
        ((0.12, 0.0),),
        "Pole at first",
        count=(1, 1),
        x=(-0.2, 0.2),
        y=(-2.5, 2.5),
        world="cartpole",
    )
    swing: tuple[params.Point, ...] = params.points(
        ((3.1, 0.0),),
        "Rod at first",
        count=(1, 1),
        x=(-3.14, 3.14),
        y=(-8.0, 8.0),
        world="pendulum",
    )
    push: float = params.slider(4.0, 0.5, 20.0, 0.5, "Push, × motor")
    gravity: float = params.slider(1.0, 0.0, 3.0, 0.1, "Gravity ×")
    length: float = params.slider(1.0, 0.3, 2.0, 0.1, "Length ×")
    blur: float = params.slider(0.0, 0.0, 0.5, 0.01, "Sensor noise")
    delay: int = params.slider(0, 0, 10, 1, "Delay, steps")
    seed: int = params.seed()
    events: tuple[params.Event, ...] = params.timeline(
        "Push it", 500, {"left": "push left", "right": "push right"}
    )


@dataclass(frozen=True)
class Frame:
    """One moment: the state, what the policy makes of it, and how it came here."""

    params: Params
    step: int
    state: Float[Array, " s"]
    thought: Thought
    waiting: tuple[float, ...]  # actions decided on but not yet done, oldest first
    done: float  # what the motor has just done: N or N m
    pushed: float  # what the person has just added to it
    total: float  # reward so far
    failed: bool
    trail: Float[Array, "m s"]  # the last states, this one included
    told: Float[Array, "m 3"]  # with them: tendency, value, and the push on the way there


def world(p: Params) -> CartPole | Pendulum:
    """The world of these parameters; a policy knows only the one it was trained in."""
    if p.world == "cartpole":
        usual = CartPole()
        half = usual.half_length * p.length
        return replace(usual, gravity=usual.gravity * p.gravity, half_length=half)
    rod = Pendulum()
    return replace(rod, gravity=rod.gravity * p.gravity, length=rod.length * p.length)


def compute(p: Params, start: Frame | None = None) -> Iterator[Frame]:
    """Yield every moment of an episode until it fails or its time is up; or those after a frame."""
    where, who = world(p), mind(p.world)
    now = start or opening(p, where, who)
    if start is None:
        yield now
    while now.step < where.steps and not now.failed:
        now = following(p, where, who, now)
        yield now


def opening(p: Params, where: CartPole | Pendulum, who: Mind) -> Frame:
    """The first moment; a motor that acts late does at first what was decided at first."""
    state = np.array([0.0, 0.0, *p.lean[0]] if isinstance(where, CartPole) else p.swing[0])
    thought = look(p, where, who, state, 0)
    told = np.array([[thought.tendency, thought.value, 0.0]])
    waiting = (thought.action,) * p.delay
    return Frame(p, 0, state, thought, waiting, 0.0, 0.0, 0.0, False, state[None], told)


def following(p: Params, where: CartPole | Pendulum, who: Mind, now: Frame) -> Frame:
    """The moment after this one: the motor acts, you may push, the world moves, the policy looks."""
    action, *waiting = (*now.waiting, now.thought.action)
    strongest = where.force if isinstance(where, CartPole) else where.torque
    pushed = p.push * strongest * sum(PUSHES[name] for step, name in p.events if step == now.step)
    given = float(np.clip(action, -strongest, strongest))  # of a torque: what arrives
    acts = np.array([action] if isinstance(where, CartPole) else [[action]])
    moved, reward, failed = where.step(now.state[None], acts, pushed)
    state, step = moved[0], now.step + 1
    thought = look(p, where, who, state, step)
    told = np.array([thought.tendency, thought.value, pushed])
    return Frame(
        p,
        step,
        state,
        thought,
        tuple(waiting),
        done=strongest * (2 * action - 1) if isinstance(where, CartPole) else given,
        pushed=pushed,
        total=now.total + float(reward[0]),
        failed=bool(failed[0]),
        trail=np.vstack([now.trail, state])[-MEMORY:],
        told=np.vstack([now.told, told])[-MEMORY:],
    )


def look(
    p: Params, where: CartPole | Pendulum, who: Mind, state: Float[Array, " s"], step: int
) -> Thought:
    """What the policy makes of a state that it sees through its sensors."""
    rng = chance(p.seed, step)
    usual = np.array(where.usual)
    seen = where.observe(state[None])[0] + p.blur * usual * rng.standard_normal(len(usual))
    return think(who, state, seen, p.action, rng)
