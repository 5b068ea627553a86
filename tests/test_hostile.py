"""Every parameter of every page, given what no control could have made: refused in words, or read as it is."""

import math
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from app.contents import entries
from app.host import is_host
from app.params import BadParam
from app.ui import api

ODD = (
    "NaN", "nan", "inf", "-Infinity", "1e999", "-1e308", "9" * 400, "0x10", "1_000", "١٢", "1,5", "½", "",
    " ", "true", "null", "None", "[]", "{}", "\x00", "\ud800", "\u202eabc", "e\u0301" * 99, "\U0001f600" * 99,
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "../../etc/passwd", "%s%n", "a" * 7000,
    ";" * 3000, ",".join("1" * 3000), ";".join(["0,0"] * 900), ":" * 99, "1:2:3;x", "-1:push", "0," * 50,
)  # fmt: skip
PAIRS = [(entry, name) for entry in entries() for name in entry.concept.params.controls()]


def read(entry, name: str, text: str) -> None:
    """What must hold of any text: a state that its own address gives again, or a refusal in words."""
    query = f"{quote(name)}={quote(text, errors='surrogatepass')}"
    try:
        params = entry.concept.params.from_query(query)
    except BadParam as problem:
        assert 5 < len(str(problem)) < 2000
        str(problem).encode()
        return
    assert entry.concept.params.from_query(params.to_query()) == params
    value = getattr(params, name)
    assert not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.path)
def test_what_no_control_makes_is_refused_in_words_or_read_as_it_is(entry):
    for name in entry.concept.params.controls():
        for text in ODD:
            read(entry, name, text)


@settings(max_examples=600, suppress_health_check=list(HealthCheck))
@example(PAIRS[0], "\ud800")
@given(
    st.sampled_from(PAIRS),
    st.text(max_size=80) | st.text("0123456789.-+eE:;,~ ", max_size=60) | st.floats().map(repr),
)
def test_any_text_is_a_state_or_a_refusal(pair, text):
    read(*pair, text)


WHOLE = next(
    (entry, name) for entry, name in PAIRS if type(getattr(entry.concept.params(), name)) is int
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(ODD),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@example(WHOLE, 10**4000)  # Python reads no longer number from JSON
@given(st.sampled_from(PAIRS), JSON)
def test_whatever_a_program_gives_is_a_state_or_a_refusal(pair, value):
    """What a call of the API has been given as JSON, before anything is computed."""
    entry, name = pair
    default = getattr(entry.concept.params(), name)
    # the tests' type checks would stop a whole number for a float, which `Params` takes
    assume(not isinstance(value, (int, float)) or type(value) is type(default))
    try:
        params = api.read(entry.concept.params, {name: value})
    except BadParam as problem:
        assert 5 < len(str(problem)) < 2000
        str(problem).encode()
        return
    assert entry.concept.params.from_query(params.to_query()) == params


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.path)
def test_names_that_are_unknown_or_given_twice_are_refused(entry):
    known = next(iter(entry.concept.params.controls()))
    for query in (
        f"{known}=1&{known}=1",
        "__class__=1",
        "nonsense=%00",
        "%ff=%fe",
        "&".join(f"a{i}=1" for i in range(1500)),
        "=" * 500,
        "a" * 9000,
    ):
        with pytest.raises(BadParam) as refused:
            entry.concept.params.from_query(query)
        assert str(refused.value)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost", True),
        ("127.0.0.1:7860", True),
        ("[::1]:7860", True),
        ("glassbox-demo.hf.space", True),
        ("glassbox_app.internal.", True),
        ("", False),
        (":80", False),
        ("a:", False),
        ("a:80:90", False),
        ("a:x", False),
        ("a:999999", False),
        ("999.1.1.1", False),
        ("[::", False),
        ("[1:2]", False),
        ("a/b", False),
        ("a@b", False),
        ("a\x00", False),
        ("½", False),
    ],
)
def test_a_host_is_what_an_address_can_hold(host, known):
    assert is_host(host.encode("latin-1")) is known


@settings(max_examples=500)
@given(st.text("0123456789.:[]-_aF/@%", max_size=24))
def test_what_is_let_in_as_a_host_makes_an_address(host):
    """Else Gradio would fail where it makes the address of its page of it."""
    if is_host(host.encode()):
        assert httpx.URL(f"http://{host}/").host
