"""QuickBooks Online on this machine: `with running_sandbox() as sandbox:`, and whatever speaks HTTP can sign in.

The server runs in a thread of its own on a free port of the loopback address, so that the wire is real. It is one
thread: calls are answered one after the other, as fast as one core goes.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..errors import SetupError
from .clock import Clock, MovableClock, system_clock
from .companies import copy_of, open_company
from .companies.opened_late import OpenedLate
from .company.company import Company
from .doors.conduct import Conduct
from .doors.control import CallLog, Control
from .doors.control_door import ControlDoor
from .doors.delivery import close
from .doors.faults import FaultPlan
from .doors.file_door import FileDoor
from .doors.gateway import Gateway
from .doors.metering import CorePlus
from .doors.oauth_door import CALLBACK, OAuthDoor
from .doors.replay import Replay
from .doors.rest_door import RestDoor, nowhere
from .doors.throttle import Throttle
from .doors.tokens import Applications, TokenBook
from .doors.webhooks import Webhooks

LOOPBACK = "127.0.0.1"
ACCOUNTING = frozenset({"com.intuit.quickbooks.accounting"})

_KEEP_ALIVE = 120
"""Seconds that an idle connection stays open; longer than clients are idle, or they would meet it closing."""
_GRACE = 1
"""Seconds that calls may take to finish once the sandbox stops."""
_WAIT = 0.5
"""Seconds between looks at the keyboard; Windows does not interrupt a wait without an end."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What an application needs, already signed in to the first company."""

    client_id: str
    client_secret: str
    redirect_uri: str
    access_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox."""

    base_url: str
    companies: Mapping[str, Company]
    """By realm."""
    keys: Keys
    control: Control
    _tokens: TokenBook
    _server: _Server
    _thread: threading.Thread

    @property
    def realm(self) -> str:
        """The company id of the first company."""
        return next(iter(self.companies))

    @property
    def company(self) -> Company:
        """The first company, alive: what is changed here is changed for every client."""
        return self.companies[self.realm]

    def sign_in(self, realm: str) -> Keys:
        """What an application needs for one of the companies, signed in to it just now."""
        issued = self._tokens.grant(realm, ACCOUNTING, self.keys.client_id)
        return replace(self.keys, access_token=issued.access_token, refresh_token=issued.refresh_token)

    def serve_forever(self) -> None:
        """Stay until the process, which is the sandbox's alone, is interrupted."""
        # Records stay and refer to nothing in circles: walking through all of them to find garbage would take a fifth
        # of the time of writing. What is young is still looked at.
        gc.freeze()
        gc.set_threshold(10_000, 10, 1_000)
        while self._thread.is_alive():
            time.sleep(_WAIT)  # an interrupted join would take the thread for ended (bpo-45274)


@contextmanager
def running_sandbox(
    company: str | Sequence[str] = "small-shop",
    port: int = 0,
    *,
    invoices: int | None = None,
    seed: int = 1,
    clock: Clock = system_clock,
    faults: Sequence[object] = (),
    host: str = LOOPBACK,
    compress: bool = True,
    throttle: bool = False,
    webhooks: Sequence[object] = (),
    webhooks_anywhere: bool = False,
    country: str = "US",
    copies: int = 0,
) -> Iterator[Sandbox]:
    """A sandbox with one company or several, which stops at the end of the block.

    `faults` are entries as the faults file holds them. Clients that ask for gzip get it, unless `compress` is off.
    `throttle` limits calls as Intuit does; without it a test runs as fast as it can.
    `webhooks` are subscriptions, `{"url": …}`; without `webhooks_anywhere` their addresses are on this machine.
    `country` decides currency, tax codes and reports; not every company is in every country.
    `copies` are so many companies more like the first, each with a realm of its own, opened when it is first asked for.
    """
    moving = MovableClock(clock)
    plan = FaultPlan(faults)
    kinds = [company] if isinstance(company, str) else company
    opening = partial(open_company, invoices=invoices, seed=seed, clock=moving, country=country)
    companies = _open_companies(kinds, copies, opening)
    with _listen(host, port) as listener:
        sandbox = _build(companies, listener, plan, moving, compress, webhooks_anywhere)
        sandbox.control.limit({"throttle": throttle})
        sandbox._thread.start()
        try:
            sandbox._server.ready.wait()
            for subscription in webhooks:
                sandbox.control.webhooks.subscribe(subscription)
            yield sandbox
        finally:
            sandbox.control.webhooks.stop()
            sandbox._server.stop()
            sandbox._thread.join()


