"""Diffusion and flows."""
