r"""A learned policy at work: $a_t \sim \pi_\theta(\cdot \mid s_t)$, $s_{t+1} = f(s_t, a_t) $ and whatever you do to it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from app import params
from models.maths.vpg import chance
from models.worlds.cartpole import CartPole
from models.worlds.pendulum import Pendulum

from .mind import CAST, Mind, Thought, mind, think

Array = np.ndarray
MEMORY = 75  # steps that the traces look back
PUSHES = {"left": -1, "right": 1}


@dataclass(frozen=True)
class Params(params.Params):
    world: str = params.choice("cartpole", "pendulum", label="World")
    carter: str = params.choice(*CAST["cartpole"], label="Taught by", world="cartpole")
    swinger: str = params.choice(*CAST["pendulum"], label="Taught by", world="pendulum")
    beside_cart: str = params.choice(
        "nobody", *CAST["cartpole"], label="Beside it", world="cartpole"
    )
    beside_rod: str = params.choice(
        "nobody", *CAST["pendulum"], label="Beside it", world="pendulum"
    )
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

    @property
    def teacher(self) -> str:
        """What the policy on the stage was taught with."""
        return self.carter if self.world == "cartpole" else self.swinger

    @property
    def beside(self) -> str:
        """What the other one was taught with, or nobody."""
        return self.beside_cart if self.world == "cartpole" else self.beside_rod


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
    rival: "Frame | None" = None  # the other policy in its own world, begun and pushed alike

    @property
    def over(self) -> bool:
        """Whether nobody stands any more."""
        return self.failed and (self.rival is None or self.rival.failed)


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
    where, who = world(p), mind(p.world, p.teacher)
    other = None if p.beside == "nobody" else mind(p.world, p.beside)
    now = start
    if now is None:
        rival = opening(p, where, other) if other else None
        yield (now := replace(opening(p, where, who), rival=rival))
    while now.step < where.steps and not now.over:
        rival = onward(p, where, other, now.rival) if other and now.rival else None
        yield (now := replace(onward(p, where, who, now), rival=rival))


def onward(p: Params, where: CartPole | Pendulum, who: Mind, now: Frame) -> Frame:
    """The moment after this one; who has failed lies still."""
    if not now.failed:
        return following(p, where, who, now)
    return replace(now, step=now.step + 1, done=0.0, pushed=0.0)


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
