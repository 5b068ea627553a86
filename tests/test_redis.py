"""A real Redis: rooms in it, runs that machines share through it, and when it is gone, slow or full."""

import shutil
import socket
import subprocess

import pytest

from app import shared, shared_redis, status
from app.desk import Desk
from app.frames import Run
from app.shared import Shared
from app.shared_redis import Ask, Shelf, Tell
from app.store import NoStore
from app.workers import Workers
from tests import toy
from tests.test_frames import Runs, begun, complete, reader, until

if not shutil.which("redis-server"):
    pytest.skip("redis-server is not installed", allow_module_level=True)


class Server:
    """A Redis of our own, at a path."""

    def __init__(self, folder):
        self.path = folder / "redis.sock"
        self.address = f"unix://{self.path}"
        self.start()

    def start(self):
        command = ["redis-server", "--port", "0", "--save", "", "--unixsocket", str(self.path)]
        self.process = subprocess.Popen([*command, "--dir", "/tmp"], stdout=subprocess.DEVNULL)
        until(self.path.exists, 30)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def own(tmp_path):
    """One that may be harmed."""
    started = Server(tmp_path)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("redis"))
    yield started
    started.stop()


class Machine:
    """What one container has: its runs, its workers, and the shelf that it shares with others."""

    def __init__(self, address, word):
        self.workers = Workers(1, lambda run: self.runs.settle(run))
        self.shared = Shared(
            Shelf(address, word), self.workers.add, lambda run: self.runs.settle(run)
        )
        self.runs = Runs(self.shared.add, self.workers.refuses)

    def join(self, query, first=0):
        params = toy.ENTRY.concept.params.from_query(query)
        return self.runs.join(toy.ENTRY, params, reader(), first)


@pytest.fixture
def machines(server):
    return [Machine(server.address, word) for word in ("one", "two")]


def state(query):
    return f"test/toy?{toy.ENTRY.concept.params.from_query(query).to_query()}"


def right(query):
    """The messages of a state, computed here."""
    params = toy.ENTRY.concept.params.from_query(query)
    run = Runs(lambda run, browser: None).join(toy.ENTRY, params, reader())
    complete(run)
    return run.messages


def spelt(query):
    return toy.ENTRY.concept.params.from_query(query).to_query()


# --- runs ----------------------------------------------------------------------------------------


def test_a_state_is_computed_once_by_all_machines_and_read_along_as_it_comes(server, machines):
    query = "frames=20&pause=0.03&seed=901"
    runs = [machine.join(query) for machine in machines]
    until(lambda: all(run.messages for run in runs))
    assert not any(run.ended for run in runs)
    until(lambda: all(run.ended for run in runs))
    assert runs[0].messages == runs[1].messages and len(runs[0].messages) == 20
    ends = [how for machine in machines for _, how in machine.runs.tally.ended]
    assert sorted(ends) == ["elsewhere", "whole"]
    later = Machine(server.address, "three").join(query)
    until(lambda: later.ended)
    assert later.recorded and later.messages == runs[0].messages
    assert begun(spelt(query)) == 1


def silent(server, query, count):
    """A machine that has begun a state, laid so many of its frames, and says nothing more."""
    dead = Shelf(server.address, "dead")
    dead.turn([Ask(state(query), 0)], [])
    dead.turn([], [Tell(state(query), 0, right(query)[:count])])
    return dead


@pytest.mark.parametrize("count", [0, 3])
def test_where_the_one_who_computes_falls_silent_another_goes_on(
    server, machines, monkeypatch, count
):
    monkeypatch.setattr(shared_redis, "LEASE", 0.3)
    query = f"frames=7&seed={910 + count}"
    dead, whole = silent(server, query, count), right(query)
    before = begun(spelt(query))
    run = machines[0].join(query)
    until(lambda: len(run.messages) >= count)
    assert run.elsewhere or run.ended
    until(lambda: run.ended)
    assert run.messages == whole and begun(spelt(query)) == before + 1
    _, [said] = dead.turn([], [Tell(state(query), count, whole[count:])])
    assert said == "another's"  # who comes back late adds nothing
    until(lambda: dead.turn([Ask(state(query), 0)], [])[0][0].whole)
    assert dead.turn([Ask(state(query), 0)], [])[0][0].messages == tuple(whole)


def swap(client, key):
    """Each message is as it was laid; two have changed places."""
    first, second = client.lrange(key, 0, 1)
    client.lset(key, 0, second)
    client.lset(key, 1, first)


def bend(client, key):
    client.lset(key, 1, client.lindex(key, 1)[:-1] + b"?")


def lend(client, key):
    """The frames of another state."""
    other = shared_redis.keys(shared_redis.named(state("frames=6&seed=921")))[0]
    client.copy(other, key, replace=True)


