"""Training against a critic: what theory says of the players, of D*, and of two small games."""

import json
from dataclasses import replace
from functools import cache
from itertools import islice, pairwise
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import multivariate_normal

from app import lesson, wire
from app.concepts.latents.gan import CONCEPT, games
from app.concepts.latents.gan.compute import Watch, beginners, compute, drawn, iterate
from app.concepts.latents.gan.dirac import dirac
from app.concepts.latents.gan.judge import Judge, Measures
from app.concepts.latents.gan.lines import LEARN, SHOWN, STEP
from app.concepts.latents.gan.matrix import matrix
from app.concepts.latents.gan.setting import LOSSES, SLOWEST, Params, in_force
from app.opened import NoNet
from models.maths.adversarial_losses import logit
from models.maths.adversaries import untrained
from models.maths.cells import (
    CENTRES,
    EDGES,
    divergence,
    hit,
    optimal,
    shares_of_mixture,
    shares_of_points,
)
from models.maths.mixtures import Mixture
from models.plain import opened
from models.worlds.clusters import latent, lattice, truth
from tests.grids import leaves

LOG4 = np.log(4)
LESSON = Path(__file__).parents[3] / "app/concepts/latents/gan/lesson.md"
DIRAC, MATRIX = Params(game="Dirac-GAN"), Params(game="matrix game")


def query(text):
    return Params.from_query(text)


def run(p, start=None, most=None):
    """Frames of a state; long runs go unchecked, since shapes are checked by the short ones."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        return list(islice(compute(p, start=start), most))
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


@cache
def last(text):
    """The last frame of a state, and all its measures by name."""
    frame = run(query(text))[-1]
    return frame, dict(zip(Measures._fields, frame.history.T, strict=True))


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(leaves(a), leaves(b), strict=True))


# --- D*, the cells and the floors --------------------------------------------------------------------


def test_the_cells_hold_the_mass_of_the_mixture():
    mass = shares_of_mixture(truth("moons", ()))
    drawn = shares_of_points(truth("moons", ()).sample(400_000, np.random.default_rng(0)))
    assert np.isclose(mass.sum(), 1)
    assert np.abs(mass - drawn).max() < 6 * np.sqrt(mass.max() / 400_000)


def test_pushed_latents_weigh_the_cells_as_a_known_density_does():
    """A linear G of Gaussian noise is a Gaussian: no other generator's density is known so well."""
    turn = np.array([[0.8, 0.3], [-0.2, 0.5]], np.float32)
    fake = shares_of_points(latent("Gaussian", lattice(2**15)) @ turn)
    law = multivariate_normal(cov=turn.T @ turn)
    side = (EDGES[1] - EDGES[0]) / 8
    inner = np.arange(8) * side + side / 2 - 4 * side
    fine = CENTRES[:, None] + np.stack(np.meshgrid(inner, inner), -1).reshape(1, -1, 2)
    exact = law.pdf(fine).sum(1).reshape(40, 40) * side**2
    data = shares_of_mixture(Mixture(np.zeros((1, 2)), 0.6))
    off = (data + exact) / 2 * np.abs(optimal(data, fake) - optimal(data, exact))
    assert off.sum() < 0.01
    assert abs(divergence(data, fake) - divergence(data, exact)) < 2e-3


def test_the_best_value_is_two_jensen_shannon_divergences_above_minus_log_4():
    _, past = last("")
    assert np.allclose(-past["best_d"], -LOG4 + 2 * past["divergence"], atol=1e-9)
    assert (past["divergence"] <= np.log(2) + 1e-9).all()


@pytest.mark.parametrize("name", LOSSES)
def test_no_discriminator_of_cells_pays_less_than_the_optimal_one(name):
    rng = np.random.default_rng(5)
    judge = Judge.of(truth("ring", ()), LOSSES[name], 384, rng)
    fake = shares_of_points(rng.normal(0, 1.2, (4000, 2)))
    best = optimal(judge.mass, fake)
    for noise in (0, 1e-3, 0.05, 0.3):
        d = np.clip(best + noise * rng.standard_normal(best.shape), 1e-6, 1 - 1e-6)
        read = judge.read(0, d, fake, judge.data, judge.data)
        assert read.loss_d >= read.best_d - 1e-9


