"""The samplers against diffusers' schedulers, and against each other where theory says they agree."""

import diffusers.schedulers as oracle
import numpy as np
import pytest
import torch

from models.maths import levels, samplers, schedules
from models.maths.toys import ring

# numpy 2 warns of how diffusers turns a tensor into an array
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ALPHA_BAR = schedules.cumulative(schedules.linear_betas())
DATA = ring()
X_T = np.random.default_rng(7).standard_normal((40, 2))


def eps_at(x, alpha, sigma):
    """The exact noise in points of the noisy ring."""
    return (x - alpha * DATA.denoise(x, alpha, sigma)) / sigma


def eps(x, t):
    """The same, asked as a net is: many lanes, each at its own time."""
    a = schedules.between(ALPHA_BAR, t)
    pairs = zip(x, np.sqrt(a), np.sqrt(1 - a), strict=True)
    return np.stack([eps_at(lane, alpha, sigma) for lane, alpha, sigma in pairs])


def end(sampler, net=eps):
    *_, (last,) = samplers.race([sampler], net)
    return last.x_0


def same_schedule(kind, **settings):
    """diffusers' scheduler of this kind on our schedule."""
    scheduler = kind(num_train_timesteps=1000, beta_start=1e-4, beta_end=0.02, **settings)
    scheduler.alphas_cumprod = torch.tensor(ALPHA_BAR)
    return scheduler


def walked(scheduler, x, net=eps, **given):
    """Where the scheduler leads, in its own coordinates, told the same noise at each time."""
    for t in scheduler.timesteps:
        scaled = scheduler.scale_model_input(x, t)
        found = net(scaled.numpy()[None], np.array([float(t)]))[0]
        x = scheduler.step(torch.tensor(found), t, x, **given).prev_sample
    return x.numpy()


@pytest.fixture
def same_noise(monkeypatch):
    """diffusers draws the noise that our samplers draw."""
    rng = np.random.default_rng(3)

    def drawn(shape, **_):
        return torch.tensor(rng.standard_normal(shape))

    for module in ("ddpm", "ddim"):
        monkeypatch.setattr(f"diffusers.schedulers.scheduling_{module}.randn_tensor", drawn)
    return np.random.default_rng(3)


@pytest.mark.parametrize("n", [1, 4, 25, 250])
def test_ddpm_walks_where_diffusers_ddpm_walks(n, same_noise):
    ours = end(samplers.ddpm(X_T, levels.even_in_t(n, ALPHA_BAR), same_noise))
    scheduler = same_schedule(oracle.DDPMScheduler, clip_sample=False, timestep_spacing="trailing")
    scheduler.set_timesteps(n)
    np.testing.assert_allclose(ours, walked(scheduler, torch.tensor(X_T)), atol=1e-5)


@pytest.mark.parametrize("n", [1, 4, 25, 250])
@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
def test_ddim_walks_where_diffusers_ddim_walks(n, eta, same_noise):
    ours = end(samplers.ddim(X_T, levels.even_in_t(n, ALPHA_BAR), same_noise, eta))
    scheduler = same_schedule(oracle.DDIMScheduler, clip_sample=False, timestep_spacing="trailing")
    scheduler.set_timesteps(n)
    np.testing.assert_allclose(ours, walked(scheduler, torch.tensor(X_T), eta=eta), atol=1e-5)


# From sigma / alpha = 157 in fewer steps, their single precision alone is worth 1e-5.
@pytest.mark.parametrize("n", [4, 25, 250])
@pytest.mark.parametrize("heun", [False, True])
def test_the_ode_walks_where_diffusers_euler_and_heun_walk(n, heun):
    ours = end(samplers.ode(X_T, levels.even_in_t(n, ALPHA_BAR), heun))
    kind = oracle.HeunDiscreteScheduler if heun else oracle.EulerDiscreteScheduler
    scheduler = same_schedule(kind, timestep_spacing="trailing")
    scheduler.set_timesteps(n)
    start = torch.tensor(X_T / np.sqrt(ALPHA_BAR[-1]))
    np.testing.assert_allclose(ours, walked(scheduler, start), atol=1e-5)


def second_order(**settings):
    """diffusers' DPM-Solver++ 2M on our schedule."""
    kind = oracle.DPMSolverMultistepScheduler
    return same_schedule(kind, algorithm_type="dpmsolver++", final_sigmas_type="zero", **settings)


@pytest.mark.parametrize("n", [1, 2, 5, 20, 250])
def test_dpm_solver_walks_where_diffusers_dpm_solver_walks(n):
    ours = end(samplers.dpm(X_T, levels.even_in_t(n, ALPHA_BAR)))
    scheduler = second_order(timestep_spacing="trailing")
    scheduler.set_timesteps(n)
    np.testing.assert_allclose(ours, walked(scheduler, torch.tensor(X_T)), atol=1e-4)


def test_dpm_solver_walks_where_diffusers_does_on_stops_set_by_hand():
    pins = [990, 700, 400, 333, 50]
    ours = end(samplers.dpm(X_T, levels.path(np.array(pins, float), ALPHA_BAR)))
    scheduler = second_order()
    scheduler.set_timesteps(timesteps=pins)
    np.testing.assert_allclose(ours, walked(scheduler, torch.tensor(X_T)), atol=1e-4)


