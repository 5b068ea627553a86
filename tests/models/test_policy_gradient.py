"""The estimators against a tiny world in which every trajectory can be counted."""

import subprocess
import sys
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest

from models.maths.credit import CREDITS, credits, to_go
from models.maths.estimator import each, stray
from models.maths.mlp import MLP
from models.maths.policies import Categorical, Gaussian
from models.maths.vpg import Settings, Task, begin, collect, judge, policy_gradient, train
from models.worlds.cartpole import CartPole
from models.worlds.pendulum import Pendulum


def task_of(world, runs=2, episodes=8, window=None):
    net = MLP((world.observed, 8, 2 if isinstance(world, CartPole) else 1))
    policy = Categorical(net) if isinstance(world, CartPole) else Gaussian(net, world.torque)
    value = MLP((world.observed, 8, 1))
    return Task(world, policy, value, runs, episodes, window or world.steps)


@dataclass(frozen=True)
class Corridor:
    """Two steps on a line from 0: action 1 goes right; stepping on +1 or -2 pays differently."""

    steps: int = 2
    observed: int = 2
    usual: tuple[float, ...] = (1.0, 1.0)
    usual_reward: float = 1.0

    def reset(self, rng, many):
        return np.zeros((*many, 2))

    def observe(self, state):
        return state

    def step(self, state, action):
        moved = state + np.stack([2.0 * action - 1, np.ones(np.shape(action))], -1)
        place = moved[..., 0]
        return moved, 3.0 * (place == 1) + 5.0 * (place == -2), np.zeros(place.shape, bool)


def exact_gradient(policy, theta, gamma=1.0):
    """sum over all four trajectories of P(tau) R(tau) grad log P(tau)."""
    total = 0.0
    for actions in product((0, 1), repeat=2):
        state, reward, log_p, score = np.zeros((1, 2)), 0.0, 0.0, 0.0
        for t, a in enumerate(actions):
            action, x = np.array([a]), state.astype(theta.dtype)
            log_p += policy.log_prob(policy(theta, x), action).item()
            score = score + policy.gradient(theta, x, action, np.ones(1))
            state, r, _ = Corridor().step(state, action)
            reward += gamma**t * r.item()
        total = total + np.exp(log_p) * reward * score
    return total


@pytest.mark.parametrize("credit", CREDITS)
def test_every_estimator_finds_the_gradient_that_enumeration_finds(credit):
    """At gamma = 1 and lambda = 1 all four are unbiased, whatever the value net says."""
    task = Task(Corridor(), Categorical(MLP((2, 4, 2))), MLP((2, 4, 1)), 1, 40_000, 2)
    settings = Settings(credit, gamma=1.0, lam=1.0)
    training = begin(task, seed=1)
    made = collect(task, 3 * training.theta, training.state, np.random.default_rng(2))
    made = replace(made, cut=np.zeros_like(made.cut))  # two steps are the whole story
    psi = judge(task, settings, training, made).psi[credit]
    theta = (3 * training.theta)[0].astype(float)
    ours = policy_gradient(task, 3 * training.theta, made, psi)[0]
    one = made.map(lambda a: a[0])
    floor = stray(each(task, theta.astype(np.float32), one, psi[0]))  # of the whole vector
    assert np.linalg.norm(ours - exact_gradient(task.policy, theta)) < 2 * floor
    assert floor < 0.1 * np.linalg.norm(exact_gradient(task.policy, theta))


def test_the_reward_to_go_of_three_rewards_by_hand():
    sums = to_go(np.array([[1.0, 2.0, 4.0]]), 0.5, np.array([8.0]))
    assert np.array_equal(sums, [[1 + 1 + 1 + 1, 2 + 2 + 2, 4 + 4]])


def random_episodes(seed=0):
    rng = np.random.default_rng(seed)
    length = rng.integers(1, 13, 6)
    alive = np.arange(12) < length[:, None]
    cut = length == 12
    reward = rng.standard_normal((6, 12)) * alive
    return reward, alive, rng.standard_normal((6, 12)), rng.standard_normal(6) * cut


def test_gae_is_what_its_definition_says():
    """sum over l of (gamma lam)^l delta_{t+l}, written out (Schulman et al., 2016, eq. 16)."""
    reward, alive, v, tail = random_episodes()
    psi = credits(reward, alive, v, tail, 0.9, 0.7)["gae"]
    for i, t in np.argwhere(alive):
        length = alive[i].sum()
        following = [*v[i, 1:length], tail[i]]
        delta = [reward[i, k] + 0.9 * following[k] - v[i, k] for k in range(length)]
        assert np.isclose(psi[i, t], sum(0.63 ** (k - t) * delta[k] for k in range(t, length)))


