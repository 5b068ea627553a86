"""The shipped policies: what left the training is what plays, also in gymnasium's own worlds."""

from dataclasses import replace

import gymnasium
import numpy as np
import pytest
import torch

from models.catalogue import graph
from models.learner import weights
from models.maths.policies import Gaussian
from models.maths.vpg import Settings, begin, train, worth
from models.recipes import policy_cartpole, policy_pendulum

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
