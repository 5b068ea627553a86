"""Controls of a race and of a bent curve, by mouse and by keyboard, without a server."""

import json
import struct
from dataclasses import asdict, dataclass, fields
from zlib import compress, crc32

import pytest

from app import params
from app.texts import texts
from tests.browser.shown import HOST, KINDS, WEB

pytestmark = pytest.mark.browser
SAID = json.dumps(texts("en"))
PAGE = """<!doctype html><link rel="stylesheet" href="/web/page.css">
<div class="glass" style="width:380px;display:block"><div class="controls"></div></div>
<script type="application/json" id="texts">TEXTS</script>
<script type="module">
import { Controls } from "/web/controls.js";
const declared = DECLARED;
window.values = Object.fromEntries(declared.map(({ name, default: text }) => [name, text]));
const set = (name, text) => { values[name] = text; controls.refresh(); };
const controls = new Controls(document.querySelector(".controls"), { set, get: (name) => values[name] });
controls.build(declared);
document.documentElement.dataset.ready = "";
</script>"""


@dataclass(frozen=True)
class Some(params.Params):
    lanes: tuple = params.lineup(
        (("plain", None), ("fine", 0.0)),
        "Lanes",
        (
            params.Entrant("plain", "Plain"),
            params.Entrant("fine", "Fine", params.Setting("η", 0.0, 1.0, 0.05, 0.0)),
        ),
    )
    stops: tuple = params.pins((900, 500), "Stops", ends=(999, 0), count=(1, 4), names=("a", "b"))
    places: tuple = params.points(
        ((0.0, 0.0), (1.0, 1.0)), "Places", count=(2, 40), x=(-3.0, 3.0), y=(-2.0, 2.0)
    )
    climb: tuple = params.curve((0.0, 0.5, 1.0), "Climb", 0.0, 2.0, rise=0.1)


class Set:
    """The controls in a page, and what they have set; all that they set must be legal."""

    def __init__(self, page) -> None:
        controls = Some.controls()
        declared = [
            {"name": f.name, **asdict(controls[f.name]), "when": {}, "default": controls[f.name].write(f.default)}
            for f in fields(Some)
        ]  # fmt: skip
        text = PAGE.replace("DECLARED", json.dumps(declared)).replace("TEXTS", SAID)

        def serve(route):
            name = route.request.url.removeprefix(HOST)
            if name == "/":
                return route.fulfill(body=text, content_type="text/html")
            file = WEB / name.removeprefix("/web/")
            return route.fulfill(path=file, content_type=KINDS.get(file.suffix, "text/plain"))

        page.route(f"{HOST}/**", serve)
        page.goto(f"{HOST}/")
        page.wait_for_selector("html[data-ready]")
        self.page = page

    def value(self, name):
        text = self.page.evaluate(f"values.{name}")
        Some.from_query(f"{name}={text}")  # or raises what the server would answer
        return text

    def knot(self, name, index):
        return self.page.locator(f"[data-name={name}] circle").nth(index)

    def drag(self, name, index, x=0, y=0):
        box = self.knot(name, index).bounding_box()
        at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.mouse.move(*at)
        self.page.mouse.down()
        self.page.mouse.move(at[0] + x, at[1] + y, steps=4)
        self.page.mouse.up()


@pytest.fixture
def controls(page):
    return Set(page)


def test_anyone_takes_any_lane_and_brings_a_setting(controls):
    page = controls.page
    page.select_option("#control-lanes", "fine")
    assert controls.value("lanes") == "fine:0;fine:0"
    page.get_by_label("η of Lanes, 2").fill("0.5")
    page.keyboard.press("Enter")
    assert controls.value("lanes") == "fine:0;fine:0.5"
    page.select_option("#control-lanes-2", "plain")
    assert controls.value("lanes") == "fine:0;fine:0.5;plain"


def test_a_lane_is_emptied_but_never_the_last(controls):
    page = controls.page
    page.select_option("#control-lanes", "")
    assert controls.value("lanes") == "fine:0"
    assert page.locator("#control-lanes option").last.is_disabled()
    page.select_option("#control-lanes-1", "plain")
    assert controls.value("lanes") == "fine:0;plain"


def test_a_pin_is_dragged_between_its_neighbours(controls):
    controls.drag("stops", 0, x=20)
    first, second = map(int, controls.value("stops").split(","))
    assert 820 < first < 870 and second == 500
    controls.drag("stops", 0, x=300)
    assert controls.value("stops") == "501,500"


