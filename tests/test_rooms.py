"""Rooms: who may steer, what expires, what is limited, how answers are counted, and what never leaks."""

import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest

from app import contents, describe, led, rooms
from app.led import State
from app.refused import Refused
from app.rooms import Rooms
from app.store import File, NoStore
from tests.test_imports import ROOT

HERE, THERE = "192.0.2.1", "198.51.100.7"
AT = State("transformers/calculator")


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rooms.sqlite"


@pytest.fixture
def house(path, clock):
    return Rooms(File(path, clock), clock)


@pytest.fixture
def asked(monkeypatch):
    """A step of a lesson with three answers."""
    page = describe.page(contents.find(AT.path))
    steps = [{**step, "answers": ["a", "b", "c"], "mark": ""} for step in page["lesson"]]
    monkeypatch.setattr(led, "_lesson", lambda path: steps)
    return {"path": AT.path, "step": 0}


def why(act, *given) -> str:
    with pytest.raises(Refused) as refused:
        act(*given)
    return refused.value.why


# --- steering ------------------------------------------------------------------------------------


def test_only_the_key_steers(house):
    code, key = house.open(AT, HERE)
    me = house.join(code, "", THERE)
    to = replace(AT, at=7)
    for wrong in ("", "x", key[:-1], me, key.upper()):
        assert why(house.steer, code, wrong, to, THERE) == "key"
        assert why(house.show, code, wrong, True, THERE) == "key"
        assert why(house.close, code, wrong, THERE) == "key"
    assert house.read(code).state["at"] == 0
    house.steer(code, key, to, HERE)
    assert house.read(code).state["at"] == 7


def test_the_key_itself_is_not_in_the_store(house, path):
    code, key = house.open(AT, HERE)
    house.store.opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = path.read_bytes()
    assert code.encode() in raw
    assert key.encode() not in raw


def test_a_presenter_who_acts_without_end_is_held_back_for_a_moment(house, clock):
    code, key = house.open(AT, HERE)
    for _ in range(rooms.ACTS[0]):
        house.steer(code, key, AT, HERE)
    assert why(house.steer, code, key, AT, HERE) == "often"
    clock.now += rooms.ACTS[1]
    house.steer(code, key, AT, HERE)


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "x",
        {},
        {"path": "no/page"},
        {"path": ["x"]},
        {"path": AT.path, "query": "steps=<b>"},
        {"path": AT.path, "query": 3},
        {"path": AT.path, "at": -1},
        {"path": AT.path, "at": 1e3},
        {"path": AT.path, "at": True},
        {"path": AT.path, "step": 99},
        {"path": AT.path, "speed": 3},
        {"path": AT.path, "speed": float("nan")},
        {"path": AT.path, "playing": "yes"},
        {"path": AT.path, "more": 1},
    ],
    ids=str,
)
def test_followers_are_only_ever_sent_to_a_state_of_this_app(given):
    assert why(led.state, given) == "state"


def test_every_page_and_step_can_be_led_to():
    for entry in contents.entries():
        for step, told in enumerate(describe.page(entry)["lesson"]):
            to = {"path": entry.path, "query": told["query"], "step": step, "at": 3}
            assert led.state(to).place == f"{entry.path}.{step}"


# --- what ends -----------------------------------------------------------------------------------


def test_a_room_ends_when_its_presenter_has_long_been_idle(house, clock):
    code, key = house.open(AT, HERE)
    clock.now += rooms.IDLE - 1
    house.steer(code, key, AT, HERE)
    clock.now += rooms.IDLE - 1
    assert house.join(code, "", THERE)
    clock.now += 1
    assert why(house.join, code, "", THERE) == "ended"
    assert why(house.steer, code, key, AT, HERE) == "ended"


def test_no_room_outlives_its_day_however_busy_it_is(house, clock):
    code, key = house.open(AT, HERE)
    end = clock.now + rooms.LONGEST
    while clock.now + 3600 < end:
        clock.now += 3600
        house.steer(code, key, AT, HERE)
    clock.now = end
    assert why(house.steer, code, key, AT, HERE) == "ended"


def test_a_closed_room_is_over_at_once_and_its_code_says_so(house):
    code, key = house.open(AT, HERE)
    me = house.join(code, "", THERE)
    house.close(code, key, HERE)
    for act in (house.join, house.reads):
        assert why(act, code, me if act == house.reads else "", THERE) == "ended"


def test_what_has_expired_is_taken_off_the_disk(house, clock):
    house.open(AT, HERE)
    clock.now += 3 * rooms.LONGEST
    house.store.get("anything")
    (left,) = house.store.opened.execute("SELECT count(*) FROM kept").fetchone()
    assert left == 0


