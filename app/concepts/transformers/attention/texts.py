"""What the network reads: examples, random texts that test its heads, and how tokens are written."""

import numpy as np
from jaxtyping import Int

from models.maths.bpe import BYTES
from models.reader import spellings, vocabulary

Array = np.ndarray
CONTEXT = 128  # of the graph's 256

# A text, and the word in it that is followed from where it is first said.
EXAMPLES = {
    "two bears": ("I bear thy sorrow and I bear thy pain. A bear did eat him.", "bear"),
    "two banks": ("He slept upon the river bank. She kept her gold in the bank.", "bank"),
    "cat and cute": ("The cat, which was sitting on the mat, is very cute.", "cat"),
}
RANDOM = "random twice"
LONGEST = 20  # letters of a word; more in a row are no word
PROBES, PERIOD = 4, 24  # random texts, and the tokens that each says twice


def tokenise(example: str, own: str, seed: int) -> tuple[Int[Array, " t"], int]:
    """The start mark and the tokens of the text, and how many at the end had no room."""
    if example == RANDOM:
        return probes(seed)[0], 0
    text = EXAMPLES[example][0] if example in EXAMPLES else own
    tokens = [vocabulary().start, *vocabulary().encode(text)]
    return np.array(tokens[:CONTEXT]), max(0, len(tokens) - CONTEXT)


def probes(seed: int) -> Int[Array, "b t"]:
    """Texts of random tokens said twice, where only repetition tells what comes next."""
    start, rng = vocabulary().start, np.random.default_rng(seed)
    # Learned tokens only: each occurred in the training text, which not every byte did.
    once = [rng.choice(np.arange(BYTES, start), PERIOD, replace=False) for _ in range(PROBES)]
    return np.array([[start, *half, *half] for half in once])


def notable(example: str, tokens: Int[Array, " t"]) -> int:
    """The token worth following: the end of the example's word, or of the longest said twice."""
    if example in EXAMPLES:  # the last token of a word has seen all of it
        text, word = EXAMPLES[example]
        end = text.index(word) + len(word)
        read = np.cumsum([len(vocabulary().token_bytes[i]) for i in tokens])
        return int(np.searchsorted(read, len(text[:end].encode())))
    pieces = tuple(spellings()[i] for i in tokens)
    twice = np.bincount(tokens)[tokens] > 1
    # Random tokens side by side make no words.
    length = [
        len(pieces[i] if example == RANDOM else word_at(pieces, i)) for i in range(len(tokens))
    ]
    best = max(range(len(tokens)), key=lambda i: (twice[i] * length[i], i))
    return int(np.flatnonzero(tokens == tokens[best])[0])  # whoever reads on can look back at it


def word_at(pieces: tuple[str, ...], at: int) -> str:
    """The word that ends with this token, as far as it is read there."""
    start = at
    while start > 1 and pieces[start].isalpha() and pieces[start - 1][-1].isalpha():
        start -= 1
    word = "".join(pieces[start : at + 1])
    return (word if len(word) <= LONGEST else pieces[at]).lstrip("·")


def context(pieces: tuple[str, ...], at: int) -> str:
    """The word that ends with this token, and the word before it."""
    return " ".join("".join(pieces[1 : at + 1]).replace("·", " ").split()[-2:])
