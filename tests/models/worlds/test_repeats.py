"""Texts that repeat themselves do, and what can be known of them is found by looking."""

import numpy as np

from models.worlds.repeats import repeats


def some():
    rng = np.random.default_rng(0)
    return repeats(rng.integers(3, 8, 50), rng.integers(0, 6, 50), 20, 12, rng)


def test_every_token_is_new_before_the_block_repeats_and_none_is_after():
    texts = some()
    for tokens, period, offset in zip(*texts, strict=True):
        start = offset + period
        assert len(set(tokens[:start])) == start
        assert (tokens[start:] == tokens[offset : len(tokens) - period]).all()
        assert set(tokens[start:]) <= set(tokens[offset:start])


def test_the_next_token_is_known_where_this_one_was_read_before():
    texts = some()
    for tokens, known in zip(texts.tokens, texts.known, strict=True):
        for i in range(len(tokens)):
            read = tokens[i] in tokens[:i]
            assert known[i] == (read and i < len(tokens) - 1)


def test_what_came_after_an_earlier_copy_is_what_comes_next():
    texts = some()
    for tokens, known, after in zip(texts.tokens, texts.known, texts.after, strict=True):
        for i in np.flatnonzero(known):
            places = [j for j in range(1, i) if tokens[j - 1] == tokens[i]]
            assert list(np.flatnonzero(after[i])) == places
            assert places and all(tokens[j] == tokens[i + 1] for j in places)


def test_the_same_seed_gives_the_same_texts():
    assert (some().tokens == some().tokens).all()