def test_in_equilibrium_d_pays_two_log_2_and_the_value_is_minus_log_4():
    """Worked example gan-equilibrium: D = 1/2 on both kinds of point gives V = -1.386294."""
    perfect = Watch(Params(loss="minimax")).perfect
    assert perfect.loss_d == pytest.approx(1.386294, abs=1e-6)
    assert perfect.loss_g == pytest.approx(-np.log(2))
    assert perfect.divergence < 0.005 and perfect.off < 0.03


def test_a_perfect_model_has_98_9_percent_good_samples_not_99_7():
    ring = truth("ring", ())
    modes, good = hit(ring.sample(100_000, np.random.default_rng(1)), ring)
    assert modes == 8
    assert abs(good - (1 - np.exp(-4.5))) < 2e-3


def test_a_stray_sample_is_no_hit():
    ring = truth("ring", ())
    one = np.tile(ring.means[:1], (384, 1))
    one[0] = ring.means[4]
    assert hit(one, ring) == (1, 1.0)


@pytest.mark.parametrize("kind", ["square", "Gaussian", "line"])
def test_latents_have_the_moments_of_their_law(kind):
    z = latent(kind, lattice(2**14))
    assert np.abs(z.mean(0)).max() < 2e-3
    assert np.abs(z.var(0) - (1 if kind == "Gaussian" else 1 / 3)).max() < 5e-3


# --- the worked examples of the slides ------------------------------------------------------------


def test_the_slides_example_of_five_points():
    """Worked example gan-losses, with the results that the slide leaves out."""
    real, fake = np.array([0.9, 0.8, 0.95, 0.7, 0.85]), np.array([0.1, 0.2, 0.05, 0.3, 0.15])
    own = np.array([0.4, 0.5, 0.45, 0.55, 0.6])
    loss, minimax = LOSSES["non-saturating"], LOSSES["minimax"]
    assert loss.real.of(loss.answer(real)).mean() == pytest.approx(0.179798, abs=1e-5)
    assert loss.fake.of(loss.answer(fake)).mean() == pytest.approx(0.179798, abs=1e-5)
    assert loss.generator.of(loss.answer(own)).mean() == pytest.approx(0.703322, abs=1e-5)
    assert minimax.generator.of(minimax.answer(own)).mean() == pytest.approx(-0.703322, abs=1e-5)


def test_both_generator_losses_want_a_high_score_and_agree_on_nothing_else():
    """Worked examples gan-generator-target and gan-nonsaturating-identity, both wrong on the slides."""
    d = np.array([0.1, 0.5, 0.9])
    saturating, other = (LOSSES[n].generator.of(logit(d)) for n in ("minimax", "non-saturating"))
    assert np.allclose(other, [2.302585, 0.693147, 0.105361], atol=1e-5)
    assert np.allclose(saturating, [-0.105361, -0.693147, -2.302585], atol=1e-5)
    assert (np.diff(other) < 0).all() and (np.diff(saturating) < 0).all()  # towards D = 1


# --- training -----------------------------------------------------------------------------------------


def test_the_default_run_finds_all_eight_modes_though_not_their_density():
    frame, past = last("")
    assert past["modes"][-1] == 8 and past["good"][-1] > 0.85
    assert past["distance"][-1] < 2 * frame.perfect.distance
    assert abs(past["real"][-1] - 0.5) < 0.03 and abs(past["loss_d"][-1] - LOG4) < 0.05
    assert past["divergence"][-1] > 20 * frame.perfect.divergence


def test_alone_the_discriminator_comes_to_the_optimal_one():
    """Lesson step 2: against a generator that stands still."""
    _, past = last("iterations=900&events=0:only_d")
    assert past["off"][0] == pytest.approx(0.5, abs=0.01)
    assert past["off"][-1] < 0.01 and past["loss_d"][-1] - past["best_d"][-1] < 0.02
    assert np.ptp(past["distance"]) == 0  # G has not moved


def test_alone_the_generator_leaves_the_modes_that_it_had():
    """Lesson step 3: D frozen from iteration 1200 on."""
    _, past = last("iterations=1500&events=1200:only_g" + ";1200:g_up" * 3)
    frozen = past["step"] >= 1200
    assert past["modes"][frozen][0] >= 6 and past["modes"][-1] <= 4
    assert past["loss_g"][-1] < past["loss_g"][frozen][0]


