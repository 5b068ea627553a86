"""The trained generator to take away: z in, samples out, run by whatever reads ONNX."""

from app.opened import NoNet
from models.plain import to_onnx

from . import games
from .compute import Frame
from .lines import Line


def generator(frame: Frame | Line | games.Frame) -> bytes:
    """G of this frame as a graph from z (batch, 1 or 2) to y (batch, 2); NoNet in a small game."""
    if isinstance(frame, games.Frame):
        raise NoNet(f"{frame.game}: two numbers play, no nets; Game has to be GAN")
    g = frame.g if isinstance(frame, Line) else frame.generator
    done = frame.iteration + 1 if isinstance(frame, Line) else frame.step
    what = f"G of latents/gan after {done} iterations"
    return to_onnx(g.net, g.theta, what, takes="z")
