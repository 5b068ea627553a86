"""The views in a real browser: they draw, they read exactly, they are walked by keys."""

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from app.figures.scene import Bars, Matrix, Plane, Points, Wall
from tests.browser import gallery
from tests.browser.shown import Shown, alone

pytestmark = pytest.mark.browser


@pytest.fixture
def show(page):
    return partial(Shown, page)


CANVASES = (
    *("plane", "layers", "matrix", "board", "sides", "signed", "wall", "film", "tokens", "bars"),
    "curves",
)


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_every_view_puts_pixels_on_the_screen_in_light_and_dark(show, size):
    shown = show(gallery.frame(0), gallery.frame(1), size=size)
    shown.page.wait_for_selector("#surface [data-drawn]")
    for theme in ("", "dark"):
        shown.page.evaluate(f"document.documentElement.className = {theme!r}")
        shown.draw(1)
        assert {name for name in CANVASES if shown.coloured(name) < 0.01} == set()
        assert shown.page.locator("#diagram rect").count() == 2 * len(gallery.diagram().nodes)


def test_nothing_and_one_of_each_draw_without_complaint(show):
    shown = show(gallery.empty())
    assert shown.page.locator("figure").count() == len(gallery.empty())
    assert shown.coloured("cell") > 0.1


def test_a_theme_turns_every_ink(show):
    shown = show(alone(gallery.curves()))
    before = shown.find("view").screenshot()
    shown.page.evaluate("document.documentElement.className = 'dark'")
    shown.draw(0)
    assert shown.find("view").screenshot() != before


def test_a_card_that_changes_its_size_keeps_its_picture(show):
    shown = show(gallery.frame(0))
    for width in (900, 500, 1280):
        shown.page.set_viewport_size({"width": width, "height": 720})
        shown.page.evaluate(
            "new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)))"
        )
        assert {name for name in CANVASES if shown.coloured(name) < 0.01} == set()
        sizes = shown.page.evaluate(
            "[...document.querySelectorAll('canvas.g-sheet')].map(c => [c.width, c.clientWidth])"
        )
        assert all(drawn == laid for drawn, laid in sizes)


def test_what_a_picture_says_reaches_those_who_cannot_see_it(show):
    shown = show(alone(gallery.matrix()))
    says = "attention of head 1.3. Each row sums to one."
    assert shown.find("view").get_attribute("aria-label") == says


def test_what_is_said_changes_at_most_once_a_second_and_ends_true(show):
    shown = show(*(alone(Matrix("m", f"Frame {i}.", np.ones((1, 1)))) for i in range(30)))
    heard = shown.page.evaluate(
        """async () => {
            const canvas = document.querySelector('canvas.g-sheet');
            const heard = [];
            const ear = new MutationObserver(() => heard.push(canvas.ariaLabel));
            ear.observe(canvas, {attributeFilter: ['aria-label']});
            for (let i = 0; i < 30; i++) {
                gallery.show(i);
                await new Promise(done => setTimeout(done, 5));
            }
            await new Promise(done => setTimeout(done, 1500));
            return heard;
        }"""
    )
    assert len(heard) <= 3
    assert heard[-1] == "m. Frame 29."


def test_a_diagram_without_room_can_be_moved_instead(show):
    shown = show(alone(gallery.diagram()), size=(260, 700))
    boxes = shown.page.locator("#view rect[rx='8']")
    edges = [boxes.nth(i).bounding_box() for i in range(5)]
    for a, b in pairwise(edges):
        apart = b["x"] >= a["x"] + a["width"] or abs(a["y"] - b["y"]) > a["height"] / 2
        assert apart
    assert "drag to move" in shown.page.locator("#view svg").text_content()