def test_pins_come_by_a_click_or_the_button_and_go_by_a_double_click_or_delete(controls):
    page = controls.page
    box = page.locator("#control-stops").bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 16)
    assert len(controls.value("stops").split(",")) == 3
    add = page.get_by_role("button", name="Add")
    add.click()
    pins = controls.value("stops").split(",")
    assert len(pins) == 4 and add.is_disabled()
    controls.knot("stops", 0).dblclick()
    assert controls.value("stops").split(",") == pins[1:]
    for _ in range(5):
        controls.knot("stops", 0).press("Delete")
    assert len(controls.value("stops").split(",")) == 1  # the last one stays


def test_keys_move_a_pin_the_way_they_point(controls):
    knot = controls.knot("stops", 1)
    knot.press("ArrowRight")
    assert controls.value("stops") == "900,490"
    knot.press("Shift+ArrowLeft")
    assert controls.value("stops") == "900,491"
    assert knot.get_attribute("aria-valuenow") == "491"


def test_a_knot_of_a_rising_curve_takes_others_along(controls):
    controls.drag("climb", 0, y=-200)  # to the top: all must still fit above one another
    assert controls.value("climb") == "1.8,1.9,2"
    controls.drag("climb", 2, y=200)
    assert controls.value("climb") == "0,0.1,0.2"
    controls.knot("climb", 1).press("ArrowUp")
    assert controls.value("climb") == "0,0.14,0.24"


BOX = "Places: a table of two columns, or a picture"


def brought(controls, text):
    """What the control says to a pasted table."""
    page = controls.page
    if not page.get_by_label(BOX).is_visible():
        page.get_by_role("button", name="Bring").click()
    page.get_by_label(BOX).fill(text)
    return page.inner_text(".brought")


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n0.5,1\n-1,2\n2,-0.25",
        "0.5\t1\n-1\t2\n2\t-0.25\n",
        '"0,5";"1"\n-1;2\n2;-0,25',
        "0.5 1 7\n\n-1 2 7\n2 -0.25 7",
    ],
)
def test_a_pasted_table_becomes_points(controls, text):
    assert brought(controls, text) == "3 points"
    assert controls.value("places") == "0.5,1;-1,2;2,-0.25"


def test_a_table_too_large_for_the_plane_is_scaled_and_a_long_one_thinned(controls):
    rows = "\n".join(f"{10 * i},{5 * (i % 2)}" for i in range(100))
    assert brought(controls, rows) == "40 of 100 rows, evenly, scaled to the plane"
    places = [tuple(map(float, part.split(","))) for part in controls.value("places").split(";")]
    assert len(places) == 40
    xs = [x for x, _ in places]
    assert min(xs) == pytest.approx(-2.55) and max(xs) == pytest.approx(2.55)


def picture(page, paint):
    """A PNG of 120 × 80 pixels, painted by a script on its context."""
    script = f"""async () => {{
      const canvas = new OffscreenCanvas(120, 80), c = canvas.getContext("2d");
      {paint}
      const blob = await canvas.convertToBlob();
      return [...new Uint8Array(await blob.arrayBuffer())];
    }}"""
    return bytes(page.evaluate(script))


def chosen(controls, name, kind, content):
    page = controls.page
    if not page.get_by_label(BOX).is_visible():
        page.get_by_role("button", name="Bring").click()
    page.set_input_files("input[type=file]", {"name": name, "mimeType": kind, "buffer": content})
    page.wait_for_function("document.querySelector('.brought').textContent")
    return page.inner_text(".brought")


@pytest.mark.parametrize("colours", [("white", "black"), ("black", "white")])
def test_a_picture_becomes_points_where_its_ink_is(controls, colours):
    """Two discs, left below and right above: as many points on each, and none between them."""
    paint = f"""c.fillStyle = "{colours[0]}"; c.fillRect(0, 0, 120, 80); c.fillStyle = "{colours[1]}";
      c.beginPath(); c.arc(30, 60, 14, 0, 7); c.fill(); c.beginPath(); c.arc(90, 20, 14, 0, 7); c.fill();"""
    says = chosen(controls, "discs.png", "image/png", picture(controls.page, paint))
    assert says == "40 points on the picture's ink"
    places = [tuple(map(float, part.split(","))) for part in controls.value("places").split(";")]
    left, right = [p for p in places if p[0] < 0], [p for p in places if p[0] > 0]
    assert abs(len(left) - len(right)) <= 2
    assert all(x < -0.5 and y < 0 for x, y in left) and all(x > 0.5 and y > 0 for x, y in right)


