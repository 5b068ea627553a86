"""Trains a GPT on 128 tokens at a time to continue Shakespeare's plays; it can be run on 256."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int

from models.card import Facts
from models.maths import attention, bpe, excerpts, rotary
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
LONGEST = 256  # tokens that the graph takes; what lies beyond `context` it was not trained for
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
    """Next-token prediction from random weights."""
    torch.manual_seed(config.seed)
    yield from taught(GPT(config.shape, config.dropout), config)


def taught(gpt: GPT, config: Config) -> Iterator[Snapshot]:
    """Next-token prediction on random excerpts; Muon (Jordan et al., 2024) for the matrices."""
    rng = np.random.default_rng(config.seed)
    words = vocabulary(config)
    seen, unseen = (np.array(words.encode(text)) for text in split(config))
    judged = excerpts.in_a_row(unseen, words.start, config.context)
    judged = judged[:: max(1, len(unseen) // 6000)]
    gpt = gpt.to(config.device)
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
    """Random tokens, with heads half on and half off, and every other input changed as well."""
    rng, shape, t = np.random.default_rng(seed), config.shape, sizes["length"]
    heads = shape.layers, shape.heads
    return {
        "tokens": rng.integers(0, shape.vocabulary, (sizes["batch"], t)),
        "head_gate": rng.uniform(0, 1, heads).astype(np.float32),
        "allowed": rng.uniform(0, 1, (*heads, t, t)) < 0.7,
        "query_shift": rng.standard_normal((*heads, t, shape.d_head), np.float32),
        "frequency": rotary.frequencies(shape.d_head, rng.uniform(5e3, 5e4)),
        "rotary_scale": rng.uniform(0.8, 1.2, 1).astype(np.float32),
    }


def reader(config: Config, run: Run) -> Run:
    """The graph as a function of its tokens alone: nothing in it is changed."""
    shape = config.shape

    def read(*wanted: str, tokens: Int[Array, "b t"]) -> dict[str, Array]:
        t = tokens.shape[1]
        return run(
            *wanted, tokens=tokens, **rotary.unchanged(t, shape.layers, shape.heads, shape.d_head)
        )

    return read


def measure(config: Config, run: Run) -> Facts:
    """How well it predicts unseen text, early and late in it, and the best head in each role."""
    words, read = vocabulary(config), reader(config, run)
    unseen = np.array(words.encode(split(config)[1]))
    window = excerpts.in_a_row(unseen, words.start, config.context)
    nats, right = judged(window, read)
    size = sum(len(words.token_bytes[token]) for token in window[:, 1:].ravel())
    early, late = np.split(judged(excerpts.in_a_row(unseen, words.start, LONGEST), read)[0], 2, 1)
    period = (config.context - 1) // 2
    once = np.random.default_rng(0).integers(bpe.BYTES, words.start, (16, period))
    # Text shows where heads rest; only repetition shows what they look up.
    text, again = (
        attention.roles(read("attention", tokens=tokens)["attention"], period)
        for tokens in (window[:16, :-1], excerpts.said_twice(once, words.start))
    )
    scores = zip(attention.ROLES, (*text[:2], *again[2:]), strict=True)
    return {
        "held_out_loss_nats_per_token": float(nats.mean()),
        "held_out_bits_per_byte": float(nats.sum() / np.log(2) / size),
        "held_out_top_1_accuracy": float(right.mean()),
        "held_out_loss_places_1_to_128": float(early.mean()),
        "held_out_loss_places_129_to_256": float(late.mean()),
        **{f"best_{role}_head": best(score) for role, score in scores},
    }


def judged(
    window: Int[Array, "n t"], read: Run, most: int = 16
) -> tuple[Float[Array, "n t-1"], Bool[Array, "n t-1"]]:
    """The loss in nats of each token that follows, and whether it was the likeliest."""
    nats, right = [], []
    for part in (window[i : i + most] for i in range(0, len(window), most)):
        log_p = attention.log_softmax(read("logits", tokens=part[:, :-1])["logits"])
        nats.append(-np.take_along_axis(log_p, part[:, 1:, None], -1)[..., 0])
        right.append(log_p.argmax(-1) == part[:, 1:])
    return np.concatenate(nats), np.concatenate(right)


def best(score: Float[Array, "b layers heads"]) -> str:
    """The head with the highest mean score, counted from 1 as on the page."""
    mean = score.mean(0)
    layer, head = np.unravel_index(mean.argmax(), mean.shape)
    return f"layer {layer + 1}, head {head + 1}: {mean[layer, head]:.3f}"


def beside(config: Config) -> dict[str, bytes]:
    """The vocabulary, without which the tokens mean nothing."""
    return {"bpe.json": vocabulary(config).to_json().encode()}


SHAPE = Config().shape
HEADS = (SHAPE.layers, SHAPE.heads)
MAPS = ("batch", *HEADS, "length")
RECIPE = Recipe(
    what="Predicts the next token of a text; trained on 128 tokens at a time, it can be run on 256.",
    trained_on="the first 90 % of tinyshakespeare, 128 tokens at a time; the last 10 % are held out",
    licence="Apache-2.0; the text is in the public domain",
    config=Config(),
    train=train,
    net=net,
    inputs=(
        Port("tokens", "int64", ("batch", "length")),
        Port("head_gate", "float32", HEADS),
        Port("allowed", "bool", (*HEADS, "length", "length")),
        Port("query_shift", "float32", (*HEADS, "length", SHAPE.d_head)),
        Port("frequency", "float32", (SHAPE.d_head // 2,)),
        Port("rotary_scale", "float32", (1,)),
    ),
    outputs=(
        Port("logits", "float32", ("batch", "length", SHAPE.vocabulary)),
        Port("attention", "float32", (*MAPS, "length")),
        *(Port(name, "float32", (*MAPS, SHAPE.d_head)) for name in ("query", "key", "value")),
        Port("hidden", "float32", ("batch", SHAPE.layers + 1, "length", SHAPE.width)),
    ),
    sizes={"batch": Span(1, 1, 16), "length": Span(1, 32, LONGEST)},
    example=example,
    measure=measure,
    needs=DATA,
    beside=beside,
)
