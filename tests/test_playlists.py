"""The playlists that ship: every state is one of its page, every item says what to say and how long."""

import re

import pytest

from app import lesson, playlists
from app.contents import find
from app.texts import languages

SHIPPED = playlists.shipped()
ITEMS = [(playlist.title, item) for playlist in SHIPPED for item in playlist.items]


def test_three_lectures_ship():
    assert [p.title for p in SHIPPED] == [
        "Attention in 45 minutes",
        "Diffusion in 60 minutes",
        "Policy gradients in 45 minutes",
    ]


@pytest.mark.parametrize("playlist", SHIPPED, ids=lambda p: p.title)
def test_the_minutes_add_up_to_what_the_title_says(playlist):
    promised = int(re.search(r"(\d+) minutes", playlist.title)[1])
    assert sum(item.minutes for item in playlist.items) == promised
    assert all(2 <= item.minutes <= 10 for item in playlist.items)
    assert 8 <= len(playlist.items) <= 12
    assert playlist.about


@pytest.mark.parametrize(("title", "item"), ITEMS, ids=lambda x: getattr(x, "title", None))
def test_an_item_shows_a_state_of_its_page_and_says_what_to_say(title, item):
    path, _, query = item.state.partition("?")
    entry = find(path)
    assert entry is not None, f"{title}: there is no page {path}"
    params = entry.concept.params.from_query(query)
    assert entry.concept.params.from_query(params.to_query()) == params
    steps = lesson.parse((entry.folder / "lesson.md").read_text(), entry.concept.params)
    assert item.step or params in [step.params for step in steps], "no question for the hand-out"
    assert 3 <= len(item.title) <= 60
    sentences = re.split(r"(?<=[.?!:”])\s+(?=[A-Z0-9“Ωωλ])", item.notes)
    assert 2 <= len(sentences) <= 9 and len(item.notes) <= 600, item.title


def test_a_file_that_is_no_playlist_is_refused():
    for text in ('{"title": "x"}', '{"title": "x", "about": "", "items": [{"state": "a"}]}'):
        with pytest.raises((KeyError, TypeError)):
            playlists.read(text)


@pytest.mark.parametrize("language", languages())
def test_a_lecture_in_another_language_is_the_same_lecture_with_the_same_numbers(language):
    said = playlists.shipped(language)
    assert {playlist.language for playlist in said} == {language}
    for told, english in zip(said, SHIPPED, strict=True):
        assert numbers(told.title) == numbers(english.title)
        for item, other in zip(told.items, english.items, strict=True):
            assert (item.state, item.minutes, item.step) == (other.state, other.minutes, other.step)
            assert item.title.strip() and len(item.title) <= 80
            assert numbers(item.notes) == numbers(other.notes), item.title


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d)[,\u202f](?=\d{3})", "", text)))
