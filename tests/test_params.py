"""Parameters: what an address may say, and what is refused in words."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import params
from app.params import BadParam
from tests.grids import corners

ENTRANTS = (
    params.Entrant("a", "Plain"),
    params.Entrant("b", "Set", params.Setting("η", 0.0, 1.0, 0.1, 0.5)),
)


@dataclass(frozen=True)
class Every(params.Params):
    """One parameter of each kind."""

    rate: float = params.slider(0.5, 0.0, 1.0, 0.1, "Rate")
    lr: float = params.slider(0.01, 1e-4, 1.0, 1e-4, "Learning rate", log=True)
    count: int = params.slider(5, 0, 10, 1, "Count")
    way: str = params.choice("euler", "heun", label="Way")
    on: bool = params.toggle(True, "On")
    words: str = params.text("hello", "Words", 20)
    seed: int = params.seed()
    places: tuple = params.points(((0.0, 0.0),), "Places", count=(1, 4), x=(-1, 1), y=(-2, 2))
    drawing: tuple = params.strokes("Drawing", 28, 28)
    grid: tuple = params.cells(((0, 1), (1, 0)), "Grid", levels=3)
    weights: tuple = params.table(((1.0, 0.5), (0.0, -2.0)), "Weights", -3.0, 3.0)
    few: tuple = params.spots("Few", 256, 200, 9)
    bend: tuple = params.curve((0.0, 0.5, 1.0), "Bend", 0.0, 1.0)
    heads: tuple = params.tokens("Heads", 16)
    acts: tuple = params.timeline("Acts", 100, {"left": "Push left", "right": "Push right"})
    order: tuple = params.order("Order", "first", "top-k", "last")
    forced: tuple = params.edits("Forced", 47, 1024)
    climb: tuple = params.curve((0.0, 0.5, 1.0), "Climb", 0.0, 1.0, rise=0.1)
    lanes: tuple = params.lineup((("a", None),), "Lanes", ENTRANTS, most=3)
    stops: tuple = params.pins((999, 10), "Stops", ends=(999, 0), count=(1, 4))


REFUSED = [
    ("rate=1.5", "expected 0 to 1"),
    ("rate=nan", "expected a number"),
    ("rate=1_0", "expected a number"),
    ("rate=\uff11", "expected a number"),
    ("rate=", "expected a number"),
    ("count=2.5", "expected a whole number"),
    ("count=11", "expected 0 to 10"),
    ("way=rk4", "expected one of euler, heun"),
    ("on=yes", "expected 0 or 1"),
    ("words=" + "x" * 21, "expected at most 20"),
    ("places=", "expected 1 to 4"),
    ("places=0,0;0,3", "outside -2 to 2"),
    ("places=0", "expected x,y;x,y"),
    ("drawing=28,0", "outside 0 to 27"),
    ("drawing=1", "expected x,y,x,y"),
    ("grid=01", "expected 2"),
    ("grid=03.00", "outside 0 to 2"),
    ("weights=1,2", "expected 2"),
    ("weights=1,2;3", "expected 2"),
    ("weights=1,2;3,3.5", "outside -3 to 3"),
    ("weights=1,2;3,", "expected a number"),
    ("few=3", "expected row.column"),
    ("few=1-2-3.0", "expected row.column"),
    ("few=0-999999999.0", "outside 0 to 255"),
    ("few=0.200", "outside 0 to 199"),
    ("few=0-9.0", "expected 0 to 9"),
    ("bend=0,1", "expected 3"),
    ("heads=3,1", "rising order"),
    ("heads=16", "outside 0 to 15"),
    ("acts=3:up", "none of left, right"),
    ("acts=9:left;3:left", "in order of step"),
    ("acts=101:left", "outside 0 to 100"),
    ("order=last,first", "expected each of first, top-k, last once"),
    ("order=last,first,first", "expected each of first, top-k, last once"),
    ("order=", "expected each of first, top-k, last once"),
    ("forced=3", "expected place:number"),
    ("forced=48:1", "outside 0 to 47"),
    ("forced=3:1024", "outside 0 to 1023"),
    ("forced=3:1;3:2", "each place once, in rising order"),
    ("climb=0,0.05,1", "at least 0.1 above"),
    ("lanes=", "none of a, b"),
    ("lanes=a;c", "'c' is none of a, b"),
    ("lanes=a:1", "a has no setting"),
    ("lanes=b:2", "η of b is 2, expected 0 to 1"),
    ("lanes=a;a;a;a", "4 lanes, expected 1 to 3"),
    ("stops=", "expected a whole number"),
    ("stops=1000", "no whole number from 0 to 999"),
    ("stops=10,999", "once, in falling order"),
    ("stops=5,5", "once, in falling order"),
    ("stops=5,4,3,2,1", "5 pins, expected 1 to 4"),
    ("nonsense=1", "unknown nonsense; known: rate"),
    ("rate=0.1&rate=0.2", "given twice"),
    ("words=" + "x" * 9000, "expected at most 8000"),
]


@pytest.mark.parametrize(("query", "says"), REFUSED)
def test_bad_queries_are_refused_in_words(query, says):
    with pytest.raises(BadParam) as caught:
        Every.from_query(query)
    assert says in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "0.5", None, True, 2.0])
def test_an_instance_is_always_valid(value):
    with pytest.raises(BadParam):
        replace(Every(), rate=value)


def test_the_query_holds_only_what_was_changed():
    assert Every().to_query() == ""
    assert Every(rate=0.25, heads=(1, 3)).to_query() == "rate=0.25&heads=1,3"
    state = Every(order=("last", "top-k", "first"), forced=((3, 512), (7, 0)))
    assert state.to_query() == "order=last,top-k,first&forced=3:512;7:0"


STATES = st.builds(
    Every,
    rate=st.floats(0, 1),
    lr=st.floats(1e-4, 1.0),
    count=st.integers(0, 10),
    way=st.sampled_from(["euler", "heun"]),
    on=st.booleans(),
    words=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    seed=st.integers(0, 9999),
    places=st.lists(st.tuples(st.floats(-1, 1), st.floats(-2, 2)), min_size=1, max_size=4).map(
        tuple
    ),
    weights=st.tuples(*[st.tuples(*[st.floats(-3, 3)] * 2)] * 2),
    few=st.sets(st.tuples(st.integers(0, 255), st.integers(0, 199)), max_size=9).map(
        lambda cells: tuple(sorted(cells))
    ),
    heads=st.sets(st.integers(0, 15)).map(lambda picks: tuple(sorted(picks))),
    order=st.permutations(["first", "top-k", "last"]).map(tuple),
    forced=st.dictionaries(st.integers(0, 47), st.integers(0, 1023), max_size=9).map(
        lambda edits: tuple(sorted(edits.items()))
    ),
    acts=st.lists(
        st.tuples(st.integers(0, 100), st.sampled_from(["left", "right"])), max_size=9
    ).map(lambda events: tuple(sorted(events, key=lambda event: event[0]))),
    lanes=st.lists(
        st.just(("a", None)) | st.tuples(st.just("b"), st.floats(0, 1)), min_size=1, max_size=3
    ).map(tuple),
    stops=st.sets(st.integers(0, 999), min_size=1, max_size=4).map(
        lambda places: tuple(sorted(places, reverse=True))
    ),
)


def test_an_entrant_named_without_its_setting_has_the_usual_one():
    assert Every.from_query("lanes=b;a").lanes == (("b", 0.5), ("a", None))


def test_the_ends_of_every_control_are_values_it_takes():
    for state in corners(Every):
        assert Every.from_query(state.to_query()) == state


def test_cells_below_each_other_are_written_as_a_run():
    column = tuple((row, 7) for row in range(3, 9))
    assert Every(few=((0, 1), (1, 1), *column)).to_query() == "few=0-1.1;3-8.7"


@given(STATES)
def test_every_state_survives_the_address(state):
    assert Every.from_query(state.to_query()) == state


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_but_never_breaks(text):
    try:
        Every.from_query(text)
    except BadParam as problem:
        assert str(problem)
