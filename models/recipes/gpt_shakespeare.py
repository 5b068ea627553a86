"""Trains the GPT whose attention can be watched: it learns to continue Shakespeare's plays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int

from models.card import Facts
from models.maths import attention, bpe, excerpts
from models.nets.gpt import GPT, OpenGPT, Shape
from models.recipes import Data, Port, Recipe, Run, Span, Weights

Array = np.ndarray


@dataclass(frozen=True)
class Config:
    """The settings of the shipped training."""

    data: Path = Path()
    seed: int = 0
    steps: int = 3000
    batch: int = 16
    context: int = 128  # tokens that the net sees at once, the start mark among them
    rate: float = 0.02  # of Muon, for the matrices of the blocks
    rate_rest: float = 3e-3  # of AdamW, for embedding, norms and biases
    dropout: float = 0.1
    # Share of windows in which random words are said again and again. Only the repetition tells
    # what comes next, so heads learn to look up what followed a word the last time.
    echoes: float = 0.3
    every: int = 100  # steps between snapshots
    device: str = "cpu"
    shape: Shape = Shape(vocabulary=1024, layers=4, heads=4, width=128)


@dataclass(frozen=True)
class Snapshot:
    """The weights, the mean loss since the snapshot before and the loss on unseen text."""

    step: int
    loss: float
    weights: Weights
    held_out: float


DATA = Data(
    ("input.txt",),
    "tinyshakespeare, data/tinyshakespeare/input.txt of github.com/karpathy/char-rnn",
)
HELD_OUT = 0.1  # the end of the text, so that no line of it is also trained on


def split(config: Config) -> tuple[str, str]:
    """The text to learn from and the text to be judged by."""
    text = (config.data / DATA.files[0]).read_text(encoding="utf-8")
    cut = int(len(text) * (1 - HELD_OUT))
    return text[:cut], text[cut:]


def vocabulary(config: Config) -> bpe.Vocabulary:
    """The tokens, learned from the training text alone."""
    return bpe.learn(split(config)[0], config.shape.vocabulary)


def train(config: Config) -> Iterator[Snapshot]:
    """Next-token prediction on random excerpts; Muon (Jordan et al., 2024) for the matrices."""
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    words = vocabulary(config)
    seen, unseen = (np.array(words.encode(text)) for text in split(config))
    judged = excerpts.in_a_row(unseen, words.start, config.context)
    judged = judged[:: max(1, len(unseen) // 6000)]
    gpt = GPT(config.shape, config.dropout).to(config.device)
    optimisers = optimisers_of(gpt, config)
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(each, lambda step: pace(step / config.steps))
        for each in optimisers
    ]
    losses: list[float] = []
    for step in range(1, config.steps + 1):
        text = excerpts.at_random(seen, words.start, (config.batch, config.context), rng)
        loss = surprise(gpt, *excerpts.with_echoes(text, seen, config.echoes, rng))
        gpt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(gpt.parameters(), 1.0)
        for optimiser, schedule in zip(optimisers, schedules, strict=True):
            optimiser.step()
            schedule.step()
        losses.append(loss.item())
        if step % config.every == 0 or step == config.steps:
            yield snapshot(step, losses, gpt, judged)
            losses.clear()


def optimisers_of(gpt: GPT, config: Config) -> list[torch.optim.Optimizer]:
    """One optimiser for the matrices of the blocks and one for all else."""
    matrices = [weight for weight in gpt.blocks.parameters() if weight.ndim == 2]
    known = {id(weight) for weight in matrices}
    rest = [weight for weight in gpt.parameters() if id(weight) not in known]
    return [
        torch.optim.Muon(matrices, lr=config.rate, weight_decay=0.1, adjust_lr_fn="original"),
        torch.optim.AdamW(rest, lr=config.rate_rest, betas=(0.9, 0.95), weight_decay=0.01),
    ]


def pace(done: float) -> float:
    """The share of the highest learning rate: up over 3 % of the steps, level, down over 60 %."""
    return min(1.0, (done + 1e-3) / 0.03, max(0.0, 1 - done) / 0.6)


def surprise(gpt: GPT, text: Int[Array, "b t"], target: Int[Array, "b t"]) -> torch.Tensor:
    """Mean of -log p of each next token, in nats."""
    device = gpt.embedding.weight.device
    logits = gpt(torch.from_numpy(text).to(device)).flatten(0, 1)
    following = torch.from_numpy(target).to(device).flatten()
    return F.cross_entropy(logits, following, ignore_index=excerpts.UNSCORED)


def snapshot(step: int, losses: list[float], gpt: GPT, unseen: Int[Array, "b t"]) -> Snapshot:
    """The state of the training, judged on unseen text."""
    gpt.eval()
    with torch.no_grad():
        held_out = surprise(gpt, unseen[:, :-1], unseen[:, 1:]).item()
    gpt.train()
    weights = {name: w.detach().cpu().numpy().copy() for name, w in gpt.state_dict().items()}
    return Snapshot(step, float(np.mean(losses)), weights, held_out)


def net(config: Config, weights: Weights) -> OpenGPT:
    """The trained net with its inside as outputs, ready to be exported."""
    gpt = GPT(config.shape)
    gpt.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
    return OpenGPT(gpt).eval()


def example(config: Config, sizes: Mapping[str, int], seed: int) -> dict[str, Array]:
    """Random tokens, with heads half on and half off."""
    rng, shape = np.random.default_rng(seed), config.shape
    return {
        "tokens": rng.integers(0, shape.vocabulary, (sizes["batch"], sizes["length"])),
        "head_gate": rng.uniform(0, 1, (shape.layers, shape.heads)).astype(np.float32),
    }


def measure(config: Config, run: Run) -> Facts:
    """How well it predicts unseen text, and the best head in each role."""
    words = vocabulary(config)
    unseen = np.array(words.encode(split(config)[1]))
    window = excerpts.in_a_row(unseen, words.start, config.context)
    on = np.ones((config.shape.layers, config.shape.heads), np.float32)
    logits = [run(tokens=part, head_gate=on)["logits"] for part in batched(window[:, :-1])]
    log_p = attention.log_softmax(np.concatenate(logits))
    nats = -np.take_along_axis(log_p, window[:, 1:, None], -1)
    size = sum(len(words.token_bytes[token]) for token in window[:, 1:].ravel())
    period = (config.context - 1) // 2
    once = np.random.default_rng(0).integers(bpe.BYTES, words.start, (16, period))
    # Text shows where heads rest; only repetition shows what they look up.
    text, again = (
        attention.roles(run(tokens=tokens, head_gate=on)["attention"], period)
        for tokens in (window[:16, :-1], excerpts.said_twice(once, words.start))
    )
    scores = zip(attention.ROLES, (*text[:2], *again[2:]), strict=True)
    return {
        "held_out_loss_nats_per_token": float(nats.mean()),
        "held_out_bits_per_byte": float(nats.sum() / np.log(2) / size),
        "held_out_top_1_accuracy": float((log_p.argmax(-1) == window[:, 1:]).mean()),
        **{f"best_{role}_head": best(score) for role, score in scores},
    }


def batched(window: Int[Array, "n t"], most: int = 16) -> list[Array]:
    """The windows in parts that the graph takes at once."""
    return [window[i : i + most] for i in range(0, len(window), most)]


def best(score: Float[Array, "b layers heads"]) -> str:
    """The head with the highest mean score, counted from 1 as on the page."""
    mean = score.mean(0)
    layer, head = np.unravel_index(mean.argmax(), mean.shape)
    return f"layer {layer + 1}, head {head + 1}: {mean[layer, head]:.3f}"


def beside(config: Config) -> dict[str, bytes]:
    """The vocabulary, without which the tokens mean nothing."""
    return {"bpe.json": vocabulary(config).to_json().encode()}


SHAPE = Config().shape
MAPS = ("batch", SHAPE.layers, SHAPE.heads, "length")
RECIPE = Recipe(
    what="Predicts the next token of a text and shows every attention map on the way.",
    trained_on="the first 90 % of tinyshakespeare; the last 10 % are held out",
    licence="Apache-2.0; the text is in the public domain",
    config=Config(),
    train=train,
    net=net,
    inputs=(
        Port("tokens", "int64", ("batch", "length")),
        Port("head_gate", "float32", (SHAPE.layers, SHAPE.heads)),
    ),
    outputs=(
        Port("logits", "float32", ("batch", "length", SHAPE.vocabulary)),
        Port("attention", "float32", (*MAPS, "length")),
        *(Port(name, "float32", (*MAPS, SHAPE.d_head)) for name in ("query", "key", "value")),
        Port("hidden", "float32", ("batch", SHAPE.layers + 1, "length", SHAPE.width)),
    ),
    sizes={"batch": Span(1, 1, 16), "length": Span(1, 32, Config().context)},
    example=example,
    measure=measure,
    needs=DATA,
    beside=beside,
)
