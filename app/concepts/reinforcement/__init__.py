"""Reinforcement: acting, and learning from what follows."""
