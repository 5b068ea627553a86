r"""How text becomes tokens: byte-pair encoding, learned by joining the commonest pair again and again.

$(a, b) = \arg\max_{a, b} \#(a\,b)$, written as a new token $ab$ wherever it stands; repeat.
Text starts as bytes, so that every text can be written and read back without loss.
(Gage, 1994; Sennrich et al., 2016, alg. 1, arXiv:1508.07909)
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

Pair = tuple[int, int]
BYTES = 256  # the first tokens are the bytes themselves

# A piece is a run of letters, of digits, of other marks (each with the space before it), or white
# space; no token crosses pieces. Every character falls in one of them, so nothing is lost.
PIECE = re.compile(r" ?[^\W\d_]+| ?\d+| ?(?:[^\w\s]|_)+|\s+(?!\S)|\s+")


def merge(ids: Sequence[int], pair: Pair, new: int) -> tuple[int, ...]:
    """The tokens with each occurrence of the pair, from the left, replaced by `new`."""
    out: list[int] = []
    for token in ids:
        if out and (out[-1], token) == pair:
            out[-1] = new
        else:
            out.append(token)
    return tuple(out)


@dataclass(frozen=True)
class Vocabulary:
    """Bytes, the merges in the order they were learned, and one mark for the start of a text."""

    merges: tuple[Pair, ...]

    @cached_property
    def rank(self) -> dict[Pair, int]:
        """The position of each pair in the order of learning."""
        return {pair: i for i, pair in enumerate(self.merges)}

    @cached_property
    def token_bytes(self) -> tuple[bytes, ...]:
        """The bytes that each token stands for; the start mark stands for none."""
        table = [bytes([i]) for i in range(BYTES)]
        for a, b in self.merges:
            table.append(table[a] + table[b])
        return (*table, b"")

    @property
    def start(self) -> int:
        """The token that opens a text."""
        return BYTES + len(self.merges)

    def __len__(self) -> int:
        return self.start + 1

    def encode(self, text: str) -> list[int]:
        """The tokens of a text, without the start mark; a lone surrogate raises UnicodeError."""
        return [token for piece in PIECE.findall(text) for token in _encode_piece(self, piece)]

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of the tokens; bytes that are not whole characters show as U+FFFD."""
        return b"".join(self.token_bytes[token] for token in tokens).decode(errors="replace")

    def to_json(self) -> str:
        """The merges as text, the same bytes each time."""
        return json.dumps({"merges": self.merges}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Vocabulary":
        """The vocabulary that `to_json` wrote."""
        return cls(tuple((a, b) for a, b in json.loads(text)["merges"]))


@lru_cache(maxsize=65536)
def _encode_piece(vocabulary: Vocabulary, piece: str) -> tuple[int, ...]:
    """Joins what was learned first, first, until nothing more can be joined."""
    ids = tuple(piece.encode())
    rank = vocabulary.rank
    while known := [pair for pair in pairwise(ids) if pair in rank]:
        first = min(known, key=rank.__getitem__)
        ids = merge(ids, first, BYTES + rank[first])
    return ids


def learn(text: str, size: int) -> Vocabulary:
    """A vocabulary of `size` tokens for this text, fewer where no pair is left to join.

    Equal counts are decided for the pair with the smaller token numbers.
    """
    words = Counter(tuple(piece.encode()) for piece in PIECE.findall(text))
    counts: Counter[Pair] = Counter()
    homes: dict[Pair, set[tuple[int, ...]]] = defaultdict(set)  # pair -> words it occurs in
    for word, n in words.items():
        _tally(word, n, counts, homes)
    merges: list[Pair] = []
    while BYTES + len(merges) + 1 < size and counts:
        pair = min(counts, key=lambda p: (-counts[p], p))
        new = BYTES + len(merges)
        merges.append(pair)
        for word in list(homes[pair]):
            n = words.pop(word)
            _tally(word, -n, counts, homes)
            joined = merge(word, pair, new)
            words[joined] += n
            _tally(joined, n, counts, homes)
    return Vocabulary(tuple(merges))


def _tally(
    word: tuple[int, ...], n: int, counts: Counter[Pair], homes: dict[Pair, set[tuple[int, ...]]]
) -> None:
    """Adds n occurrences of a word to the counts; a negative n takes them out again."""
    for pair in pairwise(word):
        counts[pair] += n
        (homes[pair].add if n > 0 else homes[pair].discard)(word)
        if not counts[pair]:
            del counts[pair]
