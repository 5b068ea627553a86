"""Network architectures in torch, one a file; only training and its tests import them."""
