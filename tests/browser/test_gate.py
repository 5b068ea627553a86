"""Attacks on the addresses: what is not needed is not there, whatever it is called and whoever asks."""

import http.client
import json
import re
import socket
from pathlib import Path

import pytest

from app import gate

pytestmark = pytest.mark.browser
JSON = (b"content-type", b"application/json")
FOREIGN = (b"sec-fetch-site", b"cross-site")
URL = "http://leak.invalid/secret"
FILE = {"path": URL, "url": URL, "meta": {"_type": "gradio.FileData"}}


class Answer:
    """What came back."""

    def __init__(self, reply) -> None:
        self.status, self.body = reply.status, reply.read()
        self.headers = {name.lower(): value for name, value in reply.getheaders()}
        self.names = [name.lower() for name, _ in reply.getheaders()]

    @property
    def words(self) -> str:
        """What a refusal says; "" where it says nothing."""
        found = json.loads(self.body)
        return str(found.get("error") or found.get("detail") or "")


@pytest.fixture
def page(app):
    """What asks the app for an address just as it is spelled."""

    def asked(method: str, address: str, headers=(), body: bytes = b"") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=30)
        given = dict(headers)
        connection.putrequest(method, address, skip_host=b"host" in given)
        for name, value in {b"content-length": b"%d" % len(body), **given}.items():
            connection.putheader(name.decode(), value)
        connection.endheaders(body)
        try:
            return Answer(connection.getresponse())
        finally:
            connection.close()

    return asked


