"""Where the methods of this page stand among the algorithms of reinforcement learning."""

from app.figures.scene import Diagram, Edge, Node

from .compute import Frame
from .controls import PAIR

# key, label, x, y, what it asks of the world or does
PLACES = (
    ("known", "world known: plan", 0.0, 0.08, "P(s′|s,a) and r are given"),
    ("tried", "to be tried: learn values", 0.0, 0.52, "only steps (s, a, r, s′) are seen"),
    ("policy", "learn the policy itself", 0.0, 1.0, "the page Learning to act"),
    ("value iteration", "value iteration", 0.52, 0.0, "V ← max Σ P(r + γV), sweep by sweep"),
    ("policy iteration", "policy iteration", 0.52, 0.17, "judge, improve, judge"),
    ("judge", "judge a policy", 0.52, 0.36, "how good is what is being done"),
    ("on", "on-policy control", 0.52, 0.54, "learns of the policy it follows, ε and all"),
    ("off", "off-policy control", 0.52, 0.72, "learns of another policy than it follows"),
    ("Monte Carlo", "Monte Carlo", 1.0, 0.27, "target: the return that followed"),
    ("TD(0)", "TD(0)", 1.0, 0.42, "target: r + γV(s′)"),
    ("SARSA", "SARSA", 1.0, 0.57, "target: r + γQ(s′, a′)"),
    ("Q-learning", "Q-learning", 1.0, 0.72, "target: r + γ max Q(s′, ·); with nets: DQN"),
    ("pg", "VPG, TRPO, PPO", 0.52, 1.0, "on-policy"),
    ("both", "DDPG, TD3, SAC", 1.0, 1.0, "off-policy: a policy that climbs a learned Q"),
)  # fmt: skip
WAYS = (
    ("known", "value iteration"), ("known", "policy iteration"),
    ("tried", "judge"), ("tried", "on"), ("tried", "off"),
    ("judge", "Monte Carlo"), ("judge", "TD(0)"), ("on", "SARSA"), ("off", "Q-learning"),
    ("policy", "pg"), ("off", "both"), ("pg", "both"),
)  # fmt: skip


def methods(frame: Frame) -> Diagram:
    """The map, with the way to what is shown now."""
    method = frame.params.method
    here = set(method.split(" and ")) if method == PAIR else {method}
    for _ in range(3):  # from the leaf to the root
        here |= {start for start, end in WAYS if end in here}
    nodes = tuple(
        Node(key, label, x, y, "", "focus" if key in here else "soft", tip)
        for key, label, x, y, tip in PLACES
    )
    edges = tuple(
        Edge(a, b, "", "focus" if b in here else "soft", 3.0 if b in here else 1.2, True)
        for a, b in WAYS
    )
    says = f"Of the methods that can be tried here, {method} is the one shown."
    return Diagram("The methods, by what they need to know", says, nodes, edges)
