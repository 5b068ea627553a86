"""Who gains most for the KL spent: the four learners' updates from one policy, on one batch."""

from app.figures.scene import Lines, Plane, Points

from .race import Race


def race(run: Race, k: int) -> Plane:
    """L against KL; PPO's ways up to step k."""
    clip, penalty = run.clip[: k + 1], run.penalty[: k + 1]
    layers = (
        Lines(run.gradient[None], "data", 1.5, 0.9, label="gradient"),
        Lines(run.natural[None], "exact", 1.5, 0.9, label="natural"),
        Lines(penalty[None], "focus", 1.5, 0.6),
        Lines(clip[None], "model", 1.5, 0.6),
        Points(run.trpo, "exact", 5.0, 1.0, "TRPO"),
        Points(penalty[-1:], "focus", 5.0, 1.0, "Penalty"),
        Points(clip[-1:], "model", 5.0, 1.0, "Clip"),
    )
    says = (
        f"TRPO gains {run.trpo[0, 1]:.3f} for {run.trpo[0, 0]:.4f} nats; after {k} steps PPO-Clip has "
        f"{clip[-1, 1]:.3f} for {clip[-1, 0]:.4f}, PPO-Penalty {penalty[-1, 1]:.3f} for {penalty[-1, 0]:.4f}."
    )
    title = "L gained for KL spent"
    return Plane(title, says, (0.0, run.kl), run.gain, layers, "KL, nats", "L", square=False)
