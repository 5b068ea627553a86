"""Excerpts are what they say: text as it stands, one mark before it, echoes that can be foretold."""

import numpy as np
import pytest

from models.maths import excerpts

TEXT = np.arange(1000)
START = 5000


def test_random_excerpts_are_text_as_it_stands_behind_the_mark():
    found = excerpts.at_random(TEXT, START, (50, 8), np.random.default_rng(0))
    assert found.shape == (50, 9)
    assert (found[:, 0] == START).all()
    assert (np.diff(found[:, 1:]) == 1).all()
    assert len(np.unique(found[:, 1])) > 40


def test_excerpts_in_a_row_hold_every_token_once():
    found = excerpts.in_a_row(TEXT, START, 7)
    assert found.shape == (142, 8)
    assert (found[:, 1:].ravel() == TEXT[:994]).all()


def test_a_text_said_twice_says_it_twice():
    assert excerpts.said_twice(np.array([[1, 2]]), START).tolist() == [[START, 1, 2, 1, 2]]


def test_without_echoes_the_target_is_the_next_token():
    text = excerpts.in_a_row(TEXT, START, 9)
    read, said = excerpts.with_echoes(text, TEXT, 0.0, np.random.default_rng(0))
    assert (said == text[:, 1:]).all()
    assert (read[:, 1:] == said[:, :-1]).all()


def test_in_an_echo_only_what_was_said_before_is_scored():
    text = excerpts.in_a_row(TEXT, START, 60)
    read, said = excerpts.with_echoes(text, TEXT, 1.0, np.random.default_rng(0))
    assert (read[:, 0] == START).all()
    for row, target in zip(read, said, strict=True):
        period = int((target == excerpts.UNSCORED).sum())
        assert 4 <= period < 30
        assert (target[:period] == excerpts.UNSCORED).all()
        assert (target[period:] == row[1 : 61 - period]).all()  # said one period ago
        assert (row[1 + period :] == target[period:-1]).all()


def test_about_the_share_asked_for_is_echoes():
    text = np.tile(excerpts.in_a_row(TEXT, START, 100), (40, 1))
    _, said = excerpts.with_echoes(text, TEXT, 0.3, np.random.default_rng(0))
    assert (said == excerpts.UNSCORED).any(1).mean() == pytest.approx(0.3, abs=0.07)


def test_echoes_leave_the_text_they_were_given():
    text = excerpts.in_a_row(TEXT, START, 20)
    before = text.copy()
    excerpts.with_echoes(text, TEXT, 1.0, np.random.default_rng(0))
    assert (text == before).all()
