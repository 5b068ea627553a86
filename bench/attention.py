"""What all attention maps of a prompt cost: our graph beside transformers on the same weights."""

import importlib.util
from collections.abc import Iterator

import numpy as np
import torch
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from app.concepts.transformers.attention import Params, compute, draw
from app.wire import Encoder
from bench.row import Row, best
from models import catalogue, reader
from models.nets.gpt import OpenGPT
from models.nets.twin import filled

LENGTHS = (12, 64, 256)


def rows() -> Iterator[Row]:
    """Time and bytes at each length, all in one run."""
    torch.set_num_threads(1)
    net = filled(reader.GRAPH, catalogue.content(reader.GRAPH))
    assert isinstance(net, OpenGPT)
    theirs = neox(net)
    for length in LENGTHS:
        tokens = prompt(length)
        yield timed(theirs, tokens)
        yield weighed(tokens)


def neox(net: OpenGPT) -> GPTNeoXForCausalLM:
    """Our GPT as transformers' GPT-NeoX: pre-norm, rotary, tied, with our weights."""
    shape = net.gpt.shape
    model = GPTNeoXForCausalLM(
        GPTNeoXConfig(
            vocab_size=shape.vocabulary,
            hidden_size=shape.width,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            intermediate_size=4 * shape.width,
            hidden_act="gelu_new",
            rope_parameters={
                "rope_type": "default",
                "rope_theta": 10_000.0,
                "partial_rotary_factor": 1.0,
            },
            max_position_embeddings=reader.CONTEXT,
            use_parallel_residual=False,
            tie_word_embeddings=True,
            attn_implementation="eager",
        )
    ).eval()
    state = dict(net.gpt.state_dict())
    to = {"gpt_neox.embed_in.weight": state["embedding.weight"]}
    to["lm_head.weight"] = state["embedding.weight"]
    places = {
        "norm_attention": "input_layernorm",
        "out": "attention.dense",
        "norm_mlp": "post_attention_layernorm",
        "up": "mlp.dense_h_to_4h",
        "down": "mlp.dense_4h_to_h",
    }
    for kind in ("weight", "bias"):
        to[f"gpt_neox.final_layer_norm.{kind}"] = state[f"norm.{kind}"]
        for layer in range(shape.layers):
            ours, name = f"blocks.{layer}", f"gpt_neox.layers.{layer}"
            for place, other in places.items():
                to[f"{name}.{other}.{kind}"] = state[f"{ours}.{place}.{kind}"]
            # Theirs has query, key and value of a head together, ours all queries first.
            parts = state[f"{ours}.qkv.{kind}"].unflatten(0, (3, shape.heads, shape.d_head))
            to[f"{name}.attention.query_key_value.{kind}"] = parts.transpose(0, 1).flatten(0, 2)
    model.load_state_dict(to, strict=True)
    return model


def prompt(length: int) -> np.ndarray:
    """The longest example, cut."""
    tokens, _ = reader.tokenise(2 * dict(reader.EXAMPLES)["seven ages"])
    return tokens[None, :length]


def timed(theirs: GPTNeoXForCausalLM, tokens: np.ndarray) -> Row:
    """One run with every map: ONNX Runtime with q, k, v and states too; torch, eager."""
    length = tokens.shape[1]
    run, rest = catalogue.graph(reader.GRAPH), reader.unchanged(reader.GRAPH, length)
    asked = torch.from_numpy(tokens)
    with torch.no_grad():
        found = theirs(asked, output_attentions=True)
        apart = np.abs(run(tokens=tokens, **rest)["logits"] - found.logits.numpy()).max()
        a = best(lambda: run(tokens=tokens, **rest), 9)
        b = best(lambda: theirs(asked, output_attentions=True), 9)
    value = f"{1e3 * a.cpu:.1f} CPU-ms; transformers {1e3 * b.cpu:.1f} CPU-ms: {b.cpu / a.cpu:.1f}×"
    how = (
        f"same weights (logits {apart:.0e} apart), one thread, best of 9; ours returns q, k, v too"
    )
    return Row(f"all attention, {length} tokens", value, "", how)


def weighed(tokens: np.ndarray) -> Row:
    """The bytes of all maps as the page sends them, as arrays, and as BertViz writes them.

    BertViz is no dependency: `pip install --target DIR bertviz==1.4.1 IPython`, PYTHONPATH=DIR.
    """
    length = tokens.shape[1]
    maps = reader.read(tokens)["attention"][0]
    text = reader.vocabulary().decode(tokens[0, 1:].tolist())
    frame = next(compute(Params(text=text)))
    assert len(frame.reading.pieces) == length
    sent = len(Encoder().frame(0, draw(frame)))
    value = (
        f"{sent / 1e3:.0f} kB sent with all else on the page; float32 {maps.nbytes / 1e3:.0f} kB"
    )
    how = "first message of the page: wall in 8 bits, one head and its q, k exact"
    if importlib.util.find_spec("bertviz"):
        from bertviz import model_view

        pieces = list(frame.reading.pieces)
        layers = tuple(torch.from_numpy(layer[None].copy()) for layer in maps)
        page = model_view(layers, pieces, html_action="return")
        value += f"; BertViz {len(page.data) / 1e3:,.0f} kB"
    return Row(f"bytes of all maps, {length} tokens", value, "≤ 1 MB", how)
