"""Visitors' calls of one graph are computed together, and each gets the answer to its own."""

from threading import Event, Thread

import httpx
import numpy as np
import pytest

from models import catalogue, desk, serve
from models.runtime import kserve, remote
from models.runtime.measure import sample
from models.runtime.together import Together

NET = "policy_cartpole"
KNOWN = catalogue.spec(NET)


def inputs(batch, seed=0):
    return sample(KNOWN, {"batch": batch}, seed)


class Device:
    """A graph on a device that is busy with its first call until it is told to go on."""

    def __init__(self, wrong=None):
        self.go, self.busy, self.sizes, self.wrong = Event(), Event(), [], wrong

    def __call__(self, given):
        self.sizes.append(len(given["observation"]))
        if len(self.sizes) == 1:
            self.busy.set()
            assert self.go.wait(20)
        elif self.wrong:
            raise self.wrong
        return catalogue.graph(NET).session.run(given)


def crowd(together, device, batches):
    """What each call was answered, all but the first made while the device is busy with that one."""
    found = [None] * len(batches)

    def call(i):
        try:
            found[i] = together.run(inputs(batches[i], i))
        except Exception as wrong:
            found[i] = wrong

    threads = [Thread(target=call, args=(i,)) for i in range(len(batches))]
    threads[0].start()
    assert device.busy.wait(20)
    for i, thread in enumerate(threads[1:], 1):
        thread.start()
        while together.calls <= i:  # in order, so that groups are the same each time
            Event().wait(0.001)
    device.go.set()
    for thread in threads:
        thread.join(20)
    return found


def test_calls_that_come_while_the_device_computes_are_one_run_and_each_has_its_own_answer():
    device, batches = Device(), [2, 1, 3, 1]
    together = Together(KNOWN, device)
    for i, answer in enumerate(crowd(together, device, batches)):
        alone = catalogue.graph(NET).session.run(inputs(batches[i], i))
        for name, array in alone.items():
            np.testing.assert_allclose(answer[name], array, rtol=1e-5, atol=1e-5)
    assert device.sizes == [2, 5]
    assert (together.calls, together.runs) == (4, 2)


def test_no_run_is_larger_than_the_card_allows():
    device = Device()
    together = Together(KNOWN, device)
    together.most = 4
    crowd(together, device, [1, 3, 1, 2, 4])
    assert sorted(device.sizes[1:]) == [2, 4, 4]
    assert max(device.sizes) <= 4


def test_a_device_that_fails_says_so_to_all_who_asked_and_to_nobody_else():
    device = Device(MemoryError("the GPU is full"))
    first, *others = crowd(Together(KNOWN, device), device, [1, 1, 1])
    assert first["value"].shape == (1,)
    assert [str(answer) for answer in others] == ["the GPU is full"] * 2


def test_a_graph_whose_calls_cannot_be_joined_is_called_one_by_one():
    known = catalogue.spec("gpt_short")
    together = Together(known, lambda given: {"logits": given["tokens"]})
    assert together.run({"tokens": np.zeros((1, 3))})["logits"].shape == (1, 3)
    assert together.runs == 0


@pytest.fixture(scope="module")
def served():
    here = desk.Desk([NET, "denoiser_8x8"], 0)
    Thread(target=here.serve_forever, args=(0.01,), daemon=True).start()
    yield here, f"http://127.0.0.1:{here.server_port}"
    here.shutdown()
    here.server_close()


@pytest.mark.parametrize("name", [NET, "denoiser_8x8"])
def test_the_app_asks_that_process_as_it_asks_any_server(served, name):
    graph = catalogue.graph(name)
    far = remote.Remote(graph.spec, graph.session, [served[1]])
    given = sample(graph.spec, {"batch": 7}, 3)
    for output, array in far.run(given).items():
        np.testing.assert_array_equal(array, graph.session.run(given)[output])
    assert far.run(given, graph.session.outputs[:1]).keys() == {graph.session.outputs[0]}
    assert far.provider == f"server at {served[1]}"
    far.close()


def test_what_is_no_question_is_refused_in_words(served):
    path, address = kserve.infer_path(KNOWN), served[1]
    body, headers = kserve.request(KNOWN, inputs(2), ("value",))
    spoilt = {
        "another version": (path + "1", body, headers, 404),
        "too long": (path, body + b"\0" * 2**23, headers, 413),
        "cut off": (path, body[:-1], headers, 400),
        "no length": (path, body, {}, 400),
        "other numbers": (path, body.replace(b"FP32", b"BOOL"), headers, 400),
        "a large shape": (path, body.replace(b"[2, 4]", b"[2,-4]"), headers, 400),
        "no such output": (path, body.replace(b'"value"', b'"vague"'), headers, 400),
        "garbage": (path, b"\xff" * 90, {kserve.LENGTH: "90"}, 400),
    }
    with httpx.Client(base_url=address, trust_env=False) as client:
        for what, (where, content, head, status) in spoilt.items():
            answer = client.post(where, content=content, headers=head)
            assert (answer.status_code, bool(answer.json()["error"])) == (status, True), what
            unread = what in (
                "another version",
                "too long",
            )  # then the next is sent into another connection
            assert (answer.headers.get("connection") == "close") is unread, what
        assert client.get("/v2/health/ready").status_code == 200
        assert client.post(path, content=body, headers=headers).status_code == 200


def test_without_a_free_port_it_says_so(served, capsys):
    assert serve.main(["run", NET, "--port", str(served[0].server_port)]) == 1
    assert "in use" in capsys.readouterr().err
