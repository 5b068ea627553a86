"""The positions page: distances, learned codes at their floor, the slides' table, and real long texts."""

import json

import numpy as np
import pytest
import torch

from app.concepts.transformers.positions import (
    CONCEPT,
    Params,
    apart,
    compute,
    draw,
    fitting,
    learned,
    reach,
)
from app.concepts.transformers.positions.compute import PLACES
from app.figures.scene import Chart, Matrix, Numbers, Wall
from app.wire import Encoder
from models import catalogue, reader
from models.maths.positions import by_distance, frequencies

EXAMPLES = {
    "transformer-positional-encoding": [
        [0.0, 1.0, 0.0, 1.0],
        [0.841471, 0.540302, 0.01, 0.99995],
        [0.909297, -0.416147, 0.019999, 0.9998],
        [0.14112, -0.989992, 0.029996, 0.99955],
        [-0.756802, -0.653644, 0.039989, 0.9992],
        [-0.958924, 0.283662, 0.049979, 0.99875],
        [-0.279415, 0.96017, 0.059964, 0.998201],
    ],
    "transformer-input": [
        [0.2, 0.9, 0.5, 1.3],
        [1.241471, 1.240302, -0.29, 1.79995],
        [1.009297, 0.183853, -0.480001, 1.8998],
        [0.64112, -1.189992, 0.729996, 1.29955],
        [-0.556802, -0.753644, 0.539989, 1.2992],
        [-1.358924, 1.183662, 0.149979, 0.39875],
        [0.320585, 1.26017, -0.040036, 1.198201],
    ],
}


def last(**given):
    *_, frame = compute(Params(**given))
    return frame


# --- side by side


@pytest.mark.parametrize("beside", ["RoPE", "one-hot", "Fourier features"])
@pytest.mark.parametrize("layout", ["interleaved", "half-split"])
def test_computed_codes_know_only_the_distance(beside, layout):
    frame = last(beside=beside, layout=layout)
    for one in (frame.waves, frame.third):
        assert np.ptp(one.far[:, 1:], axis=1).max() < 1e-12
    assert frame.phase < 1e-12


def test_one_hot_codes_find_any_two_places_equally_unlike():
    far = last(beside="one-hot").third.far
    assert far[0, 0] == 1
    assert (far[1:] == 0).all()


def test_random_fourier_features_tend_to_a_bell():
    far = last(beside="Fourier features", pairs=32).third.far[:, 0]
    bell = np.exp(-0.5 * (2 * np.pi * 4 / PLACES * np.arange(PLACES)) ** 2)
    assert np.abs(far - bell).max() < 4 / np.sqrt(2 * 32)


def test_the_gradient_of_the_learned_codes_is_torchs():
    p = np.random.default_rng(0).standard_normal((9, 4))
    c = learned.covariance(9, 0.8, square=True)
    t = torch.tensor(p, requires_grad=True)
    score = (t @ t.T / 2).masked_fill(torch.eye(9, dtype=torch.bool), -torch.inf)
    a, cov = score.softmax(-1), torch.tensor(c)
    loss = (cov - 2 * a @ cov + a @ cov @ a.T).diagonal().mean()
    loss.backward()
    weight = learned.weights(p)
    assert learned.error(weight, c) == pytest.approx(loss.item(), abs=1e-12)
    assert np.allclose(learned.slope(p, weight, c), t.grad, atol=1e-12)


def test_the_expected_error_is_that_of_drawn_signals():
    c = learned.covariance(16, 0.9, square=False)
    a = learned.weights(np.random.default_rng(1).standard_normal((16, 8)))
    x = np.random.default_rng(2).multivariate_normal(np.zeros(16), c, 40_000)
    error = ((x - x @ a.T) ** 2).mean(-1)
    assert abs(error.mean() - learned.error(a, c)) < 5 * error.std() / np.sqrt(len(x))


