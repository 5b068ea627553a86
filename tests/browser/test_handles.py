"""What a hand changes: handles, points, painted cells, typed numbers, forced bars, orders."""

from functools import partial

import numpy as np
import pytest

from app.figures.scene import Bars, Handles, Matrix, Plane
from tests.browser import gallery
from tests.browser.shown import CENTRES, Shown, alone

pytestmark = pytest.mark.browser


@pytest.fixture
def show(page):
    return partial(Shown, page)


def handles(points: np.ndarray, param: str = "centres", grow: bool = False) -> Plane:
    layer = Handles(param, points, grow=grow, label="centre")
    return Plane("handles", "", (-3.0, 3.0), (-2.0, 2.0), (layer,), square=False)


THREE = np.array([[-1.0, 0.5], [0.0, 1.0], [1.5, 0.0]])


def test_a_handle_follows_the_hand(show):
    shown = show(alone(handles(THREE)))
    assert shown.hover("view", 2 / 6, 1.5 / 4)[:2] == ["centre 0", "−1, 0.5"]
    assert shown.find("view").evaluate("canvas => canvas.style.cursor") == "grab"
    shown.page.mouse.down()
    shown.hover("view", 4 / 6, 3 / 4)
    shown.page.mouse.up()
    x, y = shown.value("centres").split(";")[0].split(",")
    assert abs(float(x) - 1) < 0.02 and abs(float(y) + 1) < 0.02
    assert shown.value("centres").split(";")[1:] == ["0,1", "1.5,0"]


def test_a_handle_stops_at_the_ends_of_its_parameter(show):
    shown = show(alone(handles(THREE)))
    shown.hover("view", 2 / 6, 1.5 / 4)
    shown.page.mouse.down()
    shown.page.mouse.move(1, 1)
    shown.page.mouse.up()
    assert shown.value("centres").startswith("-3,2;")


def jumping(points: np.ndarray, clock: str = "") -> Plane:
    layer = Handles("centres", points, label="centre", jump=True, clock=clock)
    return Plane("handles", "", (-3.0, 3.0), (-2.0, 2.0), (layer,), square=False)


def test_a_click_on_free_ground_brings_the_nearest_handle(show):
    shown = show(alone(jumping(THREE)))
    shown.hover("view", 5.5 / 6, 3.5 / 4)
    shown.page.mouse.down()
    shown.page.mouse.up()
    first, second, third = shown.value("centres").split(";")
    assert (first, second) == ("-1,0.5", "0,1")
    x, y = map(float, third.split(","))
    assert abs(x - 2.5) < 0.03 and abs(y + 1.5) < 0.03
    assert shown.page.evaluate("gallery.tip?.locked ?? false") is False


def test_a_drag_over_free_ground_brings_nobody(show):
    shown = show(alone(jumping(THREE)))
    shown.hover("view", 5.5 / 6, 3.5 / 4)
    shown.page.mouse.down()
    shown.hover("view", 4.5 / 6, 3.5 / 4)
    shown.page.mouse.up()
    assert shown.page.evaluate("gallery.sets") == []


def test_a_handle_that_moves_with_the_clock_is_where_the_frame_says_and_tells_the_time(show):
    """Its parameter still says where it was held; the hand takes it where it is."""
    here = np.array([[2.0, 1.0]])
    shown = show(alone(jumping(here, clock="when")))
    shown.page.evaluate("gallery.params.centres = '-1,0.5'")
    assert shown.hover("view", 5 / 6, 1 / 4)[:2] == ["centre 0", "2, 1"]
    shown.page.mouse.down()
    shown.hover("view", 4 / 6, 1 / 4)
    shown.page.mouse.up()
    assert abs(float(shown.value("centres").split(",")[0]) - 1) < 0.03
    assert shown.value("when") == "0.4"


