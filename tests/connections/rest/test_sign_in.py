"""Signing in at a browser: what comes back is checked before it is used."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tieout.connections.rest.sign_in import _listen, parse_redirect
from tieout.errors import RemoteProtocolError, SetupError, Unauthorized

REDIRECT = "https://example.com/callback?code=AB11&state=ours&realmId=4620816365"


def test_a_redirect_names_code_and_company():
    assert parse_redirect(f"  {REDIRECT}\n", "ours") == ("AB11", "4620816365")


@pytest.mark.parametrize(
    ("url", "error", "text"),
    [
        (REDIRECT.replace("ours", "theirs"), Unauthorized, "state"),
        (REDIRECT.replace("&state=ours", ""), Unauthorized, "state"),
        (REDIRECT.replace("ours", "öurs"), Unauthorized, "state"),
        ("", Unauthorized, "state"),
        ("https://example.com/?error=access_denied&state=ours", Unauthorized, "access_denied"),
        (REDIRECT.replace("realmId", "realm"), RemoteProtocolError, "no company"),
    ],
)
def test_any_other_address_is_refused(url, error, text):
    with pytest.raises(error, match=text):
        parse_redirect(url, "ours")


@pytest.fixture
def port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        return free.getsockname()[1]


def test_the_browser_comes_back_to_us(port):
    here = f"http://127.0.0.1:{port}"
    statuses: list[int] = []
    paths = (
        "/favicon.ico",
        "/callback?code=X&state=forged&realmId=1",
        "/callback?code=AB11&state=ours&realmId=4620816365",
    )

    def browse() -> None:
        with httpx2.Client(base_url=here, trust_env=False) as browser:
            statuses.extend(browser.get(path).status_code for path in paths)

    thread = threading.Thread(target=browse)
    address = _listen(f"{here}/callback", "ours", 10, thread.start)
    thread.join()
    assert parse_redirect(address, "ours") == ("AB11", "4620816365")
    assert statuses == [404, 400, 200]


def test_nobody_waits_for_ever(port):
    with pytest.raises(Unauthorized, match="Nobody signed in"):
        _listen(f"http://localhost:{port}/callback", "ours", 0.05, lambda: None)


@pytest.mark.parametrize(
    "uri", ["https://example.com/callback", "https://127.0.0.1/callback", "http://example.com/"]
)
def test_we_listen_on_this_machine_only(uri):
    with pytest.raises(SetupError, match=r"listen at"):
        _listen(uri, "ours", 1, lambda: None)


def test_a_port_in_use_is_told():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"Cannot listen at http://localhost:{port}/"):
            _listen(f"http://localhost:{port}/", "ours", 1, lambda: None)


def test_parse_keeps_what_browsers_escape():
    url = "http://localhost/cb?code=a%2Bb%3D&state=s%20t&realmId=1"
    assert parse_redirect(url, "s t") == ("a+b=", "1")
    assert parse_qs(urlsplit(url).query)["code"] == ["a+b="]
