"""Editing by diffusion: against diffusers' steps, closed forms, and what the page says of itself."""

from functools import cache

import numpy as np
import pytest
import torch
from diffusers import DDIMInverseScheduler, DDIMScheduler

from app.concepts.diffusion.editing import between, change, fill, invert
from app.concepts.diffusion.editing.compute import LOWER, THREE, Params, compute
from app.concepts.diffusion.editing.drawing import ink
from app.concepts.diffusion.editing.figure import draw
from app.concepts.diffusion.editing.nets import of_class, of_classes, read
from models.digits import ALPHA_BAR, SIDE
from models.maths.levels import even_in_t
from models.maths.mixtures import Mixture
from models.maths.samplers import exact, race

DRAWN = 2 * ink(THREE, SIDE) - 1


def frames(**given):
    return [frame.shown for frame in compute(Params(**given))]


@cache
def last(**given):
    return frames(**given)[-1]


# --- the nets ------------------------------------------------------------------------------------


def test_the_judge_reads_the_drawing_as_a_three():
    assert read(DRAWN[None])[0].argmax() == 3
    assert read(DRAWN[None]).sum() == pytest.approx(1)


def test_a_weight_of_one_is_no_guidance_and_two_doubles_the_step_from_nobody():
    x = np.random.default_rng(0).standard_normal((3, SIDE, SIDE))
    t = np.full(3, 400.0)
    plain = of_classes([3, 3, 10])(x[[0, 0, 0]], t)
    guided = of_classes([3, 3, 3], (1.0, 2.0, 0.0))(x[[0, 0, 0]], t)
    np.testing.assert_allclose(guided[0], plain[0], atol=1e-5)
    np.testing.assert_allclose(guided[1], 2 * plain[0] - plain[2], atol=1e-5)
    np.testing.assert_allclose(guided[2], plain[2], atol=1e-5)


# --- drawings ------------------------------------------------------------------------------------


def test_ink_lies_along_the_strokes_and_fades_in_one_pixel():
    cover = ink((((4, 10), (20, 10)), ((28, 28),)), SIDE, 1.0)
    assert (cover[9:12, 4:21] == np.array([[0.5], [1], [0.5]])).all()
    assert cover[13:16].max() == 0
    assert cover[28, 28] == 1
    assert cover[28, 29] == 0.5
    assert ink((), SIDE).max() == 0


# --- a change half way ---------------------------------------------------------------------------


def test_a_change_of_nothing_changes_nothing():
    assert last(tool="paint on it", strokes=(), at=8).apart.max() == 0
    assert last(tool="swap class", other=3, at=8).apart.max() < 1e-5


def test_early_paint_heals_and_late_paint_stays():
    shown = last(tool="paint on it", at=8)
    assert shown.kept[0] < 0.05
    assert shown.kept[-1] == pytest.approx(1)
    assert (np.diff(shown.when) > 0).all()
    assert 8 in shown.when


def test_a_digit_asked_for_early_comes_and_late_does_not():
    shown = last(tool="swap class", at=8)
    assert shown.taken[0] > 0.9
    assert shown.taken[-1] < 0.1
    assert shown.read[1].argmax() == 8
    assert shown.read[0].argmax() == 3


def test_a_change_after_the_last_call_never_comes():
    shown = last(tool="paint on it", at=50)
    np.testing.assert_array_equal(shown.now[0, 1], shown.now[1, 1])


def test_what_was_painted_on_stays_in_sight_as_it_was():
    at_change, end = frames(tool="paint on it", at=4, steps=10)[3::7]
    before, after = end.now[:, 2]
    np.testing.assert_allclose(before, at_change.now[0, 1])  # not the picture of today
    bar = ink(Params().strokes, SIDE)
    np.testing.assert_allclose(after, change.Brush(bar, "brush").over(before))
    assert np.abs(before - end.now[0, 1]).max() > 0.1


def test_the_run_left_alone_is_diffusers_ddim():
    theirs = DDIMScheduler(
        beta_start=1e-4, beta_end=0.02, timestep_spacing="trailing", clip_sample=True
    )
    theirs.set_timesteps(25)
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((SIDE, SIDE)))
    for t in theirs.timesteps:
        eps = torch.from_numpy(of_class(3, clip=False)(x.numpy()[None], np.array([float(t)]))[0])
        x = theirs.step(eps, t, x, use_clipped_model_output=True).prev_sample
    ours = last(tool="paint on it", strokes=()).now[0, 0]
    # diffusers ends at its step 0; we go on to the clean data
    np.testing.assert_allclose(ours, x.numpy(), atol=0.02)


# --- to the noise and back -----------------------------------------------------------------------


def test_the_way_to_the_noise_is_diffusers_inversion():
    theirs = DDIMInverseScheduler(
        beta_start=1e-4,
        beta_end=0.02,
        clip_sample=False,
        timestep_spacing="trailing",
        set_alpha_to_one=True,
    )
    theirs.set_timesteps(25)
    levels = even_in_t(25, ALPHA_BAR)
    eps = of_class(3, clip=False)
    x = torch.from_numpy(DRAWN.copy())
    times = [int(t) for t in theirs.timesteps]
    assert times == [round(at.t) for at in reversed(levels[:-1])]
    for t in times:
        told = torch.from_numpy(eps(x.numpy()[None], np.array([float(t)]))[0])
        x = theirs.step(told, t, x).prev_sample
    ours = [lane for (lane,) in race([invert.there_and_back(DRAWN, levels)], eps)][25].x_t
    np.testing.assert_allclose(ours, x.numpy(), atol=0.05)


