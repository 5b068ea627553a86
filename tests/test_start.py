"""The start page: every page has its recording, can be found, and stands right of what it builds on."""

from io import BytesIO

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from app import cache, start, texts, thumbs
from app.contents import BUILDS_ON, entries, find

PAGES = {page["path"]: page for page in start.facts()["pages"]}


@pytest.fixture(scope="module")
def client():
    app = FastAPI()
    app.include_router(start.router)
    return TestClient(app)


def get(client: TestClient, address: str) -> httpx.Response:
    answer: httpx.Response = client.get(address)
    return answer


@pytest.mark.parametrize("entry", entries(), ids=lambda e: e.path)
@pytest.mark.parametrize("theme", thumbs.THEMES)
def test_every_page_has_a_recording_of_a_state_it_can_be_in(entry, theme):
    said = thumbs.index()[entry.path]
    entry.concept.params.from_query(said["state"])
    assert said["version"] and said["view"]
    content = (thumbs.FOLDER / thumbs.name(entry.path, theme)).read_bytes()
    assert len(content) <= 25_000
    wide, high = thumbs.SIZE
    assert Image.open(BytesIO(content)).size == (wide * len(said["frames"]), high)


def test_all_recordings_together_are_light_and_none_is_left_over():
    files = list(thumbs.FOLDER.glob("*.webp"))
    assert sum(file.stat().st_size for file in files) <= 600_000
    known = {thumbs.name(entry.path, theme) for entry in entries() for theme in thumbs.THEMES}
    assert {file.name for file in files} == known


def test_what_builds_on_what_names_pages_and_never_runs_in_a_circle():
    def below(path: str, above: tuple[str, ...] = ()) -> None:
        assert find(path) is not None, path
        assert path not in above, above
        for under in BUILDS_ON.get(path, ()):
            below(under, (*above, path))

    for path in BUILDS_ON:
        below(path)


def test_a_symbol_is_known_by_its_sign_and_its_name_and_counted():
    found = start.symbols(r"$\bar\alpha_t$ and $\alpha_s$, $\bar{\alpha}_T$; $\sigmoid$, $\hat x$")
    assert found == {"alpha": ("α", 1), "alpha bar": ("ᾱ", 2)}


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("diffusion/training", "symbol", "ᾱ alpha bar"),
        ("diffusion/guidance", "term", "Classifier guidance"),
        ("diffusion/denoising", "control", "Network calls"),
        ("reinforcement/theatre", "step", "Swing it up"),
    ],
)
def test_a_page_is_found_by_what_it_declares(path, kind, words):
    assert any(find[:2] == [kind, words] for find in PAGES[path]["finds"])


def test_the_facts_and_strips_of_the_running_version_are_for_ever(client):
    version = cache.version()
    for address in (f"/start/{version}/en.json", f"/thumbs/{version}/diffusion-flow-dark.webp"):
        assert "immutable" in get(client, address).headers["cache-control"], address
    assert get(client, f"/thumbs/{version}/../thumbs.json").status_code == 404
    assert get(client, f"/thumbs/{version}/thumbs.json").status_code == 404
    assert get(client, f"/start/{version}/xx.json").status_code == 404


def test_a_page_is_found_by_its_words_in_another_language(client):
    told = get(client, f"/start/{cache.version()}/de.json").json()
    page = next(page for page in told["pages"] if page["path"] == "diffusion/flow")
    assert page["title"] != PAGES["diffusion/flow"]["title"]
    assert (
        page["lesson"] == PAGES["diffusion/flow"]["lesson"]
    )  # keys are the same in every language


@pytest.mark.parametrize("language", [one for one in texts.languages() if one != texts.ENGLISH])
def test_whatever_a_page_is_found_by_leads_there_by_its_english_words_too(language):
    for page in start.facts(language)["pages"]:
        wanted = [(kind, words) for kind, words, *_ in PAGES[page["path"]]["finds"]]
        assert [(kind, same or own) for kind, own, _, _, same in page["finds"]] == wanted