# --- limits --------------------------------------------------------------------------------------


def test_guessing_is_stopped_even_where_the_next_guess_is_right(house, clock):
    code, _ = house.open(AT, HERE)
    for _ in range(rooms.WRONG[0]):
        assert why(house.join, "BBBBBBBB", "", THERE) == "unknown"
    assert why(house.join, "BBBBBBBC", "", THERE) == "wrong"
    assert why(house.join, code, "", THERE) == "wrong"
    assert why(house.reads, code, "guessed", THERE) == "wrong"
    assert house.join(code, "", HERE)  # nobody else pays for it
    clock.now += rooms.WRONG[1]
    assert house.join(code, "", THERE)


def test_whoever_is_in_stays_in_when_a_neighbour_has_guessed(house):
    code, key = house.open(AT, THERE)
    me = house.join(code, "", THERE)
    for _ in range(rooms.WRONG[0] + 1):
        why(house.join, "BBBBBBBB", "", THERE)
    house.reads(code, me, THERE)
    assert house.join(code, me, THERE) == me
    house.steer(code, key, AT, THERE)


def test_two_addresses_of_one_ipv6_network_are_one(house):
    assert rooms.network("2001:db8:1:2::5") == rooms.network("2001:db8:1:2:9:9:9:9")
    assert rooms.network("2001:db8:1:2::5") != rooms.network("2001:db8:1:3::5")
    assert rooms.network("192.0.2.1") != rooms.network("192.0.2.2")


def test_codes_are_long_and_never_the_same_twice(house, monkeypatch):
    monkeypatch.setattr(rooms, "OPENED", (10**9, 1))
    codes = {house.open(AT, HERE)[0] for _ in range(100)}
    assert len(codes) == 100
    assert all(len(code) == rooms.CODE and not set(code) - set(rooms.SIGNS) for code in codes)
    assert len(rooms.SIGNS) ** rooms.CODE > 3e11


def test_rooms_are_limited_in_all_and_from_one_address_and_places_come_free(house, monkeypatch):
    monkeypatch.setattr(rooms, "ROOMS", 3)
    monkeypatch.setattr(rooms, "OPENED", (5, 3600.0))
    first, key = house.open(AT, HERE)
    for _ in range(2):
        house.open(AT, HERE)
    assert why(house.open, AT, THERE) == "rooms"
    house.close(first, key, HERE)
    house.open(AT, HERE)
    assert why(house.open, AT, HERE) == "rooms"
    assert why(house.open, AT, HERE) == "opened"


def test_a_room_takes_so_many_readers_and_those_who_are_in_keep_their_place(house, monkeypatch):
    monkeypatch.setattr(rooms, "READERS", 3)
    code, _ = house.open(AT, HERE)
    words = [house.join(code, "", HERE) for _ in range(3)]
    assert len(set(words)) == 3
    assert why(house.join, code, "", THERE) == "full"
    assert house.join(code, words[0], THERE) == words[0]


# --- answers -------------------------------------------------------------------------------------


def test_answers_are_counted_once_a_reader_and_step_and_a_later_one_takes_its_place(house, asked):
    code, _ = house.open(AT, HERE)
    anna, ben = (house.join(code, "", HERE) for _ in range(2))
    house.answer(code, anna, {**asked, "option": 2}, HERE)
    house.answer(code, ben, {**asked, "option": 2}, HERE)
    assert house.counts(code, AT.place) == [0, 0, 2]
    house.answer(code, anna, {**asked, "option": 0}, HERE)
    assert house.counts(code, AT.place) == [1, 0, 1]
    house.answer(code, anna, {**asked, "step": 1, "option": 1}, HERE)
    assert house.counts(code, AT.place) == [1, 0, 1]
    assert house.counts(code, f"{AT.path}.1") == [0, 1]


def test_an_answer_is_one_of_those_that_the_step_offers(house, asked):
    code, _ = house.open(AT, HERE)
    me = house.join(code, "", HERE)
    for option in (3, -1, "0", None, True, 1.0):
        assert why(house.answer, code, me, {**asked, "option": option}, HERE) == "answer"
    assert why(house.answer, code, "stranger", {**asked, "option": 0}, HERE) == "reader"
    assert house.counts(code, AT.place) == []


