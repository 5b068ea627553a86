r"""What a policy makes of a state: odds, value, and what it looks at, $\partial\, \text{drive} / \partial s$."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

from models.catalogue import graph
from models.maths.policies import Categorical, Policy, log_softmax
from models.recipes import policy_cartpole, policy_pendulum
from models.worlds.cartpole import CartPole
from models.worlds.pendulum import Pendulum

from .linear import drive, hold

Array = np.ndarray
Range = tuple[float, float]
CAST = {  # who plays in which world, by what each was taught with
    "cartpole": {
        "VPG": "policy_cartpole",
        "PPO": "policy_cartpole_ppo",
        "TRPO": "policy_cartpole_trpo",
    },
    "pendulum": {
        "VPG": "policy_pendulum",
        "DDPG": "policy_pendulum_ddpg",
        "TD3": "policy_pendulum_td3",
        "SAC": "policy_pendulum_sac",
    },
}
NUDGE = 0.05  # of what is usual, to each side, to see what the drive depends on


@dataclass(frozen=True)
class Mind:
    """A policy that left its training as a graph, and the window on angle and angular speed."""

    graph: str
    world: CartPole | Pendulum  # the one it was trained in
    policy: Policy
    read: Callable[[dict[str, Array]], Array]  # a graph's outputs as the policy's distribution
    window: tuple[Range, Range]
    side: int  # cells of the map, each way
    strongest: float  # N or N m that the motor gives
    gain: Float[Array, " o"]  # of the linear control, for a usual amount of each observed number

    def ask(
        self, observation: Float[Array, "n o"]
    ) -> tuple[Float[Array, "n d"], Float[Array, " n"]]:
        """The distribution of the action and the value, by ONNX Runtime."""
        out = graph(self.graph)(observation=observation.astype(np.float32))
        return self.read(out).astype(float), out["value"].astype(float)

    def drive(self, dist: Float[Array, "n d"]) -> Float[Array, " n"]:
        """What decides: the log-odds of going right, or the mean torque."""
        discrete = isinstance(self.policy, Categorical)
        drive: Array = dist[:, 1] - dist[:, 0] if discrete else dist[:, 0]
        return drive

    def linear(self, seen: Float[Array, " o"]) -> float:
        """What the linear control would do: N or N m, no more than the motor gives."""
        wanted = float(self.gain @ (seen / np.array(self.world.usual)))
        return float(np.clip(wanted, -self.strongest, self.strongest))

    def tendency(self, dist: Float[Array, "n d"]) -> Float[Array, " n"]:
        """P(right), or the mean torque."""
        discrete = isinstance(self.policy, Categorical)
        tendency: Array = np.exp(log_softmax(dist))[:, 1] if discrete else dist[:, 0]
        return tendency

    @property
    def learned_from(self) -> int:
        """How many steps of its world it has learned from, by its card; of a cart, at most."""
        card = graph(self.graph).spec
        if "transitions_learned_from" in card.quality:
            return int(card.quality["transitions_learned_from"])
        window = card.config.get("window", self.world.steps)
        return int(card.config["steps"] * card.config["episodes"] * window)

    @property
    def judged(self) -> float:
        """Its mean return of 100 episodes without chance, by its card."""
        quality = graph(self.graph).spec.quality
        key = next(key for key in quality if key.startswith("mean_"))
        return float(quality[key])


@dataclass(frozen=True)
class Thought:
    """What a policy makes of one observation, and what it decides."""

    dist: Float[Array, " d"]  # logits, or mean and log sigma
    action: float  # 0 left, 1 right; or the torque
    log_prob: float  # of this action
    value: float
    tendency: float
    looks: Float[Array, " o"]  # change of the drive for a usual amount of each observed number
    map: Float[Array, "side side"]  # tendency over angle and angular speed, all else as it is
    border: Float[Array, "m 2"]  # where in the map the linear control would do nothing


@cache
def mind(world: str, teacher: str) -> Mind:
    """A shipped policy, with the linear control that is best about the upright state."""
    name = CAST[world][teacher]
    if world == "cartpole":
        cart, policy = CartPole(), policy_cartpole.task(policy_cartpole.CONFIG).policy
        window = ((-0.21, 0.21), (-2.5, 2.5))
        return Mind(name, cart, policy, logits, window, 17, cart.force, drive(cart))
    rod, policy = Pendulum(), policy_pendulum.task(policy_pendulum.CONFIG).policy
    window = ((-float(np.pi), float(np.pi)), (-8.0, 8.0))
    config = graph(name).spec.config
    gamma = config["gamma"] if "gamma" in config else config["rules"]["gamma"]
    # its map never changes, so that it may be fine
    return Mind(name, rod, policy, gaussian, window, 41, rod.torque, hold(rod, gamma))


def logits(out: dict[str, Array]) -> Float[Array, "n d"]:
    """The logits as they are."""
    return out["logits"]


def gaussian(out: dict[str, Array]) -> Float[Array, "n d"]:
    """Mean and log sigma side by side."""
    return np.concatenate([out["mean"], np.log(out["sigma"])], -1)


def think(
    who: Mind,
    state: Float[Array, " s"],
    seen: Float[Array, " o"],
    how: str,
    rng: np.random.Generator,
) -> Thought:
    """The thought at a state of which this was seen; one call of the graph answers all of it.

    `how` the action is found: "sampled", "likeliest", or by the "linear" control.
    """
    nudges = NUDGE * np.diag(who.world.usual)
    around = np.concatenate([seen[None], seen + nudges, seen - nudges])
    dist, value = who.ask(np.concatenate([around, who.world.observe(lattice(who, state))]))
    o = len(seen)
    drive = who.drive(dist[: 2 * o + 1])
    action = decide(who, dist[:1], seen, how, rng)
    return Thought(
        dist[0],
        float(action.item()),
        float(who.policy.log_prob(dist[:1], action)[0]),
        float(value[0]),
        float(who.tendency(dist[:1])[0]),
        (drive[1 : o + 1] - drive[o + 1 :]) / (2 * NUDGE),
        who.tendency(dist[2 * o + 1 :]).reshape(who.side, who.side),
        border(who, state),
    )


def decide(
    who: Mind,
    dist: Float[Array, "1 d"],
    seen: Float[Array, " o"],
    how: str,
    rng: np.random.Generator,
) -> Array:
    """The action, in the form that the policy knows."""
    discrete = isinstance(who.policy, Categorical)
    if how == "sampled":
        return who.policy.sample(dist, rng)
    if how == "likeliest":
        return dist.argmax(-1) if discrete else dist[:, :1]
    force = who.linear(seen)
    return np.array([force > 0]).astype(int) if discrete else np.array([[force]])


def lattice(who: Mind, state: Float[Array, " s"]) -> Float[Array, "n s"]:
    """This state with every other angle and angular speed in its place, lowest speed first."""
    cells = [np.linspace(*ends, who.side) for ends in who.window]
    pairs = np.stack(np.meshgrid(*cells), -1).reshape(-1, 2)
    rest = np.broadcast_to(state[:-2], (len(pairs), len(state) - 2))
    return np.concatenate([rest, pairs], -1)


def border(who: Mind, state: Float[Array, " s"]) -> Float[Array, "m 2"]:
    """Angle and angular speed where the linear control changes sides, all else as it is."""
    angle = np.linspace(*who.window[0], 41)
    rest = np.broadcast_to(state[:-2], (len(angle), len(state) - 2))
    still = np.concatenate([rest, np.stack([angle, np.zeros_like(angle)], -1)], -1)
    usual = np.array(who.world.usual)
    force = who.world.observe(still) / usual @ who.gain
    return np.stack([angle, -force * usual[-1] / who.gain[-1]], -1)
