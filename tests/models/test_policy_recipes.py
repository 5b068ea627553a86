"""The shipped policies: what left the training is what plays, also in gymnasium's own worlds."""

import itertools
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
import torch

from models import swinging
from models.catalogue import graph
from models.learner import weights
from models.maths import actor_critic
from models.maths.critics import judged
from models.maths.policies import Gaussian
from models.maths.squashed import split
from models.maths.vpg import Settings, begin, train, worth
from models.recipes import policy_cartpole, policy_pendulum, recipe

RECIPES = {"policy_cartpole": policy_cartpole, "policy_pendulum": policy_pendulum}


@pytest.mark.parametrize("name", RECIPES)
def test_the_torch_net_is_the_policy_that_was_trained_units_and_all(name):
    recipe = RECIPES[name]
    config = replace(recipe.CONFIG, runs=2, episodes=4)
    task = recipe.task(config)
    moments = train(task, lambda _: Settings("baseline", gamma=0.9), begin(task, 0), 0)
    moment = [next(moments) for _ in range(3)][-1]
    net = recipe.net(config, weights(task, moment, run=1))
    observation = recipe.example(config, {"batch": 50}, 0)["observation"]
    with torch.no_grad():
        *parts, value = (out.numpy() for out in net(torch.from_numpy(observation)))
    x = (observation / np.array(task.world.usual)).astype(np.float32)
    dist = task.policy(moment.training.theta[1], x)
    if isinstance(task.policy, Gaussian):
        parts = [np.concatenate([parts[0], np.log(parts[1])], -1)]
    assert np.abs(parts[0] - dist).max() < 1e-5
    assert np.abs(value / worth(task, moment.training.phi[1], x, 0.9) - 1).max() < 1e-3


def play(name, act, episodes):
    world = gymnasium.make(name)
    total = []
    for seed in range(episodes):
        observation, _ = world.reset(seed=seed)
        total.append(0.0)
        ended = False
        while not ended:
            action = act(observation[None].astype(np.float32))
            observation, reward, terminated, truncated, _ = world.step(action)
            total[-1] += float(reward)
            ended = terminated or truncated
    return np.array(total)


@pytest.mark.parametrize("trained", ["", "_ppo", "_trpo"])
def test_the_shipped_carts_stand_for_all_500_steps_in_gymnasium(trained):
    policy = graph(f"policy_cartpole{trained}")
    steps = play("CartPole-v1", lambda x: int(policy(observation=x)["logits"].argmax()), 5)
    assert steps.min() >= 475


def test_the_shipped_pendulum_swings_up_in_gymnasium():
    policy = graph("policy_pendulum")
    returns = play("Pendulum-v1", lambda x: policy(observation=x)["mean"][0], 10)
    assert returns.mean() > -200  # doing nothing gets about -1,200


OFF = ("policy_pendulum_ddpg", "policy_pendulum_td3", "policy_pendulum_sac")


@pytest.mark.parametrize("name", OFF)
def test_the_torch_net_is_the_off_policy_training_units_and_all(name):
    config = replace(recipe(name).config, runs=2, steps=40)
    where, rules = swinging.task(config), config.rules
    trained = actor_critic.train(where, rules, actor_critic.begin(where, rules, 0), 0)
    now = [next(trained) for _ in range(40)][-1]
    net = swinging.net(config, swinging.weights(where, rules, now, run=1))
    observation = swinging.example(config, {"batch": 50}, 0)["observation"]
    with torch.no_grad():
        mean, sigma, value = (out.numpy() for out in net(torch.from_numpy(observation)))
    x = (observation / np.array(where.world.usual)).astype(np.float32)[None]
    theta, phi = now.actor.theta[1:], now.critic.theta[1:]
    a = actor_critic.decided(where, rules, theta, x)
    unit = actor_critic.unit(where, rules)
    assert np.abs(mean - 2 * a[0]).max() < 1e-5
    assert np.abs(value - unit * judged(where.critic, phi, x, a)[0].min(0)).max() < 1e-3
    wide = rules.noise * np.ones_like(mean)
    if rules.soft:
        _, log_sigma = split(where.actor(theta, x)[0])
        wide = (1 - a[0] ** 2) * np.exp(log_sigma)
    assert np.abs(sigma - 2 * wide).max() < 1e-5


def test_an_off_policy_recipe_keeps_the_best_so_far():
    config = swinging.Config(runs=2, steps=90, every=30, width=8)
    shots = list(swinging.snapshots(config))
    assert [shot.step for shot in shots] == [30, 60, 90]
    assert all(b.loss <= a.loss for a, b in itertools.pairwise(shots))


@pytest.mark.parametrize("name", OFF)
def test_the_shipped_off_policy_pendulums_swing_up_in_gymnasium(name):
    policy = graph(name)
    returns = play("Pendulum-v1", lambda x: policy(observation=x)["mean"][0], 10)
    assert returns.mean() > -250
