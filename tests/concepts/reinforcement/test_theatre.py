"""The theatre: the play obeys the world, the graph and whoever pushes."""

from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from scipy.linalg import solve_discrete_are

from app.concepts.reinforcement.theatre.compute import Params, compute, world
from app.concepts.reinforcement.theatre.figure import BEST, draw
from app.concepts.reinforcement.theatre.mind import CAST, mind
from app.figures.scene import Bars, Chart, Plane
from models.catalogue import folder, graph
from models.recipes import policy_cartpole, policy_pendulum
from models.worlds.cartpole import CartPole

CART, ROD = Params(), Params(world="pendulum")


def play(p, count=None, start=None):
    return list(islice(compute(p, start=start), count))


def alike(a, b):
    same = np.array_equal(a.state, b.state) and np.array_equal(a.told, b.told)
    return same and a.thought.action == b.thought.action and a.waiting == b.waiting


@pytest.mark.parametrize("p", [CART, ROD, replace(CART, delay=2), replace(ROD, blur=0.1)])
def test_a_push_changes_what_follows_and_nothing_before(p):
    pushed = replace(p, events=((20, "left"), (20, "left"), (25, "right")))
    calm, whole = play(p, 40), play(pushed, 40)
    assert all(alike(a, b) for a, b in zip(calm[:21], whole[:21], strict=True))
    assert not np.array_equal(calm[21].state, whole[21].state)
    onwards = play(pushed, start=calm[20], count=19)
    assert all(alike(a, b) for a, b in zip(onwards, whole[21:], strict=True))


@pytest.mark.parametrize("p", [CART, ROD])
def test_every_step_is_the_worlds_own_with_the_push_added(p):
    p = replace(p, events=((5, "left"), (9, "right")), push=3.0)
    frames, where = play(p, 20), world(p)
    strongest = where.force if isinstance(where, CartPole) else where.torque
    for before, after in pairwise(frames):
        action = np.array([before.thought.action])
        action = action if isinstance(where, CartPole) else action[:, None]
        push = 3.0 * strongest * {5: -1, 9: 1}.get(before.step, 0)
        moved, reward, _ = where.step(before.state[None], action, push)
        assert np.array_equal(after.state, moved[0]) and after.pushed == push
        assert np.isclose(after.total, before.total + reward[0])


def test_a_push_to_the_left_accelerates_the_cart_to_the_left():
    p = replace(CART, events=((10, "left"),), push=4.0)
    calm, pushed = play(CART, 12)[-1], play(p, 12)[-1]
    # about 40 N on 1.1 kg for 0.02 s
    assert -1.0 < pushed.state[1] - calm.state[1] < -0.5


def test_late_decisions_are_the_earlier_ones():
    frames = play(replace(CART, delay=3, lean=((0.01, 0.0),)), 12)
    decided = [frame.thought.action for frame in frames]
    done = [(frame.done / 10 + 1) / 2 for frame in frames[1:]]
    assert done[:3] == [decided[0]] * 3
    assert done[3:] == decided[: len(done) - 3]


@pytest.mark.parametrize("p", [CART, ROD])
def test_odds_values_and_maps_are_the_graphs_own(p):
    frame, who = play(p, 5)[-1], mind(p.world, p.teacher)
    seen = who.world.observe(frame.state[None]).astype(np.float32)
    out = graph(who.graph)(observation=seen)
    assert np.isclose(frame.thought.value, out["value"][0], atol=1e-4)
    x, y = who.window
    column, row = 3, who.side - 2
    angle = np.linspace(*x, who.side)[column]
    speed = np.linspace(*y, who.side)[row]
    other = np.append(frame.state[:-2], [angle, speed])[None]
    out = graph(who.graph)(observation=who.world.observe(other).astype(np.float32))
    if p.world == "cartpole":
        expected = torch.softmax(torch.from_numpy(out["logits"]), -1)[0, 1].item()
    else:
        expected = out["mean"][0, 0]
    assert np.isclose(frame.thought.map[row, column], expected, atol=1e-4)


