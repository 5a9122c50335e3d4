"""The sandbox's time, which a test can move: tokens expire, days pass, nobody waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Tells the time, with a zone."""


def system_clock() -> datetime:
    return datetime.now(UTC)


class MovableClock:
    """Another clock, plus what it was moved by."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self._clock = clock
        self._moved = timedelta()

    def __call__(self) -> datetime:
        return self._clock() + self._moved

    def advance(self, seconds: float) -> None:
        """Move the time on; back with a negative number."""
        self._moved += timedelta(seconds=seconds)
