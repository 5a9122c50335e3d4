"""What a test may do to the sandbox: plan faults, move the clock, end tokens, count calls."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .clock import MovableClock
from .faults import FaultPlan
from .tokens import TokenBook

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

    def __init__(self, plan: FaultPlan, clock: MovableClock, tokens: TokenBook) -> None:
        self._plan = plan
        self._clock = clock
        self._tokens = tokens
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

    @property
    def requests(self) -> list[LoggedCall]:
        """The last calls, oldest first."""
        return list(self._requests)

    def forget_requests(self) -> None:
        self._requests.clear()

    def arrived(self, call: LoggedCall) -> None:
        self._requests.append(call)


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