def test_a_cell_is_read_with_all_its_notes(show):
    view = gallery.matrix()
    shown = show(alone(view))
    told = shown.press("view", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight")
    weight, score = np.float32(view.values[2, 1]), np.float32(view.notes["scaled score"][2, 1])
    assert told == [
        "query ·it",
        "key ·is",
        *exactly(f"weight {weight:.7g}", f"scaled score {score:.7g}"),
    ]


def exactly(*lines: str) -> list[str]:
    return [line.replace("-", "−") for line in lines]


def test_the_terms_of_a_dot_product_stay_inside_the_card(show):
    shown = show(alone(gallery.matrix()))
    for keys in (("ArrowDown",), ("End", "PageDown")):
        shown.press("view", *keys)
        panel = shown.page.locator(".g-terms").bounding_box()
        card = shown.page.locator(".host").bounding_box()
        assert card["x"] <= panel["x"] and card["y"] <= panel["y"]
        assert panel["x"] + panel["width"] <= card["x"] + card["width"]
        assert panel["y"] + panel["height"] <= card["y"] + card["height"]


def test_a_cell_of_a_board_is_read_with_its_ways(show):
    shown = show(alone(gallery.board()))
    told = shown.press("view", "ArrowDown", "ArrowRight")
    assert told == [
        "row 0, column 1",
        *exactly(f"V {np.float32(-9 / 11):.7g}"),
        "π: ↑ 0  → 0.75  ↓ 0.25  ← 0",
        "visits 1",
    ]
    assert shown.press("view", "ArrowDown") == ["row 1, column 1: wall"]
    assert shown.press("view", "End", "ArrowDown") == ["row 2, column 3, +1: nobody acts here"]


def test_a_masked_cell_says_so(show):
    told = show(alone(gallery.matrix())).press("view", "ArrowDown", "End")
    assert told[2:4] == ["weight 0", "masked"]


def test_a_wrong_cell_is_struck_out_and_says_so(show):
    shown = show(alone(gallery.table()))
    struck = shown.find("view").screenshot()
    assert shown.press("view", "ArrowDown", "PageDown")[-1] == "wrong"
    assert "wrong" not in shown.press("view", "Home", "ArrowUp", "ArrowUp")
    plain = show(alone(replace(gallery.table(), crossed=None)))
    assert plain.find("view").screenshot() != struck


def test_a_plane_without_its_grid_shows_only_its_layers(show):
    points = Points(np.zeros((0, 2)))
    bare = Plane("bare", "Nothing at all.", (0.0, 1.0), (0.0, 1.0), (points,), grid=False)
    assert show(alone(bare)).coloured("view") == 0
    assert show(alone(replace(bare, grid=True))).coloured("view") > 0


def test_a_click_picks_a_row_and_a_second_one_locks_what_it_reads(show):
    shown = show(alone(gallery.matrix(4)))
    shown.press("view", "ArrowDown", "ArrowDown", "Enter")
    assert (shown.value("row"), shown.locked) == ("1", False)
    shown.press("view", "Enter")
    assert shown.locked
    shown.press("view", "Escape")
    assert not shown.told()


def test_a_large_matrix_is_drawn_and_read(show):
    values = np.arange(256 * 256, dtype=np.float32).reshape(256, 256)
    shown = show(alone(Matrix("large", "", values, high=65535.0)))
    assert shown.press("view", "ArrowDown", "End", "PageDown")[2] == "value 2815"
    assert shown.coloured("view") > 0.4


def test_a_click_marks_a_cell_and_reads_its_products(show):
    q, k = np.random.default_rng(0).standard_normal((2, 9, 4))
    view = Matrix(
        "a map", "", np.tril(np.full((9, 9), 0.5)), row_vectors=q, column_vectors=k,
        products={"q·k": 1.0, "half": 0.5}, mark="spot", cell=(2, 1),
    )  # fmt: skip
    shown = show(alone(view))
    told = shown.press("view", "ArrowRight", "ArrowRight", "ArrowDown", "Enter")
    sums = [float(line.split()[-1].replace("−", "-")) for line in told[-2:]]
    assert sums == pytest.approx([q[1] @ k[1], q[1] @ k[1] / 2], rel=1e-4)
    assert shown.value("spot") == "1.1"


def test_thin_lines_of_a_large_map_do_not_fade(show):
    """A diagonal of ones in tiles far smaller than their cells."""
    wall = Wall("maps", "", np.eye(600)[None].repeat(16, 0), across=4)
    thick = Wall("maps", "", np.kron(np.eye(20), np.ones((2, 2)))[None].repeat(16, 0), across=4)
    darkest = """canvas => {
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let least = 255;
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) least = Math.min(least, data[i]);
        return least;
    }"""
    fine, plain = (
        (shown := show(alone(view))).page.evaluate(darkest, shown.find("view").element_handle())
        for view in (wall, thick)
    )
    assert fine == pytest.approx(plain, abs=20)


def test_a_value_told_in_steps_says_so(show):
    tiles = np.tril(np.random.default_rng(0).random((5, 120, 120)))
    told = show(alone(Wall("maps", "", tiles))).hover("view", 0.05, 0.45)
    place, value = told[1].split(": ≈ ")
    row, column = (int(word) for word in place.replace(",", "").split()[1::2])
    assert abs(float(value) - tiles[int(told[0].split()[-1]), row, column]) < 0.003 + 0.0005


def test_ordered_tiles_are_walked_and_chosen_as_they_stand(show):
    view = Wall(
        "tiles", "", np.ones((4, 2, 2)), across=4, order=(2, 0, 3, 1), selected=2, select="head"
    )
    shown = show(alone(view))
    assert shown.press("view", "ArrowRight")[0] == "tile 2"
    assert shown.press("view", "ArrowRight")[0] == "tile 0"
    shown.press("view", "End", "Enter")
    assert shown.value("head") == "1"


def test_ranked_bars_stand_by_the_larger_of_value_and_mark(show):
    values, before = np.array([0.1, 0.5, 0.2, 0.0]), np.array([0.9, 0.4, 0.2, 0.0])
    view = Bars("ranked", "", ("a", "b", "c", "d"), values, before=before, ranked=True)
    shown = show(alone(view))
    first = shown.press("view", "Home")
    assert first[0] == "a"
    assert first[-1] == "change −0.8"
    assert [shown.press("view", "ArrowDown")[0] for _ in range(3)] == ["b", "c", "d"]


def test_tiles_are_walked_selected_and_switched(show):
    shown = show({"wall": gallery.frame(0)["wall"]})
    assert shown.press("wall", "ArrowRight", "ArrowDown")[0] == "2.1"
    shown.press("wall", "x")
    assert shown.value("off") == "2"
    shown.press("wall", "Enter")
    assert shown.value("head") == "9"


def test_a_double_click_adds_a_tile_in_order(show):
    shown = show(alone(Wall("tiles", "", np.ones((4, 2, 2)), across=4, toggle="off")))
    box = shown.find("view").bounding_box()
    shown.page.mouse.dblclick(box["x"] + 0.63 * box["width"], box["y"] + 0.5 * box["height"])
    assert shown.value("off") == "9"  # tile 2 was off


def test_a_pixel_of_a_film_is_read(show):
    view = gallery.film()
    shown = show(alone(view))
    told = shown.press("view", "ArrowRight", "ArrowDown", "End")
    assert told[0] == "predicted x_0, t 1.0"
    step = (view.images.max() - view.images.min()) / 65535
    read = float(told[1].split(": ")[1].replace("−", "-"))
    assert abs(read - view.images[1, 5, 16, 16]) <= step


def test_words_are_walked_and_picked(show):
    shown = show({"tokens": gallery.frame(0)["tokens"]})
    weights = gallery.attention(12, 0)[8]
    told = shown.press("tokens", "ArrowRight", "ArrowLeft")
    assert told[:2] == ['7: " who"', f"weight {np.float32(weights[7]):.7g}"]
    shown.press("tokens", "Enter")
    assert shown.value("row") == "7"


def test_thousands_of_bars_can_all_be_scrolled_to(show):
    view = gallery.bars(5000)
    shown = show(alone(view))
    before = shown.find("view").screenshot()
    shown.hover("view", 0.5, 0.5)
    shown.page.mouse.wheel(0, 3000)
    shown.page.wait_for_timeout(50)
    assert shown.find("view").screenshot() != before
    assert shown.press("view", "End")[0] == view.labels[-1]
    told = shown.press("view", "Home")
    assert told[:2] == [view.labels[0], f"{view.values[0]:.7g}"]
    assert told[2] == f"before the head was switched off {view.before[0]:.7g}"


def test_a_wheel_at_the_end_of_the_bars_moves_the_page(show):
    shown = show({"few": Bars("few", "", ("a", "b"), np.ones(2)), **gallery.frame(0)})
    shown.hover("few", 0.5, 0.5)
    shown.page.mouse.wheel(0, 200)
    shown.page.wait_for_function("scrollY > 0")


def test_a_chart_reads_every_series_at_x(show):
    told = show(alone(gallery.curves(30))).press("view", "ArrowRight", "ArrowRight")
    loss = np.float32(2 * np.exp(-31 / 20) + 0.05)
    assert told[0] == "step 31"
    assert told[1].startswith(f"learned {loss:.7g} (")  # the faint curve before it is not read
    assert told[-1] == "floor 0.05"


def test_a_box_of_a_diagram_tells_its_tip_and_keeps_its_place(show):
    shown = show(alone(gallery.diagram(0.25)), alone(gallery.diagram(0.5)))
    assert shown.press("view", "ArrowRight") == ["prompt", "0.25", "step 0 of the forward pass"]
    before = shown.page.locator("#view rect").first.bounding_box()
    shown.draw(1)
    assert shown.told()[1] == "0.50"  # what is read is this frame's
    assert shown.page.locator("#view rect").first.bounding_box() == before


def test_a_diagram_of_hundreds_is_moved_and_zoomed(show):
    shown = show(alone(gallery.diagram(many=300)))
    world = shown.page.locator("#view svg > g")
    seen = [world.get_attribute("transform")]
    shown.hover("view", 0.5, 0.5)
    shown.page.mouse.wheel(0, -200)
    seen.append(world.get_attribute("transform"))
    shown.page.mouse.down()
    shown.page.mouse.move(200, 60, steps=3)
    shown.page.mouse.up()
    seen.append(world.get_attribute("transform"))
    assert len(set(seen)) == 3
    assert not shown.locked


def test_a_point_under_the_pointer_is_read_with_its_value(show):
    shown = show(alone(gallery.plane(0.0)))
    told = shown.hover("view", 0.5, 0.5)
    assert told[-1].startswith("density ")
    values = [line for line in told if line.startswith("value ")]
    names = [line for line in told if line.startswith("particles ")]
    assert len(names) == len(values) <= 1


def test_an_explanation_is_of_the_frame_that_is_shown(show):
    scenes = [alone(Matrix("a cell", "", np.full((1, 1), float(v)), high=9.0)) for v in range(3)]
    shown = show(*scenes)
    shown.press("view", "ArrowRight", "Enter")
    for index in range(3):
        shown.draw(index)
        assert shown.told()[2] == f"value {index}"
        assert shown.locked


def test_every_view_is_painted_on_another_canvas_as_large_as_one_likes(show):
    shown = show(gallery.frame(0))
    shown.page.wait_for_selector("#surface [data-drawn]")
    colours = shown.page.evaluate(
        """Promise.all(Object.values(gallery.views).map(async view => {
            const canvas = Object.assign(document.createElement("canvas"), {width: 900, height: 900});
            const c = canvas.getContext("2d");
            c.scale(3, 3);
            await view.paint(c);
            const {data} = c.getImageData(0, 0, 900, 900);
            return new Set(new Uint32Array(data.buffer)).size;
        }))"""
    )
    assert len(colours) == len(gallery.frame(0))
    assert min(colours) > 3


def test_a_view_that_is_gone_leaves_no_explanation_behind(show):
    shown = show(alone(gallery.matrix(4)))
    shown.press("view", "ArrowRight")
    shown.page.evaluate("gallery.views.view.destroy()")
    assert not shown.told()
