"""Whether the frames that visitors were given are those that the concept computes, here and now."""

from collections import Counter
from hashlib import blake2b

from app import contents
from app.describe import END
from app.frames import Run
from app.making import Making
from bench.load.visit import Book

SAMPLE = 6  # states that are computed again
LONG = 5.0  # CPU seconds from which a state is too dear to be one of them


def differing(book: Book) -> Counter[str]:
    """How many of a sample of states were answered with other bytes than are computed here."""
    states = sorted(book.bodies)
    sample = states[:: max(1, len(states) // SAMPLE)][:SAMPLE]
    wrong = [state for state in sample if _digest(state) not in (None, book.bodies[state])]
    return Counter({"not what is computed": len(wrong)} if wrong else {})


def _digest(state: str) -> bytes | None:
    messages = computed(state)
    return None if messages is None else blake2b(b"".join(messages) + END, digest_size=16).digest()


def computed(state: str) -> list[bytes] | None:
    """The messages of a state, made here; None where that is too dear."""
    path, _, query = state.partition("?")
    entry = contents.find(path)
    assert entry is not None
    run = Run(entry, entry.concept.params.from_query(query))
    making = Making(run.order())
    while not run.ended:
        run.take(making.advance())
        if run.cpu > LONG:
            return None
    return run.messages
