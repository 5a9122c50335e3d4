"""A client of a server that the test writes as a function: request in, response out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest

from tieout.connections.rest import OnlineConnection, open_online, sign_in_at_sandbox
from tieout.connections.rest.http import RestClient
from tieout.connections.rest.limits import Limiter
from tieout.connections.rest.oauth import (
    Application,
    AuthorizationServer,
    Grant,
    Tokens,
    identity_of,
    secret_of,
)
from tieout.sandbox.server import Sandbox
from tieout.state.database import open_state
from tieout.state.meter import Meter
from tieout.state.vault import Vault

from .clocks import Calendar, Clock

BASE = "https://books.example"
REALM = "4620816365"
IDENTITY = identity_of(BASE, REALM)
APPLICATION = Application("the-client", "s3cret")

Answer = Callable[[httpx2.Request], httpx2.Response]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def vault(tmp_path) -> Vault:
    return Vault(tmp_path / "vault.db", b"k" * 32)


@pytest.fixture
def signed_in(vault, calendar) -> Vault:
    """A vault with the tokens `first` and `refresh-1`."""
    vault.write(IDENTITY, secret_of(APPLICATION, Grant("first", "refresh-1"), calendar()))
    return vault


@pytest.fixture
def http_to() -> Iterator[Callable[[Answer], httpx2.Client]]:
    """Makes clients of a server that is a function."""
    clients: list[httpx2.Client] = []

    def make(answer: Answer) -> httpx2.Client:
        clients.append(httpx2.Client(base_url=BASE, transport=httpx2.MockTransport(answer)))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def tokens_from(signed_in, calendar, http_to) -> Callable[[Answer], Tokens]:
    """Makes tokens kept fresh by a server that is a function."""

    def make(answer: Answer) -> Tokens:
        server = AuthorizationServer(BASE, http_to(answer))
        return Tokens(signed_in, IDENTITY, server, name="books", clock=calendar)

    return make


@pytest.fixture
def client_of(http_to, tokens_from, clock) -> Callable[..., RestClient]:
    """Makes clients of an API that is a function; another one answers for tokens."""

    def make(answer: Answer, oauth: Answer = lambda _: httpx2.Response(500), **settings) -> RestClient:
        limiter = Limiter(clock=clock, sleep=clock.sleep)
        return RestClient(
            http_to(answer), tokens_from(oauth), limiter, name="books", jitter=lambda: 1.0, **settings
        )

    return make


@pytest.fixture
def connect(tmp_path, vault) -> Iterator[Callable[..., OnlineConnection]]:
    """Signs in at a sandbox and opens its company; nothing waits."""
    with ExitStack() as stack:
        meter = Meter(stack.enter_context(open_state(tmp_path)))

        def open_one(sandbox: Sandbox, **settings) -> OnlineConnection:
            signed_in = sign_in_at_sandbox(sandbox.base_url)
            signed_in.keep(vault)
            defaults = {"company": signed_in.realm, "limits": False, "sleep": lambda _: None}
            return stack.enter_context(
                open_online(
                    "books", base_url=sandbox.base_url, vault=vault, meter=meter, **{**defaults, **settings}
                )
            )

        yield open_one
