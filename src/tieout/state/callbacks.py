"""Sign-ins under way: one process sent a browser away, another is where it comes back to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from .database import State
from .times import utc_now, written_time

PATIENCE = timedelta(minutes=10)
"""How long a person has to sign in."""


class Callbacks:
    """Each is known by the `state` that went with it, which nobody else can guess."""

    def __init__(self, state: State, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._state = state
        self._clock = clock

    def expect(self, secret: str) -> None:
        """A browser is being sent to sign in."""
        now = self._clock()
        self._state.rows("forget_callbacks", before=written_time(now - PATIENCE))
        self._state.rows("expect_callback", secret=_digest(secret), at=written_time(now))

    def receive(self, secret: str, address: str) -> bool:
        """A browser came back to this address; False where none was sent, or it did before."""
        since = written_time(self._clock() - PATIENCE)
        return bool(
            self._state.rows("receive_callback", secret=_digest(secret), address=address, since=since)
        )

    def take(self, secret: str) -> str:
        """The address that it came back to, once; empty until it has."""
        return str(self._state.value("take_callback", secret=_digest(secret)) or "")


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
