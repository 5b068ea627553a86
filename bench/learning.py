"""What learning costs: a flow's thousand steps, and the cart beside stable-baselines3."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from app.concepts.diffusion.flow.world import Params as FlowParams
from app.concepts.diffusion.flow.world import flow_of
from app.concepts.reinforcement.gradients.compute import Params as PolicyParams
from app.concepts.reinforcement.gradients.compute import course
from bench.row import Row, spent
from models.maths.flow_matching import BATCH
from models.maths.flow_matching import train as train_flow
from models.maths.proximal import Proximal, ppo
from models.maths.trust_region import Region, trpo
from models.maths.vpg import Ascent, begin, collect, uphill
from models.maths.vpg import train as train_policy

if TYPE_CHECKING:
    from stable_baselines3 import PPO

SOLVED = 475.0  # mean return of 100 training episodes
SEEDS = 3
BUDGET = 30_000  # steps of the cart


def rows() -> Iterator[Row]:
    yield flow()
    yield from cart()
    yield same_budget()


def flow() -> Row:
    """A thousand steps of the flow page's own training."""
    world = flow_of(FlowParams())
    with spent() as took:
        *_, last = islice(
            train_flow(lambda rng: world.pairs(BATCH, rng), np.random.default_rng(0)), 1001
        )
    assert last.step == 1000
    value = f"{took.wall:.1f} s ({took.cpu:.1f} CPU-s)"
    return Row(
        "flow matching, 1,000 training steps",
        value,
        "≤ 10 s",
        "3-64-64-64-2, batch 256, one thread",
    )


def cart() -> Iterator[Row]:
    """CPU seconds until 100 training episodes average 475, ours and PPO's, seed by seed in turn."""
    learners = {"": (uphill, "≤ 3 CPU-s"), ", PPO": (ppo(Proximal(most=1024)), "≤ 2 CPU-s")}
    learners[", TRPO"] = (trpo(Region()), "")
    ours: dict[str, list[float]] = {name: [] for name in learners}
    theirs = []
    for seed in range(SEEDS):
        for name, (ascent, _) in learners.items():
            ours[name].append(our_cart(seed, ascent))
        theirs.append(ppo_cart(seed))
    b, long = float(np.median(theirs)), ", ".join(f"{x:.0f}" for x in theirs)
    for name, (_, goal) in learners.items():
        a, listed = float(np.median(ours[name])), ", ".join(f"{x:.2f}" for x in ours[name])
        value = (
            f"{a:.2f} CPU-s a run ({listed}); stable-baselines3 PPO {b:.0f} ({long}): {b / a:.0f}×"
        )
        how = f"median of {SEEDS} seeds; rl-zoo's PPO settings, one thread"
        yield Row(f"CartPole solved{name}", value, goal, how)


def our_cart(seed: int, ascent: Ascent) -> float:
    """CPU seconds of one run of one of our learners until 100 episodes average 475."""
    page = course(PolicyParams(seed=seed))
    alone = replace(page.task, runs=1)
    recent: deque[float] = deque(maxlen=100)
    with spent() as took:
        for moment in train_policy(alone, page.settings, begin(alone, seed), seed, ascent):
            recent.extend(moment.made.reward.sum(-1)[0].tolist())
            if len(recent) == 100 and np.mean(recent) >= SOLVED:
                break
    return took.cpu


def ppo_cart(seed: int) -> float:
    """The same for stable-baselines3's PPO with rl-zoo's settings for CartPole-v1."""
    from stable_baselines3.common.callbacks import BaseCallback

    class Until(BaseCallback):
        def _on_step(self) -> bool:
            returns = [episode["r"] for episode in self.model.ep_info_buffer]
            return len(returns) < 100 or float(np.mean(returns)) < SOLVED

    model = zoo(seed)
    with spent() as took:
        model.learn(100_000, callback=Until())
    return took.cpu


def zoo(seed: int) -> "PPO":
    """stable-baselines3's PPO before it has learned, with rl-zoo's settings for CartPole-v1."""
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env

    torch.set_num_threads(1)
    return PPO(
        "MlpPolicy",
        make_vec_env("CartPole-v1", n_envs=8, seed=seed),
        n_steps=32,
        batch_size=256,
        gae_lambda=0.8,
        gamma=0.98,
        n_epochs=20,
        ent_coef=0.0,
        learning_rate=lambda left: 0.001 * left,
        clip_range=lambda left: 0.2 * left,
        seed=seed,
        device="cpu",
    )


def same_budget() -> Row:
    """What both have learned of the cart from equally many of its steps, and what that cost."""
    ours, theirs = (
        np.array([one(seed) for seed in range(SEEDS)]) for one in (our_share, zoo_share)
    )
    (a, cpu), (b, long) = np.median(ours, 0), np.median(theirs, 0)
    listed = "; ".join(", ".join(f"{x:.0f}" for x in runs[:, 0]) for runs in (ours, theirs))
    return Row(
        f"CartPole after {BUDGET:,} steps",
        f"return {a:.0f} in {cpu:.2f} CPU-s; stable-baselines3 PPO {b:.0f} in {long:.0f} ({listed})",
        "same budget",
        f"VPG; 100 fresh episodes each, median of {SEEDS} seeds; rl-zoo's PPO settings, one thread",
    )


def our_share(seed: int) -> tuple[float, float]:
    """Mean return of 100 fresh episodes after one run of the page's own training, and CPU seconds."""
    page = course(PolicyParams(seed=seed))
    alone, made = replace(page.task, runs=1), 0
    with spent() as took:
        for moment in train_policy(alone, page.settings, begin(alone, seed), seed):
            if made >= BUDGET:
                break
            made += int(moment.made.alive.sum())
    fresh, rng = replace(alone, episodes=100), np.random.default_rng(1000 + seed)
    start = fresh.world.reset(rng, (1, 100))
    episodes = collect(fresh, moment.training.theta, start, rng)
    return float(episodes.reward.sum(-1).mean()), took.cpu


def zoo_share(seed: int) -> tuple[float, float]:
    """The same for stable-baselines3's PPO."""
    from stable_baselines3.common.evaluation import evaluate_policy

    model = zoo(seed)
    with spent() as took:
        model.learn(BUDGET)
    mean, _ = evaluate_policy(model, model.get_env(), 100, deterministic=False)
    return float(np.mean(mean)), took.cpu
