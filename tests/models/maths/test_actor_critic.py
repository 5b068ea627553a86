"""DDPG, TD3 and SAC: every update as stable-baselines3 makes it, every gradient as autograd finds it."""

from dataclasses import replace
from itertools import islice, pairwise
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
import stable_baselines3 as sb3
import torch
from torch import nn

from models.maths import squashed
from models.maths.actor_critic import begin, decided, targets, train, update
from models.maths.mlp import MLP
from models.maths.off_policy import DDPG, SAC, TD3, Learner, Settings, Task
from models.maths.vpg import seen
from models.worlds.pendulum import Pendulum

WIDE, N = (16, 16), 32
RULES = {"DDPG": DDPG, "TD3": TD3, "SAC": replace(SAC, goal=None, alpha=0.3)}


def task(rules: Settings, runs=1, most=8_000, **changes) -> Task:
    """A task whose critics count in rewards, so that nothing stands between them and the library's."""
    world = Pendulum(usual_reward=1 - rules.gamma)
    actor = MLP((3, *WIDE, 2 if rules.soft else 1), "relu")
    return replace(Task(world, actor, MLP((4, *WIDE, 1), "relu"), runs, most), **changes)


class Bounded(nn.Module):
    """A last layer whose output glides between our ends of log sigma."""

    def __init__(self, linear):
        super().__init__()
        self.linear = linear

    def forward(self, h):
        share = 0.5 * (1 + torch.tanh(self.linear(h)))
        return squashed.LOW + (squashed.HIGH - squashed.LOW) * share


def pour(net: MLP, theta, linears):
    """Our weights into torch's layers."""
    for (w, b), linear in zip(net.layers(theta), linears, strict=True):
        linear.weight.data = torch.from_numpy(w.T.copy())
        linear.bias.data = torch.from_numpy(b[0].copy())


def linears(module):
    return [m for m in module.modules() if isinstance(m, nn.Linear)]


def flat(net: MLP, layers):
    """Torch's layers as one vector of ours."""
    parts = [(m.weight.detach().numpy().T.ravel(), m.bias.detach().numpy()) for m in layers]
    return np.concatenate([np.concatenate(part) for part in parts])


def library(rules: Settings, where: Task, now):
    """The library's own algorithm with our weights in its nets and our replay in its buffer."""
    kind = {"soft": sb3.SAC, "hard": sb3.TD3}["soft" if rules.soft else "hard"]
    arch = {"pi": list(WIDE), "qf": list(WIDE)}
    critics = 2 if rules.twins else 1
    own = (
        {"ent_coef": rules.alpha}
        if rules.soft
        else {
            "policy_delay": rules.delay,
            "target_policy_noise": rules.smoothing,
            "target_noise_clip": rules.clip,
        }
    )
    algorithm = kind(
        "MlpPolicy", gymnasium.make("Pendulum-v1"), learning_rate=rules.rate, gamma=rules.gamma,
        tau=1 - rules.rho, buffer_size=100, device="cpu",
        policy_kwargs={"net_arch": arch, "activation_fn": nn.ReLU, "n_critics": critics}, **own,
    )  # fmt: skip
    policy = algorithm.policy
    if rules.soft:
        policy.actor.log_std = Bounded(policy.actor.log_std)
        policy.actor.optimizer = torch.optim.Adam(policy.actor.parameters(), lr=rules.rate)
    for which in ("theta", "target"):
        side = "" if which == "theta" else "_target"
        judges = getattr(policy, f"critic{side}").q_networks
        for phi, judge in zip(getattr(now.critic, which)[0], judges, strict=True):
            pour(where.critic, phi, linears(judge))
        if not rules.soft:
            actor = getattr(policy, f"actor{side}")
            pour(where.actor, getattr(now.actor, which)[0], linears(actor))
    if rules.soft:
        *deep, (w, b) = where.actor.layers(now.actor.theta[0])
        heads = policy.actor.mu, policy.actor.log_std.linear
        for (weight, bias), linear in zip(
            [*deep, *((w[:, i : i + 1], b[:, i : i + 1]) for i in (0, 1))],
            [*linears(policy.actor.latent_pi), *heads],
            strict=True,
        ):
            linear.weight.data = torch.from_numpy(weight.T.copy())
            linear.bias.data = torch.from_numpy(bias[0].copy())
    algorithm.set_logger(sb3.common.logger.Logger(None, []))
    return algorithm