def test_the_floor_is_the_error_of_the_best_linear_guess():
    c = learned.covariance(12, 0.7, square=False)
    errors = []
    for i in range(12):
        rest = np.delete(np.arange(12), i)
        errors.append(c[i, i] - c[i, rest] @ np.linalg.solve(c[np.ix_(rest, rest)], c[rest, i]))
    assert learned.least(c) == pytest.approx(np.mean(errors))


def test_the_learned_codes_come_to_their_floor_and_become_banded():
    frames = list(compute(Params()))
    first, end = frames[0], frames[-1]
    assert first.loss[-1] > 5 * first.least
    assert end.least < end.loss[-1] < 1.05 * end.least
    assert abs(first.learned.far[1, 0]) < 0.2
    near = end.learned.far[:4, 0]
    assert near[1] > 0.8
    assert (np.diff(near) < 0).all()
    assert np.abs(end.learned.far[8:40, 0]).max() < 0.6


def test_places_that_no_text_has_stay_as_they_were():
    first, *_, end = compute(Params(seen=32))
    assert (first.learned.code[32:] == end.learned.code[32:]).all()
    assert (first.learned.code[:32] != end.learned.code[:32]).all()
    assert len(end.learned.far) == 32


def test_on_a_square_a_place_is_like_its_neighbours_on_all_sides():
    frame = last(ground="square")
    grid = frame.learned.alike.reshape(8, 8, 8, 8)
    down = np.mean([grid[r, c, r + 1, c] for r in range(7) for c in range(8)])
    along = np.mean([grid[r, c, r, c + 1] for r in range(8) for c in range(7)])
    wrapped = np.mean([grid[r, 7, r + 1, 0] for r in range(7)])  # next in number, far apart
    assert min(down, along) > 0.5
    assert wrapped < 0.2
    view = draw(frame)["tiles"]
    assert isinstance(view, Wall)
    assert view.values.shape == (64, 8, 8)


# --- two positions


def test_only_bare_waves_and_rope_do_not_feel_a_move():
    moved = last(show="two positions").moved
    assert np.ptp(moved["RoPE"]) < 1e-12
    assert np.ptp(moved["waves alone"]) < 1e-12
    assert np.ptp(moved["waves added"]) > 1


@pytest.mark.parametrize("scheme", apart.SCHEMES)
def test_the_parts_of_the_pairs_sum_to_the_score(scheme):
    for frame in compute(Params(show="two positions", scheme=scheme)):
        assert frame.part.sum() == pytest.approx(frame.score)
        assert frame.moved[scheme][frame.shift] == pytest.approx(frame.score)
        assert frame.by_lag[apart.LAST + frame.n - frame.m] == pytest.approx(frame.score)
        assert (np.linalg.norm(frame.query, axis=-1) <= frame.longest[0] + 1e-12).all()


def test_the_angles_on_the_dials_stand_still_while_the_hands_turn():
    first, second, *_ = compute(Params(show="two positions"))
    assert np.allclose(first.angle, second.angle)
    assert np.abs(first.query[0] - second.query[0]).max() > 0.1


def test_the_score_is_the_same_a_thousand_tokens_on():
    assert np.ptp(last(show="two positions").checks) < 1e-12
    assert np.ptp(last(show="two positions", scheme="waves added").checks) > 0.1


def test_bare_waves_are_rope_of_unit_vectors():
    frame = last(show="two positions", scheme="waves alone", pairs=6)
    apart_by = frame.m - frame.n
    assert frame.score * np.sqrt(12) == pytest.approx(np.cos(apart_by * frequencies(12)).sum())


@pytest.mark.parametrize("layout", ["interleaved", "half-split"])
def test_weights_of_one_layout_need_reordering_for_the_other(layout):
    frame = last(show="two positions", layout=layout)
    assert frame.mended == pytest.approx(frame.score, abs=1e-12)
    assert abs(frame.other - frame.score) > 0.1


def test_handles_stand_on_whole_places():
    frame = last(show="two positions", query_at=((6.4, 0.0),), key_at=((2.6, 0.0),))
    assert (frame.m - frame.shift, frame.n - frame.shift) == (6, 3)


