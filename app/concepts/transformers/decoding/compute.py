r"""A text goes on token by token: the network foresees, filters narrow it down, one token is taken.

$p(y_i \mid y_{<i}) = \mathrm{softmax}(f_m(\dots f_1(z)))$, $z$ the logits after all that is written so
far; the token taken is appended, and the network reads again. The filters $f$ are in
`models/maths/decoding.py`; greedy choice takes the argmax; beam search is in `beam.py`, lookahead in `lookahead.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from app import params
from models import reader
from models.maths import decoding
from models.maths.attention import entropy

from .beam import Tokens
from .drafts import Drafts, hurry
from .rivals import WIDEST, Beams, race
from .text import STOPS, Written, ends, foresee, prompt_of, written

Array = np.ndarray
VOCABULARY = 1024  # tokens of the graph; a test holds this to its card
MOST = 48  # tokens that are added at most
DRAWS = 1000
CUT = 50  # where others cut the vocabulary off before they look for a nucleus

Filter = Callable[[Array, Tokens, "Params"], Array]
# In the order in which transformers' generate() applies them.
FILTERS: dict[str, Filter] = {
    "rep": lambda z, said, p: decoding.repetition(z, said, p.repetition),
    "T": lambda z, said, p: decoding.temperature(z, p.temperature),
    "k": lambda z, said, p: decoding.top_k(z, p.top_k),
    "p": lambda z, said, p: decoding.top_p(z, p.top_p),
    "min": lambda z, said, p: decoding.min_p(z, p.min_p),
}
USUAL = tuple(FILTERS)
WAYS = ("greedy", "sample", "beam", "ahead")


@dataclass(frozen=True)
class Params(params.Params):
    text: str = params.text(reader.OWN, "Text", 1000, shared=True, examples=reader.EXAMPLES)
    way: str = params.choice(*WAYS, label="Way", default="sample")
    temperature: float = params.slider(1.0, 0.0, 3.0, 0.05, "Temperature", way="sample")
    top_k: int = params.slider(VOCABULARY, 1, VOCABULARY, 1, "Top-k", log=True, way="sample")
    top_p: float = params.slider(0.9, 0.01, 1.0, 0.01, "Top-p", way="sample")
    min_p: float = params.slider(0.0, 0.0, 1.0, 0.01, "Min-p", way="sample")
    repetition: float = params.slider(1.0, 1.0, 3.0, 0.05, "Repetition", way="greedy|sample")
    order: tuple[str, ...] = params.order("Order", *USUAL, way="sample")
    width: int = params.slider(4, 1, WIDEST, 1, "Beams", way="beam")
    alpha: float = params.slider(0.0, 0.0, 2.0, 0.1, "Length power", way="beam")
    window: int = params.slider(8, 1, 12, 1, "Guesses ahead", way="ahead")
    n: int = params.slider(4, 2, 6, 1, "n-gram", way="ahead")
    length: int = params.slider(24, 1, MOST, 1, "New tokens")
    stop: str = params.choice(*STOPS, label="Stops", way="greedy|beam|ahead")
    forced: tuple[tuple[int, int], ...] = params.edits(
        "Forced", MOST - 1, VOCABULARY, way="greedy|sample"
    )
    seed: int = params.seed(way="sample")


@dataclass(frozen=True)
class Stage:
    """What a filter leaves."""

    name: str  # "network", or the filter's
    left: int  # tokens that can still be drawn
    bits: float  # entropy of what is left


@dataclass(frozen=True)
class Nucleus:
    """What top-p keeps of what reaches it, and what it would keep if only CUT tokens were there."""

    held: Float[Array, " v"]  # by the likeliest 1, 2, … tokens together
    cut: Float[Array, " c"]  # the same among the first CUT alone
    size: int
    cut_size: int


@dataclass(frozen=True)
class Draws:
    """What chance makes of the filtered distribution."""

    shares: Float[Array, " v"]
    distance: float  # total variation of the shares from the exact distribution
    floor: float  # the same for perfect draws, on average


@dataclass(frozen=True)
class Choice:
    """One token added; all tokens lie in the order of their raw probability."""

    params: Params
    at: int  # so many were added before
    keys: Int[Array, " v"]  # the numbers of the tokens
    labels: tuple[str, ...]
    raw: Float[Array, " v"]
    final: Float[Array, " v"]  # after all filters
    taken: int  # the place of the token added
    own: int  # the place of the token that would have been added if none were forced
    stages: tuple[Stage, ...]  # the network's own first, then each filter's
    nucleus: Nucleus
    draws: Draws
    moved: float  # total variation from what the usual order of the filters gives
    written: Written


Frame = Choice | Beams | Drafts


def compute(p: Params) -> Iterator[Frame]:
    """One frame a token added; with lookahead, one a run of the network."""
    prompt = prompt_of(p.text)
    if p.way == "beam":
        yield from race(prompt, p.width, p.alpha, p.length, p.stop)
    elif p.way == "ahead":
        yield from hurry(prompt, p.window, p.n, p.length, p.stop)
    else:
        yield from one_text(prompt, p)


def rule(p: Params) -> Params:
    """Greedy is sampling at temperature 0, with nothing dropped before."""
    if p.way == "sample":
        return p
    every = Params(text=p.text, repetition=p.repetition)
    return replace(every, temperature=0.0, top_p=1.0)


def one_text(prompt: Tokens, p: Params) -> Iterator[Choice]:
    """Token after token, each drawn by its own coin, so that a forced one leaves the others' coins."""
    coins, forced = np.random.default_rng(p.seed).random(MOST), dict(p.forced)
    added: Tokens = ()
    heard: list[Array] = []
    while len(added) < p.length and not ends(p.stop) & set(added):
        at, z = len(added), foresee(prompt, [added])[0]
        said = (*prompt[1:], *added)
        keys = np.argsort(-z, kind="stable")
        stages, given = narrowed(z, said, rule(p))
        final = decoding.softmax(given["draw"])[keys]
        usual = narrowed(z, said, replace(rule(p), order=USUAL))[1]
        own = decoding.draw(final, coins[at])
        taken = int(np.flatnonzero(keys == forced[at])[0]) if at in forced else own
        added, heard = (*added, int(keys[taken])), [*heard, z]
        yield Choice(
            p,
            at,
            keys,
            tuple(reader.spellings()[i] for i in keys),
            decoding.softmax(z)[keys],
            final,
            taken,
            own,
            stages,
            nucleus(decoding.softmax(given["p"]), rule(p).top_p),
            draws(final, p.seed, at),
            moved=decoding.total_variation(final, decoding.softmax(usual["draw"])[keys]),
            written=written(prompt, added, heard),
        )


