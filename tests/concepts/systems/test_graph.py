"""Inside a graph: its blocks, the rounding of two programs, and one flipped bit."""

import sys

import numpy as np
import onnx
import pytest

from app.concepts.systems.graph import CONCEPT, Params, compute, draw
from app.concepts.systems.graph.blocks import OUTPUTS, blocks, damaged, ground, owner
from app.concepts.systems.graph.compute import GRAPHS, HUGE, ROUNDING, difference, spell, tiles
from models import anatomy, catalogue
from models.anatomy import Node, Wire

EVERY = pytest.mark.parametrize("name", GRAPHS)


def parts_of(name):
    returned = {port.name for port in catalogue.spec(name).outputs}
    return blocks(anatomy.nodes(name), returned)


def node(op, reads, makes):
    return Node(op, makes, tuple(Wire(r, None) for r in reads), (Wire(makes, None),))


def test_the_graphs_offered_are_those_of_the_catalogue():
    assert sorted(GRAPHS) == catalogue.names()
    assert CONCEPT.graphs == GRAPHS


@EVERY
def test_every_node_is_in_one_block_and_arrows_lead_forward(name):
    parts = parts_of(name)
    found = [node.name for part in parts for node in part.nodes]
    assert sorted(found) == sorted(node.name for node in anatomy.nodes(name))
    assert all(max(part.fed_by, default=-1) < i for i, part in enumerate(parts))


@EVERY
def test_blocks_in_their_order_can_be_computed(name):
    model = onnx.load_model_from_string(catalogue.content(name))
    known = {w.name for w in model.graph.initializer} | {i.name for i in model.graph.input}
    for part in parts_of(name):
        for node in part.nodes:
            assert {wire.name for wire in node.inputs} <= known
            known |= {wire.name for wire in node.outputs}


def test_the_u_net_draws_its_letter():
    parts = parts_of("unet_digits")
    at = {p.name: i for i, p in enumerate(parts)}
    assert {"down.0", "down.1", "down.2", "up.0", "up.1", "up.2"} <= at.keys()
    for level in range(3):  # the skip connections
        assert at[f"down.{level}"] in parts[at[f"up.{level}"]].fed_by or level == 1
    *_, last = compute(Params())
    y = {part.name: part.at[1] for part in last.whole.parts}
    assert y["down.0"] == y["up.0"] < y["down.1"] == y["up.1"] < y["down.2"] == y["up.2"]


def test_the_gpt_is_one_stream():
    names = [part.name for part in parts_of("gpt_shakespeare")]
    assert names == ["embedding", *(f"blocks.{i}" for i in range(4)), "norm", OUTPUTS]


def test_what_joins_two_branches_belongs_to_what_follows():
    chain = [
        node("Conv", ["x", "a.0.weight"], "p"),
        node("Conv", ["p", "b.weight"], "q"),
        node("Relu", ["q"], "r"),
        node("Concat", ["p", "r"], "s"),
        node("Conv", ["s", "c.weight"], "t"),
        node("Concat", ["t", "p"], "out"),
    ]
    found = blocks(chain, {"out"})
    assert [(part.name, len(part.nodes)) for part in found] == [
        ("a.0", 1), ("b", 2), ("c", 2), (OUTPUTS, 1),
    ]  # fmt: skip
    assert found[2].fed_by == {0, 1}


def test_a_block_met_again_later_is_a_block_of_its_own():
    chain = [
        node("Gather", ["e.weight", "x"], "p"),
        node("Gemm", ["p", "b.weight"], "q"),
        node("Gemm", ["q", "e.weight"], "y"),
    ]
    assert [part.name for part in blocks(chain, {"y"})] == ["e", "b", "e"]


@pytest.mark.parametrize(
    ("weight", "block"),
    [
        ("down.0.conv_1.weight", "down.0"),
        ("stem.bias", "stem"),
        ("attend.out.bias", "attend"),
        ("gpt.blocks.3.qkv.bias", "blocks.3"),
        ("val_11", ""),
    ],
)
def test_the_name_of_a_weight_tells_its_block(weight, block):
    assert owner(node("Gemm", ["x", weight], "y")) == block


def test_branches_stand_side_by_side():
    parts = parts_of("policy_cartpole")
    *_, last = compute(Params(graph="policy_cartpole"))
    places = {part.name: part.at for part in last.whole.parts}
    assert places["actor.0"][1] == places["critic.0"][1] < places["actor.2"][1]
    assert places["actor.0"][0] != places["critic.0"][0]
    assert len(ground(parts, {p.carrier: np.zeros((1, 3)) for p in parts})) == len(parts)


