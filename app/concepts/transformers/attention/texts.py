"""What the network reads: random texts that test its heads, and the words worth following."""

import numpy as np
from jaxtyping import Int

from models.maths.bpe import BYTES
from models.reader import EXAMPLES, spellings, vocabulary

Array = np.ndarray

# In an example, the word that is followed from where it is first said.
WORDS = {"two bears": "bear", "two banks": "bank", "cat and cute": "cat"}
FOLLOWED = {text: WORDS[name] for name, text in EXAMPLES if name in WORDS}
LONGEST = 20  # letters of a word; more in a row are no word
PROBES, PERIOD = 4, 24  # random texts, and the tokens that each says twice


def probes(seed: int) -> Int[Array, "b t"]:
    """Texts of random tokens said twice, where only repetition tells what comes next."""
    start, rng = vocabulary().start, np.random.default_rng(seed)
    # Learned tokens only: each occurred in the training text, which not every byte did.
    once = [rng.choice(np.arange(BYTES, start), PERIOD, replace=False) for _ in range(PROBES)]
    return np.array([[start, *half, *half] for half in once])


def notable(text: str, tokens: Int[Array, " t"]) -> int:
    """The token worth following: the end of the example's word, or of the longest said twice."""
    if text in FOLLOWED:  # the last token of a word has seen all of it
        end = text.index(FOLLOWED[text]) + len(FOLLOWED[text])
        read = np.cumsum([len(vocabulary().token_bytes[i]) for i in tokens])
        return int(np.searchsorted(read, len(text[:end].encode())))
    pieces = tuple(spellings()[i] for i in tokens)
    twice = np.bincount(tokens)[tokens] > 1
    length = [len(word_at(pieces, i)) for i in range(len(tokens))]
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
