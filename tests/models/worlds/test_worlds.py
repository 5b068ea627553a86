"""The worlds against gymnasium's, step for step, and against the laws of motion."""

import gymnasium
import numpy as np
import pytest

from models.worlds.cartpole import CartPole
from models.worlds.corridor import Corridor
from models.worlds.pendulum import Pendulum, wrapped


def test_cartpole_moves_as_gymnasiums_does_over_a_thousand_random_steps():
    world, rng = CartPole(), np.random.default_rng(0)
    theirs = gymnasium.make("CartPole-v1").unwrapped
    theirs.reset(seed=0)
    state = theirs.state[None]
    failures = 0
    for _ in range(1000):
        action = rng.integers(0, 2, 1)
        _, reward, terminated, _, _ = theirs.step(int(action[0]))
        state, ours, failed = world.step(state, action)
        assert np.abs(state - theirs.state).max() < 1e-9
        assert (ours[0], failed[0]) == (reward, terminated)
        if terminated:
            failures += 1
            theirs.reset()
            state = theirs.state[None]
    assert failures > 20  # the ends of the track were really tried


def test_pendulum_moves_as_gymnasiums_does_over_a_thousand_random_steps():
    world, rng = Pendulum(), np.random.default_rng(1)
    theirs = gymnasium.make("Pendulum-v1").unwrapped
    theirs.reset(seed=1)
    state = theirs.state[None]
    for _ in range(1000):
        action = rng.uniform(-3, 3, (1, 1))  # beyond what the motor gives
        seen, reward, _, _, _ = theirs.step(action[0])
        state, ours, _ = world.step(state, action)
        assert np.abs(state - theirs.state).max() < 1e-9
        assert abs(ours[0] - reward) < 1e-9
        assert np.abs(world.observe(state) - seen).max() < 1e-6  # theirs is in single precision


@pytest.mark.parametrize("world", [CartPole(), Pendulum()])
def test_many_copies_move_like_each_alone(world):
    rng = np.random.default_rng(2)
    state = world.reset(rng, (3, 5))
    shape = (3, 5) if isinstance(world, CartPole) else (3, 5, 1)
    action = rng.integers(0, 2, shape) * 1.0
    together, reward, failed = world.step(state, action)
    for i in np.ndindex(3, 5):
        alone, r, f = world.step(state[i][None], action[i][None])
        assert np.array_equal(alone[0], together[i])
        assert (r[0], f[0]) == (reward[i], failed[i])
        assert np.array_equal(world.observe(state)[i], world.observe(state[i][None])[0])


def test_episodes_start_where_gymnasiums_do():
    rng = np.random.default_rng(3)
    carts, rods = CartPole().reset(rng, (4000,)), Pendulum().reset(rng, (4000,))
    assert np.abs(carts).max() <= 0.05 < np.abs(carts).max() + 0.001
    assert np.all(np.abs(rods) <= [np.pi, 1]) and np.all(np.abs(rods).max(0) > [3.13, 0.99])


def test_a_mirrored_cart_moves_as_its_mirror_image():
    rng = np.random.default_rng(4)
    state, action = rng.normal(size=(50, 4)), rng.integers(0, 2, 50)
    moved, _, _ = CartPole().step(state, action, push=3.0)
    mirrored, _, _ = CartPole().step(-state, 1 - action, push=-3.0)
    assert np.allclose(mirrored, -moved)


def energy(state):
    """Of a rod of 1 kg and 1 m, in joules: it turns, and its middle is lifted."""
    return state[:, 1] ** 2 / 6 + 10.0 / 2 * np.cos(state[:, 0])


def test_a_free_pendulum_keeps_its_energy_as_the_steps_get_short():
    drift = []
    for tau in (0.01, 0.001):
        world = Pendulum(tau=tau, fastest=100.0)
        state = np.array([[2.0, 0.5]])
        before = energy(state)
        for _ in range(int(1 / tau)):
            state, _, _ = world.step(state, np.zeros((1, 1)))
        drift.append(abs(energy(state) - before).item())
    assert drift[1] < drift[0] / 5 and drift[1] < 0.01


def test_wrapped_angles_are_the_same_angles():
    theta = np.linspace(-20, 20, 401)
    assert np.all((wrapped(theta) >= -np.pi) & (wrapped(theta) < np.pi))
    assert np.allclose(np.exp(1j * wrapped(theta)), np.exp(1j * theta))


def test_the_corridor_pays_at_its_ends_and_is_over_there_or_at_its_last_step():
    world = Corridor()
    state = np.array([[1.0, 1.0], [-1.0, 3.0], [0.0, 2.0], [1.0, 5.0]])
    moved, reward, over = world.step(state, np.array([1, 0, 1, 0]))
    assert np.array_equal(moved, [[2, 2], [-2, 4], [1, 3], [0, 6]])
    assert np.array_equal(reward, [3.75, 0.75, -0.25, -0.25])
    assert np.array_equal(over, [True, True, False, True])