@EVERY
def test_two_programs_part_by_rounding_only(name):
    *_, last = compute(Params(graph=name, seed=5))
    known = catalogue.spec(name)
    assert len(last.place) > 0.5 * last.whole.nodes
    assert (np.diff(last.place) > 0).all()
    assert (last.apart <= 1e3 * np.maximum(last.rounding, ROUNDING)).all()
    assert last.ends.names == tuple(port.name for port in known.outputs)
    for apart in (last.ends.by_numpy, last.ends.by_torch):
        assert (apart <= 10 * known.parity.tolerance).all()
    assert last.ends.kernels > 0
    assert last.ends.fused > 0


def test_the_difference_sees_infinities_as_equal_and_nan_as_lost():
    a = np.array([1.0, -np.inf, 2.0], np.float32)
    assert difference(a, a) == 0
    assert difference(a, a + np.float32([0.5, 0, 0])) == 0.5
    assert difference(a, np.array([1.0, -np.inf, np.nan], np.float32)) == HUGE


def test_sums_depend_on_their_order():
    """The worked example: float32 loses the one, or keeps it."""
    big, one = np.float32(1e8), np.float32(1)
    assert (big + one) - big == 0
    assert (big - big) + one == 1


def test_bit_30_of_a_half_is_a_factor_of_two_to_the_128():
    """The worked example, and its mirror at bit 0."""
    half = np.array([0.5], np.float32)
    assert half.view(np.uint32)[0] == 0x3F000000
    assert (half.view(np.uint32) ^ np.uint32(1 << 30)).view(np.float32)[0] == 0.5 * 2.0**128
    assert (half.view(np.uint32) ^ np.uint32(1)).view(np.float32)[0] == 0.5 + 2.0**-24


@EVERY
@pytest.mark.parametrize("bit", [0, 7, 8, 30, 31])
def test_a_flip_turns_one_bit_of_one_weight_and_breaks_the_seal(name, bit):
    file = catalogue.content(name)
    before = onnx.load_model_from_string(file)
    after, weight = damaged(file, before, bit, seed=bit)
    turned = np.frombuffer(file, np.uint8) ^ np.frombuffer(after, np.uint8)
    assert int(np.unpackbits(turned).sum()) == 1
    assert catalogue.spec(name).file.broken(after)
    held, now = (
        {w.name: np.frombuffer(w.raw_data, "<u4") for w in model.graph.initializer if w.dims}
        for model in (before, onnx.load_model_from_string(after))
        if all(len(w.raw_data) % 4 == 0 for w in model.graph.initializer)
    )
    changed = {name: held[name] ^ now[name] for name in held if (held[name] != now[name]).any()}
    assert list(changed) == [weight]
    assert set(changed[weight]) == {0, 1 << bit}


def test_the_damage_begins_where_the_weight_is_read():
    *_, last = compute(Params(flip=True, bit=30, seed=2))
    struck = next(part for part in last.whole.parts if part.struck)
    before = next(i for i, part in enumerate(last.whole.parts) if part is struck)
    whole = last.apart > 1e3 * np.maximum(last.rounding, ROUNDING)
    first_bad = last.place[whole.argmax()]
    reached = {f.at: f.place[-1] for f in compute(Params(flip=True, bit=30, seed=2))}
    assert whole.any()
    assert first_bad > reached.get(before - 1, 0)
    assert last.whole.seal
    assert struck.weights > 0


def test_the_last_bit_is_seen_by_the_seal_alone():
    *_, last = compute(Params(flip=True, bit=0, seed=2))
    assert last.ends.by_numpy.max() < last.whole.tolerance
    assert "was expected" in last.whole.seal
    assert "the seal is broken" in draw(last)["apart"].title


def test_without_torch_the_page_says_so_and_goes_on(monkeypatch):
    monkeypatch.setattr(sys.modules[compute.__module__], "find_spec", lambda _: None)
    *_, last = compute(Params(graph="policy_pendulum"))
    assert len(last.ends.by_torch) == 0
    assert "torch is not installed" in draw(last)["apart"].title
    assert "outputs from torch" not in {row.name for row in draw(last)["numbers"].rows}


@pytest.mark.parametrize(
    ("shape", "tiled"),
    [
        ((), (1, 1, 1)),
        ((1, 96), (1, 6, 16)),
        ((1, 5), (1, 1, 5)),
        ((1, 24, 128), (1, 24, 128)),
        ((1, 80, 8, 8), (24, 8, 8)),
        ((1, 4, 4, 9, 9), (16, 9, 9)),
    ],
)
def test_values_of_any_rank_are_shown_as_small_pictures(shape, tiled):
    assert tiles(np.ones(shape)).shape == tiled


def test_shapes_read_short():
    assert spell(np.ones((1, 48, 16, 16))) == "48×16²"
    assert spell(np.ones((1, 1, 24, 128))) == "24×128"
    assert spell(np.ones(1)) == "1"
