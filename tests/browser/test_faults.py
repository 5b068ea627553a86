"""What breaks, breaks alone and says so: damaged graphs, the raw API, the server gone and back."""

import json
import re
import shutil
import signal
from collections import Counter
from hashlib import sha256
from itertools import cycle
from pathlib import Path

import httpx
import onnx
import pytest

from app import contents, lesson, wire
from app.concept import Entry
from tests.browser.conftest import App, ready
from tests.cutting import Cutting

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
NEEDY = [
    entry for entry in contents.entries() if entry.concept.graphs and not entry.concept.measures
]
FREE = [entry for entry in contents.entries() if not entry.concept.graphs]


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def change_a_bit(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3] ^= 4
    path.write_bytes(raw)


def need_operators_to_come(path: Path) -> None:
    model = onnx.load(path)
    model.opset_import[0].version = 99
    reseal(path, model)


def take_other_shapes(path: Path) -> None:
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 77
    reseal(path, model)


def reseal(path: Path, model: onnx.ModelProto) -> None:
    """Write another graph, and its seal on its card."""
    content = model.SerializeToString()
    path.write_bytes(content)
    card = json.loads(path.with_suffix(".json").read_text())
    card["file"] = {"size": len(content), "sha256": sha256(content).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(card))


DAMAGES = {
    Path.unlink: "there is no such file",
    cut_short: "were expected",
    change_a_bit: "was expected",
    need_operators_to_come: "cannot run its operators (sets: ONNX 99",
    take_other_shapes: "the card says",
}


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """The app with every graph spoilt, each in one way of five; `why` says what a page is to say."""
    folder = tmp_path_factory.mktemp("graphs")
    shutil.copytree(ROOT / "assets" / "graphs", folder, dirs_exist_ok=True)
    why = {}
    for path, damage in zip(sorted(folder.glob("*.onnx")), cycle(DAMAGES), strict=False):
        damage(path)
        why[path.name] = DAMAGES[damage]
    # A cache of its own: what another run of the same state has kept would need no graph.
    kept = str(tmp_path_factory.mktemp("cache"))
    started = App(["-m", "app", "run"], GLASSBOX_GRAPHS=str(folder), GLASSBOX_CACHE=kept)
    started.why = why
    yield started
    started.stop()


def needing(app: App, entry: Entry) -> str:
    """The first state, of the default, the lesson and each choice, that needs the page's graph."""
    params = entry.concept.params
    steps = lesson.parse((entry.folder / "lesson.md").read_text(), params)
    choices = [(n, c) for n, c in params.controls().items() if c.kind == "choice"]
    chosen = [params(**{name: option}) for name, c in choices for option in c.options]
    for state in (params(), *(step.params for step in steps), *chosen):
        query = state.to_query()
        with httpx.stream("GET", f"{app.url}/frames/{entry.path}?{query}") as answer:
            if answer.status_code == 503:
                return query
    raise AssertionError(f"{entry.path} names a graph that no state of it needs")


@pytest.mark.parametrize("entry", NEEDY, ids=lambda e: e.path)
def test_a_page_without_its_graph_says_which_file_and_which_command(damaged, page, entry):
    page.watch.expected = ("503",)
    page.goto(f"{damaged.url}/#/{entry.path}?{needing(damaged, entry)}")
    page.wait_for_selector(".trouble:not([hidden])")
    words = page.inner_text(".trouble")
    [name] = [name for name in entry.concept.graphs if f"{name}.onnx" in words]
    assert damaged.why[f"{name}.onnx"] in words
    assert "python -m models.train" in words
    assert page.inner_text("h1") == entry.concept.title


@pytest.mark.parametrize("entry", FREE, ids=lambda e: e.path)
def test_every_other_page_still_works(damaged, page, entry):
    page.goto(f"{damaged.url}/#/{entry.path}")
    ready(page, entry.path)
    assert page.locator(".trouble:not([hidden])").count() == 0


NONSENSE = [
    [],
    [None],
    [1e999],
    [{"a": 1}],
    [["x"] * 1000],
    ["x" * 100_000],
    ["../../etc/passwd"],
    ["\u0000\ud7ff"],
]


@pytest.mark.parametrize("data", NONSENSE, ids=lambda d: repr(d)[:30])
def test_nonsense_through_gradios_own_api_costs_nobody_else_anything(app, data):
    config = httpx.get(f"{app.url}/config").json()
    for dependency in config["dependencies"]:
        body = {"data": data, "fn_index": dependency["id"], "session_hash": "x"}
        content = json.dumps(body)
        answer = httpx.post(
            f"{app.url}/gradio_api/run/predict",
            content=content,
            headers={"content-type": "application/json"},
        )
        assert "Traceback" not in answer.text
        assert "/work/" not in answer.text
    assert app.health()["status"] == "ok"