# --- adding


def test_the_right_table_and_sum_are_those_of_the_worked_examples():
    frame = last(show="adding")
    assert np.allclose(frame.position, EXAMPLES["transformer-positional-encoding"], atol=1e-6)
    assert np.allclose(frame.sum, EXAMPLES["transformer-input"], atol=1e-6)


def test_the_slides_table_is_right_in_its_first_two_rows_and_marked_cell_by_cell():
    frame = last(show="adding", table="as printed")
    assert not frame.wrong[:2].any()
    assert frame.wrong[2].tolist() == [False, True, True, False]
    assert frame.wrong[3:, :3].all()
    assert frame.wrong.sum() == 15
    view = draw(frame)["position"]
    assert isinstance(view, Matrix)
    assert (view.crossed == frame.wrong).all()
    assert draw(last(show="adding"))["position"].crossed is None


def test_without_positions_word_order_is_lost_and_with_them_it_counts():
    for swap in (False, True):
        bag = last(show="adding", added=False, swap=swap)
        assert bag.reordered == 0
        assert bag.the == 0
        order = last(show="adding", swap=swap)
        assert order.reordered > 0.5
        assert order.the > 1


def test_the_change_is_between_the_same_two_words():
    one, other = last(show="adding"), last(show="adding", swap=True)
    at = {word: i for i, word in enumerate(one.words)}
    there = {word: i for i, word in enumerate(other.words)}
    change = other.alike[there["cat"], there["sat"]] - one.alike[at["cat"], at["sat"]]
    assert one.change[at["cat"], at["sat"]] == pytest.approx(change)


# --- Fourier fit


@pytest.mark.parametrize("bank", fitting.BANKS)
def test_left_out_errors_are_those_of_leaving_points_out(bank):
    frame = list(compute(Params(show="Fourier fit", bank=bank, ridge=0.01)))[4]
    x, y = frame.data.T
    gamma = fitting.features(x, frame.frequency[:4])
    errors = []
    for i in range(len(x)):
        g, t = np.delete(gamma, i, 0), np.delete(y, i)
        w = np.linalg.solve(g.T @ g + 0.01 * np.eye(g.shape[1]), g.T @ t)
        errors.append(y[i] - gamma[i] @ w)
    assert frame.waves.outside == pytest.approx(np.sqrt(np.mean(np.square(errors))))


def test_waves_fit_what_a_line_cannot_and_too_many_fit_noise():
    frames = list(compute(Params(show="Fourier fit")))
    inside, outside = frames[-1].errors.T
    assert (np.diff(inside) <= 1e-9).all()
    assert inside[-1] < 0.01 < frames[0].line.inside
    best = outside.argmin()
    assert 0 < best < len(outside) - 1
    assert outside[-1] > 2 * outside[best]
    assert outside[best] < 0.5 * frames[0].line.outside


def test_the_kernel_of_the_features_knows_only_the_distance():
    gamma = fitting.features(np.linspace(0, 1, 30), np.arange(1.0, 5.0))
    far = by_distance(gamma @ gamma.T)
    assert np.ptp(far[:, 1:], axis=1).max() < 1e-9


# --- long context


def late(**given):
    """The late losses of every way to read, by name."""
    return {run.name: run for run in last(show="long context", **given).runs}


def test_the_page_knows_the_sizes_of_the_graphs():
    for name in (reach.SHORT, reach.LONG):
        spec = catalogue.spec(name)
        ports = {port.name: spec.shape(port, "most") for port in (*spec.inputs, *spec.outputs)}
        assert ports["frequency"] == (reach.D_HEAD // 2,)
        assert ports["tokens"][1] == reach.LENGTH
        card = json.loads((catalogue.folder() / f"{name}.json").read_text())
        layer, head = (i + 1 for i in reach.HEAD)
        assert card["quality"]["best_induction_head"].startswith(f"layer {layer}, head {head}")
    assert f"{reach.TRAINED} tokens at a time" in catalogue.spec(reach.SHORT).trained_on


def test_with_unchanged_frequencies_the_graph_reads_as_it_was_trained():
    row = reach.poems()[0]
    bits, weight = reach.run(row, reach.SHORT, frequencies(reach.D_HEAD), 1.0)
    plain = reader.read(row[None], "logits", "attention", net=reach.SHORT)
    logits = torch.tensor(plain["logits"][0, :-1]).double()
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(row[1:]), reduction="none")
    assert np.allclose(bits, loss / np.log(2), atol=1e-4)
    assert np.allclose(weight, plain["attention"][0][reach.HEAD], atol=1e-6)


