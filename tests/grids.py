"""The states that the laws try: the defaults, and each control alone at each of its ends."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from app.params import Params


def corners(params: type[Params]) -> Iterator[Params]:
    """The defaults first, then each control at each of its ends or options."""
    yield params()
    for name, control in params.controls().items():
        for end in control.ends(getattr(params(), name)):
            yield dataclasses.replace(params(), **{name: end})


def leaves(value) -> Iterator[np.ndarray | float]:
    """Every array and number inside a frame or a scene."""
    if isinstance(value, (np.ndarray, float, np.floating)):
        yield value
    elif dataclasses.is_dataclass(value):
        for f in dataclasses.fields(value):
            yield from leaves(getattr(value, f.name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from leaves(item)
