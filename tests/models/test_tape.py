"""A tape makes each item once, whoever reads it and from whichever thread."""

import threading

import pytest

from models.tape import Tape


def test_every_reader_gets_everything_and_nothing_is_made_twice():
    made = []

    def source():
        for i in range(5):
            made.append(i)
            yield i

    tape = Tape(source())
    first = iter(tape)
    assert [next(first), next(first)] == [0, 1]
    assert list(tape) == [0, 1, 2, 3, 4]
    assert list(first) == [2, 3, 4]
    assert made == [0, 1, 2, 3, 4]


def test_nothing_is_made_before_it_is_asked_for():
    made = []
    tape = Tape(made.append(i) or i for i in range(5))
    next(iter(tape))
    assert made == [0]


def test_threads_share_one_tape():
    tape = Tape(iter(range(2000)))
    read = [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda mine=mine: mine.extend(tape)) for mine in read]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(mine == list(range(2000)) for mine in read)


def test_a_fault_reaches_every_reader():
    def source():
        yield 1
        raise RuntimeError("no more")

    tape = Tape(source())
    for _ in range(2):
        reader = iter(tape)
        assert next(reader) == 1
        with pytest.raises(RuntimeError, match="no more"):
            next(reader)


def test_a_tape_can_be_read_from_the_middle_round_to_the_beginning():
    tape = Tape(iter("abcde"))
    assert list(tape.around(3)) == list(enumerate("abcde"))  # nothing is made yet: from the first
    assert list(tape.around(3)) == [(3, "d"), (4, "e"), (0, "a"), (1, "b"), (2, "c")]


def test_an_item_is_made_when_it_is_asked_for_and_no_more():
    made = []
    tape = Tape(made.append(i) or i for i in range(5))
    assert tape.item(2) == 2 and made == [0, 1, 2]
    with pytest.raises(IndexError):
        tape.item(7)