def test_the_likelihood_shown_is_torchs():
    cart, rod = play(CART, 8)[-1].thought, play(ROD, 8)[-1].thought
    theirs = torch.distributions.Categorical(logits=torch.from_numpy(cart.dist))
    assert np.isclose(cart.log_prob, theirs.log_prob(torch.tensor(int(cart.action))).item())
    normal = torch.distributions.Normal(rod.dist[0], float(np.exp(rod.dist[1])))
    assert np.isclose(rod.log_prob, normal.log_prob(torch.tensor(rod.action)).item())


def test_the_formula_in_the_numbers_gives_the_number():
    row = draw(play(CART, 5)[-1])["numbers"].rows[0]
    formula = row.formula.split("= ")[1].replace("e^", "np.exp(").replace(" + np", ") + np")
    formula = formula.replace("−", "-").replace("log(", "np.log(") + ")"
    assert abs(eval(formula, {"np": np}) - row.value) < 0.02


def test_what_drives_the_action_is_the_gradient_that_torch_finds():
    """The graph's weights in torch, differentiated where the play stands."""
    stored = onnx.load(folder() / "policy_cartpole.onnx").graph.initializer
    weights = {w.name: numpy_helper.to_array(w) for w in stored if w.name[:5] in ("actor", "criti")}
    net = policy_cartpole.net(policy_cartpole.CONFIG, weights)
    frame, who = play(CART, 30)[-1], mind("cartpole", "VPG")
    x = torch.tensor(frame.state[None], dtype=torch.float32, requires_grad=True)
    logits, _ = net(x)
    (logits[0, 1] - logits[0, 0]).backward()
    expected = x.grad[0].numpy() * np.array(who.world.usual)
    assert np.allclose(frame.thought.looks, expected, rtol=0.02, atol=0.02)


def test_the_pendulums_yardstick_solves_its_own_discounted_problem():
    rod, gamma = mind("pendulum", "VPG").world, policy_pendulum.CONFIG.gamma
    tau, pull, lift = rod.tau, 3 * rod.gravity / (2 * rod.length), 3 / (rod.mass * rod.length**2)
    a = np.array([[1 + tau**2 * pull, tau], [tau * pull, 1]])  # speed moves first, then the angle
    b = np.array([[tau**2 * lift], [tau * lift]])
    a, b = np.sqrt(gamma) * a, np.sqrt(gamma) * b
    p = solve_discrete_are(a, b, np.diag([1, 0.1]), np.array([[0.001]]))
    k = np.linalg.solve(0.001 + b.T @ p @ b, b.T @ p @ a)[0]
    assert np.allclose(mind("pendulum", "VPG").gain, [0, -k[0], -k[1] * 8], rtol=1e-5)
    assert np.allclose(k, [18.0, 5.2], rtol=0.01)  # as the theory says


def test_near_the_top_the_net_has_found_what_the_closed_form_says():
    """Learned beside exact: gains of the same sign and, but for the cosine, of like size."""
    frame = play(replace(ROD, swing=((0.0, 0.0),)), 30)[-1]
    learned, exact = frame.thought.looks, mind("pendulum", "VPG").gain
    assert np.all(np.sign(learned[1:]) == np.sign(exact[1:]))
    cosine = learned @ exact / np.linalg.norm(learned) / np.linalg.norm(exact)
    assert cosine > 0.9


@pytest.mark.parametrize("action", ["sampled", "likeliest", "linear"])
def test_the_cart_stands_to_the_end_whoever_drives(action):
    assert play(replace(CART, action=action))[-1].total == 500


def test_a_net_swings_the_rod_up_and_a_linear_control_cannot():
    learned, linear = (play(replace(ROD, action=a)) for a in ("sampled", "linear"))
    assert np.cos(learned[-1].state[0]) > 0.99
    assert max(np.cos(frame.state[0]) for frame in linear) < 0


def test_the_linear_control_bears_a_delay_that_the_net_does_not():
    late = replace(CART, delay=2)
    assert play(late)[-1].failed
    assert not play(replace(late, action="linear"))[-1].failed


