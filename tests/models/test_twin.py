"""A torch net filled with a graph's weights answers as the graph does."""

import numpy as np
import pytest

from models import catalogue
from models.nets import twin
from models.runtime import measure


@pytest.mark.parametrize("name", catalogue.names())
@pytest.mark.parametrize("batch", [1, 3])
def test_every_graph_has_a_twin_that_agrees(name, batch):
    known = catalogue.spec(name)
    inputs = measure.sample(known, {"batch": batch, "length": 11}, seed=batch)
    by_torch = twin.ask(name, catalogue.content(name), inputs)
    by_graph = catalogue.graph(name)(**inputs)
    assert by_torch.keys() == by_graph.keys()
    for port, value in by_graph.items():
        allowed = known.parity.tolerance * max(1.0, np.abs(value).max())
        assert np.abs(by_torch[port] - value).max() <= allowed


def test_a_graph_of_another_net_does_not_fill_it():
    known = catalogue.spec("policy_pendulum")
    inputs = measure.sample(known, {}, 0)
    with pytest.raises(twin.NoTwin, match=r"no weight for .*\("):
        twin.ask("policy_pendulum", catalogue.content("policy_cartpole"), inputs)


def test_an_unknown_graph_has_no_twin(monkeypatch):
    monkeypatch.delitem(twin.BLANK, "policy_cartpole")
    known = catalogue.spec("policy_cartpole")
    with pytest.raises(twin.NoTwin, match="policy_cartpole"):
        twin.ask(
            "policy_cartpole",
            catalogue.content("policy_cartpole"),
            measure.sample(known, {}, 0),
        )
