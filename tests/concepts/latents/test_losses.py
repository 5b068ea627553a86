"""Ten losses raced on the same draws: exact critics on a line, measures with floors, the slides' example."""

from dataclasses import replace
from functools import cache
from itertools import islice

import jaxtyping
import numpy as np
import pytest
from scipy.stats import norm, wasserstein_distance

from app import wire
from app.concepts.latents.losses import CONCEPT
from app.concepts.latents.losses.compute import BATCH, LINE, Params, compute
from app.concepts.latents.losses.judge import (
    BINS,
    PUSHED,
    REACH,
    Judge,
    Measures,
    below,
    best,
    binned,
    opinion,
    potential,
    quantiles,
)
from app.concepts.latents.losses.lanes import THERMOSTAT, Draw, begin, iterate, turned
from app.concepts.latents.losses.racers import RACERS, loss_of
from models.maths import adversarial_losses as losses
from models.maths.adversaries import untrained
from models.maths.cells import hit
from models.worlds.clusters import latent, truth
from tests.grids import leaves

WIDE = 2 * REACH / BINS


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
def ended(text):
    """The last frame of a state, and each lane's measures by name."""
    frame = run(query(text))[-1]
    return frame, [dict(zip(Measures._fields, view.history.T, strict=True)) for view in frame.views]


def trained(pick, k, iterations):
    """A lane after so many iterations at the page's rates, unwatched."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        lane, real, p = begin(pick, 2, 0), truth("ring", ()), Params()
        for number in range(iterations):
            draw = Draw.of(real, k, BATCH, np.random.default_rng([0, number]))
            lane = iterate(lane, draw, p.lr_d, p.lr_g)
        return lane
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


# --- exact critics on a line ------------------------------------------------------------------------


def two_histograms():
    rng, real = np.random.default_rng(2), truth("line", ())
    return Judge.of(real, rng).bins(), binned(rng.normal(0.3, 1.1, 4000))


def test_the_bins_of_a_line_hold_the_mass_of_its_mixture():
    real = truth("line", ())
    by_scipy = np.mean([norm(m, 0.2).cdf(LINE) for m in real.means[:, 0]], 0)
    assert np.abs(below(real, LINE) - by_scipy).max() < 1e-12
    assert Judge.of(real, np.random.default_rng(0)).bins().sum() == pytest.approx(1)


def test_w1_by_sorting_is_that_of_scipy():
    rng, real = np.random.default_rng(1), truth("line", ())
    judge, pushed = Judge.of(real, rng), rng.normal(0.5, 1.5, (PUSHED, 1))
    theirs = wasserstein_distance(pushed[:, 0], quantiles(real))
    assert judge.distance(pushed[:9], pushed) == pytest.approx(theirs, abs=1e-12)
    shifted = quantiles(real)[:, None] + 0.7
    assert judge.distance(shifted[:9], shifted) == pytest.approx(0.7)


def test_the_best_wasserstein_critic_earns_w1_and_no_other_earns_more():
    """Kantorovich and Rubinstein's duality, on histograms."""
    data, fake = two_histograms()
    w1 = np.abs(np.cumsum(data - fake)).sum() * WIDE
    f = potential(data, fake)
    assert np.abs(np.diff(f)).max() <= WIDE + 1e-12
    assert (data - fake) @ f == pytest.approx(w1)
    rng = np.random.default_rng(3)
    for _ in range(50):
        other = np.cumsum(WIDE * rng.uniform(-1, 1, BINS))
        assert (data - fake) @ other <= w1
    assert (data + fake) @ f == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["ns", "minimax", "ls", "hinge", "rp", "r1"])
def test_no_critic_pays_less_than_the_best_one(name):
    data, fake = two_histograms()
    loss = RACERS[name].make(*([0.1] if name == "r1" else []))
    a = loss.answer(np.clip(best(loss, data, fake), 1e-9, 1 - 1e-9))

    def pays(a):
        if loss.kind == "pair":
            gap = a[:, None] - a[None]
            return float(data @ loss.real.of(gap) @ fake)
        return float(data @ loss.real.of(a) + fake @ loss.fake.of(a))

    rng = np.random.default_rng(4)
    for size in (1e-3, 0.05, 0.5):
        assert pays(a + size * rng.standard_normal(BINS)) >= pays(a) - 1e-9


def test_what_a_critic_proves_is_never_more_than_w1():
    real = truth("line", ())
    judge = Judge.of(real, np.random.default_rng(0))
    places = np.linspace(-4, 4, 2001)[:, None].astype(np.float32)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        d, fake = untrained(1, 1, rng), rng.uniform(-3, 3, (PUSHED, 1)).astype(np.float32)
        on = judge.quantiles[:, None].astype(np.float32)
        seen = opinion(d, losses.wasserstein_gp(1.0), places, on, fake)
        assert abs(seen.lead) / seen.steep <= 1.001 * judge.distance(fake[:9], fake)


# --- the race ------------------------------------------------------------------------------------------


def test_lanes_of_one_loss_are_one_lane_twice():
    both = run(query("lanes=gp:1;gp:1&iterations=150"), most=4)[-1]
    alone = run(query("lanes=gp:1&iterations=150"), most=4)[-1]
    for lane in both.lanes:
        assert np.array_equal(lane.g.theta, alone.lanes[0].g.theta)
        assert np.array_equal(lane.d.theta, alone.lanes[0].d.theta)


def test_all_ten_begin_with_the_same_generator_and_see_the_same_draws():
    picks = [(name, r.setting.default if r.setting else None) for name, r in RACERS.items()]
    assert len(picks) == 10
    thetas = [begin(pick, 2, 5).g.theta for pick in picks]
    assert all(np.array_equal(theta, thetas[0]) for theta in thetas)


