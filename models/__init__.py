"""The models of the app: their mathematics, their nets, their training and their running."""
