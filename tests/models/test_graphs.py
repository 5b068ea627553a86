"""Every graph that ships is its card's, computes what torch computes, and keeps its promises."""

import numpy as np
import pytest
import torch

from bench.attention import neox
from models import anatomy, catalogue, export
from models.catalogue import graph
from models.graph import BadInput
from models.maths import attention, bpe, rotary
from models.nets import twin
from models.recipes import names, recipe


@pytest.fixture(params=names())
def name(request):
    return request.param


def test_every_recipe_has_shipped_its_graph(name):
    known = catalogue.spec(name)
    found = recipe(name)
    assert (known.inputs, known.outputs) == (found.inputs, found.outputs)
    assert known.sizes == found.sizes
    assert known.licence == found.licence


def test_every_graph_runs_as_its_card_says(name):
    opened = graph(name)
    assert opened.provider in ("TensorRT", "CUDA", "CPU")
    for size in ("least", "usual", "most"):
        sizes = {word: getattr(span, size) for word, span in opened.spec.sizes.items()}
        outputs = opened(**recipe(name).example(recipe(name).config, sizes, 1))
        for port in opened.spec.outputs:
            assert outputs[port.name].shape == opened.spec.shape(port, size)
            assert outputs[port.name].dtype == port.dtype
            assert np.isfinite(outputs[port.name]).all()


def test_no_graph_weighs_much_more_than_its_parameters(name):
    known = catalogue.spec(name)
    allowance = max(0.03 * 4 * known.parameters, export.SMALL)
    assert known.file.size <= 4 * known.parameters + allowance
    assert known.file.size <= 16e6


def test_every_graph_was_compared_with_torch(name):
    parity = catalogue.spec(name).parity
    assert max(parity.largest_difference.values()) <= parity.tolerance <= 1e-4
    assert len(parity.cases) >= 4


def test_the_nodes_of_every_graph_can_be_shown(name):
    nodes = anatomy.nodes(name)
    made = {wire.name for node in nodes for wire in node.outputs}
    assert {port.name for port in catalogue.spec(name).outputs} <= made
    known = [wire.shape is not None for node in nodes for wire in node.outputs]
    assert np.mean(known) > 0.9


def test_torch_with_the_weights_in_the_file_says_the_same(name):
    """Not the exporter's word: the file's own weights, put back into a new net."""
    found, opened = recipe(name), graph(name)
    rng = np.random.default_rng(5)
    for seed in (100, 101):
        sizes = {w: int(rng.integers(s.least, s.usual + 2)) for w, s in found.sizes.items()}
        inputs = found.example(found.config, sizes, seed)
        expected = twin.ask(name, catalogue.content(name), inputs)
        for output, array in opened(**inputs).items():
            assert array == pytest.approx(expected[output], abs=1e-4, rel=1e-4)


class TestGpt:
    """What the attention page rests on."""

    on = np.ones((4, 4), np.float32)

    @staticmethod
    def opened(tokens, name="gpt_shakespeare", **changes):
        inputs = {**rotary.unchanged(tokens.shape[1], 4, 4, 32), **changes}
        return graph(name)(tokens=tokens, **inputs)

    @pytest.fixture
    def words(self):
        return bpe.Vocabulary.from_json(catalogue.beside("gpt_shakespeare", "bpe.json").decode())

    @pytest.fixture
    def tokens(self, words):
        return np.array(
            [[words.start, *words.encode("KING RICHARD:\nWhat must I do now, my lord?")]]
        )

    def test_every_row_of_attention_sums_to_one_and_sees_no_future(self, tokens):
        maps = self.opened(tokens=tokens, head_gate=self.on)["attention"]
        assert maps.sum(-1) == pytest.approx(1, abs=1e-5)
        t = tokens.shape[1]
        assert (maps[..., np.triu_indices(t, 1)[0], np.triu_indices(t, 1)[1]] == 0).all()
        assert (maps >= 0).all()

    def test_each_weight_is_the_softmax_of_the_products_returned(self, tokens):
        out = self.opened(tokens=tokens, head_gate=self.on)
        d_head = out["query"].shape[-1]
        score = np.einsum("blhid,blhjd->blhij", out["query"], out["key"]) / np.sqrt(d_head)
        score[..., ~np.tri(tokens.shape[1], dtype=bool)] = -np.inf
        expected = np.exp(attention.log_softmax(score))
        assert out["attention"] == pytest.approx(expected, abs=1e-5)

    @pytest.mark.parametrize(("layer", "head"), [(0, 0), (1, 3), (3, 2)])
    def test_a_head_switched_off_changes_what_follows_and_nothing_before(self, tokens, layer, head):
        gate = self.on.copy()
        gate[layer, head] = 0
        before, after = (self.opened(tokens=tokens, head_gate=g) for g in (self.on, gate))
        assert (before["hidden"][:, : layer + 1] == after["hidden"][:, : layer + 1]).all()
        assert (before["attention"][:, : layer + 1] == after["attention"][:, : layer + 1]).all()
        assert np.abs(before["logits"] - after["logits"]).max() > 1e-3

    def test_with_every_head_off_no_token_knows_its_neighbours(self, words):
        one, other = (np.array([[words.start, i, 300]]) for i in (260, 270))
        off = np.zeros((4, 4), np.float32)
        last = [
            self.opened(tokens=tokens, head_gate=off)["logits"][0, -1] for tokens in (one, other)
        ]
        assert (last[0] == last[1]).all()

    def test_texts_in_one_batch_do_not_touch(self, tokens):
        both = np.concatenate([tokens, tokens[:, ::-1]])
        together = self.opened(tokens=both, head_gate=self.on)["logits"][0]
        alone = self.opened(tokens=tokens, head_gate=self.on)["logits"][0]
        assert together == pytest.approx(alone, abs=1e-4)

    def test_a_longer_text_than_it_learned_from_is_refused(self, words):
        tokens = np.full((1, 257), words.start)
        with pytest.raises(BadInput, match="length from 1 to 256"):
            self.opened(tokens=tokens, head_gate=self.on)

    def test_heads_have_the_roles_on_the_card(self, words):
        once = np.random.default_rng(3).integers(256, words.start, (8, 40))
        tokens = np.concatenate([np.full((8, 1), words.start), once, once], 1)
        maps = self.opened(tokens=tokens, head_gate=self.on)["attention"]
        best = attention.roles(maps, 40).mean(1).max((-1, -2))
        floor = attention.roles(attention.everywhere_alike(81)[None], 40)[:, 0]
        scores = dict(zip(attention.ROLES, best / floor, strict=True))
        assert scores["previous"] > 5
        assert scores["induction"] > 5

    def test_only_the_outputs_that_are_wanted_come_back(self, tokens):
        whole, inputs = self.opened(tokens), rotary.unchanged(tokens.shape[1], 4, 4, 32)
        part = graph("gpt_shakespeare")("logits", tokens=tokens, **inputs)
        assert list(part) == ["logits"]
        assert (part["logits"] == whole["logits"]).all()

    def test_the_longer_training_lets_it_look_up_what_lies_further_back(self, words):
        """Periods of up to 63 were met in the first training, of up to 127 in the second."""
        once = np.random.default_rng(3).integers(256, words.start, (4, 110))
        tokens = np.concatenate([np.full((4, 1), words.start), once, once], 1)
        log_p = [
            attention.log_softmax(self.opened(tokens, name)["logits"])
            for name in ("gpt_short", "gpt_shakespeare")
        ]
        short, long = (
            np.mean(
                [attention.surprise(x, row)[-100:].mean() for x, row in zip(p, tokens, strict=True)]
            )
            for p in log_p
        )
        assert short > 6
        assert long < 1

    def test_it_has_learned_to_read(self, tokens, words):
        """Bits per token well under those of a guess by frequency, about 8."""
        log_p = attention.log_softmax(self.opened(tokens=tokens, head_gate=self.on)["logits"])[0]
        assert attention.surprise(log_p, tokens[0]).mean() < 6
        assert len(words) == 1024


