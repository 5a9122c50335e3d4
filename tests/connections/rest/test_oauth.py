"""Tokens: fresh when needed, refreshed by one at a time, never lost, and asked of a person when they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import httpx2
import pytest

from tieout.connections.rest.oauth import (
    INTUIT,
    PRODUCTION_URL,
    AuthorizationServer,
    Grant,
    Tokens,
    identity_of,
    keep,
    secret_of,
)
from tieout.errors import RemoteProtocolError, Unauthorized, Unreachable

from .conftest import APPLICATION, BASE, IDENTITY

DISCOVERY = {
    "authorization_endpoint": f"{BASE}/authorize?prompt=select",
    "token_endpoint": f"{BASE}/token",
    "revocation_endpoint": f"{BASE}/revoke",
}


class Intuit:
    """Rotates the refresh token at each refresh, and takes the ones in `valid`."""

    def __init__(self, *valid: str) -> None:
        self.valid = set(valid)
        self.refreshed: list[str] = []
        self.revoked: list[str] = []
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        match request.url.path:
            case "/token":
                return self._token(form)
            case "/revoke":
                self.revoked.append(form["token"])
                return httpx2.Response(200)
        return httpx2.Response(200, content=b"\xef\xbb\xbf" + httpx2.Response(200, json=DISCOVERY).content)

    def _token(self, form: dict[str, str]) -> httpx2.Response:
        if form["grant_type"] == "authorization_code":
            return self._granted("first")
        self.refreshed.append(form["refresh_token"])
        if form["refresh_token"] not in self.valid:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        self.valid = {f"refresh-{len(self.refreshed) + 1}"}
        return self._granted(f"access-{len(self.refreshed)}")

    def _granted(self, access: str) -> httpx2.Response:
        return httpx2.Response(
            200,
            json={
                "token_type": "bearer",
                "access_token": access,
                "refresh_token": next(iter(self.valid), "refresh-1"),
                "expires_in": 3600,
                "x_refresh_token_expires_in": 8_726_400,
                "x_refresh_token_hard_expires_in": 157_680_000,
            },
        )


def test_a_fresh_token_is_used_without_asking_anyone(tokens_from):
    intuit = Intuit("refresh-1")
    assert tokens_from(intuit).access() == "first"
    assert intuit.requests == []


def test_a_token_near_its_end_is_refreshed_and_stored_before_it_is_used(tokens_from, calendar, signed_in):
    intuit = Intuit("refresh-1")
    calendar.move(minutes=59)
    assert tokens_from(intuit).access() == "access-1"
    kept = signed_in.read(IDENTITY)
    assert kept["refresh_token"] == "refresh-2"
    assert kept["previous_refresh_token"] == "refresh-1"
    assert kept["refresh_until"].startswith("2027-03-03")
    assert kept["hard_until"].startswith("2031-11-21")
    assert kept["signed_in_at"] < kept["refreshed_at"]


def test_the_application_proves_itself_and_asks_for_the_hard_end(tokens_from, calendar):
    intuit = Intuit("refresh-1")
    calendar.move(hours=2)
    tokens_from(intuit).access()
    sent = intuit.requests[-1]
    assert sent.headers["authorization"] == httpx2.BasicAuth("the-client", "s3cret")._auth_header
    assert sent.headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert b"s3cret" not in sent.content


def test_what_somebody_else_refreshed_is_taken_over(tokens_from, calendar, signed_in):
    intuit = Intuit("refresh-1")
    ours, theirs = tokens_from(intuit), tokens_from(intuit)
    assert (ours.access(), theirs.access()) == ("first", "first")
    calendar.move(hours=2)
    assert theirs.access() == "access-1"
    assert ours.access() == "access-1"
    assert ours.renewed("first") == ("access-1", False)
    assert intuit.refreshed == ["refresh-1"]


def test_many_threads_refresh_once(tokens_from, calendar):
    intuit = Intuit("refresh-1")
    tokens = tokens_from(intuit)
    calendar.move(hours=2)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: tokens.access(), range(8))) == {"access-1"}
    assert intuit.refreshed == ["refresh-1"]


def test_a_token_that_was_refused_is_replaced_even_if_it_looks_fresh(tokens_from):
    intuit = Intuit("refresh-1")
    tokens = tokens_from(intuit)
    assert tokens.renewed(tokens.access()) == ("access-1", True)
    assert tokens.renewed("first") == ("access-1", False)


def test_the_refresh_token_before_is_tried_once(tokens_from, calendar, signed_in):
    """Somebody lost the answer of the last refresh: what they stored is not what Intuit expects."""
    secret = signed_in.read(IDENTITY)
    signed_in.write(IDENTITY, {**secret, "refresh_token": "lost", "previous_refresh_token": "refresh-1"})
    calendar.move(hours=2)
    intuit = Intuit("refresh-1")
    assert tokens_from(intuit).access() == "access-2"
    assert intuit.refreshed == ["lost", "refresh-1"]


def test_a_dead_sign_in_says_what_to_run_and_keeps_what_it_has(tokens_from, calendar, signed_in):
    calendar.move(hours=2)
    before = signed_in.read(IDENTITY)
    with pytest.raises(Unauthorized, match="not valid any more") as caught:
        tokens_from(Intuit()).access()
    assert caught.value.advice == "Sign in again with `tieout connect books`."
    assert signed_in.read(IDENTITY) == before


def test_a_wrong_client_secret_is_not_taken_for_a_dead_sign_in(tokens_from, calendar):
    calendar.move(hours=2)

    def intuit(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/token":
            return httpx2.Response(401, json={"error": "invalid_client"})
        return httpx2.Response(200, json=DISCOVERY)

    with pytest.raises(Unauthorized, match="invalid_client") as caught:
        tokens_from(intuit).access()
    assert "client secret" in caught.value.advice


def test_a_server_that_is_down_loses_nothing(tokens_from, calendar, signed_in):
    calendar.move(hours=2)
    before = signed_in.read(IDENTITY)

    def intuit(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/token":
            return httpx2.Response(503)
        return httpx2.Response(200, json=DISCOVERY)

    with pytest.raises(Unreachable):
        tokens_from(intuit).access()
    assert signed_in.read(IDENTITY) == before


def test_tokens_that_are_none_are_told(tokens_from, calendar):
    calendar.move(hours=2)

    def intuit(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json=DISCOVERY if "well-known" in request.url.path else {"hello": "you"})

    with pytest.raises(RemoteProtocolError, match="sent no tokens"):
        tokens_from(intuit).access()


def test_nobody_signed_in_names_the_companies_that_are(signed_in, http_to):
    stranger = Tokens(
        signed_in, identity_of(BASE, "999"), AuthorizationServer(BASE, http_to(Intuit())), name="books"
    )
    with pytest.raises(
        Unauthorized, match=r"Nobody has signed in to the company 999 at .*sign-ins for 4620816365"
    ):
        stranger.access()


def test_a_sign_in_is_kept_sealed(vault, calendar):
    keep(vault, IDENTITY, secret_of(APPLICATION, Grant("the-access-token", "the-refresh-token"), calendar()))
    assert vault.read(IDENTITY)["refresh_token"] == "the-refresh-token"
    assert b"the-refresh-token" not in vault.path.read_bytes()


def test_signing_out_revokes_and_forgets(tokens_from, signed_in):
    intuit = Intuit("refresh-1")
    tokens_from(intuit).revoke()
    assert intuit.revoked == ["refresh-1"]
    assert signed_in.read(IDENTITY) is None


def test_a_sign_in_that_is_revoked_already_is_forgotten_too(http_to, signed_in, calendar):
    def gone(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/revoke":
            return httpx2.Response(400, json={"error": "invalid_request"})
        return httpx2.Response(200, json=DISCOVERY)

    server = AuthorizationServer(BASE, http_to(gone))
    Tokens(signed_in, IDENTITY, server, clock=calendar).revoke()
    assert signed_in.read(IDENTITY) is None


def test_the_address_to_sign_in_at(http_to):
    server = AuthorizationServer(BASE, http_to(Intuit()))
    url = httpx2.URL(server.authorize_url(APPLICATION, "http://localhost:1/callback", "s t&te"))
    assert str(url).startswith(f"{BASE}/authorize?")
    assert dict(url.params) == {
        "prompt": "select",
        "client_id": "the-client",
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": "http://localhost:1/callback",
        "state": "s t&te",
    }


def test_intuits_addresses_are_known_when_it_does_not_tell_them(http_to):
    def nowhere(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no network")

    assert AuthorizationServer(PRODUCTION_URL, http_to(nowhere)).endpoints == INTUIT
    with pytest.raises(Unreachable, match="no network"):
        _ = AuthorizationServer(BASE, http_to(nowhere)).endpoints


def test_an_address_that_serves_something_else_is_told(http_to):
    with pytest.raises(RemoteProtocolError, match="no OpenID configuration") as caught:
        _ = AuthorizationServer(BASE, http_to(lambda _: httpx2.Response(404, text="nope"))).endpoints
    assert "base_url" in caught.value.advice


def test_no_secret_shows_in_a_repr():
    shown = f"{APPLICATION!r} {Grant('the-access-token', 'the-refresh-token')!r}"
    assert "s3cret" not in shown
    assert "token'" not in shown
