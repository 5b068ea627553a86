"""The frames address: what it streams, what it refuses, and that nobody computes what another has."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import numpy as np
import pytest

from app import cache, contents, frames
from app.desk import DESK
from app.frames import Busy, Reader, Runs
from app.making import Making
from app.workers import Account, Workers, in_turn
from tests import toy
from tests.messages import headers


@pytest.fixture
def runs():
    workers = Workers(1, lambda run: None)
    made = Runs(workers.add, workers.refuses)
    workers.settle = made.settle
    return made


def until(condition, seconds=10.0):
    """Wait for something that must come true; how long it takes is not what is tested."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert condition()


def reader(name="anna"):
    return Reader(name, lambda: None)


def complete(run):
    """Make a run here, without a worker."""
    making = Making(run.order())
    while not run.ended:
        run.take(making.advance())


def begun(query):
    return sum(line.startswith(query + " ") for line in toy.begun())


# --- over HTTP -----------------------------------------------------------------------------------


def test_every_frame_arrives_and_the_end_is_told(address):
    got = list(headers(httpx.get(f"{address}/frames/test/toy?frames=6&seed=1").content))
    assert [message.get("index") for message in got] == [0, 1, 2, 3, 4, 5, None]
    assert got[-1] == {"end": "whole"}
    *_, last = toy.compute(toy.Params(frames=6, seed=1))
    shown = got[5]["views"]["plane"]["layers"][0]["xy"]
    assert np.abs(shown - last.xy).max() < 1e-4


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("frames=0", 422, "expected 1 to 100000"),
        ("frames=many", 422, "expected a whole number"),
        ("pause=nan", 422, "expected a number"),
        ("nonsense=1", 422, "unknown nonsense"),
        ("frames=2&frames=3", 422, "given twice"),
        ("acts=5:up&acts=%00", 422, "given twice"),
        ("fault=graph", 503, "python -m models.train toy makes it"),
        ("fault=raise", 500, "RuntimeError"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(address, query, status, says):
    answer = httpx.get(f"{address}/frames/test/toy?{query}")
    assert answer.status_code == status
    assert says in answer.json()["error"]
    assert "secret" not in answer.text  # the reason is for the log
    assert answer.headers["cache-control"] == "no-store"


def test_a_run_that_breaks_later_says_so_after_its_frames(address):
    *shown, last = headers(httpx.get(f"{address}/frames/test/toy?fault=late").content)
    assert len(shown) == 3
    assert "RuntimeError" in last["error"]


def test_an_unknown_concept_is_not_found(address):
    answer = httpx.get(f"{address}/frames/test/nothing")
    assert answer.status_code == 404
    assert "GET /concepts" in answer.json()["error"]


def test_only_whole_runs_of_this_version_are_for_ever(address):
    url = f"{address}/frames/test/toy?frames=4&pause=0.1&seed=2&_v="
    first = httpx.get(url + cache.version())
    assert first.headers["cache-control"] == "no-store"  # it could still have failed
    assert "immutable" in httpx.get(url + cache.version()).headers["cache-control"]
    assert httpx.get(url).headers["cache-control"] == "no-store"


def test_many_readers_of_a_state_cost_one_computation(address):
    url = f"{address}/frames/test/toy?frames=20&pause=0.02&seed=3"
    with ThreadPoolExecutor(40) as readers:
        answers = list(readers.map(lambda _: httpx.get(url, timeout=30), range(40)))
    assert len({answer.content for answer in answers}) == 1
    assert begun("frames=20&pause=0.02&seed=3") == 1


def test_closing_the_connection_stops_the_run_within_a_second(address):
    url = f"{address}/frames/test/toy?frames=100000&pause=0.01&seed=4"
    with httpx.stream("GET", url) as answer:
        next(answer.iter_bytes())
    until(lambda: DESK.workers.waiting() == 0, seconds=1.0)


def test_a_newer_question_of_the_same_tab_ends_the_older(address):
    url = f"{address}/frames/test/toy?frames=100000&pause=0.01&seed="
    tab = {"x-reader": "anna.1"}
    with httpx.stream("GET", url + "5", headers=tab) as older:
        chunks = older.iter_bytes()
        next(chunks)
        with httpx.stream("GET", url + "6", headers=tab) as newer:
            next(newer.iter_bytes())
            assert b'"end"' not in b"".join(chunks)  # it stops, and does not say that it is whole
    until(lambda: DESK.workers.waiting() == 0, seconds=1.0)


def test_a_training_does_not_keep_others_waiting(address):
    """Trainings on every worker: a light page still comes after at most the frames in hand."""
    heavy = f"{address}/frames/test/toy?frames=100000&pause=0.05&seed="
    with (
        httpx.stream("GET", heavy + "7", headers={"x-reader": "b.1"}) as one,
        httpx.stream("GET", heavy + "8", headers={"x-reader": "c.1"}) as two,
        httpx.stream("GET", heavy + "9", headers={"x-reader": "d.1"}) as three,
    ):
        for answer in (one, two, three):
            next(answer.iter_bytes())
        light = httpx.get(
            f"{address}/frames/test/toy?frames=3&seed=10", headers={"x-reader": "e.1"}
        )
        assert b'"end"' in light.content


def test_one_who_waits_for_a_worker_is_told_their_place_and_for_how_long(address):
    """More browsers at once than workers, each with a second's work for its first frame."""
    ahead = 4 * len(os.sched_getaffinity(0)) + 4
    url = f"{address}/frames/test/toy?frames=1&pause=1&seed="

    def ask(seed):
        who = {"x-reader": f"waiting{seed}.1"}
        return list(headers(httpx.get(f"{url}{seed}", headers=who, timeout=60).content))

    with ThreadPoolExecutor(ahead) as readers:
        answers = list(readers.map(ask, range(100, 100 + ahead)))
    told = [message["wait"] for answer in answers for message in answer if "wait" in message]
    assert told
    assert all(1 <= line["place"] <= ahead and 0 < line["seconds"] < 60 for line in told)
    assert all(answer[-1] == {"end": "whole"} for answer in answers)


def test_a_browser_with_too_much_under_way_is_asked_to_come_again(address, monkeypatch):
    monkeypatch.setattr("app.workers.MOST_EACH", 1)
    url = f"{address}/frames/test/toy?frames=100000&pause=0.01&seed="
    with httpx.stream("GET", url + "60", headers={"x-reader": "many.1"}) as first:
        chunks = first.iter_bytes()  # one that is let go closes the connection
        next(chunks)
        until(lambda: DESK.workers.refuses("127.0.0.1 many"))
        second = httpx.get(url + "61", headers={"x-reader": "many.2"})
        assert second.status_code == 503
        assert "under way" in second.json()["error"]
        assert int(second.headers["retry-after"]) > 0
        with httpx.stream("GET", url + "60", headers={"x-reader": "many.3"}) as same:
            assert same.status_code == 200  # what is under way already costs nothing more
        file = url.replace("/frames/test/toy?", "/take/test/toy.csv?") + "62"
        assert httpx.get(file, headers={"x-reader": "many.4"}).status_code == 503


def test_one_who_names_a_new_browser_each_time_leaves_room_for_other_networks(runs, monkeypatch):
    monkeypatch.setattr("app.workers.MOST_FROM", 3)
    long = {"frames": 100_000, "pause": 0.01}
    for n in range(3):
        runs.join(toy.ENTRY, toy.Params(**long, seed=90 + n), reader(f"10.0.0.1 name{n}"))
    with pytest.raises(Busy, match="of your network"):
        runs.join(toy.ENTRY, toy.Params(**long, seed=93), reader("10.0.0.1 name3"))
    runs.join(toy.ENTRY, toy.Params(**long, seed=94), reader("10.0.0.10 name3"))


def test_one_who_was_cut_off_finds_the_run_where_it_was(address):
    query = "frames=100000&pause=0.01&seed=62"
    url, tab = f"{address}/frames/test/toy?{query}", {"x-reader": "cut.1"}
    for _ in range(3):
        with httpx.stream("GET", url, headers=tab) as answer:
            next(answer.iter_bytes())
        time.sleep(0.5)  # as the player does before it asks again
    assert begun(query) == 1
    with httpx.stream("GET", url.replace("62", "63"), headers=tab) as other:
        next(other.iter_bytes())
        states = [run.params.seed for run in DESK.runs.tally.open()]
        until(lambda: 62 not in [run.params.seed for run in DESK.runs.tally.open()], 1.5)
        assert 63 in states


def test_files_of_the_player_cannot_be_left(address):
    for name in (
        "../../pyproject.toml",
        "..%2f..%2fpyproject.toml",
        "%2e%2e/wire.py",
        "nothing.js",
    ):
        assert httpx.get(f"{address}/web/x/{name}").status_code == 404


# --- runs ----------------------------------------------------------------------------------------


def waiting(*names: str) -> dict[str, Account]:
    """Browsers that came in this order, each with a run that has had a turn."""
    runs = {name: frames.Run(toy.ENTRY, toy.ENTRY.concept.params()) for name in names}
    for run in runs.values():
        run.begun = True
    return {name: Account(runs=[run]) for name, run in runs.items()}


def test_whoever_has_had_least_lately_is_next_and_what_was_long_ago_is_forgiven():
    accounts = waiting("trains", "floods", "looks") | {"gone": Account()}
    for second in range(10):
        accounts["trains"].charge(0.9, float(second))
    accounts["floods"].charge(2.0, 9.5)
    assert [name for name, _ in in_turn(accounts, 10.0)] == ["looks", "floods", "trains"]
    accounts["looks"].charge(2.0, 40.0)
    assert [name for name, _ in in_turn(accounts, 40.0)] == ["trains", "floods", "looks"]


def test_of_those_who_have_had_little_first_frames_go_first_then_who_came_first():
    accounts = waiting("first", "second", "third")
    accounts["first"].charge(0.9, 0.0)
    accounts["second"].charge(0.1, 0.0)
    accounts["third"].runs[0].begun = False
    assert [name for name, _ in in_turn(accounts, 0.0)] == ["third", "first", "second"]
    accounts["third"].charge(1.2, 0.0)
    assert [name for name, _ in in_turn(accounts, 0.0)] == ["first", "second", "third"]


def test_a_paused_reader_pauses_the_run(runs):
    slow = reader()
    run = runs.join(toy.ENTRY, toy.Params(frames=1000, dots=20_000, seed=11), slow)
    until(lambda: run.waiting_since > 0)
    made = len(run.messages)
    time.sleep(0.3)
    assert len(run.messages) == made < 100  # it waits
    slow.at = made
    until(lambda: len(run.messages) > made)  # and goes on when it is read
    runs.leave(run, slow)
    until(lambda: run.ended == "left")


def test_a_run_that_is_not_read_for_long_lets_go(runs, monkeypatch):
    monkeypatch.setattr("app.workers.PATIENCE", 0.1)
    run = runs.join(toy.ENTRY, toy.Params(frames=1000, dots=20_000, seed=12), reader())
    until(lambda: run.ended == "left")


def test_an_event_added_later_goes_on_from_the_kept_frames(runs):
    plain = toy.Params(frames=50, seed=13)
    run = runs.join(toy.ENTRY, plain, reader())
    until(lambda: run.ended == "whole")
    pushed = toy.Params(frames=50, seed=13, acts=((30, "up"),))
    second = runs.join(toy.ENTRY, pushed, reader())
    until(lambda: second.ended == "whole")
    assert toy.begun()[-1] == f"{pushed.to_query()} from 31"
    alone = Runs(lambda run, browser: None)
    afresh = alone.join(toy.ENTRY, pushed, reader())
    complete(afresh)
    got, wanted = (list(headers(b"".join(r.messages))) for r in (second, afresh))
    assert len(got) == len(wanted) == 50
    for a, b in zip(got, wanted, strict=True):
        assert a["views"]["plane"]["says"] == b["views"]["plane"]["says"]
        np.testing.assert_array_equal(
            a["views"]["plane"]["layers"][0]["xy"], b["views"]["plane"]["layers"][0]["xy"]
        )


@pytest.mark.parametrize(
    ("most", "limit", "says"),
    [
        ("MOST_BYTES", 50_000, "0 MB"),
        ("MOST_CPU", 1e-9, "0 CPU seconds"),
        ("MOST_FRAMES", 4, "4 frames"),
        ("MOST_WALL", 0.0, "0 minutes"),
    ],
)
def test_a_run_stops_at_each_of_its_budgets_and_says_which(monkeypatch, most, limit, says):
    monkeypatch.setattr(frames, most, limit)
    alone = Runs(lambda run, browser: None)
    run = alone.join(toy.ENTRY, toy.Params(frames=1000, dots=1000, seed=14), reader())
    complete(run)
    assert (run.ended, run.why) == ("failed", "budget")
    assert len(run.messages) < 100
    assert run.reason == f"Stopped at this run's budget of {says}."


def test_memory_forgets_the_longest_unused_first(monkeypatch):
    alone = Runs(lambda run, browser: None)
    for seed in range(5):
        who = reader()
        run = alone.join(toy.ENTRY, toy.Params(frames=20, dots=500, seed=20 + seed), who)
        complete(run)
        alone.leave(run, who)
        monkeypatch.setattr(frames, "KEPT", int(2.5 * run.size))
    alone.join(toy.ENTRY, toy.Params(frames=1, seed=30), reader())
    seeds = [run.params.seed for run in alone.by_state.values()]
    assert seeds == [23, 24, 30]


def test_the_contents_hold_the_chapters_in_order():
    assert list(contents.CHAPTERS) == list(contents.TITLES)


def rotated(p, first):
    """The toy's frames from one on, then those before it."""
    made = list(enumerate(toy.compute(p)))
    return iter(made[first:] + made[:first])


def test_a_run_can_begin_with_the_frame_that_is_looked_at(runs):
    entry = replace(toy.ENTRY, concept=replace(toy.CONCEPT, around=rotated))
    p = toy.Params(frames=6, seed=31)
    run = runs.join(entry, p, reader(), first=4)
    until(lambda: run.ended == "whole")
    got = {message["index"]: message["views"] for message in headers(b"".join(run.messages))}
    assert list(got) == [4, 5, 0, 1, 2, 3]
    plain = runs.join(entry, p, reader())
    until(lambda: plain.ended == "whole")
    for message in headers(b"".join(plain.messages)):
        xy = [
            views["plane"]["layers"][0]["xy"] for views in (message["views"], got[message["index"]])
        ]
        np.testing.assert_array_equal(*xy)
    assert runs.join(entry, p, reader(), first=2) is plain  # whole and kept: it has them all


def test_a_concept_that_cannot_begin_in_the_middle_begins_at_the_beginning(runs, address):
    run = runs.join(toy.ENTRY, toy.Params(frames=4, seed=32), reader(), first=2)
    until(lambda: run.ended == "whole")
    assert [message["index"] for message in headers(b"".join(run.messages))] == [0, 1, 2, 3]
    got = list(
        headers(
            httpx.get(f"{address}/frames/test/toy?frames=3&_first=2&_v={cache.version()}").content
        )
    )
    assert [message.get("index") for message in got] == [0, 1, 2, None]