def told(rules, where, seed=3):
    """A training that has gone a little way, and stands before its next update."""
    now = next(islice(train(where, rules, begin(where, rules, seed), seed), 60, None))
    fresh = {name: Learner.fresh(getattr(now, name).theta) for name in ("actor", "critic")}
    mixed = {
        name: replace(fresh[name], target=getattr(now, name).target) for name in fresh
    }  # Adam forgets, the slow copies stay
    return replace(now, **mixed, updates=1)


class Noise(np.random.Generator):
    """A generator that hands out what torch will draw, and transitions of our choice."""

    def __init__(self, index, noise):
        super().__init__(np.random.PCG64(0))
        self.index, self.noise = index, noise

    def integers(self, low, high, size):
        assert self.index.shape == size and low <= self.index.min() and self.index.max() < high
        return self.index

    def standard_normal(self, size, dtype):
        assert self.noise.shape == size
        return self.noise


@pytest.mark.parametrize("name", RULES)
def test_an_update_is_stable_baselines3s_to_the_last_weight(name, monkeypatch):
    """Same weights, same batch, same noise: targets, critics, actor and slow copies come out alike."""
    rules = replace(RULES[name], batch=N)
    where = task(rules, warm=512)
    now = told(rules, where)
    algorithm = library(rules, where, now)
    index = np.random.default_rng(0).integers(0, now.replay.filled, (1, N))
    batch = now.replay.at(index)
    tensors = {k: torch.from_numpy(getattr(batch, k)[0].copy()) for k in ("x", "a", "r", "x_next")}
    data = SimpleNamespace(
        observations=tensors["x"], actions=tensors["a"], rewards=tensors["r"][:, None],
        next_observations=tensors["x_next"], dones=torch.zeros(N, 1), discounts=None,
    )  # fmt: skip
    algorithm.replay_buffer = SimpleNamespace(sample=lambda *_, **__: data)
    algorithm._n_updates = 1
    torch.manual_seed(7)
    first = torch.normal(torch.zeros(N, 1), torch.ones(N, 1)).numpy()
    second = torch.normal(torch.zeros(N, 1), torch.ones(N, 1)).numpy()
    # SAC draws for the states first, then for the next ones; TD3 draws but once
    noise = np.stack([second, first] if rules.soft else [first, second])[:, None]
    wanted = []
    module = sb3.sac.sac if rules.soft else sb3.td3.td3
    real = module.F.mse_loss
    monkeypatch.setattr(
        module.F, "mse_loss", lambda q, y: (wanted.append(y.numpy()[:, 0]), real(q, y))[1]
    )
    torch.manual_seed(7)
    algorithm.train(1, N)
    y = targets(where, rules, now, batch, noise[0])
    assert np.abs(y[0] - wanted[0]).max() < 1e-4 * np.abs(wanted[0]).max()
    after = update(where, rules, now, Noise(index, noise))
    policy = algorithm.policy
    for which, side in (("theta", ""), ("target", "_target")):
        for phi, judge in zip(
            getattr(after.critic, which)[0],
            getattr(policy, f"critic{side}").q_networks,
            strict=True,
        ):
            assert np.abs(phi - flat(where.critic, linears(judge))).max() < 2e-5
    assert not np.array_equal(after.critic.theta, now.critic.theta)
    if rules.soft:
        theirs = [*linears(policy.actor.latent_pi), policy.actor.mu, policy.actor.log_std.linear]
        ours = where.actor.layers(after.actor.theta[0])
        assert np.abs(ours[-1][0][:, 0] - theirs[-2].weight.detach().numpy()[0]).max() < 2e-5
        assert np.abs(ours[-1][0][:, 1] - theirs[-1].weight.detach().numpy()[0]).max() < 2e-5
        assert np.abs(ours[0][0] - theirs[0].weight.detach().numpy().T).max() < 2e-5
    else:
        assert np.abs(after.actor.theta[0] - flat(where.actor, linears(policy.actor))).max() < 2e-5
        slow = flat(where.actor, linears(policy.actor_target))
        assert np.abs(after.actor.target[0] - slow).max() < 2e-5


