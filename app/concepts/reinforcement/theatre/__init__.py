"""Policy theatre: a policy that was learned plays, and you may push."""

from app.concept import Concept, Source

from .compute import Params, compute
from .figure import draw
from .mind import CAST

CONCEPT = Concept(
    title="Policy theatre",
    blurb="A trained policy plays while you push: what it sees, what it expects, what it would do elsewhere.",
    params=Params,
    compute=compute,
    draw=draw,
    covers=("rl-policies", "categorical-logp", "gaussian-logp", "gymnasium"),
    graphs=tuple(name for cast in CAST.values() for name in cast.values()),
    sources=(
        Source(
            "Barto, Sutton and Anderson, 1983, Neuronlike adaptive elements",
            "https://doi.org/10.1109/TSMC.1983.6313077",
        ),
        Source(
            "Florian, 2007, Correct equations for the dynamics of the cart-pole system",
            "https://coneural.org/florian/papers/05_cart_pole.pdf",
        ),
        Source("Towers et al., 2024, Gymnasium", "https://arxiv.org/abs/2407.17032"),
        Source(
            "Kalman, 1960, Contributions to the theory of optimal control",
            "https://doi.org/10.1137/0301010",
        ),
    ),
    layout=("stage stage map", "stage stage odds", "trace value looks"),
)
