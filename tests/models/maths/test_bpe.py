"""Byte-pair encoding joins the commonest pair, loses nothing and agrees with `tokenizers`."""

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from models.maths import bpe

WORDS = [
    "the",
    "then",
    "there",
    "her",
    "here",
    "where",
    "other",
    "hat",
    "that",
    "at",
    "rather",
    "father",
    "three",
    "tree",
]
TEXT = " ".join(random.Random(0).choices(WORDS, k=400)) + "\nÀ la crème — naïve!\n"
VOCABULARY = bpe.learn(TEXT, 290)


@given(st.text())
def test_any_text_comes_back_as_it_was(text):
    assert VOCABULARY.decode(VOCABULARY.encode(text)) == text


@pytest.mark.parametrize(
    "text", ["", " ", "  \n\t two  spaces ", "日本語 😀", "a_b__c", "²⅓Ⅷ", "it's", "\r\n\r\n"]
)
def test_odd_text_comes_back_too(text):
    assert VOCABULARY.decode(VOCABULARY.encode(text)) == text


def test_a_single_merge_joins_the_commonest_pair():
    found = bpe.learn("abab abab cd", 258)
    assert found.merges == ((ord("a"), ord("b")),)
    assert found.token_bytes[256] == b"ab"


def test_overlapping_pairs_are_joined_from_the_left():
    assert bpe.merge((1, 1, 1), (1, 1), 9) == (9, 1)
    assert bpe.merge((2, 1, 1, 1, 1), (1, 1), 9) == (2, 9, 9)


def test_each_merge_is_of_a_pair_that_no_other_outnumbers():
    """Against a count from scratch at every step."""
    words = Counter(tuple(piece.encode()) for piece in bpe.PIECE.findall(TEXT))
    for step, pair in enumerate(VOCABULARY.merges):
        counts = Counter()
        for word, n in words.items():
            for found in pairwise(word):
                counts[found] += n
        assert counts[pair] == max(counts.values())
        new = bpe.BYTES + step
        joined = Counter()
        for word, n in words.items():
            joined[bpe.merge(word, pair, new)] += n
        words = joined


def test_learning_agrees_with_tokenizers():
    text = " ".join(random.Random(1).choices(WORDS, k=300))
    oracle = Tokenizer(models.BPE())
    oracle.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    letters = sorted(set(text) - {" "})
    oracle.train_from_iterator(
        [text], trainers.BpeTrainer(vocab_size=len(letters) + 40, show_progress=False)
    )
    tokens = sorted(oracle.get_vocab(), key=oracle.get_vocab().get)
    # One word a line, for a space would belong to our pieces and not to those of the oracle.
    ours = bpe.learn(text.replace(" ", "\n"), 257 + len(tokens) - len(letters))
    assert [ours.token_bytes[256 + i].decode() for i in range(len(ours.merges))] == tokens[
        len(letters) :
    ]


def test_encoding_agrees_with_tokenizers():
    spelled = {i: "".join(chr(0x100 + b) for b in VOCABULARY.token_bytes[i]) for i in range(289)}
    oracle = Tokenizer(
        models.BPE(
            vocab={word: i for i, word in spelled.items()},
            merges=[(spelled[a], spelled[b]) for a, b in VOCABULARY.merges],
        )
    )
    for piece in bpe.PIECE.findall(TEXT + " another weather, hereafter"):
        encoded = oracle.encode("".join(chr(0x100 + b) for b in piece.encode())).ids
        assert VOCABULARY.encode(piece) == encoded


def test_the_start_mark_is_a_token_of_no_text():
    assert VOCABULARY.start == len(VOCABULARY) - 1 == 289
    assert VOCABULARY.decode([VOCABULARY.start, *VOCABULARY.encode("here")]) == "here"
    assert VOCABULARY.start not in VOCABULARY.encode(TEXT)


def test_a_vocabulary_survives_json():
    assert bpe.Vocabulary.from_json(VOCABULARY.to_json()) == VOCABULARY


def test_half_a_character_shows_as_unknown():
    assert VOCABULARY.decode("é".encode()[:1]) == "�"


def test_learning_stops_where_no_pair_is_left():
    assert len(bpe.learn("ab", 1000)) == 258


def test_more_merges_never_make_a_text_longer():
    lengths = [len(bpe.Vocabulary(VOCABULARY.merges[:n]).encode(TEXT)) for n in range(0, 33, 4)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] == len(TEXT.encode())
