"""Glassbox: generative models and deep learning, watched while they work."""
