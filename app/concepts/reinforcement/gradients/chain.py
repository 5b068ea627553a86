"""One decision as a chain of numbers: state, net, distribution, logarithm, score, credit, push."""

import numpy as np

from app.figures.scene import Chart, Diagram, Edge, Ink, Node, Number, Numbers, Tokens, View
from models.maths.credit import CREDITS

from .clouds import NAMES, curves, used
from .compute import Frame
from .decision import Draw, Pick
from .strips import Look, horizon

Array = np.ndarray
SIGHTS = {
    "cartpole": ("x", "ẋ", "θ", "θ̇"),
    "pendulum": ("θ", "θ̇"),
    "corridor": ("place", "steps"),
}


def one_step(frame: Frame, look: Look) -> dict[str, View]:
    """One action of one trajectory: how likely it was, and what it is credited with."""
    return {
        "chain": chain(frame),
        "path": path(frame),
        "credit": credit(frame, look),
        "numbers": numbers(frame),
    }


def chain(frame: Frame) -> Diagram:
    """From the state to the push on what the net put out."""
    made = frame.decision
    assert made is not None  # this look always has one
    psi = float(frame.lap.decisions.psi[CREDITS.index(used(frame)), frame.step])
    sights = zip(SIGHTS[frame.params.world], frame.lap.decisions.state[frame.step], strict=True)
    told = "  ".join(f"{name} {signed(x, '.2f')}" for name, x in sights)
    nodes, edges = softmax(made, psi) if isinstance(made, Pick) else gaussian(made, psi)
    state = Node("s", "state s", 0.0, 0.5, told, "data")
    return Diagram(
        f"Step {frame.step} of one trajectory of run {frame.params.shown}: "
        f"{'softmax and its logarithm' if isinstance(made, Pick) else 'a Gaussian and its logarithm'}",
        f"log π(a | s) is {made.log_prob:.4f}; its credit is {psi:.3g}.",
        (state, *nodes),
        edges,
    )


def softmax(made: Pick, psi: float) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """Logits, powers, probabilities; the logarithm of the one taken; what each logit is told."""
    nodes, edges = [], []
    total = made.powers.sum()
    for i, name in enumerate(("left", "right")):
        y, mine = float(i), i == made.taken
        ink: Ink = "focus" if mine else "soft"
        logit, e, q = made.logits[i], made.powers[i], made.p[i]
        score = f"{'1' if mine else '0'} − {q:.3f}"
        nodes += [
            Node(f"l{i}", f"logit {name}", 0.2, y, signed(logit), "model", "what the net puts out"),
            Node(f"e{i}", "e^l", 0.4, y, f"{e:.3f}", "model"),
            Node(f"p{i}", "÷ Σ = π", 0.6, y, f"{q:.3f}", ink, f"{e:.3f} / {total:.3f}"),
            Node(f"d{i}", "∂log π/∂l", 0.8, y, f"{score}", "field", "1 for what was done, less π"),
            Node(
                f"u{i}",
                "× ψ",
                1.0,
                y,
                signed(psi * made.score[i], "+.3g"),
                "field",
                "what g_τ adds",
            ),
        ]
        edges += [Edge("s", f"l{i}")]
        edges += [Edge(f"{a}{i}", f"{b}{i}") for a, b in ("le", "ep", "pd", "du")]
    p = made.p[made.taken]
    done = ("left", "right")[made.taken]
    nodes += [
        Node("a", "log π(a | s)", 0.8, 0.5, f"log {p:.3f} = {signed(made.log_prob)}", "focus", f"it went {done}"),
        Node("psi", "credit ψ", 1.0, 0.5, signed(psi, ".3g"), "reward"),
    ]  # fmt: skip
    links = (Edge(f"p{made.taken}", "a", width=2.5), Edge("psi", "u0"), Edge("psi", "u1"))
    return tuple(nodes), (*edges, *links)


