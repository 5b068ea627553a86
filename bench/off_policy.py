"""What learning from old experience costs: the pendulum, beside stable-baselines3's TD3 and SAC."""

from collections.abc import Iterator

import numpy as np

from app.concepts.reinforcement.offpolicy.compute import Params, course_of
from bench.row import Row, spent
from models.maths.actor_critic import begin, decided, train
from models.maths.off_policy import Settings, Task
from models.maths.vpg import seen
from models.worlds.pendulum import Pendulum

SOLVED, EXAMS = -200.0, 20  # mean return of so many episodes without chance
CAP = 60.0  # CPU seconds after which the library is stopped
GOALS = {"TD3": 4.0, "SAC": 6.0}
Array = np.ndarray


def rows() -> Iterator[Row]:
    for name, goal in GOALS.items():
        ours, steps = page(name)
        theirs, rate, end = library(name)
        reached = f"{theirs:.0f}" if theirs < CAP else f"not in {CAP:.0f} (return {end:.0f})"
        yield Row(
            f"Pendulum solved by {name}",
            f"{ours:.2f} CPU-s for four runs side by side, {steps:,.0f} transitions a CPU-s; "
            f"stable-baselines3 {reached} CPU-s for one, {rate:.0f} transitions a CPU-s",
            f"≤ {goal:.0f} CPU-s",
            f"the median run's {EXAMS} episodes return {SOLVED:.0f}; exams not counted; the page's own "
            "nets, rl-zoo's settings; one thread",
        )


def page(name: str) -> tuple[float, float]:
    """CPU seconds until the page's median run is good enough, and transitions a CPU second of all."""
    course = course_of(Params(algorithm=name, transitions=16_000))
    where, rules, cpu = course.task, course.rules, 0.0
    moments = train(where, rules, begin(where, rules, 0), 0)
    for _ in range(where.most // where.worlds // 10):
        with spent() as took:
            for _ in range(10):
                now = next(moments)
        cpu += took.cpu
        if np.median(returns(where, rules, now.actor.theta)) >= SOLVED:
            break
    return cpu, now.replay.filled * where.runs / cpu


def returns(where: Task, rules: Settings, theta: Array) -> Array:
    """Each run's mean return without chance."""
    world = where.world
    start = world.reset(np.random.default_rng(0), (EXAMS,))
    state, total = np.broadcast_to(start, (where.runs, EXAMS, 2)), np.zeros((where.runs, EXAMS))
    for _ in range(world.steps):
        a = decided(where, rules, theta, seen(world, state))
        state, reward, _ = world.step(state, world.torque * a)
        total += reward
    return total.mean(-1)


def library(name: str) -> tuple[float, float, float]:
    """CPU seconds until good enough or the cap, transitions a CPU second, and the return at the end."""
    import torch
    from stable_baselines3 import SAC, TD3
    from stable_baselines3.common.noise import NormalActionNoise

    torch.set_num_threads(1)
    noise = NormalActionNoise(np.zeros(1), 0.1 * np.ones(1))
    own = {"action_noise": noise, "learning_starts": 10_000, "gamma": 0.98} if name == "TD3" else {}
    kind = {"TD3": TD3, "SAC": SAC}[name]
    model = kind("MlpPolicy", "Pendulum-v1", learning_rate=1e-3, seed=0, device="cpu", **own)
    cpu, done, end = 0.0, 0, -np.inf
    while cpu < CAP and end < SOLVED:
        with spent() as took:
            model.learn(500, reset_num_timesteps=False)
        cpu, done = cpu + took.cpu, done + 500
        end = exam(model)
    return cpu if end >= SOLVED else CAP, done / cpu, end


def exam(model: object) -> float:
    """The mean return of the library's policy without chance, in our world."""
    world = Pendulum()
    state, total = world.reset(np.random.default_rng(0), (EXAMS,)), np.zeros(EXAMS)
    for _ in range(world.steps):
        action, _ = model.predict(world.observe(state).astype(np.float32), deterministic=True)  # type: ignore[attr-defined]
        state, reward, _ = world.step(state, action)
        total += reward
    return float(total.mean())
