"""The score page: exact fields, walkers and their masses, what a net is taught, ODE and SDE."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
import torch
from scipy.integrate import quad
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from app import lesson, wire
from app.concepts.diffusion.score import CONCEPT
from app.concepts.diffusion.score.compute import Params, compute, four_names
from app.concepts.diffusion.score.lessons import draws, floor
from app.concepts.diffusion.score.matching import NET, divergence, dress, learned, spread_of
from app.concepts.diffusion.score.reversal import noising_of
from app.concepts.diffusion.score.world import CLOUD, exact, mixture_of

LESSON = Path(__file__).parents[3] / "app/concepts/diffusion/score/lesson.md"


@cache
def frames(query):
    """All frames of a state; only the first has its shapes checked, long runs would take minutes."""
    p = Params.from_query(query)
    next(compute(p))
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        return list(compute(p))
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


def last(query):
    return frames(query)[-1]


def in_torch(p, sigma):
    """The noisy mixture as torch has it."""
    data = mixture_of(p)
    std = np.sqrt(np.broadcast_to(data.std, len(data.means)) ** 2 + sigma**2)
    parts = Normal(torch.tensor(data.means), torch.tensor(std)[:, None].expand(-1, 2))
    return MixtureSameFamily(Categorical(torch.tensor(data.shares)), Independent(parts, 1))


# --- the field -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0.05, 0.5, 3.0])
def test_the_arrows_are_the_gradient_of_the_log_density_as_torch_finds_it(sigma):
    frame = next(compute(Params(sigma=sigma)))
    at = torch.tensor(frame.at, requires_grad=True)
    in_torch(frame.params, sigma).log_prob(at).sum().backward()
    np.testing.assert_allclose(frame.arrows, at.grad.numpy(), atol=1e-8)


def test_a_gaussians_score_is_that_of_the_worked_example():
    centres = ((1.0, 0.0), (1.0, 0.0))
    p = Params(centres=centres, narrow=1.0, wide=1.0, sigma=float(np.sqrt(3)), probe=((3.0, 0.0),))
    np.testing.assert_allclose(next(compute(p)).probe[0], [-0.5, 0], atol=1e-12)


def test_velocity_and_score_convert_as_in_the_worked_example():
    t, z, eps = 0.3, 1.7, -0.6
    x = t * z + (1 - t) * eps  # 0.09 on the flow, x / t in the page's units, noise (1 - t) / t
    s = -eps / (1 - t)  # of the flow's place
    assert s == pytest.approx(0.857143, abs=1e-6)
    names = four_names(np.array([[x / t]]), np.array([[t * s]]), (1 - t) / t)
    for name, right in {"noise": eps, "clean": z, "velocity": 2.3, "again": 2.3}.items():
        assert names[name].item() == pytest.approx(right), name


def test_the_clean_point_is_the_mean_that_quadrature_finds():
    p = Params(centres=((-1.0, 0.0), (1.5, 0.0)), sigma=0.8, probe=((0.3, 0.0),))
    data = mixture_of(p)

    def joint(a):  # p(x_0 = (a, ·)) p(x | x_0); across the line all is even
        prior = np.exp(-((a - data.means[:, 0]) ** 2) / (2 * data.std**2)) / data.std
        across = 1 / np.sqrt(data.std**2 + 0.64)
        return float((data.shares * prior * across).sum() * np.exp(-((0.3 - a) ** 2) / 1.28))

    mass, _ = quad(joint, -6, 6)
    mean, _ = quad(lambda a: a * joint(a), -6, 6)
    assert next(compute(p)).probe[2, 0] == pytest.approx(mean / mass, abs=1e-6)


def test_the_score_learns_of_the_shares_only_through_noise():
    swapped = {sigma: next(compute(Params(sigma=sigma))).swapped for sigma in (0.2, 0.5, 2.0)}
    assert swapped[0.2] < 1e-3
    assert swapped[0.5] == pytest.approx(0.030, abs=0.002)
    assert swapped[2.0] == pytest.approx(0.46, abs=0.02)


# --- walkers ---------------------------------------------------------------------------------------


def test_the_mean_of_the_responsibilities_of_perfect_draws_is_the_share():
    p = Params(centres=((0.0, 0.0), (0.5, 0.3)))  # overlapping modes
    data, rng = mixture_of(p), np.random.default_rng(0)
    x, _, _ = draws(data, 0.3, 50_000, rng)
    assert data.responsibilities(x, 1.0, 0.3)[:, 0].mean() == pytest.approx(0.7, abs=0.005)


def test_one_level_misses_the_mode_that_a_ladder_finds():
    stuck, found = last("view=Langevin&ladder=none"), last("view=Langevin&each=100")
    assert stuck.step == 401 and stuck.history[-1, 1] < 0.25
    assert abs(found.history[-1, 1] - 0.7) < 2 * found.chance
    assert found.history[-1, 2] < found.floor < 0.2 * stuck.history[-1, 2]


def test_more_steps_on_one_level_do_not_mend_it():
    assert last("view=Langevin&ladder=none&each=100").history[-1, 1] < 0.25


def test_haste_and_wide_steps_lose_mass():
    for query in ("view=Langevin&levels=3", "view=Langevin&pace=2"):
        assert last(query).history[-1, 1] < 0.7 - 8 * last(query).chance


def test_the_last_step_takes_the_noise_away_and_more():
    noisy, denoised = (last(f"view=Langevin&low=0.5&denoise={d}") for d in (0, 1))
    assert noisy.width > 0.5 and noisy.step == 400
    assert denoised.width == pytest.approx(0.04 / np.sqrt(0.29), rel=0.1)
    assert denoised.step == 401 and denoised.denoised


def test_a_net_taught_on_the_ladder_can_be_followed_down_it():
    frame = last("view=Langevin&score=learned")
    assert abs(frame.history[-1, 1] - 0.7) < 0.1


# --- learning --------------------------------------------------------------------------------------


@pytest.mark.parametrize("gives", ["noise", "score", "EDM"])
def test_the_divergence_is_the_trace_of_torchs_jacobian(gives):
    p = Params(view="learning", gives=gives)
    data, rng = mixture_of(p), np.random.default_rng(0)
    theta = NET.init(rng).astype(float)
    x, sigma = rng.standard_normal((5, 2)), np.array([0.1, 0.3, 1.0, 2.0, 4.0])
    skip, out, inside, _ = (torch.tensor(part) for part in dress(gives, sigma, spread_of(data)))

    def score(place, i):
        h = torch.cat([inside[i] * place, torch.log(torch.tensor(sigma[i : i + 1]))])
        (w1, b1), (w2, b2), (w3, b3) = (
            (torch.tensor(w), torch.tensor(b)[0]) for w, b in NET.layers(theta)
        )
        h = torch.nn.functional.silu(torch.nn.functional.silu(h @ w1 + b1) @ w2 + b2)
        return skip[i] * place + out[i] * (h @ w3 + b3)

    for i, place in enumerate(torch.tensor(x)):
        jacobian = torch.autograd.functional.jacobian(lambda at, i=i: score(at, i), place)
        ours = divergence(theta, p, data, x, sigma)[i]
        assert ours == pytest.approx(jacobian.trace().item(), rel=1e-4, abs=1e-5)
        mine = learned(theta, p, data)(x, sigma)[i]
        np.testing.assert_allclose(mine, score(place, i).numpy(), rtol=1e-4, atol=1e-5)


def test_edms_dress_is_that_of_its_table():
    sigma, spread = np.array([0.3]), 1.7
    skip, out, inside, weight = (part.item() for part in dress("EDM", sigma, spread))
    c_skip = spread**2 / (0.09 + spread**2)
    c_out = 0.3 * spread / np.sqrt(0.09 + spread**2)
    assert 1 + 0.09 * skip == pytest.approx(c_skip)  # D = x + sigma² s
    assert 0.09 * out == pytest.approx(c_out)
    assert inside == pytest.approx(1 / np.sqrt(0.09 + spread**2))
    assert weight / 0.3**4 == pytest.approx(1 / c_out**2)  # |D - x_0|² = sigma⁴ |s + eps / sigma|²


def test_both_losses_differ_by_d_over_sigma_squared_and_the_denoising_one_has_a_floor():
    run = frames("view=learning&iterations=300")
    for frame in run:
        assert frame.loss - frame.hyvarinen == pytest.approx(8.0, rel=0.06)
    assert run[-1].full < 0.4 * run[0].full
    least = 8 - run[-1].fisher
    assert run[-1].loss == pytest.approx(least + 4 * run[-1].full ** 2, rel=0.05)
    assert run[-1].empty > 4 * run[-1].full


def test_the_floor_is_what_quadrature_over_the_plane_gives():
    p, sigma = Params(), 0.5
    data = mixture_of(p)
    line = np.linspace(-7, 7, 281)
    at = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    weight = np.exp(data.log_prob(at, 1.0, sigma)) * (line[1] - line[0]) ** 2
    fisher = weight @ np.square(data.score(at, 1.0, sigma)).sum(-1)
    _, _, s = draws(data, sigma, 4000, np.random.default_rng(1))
    of_score, of_noise = floor(s, sigma)
    assert weight.sum() == pytest.approx(1, abs=1e-6)
    assert of_score == pytest.approx(8 - fisher, rel=0.05)
    assert of_noise == pytest.approx(of_score / 4)


def test_a_net_taught_one_level_is_lost_on_others():
    one = last("view=learning&iterations=300&ladder=none&low=0.5")
    near, far = np.abs(np.log(one.levels[:, 0] / 0.5)).argmin(), -1
    assert one.levels[near, 3] < 0.5 < 5 < one.levels[far, 3]


# --- ODE and SDE -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("sde", "lam"), [("VE", 0), ("VE", 2), ("VP", 1)])
def test_no_churn_moves_the_marginal(sde, lam):
    frame = last(f"view=ODE+and+SDE&steps=100&sde={sde}&lam={lam}")
    assert frame.history[-1, 1] < 1.6 * frame.floor


def test_short_steps_matter_more_the_more_chance_there_is():
    frame = last("view=ODE+and+SDE&steps=20")
    lam, ends, half = frame.ends.T
    assert lam.tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert ends[0] < 2 * frame.floor < 5 * frame.floor < ends[-1] < half[-1]


def test_without_chance_the_futures_are_one_and_with_more_they_spread():
    spreads = [last(f"view=ODE+and+SDE&sigma=2&lam={lam}").spread for lam in (0, 1, 3)]
    assert spreads[0] == 0
    assert spreads[0] < 1 < spreads[1] < spreads[2]


def test_only_at_one_the_futures_are_the_posterior():
    query = "view=ODE+and+SDE&sigma=2&probe=-1.5,-0.5&steps=120"
    off = {lam: last(f"{query}&lam={lam}") for lam in (0, 1, 3)}
    gap = {lam: abs(frame.futures - frame.posterior) for lam, frame in off.items()}
    chance = np.sqrt(off[1].posterior * (1 - off[1].posterior) / 256)
    assert gap[1] < 2 * chance
    assert gap[0] > 3 * chance and gap[3] > 3 * chance


def test_a_gaussian_flows_back_as_the_closed_form_says():
    """Of one Gaussian the probability flow keeps x / std(x_t): an exact answer for both noisings."""
    p = Params(view="ODE and SDE", centres=((0.0, 0.0), (0.0, 0.0)), narrow=0.6, wide=0.6, lam=0.0)
    data, x = mixture_of(p), np.array([[2.0, -1.0]])
    for sde in ("VE", "VP"):
        noising = noising_of(replace(p, sde=sde), 400)
        *_, end = noising.back(data, x, 0.0, np.random.default_rng(0), 0)
        width = np.sqrt(noising.alpha**2 * 0.36 + noising.std**2)
        np.testing.assert_allclose(end, x * width[-1] / width[0], rtol=0.02)


# --- the page --------------------------------------------------------------------------------------


def test_dragging_centres_moves_the_exact_score_only_through_the_mixture():
    p = Params(centres=((-1.0, 0.0), (1.0, 0.0), (0.0, 2.0)))
    data = mixture_of(p)
    assert data.shares == pytest.approx([0.7, 0.15, 0.15])
    x = np.zeros((3, 2))
    np.testing.assert_allclose(exact(data)(x, np.full(3, 1.0)), data.score(x, 1.0, 1.0))


def test_every_step_of_the_lesson_plays():
    for step in lesson.parse(LESSON.read_text(), Params):
        frame = next(compute(step.params))
        assert wire.Encoder().frame(0, CONCEPT.draw(frame))


def test_clouds_are_as_large_as_said():
    assert len(frames("view=Langevin&each=1")[0].particles) == CLOUD == 1000