@pytest.mark.parametrize("n", [1, 4, 25, 250])
def test_the_flow_walks_where_diffusers_flow_matching_walks(n):
    path = levels.even_in_s(n, ALPHA_BAR)
    ours = end(samplers.flow(X_T, path))

    scheduler = oracle.FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(
        sigmas=[level.sigma / (level.alpha + level.sigma) for level in path[:-1]]
    )
    y = torch.tensor(X_T / (path[0].alpha + path[0].sigma))
    for t, level in zip(scheduler.timesteps, path, strict=False):
        x = y.numpy() * (level.alpha + level.sigma)
        noise = eps_at(x, level.alpha, level.sigma)
        velocity = torch.tensor(noise - samplers.clean(x, noise, level))
        y = scheduler.step(velocity, t, y).prev_sample
    np.testing.assert_allclose(ours, y.numpy(), atol=1e-5)


@pytest.mark.parametrize("kind", ["ddpm", "ddim"])
def test_a_clipped_guess_is_that_of_diffusers(kind, same_noise):
    path, most = levels.even_in_t(10, ALPHA_BAR), 1.5
    net = samplers.clipped(eps, ALPHA_BAR, most)
    if kind == "ddpm":
        ours, given = samplers.ddpm(X_T, path, same_noise), {}
        scheduler = oracle.DDPMScheduler
    else:
        ours = samplers.ddim(X_T, path, same_noise, 0.5)
        given = {"eta": 0.5, "use_clipped_model_output": True}
        scheduler = oracle.DDIMScheduler
    theirs = same_schedule(scheduler, clip_sample_range=most, timestep_spacing="trailing")
    theirs.set_timesteps(10)
    sample = end(ours, net)
    np.testing.assert_allclose(sample, walked(theirs, torch.tensor(X_T), **given), atol=1e-5)
    assert np.abs(sample).max() <= most + 1e-9


@pytest.mark.parametrize("cut", [levels.even_in_t, levels.even_in_s, levels.even_in_rho])
def test_without_new_noise_ddim_euler_and_flow_are_one_step(cut):
    path = cut(9, ALPHA_BAR)
    ddim = end(samplers.ddim(X_T, path, np.random.default_rng(0)))
    np.testing.assert_allclose(end(samplers.ode(X_T, path, heun=False)), ddim, atol=1e-9)
    np.testing.assert_allclose(end(samplers.flow(X_T, path)), ddim, atol=1e-9)


def test_ddim_with_all_new_noise_is_ddpm():
    path = levels.even_in_t(20, ALPHA_BAR)
    ddpm = end(samplers.ddpm(X_T, path, np.random.default_rng(5)))
    ddim = end(samplers.ddim(X_T, path, np.random.default_rng(5), eta=1.0))
    np.testing.assert_allclose(ddim, ddpm, atol=1e-9)


def test_the_slides_step_has_the_mean_of_ddpm():
    """Worked example ddpm-step-identity: with c² = beta~ the slide's formula is DDPM's."""

    class Silent(np.random.Generator):  # noise of zero leaves the mean
        def standard_normal(self, shape):
            return np.zeros(shape)

    silent = Silent(np.random.PCG64())

    path = levels.path(np.array([500.0, 499.0]), ALPHA_BAR)
    x, eps_hat = np.array([1.3]), np.array([-0.4])
    for sampler in (samplers.ddpm(x, path, silent), samplers.ddim(x, path, silent, 1.0)):
        next(sampler)
        assert sampler.send(eps_hat).x[0] == pytest.approx(1.310800244, abs=1e-9)


@pytest.mark.parametrize(
    ("walk", "order"),
    [
        (lambda x, path: samplers.ode(x, path, False), 1),
        (lambda x, path: samplers.ode(x, path, True), 2),
        (samplers.dpm, 2),
    ],
    ids=["euler", "heun", "dpm"],
)
def test_halving_the_steps_of_the_ode_shrinks_the_error_by_its_order(walk, order):
    """Where the data is one Gaussian of std s, the exact way is x_t / sqrt(alpha² s² + sigma²) = const."""
    s = 0.5

    def gaussian(x, t):
        a = schedules.between(ALPHA_BAR, t)[:, None, None]
        return np.sqrt(1 - a) * x / (a * s**2 + 1 - a)

    def error(n):
        path = levels.even_in_rho(n, ALPHA_BAR)
        first, last = path[0], path[-2]  # the very last step is Euler's in both
        *_, (before,) = (
            m for m in samplers.race([walk(X_T, path)], gaussian) if m[0].at.t >= last.t
        )
        wide = np.hypot(last.alpha * s, last.sigma) / np.hypot(first.alpha * s, first.sigma)
        return np.abs(before.x_t - wide * X_T).max()

    assert np.log2(error(40) / error(80)) == pytest.approx(order, abs=0.35)


def test_lanes_side_by_side_do_not_touch_each_other():
    path, short = levels.even_in_t(8, ALPHA_BAR), levels.even_in_s(3, ALPHA_BAR)
    alone = [end(samplers.ode(X_T, path)), end(samplers.flow(X_T, short))]
    *_, last = samplers.race([samplers.ode(X_T, path), samplers.flow(X_T, short)], eps)
    np.testing.assert_array_equal([lane.x_0 for lane in last], alone)
    assert [lane.calls for lane in last] == [15, 3]  # Heun: two a step, but one in the last


def test_a_race_asks_the_net_once_a_moment():
    batches = []

    def counted(x, t):
        batches.append(len(x))
        return eps(x, t)

    path, short = levels.even_in_t(4, ALPHA_BAR), levels.even_in_t(2, ALPHA_BAR)
    moments = list(samplers.race([samplers.flow(X_T, path), samplers.flow(X_T, short)], counted))
    assert batches == [2, 2, 1, 1]
    assert len(moments) == 5
    np.testing.assert_array_equal(moments[0][0].x_t, X_T)
