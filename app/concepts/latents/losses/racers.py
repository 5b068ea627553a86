"""Who may race: ten losses, each with the one number that belongs to it."""

from collections.abc import Callable
from dataclasses import dataclass

from app.params import Entrant, Pick, Setting
from models.maths import adversarial_losses as losses
from models.maths.adversarial_losses import Loss


@dataclass(frozen=True)
class Racer:
    """A loss by name, how it is made of its setting, and the number that tells how it is doing."""

    label: str
    make: Callable[..., Loss]
    setting: Setting | None = None
    own: str = "D's lead"
    formula: str = "E[a(x)] − E[a(G(z))]"


RACERS = {
    "ns": Racer("non-saturating", losses.nonsaturating),
    "minimax": Racer("minimax", losses.minimax),
    "ls": Racer("least squares", losses.least_squares),
    "wgan": Racer(
        "WGAN, clipped",
        losses.wasserstein,
        Setting("c", 0.01, 1.0, 0.01, 0.1),
        "weights at the clip",
        "share of |w| = c",
    ),
    "gp": Racer(
        "WGAN-GP",
        losses.wasserstein_gp,
        Setting("λ", 0.1, 20.0, 0.1, 1.0),
        "steepness",
        "mean |∂a/∂x| between both kinds; the penalty wants 1",
    ),
    "hinge": Racer("hinge", losses.margins),
    "eb": Racer(
        "EBGAN",
        losses.energy,
        Setting("m", 0.1, 10.0, 0.1, 4.0),
        "energy of samples",
        "mean |G(z) − AE(G(z))|², m at most pays",
    ),
    "began": Racer(
        "BEGAN",
        losses.boundary,
        Setting("γ", 0.1, 1.0, 0.05, 0.8),
        "energies' ratio",
        "E[e(G(z))] / E[e(x)], aims at γ",
    ),
    "rp": Racer("relativistic", losses.relativistic),
    "r1": Racer(
        "R1, non-saturating",
        losses.flat,
        Setting("γ", 0.01, 10.0, 0.01, 0.1),
        "steepness at data",
        "mean |∂a/∂x|² at x, which R1 holds down",
    ),
}
ENTRANTS = tuple(Entrant(name, racer.label, racer.setting) for name, racer in RACERS.items())


def loss_of(pick: Pick) -> Loss:
    """The loss of a lane with its setting."""
    name, own = pick
    make = RACERS[name].make
    return make() if own is None else make(own)
