"""Recorded trainings: sealed, rounded and nothing else, made by the generator that pages run live."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models import recordings
from models.catalogue import GraphMissing
from models.recordings import __main__ as command
from models.recordings import card, checkpoints, induction
from models.recordings.induction import Training, advance, begin, nearest, slope, texts


def test_the_shipped_recording_is_the_one_on_its_card():
    known = card("induction")
    content = (recordings.SHIPPED / "induction.npz").read_bytes()
    assert not known.file.broken(content)
    assert known.command == "python -m models.recordings induction"
    assert known.config == induction.config()
    assert known.to_json() == (recordings.SHIPPED / "induction.json").read_text()


def test_the_recording_begins_as_the_training_does():
    """The first steps only: on another processor, rounding would part the later ones."""
    kept = checkpoints("induction")
    assert list(kept.step) == list(range(0, induction.STEPS + 1, induction.EVERY))
    state = begin(Training())
    assert (kept.theta[0] == state.theta.astype(np.float16)).all()
    for _ in range(induction.EVERY):
        state = advance(Training(), state)
    np.testing.assert_allclose(kept.theta[1], state.theta, atol=2e-3)
    assert np.abs(kept.theta[1] - kept.theta[0]).max() > 0.01


def test_one_command_writes_file_and_card(tmp_path, monkeypatch):
    short = replace(induction.RECORDING, record=lambda: iter([(0, np.ones((2, 5)) / 3)]))
    monkeypatch.setattr(induction, "RECORDING", short)
    assert command.main(["induction", "--out", str(tmp_path)]) == 0
    kept = checkpoints("induction", tmp_path)
    assert kept.theta.shape == (1, 2, 5)
    np.testing.assert_allclose(kept.theta, 1 / 3, rtol=5e-4)
    assert json.loads((tmp_path / "induction.json").read_text())["training"]["machine"]


def test_a_recording_with_one_changed_byte_is_refused_with_the_cure(tmp_path):
    for suffix in ("npz", "json"):
        content = bytearray((recordings.SHIPPED / f"induction.{suffix}").read_bytes())
        if suffix == "npz":
            content[1000] ^= 1
        (tmp_path / f"induction.{suffix}").write_bytes(content)
    with pytest.raises(GraphMissing, match=r"sha256.*python -m models.recordings induction"):
        checkpoints("induction", tmp_path)


def test_a_lost_recording_is_named_with_the_cure(tmp_path):
    with pytest.raises(GraphMissing, match=r"there is no .*python -m models.recordings induction"):
        checkpoints("induction", tmp_path / "nowhere")


def test_the_slope_of_the_loss_is_torchs_cross_entropy_at_the_known_places():
    rng = np.random.default_rng(0)
    kind = texts(5, 9, rng)
    logits = rng.standard_normal((1, 5, induction.LENGTH, induction.VOCABULARY))
    found = slope(logits, kind.tokens[None], kind.known[None])
    twin = torch.tensor(logits, requires_grad=True)
    known = torch.tensor(kind.known[:, :-1])
    F.cross_entropy(twin[0, :, :-1][known], torch.tensor(kind.tokens[:, 1:])[known]).backward()
    np.testing.assert_allclose(found, twin.grad, atol=1e-12)


def test_both_nets_start_alike_and_part_by_their_texts_alone():
    start = begin(Training(seed=3))
    assert (start.theta[0] == start.theta[1]).all()
    after = advance(Training(seed=3), start)
    assert (after.theta[0] != after.theta[1]).any()


def test_periods_nearest_to_eight_come_first():
    assert list(nearest(1)) == [8]
    assert list(nearest(3)) == [8, 7, 9]
    assert sorted(nearest(9)) == list(range(4, 13))
    seen = texts(400, 3, np.random.default_rng(0))
    assert set(seen.period) == {7, 8, 9}
    assert set(seen.offset) == set(range(9))


def test_swapped_texts_are_read_from_that_step_on():
    swap, plain = Training(swaps=(2,)), Training()
    one, other = begin(plain), begin(swap)
    for _ in range(2):
        one, other = advance(plain, one), advance(swap, other)
    assert (one.theta == other.theta).all()
    assert (advance(plain, one).theta != advance(swap, other).theta).any()
    assert [Training(swaps=(2, 5)).swapped(n) for n in (1, 2, 4, 5)] == [False, True, True, False]
