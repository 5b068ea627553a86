r"""A picture from noise in steps that are computed where the net is: only the end is brought back.

$x_s = \alpha_s \hat x_0 + \sqrt{\sigma_s^2 - c^2}\, \hat\epsilon + c z$, the step of DDIM, as nodes after those of the net.
With $\eta = 1$ it is DDPM's; along the levels of a flow, Euler's. (Song, Meng and Ermon, 2021, eq. 12 and 16;
arXiv:2010.02502)
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import onnx
from jaxtyping import Float
from onnx import TensorProto, helper

from models import catalogue
from models.maths.levels import Level, Path
from models.runtime.providers import TENSORRT, Machine
from models.runtime.session import Session, open_session
from models.runtime.stepper import Stepper

Array = np.ndarray
SCALARS = ("alpha", "sigma", "to_x_0", "to_eps", "to_z")
CARRIED = {"x_s": "x"}
NO_ENGINE = ((TENSORRT, "engines are built for the graphs of the cards alone"),)


def with_step(model: bytes) -> bytes:
    """The net x, t, label -> eps as x, t, label, z and the weights of a step -> x_s; |x_0| <= 1."""
    opened = onnx.load_model_from_string(model)
    graph = opened.graph
    (eps,), picture = graph.output, graph.input[0]
    nodes = (
        ("Mul", ["sigma", eps.name], "noise"),
        ("Sub", ["x", "noise"], "data"),
        ("Div", ["data", "alpha"], "free"),
        ("Clip", ["free", "least", "most"], "x_0"),
        ("Mul", ["alpha", "x_0"], "kept"),
        ("Sub", ["x", "kept"], "rest"),
        ("Div", ["rest", "sigma"], "bent"),  # the noise that goes with x_0 after the cut
        ("Mul", ["to_x_0", "x_0"], "first"),
        ("Mul", ["to_eps", "bent"], "second"),
        ("Mul", ["to_z", "z"], "third"),
        ("Sum", ["first", "second", "third"], "x_s"),
    )
    own = {"x", "z", "least", "most", "x_s", eps.name, *SCALARS}
    spelled = {
        name: name if name in own else f"step/{name}"
        for _, names, out in nodes
        for name in (*names, out)
    }
    for op, names, out in nodes:
        inputs = [spelled[name] for name in names]
        graph.node.append(helper.make_node(op, inputs, [spelled[out]], f"step/{out}"))
    for name, value in (("least", -1.0), ("most", 1.0)):
        graph.initializer.append(helper.make_tensor(name, TensorProto.FLOAT, [], [value]))
    for name in SCALARS:
        graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, []))
    for name, ports in (("z", graph.input), ("x_s", graph.output)):
        port = onnx.ValueInfoProto()
        port.CopyFrom(picture)
        port.name = name
        ports.append(port)
    del graph.output[0]
    content: bytes = opened.SerializeToString()
    return content


def opened(name: str, passed: tuple[tuple[str, str], ...] = NO_ENGINE) -> Session:
    """A net that names noise, with the step after it, on the best provider not passed over."""
    model = with_step(catalogue.content(name))
    plan = replace(catalogue.plan(catalogue.spec(name)), name=f"{name} and a step")
    return open_session(model, plan, Machine.here(), passed=passed)


def walk(
    session: Session,
    x: Float[Array, "b 1 h w"],
    label: Array,
    levels: Path,
    rng: np.random.Generator,
    eta: float = 0.0,
    device: str | None = None,
) -> Float[Array, "b 1 h w"]:
    """The picture at the last level."""
    still = np.zeros(x.shape, np.float32)
    begin = {"x": x.astype(np.float32), "label": label, "z": still}
    step = Stepper(session, begin, CARRIED, device)
    for now, then in pairwise(levels):
        chance = {"z": rng.standard_normal(x.shape).astype(np.float32)} if eta else {}
        time = np.full(len(x), now.t, np.float32)
        step(t=time, **weights(now, then, eta), **chance)
    return step.read("x")


def weights(now: Level, then: Level, eta: float) -> dict[str, Array]:
    """What a step makes of x_0, eps and z."""
    beta = 1 - (now.alpha / then.alpha) ** 2
    c = eta * np.sqrt(beta) * then.sigma / now.sigma
    found = (now.alpha, now.sigma, then.alpha, np.sqrt(then.sigma**2 - c**2), c)
    return {name: np.array(value, np.float32) for name, value in zip(SCALARS, found, strict=True)}
