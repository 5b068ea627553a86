"""The app can be installed as one: a manifest, and icons as large as it says, in the theme's colours."""

import json
import re

from PIL import Image

from app.figures import theme
from app.routes import WEB
from app.ui import shell

MANIFEST = json.loads((WEB / "manifest.json").read_text())


def test_the_page_names_the_manifest():
    assert f'<link rel="manifest" href="{shell.web("manifest.json")}">' in shell.head()
    assert MANIFEST["start_url"] == MANIFEST["scope"] == "/"
    assert MANIFEST["background_color"] == MANIFEST["theme_color"] == theme.LIGHT["paper"]


def test_icons_are_as_large_as_the_manifest_says():
    sizes = set()
    for icon in MANIFEST["icons"]:
        if icon["type"] == "image/png":
            with Image.open(WEB / icon["src"]) as picture:
                width, height = picture.size
            assert icon["sizes"] == f"{width}x{height}"
            sizes.add(width)
        else:
            assert (WEB / icon["src"]).is_file()
    assert {192, 512} <= sizes, "what browsers ask for"


def test_the_icon_has_the_themes_colours():
    used = set(re.findall(r"#[0-9a-f]{6}", (WEB / "icon.svg").read_text()))
    assert used == {theme.LIGHT["paper"], theme.LIGHT["ink"], theme.LIGHT["model"]}