@pytest.mark.parametrize("harm", [swap, bend, lend])
def test_what_is_damaged_or_misplaced_is_computed_and_never_shown(server, machines, harm):
    query, whole = "frames=6&seed=920", right("frames=6&seed=920")
    shelf = silent(server, query, 6)
    other = Shelf(server.address, "other")
    other.turn([Ask(state("frames=6&seed=921"), 0)], [])
    other.turn([], [Tell(state("frames=6&seed=921"), 0, right("frames=6&seed=921"))])
    harm(shelf.client, shared_redis.keys(shared_redis.named(state(query)))[0])
    run = machines[0].join(query)
    until(lambda: run.ended)
    assert run.messages == whole and not run.elsewhere
    shelf.client.flushall()


def test_a_computation_that_fails_is_no_frame_for_others(machines):
    runs = [machine.join("fault=late&seed=930") for machine in machines]
    until(lambda: all(run.ended for run in runs))
    assert {run.ended for run in runs} == {"failed"}
    assert [len(run.messages) for run in runs] == [4, 4]  # three frames and the words


def test_who_reads_along_and_leaves_is_gone(server, machines):
    query = "frames=9&seed=940"
    silent(server, query, 2)
    run = machines[0].join(query)
    until(lambda: len(run.messages) == 2)
    machines[0].runs.leave(run, next(iter(run.readers)))
    until(lambda: run.ended == "left")
    assert machines[0].runs.tally.ended["test/toy", "elsewhere"] == 1


def test_what_begins_in_the_middle_or_goes_on_from_a_kept_frame_is_computed_here():
    params = toy.ENTRY.concept.params()
    plain = Run(toy.ENTRY, params)
    assert shared.shareable(plain)
    for other in ({"first": 3}, {"file": ".npz"}, {"anew": frozenset({2})}):
        assert not shared.shareable(Run(toy.ENTRY, params, **other))


# --- and where it is not what it should be -------------------------------------------------------


def test_without_redis_each_computes_for_itself_says_so_and_shares_again(own, monkeypatch):
    monkeypatch.setattr(shared, "AGAIN", 0.1)
    machine = Machine(own.address, "one")
    own.stop()
    run = machine.join("frames=3&seed=950")
    until(lambda: run.ended == "whole")
    assert run.messages == right("frames=3&seed=950") and machine.shared.trouble
    desk = Desk()
    desk.shared = machine.shared
    assert "not now, each computes for itself" in status.page(desk)
    own.start()
    until(lambda: not machine.shared.trouble)
    assert "by Redis" in status.page(desk)
    machine.join("frames=3&seed=951")
    shelf = Shelf(own.address, "two")
    until(lambda: shelf.turn([Ask(state("frames=3&seed=951"), 0)], [])[0][0].whole)


def test_a_redis_that_does_not_answer_holds_nobody_up(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_redis, "PATIENCE", 0.1)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        deaf.listen(9)
        machine = Machine(f"unix://{tmp_path}/deaf", "one")
        runs = [machine.join(f"frames=3&seed={seed}") for seed in (960, 961)]
        until(lambda: all(run.ended == "whole" for run in runs))
        assert machine.shared.trouble and not any(run.elsewhere for run in runs)


def test_a_full_redis_is_read_and_not_written(own):
    machines = [Machine(own.address, word) for word in ("one", "two")]
    kept = "frames=4&seed=970"
    first = machines[0].join(kept)
    client = machines[0].shared.shelf.client
    until(lambda: first.ended and client.ttl(next(client.scan_iter("*}"), "")) > 60)
    client.config_set("maxmemory", 1)
    there, new = machines[1].join(kept), machines[1].join("frames=4&seed=971")
    until(lambda: there.ended and new.ended)
    assert there.recorded and there.messages == first.messages
    assert new.messages == right("frames=4&seed=971") and not new.elsewhere
    assert "no room" in machines[1].shared.full and not machines[1].shared.trouble


# --- rooms ---------------------------------------------------------------------------------------


def test_rooms_have_the_same_six_verbs_in_redis(server):
    from app.store_redis import Redis

    one, two = Redis(server.address), Redis(server.address)  # of two machines
    one.put("a", b"1", 60)
    assert two.get("a") == b"1" and two.get("b") is None
    assert one.add("c", "anna", b"x", 60, 2) and two.add("c", "ben", b"y|z", 60, 2)
    assert not one.add("c", "carl", b"z", 60, 2) and one.add("c", "anna", b"w", 60, 2)
    assert two.fields("c") == {"anna": b"w", "ben": b"y|z"} and two.get("c", "ben") == b"y|z"
    assert [one.bump("d", 60), two.bump("d", 60)] == [1, 2]
    one.drop("c")
    assert two.fields("c") == {}
    one.put("e", b"", 0.01)
    until(lambda: two.get("e") is None)


def test_a_lost_redis_is_told_to_who_asks_for_a_room(tmp_path):
    from app.store_redis import Redis

    lost = Redis(f"unix://{tmp_path}/nobody")
    with pytest.raises(NoStore):
        lost.get("a")
