"""The torch net behind a graph, given the graph's own weights: two programs for one function."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from models import swinging
from models.nets.digit_judge import Judge
from models.nets.gpt import GPT, OpenGPT
from models.nets.policy import Continuous, Discrete
from models.nets.small_denoiser import SmallDenoiser
from models.nets.unet import UNet
from models.recipes import denoiser_8x8, recipe
from models.worlds.cartpole import CartPole
from models.worlds.pendulum import Pendulum

Array = np.ndarray


def cart(config: Any) -> nn.Module:
    """The net of every policy of the cart, however it was trained."""
    return Discrete(CartPole().observed, config.width, 2)


BLANK: dict[str, Callable[[Any], nn.Module]] = {
    "denoiser_8x8": lambda config: SmallDenoiser(denoiser_8x8.NET, denoiser_8x8.NOISING.alpha_bar),
    "gpt_short": lambda config: OpenGPT(GPT(config.shape)),
    "gpt_shakespeare": lambda config: OpenGPT(GPT(config.shape)),
    "judge_digits": lambda config: Judge(),
    "policy_cartpole": cart,
    "policy_cartpole_ppo": cart,
    "policy_cartpole_trpo": cart,
    "policy_pendulum": lambda config: Continuous(
        Pendulum().observed, config.width, 1, Pendulum().torque
    ),
    "policy_pendulum_ddpg": swinging.blank,
    "policy_pendulum_sac": swinging.blank,
    "policy_pendulum_td3": swinging.blank,
    "unet_digits": lambda config: UNet(config.shape),
}
# Weights that the exporter has already put through a function: where they went, and the way back.
FOLDED: dict[str, tuple[str, Callable[[Array], Array]]] = {
    "raw": ("exp", lambda sigma: 3 * np.arctanh(np.log(sigma) / 3)),
}


class NoTwin(LookupError):
    """A graph's weights do not fill the net that it should have come from."""


def ask(name: str, model: bytes, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """What torch answers to a graph's inputs, by output; raises NoTwin."""
    chosen, net = recipe(name), filled(name, model)
    with torch.no_grad():
        answer = net(*(torch.from_numpy(inputs[port.name]) for port in chosen.inputs))
    parts = (answer,) if isinstance(answer, Tensor) else answer
    return {port.name: part.numpy() for port, part in zip(chosen.outputs, parts, strict=True)}


def filled(name: str, model: bytes) -> nn.Module:
    """The net of a recipe with the weights of a graph's file; raises NoTwin."""
    chosen = recipe(name)
    if name not in BLANK:
        raise NoTwin(f"no torch net is known for {name}; there are {', '.join(BLANK)}")
    net = BLANK[name](chosen.config).eval()
    given = chosen.example(chosen.config, {w: span.least for w, span in chosen.sizes.items()}, 0)
    questions = tuple(torch.from_numpy(given[port.name]) for port in chosen.inputs)
    with torch.no_grad():
        net.load_state_dict(matched(net, questions, dict(held(onnx.load_model_from_string(model)))))
    return net


def held(model: onnx.ModelProto) -> Iterator[tuple[str, Array]]:
    """The weights of a file by name, in the order in which its nodes first read them."""
    floats = {w.name: w for w in model.graph.initializer if w.data_type == onnx.TensorProto.FLOAT}
    for node in model.graph.node:
        for name in node.input:
            if name in floats:
                yield name, numpy_helper.to_array(floats.pop(name))


def matched(
    net: nn.Module, questions: tuple[Tensor, ...], weights: Mapping[str, Array]
) -> dict[str, Tensor]:
    """The net's state, filled with weights of the graph; raises NoTwin for one not found.

    The exporter lays some weights out anew and forgets their names: a factor of a product is
    turned on its side, a scale of channels gets two dimensions more. These are known by their
    shape and their turn. A wrong guess could not hide: the outputs would differ.
    """
    state = dict(net.state_dict())
    nameless = [w for name, w in weights.items() if "." not in name and w.ndim in (2, 3)]
    plain = [w.T if w.ndim == 2 else w.squeeze() for w in nameless]
    for name in used(net, questions):
        shape = tuple(state[name].shape)
        if name in weights:
            found = weights[name]
        elif name in FOLDED and FOLDED[name][0] in weights:
            source, back = FOLDED[name]
            found = back(weights[source])
        elif i := [i for i, weight in enumerate(plain) if weight.shape == shape]:
            found = plain.pop(i[0])
        else:
            raise NoTwin(f"the graph holds no weight for {name} {shape}")
        state[name] = torch.from_numpy(found.copy())
    return state


def used(net: nn.Module, questions: tuple[Tensor, ...]) -> list[str]:
    """The names of the net's weights in the order in which a call first uses them."""
    found: dict[str, None] = {}

    def note(module: nn.Module, prefix: str) -> Callable[..., None]:
        own = [name for name, _ in module.named_parameters(prefix, recurse=False)]
        return lambda *_: found.update(dict.fromkeys(own))

    hooks = [part.register_forward_pre_hook(note(part, name)) for name, part in net.named_modules()]
    net(*questions)
    for hook in hooks:
        hook.remove()
    return list(found)