def test_a_generator_much_faster_than_its_critic_collapses_while_the_losses_stay_calm():
    """Lesson step 4."""
    _, past = last("lr_d=0.0002&lr_g=0.005&iterations=1200")
    late = past["step"] > 600
    assert past["modes"][late].mean() < 4 and past["divergence"][late].mean() > 0.4
    assert np.abs(past["loss_d"][late] - LOG4).mean() < 0.1


def test_an_overpowering_critic_starves_the_minimax_generator_only():
    """Lesson steps 5 and 6: the same D, two prices."""
    strong = "k=10&lr_d=0.01&lr_g=0.0002&iterations=150"
    _, starved = last(f"loss=minimax&{strong}")
    _, fed = last(strong)
    assert np.median(starved["pull"][20:]) < 0.02 and starved["modes"].max() == 0
    assert np.median(fed["pull"][20:]) > 5 and fed["modes"].max() >= 2


def test_an_iteration_is_the_same_however_often_it_is_looked_at():
    often, seldom = run(Params(iterations=150), most=31), run(Params(iterations=1500), most=4)
    for a, b in zip(often[::10], seldom, strict=True):
        assert a.step == b.step
        assert np.array_equal(a.generator.theta, b.generator.theta)
        assert np.array_equal(a.history[-1], b.history[-1])


@pytest.mark.parametrize(
    "events", [((10, "only_d"), (30, "d_up")), ((0, "g_down"), (20, "only_g"))]
)
def test_a_run_goes_on_from_a_kept_frame_as_if_it_had_never_stopped(events):
    p, at = Params(iterations=150, events=events), events[1][0]
    whole, before = run(p, most=45), run(replace(p, events=events[:1]), most=at + 1)
    rest = run(p, start=before[at], most=44 - at)
    assert [frame.step for frame in rest] == list(range(at + 1, 45))
    for a, b in zip(before + rest, whole, strict=True):
        assert same(a, b)


def test_only_one_player_learns_when_told_so_and_rates_stop_at_their_ends():
    p = Params(events=((0, "only_d"), (5, "only_g"), (9, "both"), *(((9, "d_down"),) * 20)))
    real = truth("ring", ())
    rng = np.random.default_rng(0)
    d, g = untrained(2, 1, rng), untrained(2, 2, rng)
    d_only, g_same = iterate(p, real, d, g, 0)
    assert g_same is g and not np.array_equal(d_only.theta, d.theta)
    d_same, g_only = iterate(p, real, d, g, 5)
    assert d_same is d and not np.array_equal(g_only.theta, g.theta)
    assert in_force(p, 8).lr_d == 0.002 and in_force(p, 9).lr_d == SLOWEST


@pytest.mark.parametrize(
    "text",
    [
        "loss=least%20squares&lr_d=0.05&lr_g=0.05&k=10&iterations=6000",
        "loss=minimax&lr_d=0.05&lr_g=0.05&data=drawn&clusters=2.8,2.8&iterations=6000",
        "latent=line&data=moons&lr_g=0.05&iterations=6000",
        "game=Dirac-GAN&rate=0.5&penalty=2&turns=400&start=2.4,2.4",
        "game=Dirac-GAN&rate=0.5&turns=400&start=-2.4,2.4",
        "game=Dirac-GAN&start=0,0",
        "game=matrix%20game&a=3&b=-3&c=-3&d=3&rate=0.5&turns=400",
        "game=matrix%20game&a=0&b=0&c=0&d=0&mix=0,0",
        "game=matrix%20game&a=3&b=3&c=-3&d=-3",
    ],
)
def test_extremes_together_stay_finite_and_are_drawn(text):
    p, encoder = query(text), wire.Encoder()
    frames = run(p, most=12 if p.game == "GAN" else None)
    assert all(np.isfinite(leaf).all() for frame in frames for leaf in leaves(frame))
    for index in (0, len(frames) - 1):
        scene = CONCEPT.draw(frames[index])
        assert all(np.isfinite(np.float32(leaf)).all() for leaf in leaves(dict(scene)))
        assert encoder.frame(index, scene)