def test_the_border_of_the_linear_control_is_where_it_does_nothing():
    for p in (CART, ROD):
        frame, who = play(p, 10)[-1], mind(p.world, p.teacher)
        for angle, speed in frame.thought.border[::10]:
            state = np.append(frame.state[:-2], [angle, speed])[None]
            assert abs(who.linear(who.world.observe(state)[0])) < 1e-9


@pytest.mark.parametrize("p", [CART, ROD])
def test_windows_stay_and_views_say_what_happens(p):
    first, last = (draw(frame) for frame in play(replace(p, events=((3, "right"),)), 9)[::8])
    for name, view in last.items():
        if isinstance(view, (Chart, Plane)):
            assert (view.x, view.y) == (first[name].x, first[name].y), name
    assert isinstance(last["odds"], Bars) == (p.world == "cartpole")
    assert "you gave" in last["stage"].says
    assert last["value"].floor == BEST[p.world]


EVERYONE = [(world, teacher) for world, cast in CAST.items() for teacher in cast]


def taught(world, teacher, **more):
    return Params(world=world, **{"carter" if world == "cartpole" else "swinger": teacher}, **more)


@pytest.mark.parametrize("world, teacher", EVERYONE)
def test_everyone_plays_the_graph_of_their_name_and_does_what_the_card_says(world, teacher):
    p = taught(world, teacher, action="likeliest")
    frame, who = play(p, 3)[-1], mind(world, teacher)
    out = graph(CAST[world][teacher])(
        observation=who.world.observe(frame.state[None]).astype(np.float32)
    )
    assert np.isclose(frame.thought.value, out["value"][0], atol=1e-3)
    rows = {row.name: row for row in draw(frame)["numbers"].rows}
    assert (
        rows["100 episodes, by its card"].value
        == who.judged
        >= (500 if world == "cartpole" else -150)
    )
    assert who.learned_from == {"VPG": 1_024_000}.get(teacher, 32_000) or world == "cartpole"
    last = play(p)[-1]
    assert last.total == 500 if world == "cartpole" else np.cos(last.state[0]) > 0.99


@pytest.mark.parametrize(
    "world, teacher, other", [("cartpole", "VPG", "PPO"), ("pendulum", "TD3", "SAC")]
)
def test_the_one_beside_begins_alike_is_pushed_alike_and_plays_for_itself(world, teacher, other):
    beside = {"beside_cart" if world == "cartpole" else "beside_rod": other}
    pushed = ((4, "left"), (9, "right"))
    both = play(taught(world, teacher, events=pushed, **beside), 20)
    mine, theirs = (play(taught(world, who, events=pushed), 20) for who in (teacher, other))
    for frame, one, two in zip(both, mine, theirs, strict=True):
        assert alike(frame, one) and alike(frame.rival, two)
    again = play(taught(world, teacher, events=pushed, **beside), 9, start=both[10])
    assert all(alike(a.rival, b.rival) for a, b in zip(again, both[11:], strict=True))
    assert len(draw(both[-1])["numbers"].rows) == len(draw(mine[-1])["numbers"].rows) + 3


def test_vpg_falls_where_the_motor_is_late_and_ppo_beside_it_plays_on():
    last = play(taught("cartpole", "VPG", delay=2, beside_cart="PPO"))[-1]
    assert last.failed and last.total < 200 and last.step == 500
    assert not last.rival.failed and last.rival.total == 500


def test_sacs_gaussian_is_a_needle_while_it_swings_and_wide_once_the_rod_stands():
    frames = play(taught("pendulum", "SAC"))
    sigma = np.exp([frame.thought.dist[1] for frame in frames])
    assert np.median(sigma[:36]) < 0.05 and np.median(sigma[72:]) > 0.5


def test_ddpgs_critic_expects_more_than_there_can_be_and_td3s_does_not():
    """Rewards are at most 0; as the theory says."""
    most = {
        name: max(
            frame.thought.value for frame in play(taught("pendulum", name, swing=((0.5, 0.0),)))
        )
        for name in ("DDPG", "TD3")
    }
    assert most["DDPG"] > 10 and most["TD3"] < 0
