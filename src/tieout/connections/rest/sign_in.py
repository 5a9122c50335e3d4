"""Signing in: a person at a browser, a pasted address, or a sandbox that lets us in by itself.

Intuit sends the browser back to the redirect address with `code`, `state` and `realmId`; the realm arrives nowhere
else. The address is one on this machine, where we listen, or a public one, whose address line the person pastes:
Intuit takes no http and no IP address in production.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx2
import msgspec

from ...errors import RemoteProtocolError, SetupError, Unauthorized
from ...state.vault import Vault
from .http import explained, is_loopback, new_http
from .oauth import (
    Application,
    AuthorizationServer,
    Grant,
    InvalidGrant,
    identity_of,
    keep,
    secret_of,
    utc_now,
)

LOCAL_REDIRECT = "http://localhost:8926/callback"
"""Where we listen unless told otherwise; the application's keys page must name it too."""

PATIENCE = 600.0
"""Seconds a person has to sign in."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in brought: tokens for one company."""

    base_url: str
    realm: str
    application: Application
    grant: Grant

    def keep(self, vault: Vault) -> str:
        """Put the tokens in the vault; the identity they are kept under."""
        identity = identity_of(self.base_url, self.realm)
        keep(vault, identity, secret_of(self.application, self.grant, utc_now()))
        return identity


def sign_in(
    base_url: str,
    application: Application,
    *,
    open_browser: Callable[[str], object],
    redirect_uri: str = LOCAL_REDIRECT,
    paste: Callable[[], str] | None = None,
    patience: float = PATIENCE,
) -> SignIn:
    """Sign in at a browser. `paste` asks the person for the address that the browser ended at.

    Without `paste` we listen at the redirect address, which must be on this machine.
    """
    state = secrets.token_urlsafe(24)
    with new_http(base_url) as http:
        server = AuthorizationServer(base_url, http)
        url = server.authorize_url(application, redirect_uri, state)
        if paste is None:
            address = _listen(redirect_uri, state, patience, lambda: open_browser(url))
        else:
            open_browser(url)
            address = paste()
        code, realm = parse_redirect(address, state)
        return SignIn(server.base_url, realm, application, server.exchange(application, code, redirect_uri))


def adopt(base_url: str, application: Application, realm: str, refresh_token: str) -> SignIn:
    """Sign in with a refresh token that was got elsewhere; it is refreshed at once, so a wrong one shows now."""
    with new_http(base_url) as http:
        server = AuthorizationServer(base_url, http)
        try:
            grant = server.refresh(application, refresh_token)
        except InvalidGrant as error:
            raise Unauthorized(
                str(error), advice="Get a newer refresh token, or give none and sign in at a browser."
            ) from error
        return SignIn(server.base_url, realm, application, grant)


class _Company(msgspec.Struct):
    realm: str
    name: str = ""


class SandboxKeys(msgspec.Struct):
    """What a sandbox tells everyone."""

    client_id: str
    client_secret: str
    redirect_uri: str
    companies: list[_Company]


def sign_in_at_sandbox(url: str, *, company: str | None = None) -> SignIn:
    """Sign in at a sandbox through the whole round trip: it approves by itself, so no browser is needed."""
    state = secrets.token_urlsafe(24)
    with new_http(url) as http:
        keys = _sandbox_keys(http, url)
        application = Application(keys.client_id, keys.client_secret)
        server = AuthorizationServer(url, http)
        authorize = httpx2.URL(server.authorize_url(application, keys.redirect_uri, state))
        with explained(url):
            answer = http.get(authorize.copy_merge_params({"approve": _chosen(keys, company, url)}))
        code, realm = parse_redirect(answer.headers.get("location", ""), state)
        grant = server.exchange(application, code, keys.redirect_uri)
        return SignIn(server.base_url, realm, application, grant)