@pytest.mark.parametrize("entry", contents.entries(), ids=lambda e: e.path)
def test_every_parameter_refuses_what_its_control_could_not_make(app, entry):
    with httpx.Client() as client:  # one for all: to make one takes longer than to ask
        for name, control in entry.concept.params.controls().items():
            for bad in ("nan", "1e400", "-99999999999", "\u2028", "%00", "x" * 9000, "a:b;c"):
                if control.kind == "text" and len(bad) < 9000:
                    continue
                answer = client.get(f"{app.url}/frames/{entry.path}", params={name: bad})
                assert answer.status_code == 422, (name, bad[:20])
                assert answer.json()["error"]


def test_markup_in_a_text_is_shown_and_never_run(app, page):
    page.on("dialog", lambda dialog: pytest.fail("markup ran"))
    markup = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    for entry in contents.entries():
        for name, control in entry.concept.params.controls().items():
            if control.kind == "text":
                page.goto("about:blank")
                page.goto(f"{app.url}/#/{entry.path}?{httpx.QueryParams({name: markup})}")
                ready(page, entry.path)
                page.wait_for_timeout(300)


def test_an_open_page_finds_its_server_again(page):
    """The server dies and comes back; the page says so, waits, and shows the state again."""
    page.watch.expected = (
        "ERR_CONNECTION_REFUSED",
        "ERR_INCOMPLETE",
        "Failed to fetch",
        "ERR_",
        "net::",
    )
    entry = FREE[0]
    first = App(["-m", "app", "run"])
    page.goto(f"{first.url}/#/{entry.path}")
    ready(page, entry.path)
    assert first.stop(signal.SIGKILL) == -signal.SIGKILL
    page.locator(".control:not([hidden]) input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".trouble:not([hidden])")
    assert "connection was lost" in page.inner_text(".trouble")
    second = App(["-m", "app", "run"], first.port)
    page.wait_for_selector(".trouble", state="hidden")
    ready(page, entry.path)
    assert second.stop() == 0


LONG = {"path": "latents/gan", "query": "iterations=300"}
REEL = "const {reel} = document.querySelector('.glass').player"


@pytest.fixture
def cutting(app):
    made = Cutting(app.port, 500_000)
    yield made
    made.stop()


def test_behind_a_proxy_that_cuts_a_room_is_followed_and_a_run_comes_whole(app, page, cutting):
    """The network is gone while the presenter goes on; back again, no answer comes in one piece."""
    page.watch.expected = ("ERR_", "net::", "Failed to fetch")
    rooms = f"{app.url}/rooms"
    room = httpx.post(rooms, json={"path": FREE[0].path}).json()
    page.goto(f"{cutting.url}/?room={room['code']}")
    ready(page, FREE[0].path)
    page.evaluate(f"""() => {{
        {REEL}, begin = reel.begin;
        window.begun = 0;
        reel.begin = (...given) => (window.begun++, begin.apply(reel, given));
    }}""")
    key = {"x-room-key": room["key"]}
    cutting.away(True)
    led = httpx.post(f"{rooms}/{room['code']}/state", json={**LONG, "playing": True}, headers=key)
    assert led.status_code == 200
    before = cutting.cuts
    cutting.away(False)
    ready(page, LONG["path"])
    page.wait_for_function(f"() => {{ {REEL}; return reel.whole; }}")
    assert cutting.cuts - before >= 2
    assert page.evaluate("window.begun") == 1  # no frame is shown as if the run began again
    whole = httpx.get(f"{app.url}/frames/{LONG['path']}?{LONG['query']}").content
    numbers = page.evaluate(f"() => {{ {REEL}; return reel.frames.map((frame) => frame?.index); }}")
    assert numbers == list(range(whole.count(b'{"index":')))
    page.wait_for_selector(".trouble", state="hidden")


def test_a_page_of_another_version_keeps_its_picture_and_its_state_and_says_so(app, page):
    """The server has been updated since: nothing of the new version is put together with the old."""
    page.watch.expected = ("404", "Failed to fetch dynamically imported module")
    page.goto(f"{app.url}/#/{FREE[0].path}")
    ready(page, FREE[0].path)
    version = app.health()["version"]
    older = re.compile(f"{version}|start.js")
    page.route(
        older, lambda route: route.continue_(url=route.request.url.replace(version, "older"))
    )
    page.locator(".control:not([hidden]) input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".trouble:has-text('A newer version of the app is here.')")
    assert page.is_visible(".scene canvas")
    state = page.evaluate("location.hash")
    page.evaluate("location.hash = '#/'")
    page.wait_for_selector(".place .trouble:has-text('could not be loaded')")
    page.evaluate(f"location.hash = '{state}'")
    page.wait_for_selector(".stage .trouble:not([hidden])")
    page.unroute(older)
    page.click(".stage .trouble button")
    ready(page, FREE[0].path)
    page.wait_for_selector(".trouble", state="hidden")
    assert page.evaluate("location.hash") == state != f"#/{FREE[0].path}"


def test_in_the_midst_of_an_update_a_page_is_whole_after_one_reload_and_every_frame_is_its_own(
    app, page
):
    """Servers of two versions answer in turn: what one refuses is asked of the other."""
    page.watch.expected = ("404", "Failed to fetch dynamically imported module", "apply style")
    version, asked, loads = app.health()["version"], Counter(), []

    def turns(route):
        address = route.request.url
        asked[address] += 1
        refused = asked[address] < 3
        route.continue_(url=address.replace(version, "older") if refused else address)

    page.route(re.compile(version), turns)
    page.on("load", lambda page: loads.append(page.url))
    page.goto(app.url)
    page.wait_for_selector(".glass:has-text('A newer version is coming up')")
    ready(page, "start")
    assert len(loads) == 2
    page.evaluate(f"location.hash = '#/{FREE[0].path}'")
    ready(page, FREE[0].path)
    page.locator(".control:not([hidden]) input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    ready(page, FREE[0].path)
    assert page.locator(".trouble:not([hidden])").count() == 0
    assert len(loads) == 2
    styles = "[...document.styleSheets].filter((sheet) => sheet.href?.includes('/web/'))"
    assert page.evaluate(f"{styles}.map((sheet) => sheet.cssRules.length > 0)") == [True] * 9
    page.unroute(re.compile(version))
    page.route("**/player.js", lambda route: route.continue_(url=f"{app.url}/web/older/player.js"))
    page.evaluate("history.replaceState({reloads: 3}, '')")
    page.reload()  # one that never comes is not waited for without end
    page.wait_for_selector(".glass:has-text('This part could not be loaded')")
    page.unroute("**/player.js")
    page.click(".glass button")
    ready(page, FREE[0].path)
    assert len(loads) == 4


def test_a_picture_that_is_slow_to_come_says_that_it_is_computed(app, page):
    """What is shown steps back once one has waited for a second, and comes forward with the frame."""
    page.goto(f"{app.url}/#/{FREE[0].path}")
    ready(page, FREE[0].path)
    page.route("**/frames/**", lambda route: None)  # asked, and never answered
    page.locator(".control:not([hidden]) input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".stage.waiting")
    assert page.inner_text(".says") == "Computing …"
    page.unroute("**/frames/**")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".stage:not(.waiting)")
    page.wait_for_function("document.querySelector('.says').innerText !== 'Computing …'")


def test_no_page_is_described_in_the_words_of_the_one_before(app, page):
    """What is said stands for a second while a page plays, but not beyond the page."""
    first, second = FREE[0].path, "diffusion/flow"
    page.goto(f"{app.url}/#/{first}")
    ready(page, first)
    say = "document.querySelector('.glass').player.tools.say('The page before.')"
    page.evaluate(f"{say}; location.hash = '#/{second}'")
    shown = """path => document.querySelector('.glass').dataset.ready === path
        && document.querySelector('.says').innerText"""
    assert page.wait_for_function(shown, arg=second).json_value() != "The page before."


# What the player is answered: a line of one's place, with nothing after it until it is cut off, then
# nothing at all, or a refusal for the time being; `answers` says which, and nothing where it is the app's.
ANSWERING = """([line, full]) => {
  const app = fetch;
  window.fetch = async (address, options) => {
    if (!window.answers || !String(address).includes("/frames/")) return app(address, options);
    if (answers === "lost") throw new TypeError("no connection");
    if (answers === "full") return new Response(full, { status: 503, headers: { "retry-after": "1" } });
    const start = (stream) => {
      stream.enqueue(new Uint8Array(line));
      window.cut = () => stream.close();
    };
    return new Response(new ReadableStream({ start }));
  };
}"""


def test_one_who_waits_sees_their_place_and_one_who_is_refused_is_served_later(app, page):
    page.goto(f"{app.url}/#/{FREE[0].path}")
    ready(page, FREE[0].path)
    full = json.dumps({"error": "Too many."})
    page.evaluate(ANSWERING, [list(wire.waiting(3, 4.2)), full])
    page.evaluate("answers = 'line'")
    page.locator(".control:not([hidden]) input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".says:has-text('number 3 in line')")
    page.wait_for_timeout(1500)  # it is not said in passing
    says = page.inner_text(".says")
    assert "number 3 in line" in says
    assert "about 5 s" in says
    page.evaluate("answers = 'lost'")
    page.evaluate("cut()")
    page.wait_for_selector(".trouble:not([hidden])")
    assert "in line" not in page.inner_text(".says")
    page.evaluate("answers = ''")
    page.wait_for_selector(".trouble", state="hidden")
    page.evaluate("answers = 'full'")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(".trouble:has-text('Too many.')")
    page.evaluate("answers = ''")
    page.wait_for_selector(".trouble", state="hidden")
    assert page.is_visible(".scene")
