r"""Lookahead decoding: guess several tokens ahead, check all guesses in one run, keep those that are right.

A guess $g_1, g_2, \dots$ is right as far as $g_i = \arg\max p(\cdot \mid x, g_{<i})$ for each $i$: then it is
what greedy choice would have written. One run answers after every token of a guess, so it proves all
that are right, and one more. Where do guesses come from? The answers of the last run, read again (Jacobi:
Santilli et al., 2023, alg. 1; arXiv:2305.10427), and runs of n tokens seen in such answers before
(Fu et al., 2024, sec. 3; arXiv:2402.02057, who read them off across runs; here along one run).
"""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from jaxtyping import Int

from .beam import Tokens

Array = np.ndarray
# The likeliest next token after each of the last k places of equally long texts.
Answer = Callable[[Sequence[Tokens], int], Int[Array, "b k"]]
REMEMBERED = 7  # runs of n tokens that are tried at once, beside the last answers


@dataclass(frozen=True)
class Run:
    """One run of the network: what was guessed, and how much of it was right."""

    before: int  # so many tokens had been added
    drafts: tuple[Tokens, ...]  # the last answers, then what was remembered
    held: tuple[int, ...]  # of each draft, how many tokens were right
    best: int  # the draft of which most were
    new: Tokens  # what the run adds: the tokens that were right, and the answer after them


def lookahead(
    answer: Answer, prompt: Tokens, window: int, n: int, length: int, ends: Set[int]
) -> Iterator[Run]:
    """The greedy text in fewer runs than tokens."""
    done: Tokens = ()
    guess: Tokens = ()
    seen: dict[int, dict[Tokens, None]] = {}  # what came after a token, the latest last
    while len(done) < length and not ends & set(done):
        text = (*prompt, *done)
        guess = (*guess, *[text[-1]] * window)[:window]
        known = [*seen.get(text[-1], {})][-REMEMBERED:]
        drafts = (guess, *((*rest, *guess)[:window] for rest in known))
        answers = answer([(*text, *draft) for draft in drafts], window + 1)
        held = [right(draft, row) for draft, row in zip(drafts, answers, strict=True)]
        best = int(np.argmax(held))
        new = tuple(int(i) for i in answers[best, : held[best] + 1])[: length - len(done)]
        new = (*takewhile(lambda i: i not in ends, new), *[i for i in new if i in ends][:1])
        yield Run(len(done), drafts, tuple(held), best, new)
        chain = (text[-1], *(int(i) for i in answers[0]))
        for at in range(len(chain) - n + 1):
            after = seen.setdefault(chain[at], {})
            after.pop(chain[at + 1 : at + n], None)
            after[chain[at + 1 : at + n]] = None
        done, guess = (*done, *new), chain[1 + len(new) :]


def right(draft: Tokens, answers: Int[Array, " k"]) -> int:
    """How many tokens of the draft are what the network itself answers there."""
    return int(np.cumprod(np.array(draft) == answers[: len(draft)]).sum())