def narrowed(
    z: Float[Array, " v"], said: Tokens, p: Params
) -> tuple[tuple[Stage, ...], dict[str, Array]]:
    """The filters in their order: what each leaves, and the logits that each ("draw": chance) is given."""
    stages, given = [stage("network", z)], {}
    for name in p.order:
        given[name], z = z, FILTERS[name](z, said, p)
        stages.append(stage(name, z))
    return tuple(stages), {**given, "draw": z}


def stage(name: str, z: Float[Array, " v"]) -> Stage:
    """How many tokens are left, and how evenly."""
    return Stage(name, int(np.isfinite(z).sum()), float(entropy(decoding.softmax(z)[None])[0]))


def nucleus(p: Float[Array, " v"], mass: float) -> Nucleus:
    """The true nucleus, beside that of the CUT likeliest tokens taken for the whole."""
    best = np.sort(p)[::-1]
    first = best[:CUT]
    sizes = decoding.nucleus(p, mass), decoding.cut_nucleus(p, mass, CUT)
    return Nucleus(np.cumsum(best), np.cumsum(first) / first.sum(), *sizes)


def draws(p: Float[Array, " v"], seed: int, at: int) -> Draws:
    """DRAWS throws for the same place in the text, with coins of their own."""
    shares = np.random.default_rng((seed, at)).multinomial(DRAWS, p) / DRAWS
    return Draws(shares, decoding.total_variation(shares, p), decoding.sampling_floor(p, DRAWS))