class TestJudge:
    """What is said of drawn digits rests on it."""

    def test_its_card_says_that_it_reads_what_it_never_saw(self):
        quality = catalogue.spec("judge_digits").quality
        assert quality["accuracy_on_1000_held_out_digits"] > 0.99
        same, any_two = (
            quality[f"mean_distance_of_two_held_out_digits{what}"] for what in ("_of_one_class", "")
        )
        assert same < 0.5 * any_two

    def test_the_logits_are_read_from_the_features(self):
        x = np.random.default_rng(0).uniform(-1, 1, (128, 1, 32, 32)).astype(np.float32)
        found = graph("judge_digits")(x=x)
        assert (found["features"] >= 0).all()
        known = np.column_stack([found["features"], np.ones(128)])
        weights, _, rank, _ = np.linalg.lstsq(known, found["logits"], rcond=None)
        assert rank < 128  # or anything would fit
        assert known @ weights == pytest.approx(found["logits"], abs=1e-3)


@pytest.mark.parametrize("gpt", ["gpt_short", "gpt_shakespeare"])
def test_transformers_gpt_neox_with_our_weights_says_the_same(gpt):
    net = neox(twin.filled(gpt, catalogue.content(gpt)))
    tokens = np.random.default_rng(0).integers(0, 1024, (2, 200))
    with torch.no_grad():
        expected = net(torch.from_numpy(tokens), output_attentions=True)
    found = graph(gpt)(tokens=tokens, **rotary.unchanged(200, 4, 4, 32))
    assert found["logits"] == pytest.approx(expected.logits.numpy(), abs=2e-4)
    for layer, maps in enumerate(expected.attentions):
        assert found["attention"][:, layer] == pytest.approx(maps.numpy(), abs=1e-5)


class TestUnet:
    """What the denoising page rests on."""

    def test_it_names_the_noise_in_pure_noise_nearly_exactly(self):
        noise = np.random.default_rng(0).standard_normal((8, 1, 32, 32)).astype(np.float32)
        t, label = np.full(8, 999, np.float32), np.arange(8)
        eps = graph("unet_digits")(x=noise, t=t, label=label)["eps"]
        assert ((eps - noise) ** 2).mean() < 0.01

    def test_the_class_matters_most_where_the_digit_is_decided(self):
        noise = np.random.default_rng(0).standard_normal((4, 1, 32, 32)).astype(np.float32)

        def gap(time):
            t = np.full(4, time, np.float32)
            two = [
                graph("unet_digits")(x=noise, t=t, label=np.full(4, label))["eps"]
                for label in (1, 8)
            ]
            return np.abs(two[0] - two[1]).mean()

        assert gap(600) > 5 * gap(999) > 0

    def test_times_between_the_steps_are_answered_between(self):
        x = np.random.default_rng(0).standard_normal((1, 1, 32, 32)).astype(np.float32)
        low, half, high = (
            graph("unet_digits")(x=x, t=np.array([t], np.float32), label=np.array([3]))["eps"]
            for t in (500, 500.5, 501)
        )
        assert np.abs(half - (low + high) / 2).max() < 0.1 * np.abs(high - low).max() + 1e-4
