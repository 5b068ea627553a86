"""Scenes as bytes: what is sent is what was drawn, and nothing is sent twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from app import wire
from app.figures.scene import Film, Lines, Matrix, Plane, Points, Wall
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


def wall(values):
    return {"wall": Wall("maps", "several matrices", values)}


def test_a_large_wall_of_causal_maps_takes_half_a_byte_a_cell():
    maps = np.tril(np.random.default_rng(0).random((16, 256, 256)))
    body = sent(wall(maps))
    assert len(body) < 0.51 * maps.size
    (message,) = headers(body)
    got = message["views"]["wall"]["values"]
    assert got.shape == maps.shape
    assert np.abs(got - maps).max() <= 0.5 / 255
    assert (np.triu(got, 1) == 0).all()


def test_a_small_wall_is_told_finer():
    maps = np.random.default_rng(0).random((4, 20, 20))
    (message,) = headers(sent(wall(maps)))
    assert np.abs(message["views"]["wall"]["values"] - maps).max() <= 0.5 / 65535


def test_a_causal_matrix_arrives_exactly():
    values = np.tril(np.random.default_rng(0).random((40, 40))).astype(np.float32)
    body = sent({"m": Matrix("m", "a matrix", values)})
    assert len(body) < 0.6 * values.nbytes + 600
    (message,) = headers(body)
    np.testing.assert_array_equal(message["views"]["m"]["values"], values)


def test_what_nobody_can_change_is_looked_at_once_and_all_else_each_time(monkeypatch):
    looked, blake2b = [], wire.blake2b
    monkeypatch.setattr(wire, "blake2b", lambda *a, **k: looked.append(a) or blake2b(*a, **k))
    free = np.random.default_rng(0).random((9, 9))
    fixed, shown = free.copy(), free[:]
    for array in (fixed, shown):
        array.setflags(write=False)  # `shown` can still be written to through `free`
    encoder, sizes = wire.Encoder(), []
    for i in range(3):
        free[0, 0] = i
        scene = {"a": Matrix("a", "fixed", fixed), "b": Matrix("b", "shown", shown)}
        sizes.append(len(encoder.frame(i, scene)))
    assert len(looked) == 1 + 3
    assert sizes[0] > sizes[1] > 4 * free.size  # the second matrix was sent again each time
