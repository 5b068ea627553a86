"""The app can be installed as one: a manifest, and icons as large as it says, in the theme's colours."""

import json
import re

import httpx
from PIL import Image

from app.figures import theme
from app.web import WEB

MANIFEST = json.loads((WEB / "manifest.json").read_text())


def test_the_whole_app_is_what_is_installed():
    assert MANIFEST["start_url"] == MANIFEST["scope"] == "/"
    assert MANIFEST["background_color"] == MANIFEST["theme_color"] == theme.LIGHT["paper"]


def test_icons_are_as_large_as_the_manifest_says():
    sizes = set()
    for icon in MANIFEST["icons"]:
        file = WEB / icon["src"].removeprefix("/web/app/")
        if icon["type"] == "image/png":
            with Image.open(file) as picture:
                width, height = picture.size
            assert icon["sizes"] == f"{width}x{height}"
            sizes.add(width)
        else:
            assert file.is_file()
    assert {192, 512} <= sizes, "what browsers ask for"


def test_the_icon_has_the_themes_colours():
    used = set(re.findall(r"#[0-9a-f]{6}", (WEB / "icon.svg").read_text()))
    assert used == {theme.LIGHT["paper"], theme.LIGHT["ink"], theme.LIGHT["model"]}


def test_manifest_and_icons_are_served(address):
    told = httpx.get(f"{address}/manifest.json")
    assert told.json() == MANIFEST
    for icon in MANIFEST["icons"]:
        served = httpx.get(address + icon["src"])
        assert served.status_code == 200
        assert served.headers["content-type"].startswith(icon["type"])
