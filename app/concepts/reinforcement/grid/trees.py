"""One backup with every number of it: what may happen, how likely, what it pays, what it adds up to."""

import numpy as np

from app.figures.scene import Diagram, Edge, Ink, Node
from models.worlds.grid import ARROWS

from .compute import Frame
from .state import Ahead, Lane, Update

Parts = tuple[list[Node], list[Edge]]


def tree(frame: Frame) -> Diagram:
    """The backup of the cell shown; of two learners, what each has last learned."""
    backups = [lane.backup for lane in frame.lanes]
    if isinstance(backups[0], Ahead):
        return planned(frame, backups[0])
    if not any(isinstance(backup, Update) for backup in backups):
        says = "Nothing has been learned of this cell yet."
        return Diagram("What a step taught", says, (Node("none", "not visited yet", 0.5, 0.5),), ())
    if len(backups) == 2:
        return duel(frame)
    return alone(frame, frame.lanes[0])


def name(frame: Frame, cell: int) -> str:
    """A cell as (row, column)."""
    row, column = divmod(cell, frame.kinds.shape[1])
    return f"({row}, {column})"


def arrow(frame: Frame, action: int) -> str:
    """The sign of an action of this world."""
    return ARROWS[frame.known.board.ways[action]]


def whither(frame: Frame, start: int, end: int) -> str:
    """Where a cell lies, seen from another: a sign if it is next to it, • if it is the same."""
    width = frame.kinds.shape[1]
    (row, column), (to, across) = divmod(start, width), divmod(end, width)
    signs = {(0, 0): "•", (-1, 0): "↑", (0, 1): "→", (1, 0): "↓", (0, -1): "←"}
    return signs.get((to - row, across - column), name(frame, end))


def number(value: float) -> str:
    """Three places, with a true minus."""
    text = f"{value:.3f}" if abs(value) < 10 else f"{value:.2f}"
    return ("0" if float(text) == 0 else text).replace("-", "−")


def brief(value: float) -> str:
    """As few digits as a small box holds."""
    text = f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
    return ("0" if float(text) == 0 else text).replace("-", "−").replace("0.", ".", 1)


def planned(frame: Frame, now: Ahead) -> Diagram:
    """A cell, its actions, and where each may lead."""
    p, here = frame.params, name(frame, now.cell)
    tip = f"{rule(frame)}\nchange {number(now.new - now.old)}"
    nodes = [Node("s", f"V was {brief(now.old)}", 0.0, 0.5, number(now.new), "focus", tip)]
    edges = []
    for a, q in enumerate(now.q):
        ink: Ink = "model" if now.policy[a] > 0.01 else "soft"
        y = (a + 0.5) / len(now.q)
        nodes.append(
            Node(f"a{a}", f"Q {arrow(frame, a)}", 0.42, y, number(q), ink, terms(p.gamma, now, a))
        )
        likely = float(now.policy[a])
        edges.append(Edge("s", f"a{a}", f"π {likely:.2g}", ink, 1 + 3 * likely, True))
    for i, cell in enumerate(now.lands.tolist()):
        pays, worth = float(now.pays[i]), float(now.worth[i])
        label = f"{whither(frame, now.cell, cell)} {brief(pays)} + γ·{brief(worth)}"
        y, total = (i + 0.5) / len(now.lands), number(pays + p.gamma * worth)
        nodes.append(
            Node(
                f"l{i}",
                label,
                1.0,
                y,
                total,
                "reward",
                f"r + γV(s′) = {number(pays)} + {p.gamma:g}·{number(worth)}",
            )
        )
        for a in np.flatnonzero(now.chance[:, i]).tolist():
            odds = float(now.chance[a, i])
            text = f"{odds:.2g}" if odds == now.chance[a].max() else ""
            edges.append(Edge(f"a{a}", f"l{i}", text, "soft", 0.6 + 2.4 * odds, True))
    says = (
        f"Backed up now, V of {here} goes from {number(now.old)} to {number(now.new)}; its best action "
        f"is worth {number(now.q.max())}."
    )
    return Diagram(f"The next backup of {here}: {rule(frame)}", says, tuple(nodes), tuple(edges))


def rule(frame: Frame) -> str:
    """How the values of the actions become the value of the cell."""
    p = frame.params
    if p.method == "value iteration":
        return "V = α log Σ exp(Q/α)" if p.alpha else "V = max Q"
    return "V = Σ πQ + αH(π)" if p.alpha else "V = Σ π Q"


