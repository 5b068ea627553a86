r"""How long a call of a graph takes here and now, who runs it, and what a batch of $n$ costs.

The latency that a share $p$ of $N$ calls keeps to, $L_p = \min\{\ell :
\#\{i : \ell_i \le \ell\} \ge pN\}$, is always that of a call which happened. A batch of $n$ takes
$T(n) \approx a + c\,n$: $a$ for the call whatever it carries, $c$ for each item in it. The
throughput $n / T(n)$ then nears $1/c$ and is half of that at $n = a/c$.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from app import params
from models import catalogue, recipes
from models.card import GraphSpec
from models.runtime import measure
from models.runtime.session import Session

from .machine import Host, Tier, host, runner, tiers

Array = np.ndarray
GRAPHS = tuple(recipes.names())
SIZES = (1, 2, 4, 8, 16, 32, 64)  # of the batches whose cost is measured, as far as a graph goes
CALLS = 25  # at most, in one burst
BURST = 40.0  # milliseconds after which a burst ends with the call in hand
BUDGET = 4500.0  # milliseconds of computing after which no further round begins
SPAN = 60.0  # the histogram's window ends at so many times the shortest call
BINS = 48


@dataclass(frozen=True)
class Params(params.Params):
    graph: str = params.choice(*GRAPHS, label="Graph", default="unet_digits")
    batch: int = params.slider(1, 1, SIZES[-1], 1, "Batch", log=True)
    threads: int = params.slider(1, 1, 4, 1, "Threads")
    rounds: int = params.slider(40, 5, 100, 1, "Rounds")
    seed: int = params.seed()


@dataclass(frozen=True)
class Calls:
    """Calls one after another, in milliseconds."""

    wall: Float[Array, " n"]  # by the clock
    cpu: Float[Array, " n"]  # that the calling thread computed
    at: Float[Array, " n"]  # when, in rounds


@dataclass(frozen=True)
class Histogram:
    """The share of calls in bins of equal ratio; the outer bins hold all that lies beyond."""

    middle: Float[Array, " bins"]  # milliseconds
    wall: Float[Array, " bins"]  # percent of the calls
    cpu: Float[Array, " bins"]
    window: tuple[float, float]  # milliseconds
    top: float  # percent, at the upper edge of the picture


@dataclass(frozen=True)
class Curve:
    """What batches of each size took, and the law fitted to it."""

    size: Int[Array, " k"]
    wall: Float[Array, " k"]  # the shortest, milliseconds a call
    rate: Float[Array, " k"]  # items a second, measured
    fixed: float  # a: milliseconds a call, whatever it carries
    each: float  # c: milliseconds an item
    misfit: float  # percent by which the law misses the worst size
    dense: Float[Array, " m"]  # sizes from 1 to the largest that the graph takes
    law: Float[Array, " m"]  # items a second there by the law
    top: float  # items a second, at the upper edge of the picture


@dataclass(frozen=True)
class Frame:
    """All that is known after a round of calls."""

    round: int
    p: Params
    batch: int  # of the measured calls: p.batch, or the most that the graph takes
    host: Host
    tiers: tuple[Tier, ...]
    runners: dict[str, str]  # graph -> provider, or why there is none
    answered: int  # calls that the pages' own session of this graph has had since the start
    opened: float  # milliseconds to make a session of the file
    first: float  # milliseconds of that session's first call
    calls: Calls
    histogram: Histogram
    p50: float
    p95: float
    busy: float  # median of the milliseconds computed
    curve: Curve


def compute(p: Params) -> Iterator[Frame]:
    """One frame a round: a burst of calls, then a burst of batches of the next size."""
    known = catalogue.spec(p.graph)
    model = catalogue.sealed(catalogue.folder() / f"{p.graph}.onnx", p.graph, known.file)
    shared = catalogue.graph(p.graph)
    box: list[Session] = []
    opened = measure.took(lambda: box.append(measure.apart(known, model, p.threads)))
    session, most = box[0], largest_batch(known)
    sizes = [n for n in SIZES if n <= most]
    batch, runners = min(p.batch, most), {p.graph: runner(p.graph)}
    inputs = measure.sample(known, {"batch": batch}, p.seed)
    first = measure.took(lambda: session.run(inputs))
    found, by_size, spent = [burst(session, inputs)], dict[int, list[float]](), 0.0
    for turn in range(p.rounds + 1):
        size = sizes[turn % len(sizes)]
        trial = burst(session, measure.sample(known, {"batch": size}, p.seed))
        by_size.setdefault(size, []).extend(took.wall for took in trial)
        calls = in_order(found)
        yield Frame(
            turn,
            p,
            batch,
            host(),
            tiers(shared.session),
            dict(runners),
            answered=shared.session.latency.read()[0],
            opened=opened.wall,
            first=first.wall,
            calls=calls,
            histogram=histogram(calls, shortest=min(took.cpu for took in found[0])),
            p50=kept_by(0.5, calls.wall),
            p95=kept_by(0.95, calls.wall),
            busy=kept_by(0.5, calls.cpu),
            curve=curve(by_size, most),
        )
        spent += p.threads * sum(took.cpu for took in (*found[-1], *trial))
        if spent > BUDGET:
            return
        found.append(burst(session, inputs))
        waiting = [name for name in GRAPHS if name not in runners]
        runners |= {name: runner(name) for name in waiting[:1]}


def largest_batch(known: GraphSpec) -> int:
    """The most items that a graph takes in one call; 1 where it takes no batch."""
    return min(known.sizes["batch"].most, SIZES[-1]) if "batch" in known.sizes else 1


def burst(session: Session, inputs: measure.Inputs) -> list[measure.Took]:
    """Calls on end, so few that whoever leaves the page is not waited for."""
    found = [measure.took(lambda: session.run(inputs))]
    while len(found) < CALLS and sum(took.wall for took in found) < BURST:
        found.append(measure.took(lambda: session.run(inputs)))
    return found


def in_order(bursts: list[list[measure.Took]]) -> Calls:
    """All calls so far, each at its place within its round."""
    at = [r + i / len(found) for r, found in enumerate(bursts) for i in range(len(found))]
    took = [one for found in bursts for one in found]
    return Calls(
        np.array([one.wall for one in took]), np.array([one.cpu for one in took]), np.array(at)
    )


def kept_by(share: float, latency: Float[Array, " n"]) -> float:
    """The shortest latency that this share of the calls did not exceed (the nearest rank)."""
    return float(np.quantile(latency, share, method="inverted_cdf"))


def histogram(calls: Calls, shortest: float) -> Histogram:
    """Shares of calls by latency, in the window that the first burst set."""
    low = max(shortest, 1e-3) / 2
    edges = np.geomspace(low, low * 2 * SPAN, BINS + 1)
    inside = [np.clip(x, edges[0], edges[-1]) for x in (calls.wall, calls.cpu)]
    wall, cpu = (100 * np.histogram(x, edges)[0] / len(x) for x in inside)
    top = min(t for t in (12.5, 25.0, 50.0, 100.0) if t >= max(wall.max(), cpu.max()))
    window = (float(edges[0]), float(edges[-1]))
    return Histogram(np.sqrt(edges[1:] * edges[:-1]), wall, cpu, window, top)


def curve(by_size: dict[int, list[float]], most: int) -> Curve:
    """The least disturbed call of each size, and the law $T(n) = a + c n$ that misses them least."""
    size = np.array(sorted(by_size))
    wall = np.array([min(by_size[n]) for n in size])
    fixed, each = law(size.astype(float), wall)
    misfit = 100 * float(np.abs((fixed + each * size) / wall - 1).max())
    rate = 1e3 * size / wall
    dense = np.geomspace(1, max(most, 2), 49)
    by_law = 1e3 * dense / (fixed + each * dense)
    top = edge(max(rate.max(), by_law.max()))
    return Curve(size, wall, rate, fixed, each, misfit, dense, by_law, top)


def edge(value: float) -> float:
    """The next of 1, 2, 5, 10, 20 … above a value: an axis that seldom moves."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(power * next(step for step in (1, 2, 5, 10) if step * power >= value))


def law(n: Float[Array, " k"], took: Float[Array, " k"]) -> tuple[float, float]:
    """The a and c of $T(n) = a + c n$; a lone size tells them not apart, and all is put on a."""
    if len(n) == 1:
        return float(took[0]), 0.0
    terms = np.stack([1 / took, n / took], -1)
    fixed, each = np.linalg.lstsq(terms, np.ones(len(n)))[0]
    if fixed < 0:  # no call costs less than nothing: all is put on the items
        return 0.0, float(terms[:, 1].sum() / (terms[:, 1] ** 2).sum())
    if each < 0:
        return float(terms[:, 0].sum() / (terms[:, 0] ** 2).sum()), 0.0
    return float(fixed), float(each)
