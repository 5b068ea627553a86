"""Every colour, by meaning; the style sheet's tokens are written from here."""

# Contrast on card and paper: text at least 4.5 : 1, marks at least 3 : 1 (tests/test_theme.py). An amber
# as dark as that is told from model by those who see no green because model is darker still.
LIGHT = {
    "paper": "#fbfbf9", "card": "#ffffff", "line": "#e3e4e0", "shade": "#f3f3f0",
    "ink": "#1b1f24", "soft": "#5b636e", "accent": "#0b57d0",
    "data": "#0072b2", "noise": "#8a8f98", "model": "#c44c00", "field": "#009e73",
    "exact": "#aa4499", "focus": "#c48500", "reward": "#c48500", "error": "#b3261e", "night": "#000000",
}  # fmt: skip
DARK = {
    "paper": "#0f1216", "card": "#161b21", "line": "#2a313a", "shade": "#1e242c",
    "ink": "#e9edf2", "soft": "#9aa4b0", "accent": "#8ab4f8",
    "data": "#56b4e9", "noise": "#8a93a0", "model": "#ff8f3f", "field": "#2fd1a4",
    "exact": "#e08ad0", "focus": "#f0b93a", "reward": "#f0b93a", "error": "#ff8a80", "night": "#000000",
}  # fmt: skip

# Ramps from low to high: dark is more on paper, light is more on dark; the middle of the diverging
# ramp is the card itself, so that zero disappears.
LIGHT_RAMPS = {
    "sequential": ("#ffffff", "#cfe1f2", "#93c4df", "#4b97c9", "#1a66ab", "#08306b"),
    "diverging": ("#0b4f8a", "#5a9bcb", "#b9d5ea", "#ffffff", "#f6cba8", "#e0803f", "#a33d00"),
    "gray": ("#000000", "#ffffff"),
}
DARK_RAMPS = {
    "sequential": ("#161b21", "#1d3a5c", "#245f92", "#3f8fc4", "#86c1e6", "#e6f4ff"),
    "diverging": ("#9ad1ff", "#4a90c4", "#234a6b", "#161b21", "#6b3d1f", "#d0763a", "#ffc79b"),
    "gray": ("#000000", "#ffffff"),
}


def css() -> str:
    """The tokens as CSS variables (`--g-data`, `--g-ramp-sequential`), for both themes."""
    light, dark = _block(LIGHT, LIGHT_RAMPS), _block(DARK, DARK_RAMPS)
    return f":root{{color-scheme:light;{light}}}\n.dark{{color-scheme:dark;{dark}}}\n"


def css_of_system() -> str:
    """The same for a page without a switch: as light or dark as the reader's system."""
    light, dark = _block(LIGHT, LIGHT_RAMPS), _block(DARK, DARK_RAMPS)
    night = f"@media (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}\n"
    return f":root{{color-scheme:light;{light}}}\n{night}"


def _block(tokens: dict[str, str], ramps: dict[str, tuple[str, ...]]) -> str:
    inks = "".join(f"--g-{name}:{value};" for name, value in tokens.items())
    return inks + "".join(f"--g-ramp-{name}:{','.join(ramp)};" for name, ramp in ramps.items())
