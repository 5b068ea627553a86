"""The sandbox: particles, grid and closed forms of one equation agree, and differ where theory says so."""

from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import lognorm, multivariate_normal, norm

from app import lesson
from app.concepts.diffusion.sandbox import CONCEPT
from app.concepts.diffusion.sandbox.bridge import coupling_of
from app.concepts.diffusion.sandbox.compute import GRID, Params, compute
from app.concepts.diffusion.sandbox.figure import draw
from app.concepts.diffusion.sandbox.gaussians import Gaussians
from app.concepts.diffusion.sandbox.line import cumulated, sde_of
from app.concepts.diffusion.sandbox.ways import ends
from app.concepts.diffusion.sandbox.world import law_of
from app.figures.scene import Handles
from models.maths.cnf import log_prob
from models.maths.flow_matching import Flow
from models.maths.mixtures import Mixture
from models.maths.paths import linear
from models.maths.sde import SCHEMES, SDE, brownian, constant, walk

LESSON = Path(__file__).parents[3] / "app/concepts/diffusion/sandbox/lesson.md"
PLACES = np.random.default_rng(0).uniform(-2, 2, (12, 2))


@contextmanager
def unchecked():
    """Without the checks of shapes, with which long runs would take minutes."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


@cache
def frames(query):
    """All frames of a state; the laws and the lesson check the shapes of the first."""
    with unchecked():
        return list(compute(Params.from_query(query)))


def last(query):
    return frames(query)[-1]


def gaps(query):
    """Particles to grid, its floor, grid to its aim, at the end."""
    return last(query).moment.history[-1, 1:]


def by_torch(gaussians, x):
    """Density, its gradient and its Laplacian, by automatic differentiation."""
    at = torch.tensor(x, requires_grad=True)
    parts = torch.distributions.MultivariateNormal(
        torch.tensor(gaussians.means), torch.tensor(gaussians.cov)
    )
    p = parts.log_prob(at[:, None]).exp().mean(-1)
    (grad,) = torch.autograd.grad(p.sum(), at, create_graph=True)
    second = [torch.autograd.grad(grad[:, i].sum(), at, retain_graph=True)[0][:, i] for i in (0, 1)]
    return p.detach().numpy(), grad.detach().numpy(), sum(second).numpy()


# --- closed forms ----------------------------------------------------------------------------------


def test_density_score_and_laplacian_are_those_of_torch():
    mix = Gaussians(
        np.array([[1.0, 0.5], [-1.0, 0.2], [0.0, -1.0]]), np.array([[0.5, 0.2], [0.2, 0.3]])
    )
    p, grad, laplacian = by_torch(mix, PLACES)
    np.testing.assert_allclose(mix.density(PLACES), p, rtol=1e-9)
    np.testing.assert_allclose(mix.score(PLACES), grad / p[:, None], rtol=1e-7)
    np.testing.assert_allclose(mix.laplacian(PLACES), laplacian, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("field", ["rotation", "saddle", "Ornstein-Uhlenbeck", "Brownian"])
def test_linear_laws_are_those_of_scipy(field):
    p = Params(field=field, sigma=0.7, starts=((1.0, 0.5),), width=0.4)
    law = law_of(p)
    x, eps, t = np.array([0.0, 0.0]), np.eye(2), 0.8
    a = np.stack(
        [law.drift(e[None], np.zeros(1))[0] - law.drift(x[None], np.zeros(1))[0] for e in eps], 1
    )
    m = expm(a * t)
    fine = np.linspace(0, t, 2001)
    noise = np.trapezoid([expm(a * s) @ expm(a.T * s) for s in fine], fine, axis=0)
    known = multivariate_normal(m @ [1.0, 0.5], 0.16 * m @ m.T + 0.49 * noise)
    np.testing.assert_allclose(law.exact(t).density(PLACES), known.pdf(PLACES), rtol=1e-5)


@pytest.mark.parametrize("t", [0.0, 0.3, 0.9, 1.0])
def test_the_flow_to_data_is_that_of_flow_matching(t):
    p = Params(sigma=0.0)
    flow = Flow(Mixture(np.array(p.modes), p.spread), linear)
    np.testing.assert_allclose(law_of(p).drift(PLACES, np.full(12, t)), flow.velocity(PLACES, t))
    np.testing.assert_allclose(law_of(p).exact(t).density(PLACES), flow.density(PLACES, t))


@pytest.mark.parametrize("query", ["", "score=0", "sigma=0", "field=Langevin", "field=saddle"])
def test_divergences_are_those_of_finite_differences(query):
    law, t, e = law_of(Params.from_query(query)), 0.4, 1e-5
    found = 0.0
    for axis in (0, 1):
        ahead = e * np.eye(2)[axis]
        both = [law.drift(PLACES + s * ahead, np.full(12, t))[:, axis] for s in (1, -1)]
        found = found + (both[0] - both[1]) / (2 * e)
    np.testing.assert_allclose(law.divergence(PLACES, t), found, rtol=1e-5, atol=1e-6)


def test_densities_on_the_line_are_those_of_scipy():
    edges = np.linspace(-4, 4, 41)
    brown = Params(view="line", sigma=0.7, start=((0.0, 1.0), (0.0, -1.5)))
    known = [norm.cdf(edges, x, 0.7 * np.sqrt(0.6)) for x in (1.0, -1.5)]
    np.testing.assert_allclose(cumulated(brown, edges, 0.6), np.mean(known, 0), atol=1e-12)
    for x in (1.3, -1.3):
        p = Params(view="line", motion="geometric", sigma=0.5, start=((0.0, x),))
        middle = 1.3 * np.exp((0.5 - 0.125) * 0.6)
        right = lognorm.cdf(edges if x > 0 else -edges, 0.5 * np.sqrt(0.6), scale=middle)
        np.testing.assert_allclose(
            cumulated(p, edges, 0.6), right if x > 0 else 1 - right, atol=1e-12
        )


# --- particles, grid, truth ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "own"),
    [
        ("", 0.02),
        ("sigma=0", 0.03),
        ("field=Brownian&sigma=1", 0.02),
        ("field=Ornstein-Uhlenbeck", 0.02),
        ("field=saddle&halvings=9", 0.03),
    ],
)
def test_particles_and_grid_and_closed_form_agree(query, own):
    seen, floor, grid = gaps(query)
    assert grid < own
    assert seen < 1.5 * floor + grid


@pytest.mark.parametrize(
    "query", ["", "field=saddle&sigma=1.5", "field=Langevin", "field=rotation"]
)
def test_mass_is_kept_and_no_density_is_negative(query):
    for frame in frames(query)[::8]:
        assert frame.moment.mass == pytest.approx(1, abs=1e-12)
        assert frame.moment.density.p.min() >= 0
        assert frame.moment.part <= 1


@pytest.mark.parametrize(
    "query", ["", "sigma=0", "field=Ornstein-Uhlenbeck", "field=rotation&sigma=0.3"]
)
def test_the_three_terms_add_up_to_the_change(query):
    for frame in frames(query)[8:57:8]:
        terms, scale = frame.balance.terms, np.abs(frame.balance.terms).max()
        np.testing.assert_allclose(terms[:3].sum(0), terms[3])
        assert terms[3, 1] == pytest.approx(terms[4, 1], abs=1e-5 * scale)  # exactly
        assert terms[3, 0] == pytest.approx(terms[4, 0], abs=0.15 * scale)  # to the grid's width


def test_grid_and_closed_form_have_the_same_balance():
    frame = frames("field=Ornstein-Uhlenbeck&probe=0.5,0.3&width=0.8")[16]
    np.testing.assert_allclose(
        *frame.balance.terms.T, atol=0.05 * np.abs(frame.balance.terms).max()
    )


def test_the_score_term_keeps_the_marginals_for_every_noise_and_nothing_else_does():
    for query in ("", "sigma=1&halvings=3"):
        assert gaps(query)[2] < 0.02
    assert gaps("score=0&sigma=0.6")[2] == pytest.approx(0.29, abs=0.01)
    assert gaps("score=0&sigma=1")[2] == pytest.approx(0.49, abs=0.01)


def test_what_the_score_term_adds_to_two_rows_the_third_takes_away():
    noisy, still = (
        frames(query)[40].balance.terms[:, 1] for query in ("sigma=1&halvings=3", "sigma=0")
    )
    assert abs(noisy[0] - still[0]) > 0.1
    assert (noisy - still)[:2].sum() == pytest.approx(-noisy[2], rel=1e-9)
    assert noisy[4] == pytest.approx(still[4], rel=1e-9)


def test_eight_noisy_steps_end_nearer_than_eight_without_noise():
    noisy, still = (gaps(f"sigma={s}&halvings=3") for s in (1, 0))
    assert noisy[0] - noisy[1] < 0.7 * (still[0] - still[1])


def test_euler_spirals_out_where_heun_comes_home():
    query = "field=rotation&sigma=0"
    assert last(query).moment.still.error == pytest.approx(0.52, abs=0.02)
    assert last(query + "&solver=Heun").moment.still.error < 0.02
    assert gaps(query)[0] > 0.3 > 0.12 > gaps(query + "&solver=Heun")[0]
    assert gaps(query)[2] == pytest.approx(0.087, abs=0.005)  # what the theory says of the grid


def test_the_way_without_noise_is_what_scipy_finds():
    p = Params()
    law = law_of(p)
    found = solve_ivp(
        lambda t, x: law.drift(x[None], np.array([t]))[0], (0, 1), p.starts[0], rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(last("").moment.still.ways[0, -1], found.y[:, -1], atol=1e-5)


def test_langevin_settles_as_the_worked_example_says():
    target = Gaussians(np.zeros((1, 2)), np.eye(2))
    rng = np.random.default_rng(1)
    x = 3 + 0.3 * rng.standard_normal((5000, 2))  # two axes: 10,000 particles on a line
    w = brownian(5000, 2, 1000, 10.0, rng)
    *_, end = walk(
        SDE(lambda x, t: target.score(x) / 2, constant(1.0)), x, w, 10.0, SCHEMES["Euler"]
    )
    assert end.mean() == pytest.approx(3 * np.exp(-5), abs=0.03)
    assert end.var() == pytest.approx(1, abs=0.04)


def test_the_density_at_rest_stays_and_others_come_to_it():
    rest = "field=Langevin&sigma=1&modes=0,0&spread=1"
    assert max(f.moment.history[-1, 3] for f in frames(rest + "&starts=0,0&width=1")) < 0.01
    other = [f.moment.history[-1, 3] for f in frames(rest + "&starts=2.9,0&width=0.3")]
    assert other[0] > 0.9 and other[-1] < 0.02
    assert (np.diff(other) < 1e-3).all()


def test_dragging_the_probe_computes_nothing_else_again():
    first, second = (next(iter(compute(Params(probe=((x, 0.5),))))) for x in (-1.0, 1.0))
    assert first.moment is second.moment
    assert not np.allclose(first.balance.terms, second.balance.terms)


# --- the line --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("motion=geometric", 0.5),
        ("motion=geometric&solver=RK4", 0.5),
        ("motion=geometric&solver=Milstein", 1.0),
        ("motion=Ornstein-Uhlenbeck&solver=RK4", 1.0),
        ("motion=Ornstein-Uhlenbeck&solver=RK4&sigma=0", 4.0),
        ("motion=Ornstein-Uhlenbeck&solver=Heun&sigma=0", 2.0),
    ],
)
def test_orders_are_those_of_the_table(query, order):
    found = next(iter(frames("view=line&" + query))).still.order
    assert found.known == order
    assert found.seen == pytest.approx(order, abs=0.12)
    weak = np.diff(np.log2(found.weak[3:7])).mean()
    assert -weak == pytest.approx(order if "sigma=0" in query else 1.0, abs=0.15)


def test_the_weak_error_is_that_of_many_walks():
    p = Params(view="line", motion="geometric", halvings=2, solver="Milstein")
    w = brownian(200_000, 1, 4, 1.0, np.random.default_rng(7))
    *_, end = walk(sde_of(p), np.ones((200_000, 1)), w, 1.0, SCHEMES["Milstein"])
    exact = np.exp(1 + p.sigma**2)
    found = frames("view=line&motion=geometric&halvings=2&solver=Milstein")[0].still.order.weak[2]
    assert abs(np.square(end).mean() - exact) == pytest.approx(found, abs=0.03)


def test_the_variance_of_brownian_motion_is_that_of_theory_for_every_step():
    ends = [last(f"view=line&sigma=1&start=0,0&halvings={k}") for k in (1, 6)]
    np.testing.assert_allclose(
        *(f.particles for f in ends)
    )  # the crowd does not depend on the step
    assert ends[0].variances[-1, 0] == pytest.approx(1, abs=2 * np.sqrt(2 / 1000))
    assert ends[0].variances[32, 1] == pytest.approx(0.5)


def test_from_a_point_where_the_field_is_too_steep_chance_picks_the_outermost_ways():
    stay = last("view=line&motion=root&start=0,0&sigma=0")
    assert not stay.particles.any()
    hair = last("view=line&motion=root&start=0,0.01&sigma=0&halvings=9")
    assert (hair.particles > 2).all()
    found = solve_ivp(lambda t, x: 3 * np.sign(x) * np.sqrt(abs(x)), (0, 1), [0.01], rtol=1e-9)
    np.testing.assert_allclose(hair.still.truth[:, -1], found.y[0, -1], rtol=1e-5)
    pushed = last("view=line&motion=root&start=0,0&sigma=0.05").particles
    assert (pushed > 0).mean() == pytest.approx(0.5, abs=0.05)
    assert (np.abs(pushed) > 1.4).mean() > 0.95
    t, others = stay.still.times, stay.still.others
    slopes = np.gradient(others, t, axis=1)[:, 2:-2]
    field = 3 * np.sign(others) * np.sqrt(np.abs(others))
    np.testing.assert_allclose(slopes, field[:, 2:-2], atol=0.05)


def test_a_field_too_steep_far_out_sends_everyone_away():
    end = last("view=line&motion=square&sigma=0&halvings=9")
    assert (end.particles > GRID.high).all()
    assert end.lost > 0.999 and end.mass == pytest.approx(1, abs=1e-12)
    short = frames("view=line&motion=square&sigma=0&halvings=4&start=0,1.5")[0].still
    alive = short.times < 0.64  # 1 / 1.5 later it ends
    found = solve_ivp(lambda t, x: x * x, (0, 0.64), [1.5], t_eval=short.times[alive], rtol=1e-9)
    np.testing.assert_allclose(short.truth[0, alive], found.y[0], rtol=1e-5)
    coarse = last("view=line&motion=square&sigma=0&halvings=4&start=0,0.5")
    assert coarse.particles[0] == pytest.approx(1, abs=0.1)  # 0.5 / (1 - 0.5)


@pytest.mark.parametrize("motion", ["Brownian", "Ornstein-Uhlenbeck", "geometric"])
def test_particles_grid_and_closed_form_agree_on_the_line(motion):
    frame = frames(f"view=line&motion={motion}&solver=Milstein")[48]
    assert frame.mass == pytest.approx(1, abs=1e-12)
    assert frame.gap < 1.6 * frame.floor + 0.01
    assert 0.5 * np.abs(frame.solved - frame.exact).sum() < 0.03


# --- the net ---------------------------------------------------------------------------------------


def test_likelihood_brings_a_net_to_the_entropy_of_the_data_and_its_mass_is_always_one():
    shots = [frame.shot for frame in frames("view=net&iterations=100")]
    nats = shots[-1].history[:, 1]
    assert shots[-1].step == 100
    assert nats[0] - shots[0].floor > 1
    assert 0 < nats[-1] - shots[0].floor < 0.1
    assert all(shot.mass == pytest.approx(1, abs=0.01) for shot in shots)
    assert shots[-1].calls == 3200


def test_flow_matching_costs_a_sixteenth_and_ends_higher_after_as_many_iterations():
    by_likelihood, matched = (
        last(f"view=net&iterations=100{more}").shot for more in ("", "&taught=flow+matching")
    )
    assert matched.calls * 16 == by_likelihood.calls
    assert matched.history[-1, 1] > by_likelihood.history[-1, 1] + 0.03
    assert matched.history[-1, 1] < matched.history[0, 1] - 0.5


def test_log_p_at_the_point_is_that_of_the_map_and_a_draw_misses_either_way():
    frame = last("view=net&iterations=100")
    here = log_prob(frame.shot.theta.astype(float), np.array(frame.params.aim), steps=16)
    assert frame.told[-1] == pytest.approx(here[0], abs=1e-6)
    np.testing.assert_allclose(frame.way[0, -1], frame.params.aim[0])
    assert frame.miss[0] == 0 and frame.miss[-1] > 0.3


def test_dragging_the_point_computes_no_snapshot_again():
    first, second = (next(iter(compute(Params(view="net", aim=((x, 0.0),))))) for x in (0.5, 1.0))
    assert first.shot is second.shot
    assert first.told[-1] != second.told[-1]


def test_a_longer_training_begins_like_a_shorter_one():
    short, long = frames("view=net&iterations=50"), frames("view=net&iterations=100")
    np.testing.assert_array_equal(short[-1].shot.history, long[len(short) - 1].shot.history)


def test_shown_at_time_0_the_density_is_noise_whatever_the_net():
    shot = last("view=net&iterations=50&time=0").shot
    np.testing.assert_allclose(shot.density.max(), 1 / (2 * np.pi), rtol=0.05)


def test_a_tighter_tolerance_asks_more_and_ends_nearer():
    loose, tight = (last(f"view=net&iterations=50&tolerance={t}") for t in ("0.01", "0.000001"))
    assert tight.asked > loose.asked and len(tight.stops) > len(loose.stops)
    assert tight.astray < 1e-4 < loose.astray
    np.testing.assert_allclose(tight.stops[0], tight.way[0, 0])


# --- the bridge ------------------------------------------------------------------------------------


def coupling(**given):
    with unchecked():
        return coupling_of(Params(view="bridge", **given), np.random.default_rng(0))


def test_the_coupling_is_the_least_change_to_brownian_motion_that_meets_both_ends():
    """Among couplings with these sums, KL to exp(-|x - y|²/2σ²) is least, and scaled like one."""
    c = coupling(rounds=500)
    n = len(c.x)
    np.testing.assert_allclose(c.pi.sum(1), 1 / n, rtol=1e-9)
    np.testing.assert_allclose(c.pi.sum(0), 1 / n, rtol=1e-4)
    logs = np.log(c.pi) + cdist(c.x, c.y, "sqeuclidean") / (2 * 0.5**2)
    scaled = logs - logs.mean(0) - logs.mean(1, keepdims=True) + logs.mean()
    np.testing.assert_allclose(scaled, 0, atol=1e-8)  # f_i + g_j and nothing else


def test_little_noise_nears_optimal_transport_and_much_noise_chance():
    little, some, much = (coupling(shake=s, rounds=500) for s in (0.1, 0.5, 2.0))
    rows, columns = linear_sum_assignment(cdist(some.x, some.y, "sqeuclidean"))
    least = cdist(some.x, some.y, "sqeuclidean")[rows, columns].mean()
    assert some.least == pytest.approx(least)
    assert least < little.cost < some.cost < much.cost < much.apart
    assert little.cost < 1.02 * least
    assert little.partners < 8 < 30 < some.partners < much.partners
    assert little.errors[-1] > 100 * some.errors[-1]


def test_the_walk_by_the_drift_has_the_law_of_pairs_joined_by_brownian_bridges():
    run = frames("view=bridge&shake=1")
    for frame in run[8::8]:
        assert frame.gap < 1.6 * frame.floor
    assert run[0].gap == run[0].floor == 0
    ends = cdist(run[-1].walkers, run[-1].coupling.y).min(1)
    assert np.median(ends) < 0.3


# --- the page --------------------------------------------------------------------------------------


def test_what_can_be_dragged_is_there_when_it_matters():
    def dragged(query):
        scene = draw(next(iter(compute(Params.from_query(query)))))
        return {layer.param for layer in scene["main"].layers if isinstance(layer, Handles)}

    assert dragged("") == {"modes", "starts", "probe"}
    assert dragged("field=saddle") == {"starts", "probe"}
    assert dragged("view=line") == {"start"}
    assert dragged("view=net") == {"clusters", "aim"}
    assert dragged("view=bridge") == {"origins", "clusters"}


def test_every_step_of_the_lesson_can_be_drawn_and_numbers_never_jump():
    text = LESSON.read_text()
    with unchecked():
        for step in lesson.parse(text, CONCEPT.params):
            shown = [draw(frame)["numbers"].rows for frame in islice(compute(step.params), 3)]
            assert len({tuple(row.name for row in rows) for rows in shown}) == 1


def test_a_net_that_is_shaken_misses_the_data_and_at_no_noise_its_walk_is_its_flow():
    def end(**given):
        p = Params(view="net", taught="flow matching", iterations=300, **given)
        *_, last = compute(p)
        return last.shot

    calm, shaken = end(), end(unrest=1.2)
    assert calm.apart < 3 * calm.perfect
    assert shaken.apart > 1.5 * calm.apart
    np.testing.assert_array_equal(calm.theta, shaken.theta)
    noise = np.random.default_rng(0).standard_normal((50, 2)).astype(np.float32)
    faint = ends(calm.theta, noise, Params(unrest=0.05))
    assert np.abs(faint - ends(calm.theta, noise, Params())).max() < 0.6
