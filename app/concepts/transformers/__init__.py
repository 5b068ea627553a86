"""Transformers: every token looks back at the tokens before it."""
