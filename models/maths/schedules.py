r"""How fast a picture drowns in noise: the schedules of diffusion.

$x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon$ with
$\bar\alpha_t = \prod_{s \le t} (1 - \beta_s)$; $t = 0$ is the least noisy step, $t = T - 1$ is noise.
"""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def linear_betas(steps: int = 1000, first: float = 1e-4, last: float = 0.02) -> Float[Array, " T"]:
    """The variances of the noise added at each step, growing by equal amounts.

    (Ho et al., 2020, sec. 4; arXiv:2006.11239)
    """
    betas: Array = np.linspace(first, last, steps)
    return betas


def cosine_betas(
    steps: int = 1000, offset: float = 0.008, largest: float = 0.999
) -> Float[Array, " T"]:
    """The variances whose alpha_bar falls like a squared cosine, no one above `largest`.

    (Nichol & Dhariwal, 2021, eq. 17; arXiv:2102.09672)
    """
    time = np.arange(steps + 1) / steps
    alpha_bar: Array = np.cos((time + offset) / (1 + offset) * np.pi / 2) ** 2
    betas: Array = np.minimum(1 - alpha_bar[1:] / alpha_bar[:-1], largest)
    return betas


def cumulative(betas: Float[Array, " T"]) -> Float[Array, " T"]:
    """alpha_bar: the share of the data's variance that is left after each step.

    (Ho et al., 2020, eq. 4; arXiv:2006.11239)
    """
    alpha_bar: Array = np.cumprod(1 - betas)
    return alpha_bar


def zero_terminal(alpha_bar: Float[Array, " T"], least: float = 2.0**-40) -> Float[Array, " T"]:
    """The schedule with sqrt(alpha_bar) shifted and scaled: its first value as it was, its last 0.

    Sampled by its noise, 0 itself has no x_0 (0 / 0), so `least` is left of the signal's variance.
    (Lin et al., 2024, alg. 1; arXiv:2305.08891)
    """
    signal = np.sqrt(alpha_bar)
    stretched = (signal - signal[-1]) * signal[0] / (signal[0] - signal[-1])
    rescaled: Array = np.maximum(np.square(stretched), least)
    return rescaled


def bent(log_snr: Float[Array, " k"], steps: int = 1000) -> Float[Array, " T"]:
    """alpha_bar whose log10 signal-to-noise ratio has these values at even times, noise first.

    Straight in between; the values must rise towards the data.
    """
    at = np.linspace(steps - 1, 0, len(log_snr))
    ratio = 10 ** np.interp(np.arange(steps), at[::-1], log_snr[::-1])
    alpha_bar: Array = ratio / (1 + ratio)
    return alpha_bar


def snr(alpha_bar: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Signal-to-noise ratio: variance of the data's part over variance of the noise.

    (Kingma et al., 2021, eq. 2; arXiv:2107.00630)
    """
    ratio: Array = alpha_bar / (1 - alpha_bar)
    return ratio


def between(alpha_bar: Float[Array, " T"], t: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """alpha_bar at times between the steps, log alpha_bar taken as straight from step to step.

    Times run from -1, where alpha_bar is 1 and the data is clean, to T - 1. Raises ValueError
    outside.
    """
    steps = len(alpha_bar)
    if np.min(t) < -1 or np.max(t) > steps - 1:
        raise ValueError(
            f"t runs from {np.min(t)} to {np.max(t)}; it must stay in [-1, {steps - 1}]"
        )
    logs = np.concatenate([[0.0], np.log(alpha_bar)])
    mixed: Array = np.exp(np.interp(t, np.arange(-1, steps), logs))
    return mixed
