"""One text, one run, kept for every page: the GPT of this chapter and what it makes of a text.

Who asks for what was asked before, on another page or of another head, waits for no second run.
"""

from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from threading import Lock
from types import MappingProxyType

import numpy as np
from jaxtyping import Int

from models.catalogue import beside, graph, spec
from models.maths import rotary
from models.maths.bpe import Vocabulary

Array = np.ndarray
GRAPH = "gpt_shakespeare"
CONTEXT = 256  # tokens that it reads at once, the start mark among them; a test asks its card

OWN = "Zorander will come at night. Beware of Zorander"
# Names and texts; of words said twice the network can know nothing but that they come again.
EXAMPLES = (
    ("two bears", "I bear thy sorrow and I bear thy pain. A bear did eat him."),
    ("two banks", "He slept upon the river bank. She kept her gold in the bank."),
    ("cat and cute", "The cat, which was sitting on the mat, is very cute."),
    (
        "words said twice",
        2 * " thought rest noble that have shall child king true like come hast with should "
        "live gentle life dead great other sweet look many bear",
    ),
    (
        "seven ages",
        "All the world's a stage, And all the men and women merely players: They have their exits "
        "and their entrances; And one man in his time plays many parts, His acts being seven ages. "
        "At first the infant, Mewling and puking in the nurse's arms. And then the whining "
        "school-boy, with his satchel And shining morning face, creeping like snail Unwillingly to "
        "school. And then the lover, Sighing like furnace, with a woeful ballad Made to his "
        "mistress' eyebrow. Then a soldier, Full of strange oaths and bearded like the pard, "
        "Jealous in honour, sudden and quick in quarrel, Seeking the bubble reputation.",
    ),
)
KEPT = 64 * 2**20  # bytes of outputs that are held for the next who asks; a long text's are 7 MB


@cache
def vocabulary() -> Vocabulary:
    """The tokens that the graph was trained with; raises GraphMissing."""
    return Vocabulary.from_json(beside(GRAPH, "bpe.json").decode())


def tokenise(text: str) -> tuple[Int[Array, " t"], int]:
    """The start mark and the tokens of the text, and how many at the end had no room."""
    tokens = [vocabulary().start, *vocabulary().encode(text)]
    return np.array(tokens[:CONTEXT]), max(0, len(tokens) - CONTEXT)


@cache
def spellings() -> tuple[str, ...]:
    """How each token is written: · for a space, ⏎ for a new line, <hex> for part of a character."""
    return (*(spell(raw) for raw in vocabulary().token_bytes[:-1]), "‹start›")


def spell(raw: bytes) -> str:
    """A token's bytes in print."""
    try:
        text = raw.decode().replace(" ", "·").replace("\n", "⏎")
    except UnicodeDecodeError:
        text = "\0"
    return text if text.isprintable() else f"<{raw.hex().upper()}>"


def read(
    tokens: Int[Array, "b t"], *wanted: str, net: str = GRAPH, **changes: Array
) -> Mapping[str, Array]:
    """The outputs of a run, all or those wanted by name, not to be written to.

    `changes` are inputs of the graph that are not to be as they are when nothing is changed:
    head_gate, allowed, query_shift, frequency, rotary_scale (models/nets/gpt.py, `OpenGPT`).
    """
    given = [(name, changes[name]) for name in sorted(changes)]
    seal = blake2b(f"{net} {wanted} {tokens.shape}".encode() + tokens.tobytes())
    for name, array in given:
        seal.update(f"{name} {array.dtype} {array.shape}".encode() + array.tobytes())
    key = seal.digest()
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    answer = graph(net)(*wanted, tokens=tokens, **{**unchanged(net, tokens.shape[1]), **changes})
    found = {name: array.copy() for name, array in answer.items()}  # memory that nobody else has
    for array in found.values():
        array.setflags(write=False)
    with _lock:
        _kept[key] = MappingProxyType(found)
        while len(_kept) > 1 and sum(map(weight, _kept.values())) > KEPT:
            _kept.popitem(last=False)
        return _kept[key]


def unchanged(net: str, t: int) -> dict[str, Array]:
    """What a graph takes beside t tokens where nothing in it is changed."""
    layers, heads, _, d_head = next(p for p in spec(net).inputs if p.name == "query_shift").shape
    assert isinstance(layers, int)
    assert isinstance(heads, int)
    assert isinstance(d_head, int)
    return rotary.unchanged(t, layers, heads, d_head)


def weight(found: Mapping[str, Array]) -> int:
    """The bytes of a run's outputs."""
    return sum(array.nbytes for array in found.values())


_kept: OrderedDict[bytes, Mapping[str, Array]] = OrderedDict()  # the one asked for last at the end
_lock = Lock()