def test_every_step_of_the_lesson_is_drawn_to_its_end():
    for step in lesson.parse(LESSON.read_text(), Params):
        first = next(compute(step.params))
        if step.params.game == "line by line":
            assert {"game", "best", "numbers", "clock"} == set(CONCEPT.draw(first))
            continue
        assert {"game", "best", "loss", "scores", "quality", "numbers", "clock"} == set(
            CONCEPT.draw(first)
        )


def test_shapes_are_as_declared_over_a_few_frames():
    for p in (Params(iterations=150), Params(iterations=150, latent="line"), DIRAC, MATRIX):
        frames = list(islice(compute(p), 4))
        assert [frame.step for frame in frames] == [0, 1, 2, 3]
        assert all(CONCEPT.draw(frame) for frame in frames)


def test_the_default_run_travels_in_four_megabytes():
    frames, encoder = [replace(last("")[0], step=step) for step in range(151)], wire.Encoder()
    rng = np.random.default_rng(0)
    size = 0
    for i, frame in enumerate(frames):  # as the last one, with all that moves moved
        moved = {
            name: rng.permutation(getattr(frame, name).ravel()).reshape(getattr(frame, name).shape)
            for name in ("samples", "pull", "mesh", "score", "best")
        }
        scene = CONCEPT.draw(replace(frame, history=frame.history[: i + 1], **moved))
        size += len(encoder.frame(i, scene))
    assert size < 4e6


# --- line by line ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOSSES)
def test_the_lines_of_algorithm_1_make_the_same_players_as_the_training(name):
    p = Params(game="line by line", loss=name, k=2, since=10)
    *_, last = run(p)
    d, g = beginners(p)
    for number in range(p.since + SHOWN):
        d, g = iterate(p, truth("ring", ()), d, g, number)
    assert np.array_equal(last.d.theta, d.theta) and np.array_equal(last.g.theta, g.theta)


def test_every_line_runs_in_its_order_and_each_step_lowers_its_own_price():
    shown = run(Params(game="line by line", k=2))
    assert [line.at for line in shown] == [-1, *([*range(5), *range(5), *range(5, 9)] * SHOWN)]
    assert [line.step for line in shown] == list(range(shown[0].total + 1))
    for before, line in pairwise(shown):
        assert (line.d is not before.d) == (line.at == STEP)
        assert (line.g is not before.g) == (line.at == LEARN)
        if line.at == STEP:
            assert line.better_d < line.loss_d and line.moved > 0
        if line.at == LEARN:
            assert line.better_g < line.loss_g
    batch = drawn(Params(game="line by line", k=2), truth("ring", ()), 100, 2)
    assert np.array_equal(shown[2].real, batch.x[0])


# --- the generator taken away -----------------------------------------------------------------------


def test_the_saved_generator_makes_the_pages_very_samples_through_the_model_layer():
    p = replace(query("iterations=150&latent=line"), nets="2 × 8")
    frame = run(p, most=31)[-1]
    y = opened(CONCEPT.net(frame)).run({"z": Watch(p).shown})["y"]
    assert np.abs(y - frame.samples).max() < 1e-5
    assert np.ptp(frame.samples) > 0.5


def test_two_numbers_are_no_net_to_take_away():
    with pytest.raises(NoNet, match="no nets"):
        CONCEPT.net(next(compute(DIRAC)))


# --- two games of two numbers ---------------------------------------------------------------------


def test_continuous_dirac_play_circles_and_never_arrives():
    frame = next(compute(DIRAC))
    radius = np.linalg.norm(frame.flow, axis=-1)
    assert np.abs(radius - radius[0]).max() < 1e-5


def test_simultaneous_dirac_steps_grow_by_just_what_theory_says():
    *_, frame = run(DIRAC)
    theta, psi = frame.path[:-1].T
    seen = 1 / (1 + np.exp(-theta * psi))
    assert np.allclose(frame.far[1:] ** 2, frame.far[:-1] ** 2 * (1 + (DIRAC.rate * seen) ** 2))


@pytest.mark.parametrize("rule", ["simultaneous", "alternating"])
@pytest.mark.parametrize("penalty", [0.0, 0.4, 1.5])
def test_the_update_near_equilibrium_is_the_jacobian_by_finite_differences(rule, penalty):
    game, h, e = dirac(penalty), 0.3, 1e-6
    step = [games.rounds(game, e * unit, rule, h, 1)[-1] / e for unit in np.eye(2)]
    assert np.allclose(np.stack(step, 1), games.update(game.jacobian, rule, h), atol=1e-5)


