"""What is shipped is what was trained: compared with torch, weighed, and described on its card."""

import re
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch

from models import catalogue, export, train
from models.card import Seal
from models.recipes import Span, names
from models.recipes import recipe as find
from models.runtime.session import on_cpu


class Shared(torch.nn.Module):
    """x twice and y three times: told apart only where the exporter saw two tensors."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor([2.0]))

    def forward(self, x, gate):
        return self.scale * x[:, :2] + 3 * gate, x.sum(-1)


def test_the_card_holds_the_truth_about_its_file(shipped):
    card = catalogue.card.read(shipped, "toy")
    content = (shipped / "toy.onnx").read_bytes()
    assert card.file == Seal.of(content)
    model = onnx.load_model_from_string(content)
    assert [imported.version for imported in model.opset_import] == [card.opset]
    weights = sum(np.prod(weight.dims) for weight in model.graph.initializer)
    assert weights >= card.parameters == 10
    assert {port.name for port in model.graph.input} == {port.name for port in card.inputs}
    assert card.config == {"seed": 0, "steps": 40}
    assert card.training["steps"] == 40
    assert max(card.parity.largest_difference.values()) < 1e-5
    assert {case["batch"] for case in card.parity.cases} >= {1, 3, 8}


def test_training_again_gives_the_same_file(shipped, recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "BUILD", tmp_path / "build")
    file = train.trained("toy", recipe, recipe.config)
    train.ship("toy", recipe, recipe.config, file, tmp_path)
    assert (tmp_path / "toy.onnx").read_bytes() == (shipped / "toy.onnx").read_bytes()


def test_inputs_that_are_one_array_are_not_taken_for_one_input(recipe):
    """One tensor object for two inputs would be merged, and the exporter's own check would pass."""
    square = replace(
        recipe,
        sizes={"batch": Span(2, 2, 8)},
        example=lambda config, sizes, seed: dict.fromkeys(
            ("x", "gate"), np.full((2, 2), seed + 1.0, np.float32)
        ),
        inputs=tuple(replace(port, shape=("batch", 2)) for port in recipe.inputs),
    )
    session = on_cpu(export.to_onnx(square, None, Shared().eval()), "square")
    x, gate = np.full((4, 2), 1, np.float32), np.full((4, 2), 10, np.float32)
    assert session.run({"x": x, "gate": gate})["y"] == pytest.approx(np.full((4, 2), 32.0))


def test_a_graph_that_is_not_the_net_is_not_shipped(recipe, shipped):
    session = on_cpu((shipped / "toy.onnx").read_bytes(), "toy")
    other = Shared().eval()
    with pytest.raises(export.ExportFailed, match=r"y differs from torch by .* at {'batch': 1}"):
        export.parity(recipe, recipe.config, other, session)


def test_numbers_that_are_none_do_not_pass_for_equal(recipe, shipped):
    session = on_cpu((shipped / "toy.onnx").read_bytes(), "toy")
    broken = Shared().eval()
    torch.nn.init.constant_(broken.scale, torch.nan)
    with pytest.raises(export.ExportFailed, match="y differs from torch by nan"):
        export.parity(recipe, recipe.config, broken, session)


def test_a_file_with_a_weight_stored_twice_is_too_heavy():
    net = torch.nn.Linear(1000, 1000, bias=False)
    export.weigh(bytes(4_100_000), net)
    with pytest.raises(export.ExportFailed, match="8,000,000 bytes for 4,000,000 of parameters"):
        export.weigh(bytes(8_000_000), net)


def test_the_exporter_says_nothing(recipe, capfd):
    export.to_onnx(recipe, recipe.config, Shared().eval())
    assert capfd.readouterr() == ("", "")


def test_without_a_name_the_recipes_are_listed(capsys):
    assert train.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == names()
    assert {"gpt_shakespeare", "unet_digits"} <= set(names())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "no recipe 'nothing'; there are: .*unet_digits"),
        (["unet_digits"], "needs --data DIR with t10k-images.* hold copies"),
        (["gpt_shakespeare", "--data", "/nowhere"], "/nowhere does not have input.txt"),
        (["gpt_shakespeare", "--data", ".", "--steps", "0"], "input.txt"),
    ],
)
def test_a_command_that_cannot_run_says_what_it_needs(words, said, capsys):
    assert train.main(words) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("models.train: ")
    assert re.search(said, captured.err)


@pytest.mark.parametrize("name", names())
def test_every_recipe_gives_examples_that_fit_its_ports(name):
    found = find(name)
    sizes = {word: span.usual for word, span in found.sizes.items()}
    first, second = (found.example(found.config, sizes, seed) for seed in (0, 1))
    assert list(first) == [port.name for port in found.inputs]
    for port in found.inputs:
        shape = tuple(sizes.get(n, n) for n in port.shape)
        assert (first[port.name].shape, first[port.name].dtype) == (shape, port.dtype)
    assert any((first[key] != second[key]).any() for key in first)
    for span in found.sizes.values():
        assert 1 <= span.least <= span.usual <= span.most