def test_gae_at_lambda_one_is_the_return_less_the_baseline():
    reward, alive, v, tail = random_episodes(1)
    psi = credits(reward, alive, v, tail, 0.9, 1.0)
    assert np.allclose(psi["gae"], psi["baseline"])


def test_gae_at_lambda_zero_is_the_one_step_surprise():
    reward, alive, v, tail = random_episodes(2)
    psi = credits(reward, alive, v, tail, 0.9, 0.0)["gae"]
    v = v * alive
    following = np.concatenate([v[:, 1:], tail[:, None]], 1)
    assert np.allclose(psi, (reward + 0.9 * following - v) * alive)


def test_a_baseline_of_zero_changes_nothing_and_the_dead_get_no_credit():
    reward, alive, v, tail = random_episodes(3)
    psi = credits(reward, alive, 0 * v, 0 * tail, 0.9, 0.7)
    assert np.array_equal(psi["baseline"], psi["to-go"])
    assert all(not credit[~alive].any() for credit in psi.values())
    assert np.ptp(np.where(alive, psi["return"], psi["return"][:, :1]), axis=1).max() == 0


def test_a_collected_trajectory_obeys_its_world_and_stops_at_its_failure():
    task = task_of(CartPole(), runs=2, episodes=20)
    training = begin(task, 0)
    made = collect(task, training.theta, training.state, np.random.default_rng(0))
    moved, _, failed = task.world.step(made.state[:, :, :-1], made.action[:, :, :-1])
    assert np.array_equal(moved, made.state[:, :, 1:])
    assert np.array_equal(made.alive[:, :, 1:], made.alive[:, :, :-1] & ~failed)
    assert np.array_equal(made.reward, made.alive.astype(float))
    assert not made.cut.any() and made.alive.any(-1).all()


@pytest.mark.parametrize("world", [CartPole(), Pendulum()])
def test_a_training_goes_on_from_any_moment_as_if_never_interrupted(world):
    task = task_of(world, window=20 if isinstance(world, Pendulum) else None)
    settings = lambda update: Settings("gae" if update > 1 else "to-go")  # noqa: E731
    whole = train(task, settings, begin(task, 7), 7)
    moments = [next(whole) for _ in range(5)]
    again = train(task, settings, moments[2].training, 7)
    for moment in moments[2:]:
        other = next(again)
        assert np.array_equal(other.training.theta, moment.training.theta)
        assert np.array_equal(other.training.phi, moment.training.phi)
        assert np.array_equal(other.made.reward, moment.made.reward)


def test_the_noise_is_how_far_estimates_from_fresh_episodes_scatter():
    task = task_of(CartPole(), runs=1, episodes=16)
    training, settings = begin(task, 3), Settings("to-go")
    estimates, floors = [], []
    for seed in range(40):
        made = collect(task, training.theta, training.state, np.random.default_rng(seed))
        psi = judge(task, settings, training, made).psi["to-go"]
        estimates.append(policy_gradient(task, training.theta, made, psi)[0])
        one = made.map(lambda a: a[0])
        floors.append(stray(each(task, training.theta[0], one, psi[0])))
    scatter = np.sqrt(np.var(estimates, 0, ddof=1).sum())
    assert 0.8 < np.mean(floors) / scatter < 1.25


SOLVE = """
import sys
import numpy as np
from models.maths.mlp import MLP
from models.maths.policies import Categorical
from models.maths.vpg import Settings, Task, begin, train
from models.worlds.cartpole import CartPole

task = Task(CartPole(), Categorical(MLP((4, 32, 2))), MLP((4, 32, 1)), 8, 16, 500)
returns = []
for moment in train(task, lambda _: Settings(sys.argv[1]), begin(task, 0), 0):
    returns.append(moment.made.reward.sum(-1).mean(-1))  # of 16 episodes of each run
    if moment.training.update == 21:
        break
print((np.mean(returns[-7:], 0) >= 475).sum())  # the last 112 training episodes
"""


def runs_solved(credit):
    """How many of 8 runs have learned; without the shape checks, which cost ten times the learning."""
    words = [sys.executable, "-c", SOLVE, credit]
    return int(subprocess.run(words, capture_output=True, check=True, text=True).stdout)


def test_a_baseline_solves_cartpole_in_every_run_where_full_returns_fail_in_most():
    assert runs_solved("baseline") == 8
    assert runs_solved("return") <= 2
