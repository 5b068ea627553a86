"""The table of contents: every chapter and concept, in teaching order."""

from functools import cache

from app.concept import Entry, load
from app.opened import Opened, opened

TITLES = {
    "foundations": "Foundations",
    "convolution": "Convolution",
    "transformers": "Transformers",
    "diffusion": "Diffusion and flows",
    "latents": "GANs and VAEs",
    "reinforcement": "Reinforcement",
    "language": "Language models",
    "systems": "Systems",
    "multimodal": "Multimodal",
}

# A chapter without concepts is not shown.
CHAPTERS: dict[str, tuple[str, ...]] = {
    "foundations": (),
    "convolution": (),
    "transformers": ("attention", "calculator", "positions", "induction", "decoding"),
    "diffusion": (
        "normalising",
        "sandbox",
        "flow",
        "score",
        "training",
        "denoising",
        "guidance",
        "editing",
    ),
    "latents": ("gan", "losses"),
    "reinforcement": ("grid", "gradients", "trust", "offpolicy", "theatre"),
    "language": (),
    "systems": ("hood", "graph", "libraries"),
    "multimodal": (),
}

# What a page takes for granted: the pages to have seen before it. The start page draws the map.
BUILDS_ON: dict[str, tuple[str, ...]] = {
    "transformers/attention": ("transformers/calculator",),
    "transformers/positions": ("transformers/calculator",),
    "transformers/induction": ("transformers/attention", "transformers/positions"),
    "transformers/decoding": ("transformers/attention",),
    "diffusion/flow": ("diffusion/normalising", "diffusion/sandbox"),
    "diffusion/score": ("diffusion/sandbox",),
    "diffusion/training": ("diffusion/score",),
    "diffusion/denoising": ("diffusion/training", "diffusion/flow"),
    "diffusion/guidance": ("diffusion/denoising",),
    "diffusion/editing": ("diffusion/guidance",),
    "latents/losses": ("latents/gan",),
    "reinforcement/gradients": ("reinforcement/grid",),
    "reinforcement/trust": ("reinforcement/gradients",),
    "reinforcement/offpolicy": ("reinforcement/gradients",),
    "reinforcement/theatre": ("reinforcement/trust", "reinforcement/offpolicy"),
    "systems/graph": ("systems/hood", "transformers/attention"),
}


@cache
def entries() -> tuple[Entry, ...]:
    """Every concept in order."""
    return tuple(load(chapter, key) for chapter, keys in CHAPTERS.items() for key in keys)


def find(path: str) -> Entry | None:
    """The concept at `chapter/key`, if there is one."""
    return next((entry for entry in entries() if entry.path == path), None)


def open(state: str, **values: object) -> Opened:
    """A state to compute, show or take apart: open("diffusion/denoising", steps=20).

    `state` may carry a query, as the app's address does; `values` come on top. Raises NoConcept, or
    BadParam for what the concept does not take.
    """
    known = ", ".join(entry.path for entry in entries())
    return opened(find(state.partition("?")[0]), state, values, known)
