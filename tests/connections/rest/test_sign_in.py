"""Signing in at a browser: what comes back is checked before it is used."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tieout.connections.rest.oauth import Application, identity_of
from tieout.connections.rest.sign_in import _listen, adopt, parse_redirect, sign_in
from tieout.errors import RemoteProtocolError, SetupError, Unauthorized
from tieout.sandbox.server import running_sandbox

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
        with httpx2.Client(base_url=here, trust_env=False, timeout=60) as browser:
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


def approved(url: str, realm: str) -> str:
    """What a person's browser ends at who chooses this company."""
    with httpx2.Client(trust_env=False, timeout=60) as browser:
        answer = browser.get(httpx2.URL(url).copy_merge_params({"approve": realm}))
        return answer.headers["location"]


def test_a_person_signs_in_and_pastes_the_address(vault):
    with running_sandbox("empty") as sandbox:
        application = Application(sandbox.keys.client_id, sandbox.keys.client_secret)
        opened: list[str] = []
        signed_in = sign_in(
            sandbox.base_url,
            application,
            open_browser=opened.append,
            redirect_uri=sandbox.keys.redirect_uri,
            paste=lambda: approved(opened[0], sandbox.realm),
        )
        assert signed_in.realm == sandbox.realm
        assert signed_in.keep(vault) == identity_of(sandbox.base_url, sandbox.realm)
        assert vault.read(identity_of(sandbox.base_url, sandbox.realm))["access_token"]


def test_a_refresh_token_from_elsewhere_is_proved_at_once():
    with running_sandbox("empty") as sandbox:
        application = Application(sandbox.keys.client_id, sandbox.keys.client_secret)
        adopted = adopt(sandbox.base_url, application, sandbox.realm, sandbox.keys.refresh_token)
        assert adopted.grant.access_token != sandbox.keys.access_token
        with pytest.raises(Unauthorized, match="invalid_grant") as outdated:
            adopt(sandbox.base_url, application, sandbox.realm, "made-up")
        assert "at a browser" in outdated.value.advice
        with pytest.raises(Unauthorized) as caught:
            adopt(sandbox.base_url, Application("x", "y"), sandbox.realm, sandbox.keys.refresh_token)
    assert "client secret" in caught.value.advice
