"""The recipes of the two big nets, on data made here, far too small to be good and enough to run."""

import gzip
import struct
from dataclasses import replace

import numpy as np
import pytest
import torch

from models import catalogue
from models.maths import attention, bpe
from models.nets import twin
from models.recipes import gpt_shakespeare, gpt_short, judge_digits, unet_digits


@pytest.fixture
def images(tmp_path):
    """Forty digits in MNIST's format: digit k is a bar at height 2 k + 4."""
    labels = np.arange(40) % 10
    pixels = np.zeros((40, 28, 28), np.uint8)
    for image, label in zip(pixels, labels, strict=True):
        image[2 * label + 4] = 255
    head = struct.pack(">IIII", 2051, 40, 28, 28), struct.pack(">II", 2049, 40)
    for name, first, body in zip(
        unet_digits.DATA.files, head, (pixels, labels.astype(np.uint8)), strict=True
    ):
        (tmp_path / name).write_bytes(gzip.compress(first + body.tobytes()))
    return tmp_path


@pytest.fixture
def play(tmp_path):
    """A play of one line."""
    (tmp_path / "input.txt").write_text("ROMEO:\nO, she doth teach the torches to burn.\n" * 60)
    return tmp_path


def test_digits_come_shuffled_framed_and_with_their_labels(images):
    x, y = unet_digits.digits(images)
    assert x.shape == (40, 1, 32, 32)
    assert (x.min(), x.max()) == (-1, 1)
    bars = (x[:, 0] > 0).all(-1, where=np.pad(np.ones(28, bool), 2)).argmax(1)
    assert (bars == 2 * y + 6).all()
    assert (y != np.arange(40) % 10).any()
    assert (unet_digits.digits(images)[1] == y).all()


def test_the_u_net_learns_and_its_average_follows(images, monkeypatch):
    monkeypatch.setattr(unet_digits, "HELD_OUT", 10)
    shape = replace(unet_digits.Config().shape, widths=(8, 16, 16), conditioning=16)
    config = unet_digits.Config(images, steps=30, batch=4, every=10, memory=0.5, shape=shape)
    moments = list(unet_digits.train(config))
    assert [now.step for now in moments] == [10, 20, 30]
    assert moments[-1].loss < moments[0].loss
    assert any((moments[0].weights[k] != moments[1].weights[k]).any() for k in moments[0].weights)
    again = next(iter(unet_digits.train(config)))
    assert again.loss == moments[0].loss


def test_batches_hold_what_the_formula_says(images, monkeypatch):
    monkeypatch.setattr(unet_digits, "HELD_OUT", 10)
    config = unet_digits.Config(images, steps=1, batch=500)
    x_t, t, label, noise = next(unet_digits.batches(config))
    alpha_bar = unet_digits.schedules.between(unet_digits.ALPHA_BAR, t.astype(float))
    a = alpha_bar[:, None, None, None]
    x_0 = (x_t - np.sqrt(1 - a) * noise) / np.sqrt(a)
    sure = alpha_bar > 0.01
    assert np.abs(np.abs(x_0[sure]) - 1).max() < 1e-3
    assert (label == 10).mean() == pytest.approx(0.1, abs=0.05)


def test_the_loss_is_measured_on_held_out_digits(images, monkeypatch):
    """A net that names no noise at all misses its whole variance; one that names all of it, nothing."""
    monkeypatch.setattr(unet_digits, "HELD_OUT", 30)
    config, asked = unet_digits.Config(images), []

    def silent(x, t, label):
        asked.extend(label)
        return {"eps": np.zeros_like(x)}

    found = unet_digits.measure(config, silent)["held_out_loss"]
    noise = np.random.default_rng(1)
    noise.uniform(0, len(unet_digits.ALPHA_BAR) - 1, 30)
    drawn = noise.standard_normal((30, 1, 32, 32))
    assert found == pytest.approx(np.square(drawn).mean())
    assert unet_digits.measure(config, lambda **_: {"eps": drawn}) == {"held_out_loss": 0.0}
    _, labels = unet_digits.digits(images)
    np.testing.assert_array_equal(asked, labels[-30:])


def test_the_judge_learns_to_tell_bars_apart(images, monkeypatch):
    monkeypatch.setattr(judge_digits, "HELD_OUT", 10)
    config = judge_digits.Config(images, steps=60, batch=20, shift=0, every=30)
    first, last = judge_digits.train(config)
    assert last.loss < 0.5 * first.loss
    judge = judge_digits.net(config, last.weights)
    x, y = unet_digits.digits(images)
    assert (judge(torch.from_numpy(x[-10:]))[0].argmax(-1).numpy() == y[-10:]).mean() > 0.5


