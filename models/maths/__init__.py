"""Pure mathematics in plain arrays; each law of it is tested."""