def _sandbox_keys(http: httpx2.Client, url: str) -> SandboxKeys:
    with explained(url):
        answer = http.get("/sandbox/keys", headers={"Accept": "application/json"})
    try:
        return msgspec.json.decode(answer.content, type=SandboxKeys)
    except msgspec.DecodeError as error:
        raise SetupError(
            f"{url} is no sandbox of tieout: /sandbox/keys answered HTTP {answer.status_code}.",
            advice="Start one with `tieout sandbox online` and give the address it prints.",
        ) from error


def _chosen(keys: SandboxKeys, company: str | None, url: str) -> str:
    realms = [each.realm for each in keys.companies]
    if company is None and realms:
        return realms[0]
    if company in realms:
        return company
    raise SetupError(f"The sandbox at {url} has no company {company}; it has {', '.join(realms) or 'none'}.")


def parse_redirect(url: str, state: str) -> tuple[str, str]:
    """The code and the realm in the address of a redirect that answers to our `state`."""
    found = {name: values[0] for name, values in parse_qs(urlsplit(url.strip()).query).items()}
    if not hmac.compare_digest(found.get("state", "").encode(), state.encode()):
        raise Unauthorized(
            "This address does not answer to the sign-in that was just begun: its `state` differs.",
            advice="Sign in once more and take the address from the very tab that was opened.",
        )
    if "error" in found:
        raise Unauthorized(
            f"The sign-in was refused: {found.get('error_description', found['error'])}.",
            advice="Sign in once more, choose the company and allow the application to connect.",
        )
    if "code" not in found or "realmId" not in found:
        raise RemoteProtocolError(
            "The redirect names no code or no company.",
            advice="Sign in once more; paste the whole address, beginning with http.",
        )
    return found["code"], found["realmId"]


def _listen(redirect_uri: str, state: str, patience: float, begin: Callable[[], object]) -> str:
    with _RedirectListener(redirect_uri, state) as listener:
        begin()
        return listener.wait(patience)


class _RedirectListener(HTTPServer):
    """Waits on this machine for the browser to come back. Whatever does not carry our `state` is turned away."""

    def __init__(self, redirect_uri: str, state: str) -> None:
        place = urlsplit(redirect_uri)
        if place.scheme != "http" or not is_loopback(redirect_uri):
            raise SetupError(
                f"Nobody can listen at {redirect_uri} here: it is not on this machine.",
                advice="Sign in without listening and paste the address that the browser ends at.",
            )
        self.path = place.path or "/"
        self.state = state
        self.address: str | None = None
        try:
            super().__init__(("127.0.0.1", place.port or 80), _Redirected)
        except OSError as error:
            raise SetupError(
                f"Cannot listen at {redirect_uri}: {error.strerror}.",
                advice="Stop what uses that port, or name another with `--redirect-uri`.",
            ) from error

    def wait(self, patience: float) -> str:
        """The address the browser was sent to."""
        deadline = time.monotonic() + patience
        while self.address is None:
            self.timeout = deadline - time.monotonic()
            if self.timeout <= 0:
                raise Unauthorized(
                    f"Nobody signed in within {patience:.0f} s.",
                    advice="Begin again with `tieout connect NAME`.",
                )
            self.handle_request()
        return self.address

    def __enter__(self) -> Self:
        return self


class _Redirected(BaseHTTPRequestHandler):
    server: _RedirectListener
    timeout = 10

    def do_GET(self) -> None:
        if urlsplit(self.path).path != self.server.path:
            self._say(404, "Nothing here.")
        elif not self._carries_state():
            self._say(400, "This page does not answer to the sign-in that was begun.")
        else:
            self.server.address = self.path
            self._say(200, "You can close this window and go back to tieout.")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name in the base class
        """Keep still: the address carries a code."""

    def _carries_state(self) -> bool:
        told = parse_qs(urlsplit(self.path).query).get("state", [""])[0]
        return hmac.compare_digest(told.encode(), self.server.state.encode())

    def _say(self, status: int, text: str) -> None:
        body = f"<!doctype html><title>tieout</title><p>{text}</p>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
