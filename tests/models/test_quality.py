"""The measure of the samplers: parts are made once, and what is said of them is what was made."""

import json

import numpy as np
import pytest

from models import catalogue, quality, walk
from models.maths.distances import frechet
from models.maths.schedules import between

pytestmark = pytest.mark.usefixtures("few")


@pytest.fixture
def few(monkeypatch, tmp_path):
    """Two parts of ten digits, kept in a folder of the test's own."""
    monkeypatch.setattr(quality, "PART", 10)
    monkeypatch.setattr(quality, "PARTS", 2)
    monkeypatch.setattr(quality, "BUILD", tmp_path)


def test_parts_that_are_there_are_not_made_again(monkeypatch, tmp_path):
    first = quality.samples([2])
    files = sorted(tmp_path.glob("*/*.npy"))
    assert len(files) == 2 * len(quality.SAMPLERS)
    files[0].unlink()
    made = []
    whole = quality.sampled
    monkeypatch.setattr(quality, "sampled", lambda *of: made.append(of[1:]) or whole(*of))
    again = quality.samples([2])
    assert len(made) == 1
    for key, digits in first.items():
        assert digits.shape == (20, 1, 32, 32)
        np.testing.assert_array_equal(again[key], digits)


def test_every_sampler_starts_from_the_noise_of_its_part():
    """One call gives the same picture, whoever makes it; another part gives another."""
    run = catalogue.graph(quality.NET)
    one = [quality.sampled(run, name, 1, 0) for name in quality.SAMPLERS]
    for digits in one[1:]:
        np.testing.assert_allclose(digits, one[0], atol=2e-3)
    assert np.abs(quality.sampled(run, "ddim", 1, 1) - one[0]).max() > 0.1


@pytest.mark.parametrize("name", quality.ETA)
def test_a_picture_that_stays_with_the_net_ends_as_the_other(name):
    run, stays = catalogue.graph(quality.NET), walk.opened(quality.NET)
    found, expected = (
        draw(by, name, 3, 1) for draw, by in ((quality.walked, stays), (quality.sampled, run))
    )
    np.testing.assert_allclose(found, expected, atol=4e-3)


def test_a_net_that_knows_the_only_image_draws_it():
    """With one image as all data the noise is known in closed form."""
    goal = np.sign(np.random.default_rng(0).standard_normal((1, 32, 32)))

    def run(x, t, label):
        a = between(quality.ALPHA_BAR, t.astype(float))[:, None, None, None]
        assert label.tolist() == list(range(10))
        return {"eps": (x - np.sqrt(a) * goal) / np.sqrt(1 - a)}

    for name in quality.SAMPLERS:
        found = quality.sampled(run, name, 20, 0).astype(float)
        assert found == pytest.approx(np.broadcast_to(goal, (10, 1, 32, 32)), abs=2e-3), name


def test_the_facts_are_accuracy_and_distance_of_what_was_made(monkeypatch, tmp_path):
    rng = np.random.default_rng(0)
    real = rng.uniform(-1, 1, (120, 1, 32, 32)).astype(np.float32)
    labels = rng.integers(0, 10, 120)
    monkeypatch.setattr(quality, "HELD_OUT", 40)
    monkeypatch.setattr(quality, "digits", lambda _: (real, labels))

    def judge(x):
        return {"logits": x.reshape(len(x), -1)[:, :10], "features": x.reshape(len(x), -1)[:, :3]}

    drawn = rng.uniform(-1, 1, (20, 1, 32, 32)).astype(np.float16)
    found = quality.facts(judge, {("ddim", 10): drawn}, tmp_path)
    seen = drawn.astype(np.float32).reshape(20, -1)
    right = seen[:, :10].argmax(1) == np.arange(20) % 10
    assert found["ddim_10_class_accuracy"] == pytest.approx(right.mean(), abs=1e-4)
    held = real[-40:].reshape(40, -1)[:, :3].astype(float)
    distance = frechet(seen[:, :3].astype(float), held)
    assert found["ddim_10_frechet"] == pytest.approx(distance, abs=1e-4)
    assert found["real_frechet_least"] <= found["real_frechet"] <= found["real_frechet_most"]


def test_the_card_tells_every_sampler_and_budget():
    facts = catalogue.spec(quality.NET).quality
    for name in quality.SAMPLERS:
        for calls in quality.BUDGETS:
            assert 0.8 < facts[f"{name}_{calls}_class_accuracy"] <= 1
            assert facts[f"{name}_{calls}_frechet"] > facts["real_frechet_least"]


def test_a_card_is_written_whole_and_a_missing_judge_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("GLASSBOX_GRAPHS", str(tmp_path))
    assert quality.main(["--data", str(tmp_path), "--calls", "2"]) == 1
    assert "unet_digits.json" in capsys.readouterr().err
    monkeypatch.delenv("GLASSBOX_GRAPHS")
    known = catalogue.spec(quality.NET)
    home = tmp_path / "graphs"
    home.mkdir()
    (home / f"{quality.NET}.json").write_text(known.to_json())
    monkeypatch.setattr(catalogue, "folder", lambda: home)
    monkeypatch.setattr(catalogue, "graph", lambda name: name)
    monkeypatch.setattr(quality, "samples", lambda budgets: {})
    monkeypatch.setattr(quality, "facts", lambda *_: {"real_frechet": 1.5})
    assert quality.main(["--data", str(tmp_path)]) == 0
    card = json.loads((home / f"{quality.NET}.json").read_text())
    assert card["quality"] == {**known.quality, "real_frechet": 1.5}
    assert card["file"]["sha256"] == known.sha256