def test_the_round_trip_in_a_gaussian_world_misses_by_one_over_the_steps():
    world = exact(Mixture(np.zeros((1, 2)), 0.5), ALPHA_BAR)
    x = np.array([[0.6, -0.3], [0.1, 0.4]])

    def missed(steps: int) -> float:
        (*_, (lane,)) = race([invert.there_and_back(x, even_in_t(steps, ALPHA_BAR))], world)
        return float(np.abs(lane.x_0 - x).max())

    assert missed(400) < 0.02
    assert missed(200) / missed(400) == pytest.approx(2, rel=0.2)


def test_more_steps_miss_less_and_guidance_breaks_the_way_back():
    shown = last(tool="invert", omega=3.0)
    assert (np.diff(shown.errors) < 0).all()
    assert shown.errors[-1] < 0.1
    far = last(tool="invert", omega=7.5)
    assert shown.error[0] == pytest.approx(far.error[0])
    assert shown.error[0] < shown.error[1] < far.error[1]


def test_a_drawing_hides_in_a_noise_that_is_not_white():
    shown = last(tool="invert")
    assert shown.noise[0, 2] > 5 / SIDE
    assert shown.noise[0, 1] < 0.95
    white = invert.statistics(np.random.default_rng(0).standard_normal((SIDE, SIDE)))
    assert np.abs(white - (0, 1, 0)).max() < 4 * np.sqrt(2) / SIDE


# --- between two noises --------------------------------------------------------------------------


def test_the_arc_keeps_the_length_and_the_straight_mix_does_not():
    z, other = np.eye(2).repeat(512, 1).reshape(2, SIDE, SIDE) * np.sqrt(2)
    share = np.linspace(0, 1, 7)
    arc, line = between.slerp(z, other, share), between.lerp(z, other, share)
    np.testing.assert_allclose(np.square(arc).mean((1, 2)), 1)
    np.testing.assert_allclose(np.square(line).mean((1, 2)), (1 - share) ** 2 + share**2)
    np.testing.assert_allclose(arc[0], z)
    np.testing.assert_allclose(arc[-1], other, atol=1e-12)


def test_half_way_the_straight_mix_is_too_short_and_its_picture_paler():
    shown = last(tool="mix", digit=4, seed=2)
    assert shown.norm[0, 2] == pytest.approx(np.sqrt(0.5), abs=0.05)
    assert shown.norm[1] == pytest.approx(1, abs=0.05)
    assert shown.now[0, 2].std() < 0.9 * shown.now[1, 2].std()
    assert (shown.now[:, 2] > 0).sum((1, 2))[0] < 0.8 * (shown.now[1, 2] > 0).sum()
    np.testing.assert_allclose(shown.now[0, [0, -1]], shown.now[1, [0, -1]], atol=1e-4)


# --- a part painted anew -------------------------------------------------------------------------


def test_what_is_known_stays_to_the_bit():
    for shown in (frames(tool="paint anew")[5], last(tool="paint anew")):
        assert shown.wrong.max() == 0
    hole = ink(LOWER, SIDE, 4.0) > 0.5
    np.testing.assert_array_equal(shown.hole, hole)
    np.testing.assert_array_equal(shown.now[:, 2][:, ~hole], np.tile(DRAWN[~hole], (3, 1)))


def test_a_paste_cuts_more_strokes_than_a_look_around():
    shown = last(tool="paint anew", digit=8)
    assert shown.seam[0] > shown.seam[1:].max() + 0.1
    assert shown.calls == (25, 25, 97)
    assert [len(at) for at in shown.at] == [26, 26, 98]


def test_strokes_across_the_edge_are_counted():
    hole = np.zeros((SIDE, SIDE))
    hole[:, 16:] = 1
    across = -np.ones((SIDE, SIDE))
    across[10] = 1
    cut = across.copy()
    cut[10, 16:] = -1
    assert fill.broken(across, hole) == 0
    assert fill.broken(cut, hole) == 1
    assert fill.broken(np.stack([across, cut]), hole) == 0.5
    assert fill.broken(cut, 0 * hole) == 0


def test_without_a_hole_the_drawing_comes_back():
    shown = last(tool="paint anew", hole=())
    np.testing.assert_array_equal(shown.now[2, 2], DRAWN)


def test_noise_put_back_gives_the_level_before_its_variance():
    levels = even_in_t(25, ALPHA_BAR)
    rng = np.random.default_rng(0)
    x = fill.noised(levels[13].sigma * rng.standard_normal(200_000), levels[13], levels[12], rng)
    assert x.std() == pytest.approx(levels[12].sigma, rel=0.01)


def test_the_words_of_every_view_carry_the_numbers_of_the_frame():
    for tool in ("paint on it", "swap class", "invert", "mix", "paint anew"):
        scene = draw(list(compute(Params(tool=tool, steps=5)))[-1])
        assert all(np.isfinite(row.value) for row in scene["numbers"].rows)
        assert any(char.isdigit() for char in scene["film"].says)


def test_a_brush_paints_white_and_an_eraser_black():
    cover = np.zeros((SIDE, SIDE))
    cover[0, 0] = 1
    grey = np.zeros((SIDE, SIDE))
    assert change.Brush(cover, "brush").over(grey)[0, 0] == 1
    assert change.Brush(cover, "eraser").over(grey)[0, 0] == -1
    assert change.Brush(cover, "brush").over(grey)[0, 1] == 0
