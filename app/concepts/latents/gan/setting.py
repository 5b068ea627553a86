"""What a person may set, and what is in force at an iteration after all that was done."""

from dataclasses import dataclass
from typing import NamedTuple

from app import params
from models.maths import adversarial_losses as losses
from models.worlds.clusters import DATA, LATENTS

SLOWEST, FASTEST = 1e-4, 0.05  # learning rates, however often doubled or halved
LOSSES = {
    "non-saturating": losses.nonsaturating(),
    "minimax": losses.minimax(),
    "least squares": losses.least_squares(),
}
NETS = {"2 × 32": (32, 128), "2 × 8": (8, 150)}  # units a layer, points a minibatch
BY_LINE, NETWORKS = "line by line", "GAN|line by line"
SMALL = "Dirac-GAN|matrix game"
ACTIONS = {
    "only_d": "Only D", "only_g": "Only G", "both": "Both",
    "d_up": "D ×2", "d_down": "D ÷2", "g_up": "G ×2", "g_down": "G ÷2",
}  # fmt: skip
PENTAGON = ((0.0, 1.9), (-1.8, 0.6), (-1.1, -1.5), (1.1, -1.5), (1.8, 0.6))


@dataclass(frozen=True)
class Params(params.Params):
    game: str = params.choice("GAN", BY_LINE, "Dirac-GAN", "matrix game", label="Game")
    data: str = params.choice(*DATA, label="Data", game=NETWORKS)
    clusters: tuple[params.Point, ...] = params.points(
        PENTAGON,
        "Clusters",
        count=(1, 25),
        x=(-2.8, 2.8),
        y=(-2.8, 2.8),
        game=NETWORKS,
        data="drawn",
    )
    latent: str = params.choice(*LATENTS, label="Latent z", game=NETWORKS)
    loss: str = params.choice(*LOSSES, label="Loss", game=NETWORKS)
    k: int = params.slider(1, 1, 10, 1, "D steps, k", game=NETWORKS)
    lr_d: float = params.slider(0.002, SLOWEST, FASTEST, 1e-4, "Rate of D", log=True, game=NETWORKS)
    lr_g: float = params.slider(0.001, SLOWEST, FASTEST, 1e-4, "Rate of G", log=True, game=NETWORKS)
    nets: str = params.choice(*NETS, label="Nets", game=NETWORKS)
    since: int = params.slider(100, 0, 600, 10, "From iteration", game=BY_LINE)
    iterations: int = params.slider(3000, 150, 6000, 150, "Iterations", game="GAN")
    events: tuple[params.Event, ...] = params.timeline("Step in", 6000, ACTIONS, game="GAN")
    rule: str = params.choice("simultaneous", "alternating", label="Turns are", game=SMALL)
    rate: float = params.slider(0.1, 0.01, 0.5, 0.01, "Step size", game=SMALL)
    penalty: float = params.slider(0.0, 0.0, 2.0, 0.05, "Penalty γ", game="Dirac-GAN")
    start: tuple[params.Point, ...] = params.points(
        ((1.2, 0.0),), "Start", count=(1, 1), x=(-2.4, 2.4), y=(-2.4, 2.4), game="Dirac-GAN"
    )
    a: float = params.slider(1.0, -3.0, 3.0, 0.5, "Payoff 1, 1", game="matrix game")
    b: float = params.slider(-1.0, -3.0, 3.0, 0.5, "Payoff 1, 2", game="matrix game")
    c: float = params.slider(-1.0, -3.0, 3.0, 0.5, "Payoff 2, 1", game="matrix game")
    d: float = params.slider(1.0, -3.0, 3.0, 0.5, "Payoff 2, 2", game="matrix game")
    mix: tuple[params.Point, ...] = params.points(
        ((0.8, 0.5),), "First mix", count=(1, 1), x=(0.0, 1.0), y=(0.0, 1.0), game="matrix game"
    )
    turns: int = params.slider(200, 20, 400, 10, "Turns", game=SMALL)
    seed: int = params.seed()


class Turn(NamedTuple):
    """Who trains, and how fast."""

    d: bool
    g: bool
    lr_d: float
    lr_g: float


def in_force(p: Params, number: int) -> Turn:
    """Who trains in an iteration and how fast, after all that was done up to it."""
    d, g, lr = True, True, {"d": p.lr_d, "g": p.lr_g}
    for at, action in p.events:
        if at > number:
            break
        if action in ("both", "only_d", "only_g"):
            d, g = action != "only_g", action != "only_d"
        else:
            who, way = action.split("_")
            lr[who] = min(max(lr[who] * (2 if way == "up" else 0.5), SLOWEST), FASTEST)
    return Turn(d, g, lr["d"], lr["g"])
