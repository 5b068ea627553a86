"""What pictures are made of: the kinds of view, and every colour by its meaning."""