def test_a_finger_drags_a_handle(chrome):
    context = chrome.new_context(has_touch=True)
    page = context.new_page()
    shown = Shown(page, alone(handles(THREE)), size=(390, 844))
    box = shown.find("view").bounding_box()
    x, y = box["x"] + box["width"] * 2 / 6 + 15, box["y"] + box["height"] * 1.5 / 4
    touch = context.new_cdp_session(page)
    for kind, dy in (("touchStart", 0), ("touchMove", 30), ("touchMove", 60), ("touchEnd", None)):
        points = [] if dy is None else [{"x": x, "y": y + dy}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait_for_function("gallery.params.centres")
    assert shown.value("centres").split(";")[1:] == ["0,1", "1.5,0"]
    assert page.evaluate("scrollY") == 0
    context.close()


def test_arrow_keys_move_the_handle_in_focus(show):
    shown = show(alone(handles(THREE)))
    shown.press("view", "PageDown", "ArrowRight", "Shift+ArrowUp")
    assert shown.value("centres") == "-1,0.5;0.12,1.02;1.5,0"


def test_free_ground_grows_points_and_delete_takes_them(show):
    shown = show(alone(handles(np.zeros((1, 2)), "cloud", grow=True)))
    box = shown.find("view").bounding_box()
    shown.page.mouse.click(box["x"] + box["width"] * 5 / 6, box["y"] + box["height"] / 4)
    added = shown.value("cloud").split(";")
    assert added[0] == "0,0" and np.allclose(
        [float(v) for v in added[1].split(",")], (2, 1), atol=0.02
    )
    shown.press("view", "ArrowRight", "Delete")
    assert shown.value("cloud") == added[1]
    shown.press("view", "ArrowRight", "Delete")
    assert shown.value("cloud") == added[1]  # one must stay


def test_a_drag_over_free_ground_draws_up_to_the_most(show):
    shown = show(alone(handles(np.zeros((1, 2)), "cloud", grow=True)))
    shown.hover("view", 0.1, 0.2)
    shown.page.mouse.down()
    shown.page.mouse.move(400, 60, steps=30)
    shown.page.mouse.up()
    assert len(shown.value("cloud").split(";")) == CENTRES["most"]


def test_a_drag_sets_its_parameter_at_most_once_a_picture(show):
    shown = show(alone(handles(THREE)))
    shown.hover("view", 2 / 6, 1.5 / 4)
    counts = shown.page.evaluate(
        """() => new Promise(done => {
            const canvas = document.querySelector('canvas.g-sheet');
            const box = canvas.getBoundingClientRect();
            const at = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, {
                bubbles: true, pointerId: 1, buttons: 1, clientX: box.left + x, clientY: box.top + y}));
            canvas.setPointerCapture = () => {};
            requestAnimationFrame(() => {
                at('pointerdown', box.width * 2 / 6, box.height * 1.5 / 4);
                for (let i = 1; i <= 50; i++) at('pointermove', box.width * 2 / 6 + i, 90);
                requestAnimationFrame(() => requestAnimationFrame(() => done(gallery.sets.length)));
            });
        })"""
    )
    assert counts == 1


def test_a_drag_paints_cells(show):
    view = Matrix("a mask", "Two rows of three.", np.zeros((2, 3)), paint="mask")
    shown = show(alone(view))
    box = shown.find("view").bounding_box()
    middle = box["x"] + box["width"] / 2
    shown.page.mouse.move(middle, box["y"] + 0.25 * box["height"])
    shown.page.mouse.down()
    shown.page.mouse.move(middle, box["y"] + 0.75 * box["height"], steps=4)
    shown.page.mouse.up()
    assert shown.value("mask") == "010.010"


def test_a_bar_is_put_in_its_place_and_what_came_later_goes(show):
    keys = np.array([30, 10, 20])
    view = Bars("bars", "", ("a", "b", "c"), np.ones(3), lit=0, pick="forced", keys=keys, at=3)
    shown = show(alone(view))
    assert shown.find("view").get_attribute("role") == "application"
    shown.press("view", "Home", "ArrowDown", "Enter")
    assert shown.value("forced") == "1:7;3:10"
    assert not shown.locked
    shown.press("view", "Enter")  # once more: chance decides again
    assert shown.value("forced") == "1:7"


ORDER = """async () => {
    const {picks} = await import('/web/picks.js');
    const control = {label: 'Order', items: ['first', 'second', 'third'], default: ''};
    const made = picks.order(control, 'order', {set: text => (made.show(text), window.order = text)});
    const row = document.createElement('div');
    row.append(...made.parts);
    document.body.prepend(row);
    made.show('first,second,third');
}"""


@pytest.fixture
def chips(show):
    shown = show(alone(handles(THREE)))
    shown.page.evaluate(ORDER)
    return shown.page.locator("#order button")


def test_a_name_is_moved_along_by_the_arrow_keys_and_keeps_the_focus(chips):
    chips.first.focus()
    chips.page.keyboard.press("ArrowRight")
    assert chips.page.evaluate("order") == "second,first,third"
    chips.page.keyboard.press("ArrowDown")
    assert chips.page.evaluate("order") == "second,third,first"
    chips.page.keyboard.press("ArrowDown")  # it is the last already
    assert chips.all_text_contents() == ["second", "third", "first"]
    assert chips.last.get_attribute("aria-label") == "first, 3 of 3"
    chips.page.keyboard.press("ArrowLeft")
    assert chips.page.evaluate("order") == "second,first,third"


def test_a_name_is_dragged_to_its_place(chips):
    start, end = chips.last.bounding_box(), chips.first.bounding_box()
    mouse = chips.page.mouse
    mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    mouse.down()
    mouse.move(end["x"] + 3, end["y"] + end["height"] / 2, steps=8)
    mouse.up()
    assert chips.page.evaluate("order") == "third,first,second"
    mouse.move(400, 300)  # nothing is held any more
    assert chips.all_text_contents() == ["third", "first", "second"]


TABLE = Matrix(
    "weights", "Two rows of two.", np.array([[1, 2], [0.5, -1]]), -3.0, 3.0, edit="weights"
)


def typed(shown, *keys):
    """Keys pressed in the field over a cell, which comes and goes."""
    for key in keys:
        shown.page.keyboard.press(key)
    return shown.value("weights")


def test_a_number_is_typed_in_its_cell_and_the_next_is_below(show):
    shown = show(alone(TABLE))
    shown.press("view", "Home")
    assert typed(shown, "-", "1", ".", "2", "5", "Enter") == "-1.25,2;0.5,-1"
    assert shown.page.locator(".g-cell").get_attribute("aria-label") == "row 1, column 0"
    assert typed(shown, "2", "Tab", "3", "Enter") == "-1.25,2;2,3"
    assert shown.page.locator(".g-cell").count() == 0
    assert typed(shown, "ArrowUp", "Enter", "0", "Escape") == "-1.25,2;2,3"


def test_the_keys_walk_on_from_where_a_number_was_typed(show):
    shown = show(alone(TABLE))
    shown.press("view", "Home", "End", "ArrowDown")
    assert typed(shown, "0", "Enter") == "1,2;0.5,0"
    assert typed(shown, "Shift+ArrowUp", "Shift+ArrowUp") == "1,2;0.5,0.2"
    assert shown.told()[:3] == ["row 1", "column 1", "value 0.2"]


def test_a_number_beyond_the_ends_is_refused_in_words_and_the_field_stays(show):
    shown = show(alone(TABLE))
    shown.press("view", "Home")
    assert typed(shown, "7", "Enter") is None
    assert shown.told() == ["expected a number from −3 to 3"]
    field = shown.page.locator(".g-cell")
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("x")
    assert typed(shown, "Enter") is None
    assert typed(shown, "Escape") is None
    assert field.count() == 0


def test_a_drag_up_raises_a_number_step_by_step_to_its_end(show):
    shown = show(alone(TABLE))
    box = shown.find("view").bounding_box()
    x, y = box["x"] + 0.4 * box["width"], box["y"] + 0.25 * box["height"]
    assert shown.hover("view", 0.4, 0.25)[2] == "value 1"
    assert shown.find("view").evaluate("canvas => canvas.style.cursor") == "ns-resize"
    shown.page.mouse.down()
    shown.page.mouse.move(x, y - 25, steps=5)
    assert shown.value("weights") == "1.5,2;0.5,-1"
    shown.page.mouse.move(x, y - 400, steps=5)
    shown.page.mouse.up()
    assert shown.value("weights") == "3,2;0.5,-1"
    assert not shown.locked


def test_what_was_typed_is_read_before_a_frame_has_answered(show):
    shown = show(alone(TABLE), alone(TABLE))
    shown.press("view", "Home")
    typed(shown, "2", "Enter", "Escape")
    assert shown.hover("view", 0.4, 0.25)[2] == "value 2"
    shown.draw(1)  # a frame that is one change behind
    assert shown.hover("view", 0.4, 0.3)[2] == "value 2"


def test_a_tap_opens_the_cell(chrome):
    context = chrome.new_context(has_touch=True)
    page = context.new_page()
    shown = Shown(page, alone(TABLE), size=(390, 844))
    box = shown.find("view").bounding_box()
    page.touchscreen.tap(box["x"] + 0.4 * box["width"], box["y"] + 0.25 * box["height"])
    assert page.locator(".g-cell").input_value() == "1"
    context.close()


def test_a_table_of_two_columns_can_be_dragged_in_the_plane(show):
    shown = show(alone(handles(np.array([[1.0, 2.0], [0.5, -1.0]]), "weights")))
    shown.press("view", "PageDown", "ArrowRight")
    assert shown.value("weights") == "1,2;0.6,-1"


def test_a_cell_is_worked_out_term_by_term(show):
    q, k = np.array([[2.0, 0.5]]), np.array([[1.5, 2.0], [1.0, -1.0]])
    view = Matrix("scores", "One row.", q @ k.T, row_vectors=q, column_vectors=k)
    shown = show(alone(view))
    assert shown.press("view", "Home", "End")[-1] == "= 2 × 1 + 0.5 × (−1)"
    assert shown.page.locator(".g-terms").is_hidden()


def test_hidden_cells_say_what_stands_in_them(show):
    view = Matrix(
        "masked", "One row.", np.ones((1, 2)), hidden=np.array([[False, True]]), blank="−∞"
    )
    shown = show(alone(view))
    assert shown.press("view", "Home", "End") == ["row 0", "column 1", "value −∞"]


def test_a_quick_drag_paints_every_spot_on_its_way_and_a_second_one_frees_them(show):
    view = Matrix("a map", "Forty rows of forty.", np.zeros((40, 40)), paint="spots")
    shown = show(alone(view))
    canvas = shown.find("view").bounding_box()
    middle = canvas["x"] + canvas["width"] / 2
    top, bottom = canvas["y"] + 0.1 * canvas["height"], canvas["y"] + 0.8 * canvas["height"]
    for _ in range(2):
        shown.page.mouse.move(middle, top)
        shown.page.mouse.down()
        shown.page.mouse.move(middle, bottom)  # in one leap
        shown.page.mouse.up()
        painted = shown.value("spots")
        if painted:
            run, column = painted.split(".")
            first, last = map(int, run.split("-"))
            assert last - first > 25
            assert column in ("19", "20")
    assert painted == ""


def test_a_board_is_painted_with_the_brush_in_hand_by_drag_and_by_keys(show):
    shown = show(
        alone(gallery.board(paint="ground", mark="spot", brushes=("floor", "wall", "goal")))
    )
    names = shown.page.locator(".g-brushes button").all_text_contents()
    assert names == ["look", "floor", "wall", "goal", "erase"]
    shown.press("view", "ArrowDown", "ArrowRight", "Enter")
    assert shown.value("ground") is None  # with nothing in hand one looks
    shown.press("view", "2", "Enter", "ArrowDown", "3", "Enter")
    assert shown.value("ground") == "1:1;5:2"
    shown.press("view", "4", "Enter")
    assert shown.value("ground") == "1:1"
    shown.page.click(".g-brushes button:text('floor')")
    box = shown.find("view").bounding_box()
    middle = box["x"] + box["width"] / 2
    shown.page.mouse.move(middle + 20, box["y"] + 0.1 * box["height"])
    shown.page.mouse.down()
    shown.page.mouse.move(middle + 20, box["y"] + 0.75 * box["height"], steps=6)
    shown.page.mouse.up()
    assert shown.value("ground") == "1:1;2:0;6:0;10:0"
    assert shown.page.locator(".g-brushes [aria-pressed=true]").text_content() == "floor"


def test_a_click_marks_a_cell_of_a_board_and_another_frees_it(show):
    shown = show(alone(gallery.board(mark="spot")))
    shown.press("view", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "Enter")
    assert shown.value("spot") == "1.2"
    shown.press("view", "Enter")
    assert shown.value("spot") == ""
