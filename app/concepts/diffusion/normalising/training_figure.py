"""A flow that learns: its samples, its latent grid, and what the data costs it."""

import numpy as np

from app.figures.scene import Chart, Clock, Lines, Numbers, Plane, Points, Scene, Series

from .frame import Frame
from .spaces import WINDOW, costs, data, dets, fit, latent, preserves


def draw(frame: Frame) -> Scene:
    now, p = frame.reading, frame.params
    last = f"{p.iterations}"
    return {
        "data": data(frame, ()),
        "walk": Plane(
            "Samples f⁻¹(z), and the latent grid where f⁻¹ takes it",
            f"After {now.step} iterations the learned density is {now.kl:.3f} nats from the data's.",
            WINDOW,
            WINDOW,
            (
                Points(frame.world.data, "data", 1.8, 0.35, label="data"),
                Lines(now.net, "noise", 1.0, 0.55, label="latent grid"),
                Points(now.samples, "model", 2.0, 0.8, label="samples"),
            ),
        ),
        "latent": latent(frame, ()),
        "loss": _loss(frame),
        "dets": dets(now.log_dets, (0, len(now.log_dets)), "on average"),
        "numbers": Numbers((*fit(frame), *costs(frame))),
        "clock": Clock(frame.step, float(frame.step), "iteration", "untrained 0", last),
    }


def _loss(frame: Frame) -> Chart:
    step, loss, nll, _ = frame.past.T
    world, p = frame.world, frame.params
    last = float(max(1, p.iterations))
    packed = Series(
        np.array([0.0, last]), np.array([world.packed] * 2), "exact", "volume kept",
        dashed=True,
    )  # fmt: skip
    return Chart(
        "−log p of data, nats",
        f"Fresh points cost {nll[-1]:.3f} nats; the entropy is {world.entropy:.3f}.",
        (
            Series(step, loss, "soft", "batches"),
            Series(step, nll, "model", "fresh points"),
            *((packed,) if preserves(p) else ()),
        ),
        (0.0, last),
        (world.entropy - 0.3, max(4.2, world.entropy + 1.0)),
        "iterations",
        floor=world.entropy,
        floor_label="entropy H(p)",
        cursor=float(frame.step),
    )
