"""NVIDIA's own Triton serves what is exported for it, on this machine's CPU."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import onnx
import pytest

from app import nets
from models import catalogue, serve
from models.card import Seal
from models.recipes import recipe
from models.runtime import kserve, remote
from models.runtime.measure import sample
from models.runtime.session import on_cpu
from tests.test_frames import until

from .tritonserver import Server, lacking

if why := lacking():
    pytest.skip(why, allow_module_level=True)

NAME = "denoiser_8x8"
CLIENTS = 6


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """How long an answer takes on a busy machine is not what is tested."""
    monkeypatch.setattr(remote, "DEADLINE", 60.0)


def other():
    """The graph with other weights, and its card."""
    model = onnx.load_model_from_string(catalogue.content(NAME))
    weight = max(model.graph.initializer, key=lambda one: len(one.raw_data))
    weight.raw_data = np.negative(onnx.numpy_helper.to_array(weight)).tobytes()
    content = model.SerializeToString()
    return content, replace(catalogue.spec(NAME), file=Seal.of(content))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A Triton with two versions of one graph."""
    repository = tmp_path_factory.mktemp("repository")
    serve.export(repository, [NAME])
    content, known = other()
    home = repository / NAME / str(kserve.version(known))
    home.mkdir()
    (home / "model.onnx").write_bytes(content)
    started = Server(repository, tmp_path_factory.mktemp("triton"))
    yield started
    started.stop()


def close(known, theirs, ours):
    return theirs.keys() == ours.keys() and not known.parity.apart(theirs, ours, "fp32")


def test_all_graphs_are_taken_as_they_are_exported_and_answer_as_here(tmp_path):
    repository, folder = tmp_path / "repository", tmp_path / "triton"
    serve.export(repository, catalogue.names())
    server = Server(repository, folder)
    try:
        for name in catalogue.names():
            known, local, chosen = catalogue.spec(name), catalogue.graph(name).session, recipe(name)
            far = remote.Remote(known, local, (server.address,))
            usual = {word: span.usual for word, span in known.sizes.items()}
            for batch in (1, 3, usual["batch"]):
                inputs = chosen.example(chosen.config, {**usual, "batch": batch}, batch)
                assert close(known, far.run(inputs), local.run(inputs)), (name, batch)
                assert (far.provider, far.refused) == (f"server at {server.address}", ())
            far.close()
    finally:
        server.stop()


def test_calls_of_several_clients_are_computed_together_and_each_gets_its_own(server):
    known, local = catalogue.spec(NAME), catalogue.graph(NAME).session
    page = f"/v2/models/{NAME}/versions/{kserve.version(known)}/stats"
    asked = [sample(known, {"batch": who + 1}, who) for who in range(CLIENTS)]
    answers, barrier = [local.run(inputs) for inputs in asked], threading.Barrier(CLIENTS)

    def counts():
        told = json.loads(server.get(page))["model_stats"][0]
        return np.array([told["inference_count"], told["execution_count"]])

    def visit(who):
        far = remote.Remote(known, local, (server.address,))
        barrier.wait()
        found = far.run(asked[who])
        far.close()
        return close(known, found, answers[who]) and far.refused == ()

    begin, calls = counts(), []

    def together():
        calls.extend(threads.map(visit, range(CLIENTS)))
        return (counts() - begin)[1] < len(calls)

    with ThreadPoolExecutor(CLIENTS) as threads:
        until(together, 60)  # on a busy machine they may come one after the other for a while
    assert all(calls)
    assert (counts() - begin)[0] == len(calls) / CLIENTS * sum(range(1, CLIENTS + 1))


def test_two_versions_stand_side_by_side_and_a_third_is_refused_by_number(server):
    content, known = other()
    inputs, here = sample(known, {"batch": 4}, 0), on_cpu(content, NAME)
    far = remote.Remote(known, here, (server.address,))
    first = catalogue.graph(NAME).session
    assert close(known, far.run(inputs), here.run(inputs))
    assert far.provider == f"server at {server.address}"
    assert not close(known, here.run(inputs), first.run(inputs))
    third = replace(known, file=Seal(1, f"{7:07x}"))
    lost = remote.Remote(third, first, (server.address,))
    assert close(known, lost.run(inputs), first.run(inputs))
    assert lost.provider == "CPU"
    assert "status 404" in lost.refused[0][1]
    assert f"'{NAME}' version 7 is not found" in lost.refused[0][1]
    far.close()
    lost.close()


def test_more_at_once_than_the_card_allows_is_refused_by_the_server_too(server):
    known, local = catalogue.spec(NAME), catalogue.graph(NAME).session
    far = remote.Remote(known, local, (server.address,))
    most = known.sizes["batch"].most
    inputs = sample(known, {"batch": most + 1}, 0)
    assert close(known, far.run(inputs), local.run(inputs))
    assert f"batch-size must be <= {most}" in far.refused[0][1]
    far.close()


def test_killed_in_the_middle_the_numbers_go_on_from_here_and_it_is_taken_back(server, monkeypatch):
    monkeypatch.setenv("GLASSBOX_TRITON", server.address)
    monkeypatch.setattr(catalogue, "_graphs", {})
    found = catalogue.graph(NAME)
    inputs = sample(found.spec, {"batch": 8}, 0)
    ours = found.session.local.run(inputs)
    assert [net.provider for net in nets.here()] == [f"server at {server.address}"]
    killer = threading.Timer(0.1, server.kill)
    killer.start()
    end = time.monotonic() + 60
    while nets.here()[0].provider != "CPU":
        assert close(found.spec, found(**inputs), ours)
        assert time.monotonic() < end
    killer.join()
    assert f"server at {server.address}: " in nets.here()[0].refused
    server.start()
    monkeypatch.setattr(found.session, "clock", lambda: time.monotonic() + remote.PAUSES[1])
    assert close(found.spec, found(**inputs), ours)
    assert nets.here()[0].provider == f"server at {server.address}"
    assert nets.here()[0].refused == ""
    found.session.close()
