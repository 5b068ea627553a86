"""The check of shapes itself: it refuses what it should, rests after many calls, and wakes for the next test."""

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from models.maths.integrators import evenly
from models.runtime.together import Together
from tests import shapes


def wrong():
    return evenly("three", 1)


def test_a_wrong_type_is_refused_at_the_first_calls_and_again_in_the_next_test():
    with pytest.raises(TypeCheckError):
        wrong()
    for _ in range(shapes.MOST):
        evenly(2, 1)
    with pytest.raises(TypeError, match="str"):  # of what is computed: nobody has looked before
        wrong()
    shapes.again()
    with pytest.raises(TypeCheckError):
        wrong()


def test_methods_rest_and_wake_too():
    known = Together.run
    shapes.rest("models.runtime.together", "Together.run")
    assert known.__no_type_check__
    shapes.again()
    assert not hasattr(known, "__no_type_check__")
    assert np.allclose(evenly(2, 1)[:, 0], (0, 0.5, 1))
