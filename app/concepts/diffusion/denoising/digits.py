"""The race in pictures of one digit: the noise as a trained net tells it, read by a judge."""

import re
from collections.abc import Iterator

import numpy as np

from models.card import Facts
from models.catalogue import spec
from models.digits import noise_in, read, shares
from models.maths.samplers import clipped

from .frame import Digits, Lane, Params, Record

Array = np.ndarray
SHARES = (0.125, 0.25, 0.5)  # of the race: moments that are kept beside the present one
ALONE = (0, 0.15, 0.3, 0.45, 0.6, 0.8)


class Pictures:
    """All lanes in one batch of the U-Net; looks on at what it sees of the digit."""

    def __init__(self, p: Params, alpha_bar: Array) -> None:
        self.p = p
        self.x_T = np.random.default_rng(p.seed).standard_normal((1, 32, 32))
        self.eps = clipped(self.told, alpha_bar) if p.clip else self.told
        self.at: tuple[int, ...] = ()
        self.read: list[Array] = []  # a moment each: p(digit | x̂_0) of each lane
        self.record = record(p, spec("unet_digits").quality)

    def told(self, x: Array, t: Array) -> Array:
        """The noise in each lane's picture, as the net names it."""
        return noise_in(x, t, np.full(len(x), self.p.digit))

    def watch(self, step: int, lanes: tuple[Lane, ...]) -> None:
        """Keep what is to stay in sight."""
        if not self.at:
            last = max(len(lane.t) for lane in lanes)
            parts = SHARES if len(lanes) > 1 else ALONE
            self.at = tuple(sorted({round(part * last) for part in parts}))  # few if short
            self.kept = np.zeros((len(lanes), len(self.at), 2, 32, 32))
        self.lanes = lanes
        told = read(np.stack([lane.x_0 for lane in lanes]))
        self.read.append(shares(told.logits)[:, self.p.digit])
        self.now = np.stack([[lane.x_t[0], picture(lane, self.p.view)] for lane in lanes])
        if step in self.at:
            self.kept = self.kept.copy()  # frames that were shown keep theirs
            self.kept[:, self.at.index(step)] = self.now

    def shown(self) -> Digits:
        """What is kept so far, and how far the lanes are apart."""
        plain = [name != "ddpm" and not eta for name, eta in self.p.lanes]
        reference = plain.index(True) if any(plain) else 0  # the first that adds no noise
        x_0 = np.stack([lane.x_0[0] for lane in self.lanes])
        apart = np.sqrt(np.square(x_0 - x_0[reference]).mean((1, 2)))
        read = tuple(np.array(self.read).T)
        return Digits(self.now, self.kept, self.at, reference, apart, read, self.record)

    def rest(self) -> Iterator[Digits]:
        """Nothing comes after the samples."""
        return iter(())


def picture(lane: Lane, view: str) -> Array:
    """A lane's answer to look at; the score, which grows like 1 / sigma, times sigma."""
    seen: Array = lane.answer[0] * (lane.latest.sigma if view == "score" else 1.0)
    return seen


def record(p: Params, quality: Facts) -> Record:
    """What was measured by `python -m models.quality`, of those lanes that it knows."""
    keys = [f"{name}_(\\d+)_frechet" if not eta else "none" for name, eta in p.lanes]
    found = [
        {int(at[1]): far for fact, far in quality.items() if (at := re.fullmatch(key, fact))}
        for key in keys
    ]
    return Record(
        tuple(np.array(list(one), float) for one in found),
        tuple(np.array(list(one.values()), float) for one in found),
        np.array([quality[f"real_frechet{end}"] for end in ("", "_least", "_most")], float),
    )
