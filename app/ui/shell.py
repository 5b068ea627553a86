"""The whole app: chapters and concepts as tabs, one page below them that the address fills.

However many concepts there are, a concept costs one `gr.Tab`; everything else is shared.
"""

import json
from itertools import groupby

import gradio as gr

from app import cache, describe, texts
from app.concept import Entry
from app.contents import TITLES, entries, find
from app.web import ANY

MATHS: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]
PAPER = "() => document.querySelector('.glass .place').dataset.paths ?? ''"
HERE = "() => `${location.hash.slice(2).split('?')[0]}@${document.documentElement.lang}`"


def build() -> gr.Blocks:
    """The Blocks of the app; its components do not grow with the number of concepts but by a tab."""
    demo: gr.Blocks
    with gr.Blocks(title="Glassbox", analytics_enabled=False, fill_width=True) as demo:
        _tabs()
        gr.HTML(
            html_template="<div class='glass'></div>",
            js_on_load=_mount(),
            apply_default_css=False,
            elem_id="player",
        )
        path = gr.Textbox(visible="hidden")
        with gr.Tabs(elem_id="words"):
            theory = []
            for key in ("words.picture", "words.equations", "words.derivations"):
                with _named(key):
                    theory.append(gr.Markdown(latex_delimiters=MATHS, elem_classes="theory"))
            with _named("words.code"):
                code = gr.Code(
                    language="python", interactive=False, show_label=False, buttons=["copy"]
                )
            with _named("words.sources"):
                sources = gr.Markdown()
        # the player clicks this button when the address has come to name another concept
        turned = gr.Button(visible="hidden", elem_id="turned")
        turned.click(
            _words,
            path,
            [*theory, code, sources],
            js=HERE,
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
        # the hand-out's equations, set as the theory's are
        equations = gr.Markdown(latex_delimiters=MATHS, elem_id="equations")
        equate = gr.Button(visible="hidden", elem_id="equate")
        equate.click(
            _equations,
            path,
            equations,
            js=PAPER,
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
    demo.queue(default_concurrency_limit=None, api_open=False)
    # Nothing here is queued; a look at the empty queue every millisecond would cost 45 CPU-ms a second.
    demo._queue.sleep_when_free = 0.05
    return demo


def web(name: str) -> str:
    """Where a file of the player is served, under the version that is running."""
    return f"/web/{cache.version()}/{name}"


def _mount() -> str:
    """The player; where it does not come, for the server is being updated, words until it does."""
    keys = ("update.coming", "update.unloaded", "update.reload")
    said = {tag: [texts.say(tag, key) for key in keys] for tag in texts.languages()}
    return f"""
        import('{web("player.js")}').then((player) => {{
            if (history.state?.reloads) history.replaceState(null, '');
            player.mount(element);
        }}, () => {{
            const said = {json.dumps(said)};
            const tag = navigator.languages.map((one) => one.slice(0, 2)).find((one) => one in said);
            const words = said[tag ?? 'en'], glass = element.querySelector('.glass');
            glass.textContent = words[0];
            const wait = (n) => import(`/web/{ANY}/version.js?${{n}}`).then(
                (version) => version.wait(glass, '{web("player.js")}', words),
                () => setTimeout(wait, 2000, n + 1));
            wait(0);
        }})"""


# A style or picture that a server of another version refused is asked for again, as version.js does.
AGAIN = """<script>addEventListener('error', ({target}) => {
    const name = target.rel === 'stylesheet' ? 'href' : 'src';
    const asked = target[name];
    if (!/^\\/(web|thumbs)\\//.test(asked && new URL(asked, location).pathname)) return;
    if (target.localName === 'script' || (target.asked = (target.asked ?? 0) + 1) > 12) return;
    target.removeAttribute(name);
    setTimeout(() => target.setAttribute(name, asked), 80);
}, true)</script>"""


def head() -> str:
    """Styles before the first paint, and what an inner page hides."""
    beside = ("sharing", "present", "rooms", "start", "playlist")
    names = ("theme", "views", "page", "tabs", *beside)
    styles = "".join(f'<link rel="stylesheet" href="{web(f"{name}.css")}">' for name in names)
    return AGAIN + styles + f'<script type="module" src="{web("embed.js")}"></script>'


def _tabs() -> None:
    """Tabs are for walking: the player turns a click on one into an address."""
    with gr.Tabs(elem_id="chapters"):
        for chapter, group in groupby(entries(), key=lambda entry: entry.chapter):
            with (
                gr.Tab(TITLES[chapter], elem_id=f"chapter-{chapter}"),
                gr.Tabs(elem_classes="concepts"),
            ):
                for entry in group:
                    gr.Tab(entry.concept.title, elem_id=f"concept-{entry.chapter}-{entry.key}")


def _named(key: str) -> gr.Tab:
    """A tab of words; the player names it in other languages."""
    return gr.Tab(texts.say(texts.ENGLISH, key), elem_id=key.replace(".", "-"))


def _words(asked: str) -> tuple[str, ...]:
    """Theory at its depths, code and sources of a concept, else of the first; `chapter/concept@de`."""
    path, _, wanted = asked.partition("@") if isinstance(asked, str) else ("", "", "")
    entry: Entry = find(path) or entries()[0]
    language = wanted if wanted in texts.languages() else texts.ENGLISH
    theory, sources = describe.theory(entry, language), describe.sources(entry, language)
    return *theory, describe.code(entry), sources


def _equations(paths: str) -> str:
    """The main equations of these pages, each page's under its path; what is no page is left out."""
    wanted = [find(path) for path in paths.split(",")] if isinstance(paths, str) else []
    return "\n\n".join(f"## {e.path}\n\n{describe.equations(e)}" for e in wanted if e)
