"""Pages as functions: what they say of themselves, refuse and answer, and the README's ways to call them."""

import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, assume, example, given, reject, settings
from hypothesis import strategies as st

from app import contents
from app.params import BadParam
from app.ui import api
from tests.browser.conftest import ready
from tests.test_frames import until
from tests.test_hostile import JSON, PAIRS

pytestmark = pytest.mark.browser
README = (Path(__file__).parents[2] / "README.md").read_text()
HERE = "http://localhost:7860"
KIND = {"content-type": "application/json"}


def shown(language: str) -> str:
    """The README's example in this language that calls a running app."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.S)
    return next(block for block in blocks if HERE in block)


def called(app, name: str, values: dict) -> tuple[str, object]:
    """How a call ended, and with what."""
    calls = f"{app.url}/api/gradio_api/call"
    body = json.dumps(values)  # NaN and infinities too, which httpx would not send
    asked = httpx.post(f"{calls}/v2/{name}", content=body, headers=KIND, timeout=60)
    if asked.status_code in (400, 422):
        return "error", asked.json()
    told = httpx.get(f"{calls}/{name}/{asked.json()['event_id']}", timeout=60).text
    event, _, data = told.partition("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_every_page_is_a_function_with_its_declared_parameters(app):
    told = httpx.get(f"{app.url}/api/gradio_api/info", timeout=60).json()["named_endpoints"]
    assert set(told) == {f"/{api.name(entry)}" for entry in contents.entries()}
    for entry in contents.entries():
        function = told[f"/{api.name(entry)}"]
        given = {p["parameter_name"]: p["parameter_default"] for p in function["parameters"]}
        controls = entry.concept.params.controls()
        assert set(given) == set(controls)
        assert api.read(entry.concept.params, given) == entry.concept.params()
        for name, control in controls.items():
            assert f"{name}: {control.label}; {api.takes(control)}." in api.words(entry)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"steps": 99999}, "steps=99999: expected 1 to 120"),
        ({"steps": "many"}, "steps='many': expected a whole number"),
        ({"steps": [1, 2]}, "steps=[1, 2]: expected from 1 to 120"),
        ({"steps": None}, "steps=None: expected from 1 to 120"),
        ({"data": "cube"}, "data='cube': expected one of ring"),
        ({"yours": {"x": 1}}, "expected text as in the page's address"),
    ],
)
def test_a_bad_value_is_refused_in_the_words_of_its_control(app, given, says):
    how, answer = called(app, "diffusion_flow", given)
    assert how == "error"
    assert says in answer["error"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@example(PAIRS[0], math.nan)
@example(PAIRS[0], ["\ud800"])
@example(PAIRS[0], {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}})
@given(st.sampled_from(PAIRS), JSON)
def test_whatever_is_posted_is_refused_in_the_words_that_it_has_in_python(app, pair, value):
    entry, name = pair
    default = getattr(entry.concept.params(), name)
    # the tests' type checks would stop a whole number for a float, which `Params` takes
    assume(not isinstance(value, (int, float)) or type(value) is type(default))
    try:
        api.read(entry.concept.params, {name: value})
    except BadParam as problem:
        half = re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False))  # of a letter
        how, answer = called(app, api.name(entry), {name: value})
        assert (how, answer["error"]) == (
            "error",
            "the body: expected JSON" if half else str(problem),
        )
    else:
        reject()  # it is a state, which would be computed


@pytest.mark.parametrize(
    ("way", "body"),
    [
        ("call/v2/diffusion_flow", b"1e999"),
        ("call/v2/diffusion_flow", b'{"seed":' + b"9" * 5000 + b"}"),
        ("call/v2/no_such_page", b"{}"),
        ("call/no_such_page", b'{"data": []}'),
        ("call/diffusion_flow", b'{"data": NaN}'),
        ("queue/join", b'{"data": [], "fn_index": 999, "session_hash": "a"}'),
        ("queue/join", b'{"data": [], "fn_index": 0, "session_hash": [[]]}'),
        ("cancel", b'{"event_id": {}}'),
    ],
)
def test_what_is_no_call_is_a_mistake_of_the_caller(app, way, body):
    answer = httpx.post(f"{app.url}/api/gradio_api/{way}", content=body, headers=KIND, timeout=60)
    assert 400 <= answer.status_code < 500
    assert "expected" in answer.json()["error"]


def test_too_few_values_are_told_so_and_no_answer_waits_where_nobody_called(app):
    calls = f"{app.url}/api/gradio_api/call/diffusion_flow"
    told = httpx.post(calls, json={"data": [1]}, timeout=60)
    assert told.status_code == 422
    assert "1 values given, expected" in told.json()["error"]
    for nobody in (f"{calls}/nobody", f"{app.url}/api/gradio_api/queue/data?session_hash=nobody"):
        assert httpx.get(nobody, timeout=60).status_code == 404


def test_each_of_many_callers_gets_an_answer_of_their_own(app):
    def state(seed: int) -> str:
        how, answer = called(app, "diffusion_flow", {"seed": seed, "steps": 2})
        assert how == "complete"
        return str(answer[0]["state"])

    with ThreadPoolExecutor(8) as callers:
        for seed, told in zip(range(1, 9), callers.map(state, range(1, 9)), strict=True):
            assert f"seed={seed}" in told.partition("?")[2].split("&")


def test_a_call_whose_caller_has_gone_is_not_computed_to_its_end(app):
    calls = f"{app.url}/api/gradio_api/call"
    ends = re.compile(r'^glassbox_runs_ended_total{concept="latents/gan",how="left"} (\S+)$', re.M)

    def ended() -> float:
        found = ends.search(httpx.get(f"{app.url}/metrics").text)
        return float(found[1]) if found else 0.0

    until(lambda: not app.health()["runs"], 60)  # else the run that is seen below may be another
    before = ended()
    asked = httpx.post(f"{calls}/v2/latents_gan", json={"iterations": 6000}, timeout=60)
    waiting = f"{calls}/latents_gan/{asked.json()['event_id']}"
    with httpx.stream("GET", waiting, timeout=60):
        until(lambda: app.health()["runs"], 60)
    until(lambda: ended() > before, 60)


def test_an_unknown_parameter_is_a_mistake_of_the_caller(app):
    answer = httpx.post(f"{app.url}/api/gradio_api/call/v2/diffusion_flow", json={"nonsense": 1})
    assert answer.status_code == 422
    assert "`nonsense`" in answer.json()["error"]


def test_the_readmes_python_and_javascript_call_the_same_function(app, page, capsys):
    names: dict[str, object] = {}
    exec(shown("python").replace(HERE, app.url), names)
    answer = names["answer"]
    run = contents.open("diffusion/flow", steps=8)
    assert answer["state"] == run.state
    assert answer["count"] == len(run.frames)
    assert answer["numbers"] == pytest.approx(run.numbers[-1])
    assert answer["says"] in capsys.readouterr().out
    page.goto(app.url)
    ready(page)
    code = shown("js").replace(HERE, app.url)
    assert page.evaluate(f"async () => {{ {code}; return answer; }}") == answer
    frames = httpx.get(f"{app.url}{answer['frames']}")
    assert frames.status_code == 200