def test_td3_without_its_three_tricks_is_ddpg():
    assert replace(TD3, twins=False, smoothing=0.0, delay=1) == DDPG


@pytest.mark.parametrize("rho", [0.0, 0.9, 1.0])
def test_a_slow_copy_keeps_rho_to_the_n_of_where_it_began(rho):
    theta, start = np.full((1, 3), 2.0), np.full((1, 3), -1.0)
    copy = replace(Learner.fresh(theta), target=start)
    for n in range(1, 20):
        copy = copy.follow(rho)
        assert np.allclose(copy.target, theta + rho**n * (start - theta))


@pytest.mark.parametrize("name", ["DDPG", "TD3", "SAC"])
def test_the_same_seed_gives_the_same_training_and_another_gives_another(name):
    rules = RULES[name]
    where = task(rules, runs=2, most=800)

    def end(seed):
        return next(islice(train(where, rules, begin(where, rules, seed), seed), 49, None))

    a, b, other = end(1), end(1), end(2)
    assert a.updates == 4 * (50 - 32)
    assert np.array_equal(a.actor.theta, b.actor.theta)
    assert np.array_equal(a.replay.rows, b.replay.rows)
    assert not np.array_equal(a.actor.theta, other.actor.theta)
    assert not np.array_equal(a.actor.theta[0], a.actor.theta[1])


def test_alpha_rises_while_the_policy_knows_its_mind_too_well_and_falls_otherwise():
    alpha = []
    for goal in (-6.0, 0.69):
        rules = replace(SAC, goal=goal)
        where = task(rules, most=1000)
        now = next(islice(train(where, rules, begin(where, rules, 0), 0), 60, None))
        alpha.append(now.alpha.item())
    assert alpha[0] < SAC.alpha < alpha[1]


def test_a_delayed_actor_learns_at_every_second_update_only():
    where = task(TD3)
    now = told(TD3, where)
    rng = np.random.default_rng(0)
    turn = update(where, TD3, now, rng)  # the second update
    rest = update(where, TD3, turn, rng)
    assert not np.array_equal(now.actor.theta, turn.actor.theta)
    assert rest.actor is turn.actor and rest.critic.target is turn.critic.target
    assert not np.array_equal(rest.critic.theta, turn.critic.theta)


def test_every_world_begins_anew_after_200_steps_and_not_all_at_once():
    where = task(DDPG, most=4000, warm=10_000)
    states = [now.state[0] for now in islice(train(where, DDPG, begin(where, DDPG, 0), 0), 201)]
    jumps = [
        (np.abs(b[:, 0] - a[:, 0]) > 8.01 * 0.05) | (np.abs(b[:, 1] - a[:, 1]) > 1.06)
        for a, b in pairwise(states)
    ]
    at = np.stack(jumps)
    assert (at.sum(1) <= 1).all() and at.sum() >= 14
    assert (at.sum(0) <= 1).all()


def test_actions_keep_to_the_motor():
    rng = np.random.default_rng(0)
    for rules in RULES.values():
        where = task(rules, most=900)
        now = next(islice(train(where, rules, begin(where, rules, 0), 0), 50, None))
        assert np.abs(now.replay.at(np.arange(816)[None]).a).max() <= 1
        x = seen(where.world, rng.normal(0, 3, (1, 20, 2)))
        assert np.abs(decided(where, rules, now.actor.theta, x)).max() <= 1