def terms(gamma: float, now: Ahead, action: int) -> str:
    """The sum that an action's value is."""
    ways = np.flatnonzero(now.chance[action])
    return " + ".join(
        f"{now.chance[action, i]:.3g}·({number(now.pays[i])} + {gamma:g}·{number(now.worth[i])})"
        for i in ways
    )


def alone(frame: Frame, lane: Lane) -> Diagram:
    """What one step of one learner taught, with all it could have counted on."""
    now = lane.backup
    assert isinstance(now, Update)
    nodes, edges = taught(frame, lane, now, (0.0, 1.0), "")
    for a, seen in enumerate(now.seen):
        taken = used(lane, now, a)
        y = (a + 0.5) / len(now.seen) * 0.6
        label = f"{ahead(lane)}{'' if len(now.seen) == 1 else arrow(frame, a) + ' '}{number(seen)}"
        nodes.append(Node(f"q{a}", label, 1.0, y, "", "focus" if taken else "soft"))
        edges.append(
            Edge("step", f"q{a}", "", "focus" if taken else "soft", 3.0 if taken else 1.0, True)
        )
    title = f"What a step taught of {value(frame, now)}"
    return Diagram(title, said(frame, lane, now), tuple(nodes), tuple(edges))


def used(lane: Lane, now: Update, action: int) -> bool:
    """Whether the target counts on this action."""
    if lane.name == "SARSA":
        return action == now.then
    return bool(now.seen[action] == now.seen.max())


def ahead(lane: Lane) -> str:
    """The name of what is believed of the next cell."""
    return {"Monte Carlo": "G′ ", "TD(0)": "V(s′) "}.get(lane.name, "Q ")


def duel(frame: Frame) -> Diagram:
    """An update of both learners, one above the other."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    says = []
    for i, lane in enumerate(frame.lanes):
        if isinstance(now := lane.backup, Update):
            y, counts = 0.7 * i, (now.target - now.reward) / frame.params.gamma
            more, others = taught(frame, lane, now, (y, y + 0.3), str(i))
            on = f"its a′ {arrow(frame, now.then)}" if lane.name == "SARSA" else "max Q"
            nodes += [*more, Node(f"{i}q", on, 1.0, y, number(counts), "focus")]
            edges += [*others, Edge(f"{i}step", f"{i}q", "", "focus", 2.0)]
            says.append(said(frame, lane, now))
    which = "Surprises" if frame.params.surprises else "Last updates"
    title = f"{which}: SARSA above, Q-learning below"
    return Diagram(title, " ".join(says), tuple(nodes), tuple(edges))


def taught(frame: Frame, lane: Lane, now: Update, across: tuple[float, float], tag: str) -> Parts:
    """Old value and step above, target and new value below."""
    p, (top, bottom) = frame.params, across
    counts = (now.target - now.reward) / p.gamma
    eta = p.rate or 1 / max(now.times, 1)
    delta, here = number(now.target - now.old), value(frame, now)
    landed = f"{arrow(frame, now.action)} to {name(frame, now.next)}"
    high, low = (top, bottom) if tag else (0.3, 0.9)
    nodes = [
        Node(f"{tag}old", f"{here} was", 0.0, high, number(now.old), "soft", lane.name),
        Node(f"{tag}step", f"{landed}, r", 0.5, high, number(now.reward), "reward"),
        Node(f"{tag}target", f"target {brief(now.reward)} + γ·{brief(counts)}", 1.0, low,
             number(now.target), "reward", "r + γ × what it counts on"),
        Node(f"{tag}new", f"becomes, δ {delta}", 0.0, low, number(now.new), "model",
             f"old + η δ = {number(now.old)} + {eta:.3g} × {delta}"),
    ]  # fmt: skip
    edges = [
        Edge(f"{tag}old", f"{tag}step"),
        Edge(f"{tag}target", f"{tag}new", f"+{eta:.2g}·δ", "model", 2.0),
    ]
    return nodes, edges


def value(frame: Frame, now: Update) -> str:
    """The name of the value that was changed."""
    cell = name(frame, now.cell)
    return f"V{cell}" if len(now.seen) == 1 else f"Q{cell} {arrow(frame, now.action)}"


def said(frame: Frame, lane: Lane, now: Update) -> str:
    """The update in a sentence."""
    counts = (now.target - now.reward) / frame.params.gamma
    return (
        f"{lane.name} believed {number(now.old)} of {value(frame, now)}, saw {number(now.reward)} + "
        f"{frame.params.gamma:g} × {number(counts)} = {number(now.target)}, believes {number(now.new)}."
    )
