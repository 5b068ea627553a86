"""One run serves all who ask the same; whoever asks something else gets something else."""

import numpy as np
import pytest

from models import catalogue, reader
from models.graph import Graph


@pytest.fixture
def calls(monkeypatch):
    """How often a graph is really run, nothing being kept from before."""
    counted, run = [], Graph.__call__

    def count(self, *wanted, **inputs):
        counted.append(self.spec.name)
        return run(self, *wanted, **inputs)

    monkeypatch.setattr(Graph, "__call__", count)
    monkeypatch.setattr(reader, "_kept", type(reader._kept)())
    return counted


def tokens(text="Now is the winter"):
    return reader.tokenise(text)[0][None]


def test_the_same_question_is_computed_once(calls):
    gate = np.ones((4, 4), np.float32)
    gate[1, 2] = 0
    for _ in range(3):
        plain, off = reader.read(tokens()), reader.read(tokens(), head_gate=gate)
    assert len(calls) == 2
    assert np.abs(plain["logits"] - off["logits"]).max() > 1e-3


def test_another_text_net_or_wish_is_another_question(calls):
    answers = [
        reader.read(tokens())["logits"],
        reader.read(tokens()[:, ::-1].copy())["logits"],
        reader.read(tokens(), net="gpt_short")["logits"],
        reader.read(tokens(), "logits")["logits"],
        reader.read(tokens(), rotary_scale=np.array([1.1], np.float32))["logits"],
    ]
    assert len(calls) == 5
    assert (answers[0] == answers[3]).all()
    for other in (1, 2, 4):
        assert np.abs(answers[0] - answers[other]).max() > 1e-3
    assert list(reader.read(tokens(), "logits")) == ["logits"]


def test_what_is_kept_cannot_be_written_to(calls):
    with pytest.raises(ValueError, match="read-only"):
        reader.read(tokens())["logits"][0, 0, 0] = 1
    with pytest.raises(TypeError):
        reader.read(tokens())["logits"] = 0


def test_the_longest_unused_goes_first_when_room_is_short(calls, monkeypatch):
    one = reader.weight(reader.read(tokens()))
    monkeypatch.setattr(reader, "KEPT", 2.5 * one)
    a, b, c = ("Now is the winter", "Now is the summer", "Now is the death")
    for text in (a, b, a, c, a):  # c drives out b, for a was asked for since
        reader.read(tokens(text))
    assert len(calls) == 3
    reader.read(tokens(b))
    assert len(calls) == 4


def test_its_context_is_the_graphs():
    assert catalogue.spec(reader.GRAPH).sizes["length"].most == reader.CONTEXT


def test_every_example_fits_and_the_words_said_twice_are_whole_tokens():
    for name, text in reader.EXAMPLES:
        found, dropped = reader.tokenise(text)
        assert dropped == 0
        if name == "words said twice":
            once, again = np.split(found[1:], 2)
            assert (once == again).all()
            assert len(set(once)) == len(once) == text.count(" ") / 2


def test_a_text_beyond_the_context_is_cut():
    found, dropped = reader.tokenise("\U0001f600" * 100)
    assert len(found) == reader.CONTEXT
    assert dropped == 401 - reader.CONTEXT


def test_every_token_is_written_in_print():
    assert all(text and text.isprintable() for text in reader.spellings())
    assert reader.spellings()[ord("\n")] == "⏎"
    assert reader.spellings()[0xF0] == "<F0>"
