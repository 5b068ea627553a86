"""The 8 × 8 denoiser: what was trained in NumPy is what ships, and it draws digits."""

from dataclasses import replace

import numpy as np
import torch

from models.catalogue import graph, spec
from models.maths.denoiser import seen
from models.recipes import denoiser_8x8 as recipe


def test_the_torch_net_says_what_the_trained_net_says():
    config = replace(recipe.CONFIG, steps=6, every=3)
    snapshots = list(recipe.train(config))
    assert [snapshot.step for snapshot in snapshots] == [3, 6]
    *_, lesson = zip(range(7), recipe.course(config), strict=False)
    net = recipe.net(config, snapshots[-1].weights)
    rng, t, label = np.random.default_rng(0), np.array([0, 3, 500, 999]), np.array([0, 9, 4, 4])
    x = rng.normal(size=(4, 64)).astype(np.float32)
    wanted = recipe.NET(lesson[1].theta, seen(recipe.NOISING, x, t, label), (True,))[0]
    with torch.no_grad():
        found = net(
            torch.from_numpy(x).reshape(4, 1, 8, 8),
            torch.from_numpy(t).float(),
            torch.from_numpy(label),
        )
    np.testing.assert_allclose(found.numpy().reshape(4, 64), wanted, atol=1e-5)


def test_between_two_steps_the_level_lies_between():
    run, x = graph("denoiser_8x8"), np.ones((3, 1, 8, 8), np.float32)
    low, half, high = run(x=x, t=np.array([400, 400.5, 401], np.float32), label=np.full(3, 2))[
        "eps"
    ]
    assert np.abs(half - (low + high) / 2).max() < 1e-3


def test_the_graph_draws_the_digits_it_is_asked_for():
    label, rng = np.tile(np.arange(10), 5), np.random.default_rng(4)
    made = recipe.sample(graph("denoiser_8x8"), rng.normal(size=(50, 64)), label, 10)
    assert (recipe.read(made) == label).mean() > 0.9


def test_the_card_says_how_good_it_is_and_what_perfect_would_read():
    facts = spec("denoiser_8x8").quality
    floor = facts["mmd_floor_1000_new_digits"]
    far = [
        facts[f"mmd_to_1000_new_digits_{s}_{n}"]
        for s in ("ddim", "ddpm")
        for n in (10, 20, 50, 250)
    ]
    assert 0 < floor < min(far) and max(far) < 5 * floor
    assert facts["loss"] <= facts["loss_on_new_digits"] < 0.1
