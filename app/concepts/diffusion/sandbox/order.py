r"""How fast the error falls with the step: of a path (strong) and of an average (weak).

$\mathbb E |x_h - x| \sim h^\gamma$ on the same noise, $|\mathbb E x_h^2 - \mathbb E x^2| \sim h^\beta$. Euler-Maruyama
has $\gamma = \tfrac12$, $\beta = 1$, and $\gamma = 1$ where the noise is the same everywhere.
(Kloeden and Platen, 1992, sec. 10.2, 10.3 and 14.1; doi:10.1007/978-3-662-12616-5)
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from models.maths.integrators import advance
from models.maths.sde import SCHEMES, SDE, Scheme, walk

from .world import MOST, Params

Array = np.ndarray


@dataclass(frozen=True)
class Order:
    """Errors at the end for steps span / 2^k, k = 0 … 9."""

    h: Float[Array, " k"]
    strong: Float[Array, " k"]  # mean |x_h - x| over the particles
    weak: Float[Array, " k"]  # |E x_h² - E x²|, both exact
    known: float  # the order of the strong error that theory says
    seen: float  # its slope over the finer half of the steps


def order_of(
    p: Params,
    sde: SDE,
    rate: float,
    x: Float[Array, "n 1"],
    w: Float[Array, "k n 1"],
    truth: Float[Array, "n 1"],
    span: float,
) -> Order:
    """The errors of the chosen scheme on u = rate x, on the noise of the particles."""
    scheme, h = SCHEMES[p.solver], span / 2.0 ** np.arange(MOST + 1)
    strong, weak = [], []
    square = float(np.square(x).mean())
    for k in range(MOST + 1):
        *_, end = walk(sde, x, w[:: 2 ** (MOST - k)], span, scheme)
        strong.append(float(np.abs(end - truth).mean()))
        weak.append(
            abs(squares(p, rate, square, h[k], 2**k, scheme) - settled(p, rate, square, span))
        )
    least = np.maximum(np.array(strong), 1e-13)
    fine = slice(MOST // 2, None)
    return Order(
        h,
        least,
        np.maximum(np.array(weak), 1e-13),
        known_order(p, scheme),
        float(np.polyfit(np.log(h[fine]), np.log(least[fine]), 1)[0]),
    )


def known_order(p: Params, scheme: Scheme) -> float:
    """Without noise that of the rule; with it 1, or 1/2 where nobody minds that it grows with x."""
    if p.sigma == 0:
        return float(scheme.rule.order)
    return 0.5 if p.motion == "geometric" and not scheme.milstein else 1.0


def squares(p: Params, rate: float, square: float, h: float, steps: int, scheme: Scheme) -> float:
    """E x² after so many steps of the scheme: each multiplies x by R and adds noise."""
    one, zero = np.ones((1, 1)), np.zeros(1)
    r = 1 + float(advance(lambda x, t: rate * x, one, zero, zero + h, scheme.rule)[0, 0])
    if p.motion == "geometric":
        more = p.sigma**4 * h * h / 2 if scheme.milstein else 0.0
        return float(square * (r * r + p.sigma**2 * h + more) ** steps)
    shrink = r ** (2 * steps)
    return float(
        square * shrink + p.sigma**2 * h * (steps if r * r == 1 else (shrink - 1) / (r * r - 1))
    )


def settled(p: Params, rate: float, square: float, t: float) -> float:
    """E x² of the exact law."""
    if p.motion == "geometric":
        return float(square * np.exp((2 * rate + p.sigma**2) * t))
    return float(square * np.exp(2 * rate * t) + p.sigma**2 * np.expm1(2 * rate * t) / (2 * rate))
