"""The stage: cart and pole on their track, or the rod on its hinge, and the forces on them."""

import numpy as np
from jaxtyping import Float

from app.figures.scene import Ink, Lines, Plane, Points, Shapes
from models.worlds.bodies import bars, boxes
from models.worlds.cartpole import CartPole
from models.worlds.pendulum import Pendulum, wrapped

from .compute import Frame, world

Array = np.ndarray
REACH = 0.5  # metres of a bar as strong as the motor; a push is drawn as long as three at most
LINGER = 15  # steps for which a push is still shown


def stage(frame: Frame) -> Plane:
    """What an onlooker sees, with the motor's force and yours."""
    place = world(frame.params)
    return track(frame, place) if isinstance(place, CartPole) else hinge(frame, place)


def track(frame: Frame, place: CartPole) -> Plane:
    """Cart and pole, the ends of the track, and the lean at which it fails."""
    x, _, theta, _ = frame.state
    long, p = 2 * place.half_length, frame.params
    foot = np.array([[x, 0.3]])
    leans = place.lean * np.array([-1.0, 1.0])
    limits = np.stack([np.sin(leans), np.cos(leans)], -1) * 1.1 * long
    ends = np.array([[[side * place.track, 0.0], [side * place.track, 0.8]] for side in (-1, 1)])
    state = "failed" if frame.failed else "standing"
    return Plane(
        f"CartPole by {p.teacher}, {state} after {frame.step} steps",
        f"After {frame.step} steps the cart is at {x:.2f} m; the pole leans {np.degrees(theta):.1f}° "
        f"and {'has failed' if frame.failed else 'stands'}; the motor gives {frame.done:.0f} N, you gave {frame.pushed:.0f} N.",
        (-2.8, 2.8),
        (-0.3, 2.6),
        (
            Lines(np.array([[[-3.0, 0.0], [3.0, 0.0]]]), "soft", 1.0, 0.6),
            Lines(ends, "error", 2.0, 0.8),
            Lines(np.stack([np.repeat(foot, 2, 0), foot + limits], 1), "soft", 1.0, 0.8, True),
            *(wagon(frame.rival, place, "data") if frame.rival else ()),
            *wagon(frame, place, "model"),
            *forces(frame, foot - np.array([0.0, 0.15]), np.pi / 2, place.force),
        ),
        "m",
    )


def wagon(frame: Frame, place: CartPole, ink: Ink) -> tuple[Shapes, Shapes]:
    """Cart and pole; who stands beside the one that is asked is drawn lighter."""
    x, _, theta, _ = frame.state
    foot, first = np.array([[x, 0.3]]), ink == "model"
    name = "" if frame.params.beside == "nobody" else played(frame, first)
    pole = bars(foot, np.array([theta]), 2 * place.half_length, 0.09)
    cart = Shapes(boxes(foot - np.array([0.0, 0.15]), 0.6, 0.3), "ink", 1.0 if first else 0.35)
    return cart, Shapes(pole, "error" if frame.failed else ink, 1.0 if first else 0.75, name)


def played(frame: Frame, first: bool) -> str:
    """What a policy was taught with, and what has become of it."""
    name = frame.params.teacher if first else frame.params.beside
    return f"{name}, failed" if frame.failed else name


def hinge(frame: Frame, place: Pendulum) -> Plane:
    """The rod and where its tip has been, with the torques as forces across the tip."""
    theta = frame.state[:1]
    path = place.length * np.stack([np.sin(frame.trail[:, 0]), np.cos(frame.trail[:, 0])], -1)
    reach = max(1.0, place.length)
    far = abs(np.degrees(wrapped(theta))[0])
    return Plane(
        f"Pendulum by {frame.params.teacher}, {far:.0f}° from upright",
        f"After {frame.step} steps of 0.05 s the rod is {far:.0f}° from upright; the motor gives "
        f"{frame.done:.2f} N m, you gave {frame.pushed:.1f}.",
        (-1.6 * reach, 1.6 * reach),
        (-1.25 * reach, 1.25 * reach),
        (
            Points(path, "model", 1.5, 0.35),
            *(rod(frame.rival, place, "data") if frame.rival else ()),
            *rod(frame, place, "model"),
            Points(np.zeros((1, 2)), "ink", 5.0),
            *forces(frame, path[-1:], float(theta[0] + np.pi / 2), place.torque),
        ),
        "m",
    )


def rod(frame: Frame, place: Pendulum, ink: Ink) -> tuple[Shapes]:
    """The rod; named where there are two."""
    first = ink == "model"
    name = "" if frame.params.beside == "nobody" else played(frame, first)
    bar = bars(np.zeros((1, 2)), frame.state[:1], place.length, 0.12)
    return (Shapes(bar, ink, 1.0 if first else 0.75, name),)


def forces(
    frame: Frame, at: Float[Array, "1 2"], angle: float, strongest: float
) -> tuple[Shapes, Shapes]:
    """Bars as long as the motor's force and your last push are strong, at an angle from upward."""
    motor = frame.done / strongest
    pushes = frame.told[-LINGER:, 2]
    last = pushes[np.abs(pushes) > 0][-1:].sum()  # none: 0
    push = float(np.clip(last / strongest, -3.0, 3.0))
    tilt = np.array([angle])
    return (
        Shapes(bars(at, tilt, REACH * motor, 0.07), "field", 0.9, label="motor"),
        Shapes(bars(at, tilt, REACH * push, 0.16), "focus", 0.9, label="your push"),
    )
