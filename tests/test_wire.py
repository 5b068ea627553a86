"""Scenes as bytes: what is sent is what was drawn, and nothing is sent twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from app import wire
from app.figures.scene import Film, Lines, Matrix, Plane, Points
from tests.messages import headers


def sent(*scenes):
    encoder = wire.Encoder()
    return b"".join(encoder.frame(i, scene) for i, scene in enumerate(scenes))


def plane(*layers):
    return {"plane": Plane("a plane", "some dots", (0.0, 1.0), (0.0, 1.0), layers)}


def test_coordinates_arrive_within_a_pixel_of_any_screen():
    xy = np.random.default_rng(0).standard_normal((500, 2)) * [3, 900]
    (message,) = headers(sent(plane(Points(xy))))
    got = message["views"]["plane"]["layers"][0]["xy"]
    assert (np.abs(got - xy) / np.ptp(xy, axis=0)).max() < 1 / 65535


def test_matrices_arrive_exactly_as_float32():
    values = np.random.default_rng(0).random((7, 5))
    (message,) = headers(sent({"m": Matrix("m", "a matrix", values)}))
    np.testing.assert_array_equal(message["views"]["m"]["values"], values.astype(np.float32))


def test_bytes_stay_bytes():
    images = np.arange(2 * 3 * 4 * 4, dtype=np.uint8).reshape(2, 3, 4, 4)
    (message,) = headers(sent({"f": Film("f", "a film", images)}))
    np.testing.assert_array_equal(message["views"]["f"]["images"], images)


def test_an_array_seen_before_is_not_sent_again():
    xy, moving = np.random.default_rng(0).random((2, 4000, 2))
    first = len(sent(plane(Points(xy), Points(moving))))
    both = len(sent(plane(Points(xy), Points(moving)), plane(Points(xy), Points(moving + 1))))
    assert both - first < 0.6 * first
    again = list(headers(sent(plane(Points(xy)), plane(Points(xy)))))[1]
    assert np.abs(again["views"]["plane"]["layers"][0]["xy"] - xy).max() < 1e-4


@pytest.mark.parametrize("shape", [(0, 2), (1, 2)])
def test_few_points_or_none_can_be_sent(shape):
    (message,) = headers(sent(plane(Points(np.zeros(shape)))))
    assert message["views"]["plane"]["layers"][0]["xy"].shape == shape


@given(arrays(np.float64, (3, 4, 2), elements={"min_value": -1e6, "max_value": 1e6}))
def test_any_paths_survive_the_wire(xy):
    (message,) = headers(sent(plane(Lines(xy))))
    got = message["views"]["plane"]["layers"][0]["xy"]
    span = np.maximum(np.ptp(xy, axis=(0, 1)), 1e-12)
    assert (np.abs(got - xy) <= span / 65535 + 1e-9 * np.abs(xy)).all()


def test_a_value_that_is_no_number_is_never_sent():
    with pytest.raises(ValueError, match="not JSON compliant"):
        wire._message({"x": float("nan")}, b"")


def test_what_has_not_changed_in_a_view_is_not_said_again():
    still, moving = np.zeros((5, 2)), np.ones((5, 2))
    many = tuple(f"word {n}" for n in range(500))
    table = Matrix("a table", "the same words", np.eye(500), rows=many)
    first = sent({"m": table, **plane(Points(still))})
    both = sent({"m": table, **plane(Points(still))}, {"m": table, **plane(Points(moving))})
    assert len(both) - len(first) < 400
    last = list(headers(both))[1]["views"]
    assert last["m"]["rows"] == list(many)
    np.testing.assert_array_equal(last["plane"]["layers"][0]["xy"], moving)