def test_the_judge_is_measured_on_held_out_digits_alone(images, monkeypatch):
    """A stand-in that reads the height of the bar, and sees each digit at its own number."""
    monkeypatch.setattr(judge_digits, "HELD_OUT", 36)

    def run(x):
        digit = ((x[:, 0] > 0).any(-1).argmax(1) - 6) // 2
        return {"logits": 50.0 * np.eye(10)[digit], "features": 1.0 * digit[:, None]}

    _, y = (part[-36:] for part in unet_digits.digits(images))
    found = judge_digits.measure(judge_digits.Config(images), run)
    assert found["accuracy_on_1000_held_out_digits"] == 1
    assert found["cross_entropy_on_1000_held_out_digits_nats"] < 1e-9
    apart = np.abs(y[:, None] - y).sum() / (36 * 35)
    assert found["mean_distance_of_two_held_out_digits"] == pytest.approx(apart)
    assert found["mean_distance_of_two_held_out_digits_of_one_class"] == 0


def test_the_gpt_learns_a_line_by_heart(play):
    shape = replace(gpt_short.Config().shape, vocabulary=280, layers=1, heads=2, width=16)
    config = gpt_short.Config(play, steps=40, batch=8, context=24, every=20, shape=shape)
    moments = list(gpt_short.train(config))
    assert [now.step for now in moments] == [20, 40]
    assert moments[1].held_out < moments[0].held_out < np.log(280)
    again = next(iter(gpt_short.train(config)))
    assert again.held_out == moments[0].held_out


def test_the_longer_training_begins_where_the_shorter_one_ended(play):
    """With a rate of 0 it ends there as well."""
    config = replace(
        gpt_shakespeare.CONFIG, data=play, steps=1, batch=1, context=24, rate=0.0, rate_rest=0.0
    )
    (only,) = gpt_shakespeare.train(config)
    first = twin.filled("gpt_short", catalogue.content("gpt_short"))
    assert only.weights.keys() == first.gpt.state_dict().keys()
    for name, weight in first.gpt.state_dict().items():
        assert (only.weights[name] == weight.numpy()).all()


def test_the_vocabulary_is_learned_from_the_training_text_alone(play):
    text = (play / "input.txt").read_text()
    (play / "input.txt").write_text(text + "zyzzyva" * 30)
    config = gpt_short.Config(play)
    seen, unseen = gpt_short.split(config)
    assert seen + unseen == text + "zyzzyva" * 30
    assert not any(b"zy" in token for token in gpt_short.vocabulary(config).token_bytes)


def test_a_perfect_reader_is_measured_as_perfect(play):
    """A stand-in that knows the text reads it without loss, and looks where the roles say."""
    text = (play / "input.txt").read_text()
    (play / "input.txt").write_text(12 * text)  # enough unseen text for the longest windows
    shape = replace(gpt_short.Config().shape, vocabulary=280)
    config = gpt_short.Config(play, context=24, shape=shape)
    words = gpt_short.vocabulary(config)
    unseen = words.encode(gpt_short.split(config)[1])
    rows = {tuple(unseen[i : i + 23]): unseen[i : i + 24] for i in range(0, len(unseen) - 23, 24)}

    def run(*wanted, tokens, **unchanged):
        b, t = tokens.shape
        logits = np.full((b, t, 280), -50.0)
        for i, row in enumerate(tokens):
            for j, token in enumerate(rows.get(tuple(row[1:]), [])):
                logits[i, j, token] = 50.0
        maps = np.zeros((b, 4, 4, t, t))
        maps[:] = attention.everywhere_alike(t)
        maps[:, 2, 1] = np.eye(t, k=-1)
        return {"logits": logits, "attention": maps}

    found = gpt_short.measure(config, run)
    assert found["held_out_loss_nats_per_token"] < 1e-9
    assert found["held_out_bits_per_byte"] < 1e-9
    assert found["held_out_loss_places_1_to_128"] > 1  # windows of another length it does not know
    assert found["held_out_top_1_accuracy"] == 1
    assert found["best_previous_head"] == "layer 3, head 2: 1.000"
    assert bpe.BYTES < len(words) <= 280
