"""What the server says of itself: to people, and to Prometheus."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from app import birth, front, neighbours, routes, status
from app.desk import Desk
from app.frames import Reader
from tests import toy
from tests.test_frames import until


@pytest.fixture
def desk():
    return Desk()


def samples(desk: Desk) -> dict[tuple[str, ...], float]:
    """Every value that Prometheus would read, by name and labels."""
    text = generate_latest(status.registry(desk)).decode()
    families = text_string_to_metric_families(text)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def read(desk: Desk, query: str) -> None:
    """Ask for a state, and wait until it has ended and been counted."""
    reader = Reader("anna", lambda: None)
    run = desk.runs.join(toy.ENTRY, toy.ENTRY.concept.params.from_query(query), reader)
    until(lambda: run.ended and run not in desk.runs.tally.open())


def test_a_run_is_counted_once_by_its_end_and_its_cost(desk, tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSBOX_CACHE", str(tmp_path))
    assert samples(desk)["glassbox_runs",] == 0
    read(desk, "seed=11")
    read(desk, "seed=11")  # known by now
    read(desk, "seed=12")
    found = samples(desk)
    assert found["glassbox_runs_ended_total", "test/toy", "whole"] == 2
    assert found["glassbox_run_cpu_seconds_total", "test/toy"] > 0
    assert found["glassbox_kept_bytes",] == desk.runs.held() > 0
    assert found["glassbox_runs",] == 0


def test_a_run_that_its_reader_leaves_is_counted_as_left(desk):
    reader = Reader("anna", lambda: None)
    run = desk.runs.join(
        toy.ENTRY, toy.ENTRY.concept.params.from_query("frames=500&pause=0.01"), reader
    )
    [open_] = status.waiting(desk)
    assert (open_.place, open_.state, open_.readers) == (1, "test/toy", 1)
    desk.runs.leave(run, reader)
    until(lambda: not desk.runs.tally.open())
    assert sum(desk.runs.tally.ended.values()) == 1


def test_the_page_for_people_names_the_version_and_every_opened_graph():
    from models.catalogue import graph

    graph("policy_cartpole")
    page = status.page(Desk())
    assert status.cache.version() in page
    assert "<td>policy_cartpole</td>" in page
    assert "<script" not in page


def test_the_page_says_who_waits_and_for_what(desk, monkeypatch):
    assert "Nobody: nothing is computed" in status.page(desk)
    reader = Reader("anna", lambda: None)
    run = desk.runs.join(toy.ENTRY, toy.Params(frames=500, pause=0.01, seed=13), reader)
    until(lambda: run.begun)
    assert "<td>test/toy</td><td>has had its first turn</td>" in status.page(desk)
    monkeypatch.setattr(desk.workers, "place", lambda run: (3, 4.2))
    assert "<td>test/toy</td><td>place 3 in line, about 4 s</td>" in status.page(desk)
    desk.runs.leave(run, reader)


def test_a_process_among_others_says_which_it_is_and_leads_to_those_beside_it(tmp_path):
    for number in (1, 2):
        front.socket(tmp_path, number).touch()
    page = status.page(Desk(), front.socket(tmp_path, 2))
    assert "<td>process</td><td>2</td>" in page
    assert 'href="/status/1"' in page and 'href="/status/2"' in page


def test_the_page_looks_again_until_it_is_told_not_to():
    assert 'http-equiv="refresh"' in status.page(Desk())
    assert 'http-equiv="refresh"' not in status.page(Desk(), still=True)


def test_the_start_is_measured_from_the_beginning_of_the_process(monkeypatch):
    monkeypatch.setattr(birth, "BIRTH", birth.Birth())
    assert birth.said() == birth.UNKNOWN
    birth.listening()
    assert birth.BIRTH.wall > birth.BIRTH.cpu * 0.5 > 0
    assert birth.age() - birth.BIRTH.wall < 60
    assert birth.said() in status.page(Desk())


def test_what_somebody_typed_is_on_no_page_of_the_status(desk):
    reader = Reader("<b>anna</b>", lambda: None)
    desk.runs.join(toy.ENTRY, toy.ENTRY.concept.params.from_query("frames=500&pause=0.01"), reader)
    assert "frames=500&pause=0.01" not in status.page(desk)
    assert "anna" not in status.page(desk)


def test_the_addresses_answer_and_are_never_kept():
    app = FastAPI()
    app.include_router(routes.router)
    app.include_router(status.router)
    client = TestClient(app)
    assert client.get("/healthz").json()["status"] == "ok"
    for path in ("/status", "/metrics"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"


def test_one_process_tells_what_those_beside_it_count_and_who_is_silent(tmp_path, monkeypatch):
    paths = [front.socket(tmp_path, number) for number in (1, 2, 3)]
    for path in paths:
        path.touch()
    texts = {paths[1]: 'x_total{how="left"} 2\n', paths[2]: ""}
    monkeypatch.setattr(neighbours, "asked", texts.__getitem__)
    told = neighbours.told(paths[0], '# TYPE x counter\nx_total{how="left"} 5\n').decode()
    found = {
        tuple(sample.labels.values()) or sample.name: sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
    }
    assert found == {("left", "1"): 5, ("left", "2"): 2, ("1",): 1, ("2",): 1, ("3",): 0}
    monkeypatch.undo()
    assert neighbours.asked(paths[0]) == ""  # nobody listens there