def _open_companies(kinds: Sequence[str], copies: int, opening: Callable[..., Company]) -> OpenedLate:
    if len(set(kinds)) < len(kinds) or not kinds:
        raise SetupError("A sandbox has one company or several different ones.")
    opened = {company.realm: company for company in map(opening, kinds)}
    later = dict(copy_of(kinds[0], number) for number in range(1, copies + 1))
    return OpenedLate(opened, later, lambda realm, name: opening(kinds[0], realm=realm, name=name))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only a socket that names TCP gets TCP_NODELAY from asyncio; without it every small answer takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two sandboxes share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise SetupError(
            f"The sandbox cannot listen on {host} port {port}: {error.strerror or error}.",
            advice="Choose another port, or 0 for any that is free.",
        ) from error
    return listener


def _build(
    companies: OpenedLate,
    listener: socket.socket,
    plan: FaultPlan,
    clock: MovableClock,
    compress: bool,
    webhooks_anywhere: bool,
) -> Sandbox:
    base_url = _base_url(listener)
    applications = Applications()
    application = applications.register()
    tokens = TokenBook(clock)
    webhooks = Webhooks(clock, tokens.is_connected, anywhere=webhooks_anywhere)
    companies.tell(lambda company: company.books.changes.listen(webhooks.listener(company.realm)))
    replays = {realm: Replay() for realm in companies}
    control = Control(
        plan, clock, tokens, applications, Throttle(), CorePlus(clock), webhooks, replays.values()
    )
    server = _Server()
    conduct = Conduct(plan, server.hang_up, clock)
    gateway = Gateway(tokens, companies.keys(), control.throttle, control.core_plus)
    routes = [
        *RestDoor(companies, gateway, conduct, clock, replays).routes(),
        *OAuthDoor(applications, tokens, companies.names, conduct, clock).routes(),
        *FileDoor(companies, clock).routes(),
        *ControlDoor(control, application, companies.names).routes(),
    ]
    doors = Starlette(routes=routes, exception_handlers={404: nowhere, 405: nowhere})
    doors.router.redirect_slashes = False  # an address that is not there is not there
    server.config.app = CallLog(GZipMiddleware(doors, 1024, 1) if compress else doors, control)
    issued = tokens.grant(next(iter(companies)), ACCOUNTING, application.client_id)
    return Sandbox(
        base_url=base_url,
        companies=companies,
        keys=Keys(
            client_id=application.client_id,
            client_secret=application.client_secret,
            redirect_uri=base_url + CALLBACK,
            access_token=issued.access_token,
            refresh_token=issued.refresh_token,
        ),
        control=control,
        _tokens=tokens,
        _server=server,
        _thread=threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True),
    )


def _base_url(listener: socket.socket) -> str:
    """Where clients on this machine find the listener."""
    host, port = listener.getsockname()[:2]
    reachable = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


class _Server(uvicorn.Server):
    """Tells when it is ready, and can break a connection on purpose. Its application is set before it runs."""

    def __init__(self) -> None:
        config = uvicorn.Config(
            "",
            http=H11Protocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_GRACE,
        )
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self.ready.set()

    async def main_loop(self) -> None:
        """Tick once a second, as uvicorn keeps its Date header, and end at once when told to."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1)

    def stop(self) -> None:
        """End from another thread."""
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._stopping.set)

    def hang_up(self, scope: Scope, abruptly: bool) -> None:
        """Close the connection that a request came on; abruptly with a TCP reset and without what is unsent."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, H11Protocol) and connection.client == scope["client"]:
                close(connection.transport, abruptly)
