"""The trained generator to take away: z in, samples out, run by whatever reads ONNX."""

from app.opened import NoNet
from models.plain import to_onnx

from . import games
from .compute import Frame


def generator(frame: Frame | games.Frame) -> bytes:
    """G of this frame as a graph from z (batch, 1 or 2) to y (batch, 2); NoNet in a small game."""
    if isinstance(frame, games.Frame):
        raise NoNet(f"{frame.game}: two numbers play, no nets; Game has to be GAN")
    g = frame.generator
    what = f"G after {frame.step} iterations of latents/gan?{frame.params.to_query()}"
    return to_onnx(g.net, g.theta, what, takes="z")
