r"""A GPT trained on 128 tokens reads 256: how far its turns by position carry, and what stretches them.

RoPE turns a pair by $\theta_i$ a token; what lies further back than a head has practised makes angles
it has not met. Slower hands, $\theta_i \to h(\theta_i)$, bring them back: all by a factor $s$ (Chen et al.,
2023, eq. 4; arXiv:2306.15595), by a larger base, or only the slow ones (Peng et al., 2023;
arXiv:2309.00071). Or the network trains on longer texts. The loss is $-\log_2 p(x_i \mid x_{<i})$.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from models import reader
from models.maths.attention import log_softmax, surprise
from models.maths.bpe import BYTES
from models.maths.excerpts import behind
from models.maths.positions import frequencies, interpolated, ntk, yarn, yarn_scale

from .sonnets import SONNETS

Array = np.ndarray
SHORT, LONG = "gpt_short", reader.GRAPH  # trained on 128 tokens; the same, then trained on 256
TRAINED, LENGTH = 128, reader.CONTEXT
PRACTISED = 63  # tokens until an echo, at most, in the training of SHORT
D_HEAD = 32  # of both; a test holds this to their cards
HEAD = (3, 3)  # head 4.4, which looks up what came next last time
METHODS = ("as trained", "interpolation", "NTK-aware", "YaRN")
TEXTS = ("echoes", "sonnets")
COUNT = len(SONNETS)  # texts of either kind
BLOCK = 5  # tokens that share a point of a curve


@dataclass(frozen=True)
class Run:
    """One way to read all texts so far; losses in bits a token."""

    name: str
    mean: Float[Array, " blocks"]
    band: Float[Array, "blocks 2"]  # a standard error about it, over the texts
    early: float  # mean loss where the text is as long as those of the training
    late: float  # beyond, and of echoes only
    error: float  # standard error of late
    back: Float[Array, " t"]  # weight of HEAD on what lies so far back, mean over late readers


@dataclass(frozen=True)
class Frame:
    """The losses of all ways to read, after `read` runs of a text."""

    read: int
    ways: int  # so many runs each text
    place: Float[Array, " blocks"]  # the middle of each block
    texts: str
    method: str
    factor: float
    period: int  # tokens until an echo
    runs: tuple[Run, ...]  # as trained; stretched, if it is; trained on
    beyond: int  # where "late" begins
    angle: Float[Array, " k"]  # to what is copied, or the largest; in parts of the largest met
    whole: Bool[Array, " k"]  # whether a pair has made whole turns there, and met every angle
    scale: float  # of queries and keys
    blind: float  # bits of a guess among all tokens alike


def read(texts: str, period: int, method: str, factor: float, seed: int) -> Iterator[Frame]:
    """Yield the losses after every run, text by text."""
    theta = frequencies(D_HEAD)
    stretched, scale = stretch(theta, method, factor)
    echoing = texts == "echoes"
    rows = echoes(period, seed) if echoing else poems()
    ways = [("as trained", SHORT, theta, 1.0), ("trained on 256", LONG, theta, 1.0)]
    if method != "as trained":
        ways.insert(1, (method, SHORT, stretched, scale))
    beyond = max(TRAINED, period + 1) if echoing else TRAINED
    far, known = (period - 1, PRACTISED - 1) if echoing else (LENGTH - 1, TRAINED - 1)
    place = np.arange(1.0, LENGTH).reshape(-1, BLOCK).mean(-1)
    blind = float(np.log2(len(reader.vocabulary())))
    losses: dict[str, list[Array]] = {}
    back: dict[str, Array] = {}
    for row in rows:
        for name, net, pace, by in ways:
            bits, weight = run(row, net, pace, by)
            losses.setdefault(name, []).append(bits)
            back.setdefault(name, behind_readers(weight, beyond))  # of the first text
            yield Frame(
                read=sum(map(len, losses.values())),
                ways=len(ways),
                place=place,
                texts=texts,
                method=method,
                factor=factor,
                period=period,
                runs=tuple(summed(n, np.array(b), back[n], beyond) for n, b in losses.items()),
                beyond=beyond,
                angle=stretched * far / (theta * known),
                whole=theta * known >= 2 * np.pi,
                scale=scale,
                blind=blind,
            )


def summed(name: str, bits: Float[Array, "texts t"], back: Float[Array, " b"], beyond: int) -> Run:
    """Means and standard errors over the texts (of one text alone: 0)."""
    blocks = bits.reshape(len(bits), -1, BLOCK).mean(-1)
    late, few = bits[:, beyond:].mean(-1), max(1, len(bits) - 1)
    mean, about = blocks.mean(0), np.sqrt(blocks.var(0) / few)
    return Run(
        name,
        mean,
        np.stack([mean - about, mean + about], -1),
        float(bits[:, :TRAINED].mean()),
        float(late.mean()),
        float(np.sqrt(late.var() / few)),
        back,
    )


def stretch(
    theta: Float[Array, " k"], method: str, factor: float
) -> tuple[Float[Array, " k"], float]:
    """The frequencies for texts `factor` times as long, and what multiplies queries and keys."""
    if method == "interpolation":
        return interpolated(theta, factor), 1.0
    if method == "NTK-aware":
        return ntk(2 * len(theta), factor), 1.0
    if method == "YaRN":
        return yarn(theta, factor, TRAINED), yarn_scale(factor)
    return theta, 1.0


def echoes(period: int, seed: int) -> Int[Array, "n t"]:
    """Random learned tokens, none twice, said again and again after `period` of them."""
    rng, start = np.random.default_rng(seed), reader.vocabulary().start
    once = [rng.choice(np.arange(BYTES, start), period, replace=False) for _ in range(COUNT)]
    return behind(start, np.stack([np.resize(words, LENGTH - 1) for words in once]))


def poems() -> Int[Array, "n t"]:
    """Sonnets, each with the beginning of the next; the network has read plays only."""
    words = reader.vocabulary()
    long = [
        one + "\n\n" + next for one, next in zip(SONNETS, (*SONNETS[1:], SONNETS[0]), strict=True)
    ]
    return behind(words.start, np.array([words.encode(text)[: LENGTH - 1] for text in long]))


def run(
    row: Int[Array, " t"], net: str, theta: Float[Array, " k"], scale: float
) -> tuple[Float[Array, " t-1"], Float[Array, "t t"]]:
    """Bits of each token but the start mark, given all before it, and where HEAD looks."""
    pace: dict[str, Array] = {
        "frequency": np.asarray(theta, np.float32),
        "rotary_scale": np.array([scale], np.float32),
    }
    found = reader.read(row[None], "logits", "attention", net=net, **pace)
    return surprise(log_softmax(found["logits"][0]), row), found["attention"][0][HEAD]


def behind_readers(weight: Float[Array, "t t"], beyond: int) -> Float[Array, " t"]:
    """The mean weight on what lies 0, 1, … tokens back, over the readers from `beyond` on."""
    t = len(weight)
    late = np.arange(beyond, t)
    at = late[:, None] - np.arange(t)
    there = np.where(at >= 0, weight[late[:, None], np.maximum(at, 0)], 0.0)
    return np.asarray(there.mean(0))
