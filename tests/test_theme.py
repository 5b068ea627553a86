"""Colours by meaning can be read, and told apart by those who see fewer of them."""

from itertools import combinations
from typing import get_args

import numpy as np
import pytest

from app.figures import theme
from app.figures.scene import Ink

THEMES = {"light": theme.LIGHT, "dark": theme.DARK}
MEANINGS = ("data", "noise", "model", "field", "exact", "focus")
# Machado, Oliveira and Fernandes, 2009, severity 1.0, on linear RGB
SIGHTS = {
    "all": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip
APART = 0.04  # in OKLab, where 0.02 is just seen


def linear(colour):
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    """Ottosson, 2020."""
    return LAB @ np.cbrt(CONES @ rgb)


def contrast(one, other):
    """WCAG 2.2, relative luminance."""
    low, high = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_text_and_marks_stand_out_from_what_they_are_on(name):
    tokens = THEMES[name]
    for ground in ("paper", "card"):
        for text in ("ink", "soft", "accent", "error"):
            assert contrast(tokens[text], tokens[ground]) >= 4.5, text
        for mark in get_args(Ink):
            assert contrast(tokens[mark], tokens[ground]) >= 3, mark


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("name", THEMES)
def test_meanings_are_told_apart_by_every_sight(name, sight):
    seen = {
        ink: oklab(np.clip(SIGHTS[sight] @ linear(THEMES[name][ink]), 0, 1)) for ink in MEANINGS
    }
    for one, other in combinations(MEANINGS, 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= APART, (one, other)
