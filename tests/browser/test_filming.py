"""Films: every frame of a run as a GIF that others can read, and as a video that plays."""

import pytest
from PIL import Image

from app import contents
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser
STATE = "diffusion/denoising?steps=5"
LONG = "diffusion/denoising?steps=100"  # far from whole when somebody presses Cancel
LASTS = """async bytes => {
    const video = document.createElement('video');
    video.src = URL.createObjectURL(new Blob([new Uint8Array(bytes)]));
    await new Promise((done, failed) => { video.onloadedmetadata = done; video.onerror = failed; });
    return [video.duration, video.videoWidth];
}"""


def taken(page, label: str, folder):
    """The file that a choice of the menu gives."""
    page.click(".saving summary")
    with page.expect_download() as caught:
        page.click(f".saving button:has-text('{label}')")
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


def test_a_drawing_opens_by_itself_and_its_words_are_words(app, page, tmp_path):
    page.goto(f"{app.url}/#/systems/graph")
    ready(page, "systems/graph")
    box = page.locator(".scene").bounding_box()
    file = taken(page, "Drawing, SVG", tmp_path)
    page.goto(file.as_uri())
    texts = page.locator("svg > g text").all_text_contents()
    assert "down.0" in texts  # a box of the diagram, which is an SVG of its own
    inside = page.locator("text=down.0").first.bounding_box()
    assert 0 < inside["y"] < box["height"] and 0 < inside["x"] < box["width"]


def test_a_run_is_taken_as_a_film_and_a_long_one_can_be_cancelled(app, page, tmp_path):
    entry = contents.find(STATE.partition("?")[0])
    params = entry.concept.params.from_query(STATE.partition("?")[2])
    count = sum(1 for _ in entry.concept.compute(params))
    page.goto(f"{app.url}/#/{STATE}")
    ready(page, entry.path)
    page.wait_for_function(f"document.querySelector('.ribbon input').max === '{count - 1}'")

    with Image.open(taken(page, "Film, GIF", tmp_path)) as film:
        assert film.n_frames == count
        assert film.info["loop"] == 0
        first = film.convert("RGB")
        film.seek(count - 1)
        last = film.convert("RGB")
    ground = first.getpixel((2, 2))
    assert min(ground) > 245 and max(ground) - min(ground) < 4  # no tint
    assert first.tobytes() != last.tobytes()
    strip = (0, 0, first.width // 2, 40)
    assert first.crop(strip).tobytes() == last.crop(strip).tobytes()  # the title stays

    file = taken(page, "Film, MP4", tmp_path)
    lasts, width = page.evaluate(LASTS, list(file.read_bytes()))
    assert file.suffix in (".mp4", ".webm")
    assert lasts == pytest.approx((count - 1) / max(3, count / 6) + 1.5, abs=0.2)
    assert width == 1280

    page.goto(f"{app.url}/#/{LONG}")
    page.wait_for_function("Number(document.querySelector('.ribbon input').max) === 100")
    page.click(".saving summary")
    page.click(".saving button:has-text('Film, GIF')")
    page.wait_for_selector(".saving progress")
    page.locator(".saving button:has-text('Cancel')").dispatch_event("click")
    page.wait_for_selector(".filmed", state="detached")
    assert page.locator(".saving button:has-text('Film, GIF')").is_visible()
