"""The memory of all that happened: nothing is lost, nothing is from the future, all is equally likely."""

import numpy as np

from models.maths.replay import Replay, Transitions


def made(rng, runs, n):
    return Transitions(
        *(rng.standard_normal((runs, n, *k)).astype(np.float32) for k in ((3,), (2,), (), (3,)))
    )


def test_what_goes_in_comes_out_in_order():
    rng = np.random.default_rng(0)
    parts = [made(rng, 2, 5) for _ in range(3)]
    replay = Replay.empty(2, 20, 3, 2)
    for part in parts:
        replay = replay.add(part)
    out = replay.at(np.tile(np.arange(15), (2, 1)))
    for name in ("x", "a", "r", "x_next"):
        assert np.array_equal(
            getattr(out, name), np.concatenate([getattr(p, name) for p in parts], 1)
        )


def test_an_older_moments_replay_stays_as_it_was():
    rng = np.random.default_rng(0)
    old = Replay.empty(1, 20, 3, 2).add(made(rng, 1, 5))
    before = old.at(np.arange(5)[None]).x.copy()
    new = old.add(made(rng, 1, 5))
    assert (old.filled, new.filled) == (5, 10)
    assert np.array_equal(old.at(np.arange(5)[None]).x, before)
    assert old.pick(500, 99, rng).max() == 4 and new.pick(500, 99, rng).max() == 9


def test_a_smaller_buffer_draws_evenly_from_the_latest():
    rng = np.random.default_rng(0)
    replay = Replay.empty(2, 100, 3, 2).add(made(rng, 2, 100))
    counts = np.bincount(replay.pick(20_000, 10, rng).ravel(), minlength=100)
    assert counts[:90].sum() == 0
    assert np.abs(counts[90:] - 4000).max() < 5 * np.sqrt(4000)
