"""What a test may do to the sandbox: plan faults, move the clock, end tokens, count calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...errors import SetupError
from ..clock import MovableClock
from .faults import FaultPlan
from .metering import INCLUDED, CorePlus
from .replay import Replay
from .settings import Limits, read_settings
from .throttle import Throttle
from .tokens import Application, Applications, TokenBook
from .webhooks import Webhooks

REMEMBERED = 10_000
"""Calls that are kept for who counts them."""

PREFIX = "/sandbox/"
"""Where the sandbox's own addresses begin; calls to them do not count."""


@dataclass(slots=True)
class LoggedCall:
    """A call as it arrived, and the status of its answer: 0 until there is one, and for ever when there was none."""

    method: str
    path: str
    params: str
    status: int = 0


class Control:
    """The levers."""

    def __init__(
        self,
        plan: FaultPlan,
        clock: MovableClock,
        tokens: TokenBook,
        applications: Applications,
        throttle: Throttle,
        core_plus: CorePlus,
        webhooks: Webhooks,
        replays: Iterable[Replay],
    ) -> None:
        self.webhooks = webhooks
        self._replays = tuple(replays)
        self.throttle = throttle
        self.core_plus = core_plus
        self._plan = plan
        self._clock = clock
        self._tokens = tokens
        self._applications = applications
        self._requests: deque[LoggedCall] = deque(maxlen=REMEMBERED)

    def add_faults(self, entries: object) -> None:
        """Plan faults, a list of entries as the faults file holds it."""
        self._plan.add(entries)

    def clear_faults(self) -> None:
        self._plan.clear()

    def advance_clock(self, seconds: float) -> None:
        self._clock.advance(seconds)

    def expire_tokens(self) -> None:
        """Every access token is refused from now on; refresh tokens stay good."""
        self._tokens.expire_access()

    def revoke_tokens(self) -> None:
        """Every sign-in is over, as if the person had disconnected the application."""
        self._tokens.revoke_all()

    def rotate_always(self, on: bool = True) -> None:
        """Whether a refresh token changes at every refresh, not once a day."""
        self._tokens.rotate_always = on

    def remember_requests(self, on: bool = True) -> None:
        """Whether a repeated `requestid` gets the first answer; how long QuickBooks remembers is not published."""
        for replay in self._replays:
            replay.remembers = on

    def register(self) -> Application:
        """Another application, to sign in as: limits and meters are each application's own."""
        return self._applications.register()

    @property
    def limits(self) -> dict[str, Any]:
        """What limits calls, and what was used of it this month."""
        meter = self.core_plus
        return {
            "throttle": self.throttle.on,
            "status": self.throttle.status,
            "at_once": self.throttle.at_once,
            "core_plus": {
                "month": meter.month(),
                "included": INCLUDED,
                "each_query": meter.each_query,
                "used": {client_id: meter.used(client_id) for client_id in self._applications},
            },
        }

    def limit(self, settings: object) -> None:
        """Change the limits, or the reading of the meter: `{"throttle": True}`."""
        wanted = read_settings(settings, Limits, '{"throttle": true}')
        if wanted.used is not None:
            self.core_plus.set(self._named(wanted.client_id), wanted.used)
        for lever, names in ((self.throttle, ("at_once", "status")), (self.core_plus, ("each_query",))):
            for name in names:
                _set(lever, name, getattr(wanted, name))
        _set(self.throttle, "on", wanted.throttle)

    def _named(self, client_id: str | None) -> str:
        if client_id is not None and client_id not in self._applications:
            raise SetupError(f"The sandbox knows no application {client_id}.")
        return client_id or next(iter(self._applications))

    @property
    def requests(self) -> list[LoggedCall]:
        """The last calls, oldest first."""
        return list(self._requests)

    def forget_requests(self) -> None:
        self._requests.clear()

    def arrived(self, call: LoggedCall) -> None:
        self._requests.append(call)


def _set(lever: object, name: str, value: object) -> None:
    if value is not None:
        setattr(lever, name, value)


class CallLog:
    """Stands between the server and the doors, and notes what is asked and how it ends."""

    def __init__(self, app: ASGIApp, control: Control) -> None:
        self._app = app
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        call = LoggedCall(scope["method"], scope["path"], scope["query_string"].decode("latin-1"))
        self._control.arrived(call)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
            await send(message)

        await self._app(scope, receive, noting)