def test_without_its_penalty_r1_is_the_nonsaturating_loss():
    draw = Draw.of(truth("ring", ()), 2, 64, np.random.default_rng(0))
    plain, held = begin(("ns", None), 2, 0), begin(("r1", 0.01), 2, 0)
    held.__dict__["loss"] = replace(held.loss, flat=0.0)
    a, b = (iterate(lane, draw, 0.002, 0.001) for lane in (plain, held))
    assert np.array_equal(a.d.theta, b.d.theta) and np.array_equal(a.g.theta, b.g.theta)


def test_begans_thermostat_turns_k_towards_the_wanted_ratio_and_stops_at_its_ends():
    loss = losses.boundary(0.5)
    d, rng = untrained(2, 2, np.random.default_rng(0)), np.random.default_rng(1)
    near, far = (s * rng.standard_normal((64, 2)).astype(np.float32) for s in (0.1, 3.0))
    assert turned(0.5, d, near, far, loss) > 0.5 > turned(0.5, d, far, near, loss)
    assert turned(0.0, d, far, near, loss) == 0.0 and turned(1.0, d, near, far, loss) == 1.0
    assert 0 < THERMOSTAT < 1


def test_a_strong_critic_keeps_eight_modes_under_the_penalty_and_six_without():
    """Lesson step 2, the defaults: three steps of D for one of G."""
    real, shown = truth("ring", ()), latent("square", np.random.default_rng(0).random((1000, 2)))
    plain, penalised = (trained(pick, 3, 900) for pick in Params().lanes)
    assert hit(plain.g(shown), real)[0] <= 6 and hit(penalised.g(shown), real)[0] == 8


def test_began_with_a_low_gamma_stops_pushing_and_keeps_modes_and_strays():
    """Lesson step 7."""
    real, shown = truth("ring", ()), latent("square", np.random.default_rng(0).random((1000, 2)))
    low, high = (trained(("began", gamma), 1, 900) for gamma in (0.3, 0.8))
    (modes, good), (fewer, better) = (hit(lane.g(shown), real) for lane in (low, high))
    assert low.balance < 0.01 and high.balance > 0.2
    assert modes == 8 > fewer and better > good


def test_the_critic_that_starves_the_minimax_generator_feeds_that_of_wgan_gp():
    """Lesson step 3."""
    _, (starved, fed) = ended("lanes=minimax;gp:1&k=10&lr_d=0.01&lr_g=0.0002&iterations=150")
    assert np.median(starved["pull"][20:]) < 0.03 < 0.5 < np.median(fed["pull"][20:])
    assert starved["modes"].max() == 0 and fed["modes"][-1] >= 4


def test_a_slow_critic_is_chased_from_mode_to_mode():
    """Lesson step 4, one of its lanes."""
    _, (chased,) = ended("lanes=ns&k=1&lr_d=0.0002&lr_g=0.005&iterations=900")
    assert chased["hopped"].max() > 0.5 and chased["hopped"].min() < 0.05
    assert np.median(chased["modes"]) <= 3


def test_a_frame_kept_goes_on_as_if_the_run_had_never_stopped():
    p = query("iterations=150&lanes=began:0.5;wgan:0.1")
    whole = run(p, most=6)
    rest = run(p, start=whole[2], most=3)
    for a, b in zip(whole[3:], rest, strict=True):
        assert all(
            np.array_equal(x, y) for x, y in zip(leaves(a.views), leaves(b.views), strict=True)
        )


@pytest.mark.parametrize("name", RACERS)
@pytest.mark.parametrize("data", ["grid", "line"])
def test_every_loss_is_drawn_and_finite_at_the_fastest_rates(name, data):
    pick = name if RACERS[name].setting is None else f"{name}:{RACERS[name].setting.high:g}"
    p = query(f"lanes={pick}&data={data}&lr_d=0.05&lr_g=0.05&iterations=4500&k=1")
    encoder = wire.Encoder()
    for index, frame in enumerate(islice(compute(p), 3)):
        assert all(np.isfinite(leaf).all() for leaf in leaves(frame.views))
        scene = CONCEPT.draw(frame)
        assert {"solo", "distance", "mmd", "pull", "numbers", "clock"} == set(scene)
        assert all(np.isfinite(np.float32(leaf)).all() for leaf in leaves(dict(scene)))
        assert encoder.frame(index, scene)
    assert loss_of(p.lanes[0]) is not None


# --- the slides' example -------------------------------------------------------------------------------


def test_the_slides_example_reads_as_computed_by_hand():
    """Worked example gan-losses, with the results that the slide leaves out."""
    frame = next(compute(Params(show="five scores")))
    means = frame.prices.mean(1)
    assert np.allclose(means, [0.179798, 0.179798, 0.703322, -0.703322], atol=1e-5)
    assert frame.total == pytest.approx(0.359596, abs=1e-5)
    rows = {row.name: row.value for row in CONCEPT.draw(frame)["numbers"].rows}
    assert rows["D pays"] == frame.total


def test_low_scores_part_the_two_generator_losses_in_value_and_in_slope():
    """Worked example gan-nonsaturating-identity, as lesson step 8 shows it."""
    low = "0.9,0.8,0.95,0.7,0.85;0.1,0.2,0.05,0.3,0.15;0.1,0.1,0.5,0.9,0.9"
    frame = next(compute(query(f"show=five%20scores&scores={low}")))
    assert np.allclose(frame.prices[2, [0, 2, 3]], [2.302585, 0.693147, 0.105361], atol=1e-5)
    assert np.allclose(frame.prices[3, [0, 2, 3]], [-0.105361, -0.693147, -2.302585], atol=1e-5)
    assert np.allclose(frame.slopes[0], frame.scores[2] - 1)
    assert np.allclose(frame.slopes[1], -frame.scores[2])
