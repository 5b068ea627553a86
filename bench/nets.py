"""What trained graphs cost, beside torch and diffusers on the same weights, in the same run."""

from collections.abc import Iterator

import numpy as np
import torch
from diffusers import DDIMPipeline, DDIMScheduler, DDPMPipeline, DDPMScheduler
from diffusers.models.unets.unet_2d import UNet2DOutput
from torch import nn
from transformers import TopPLogitsWarper

from bench.row import Row, best
from models import catalogue, reader
from models.maths.decoding import cut_nucleus, nucleus, softmax
from models.maths.lanes import runner, stops
from models.maths.samplers import clipped, race
from models.nets.twin import filled
from models.recipes.unet_digits import ALPHA_BAR

STEPS = 50
PIPELINES = {"ddpm": (DDPMPipeline, DDPMScheduler), "ddim": (DDIMPipeline, DDIMScheduler)}


class Denoiser(nn.Module):
    """Our U-Net as diffusers' pipelines want one."""

    dtype = torch.float32
    device = torch.device("cpu")

    class config:
        sample_size, in_channels = 32, 1

    def __init__(self, net: nn.Module, label: int) -> None:
        super().__init__()
        self.net, self.label = net, label

    def forward(self, x: torch.Tensor, t: torch.Tensor | int) -> UNet2DOutput:
        time = torch.full((len(x),), float(t))
        return UNet2DOutput(self.net(x, time, torch.full((len(x),), self.label)))


def rows() -> Iterator[Row]:
    """Digits by DDPM and DDIM, and nuclei of what comes after them."""
    torch.set_num_threads(1)
    for name in PIPELINES:
        for count in (1, 16):
            yield digits(name, count)
    yield nuclei()


def digits(name: str, count: int) -> Row:
    """50 steps: our sampler on ONNX Runtime, diffusers' own pipeline on torch, the same weights."""
    run, label = catalogue.graph("unet_digits"), np.full(count, 3)

    def eps(x: np.ndarray, t: np.ndarray) -> np.ndarray:
        time = np.full(count, t[0], np.float32)
        return run(x=x[0].astype(np.float32), t=time, label=label)["eps"][None]

    def ours() -> None:
        x = np.random.default_rng(0).standard_normal((count, 1, 32, 32))
        levels, rng = stops(name, STEPS, ALPHA_BAR), np.random.default_rng(1)
        *_, _ = race([runner(name, x, levels, rng).sampler], clipped(eps, ALPHA_BAR))

    betas = 1 - ALPHA_BAR / np.concatenate([[1.0], ALPHA_BAR[:-1]])
    pipeline_of, scheduler_of = PIPELINES[name]
    scheduler = scheduler_of(trained_betas=betas, timestep_spacing="trailing")
    pipeline = pipeline_of(
        Denoiser(filled("unet_digits", catalogue.content("unet_digits")), 3), scheduler
    )
    pipeline.set_progress_bar_config(disable=True)

    def theirs() -> None:
        pipeline(batch_size=count, num_inference_steps=STEPS, output_type="np")

    a, b = best(ours), best(theirs)
    value = f"{a.cpu:.2f} CPU-s ({a.wall:.2f} s); diffusers {b.cpu:.2f} CPU-s: {b.cpu / a.cpu:.1f}×"
    goal = "≤ 0.5 s, ≥ 1.5× faster" if count == 1 else ""
    return Row(
        f"50 {name.upper()} steps, {count} digit{'s' * (count > 1)}",
        value,
        goal,
        "one thread each, best of 3",
    )


def nuclei() -> Row:
    """Sizes of the nucleus of 0.9 after each example, beside transformers' and a cut at 50 tokens."""
    sizes = []
    for text in (reader.OWN, *(words for _, words in reader.EXAMPLES)):
        logits = reader.read(reader.tokenise(text)[0][None], "logits")["logits"][0].astype(float)
        for z in logits:
            p = softmax(z)
            theirs = TopPLogitsWarper(0.9)(torch.zeros(1, 1), torch.from_numpy(z)[None])
            true = int(torch.isfinite(theirs).sum())
            sizes.append((nucleus(p, 0.9), true, cut_nucleus(p, 0.9, 50)))
    ours, true, cut = np.array(sizes).T
    wide = true > 50
    value = (
        f"{(ours == true).sum()} of {len(ours)} places as transformers has it; cut at 50 first: "
        f"{(cut == true).sum()}, and where the nucleus is wider than 50 (median "
        f"{np.median(true[wide]):.0f} tokens) it seems {np.median(cut[wide]):.0f}"
    )
    how = f"top-p 0.9 over all {logits.shape[1]:,} tokens, every place of the example texts"
    return Row("nucleus sizes", value, "all", how)