def test_alternating_dirac_steps_neither_arrive_nor_leave_and_a_penalty_arrives():
    *_, orbit = run(replace(DIRAC, rule="alternating", turns=400))
    *_, braked = run(replace(DIRAC, penalty=1.0))
    assert orbit.growth == pytest.approx(0, abs=1e-9) and np.ptp(orbit.far) < 0.1
    assert braked.far[-1] < 0.01 and braked.growth == pytest.approx(-5.0)


def test_a_small_deviation_follows_linear_theory():
    *_, frame = run(replace(DIRAC, start=((0.01, 0.0),)))
    assert np.allclose(frame.far, frame.linear, rtol=1e-3)


def value_by_linear_programming(payoff):
    """Row's best guarantee: maximise v with p A >= v in every column."""
    rows, columns = payoff.shape
    done = linprog(
        c=[*np.zeros(rows), -1],
        A_ub=np.column_stack([-payoff.T, np.ones(columns)]),
        b_ub=np.zeros(columns),
        A_eq=[[*np.ones(rows), 0]],
        b_eq=[1],
        bounds=[(0, 1)] * rows + [(None, None)],
    )
    return -done.fun


def test_the_value_of_a_game_is_that_of_linear_programming_from_both_sides():
    rng = np.random.default_rng(7)
    for payoff in rng.integers(-6, 7, (40, 2, 2)) / 2:
        game = matrix(payoff)
        play, value = game.equilibrium, value_by_linear_programming(payoff)
        picture = game.picture(play, play)
        assert game.value(play) == pytest.approx(value, abs=1e-9)
        assert picture.lead == pytest.approx(0, abs=1e-12)  # max min = min max
        assert picture.marks[0, 1] == pytest.approx(value, abs=1e-9)
        assert value_by_linear_programming(-payoff.T) == pytest.approx(-value, abs=1e-9)


@pytest.mark.parametrize("payoff", [[[1, -1], [-1, 1]], [[3, -1], [-2, 1]]])
def test_the_gap_of_the_mean_is_the_sum_of_both_average_regrets(payoff):
    game = matrix(np.array(payoff, float))
    path = games.rounds(game, np.array([0.9, 0.3]), "simultaneous", 0.05, 300)
    paid = game.value(path).mean()
    ends = np.array([0.0, 1.0])
    row = max(game.value(np.stack([path[:, 0], np.full(301, p)], -1)).mean() for p in ends)
    column = min(game.value(np.stack([np.full(301, q), path[:, 1]], -1)).mean() for q in ends)
    lead = game.picture(path[-1], path.mean(0)).lead
    assert lead == pytest.approx((row - paid) + (paid - column), abs=1e-12)


def test_the_mean_of_plays_comes_to_the_equilibrium_while_play_circles():
    *_, frame = run(replace(MATRIX, turns=400))
    assert frame.far[-50:].min() > 0.4
    assert frame.mean_far[-1] < 0.01 and frame.lead < 0.02


def test_alternating_turns_close_the_gap_that_simultaneous_ones_leave():
    """Lesson step 11, with payoff 1, 1 at 3."""
    game = replace(MATRIX, a=3.0, turns=400)
    *_, at_once = run(game)
    *_, in_turn = run(replace(game, rule="alternating"))
    assert at_once.lead > 0.2 and in_turn.lead < 0.02


def test_where_one_choice_is_always_better_play_comes_to_rest_there():
    *_, frame = run(replace(MATRIX, a=2.0, b=1.0, c=0.0, d=-1.0))
    assert frame.path[-1].tolist() == [0.0, 1.0] and frame.fair == 1.0
    assert len(frame.linear) == 0


def test_a_game_goes_on_from_a_kept_turn():
    turns = run(MATRIX)
    rest = run(MATRIX, start=turns[10])
    assert len(rest) == len(turns) - 11 and all(map(same, rest, turns[11:]))


def test_covers_are_rows_of_the_catalogue():
    rows = json.loads((Path(__file__).parents[3] / "assets/catalogue.json").read_text())
    assert set(CONCEPT.covers) <= {row["id"] for row in rows}
