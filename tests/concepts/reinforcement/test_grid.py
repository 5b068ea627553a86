"""The world of cells: planners against theorems, learners against solutions, the page against its words."""

from functools import cache
from itertools import islice, pairwise
from pathlib import Path

import jaxtyping
import numpy as np
import pytest

from app import lesson
from app.concepts.reinforcement.grid import CONCEPT
from app.concepts.reinforcement.grid.compute import compute
from app.concepts.reinforcement.grid.controls import Params
from app.concepts.reinforcement.grid.learning import after
from app.concepts.reinforcement.grid.planning import MOST
from app.concepts.reinforcement.grid.state import Ahead, Update
from app.params import BadParam
from models.maths.mdp import optimal
from models.worlds.grid import WALL, WORLDS

LESSON = Path(__file__).parents[3] / "app/concepts/reinforcement/grid/lesson.md"
ORDERS = ("all at once", "in place", "by priority")
PAIR = "world=cliff&method=SARSA and Q-learning&slip=0"


@cache
def run(query, most=None):
    """Frames of a state; long runs go unchecked, since the laws check the short ones."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        return tuple(islice(compute(Params.from_query(query)), most))
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


def last(query):
    return run(query)[-1].lanes


def read(query):
    """The numbers of the last frame, by name."""
    return {row.name: row.value for row in CONCEPT.draw(run(query)[-1])["numbers"].rows}


# --- planners --------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("order", ORDERS)
def test_every_order_comes_to_the_best_values(world, order):
    (lane,) = last(f"world={world}&order={order}")
    assert len(run(f"world={world}&order={order}")) <= MOST
    assert np.abs(lane.v - lane.truth).max() < 1e-4 * np.abs(lane.truth).max()


@pytest.mark.parametrize("query", ["", "order=in place", "alpha=0.3", "world=cliff&gamma=0.8"])
def test_the_error_stays_under_the_bound_and_shrinks_by_gamma_each_sweep(query):
    frames = run(query)
    (lane,) = frames[-1].lanes
    _, error, bound = lane.history.T
    assert (error <= bound + 1e-9).all()
    gamma = frames[0].params.gamma
    assert all(b <= gamma * a + 1e-9 for a, b in pairwise(error))


@pytest.mark.parametrize("sweeps", [1, 5, 20])
def test_policy_iteration_comes_to_the_same_values(sweeps):
    (lane,) = last(f"method=policy iteration&sweeps={sweeps}&world=four rooms")
    (other,) = last("world=four rooms")
    assert np.abs(lane.v - other.v).max() < 1e-5


def test_the_first_policy_takes_every_way_alike_and_the_last_none_but_the_best():
    frames = run("method=policy iteration")
    first, final = (frames[i].lanes[0].walk.likely for i in (0, -1))
    assert np.allclose(first, np.log(0.25))
    assert np.abs(final).max() == 0


def test_priority_pays_without_slip_and_not_with_it():
    """The figures of theory.md."""
    got = [read(f"order={order}&slip={slip}")["Backups"] for slip in (0, 0.1) for order in ORDERS]
    assert got == [728, 728, 265, 1568, 1232, 3207]


def test_a_backup_adds_up():
    for frame in run("slip=0.3&world=cliff")[:6]:
        (lane,) = frame.lanes
        b = lane.backup
        assert isinstance(b, Ahead)
        assert np.allclose(b.chance.sum(1), 1)
        assert np.allclose(b.chance @ (b.pays + 0.95 * b.worth), b.q)
        assert b.new == pytest.approx(b.q.max())
        assert b.worth == pytest.approx(lane.v.ravel()[b.lands])


def test_what_the_backup_foretells_is_what_the_next_sweep_writes():
    for now, then in pairwise(run("cell=5.7")):
        assert then.lanes[0].v[5, 7] == pytest.approx(now.lanes[0].backup.new)


def test_temperature_shares_the_ways_as_a_softmax():
    (lane,) = last("alpha=0.1&world=two goals&slip=0&gamma=0.7")
    q = lane.q[2, 2]
    assert np.allclose(lane.policy[2, 2], np.exp(q / 0.1) / np.exp(q / 0.1).sum())
    assert lane.policy[2, 2, 1] == pytest.approx(0.72, abs=0.005)
    assert lane.policy[2, 2, 3] == pytest.approx(0.21, abs=0.005)


def test_the_far_goal_is_chosen_from_the_gamma_that_theory_names():
    turn = 10 ** (-1 / 6)
    for gamma, way in ((turn - 0.002, 3), (turn + 0.002, 1)):
        (lane,) = last(f"world=two goals&slip=0&gamma={gamma:.4f}")
        assert lane.policy[2, 2].argmax() == way


def test_a_slippery_cliff_is_left_upwards():
    (lane,) = last("world=cliff&slip=0.1")
    assert (lane.policy[2, 1:11].argmax(-1) == 0).all()
    (dry,) = last("world=cliff&slip=0")
    assert (dry.policy[2, 1:11, 1] > 0).all()
    assert lane.best == pytest.approx(-15.83, abs=0.01)
    assert dry.best == pytest.approx(-(1 - 0.95**13) / 0.05)


def test_the_start_hears_of_the_goal_as_many_sweeps_late_as_it_is_far():
    v = [frame.lanes[0].v[3, 0] for frame in run("")]
    assert [b > a for a, b in pairwise(v)].index(True) + 1 == 12


# --- learners --------------------------------------------------------------------------------------


def test_sarsa_goes_round_and_q_learning_along_the_edge():
    """Sutton and Barto (2018), example 6.6."""
    sarsa, q = last(PAIR)
    assert q.greedy == pytest.approx(q.best)
    assert sarsa.greedy < q.greedy
    assert sarsa.followed > q.followed + 10
    assert sarsa.residual < q.residual
    assert (q.policy[2, 1:11].argmax(-1) == 1).all()


def test_without_discount_the_returns_are_those_of_the_book():
    """Figure of example 6.6: about -25 for SARSA, about -50 for Q-learning, at epsilon 0.1."""
    p = Params.from_query(f"{PAIR}&gamma=0.999")
    jaxtyping.config.update("jaxtyping_disable", True)
    lives = [after(p.habit(rule), 240, 40) for rule in ("SARSA", "Q-learning")]
    jaxtyping.config.update("jaxtyping_disable", False)
    late = [life.history[-140:, 8:].mean() for life in lives]
    assert -30 < late[0] < -20
    assert -60 < late[1] < -40


@pytest.mark.parametrize("rule", ["SARSA", "Q-learning", "TD(0)"])
def test_every_update_shown_is_its_own_sum(rule):
    p = Params(method=rule, pace="steps", skip=20)
    for frame in islice(compute(p), 40):
        (lane,) = frame.lanes
        b = lane.backup
        assert isinstance(b, Update)
        ahead = b.seen[b.then] if rule == "SARSA" else b.seen.max()
        assert b.target == pytest.approx(b.reward + p.gamma * ahead)
        assert b.new == pytest.approx(b.old + p.rate * (b.target - b.old))
        way = frame.known.board.ways[b.action]
        believed = lane.v if rule == "TD(0)" else lane.q[..., way]
        assert believed.ravel()[b.cell] == pytest.approx(b.new)


def test_monte_carlo_waits_for_the_end():
    frames = run("world=random walk&method=Monte Carlo&epsilon=1&slip=0&pace=steps", 60)
    for now, then in pairwise(frames):
        if not np.array_equal(now.lanes[0].v, then.lanes[0].v):
            cells = then.lanes[0].walk.cells
            assert cells[-1] in (0, 6)
            b = then.lanes[0].backup
            assert b.target == pytest.approx(b.reward + 0.95 * b.seen[0])
            assert b.new == pytest.approx(b.old + 0.5 * (b.target - b.old))
    assert not np.array_equal(frames[0].lanes[0].v, frames[-1].lanes[0].v)


def test_td_and_monte_carlo_learn_the_random_walk():
    walk = "world=random walk&epsilon=1&slip=0&gamma=0.999"
    (td,) = last(f"{walk}&method=TD(0)&rate=0.1")
    (mc,) = last(f"{walk}&method=Monte Carlo&rate=0")
    assert np.allclose(td.truth[0, 1:6], np.arange(1, 6) / 6, atol=0.005)
    for lane in (td, mc):
        assert np.median(lane.history[-1, :8]) < 0.25 * np.median(lane.history[0, :8])
    (slow,) = last(f"{walk}&method=TD(0)&rate=0")
    assert np.median(slow.history[-1, :8]) > 3 * np.median(mc.history[-1, :8])


def test_a_safe_habit_stays_with_the_near_goal():
    query = "world=two goals&method=Q-learning&slip=0&gamma=0.9&episodes=100"
    shy, bold = read(f"{query}&epsilon=0.1"), read(f"{query}&epsilon=1")
    (lane,) = last(f"{query.replace('episodes=100', 'episodes=200')}&epsilon=0.1")
    assert lane.v[1, 10] == 5.0  # met once: half of 10
    assert (lane.v[:, 4:10] == 0).all()
    assert shy["Greedy policy is worth"] == pytest.approx(0.9)
    assert bold["Greedy policy is worth"] == pytest.approx(10 * 0.9**7)
    assert bold["Regret so far"] > shy["Regret so far"]
    assert shy["Cells visited"] < 100 == bold["Cells visited"]


def test_regret_is_what_the_returns_fell_short():
    (lane,) = last("method=Q-learning")
    assert lane.residual == pytest.approx((lane.best - lane.history[:, 8:].mean(1)).sum())


def test_looking_elsewhere_leaves_the_life_as_it_is():
    plain, other = (run(f"method=SARSA&{look}") for look in ("cell=1.1&look=Q", ""))
    assert all(
        np.array_equal(a.lanes[0].q, b.lanes[0].q) for a, b in zip(plain, other, strict=True)
    )


def test_steps_go_on_from_the_episodes_before():
    (frame,) = run("method=SARSA&pace=steps&skip=40", 1)
    then = run("method=SARSA")[20]
    assert np.array_equal(frame.lanes[0].q, then.lanes[0].q)


# --- the path --------------------------------------------------------------------------------------


def test_the_path_is_likely_as_its_steps_are_and_pays_what_the_charts_say():
    scene = CONCEPT.draw(run("beside=path")[-1])
    terms, total = (series.y for series in scene["return"].series)
    policy, world, both = (series.y for series in scene["chance"].series)
    (lane,) = last("beside=path")
    assert terms.sum() == pytest.approx(total[-1])
    assert terms == pytest.approx(0.95 ** np.arange(len(terms)) * lane.walk.reward)
    assert both == pytest.approx(policy + world)
    assert both[-1] == pytest.approx(lane.walk.log_prob[-1])
    assert world[-1] == pytest.approx(len(terms) * np.log(0.9))  # it never slipped


# --- painting --------------------------------------------------------------------------------------


def test_paint_is_kept_for_its_own_world():
    painted = Params.from_query("world=cliff&room=28:1;62:9")
    assert painted.place.painted == ()
    assert Params.from_query("room=28:1;62:9").place.painted == ((28, 1), (62, 9))
    assert Params.from_query("room=28:1;62:9").to_query() == "room=28%3A1;62%3A9".replace(
        "%3A", ":"
    )


def test_a_wall_before_the_start_leaves_another_way():
    free, walled = last("slip=0"), last(f"slip=0&room=28:{WALL}")
    assert walled[0].best <= free[0].best
    assert run(f"slip=0&room=28:{WALL}")[0].kinds[3, 1] == WALL


def test_a_coin_is_taken_again_and_again():
    """One coin entered every second step: worth gamma^t at t = 0, 2, 4 from next to it."""
    (frame,) = run("world=random walk&walk=4:9&slip=0", 1)
    v = optimal(frame.known.mdp, 0.95).v
    assert v[3] == pytest.approx(1 / (1 - 0.95**2))


@pytest.mark.parametrize("bad", ["room=63:1", "room=3:12", "room=5:1;3:1", "room=3"])
def test_paint_beyond_the_map_or_the_brushes_is_refused(bad):
    with pytest.raises(BadParam, match="room"):
        Params.from_query(bad)


def test_a_world_without_an_end_is_still_drawn():
    query = "world=random walk&walk=0:0;6:0&epsilon=1&method="
    for method in ("value iteration", "Monte Carlo", "Q-learning"):
        frame = run(query + method, 3)[-1]
        assert np.isfinite(frame.lanes[0].v).all()
        assert CONCEPT.draw(frame)["numbers"].rows


# --- the words -------------------------------------------------------------------------------------


def test_the_lesson_has_ten_steps_that_all_draw():
    steps = lesson.parse(LESSON.read_text(), Params)
    assert len(steps) == 10
    for step in steps:
        frame = next(iter(compute(step.params)))
        assert set(CONCEPT.draw(frame)) >= {"numbers", "clock"}


def test_the_map_lights_the_way_to_the_method_shown():
    for method, lit in (
        ("SARSA", {"tried", "on", "SARSA"}),
        ("value iteration", {"known", "value iteration"}),
    ):
        scene = CONCEPT.draw(run(f"beside=map&method={method}", 1)[0])
        assert {node.key for node in scene["backup"].nodes if node.ink == "focus"} == lit


@pytest.mark.parametrize("pace", ["episodes", "steps"])
@pytest.mark.parametrize("method", ["value iteration", "Monte Carlo", "SARSA and Q-learning"])
def test_who_is_walled_in_tries_once_and_earns_nothing(method, pace):
    walls = "goals=13:1;23:1;25:1;35:1"
    for lane in last(f"world=two goals&{walls}&method={method}&pace={pace}&episodes=100"):
        assert lane.walk.cells.tolist() == [24, 24]
        assert lane.followed == lane.best == 0


def test_a_bound_stands_only_where_theory_has_one():
    bound = "Bound for so many sweeps"
    assert bound in read("order=in place")
    assert bound not in read("order=by priority")
    assert bound not in read("method=policy iteration")


def test_the_chart_of_errors_has_room_for_a_slow_planner():
    end = run("world=frozen lake&slip=0.65")[-1]
    backups = end.lanes[0].history[-1, 0]
    assert 70 < backups <= CONCEPT.draw(end)["learn"].x[1]
