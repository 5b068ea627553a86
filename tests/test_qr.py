"""A link as a QR code: of this app only, and as a camera expects it."""

from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import qr


@pytest.fixture(scope="module")
def client():
    app = FastAPI()
    app.include_router(qr.router)
    return TestClient(app)


def asked(client: TestClient, text: str):
    return client.get(f"/qr.svg?text={quote(text, safe='')}")


def test_a_link_of_this_app_is_drawn_dark_on_white(client):
    answer = asked(client, "http://testserver/?room=ABCD2345#/diffusion/denoising?steps=20")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")
    assert 'fill="#fff"' in answer.text
    assert "script" not in answer.text
    other = asked(client, "http://testserver/?room=ABCD2346#/diffusion/denoising?steps=20")
    assert other.text != answer.text


@pytest.mark.parametrize(
    "text", ["https://elsewhere.example/", "javascript:alert(1)", "", "//testserver/", "http://[x"]
)
def test_what_leads_elsewhere_is_refused_in_words(client, text):
    answer = asked(client, text)
    assert answer.status_code == 422
    assert "error" in answer.json()


def test_what_no_camera_could_read_is_refused(client):
    assert asked(client, "http://testserver/#" + "x" * 840).status_code == 422
    assert asked(client, "http://testserver/#" + "x" * 839).status_code == 200