def gaussian(made: Draw, psi: float) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """Mean and deviation; how far off the draw was; three terms; what mean and deviation are told."""
    square, wide, rest = made.terms
    up = psi * made.score
    nodes = (
        Node("m", "mean μ", 0.2, 0.0, signed(made.mu), "model"),
        Node("a", "drawn a", 0.2, 0.5, signed(made.action), "focus"),
        Node("w", "σ", 0.2, 1.0, signed(made.sigma), "model"),
        Node("z", "z = (a − μ)/σ", 0.4, 0.35, signed(made.z), "focus"),
        Node("t1", "−½ z²", 0.6, 0.0, signed(square), "soft"),
        Node("t2", "−log σ", 0.6, 0.5, signed(wide), "soft"),
        Node("t3", "−½ log 2π", 0.6, 1.0, signed(rest), "soft"),
        Node("p", "Σ = log π(a | s)", 0.8, 0.5, signed(made.log_prob), "focus"),
        Node("dm", "ψ z/σ: to μ", 1.0, 0.0, signed(up[0], "+.3g"), "field", f"{psi:.3g} × {made.score[0]:.3g}"),
        Node("psi", "credit ψ", 1.0, 0.5, signed(psi, ".3g"), "reward"),
        Node("dw", "ψ (z²−1): log σ", 1.0, 1.0, signed(up[1], "+.3g"), "field", f"{psi:.3g} × {made.score[1]:.3g}"),
    )  # fmt: skip
    pairs = (
        ("s", "m"), ("s", "w"), ("m", "z"), ("a", "z"), ("w", "z"), ("z", "t1"), ("w", "t2"),
        ("t1", "p"), ("t2", "p"), ("t3", "p"), ("psi", "dm"), ("psi", "dw"),
    )  # fmt: skip
    return nodes, tuple(Edge(start, end) for start, end in pairs)


def signed(x: float, digits: str = ".3f") -> str:
    """A number with a minus as long as a plus."""
    return f"{x:{digits}}".replace("-", "−")


def path(frame: Frame) -> Tokens:
    """What was done step by step; a click picks a step."""
    told, credit = frame.lap.decisions, used(frame)
    psi = told.psi[CREDITS.index(credit)]
    torque = frame.params.world == "pendulum"
    texts = tuple(f"{a:.1f}" if torque else "◂▸"[int(a)] for a in told.action)
    size = np.abs(psi).max()
    return Tokens(
        "Actions of the trajectory; click one",
        f"{len(texts)} actions; step {frame.step} has credit {psi[frame.step]:.3g} by {NAMES[credit]}.",
        texts,
        np.abs(psi) / (size if size > 0 else 1.0),
        picked=frame.step,
        pick="step",
    )


def credit(frame: Frame, look: Look) -> Chart:
    """What each action of one trajectory is credited with, by every rule."""
    psi, by = frame.lap.decisions.psi, used(frame)
    chosen = psi[CREDITS.index(by)]
    reach = horizon(frame.params.gamma, look.steps)
    return Chart(
        "Credit ψ of each action",
        f"On one trajectory of run {frame.params.shown}, {NAMES[by]} give its actions credits "
        f"from {chosen.max():.3g} to {chosen.min():.3g}.",
        curves(frame, np.arange(psi.shape[1], dtype=float), psi.T),
        (0.0, float(look.window)),
        (look.credit[0] * reach, look.credit[1] * reach),
        "step",
        "ψ",
        cursor=float(frame.step),
    )


def numbers(frame: Frame) -> Numbers:
    """The decision, and what came of it."""
    told, k, made = frame.lap.decisions, frame.step, frame.decision
    psi = dict(zip(CREDITS, told.psi[:, k], strict=True))
    if isinstance(made, Pick):
        a, (left, right) = made.logits[made.taken], made.logits
        formula, source = f"{a:.3f} − log(e^{left:.3f} + e^{right:.3f})", "logits[n, t, a]"
    else:
        formula, source = "−½ z² − log σ − ½ log 2π", "mean[n, t], sigma"
    v = float(told.v[k])
    rows = (
        Number("log π(a | s)", float(told.log_prob[k]), "nats", formula, source),
        Number("π(a | s)", float(np.exp(told.log_prob[k])), "", "e^log π", source),
        Number("R(τ)", psi["return"], "", "Σ γ^t r_t", "reward[n, t]"),
        Number("reward-to-go R̂_t", psi["to-go"], "", "Σ_t′≥t γ^(t′−t) r_t′", "reward[n, t]"),
        Number("V(s_t)", v, "", "what the value net foretells", "v[n, t]"),
        Number("Â_t", psi["baseline"], "", f"R̂_t − V = {psi['baseline'] + v:.4g} − {v:.4g}", "reward[n, t]"),
        Number("generalised Â_t", psi["gae"], "", "Σ (γλ)^l δ_t+l", "reward[n, t]"),
    )  # fmt: skip
    return Numbers(rows)