def png(width: int, height: int) -> bytes:
    """A picture of one bit a pixel, all black: a few kilobytes, however large it unpacks."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = compress(bytes((width + 7) // 8 + 1) * height, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="ran=1"><script>ran=1</script></svg>'
HTML = b"<!doctype html><script>ran=1</script><img src=x onerror=ran=1>"
NO = "not a picture that this browser can read."
TWO = "expected two numbers."
REFUSED_TEXTS = {
    "1,2\n3,four\n5,6": "Line 2, “3,four”: expected two numbers.",
    "1,2": "1 points, expected at least 2.",
    "only words": "Line 1, “only words”: expected two numbers.",
    "NaN,1\n1,2\n3,4": "Line 1, “NaN,1”: expected two numbers.",
    "1,2\ninf,-inf\n3,4": "Line 2, “inf,-inf”: expected two numbers.",
    "1e999,0\n1,2\n3,4": "Line 1, “1e999,0”: expected two numbers.",
    "<img src=x onerror=ran=1>,1\n1,2\n<b>": "Line 3, “<b>”: expected two numbers.",
}
REFUSED_FILES = (
    ("broken.png", "image/png", b"no picture", NO),
    ("empty.png", "image/png", b"", NO),
    ("drawn.svg", "image/svg+xml", SVG, NO),
    ("drawn.png", "image/png", SVG, NO),
    ("page.png", "image/png", HTML, NO),
    ("<img src=x onerror=ran=1>.gif", "image/gif", HTML, "<img src=x onerror=ran=1>.gif: " + NO),
    ("cut.png", "image/png", png(900, 900)[:80], NO),
    ("bomb.png", "image/png", png(20_000, 20_000), "20000 × 20000 pixels, expected at most 40 million."),
    ("photo.png", "image/png", png(8_660, 5_774), "8660 × 5774 pixels, expected at most 40 million."),
    ("black.png", "image/png", png(9, 9), "equally bright"),
    ("empty.csv", "text/csv", b"", "0 points, expected at least 2."),
    ("page.csv", "text/csv", HTML, TWO),
    ("picture.csv", "text/csv", png(9, 9), TWO),
    ("noise.bin", "application/x-octet", bytes(range(256)), TWO),
    ("huge.csv", "text/csv", b"1,2\n" * 60_000, "huge.csv: 240000 bytes, expected a table"),
)  # fmt: skip


def test_what_is_neither_a_table_nor_a_picture_is_refused_in_words(controls, tmp_path):
    """One after the other in one page, which stays alive, and in which nothing of them runs."""
    for text, says in REFUSED_TEXTS.items():
        assert brought(controls, text) == says
    page = controls.page
    clear = "document.querySelector('.brought').textContent = ''"
    for name, kind, content, says in REFUSED_FILES:
        page.evaluate(clear)
        assert says in chosen(controls, name, kind, content), name
    page.evaluate("Blob.prototype.text = createImageBitmap = null")  # too large to be opened
    for name, size, says in (
        ("large.csv", 200 * 2**20, "large.csv: 209715200 bytes"),
        ("heavy.png", 21 * 2**20, "heavy.png: 21 MB, expected at most 20."),
    ):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
        page.evaluate(clear)
        page.set_input_files("input[type=file]", tmp_path / name)
        page.wait_for_function("document.querySelector('.brought').textContent")
        assert says in page.inner_text(".brought")
    assert controls.value("places") == "0,0;1,1"
    assert page.evaluate("[typeof ran, document.querySelectorAll('.brought *').length]") == [
        "undefined",
        0,
    ]
    assert brought(controls, "1e308,-1e308\n-1.7e308,1.7e308") == "2 points, scaled to the plane"
    assert controls.value("places") != "0,0;1,1"


def test_a_table_is_brought_by_keyboard_alone(controls):
    page = controls.page
    page.get_by_role("button", name="Bring").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("0.5,1")
    assert page.inner_text(".brought") == "1 points, expected at least 2."
    page.keyboard.press("Enter")
    page.keyboard.type("1,1.5")
    assert controls.value("places") == "0.5,1;1,1.5"
    page.keyboard.press("Escape")
    assert not page.get_by_label(BOX).is_visible()
    assert page.evaluate("document.activeElement.textContent") == "Bring"


@pytest.mark.parametrize(
    ("rows", "says"),
    [(5_000, "40 of 5000 rows, evenly, scaled to the plane"), (60_000, "expected at most 200000")],
)
def test_a_long_table_is_read_without_being_laid_out(controls, rows, says):
    """A field of a megabyte of text would hold the page up for seconds."""
    controls.page.get_by_role("button", name="Bring").click()
    controls.page.get_by_label(BOX).evaluate(
        """(box, rows) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", Array.from({ length: rows }, (_, i) => `${i},1`).join("\\n"));
          box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        rows,
    )
    assert says in controls.page.inner_text(".brought")
    assert not controls.page.get_by_label(BOX).input_value()
