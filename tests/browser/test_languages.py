"""The page in other languages: found by the link, by the browser or by choice; the state stays."""

import pytest

from app import contents, texts
from tests import telling
from tests.browser.conftest import frame, ready

pytestmark = pytest.mark.browser
PATH = "transformers/attention"


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def told_as_declared(app, page):
    """What stands in the picture is what the language has for it."""
    entry = contents.find(PATH)
    run, phrases = contents.open(PATH, head=6), texts.picture("de", entry)
    scene = run.scenes[0]
    version = page.request.get(f"{app.url}/healthz").json()["version"]
    english = sorted(set(telling.words(dict(scene))))
    told = page.evaluate(
        """async ([version, phrases, english]) => {
          const { telling } = await import(`/web/${version}/telling.js`);
          const views = Object.fromEntries(english.map((title, i) => [i, { title }]));
          return Object.values(telling(phrases)(views)).map(view => view.title);
        }""",
        [version, phrases, english],
    )
    assert told == [telling.told(phrases, text) for text in english]
    assert "Gewicht" in told and "weight" not in told
    page.locator(".ribbon input").press("Home")
    titles = [
        telling.told(phrases, view.title) for view in scene.values() if hasattr(view, "title")
    ]
    assert set(titles) == set(page.locator(".scene figcaption").all_text_contents())
    numbers = [telling.told(phrases, row.name) for row in scene["numbers"].rows]
    assert numbers == page.locator(".numbers dt").all_text_contents()


def test_a_link_in_german_is_german_and_another_choice_keeps_the_state(app, page):
    page.goto(f"{app.url}/?lang=de#/{PATH}?head=6")
    ready(page, PATH)
    page.get_by_role("tab", name="Aufmerksamkeit").wait_for()
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("h1").first.text_content() == "Aufmerksamkeit"
    assert page.locator(".control[data-name=head] label").text_content() == "Kopf"
    assert page.locator(".lesson h3").text_content() == "Mitlesen"
    assert page.locator(".scene").get_attribute("lang") == "de"
    assert page.locator(".english").is_hidden()
    told_as_declared(app, page)
    page.get_by_text("Ein GPT liest einen Text").first.wait_for()
    assert fits(page)
    page.set_viewport_size({"width": 390, "height": 844})  # tabs without room lie in a menu
    page.locator("#words .overflow-dropdown").get_by_text("Herleitungen").wait_for(state="attached")
    page.set_viewport_size({"width": 1280, "height": 720})

    # the words of an option are German, its value in the address is not
    page.get_by_text("Zelle", exact=True).first.click()
    page.wait_for_function("location.hash.includes('tool=cell')")

    page.get_by_label("Sprache").select_option("zh")
    page.wait_for_selector("html[lang=zh]")
    ready(page, PATH)
    page.get_by_role("tab", name="注意力图").wait_for()
    assert "head=6" in page.url and "tool=cell" in page.url and "lang=" not in page.url
    assert frame(page) >= 0
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)


def test_numbers_have_no_comma_and_pages_are_found_by_part_of_a_chinese_word_or_in_english(
    app, page
):
    page.goto(f"{app.url}/?lang=fr#/{PATH}")
    ready(page, PATH)
    version = page.request.get(f"{app.url}/healthz").json()["version"]
    told = page.evaluate(
        "async (v) => (await import(`/web/${v}/number.js`)).number(12345)", version
    )
    assert told == "12\u202f345"  # a comma would be read as a point
    found = page.evaluate(
        """async ([version, language, asked]) => {
          const { index, search } = await import(`/web/${version}/search.js`);
          const facts = await (await fetch(`/start/${version}/${language}.json`)).json();
          const first = ({ page, text, kind }) => [page.title, kind === "page" ? "" : text];
          return asked.map((words) => search(index(facts.pages), words).map(first)[0] ?? null);
        }""",
        [
            version,
            "zh",
            ["匹配", "gan训练", "意力", "attention", "flow matching", "spend less", "量子"],
        ],
    )
    assert found == [
        ["流匹配", ""],
        ["GAN 训练", ""],
        ["注意力图", ""],
        ["注意力图", ""],  # by its English title
        ["流匹配", ""],
        ["去噪轨迹", "省着用"],  # a step of its lesson
        None,  # of no page
    ]


def test_a_language_that_is_not_there_is_english(app, page):
    page.goto(f"{app.url}/?lang=xx#/{PATH}")
    ready(page, PATH)
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator(".english").is_hidden()