def test_marks_in_a_picture_are_counted_by_cell(house):
    path, step = "transformers/calculator", 0
    assert describe.page(contents.find(path))["lesson"][step]["mark"]
    code, _ = house.open(replace(AT, path=path, step=step, query="", at=0), HERE)
    last = led.GRID**2 - 1
    for option in (last, last, 0):
        me = house.join(code, "", HERE)
        house.answer(code, me, {"path": path, "step": step, "option": option}, HERE)
    counts = house.counts(code, f"{path}.{step}")
    assert (counts[0], counts[last], sum(counts)) == (1, 2, 3)
    beyond = {"path": path, "step": step, "option": last + 1}
    assert why(house.answer, code, me, beyond, HERE) == "answer"
    page = (ROOT / "assets" / "web" / "mark.js").read_text()
    assert f"const GRID = {led.GRID};" in page, "page and server count in the same cells"


def test_a_reader_who_answers_without_end_is_held_back(house, asked):
    code, _ = house.open(AT, HERE)
    me = house.join(code, "", HERE)
    for _ in range(rooms.ANSWERS[0]):
        house.answer(code, me, {**asked, "option": 0}, HERE)
    assert why(house.answer, code, me, {**asked, "option": 0}, HERE) == "often"


def test_shown_answers_are_those_of_that_moment_and_of_that_step(house, asked):
    code, key = house.open(AT, HERE)
    me = house.join(code, "", HERE)
    house.answer(code, me, {**asked, "option": 1}, HERE)
    assert house.read(code).shown is None
    house.show(code, key, True, HERE)
    assert house.read(code).shown == [0, 1]
    house.answer(code, me, {**asked, "option": 0}, HERE)
    house.steer(code, key, replace(AT, at=5), HERE)
    assert house.read(code).shown == [0, 1]
    house.steer(code, key, replace(AT, step=1), HERE)
    assert house.read(code).shown is None


def test_nothing_of_a_room_is_in_another(house, asked):
    (one, key), (two, _) = house.open(AT, HERE), house.open(AT, HERE)
    me = house.join(one, "", HERE)
    house.answer(one, me, {**asked, "option": 1}, HERE)
    assert house.counts(two, AT.place) == []
    assert why(house.reads, two, me, HERE) == "reader"
    assert why(house.answer, two, me, {**asked, "option": 1}, HERE) == "reader"
    assert why(house.steer, two, key, AT, HERE) == "key"
    assert house.join(two, me, HERE) != me


# --- the store -----------------------------------------------------------------------------------

OTHER = """
import os, signal, sys
from pathlib import Path
from app.rooms import Rooms, State
from app.store import File
house = Rooms(File(Path(sys.argv[1])))
code, key = sys.argv[2].split(".")
house.steer(code, key, State("transformers/calculator", at=9), "::1")
print(house.join(code, "", "::1"), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_room_is_led_from_another_process_and_outlives_its_being_killed(path):
    house = Rooms(File(path))
    code, key = house.open(AT, HERE)
    given = [sys.executable, "-c", OTHER, str(path), f"{code}.{key}"]
    done = subprocess.run(given, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == -9, done.stderr
    assert house.read(code).state["at"] == 9
    house.reads(code, done.stdout.strip(), HERE)
    again = Rooms(File(path))  # as after a restart
    again.steer(code, key, AT, HERE)
    assert house.read(code).state["at"] == 0


def test_a_limit_holds_whoever_adds(path, clock):
    one, two = File(path, clock), File(path, clock)
    taken = [store.add("room", f"{n}", b"", 10, 5) for n in range(5) for store in (one, two)]
    assert taken == [True] * 10  # a field that is there is set anew
    assert not two.add("room", "late", b"", 10, 5)
    assert one.add("room", "3", b"again", 10, 5)
    assert two.fields("room")["3"] == b"again"
    clock.now += 10
    assert one.fields("room") == {}
    assert one.add("room", "late", b"", 10, 5)


def test_a_count_begins_anew_after_its_time(path, clock):
    store = File(path, clock)
    assert [store.bump("n", 10), store.bump("n", 10)] == [1, 2]
    assert store.get("n") == b"2"
    clock.now += 9
    assert store.bump("n", 10) == 3
    clock.now += 1
    assert store.bump("n", 10) == 1


def test_where_nothing_can_be_written_rooms_say_so_and_come_back_when_it_can(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    store = File(blocked / "rooms.sqlite")
    with pytest.raises(NoStore):
        Rooms(store).open(AT, HERE)
    blocked.unlink()
    assert Rooms(store).open(AT, HERE)


def test_a_full_store_refuses_and_harms_nothing_that_it_holds(path):
    store = File(path)
    store.put("kept", b"1", 60)
    store.opened.execute("PRAGMA max_page_count = 20")
    with pytest.raises(NoStore):
        store.put("large", b"x" * 10**6, 60)
    assert store.get("kept") == b"1"
    assert store.get("large") is None


def test_a_damaged_file_is_no_room(path):
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(NoStore):
        Rooms(File(path)).open(AT, HERE)
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(path).execute("SELECT 1 FROM kept")
