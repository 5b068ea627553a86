"""The three looks of the page, each drawn by a module of its own."""

from app.figures.scene import Scene

from . import clip, clip_figure, learners, learners_figure, region_figure
from .compute import Frame


def draw(frame: Frame) -> Scene:
    """One step of PPO's update, one of TRPO's, or the learners after some updates."""
    if isinstance(frame, clip.Frame):
        return clip_figure.draw(frame)
    if isinstance(frame, learners.Frame):
        return learners_figure.draw(frame)
    return region_figure.draw(frame)