@pytest.mark.parametrize("under", ["", "/api"])
@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/upload_progress?upload_id=1"),
        ("GET", "/gradio_api/proxy=https://leak.invalid/x"),
        ("GET", "/gradio_api/file=http://leak.invalid/x"),
        ("GET", "/gradio_api/file=//leak.invalid/x"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/file=README.md"),
        ("GET", "/gradio_api/file/README.md"),
        ("GET", "/gradio_api/stream/a/b/1/playlist.m3u8"),
        ("POST", "/gradio_api/stream/a"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/component_server/"),
        ("POST", "/gradio_api/run/_words"),
        ("POST", "/gradio_api/run/diffusion_flow"),
        ("POST", "/gradio_api/api/predict"),
        ("POST", "/gradio_api/process_recording"),
        ("GET", "/gradio_api/dev/reload"),
        ("GET", "/gradio_api/custom_component/x/client/component/index.js"),
        ("GET", "/gradio_api/app_id"),
        ("GET", "/gradio_api/token"),
        ("GET", "/gradio_api/runs"),
        ("POST", "/gradio_api/run-history/connect"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/profiling/traces"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("POST", "/login"),
        ("GET", "/logout"),
        ("GET", "/svelte/a.js"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/pwa_icon"),
    ],
)
def test_what_gradio_offers_and_nobody_needs_is_not_there(page, under, method, address):
    answer = page(method, under + address, [JSON], b"{}")
    assert answer.status == 404
    assert "there is nothing at" in answer.words


def test_every_address_of_gradio_is_open_on_purpose_or_closed(page):
    """A new release may bring new addresses: they stay closed until somebody reads this."""
    import gradio.routes

    source = Path(gradio.routes.__file__).read_text()
    found = re.findall(r"@(router|app)\.(get|post|head|delete|put)\(\s*f?\"(/[^\"]*)\"", source)
    assert len(found) > 70
    opened = set()
    for kind, method, path in found:
        address = ("/gradio_api" if kind == "router" else "") + re.sub(r"\{[^}]*\}", "x", path)
        for under in ("", "/api"):
            if any(
                method.upper() in methods and pattern.fullmatch((under + address)[1:])
                for methods, pattern in gate.OPEN
            ):
                opened.add(under + path.rstrip("/"))
    programs = "info openapi.json startup-events heartbeat/{session_hash} queue/data queue/join reset cancel call/{api_name} call/v2/{api_name} call/{api_name}/{event_id}"  # fmt: skip
    files = "config static/{path:path} assets/{path:path} favicon.ico theme.css"
    assert opened == {
        "",
        "/api",
        "/robots.txt",
        "/manifest.json",  # ours, see app/web.py
        *(f"{under}/{name}" for under in ("", "/api") for name in files.split()),
        *(f"/api/{name}" for name in programs.split()),
    }


@pytest.mark.parametrize("folder", ["/web/1", "/assets", "/static", "/take/diffusion", "/thumbs/1"])
@pytest.mark.parametrize(
    "way",
    [
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/%252e%252e%252fetc%252fpasswd",
        "/..%5c..%5cetc%5cpasswd",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/a%00.js",
        "/.%0d%0aset-cookie:a=b",
        "/%c0%ae%c0%ae/etc/passwd",
        "/%ff%fe",
        "/%e2%80%aesj",
        "/" + "a" * 5000,
    ],
)
def test_no_folder_is_left_by_any_spelling_of_up(page, folder, way):
    answer = page("GET", folder + way)
    assert answer.status == 404
    assert b"root:" not in answer.body
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("method", "address", "headers", "body", "status"),
    [
        ("GET", "/frames/diffusion/flow?" + "a" * 40_000, (), b"", 414),
        ("GET", "/frames/diffusion/flow?" + "a" * 9_000, (), b"", 422),
        ("GET", "/concepts", [(b"x-long", b"a" * 70_000)], b"", 431),
        ("GET", "/", [(b"x-forwarded-host", b'"><script>alert(1)</script>')], b"", 400),
        ("GET", "/", [(b"host", b"a b\"'")], b"", 400),
        ("GET", "/", [(b"host", b"a:80:90")], b"", 400),
        ("GET", "/", [(b"host", b"999.1.1.1")], b"", 400),
        ("GET", "/", [(b"x-forwarded-host", b"[::")], b"", 400),
        ("GET", "/", [(b"x-forwarded-host", b"good.example:x, a")], b"", 400),
        ("POST", "/rooms", [JSON, (b"content-length", b"99999999")], b"", 413),
        ("POST", "/api/gradio_api/call/diffusion_flow", [JSON], b" " * 1_100_000, 413),
        ("PUT", "/rooms", (), b"", 405),
        ("TRACE", "/", (), b"", 405),
        ("CONNECT", "/", (), b"", 405),
        ("POST", "/frames/diffusion/flow", (), b"", 405),
        ("POST", "/rooms", [JSON, FOREIGN], b'{"path": "diffusion/flow"}', 403),
        ("DELETE", "/rooms/ABCDEFGH", [FOREIGN], b"", 403),
        ("POST", "/rooms", [(b"content-type", b"text/plain")], b'{"path": "diffusion/flow"}', 422),
    ],
)
def test_what_no_browser_of_ours_sends_is_refused_in_words(
    page, method, address, headers, body, status
):
    answer = page(method, address, headers, body)
    assert answer.status == status
    assert answer.words


def test_the_page_is_the_same_for_all_whatever_one_who_asks_says_of_it(page):
    """It is kept for others by whoever stands before the app, and leads each of them to its root."""
    host = (b"host", b"glassbox.example")
    for address in ("/", "/config", "/api/", "/api/config"):
        whole = page("GET", address, [host])
        assert (whole.status, b"http://glassbox.example" in whole.body) == (200, True)
        for told in (b"http://evil.example", b"http://[", b"javascript:trap()"):
            assert page("GET", address, [host, (b"x-gradio-server", told)]).body == whole.body
        for query in ("page=other", "page=../x", "deep_link=1", "page=%00"):
            assert page("GET", f"{address}?{query}", [host]).body == whole.body


def test_who_names_no_host_is_told_no_path_of_this_machine(app):
    with socket.create_connection(("127.0.0.1", app.port), 30) as asked:
        asked.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: asked.recv(2**16), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"expected the name of this one" in answer


def test_no_other_site_may_read_with_a_visitors_cookies(page):
    for address in ("/", "/concepts", "/config", "/api/config", "/api/gradio_api/info"):
        answer = page("GET", address, [(b"host", b"glassbox.example"), (b"origin", b"https://evil.example")])  # fmt: skip
        assert answer.status == 200
        allowed = {n: v for n, v in answer.headers.items() if n.startswith("access-control-")}
        assert set(allowed) <= ({"access-control-allow-origin"} if "/api" in address else set())


def test_nothing_of_this_machine_is_told(page):
    for address in ("/", "/config", "/status", "/metrics", "/healthz", "/api/config"):
        told = page("GET", address).body.decode()
        for secret in (gate.__file__.rpartition("/app/")[0], "/home/", "/root", "site-packages"):
            assert secret not in told, (address, secret)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"data": NaN}',
        b'{"fn_index": 0, "data": []}',
        b'{"fn_index": 99, "data": [""]}',
        b'{"fn_index": -1, "data": [""]}',
        b'{"fn_index": "0", "data": {"a": 1}}',
        json.dumps({"fn_index": 0, "data": ["\ud800"]}).encode(),
        json.dumps({"fn_index": 0, "data": [10**400]}).encode(),
        json.dumps({"fn_index": 0, "data": [[[]]]}).encode(),
        json.dumps({"fn_index": 0, "data": ["x" * 900_000]}).encode(),
        json.dumps({"fn_index": 0, "data": ["../../etc/passwd@../de"], "session_hash": []}).encode(),
        json.dumps({"fn_index": 0, "data": [FILE]}).encode(),
        json.dumps({"fn_index": 1, "data": [FILE]}).encode(),
    ],
)  # fmt: skip
def test_the_words_below_the_picture_take_anything_and_fetch_nothing(page, body):
    answer = page("POST", "/gradio_api/run/predict", [JSON], body)
    assert answer.status == 200 or (answer.status == 422 and "expected" in answer.words)
    assert b"Traceback" not in answer.body


def test_a_function_of_the_api_is_given_no_record_that_gradio_would_fetch_or_copy(page):
    for value in (FILE, [FILE], {"a": [FILE]}):
        body = json.dumps({"yours": value}).encode()
        given = page("POST", "/api/gradio_api/call/v2/diffusion_flow", [JSON], body)
        assert given.status == 422
        assert "expected text as in the page's address" in given.words


def test_what_is_kept_for_all_is_answered_the_same_each_time(page):
    version = json.loads(page("GET", "/healthz").body)["version"]
    told = [page("GET", f"/web/{version}/line.js").names for _ in range(3)]
    assert told[0] == told[1] == told[2]
    assert len(set(told[0])) == len(told[0])


def test_every_answer_says_what_a_browser_must_not_do_with_it(page):
    for address in (
        "/",
        "/status",
        "/concepts",
        "/nowhere",
        "/api/",
        "/?embed=1",
        "/?hide=a&embed=1",
    ):
        headers = page("GET", address).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        policy = headers["content-security-policy"]
        assert "default-src 'self'; " in policy
        assert "object-src 'none'" in policy
        # only what is made to be shown elsewhere may stand in another site's page
        assert ("frame-ancestors" in policy) == ("embed=1" not in address)