def test_echoes_repeat_and_hold_no_word_twice_before():
    rows = reach.echoes(120, 3)
    assert rows.shape == (reach.COUNT, reach.LENGTH)
    assert (rows[:, 121:] == rows[:, 1:-120]).all()
    assert all(len(set(row[1:121])) == 120 for row in rows)


def test_sonnets_fill_the_context():
    assert reach.poems().shape == (reach.COUNT, reach.LENGTH)


def test_as_trained_it_copies_as_far_as_it_has_practised_and_no_further():
    near, far = late(period=reach.PRACTISED), late(period=120)
    assert near["as trained"].late < 1
    assert far["as trained"].late > 10  # worse than a blind guess
    assert far["trained on 256"].late < 1


def test_yarn_brings_the_copy_back_and_interpolation_breaks_it():
    yarn, slow = late(method="YaRN"), late(method="interpolation")
    assert yarn["YaRN"].late < 1
    assert yarn["YaRN"].back[119] > 0.6 > 0.2 > yarn["as trained"].back[119]
    assert slow["interpolation"].late > slow["as trained"].late
    assert late(method="NTK-aware")["NTK-aware"].late > 5
    assert late(method="YaRN", period=150)["YaRN"].late > 5
    assert late(method="YaRN", period=150, factor=4.0)["YaRN"].late < 1.5


def test_prose_does_not_notice_the_longer_text():
    runs = late(texts="sonnets", method="YaRN")
    plain = runs["as trained"]
    assert plain.late < plain.early + 2 * plain.error
    assert runs["YaRN"].late < plain.late + 0.5
    assert late(texts="sonnets", method="interpolation")["interpolation"].late > plain.late + 2


def test_a_factor_of_one_changes_nothing():
    for method in reach.METHODS:
        theta, scale = reach.stretch(frequencies(32), method, 1.0)
        assert np.allclose(theta, frequencies(32))
        assert scale == 1


def test_the_angle_to_the_copy_is_within_what_was_practised_where_the_copy_works():
    frame = last(show="long context", method="YaRN")
    assert frame.angle[-1] < 1
    assert last(show="long context").angle == pytest.approx(np.full(16, 119 / 62))


# --- the page


def test_a_default_run_is_small_enough_to_send():
    encoder = Encoder()
    messages = [encoder.frame(i, draw(frame)) for i, frame in enumerate(compute(Params()))]
    assert sum(map(len, messages)) < 1e6


@pytest.mark.parametrize(
    "show", ["side by side", "two positions", "adding", "Fourier fit", "long context"]
)
def test_every_view_has_its_place_in_the_layout(show):
    scene = draw(next(iter(compute(Params(show=show)))))
    views = [name for name in scene if name not in ("numbers", "clock")]
    here = [row.split() for row in CONCEPT.layout if set(row.split()) <= set(views)]
    assert {cell for row in here for cell in row} == set(views)
    numbers = scene["numbers"]
    assert isinstance(numbers, Numbers)
    assert len({row.name for row in numbers.rows}) == len(numbers.rows)


def test_windows_hold_the_curves():
    for given in ({"show": "long context"}, {"show": "two positions", "scheme": "waves added"}):
        scene = draw(last(**given))
        for view in scene.values():
            if isinstance(view, Chart):
                for series in view.series:
                    inside = (series.y >= view.y[0]) & (series.y <= view.y[1])
                    assert inside.mean() > 0.95, view.title
