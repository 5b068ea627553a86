"""Normalising flows: the account of stretches, its floors, and one number bent."""

from functools import cache
from itertools import islice

import jaxtyping
import numpy as np
import pytest
from scipy import integrate, stats
from scipy.interpolate import PchipInterpolator

from app.concepts.diffusion.normalising import CONCEPT, bent
from app.concepts.diffusion.normalising.bent import END
from app.concepts.diffusion.normalising.bent import bent as by_hand
from app.concepts.diffusion.normalising.compute import Params, around, compute, flow_of, lessons
from app.concepts.diffusion.normalising.figure import layer_name
from app.concepts.diffusion.normalising.spaces import preserves
from app.concepts.diffusion.normalising.world import TESTED, integrals, mixture, world
from models.maths.mixtures import Mixture
from models.maths.normalising import log_normal


@cache
def run(text, most=None):
    """Frames of a state; long runs go unchecked, since shapes are checked by the short ones."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        return list(islice(compute(Params.from_query(text)), most))
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


def last(text):
    return run(text)[-1]


def numbers(frame):
    return {row.name: row for row in CONCEPT.draw(frame)["numbers"].rows}


# --- layers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["iterations=60", "iterations=60&way=latent%20to%20data"])
def test_the_parts_that_are_shown_add_up_to_the_density(query):
    row = {name: n.value for name, n in numbers(last(query)).items()}
    total = row["log N(z; 0, I)"] + row["log|det| passed"]
    assert total == pytest.approx(row["log p(x), learned"], abs=1e-9)
    walk = last(query).walk
    dets = np.linalg.slogdet(walk.jacobians)[1]
    np.testing.assert_allclose(dets, walk.log_dets, atol=1e-9)


def test_a_walk_starts_at_the_data_and_ends_at_the_latents_and_back():
    there, back = run("iterations=60"), run("iterations=60&way=latent%20to%20data")
    start, end = there[0], there[-1]
    assert (start.walk.cloud[0] == start.world.data).all()
    np.testing.assert_allclose(end.walk.cloud[-1], end.reading.latents, atol=1e-4)
    assert start.at == 0 and end.at == len(end.flow.layers) == 6
    np.testing.assert_allclose(back[-1].walk.cloud[-1], back[-1].reading.samples, atol=1e-3)
    here = back[-1].walk
    np.testing.assert_allclose(here.point[0], Params().z[0])
    way = here.point[-1][None]
    passed = [way, *(s.z for s in end.flow.forward(end.reading.theta.astype(float), way))]
    np.testing.assert_allclose(np.concatenate(passed)[::-1], here.point, atol=1e-9)


@pytest.mark.parametrize("way", ["data%20to%20latent", "latent%20to%20data"])
def test_the_amber_cell_has_the_area_that_the_determinants_say(way):
    frame = last(f"iterations=60&way={way}")
    x, y = np.moveaxis(frame.walk.cell, -1, 0)
    area = 0.5 * np.abs((x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(1))
    dets = frame.walk.log_dets if way.startswith("data") else -frame.walk.log_dets[::-1]
    np.testing.assert_allclose(np.log(area / area[0]), [0, *np.cumsum(dets)], atol=1e-9)


def test_a_coupling_layer_moves_along_one_axis_only_and_its_title_says_which():
    frame = last("iterations=60")
    for k, step in enumerate(np.diff(frame.walk.cloud, axis=0)):
        moved = np.abs(step).max(0) > 0
        kept = 0 if layer_name(frame.params, k) == "keeps x₁, moves x₂" else 1
        assert not moved[kept] and moved[1 - kept]


def test_mixing_layers_stretch_the_same_everywhere_and_the_others_do_not():
    query = "mixing=1&layers=3&iterations=60"
    here, there = (last(f"{query}&x={x}").walk.log_dets for x in ("1,1", "-1.2,0.4"))
    assert (here[::2] == there[::2]).all()
    assert (here[1::2] != there[1::2]).all()
    assert (last(query).walk.jacobians[::2] != 0).all()
    assert (last(query).walk.jacobians[1::2, 0, 1] == 0).all()


def test_reading_the_other_coordinate_first_turns_the_triangle():
    ours, other = (last(f"iterations=20&first={f}").walk.jacobians[0] for f in ("x₁", "x₂"))
    assert ours[0, 1] == 0 != ours[1, 0]
    assert other[1, 0] == 0 != other[0, 1]


@pytest.mark.parametrize("structure", ["coupling", "autoregressive"])
@pytest.mark.parametrize("rising", ["additive", "affine", "mixture"])
def test_there_and_back_is_exact_for_every_flow(structure, rising):
    for mixing in (0, 1):
        query = f"structure={structure}&rising={rising}&mixing={mixing}&layers=3&iterations=30"
        assert last(query).reading.back < 1e-9


def test_an_autoregressive_sample_takes_twice_the_rounds_in_the_plane():
    assert flow_of(Params(layers=4)).rounds == (4, 4)
    assert flow_of(Params(layers=4, mixing=True)).rounds == (4, 4)
    assert flow_of(Params(layers=4, structure="autoregressive")).rounds == (4, 8)


SLOW = "rising=mixture&mixing=1&layers=8&iterations=100&structure=autoregressive"


def test_layers_that_take_long_to_teach_are_watched_learning_before_the_walk():
    frames = run(SLOW)
    steps = [frame.reading.step for frame in frames]
    walk = steps.index(100)
    assert steps[: walk + 1] == list(range(0, 101, 10)) and set(steps[walk:]) == {100}
    assert [frame.step for frame in frames] == list(range(len(frames)))
    assert all(frame.at == 16 for frame in frames[:walk]) and frames[walk].at == 0
    for frame in frames[:walk:4]:
        np.testing.assert_allclose(frame.walk.cloud[-1], frame.reading.latents, atol=1e-3)
    assert not any(frame.learning for frame in run("iterations=60"))


def test_a_walk_is_answered_from_the_frame_that_is_looked_at():
    whole = run(SLOW)
    rest = dict(around(Params.from_query(SLOW), 30))
    assert next(iter(rest)) == 30 and sorted(rest) == list(range(len(whole)))
    for number in (0, 30, len(whole) - 1):
        assert rest[number].at == whole[number].at
        np.testing.assert_array_equal(rest[number].walk.cloud, whole[number].walk.cloud)


# --- training ------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["moons", "ring", "grid"])
def test_the_entropy_is_what_many_draws_say(data):
    entropy, _, peak = integrals(data, ())
    truth = mixture(data, ())
    x = truth.sample(100_000, np.random.default_rng(0))
    log_p = truth.log_prob(x)
    assert abs(-log_p.mean() - entropy) < 5 * log_p.std() / np.sqrt(len(x))
    assert np.exp(log_p.max()) == pytest.approx(peak, rel=0.02)


def test_the_entropy_and_the_packed_bound_of_one_gaussian_are_known():
    """For variance s² the packing is a scaling that keeps area: none. E|z|² = 2 s²."""
    entropy, packed, _ = integrals("yours", ((0.0, 0.0),))
    assert entropy == pytest.approx(np.log(2 * np.pi * 0.2**2) + 1, abs=1e-6)
    assert packed == pytest.approx(np.log(2 * np.pi) + 0.2**2, abs=1e-3)


def test_packing_forgets_where_the_clusters_are():
    """Area can be carried anywhere: four far clusters are packed as any four far clusters are."""
    near = integrals("yours", ((2.0, 2.0), (-2.0, 2.0), (2.0, -2.0), (-2.0, -2.0)))
    far = integrals("yours", ((2.5, 0.0), (-2.5, 0.0), (0.0, -2.5), (0.0, 2.5)))
    assert near[:2] == pytest.approx(far[:2], abs=1e-3)


def test_training_brings_the_likelihood_down_towards_the_entropy_and_not_below():
    frames = run("watch=training")
    nll = [frame.reading.nll for frame in frames]
    assert [frame.step for frame in frames] == list(range(0, 301, 10))
    assert nll[0] > 3 and nll[-1] < 2.2 and nll[-1] > frames[-1].world.entropy
    now = frames[-1].reading
    assert 0.1 < now.kl < 0.3
    here = frames[-1].world
    luck = here.log_p.std() / np.sqrt(TESTED)
    assert abs(now.nll - here.entropy - now.kl) < 4 * luck


def test_moving_iterations_back_shows_an_earlier_moment_of_the_same_training():
    early = last("watch=training&iterations=100")
    assert (early.reading.theta == run("watch=training")[10].reading.theta).all()
    assert (last("iterations=100").reading.theta == early.reading.theta).all()


def test_the_learned_density_has_area_one():
    frame = last("iterations=60")
    ticks = np.linspace(-9, 9, 401)
    grid = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2).astype(np.float32)
    p = np.exp(frame.flow.log_prob(frame.reading.theta, grid)).reshape(401, 401)
    assert integrate.simpson(integrate.simpson(p, x=ticks), x=ticks) == pytest.approx(1, abs=5e-3)


def test_a_flow_that_keeps_volume_never_exceeds_its_base_nor_its_bound():
    frames = run("watch=training&data=ring&rising=additive&iterations=600")
    world_ = frames[-1].world
    assert world_.peak == pytest.approx(0.50, abs=0.01)
    for frame in frames:
        assert frame.reading.density.max() <= 1 / (2 * np.pi) + 1e-6
        assert (frame.reading.log_dets == 0).all()
        # The bound is of expected values; test points may be lucky by their standard error.
        luck = 0.5 * np.square(frame.reading.latents).sum(-1).std() / np.sqrt(TESTED)
        assert frame.reading.nll > world_.packed - 4 * luck
    assert frames[-1].reading.density.max() > 0.158
    row = numbers(frames[-1])["KL(data ‖ flow)"]
    assert row.floor == pytest.approx(world_.packed - world_.entropy) and row.value > row.floor


def test_only_additive_layers_without_mixing_keep_volume():
    assert preserves(Params(rising="additive"))
    assert not preserves(Params(rising="additive", mixing=True))
    assert not preserves(Params())


def test_two_mixture_layers_do_on_the_grid_what_six_affine_ones_do_not():
    mixed = last("data=grid&rising=mixture&layers=2").reading
    assert mixed.kl < 0.03
    assert 0.5 < last("data=grid").reading.kl < 0.9


def test_the_weights_at_a_snapshot_are_the_same_whoever_asks():
    course = Params(layers=2)
    first = [lesson.theta for lesson in islice(lessons(course), 3)]
    lessons.cache_clear()
    again = [lesson.theta for lesson in islice(lessons(course), 3)]
    assert all((a == b).all() for a, b in zip(first, again, strict=True))


def test_a_world_does_not_change_with_the_flow_but_with_the_seed():
    assert world("ring", (), 0) is world("ring", (), 0)
    assert (world("ring", (), 0).test != world("ring", (), 1).test).any()
    assert world("ring", (), 0).entropy == world("ring", (), 1).entropy


# --- one number ----------------------------------------------------------------------------------

TWO = bent.two_bumps(2.6, 0.4, 0.7, 0.4)


def test_a_map_by_hand_is_the_monotone_cubic_that_scipy_draws():
    knots = Params().knots
    at = np.linspace(-END, END, len(knots))
    x = np.linspace(-1.999, 1.999, 300)  # the end slopes of the two recipes differ
    z, slope = by_hand(knots)(x)
    pchip = PchipInterpolator(at, knots)
    np.testing.assert_allclose(z, pchip(x), atol=1e-12)
    np.testing.assert_allclose(slope, pchip.derivative()(x), atol=1e-10)


@pytest.mark.parametrize("f", [by_hand(Params().knots), bent.cdf_flow(TWO)], ids=["hand", "cdf"])
def test_the_inverse_of_a_map_undoes_it_and_its_slope_is_the_difference_quotient(f):
    x = np.linspace(-4, 4, 101)
    z, slope = f(x)
    assert np.abs(bent.inverse(f, z) - x).max() < 1e-8
    np.testing.assert_allclose((f(x + 1e-6)[0] - f(x - 1e-6)[0]) / 2e-6, slope, rtol=1e-4)


def test_the_cdf_flow_is_scipys_and_gives_back_the_mixture():
    x = np.linspace(-4, 4, 81)
    cdf = 0.4 * stats.norm.cdf(x, -1.3, 0.4) + 0.6 * stats.norm.cdf(x, 1.3, 0.7)
    z, slope = bent.cdf_flow(TWO)(x)
    inside = (cdf > 1e-12) & (cdf < 1 - 1e-9)
    np.testing.assert_allclose(z[inside], stats.norm.ppf(cdf[inside]), atol=1e-6)
    density = 0.4 * stats.norm.pdf(x, -1.3, 0.4) + 0.6 * stats.norm.pdf(x, 1.3, 0.7)
    np.testing.assert_allclose(stats.norm.pdf(z) * slope, density, atol=1e-12)
    end = last("watch=one%20number&line=exact%20CDF")
    np.testing.assert_allclose(end.p, end.truth, atol=1e-12)


def test_the_exact_map_makes_data_gaussian_and_the_identity_does_not():
    frames = run("watch=one%20number&line=exact%20CDF")
    assert stats.kstest(frames[-1].z_drawn, "norm").pvalue > 0.01
    assert stats.kstest(frames[0].z_drawn, "norm").pvalue < 1e-6


def test_the_map_by_hand_pushes_draws_of_z_into_its_density():
    frame = last("watch=one%20number")
    x, z = frame.x_drawn, frame.z_drawn
    np.testing.assert_allclose(by_hand(Params().knots)(x)[0], z, atol=1e-9)
    cdf = np.concatenate([[0], integrate.cumulative_trapezoid(frame.p, frame.x)])
    assert stats.kstest(x, lambda at: np.interp(at, frame.x, cdf)).pvalue > 0.01


@pytest.mark.parametrize("line", ["by%20hand", "exact%20CDF"])
def test_area_and_interval_keep_their_mass_and_the_forgotten_slope_does_not(line):
    for frame in run(f"watch=one%20number&line={line}&place=-1.2")[::6]:
        assert frame.whole == pytest.approx(1, abs=1e-4)
        assert frame.mass == pytest.approx(frame.mass_z, abs=2e-5)
    assert abs(frame.whole_wrong - 1) > 0.3


def test_the_area_with_the_slope_forgotten_is_what_the_lesson_says():
    frame = last("watch=one%20number")
    f = by_hand(Params().knots)
    wrong, _ = integrate.quad(lambda x: stats.norm.pdf(f(np.array([x]))[0][0]), -9, 9, limit=200)
    assert frame.whole_wrong == pytest.approx(wrong, abs=1e-4)
    assert round(frame.whole_wrong, 2) == 1.47


def test_tenths_of_the_mass_lie_between_the_grey_lines():
    frame = last("watch=one%20number&line=exact%20CDF")
    truth = Mixture(np.array([[-1.3], [1.3]]), np.array([0.4, 0.7]), np.array([0.4, 0.6]))
    for (a, _), (b, _) in zip(frame.tenths, frame.tenths[1:], strict=False):
        mass, _ = integrate.quad(lambda x: np.exp(truth.log_prob(np.array([[x]]))[0]), a, b)
        assert mass == pytest.approx(0.1, abs=1e-6)


def test_the_base_is_a_standard_gaussian():
    z = np.random.default_rng(0).standard_normal((20, 2))
    np.testing.assert_allclose(log_normal(z), stats.norm.logpdf(z).sum(-1))
