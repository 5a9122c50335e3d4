"""The sandbox's time, which a test can move: tokens expire, days pass, nobody waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ..errors import SetupError

_FIRST_YEAR, _LAST_YEAR = 1970, 2999

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
        try:
            moved = self._moved + timedelta(seconds=seconds)
            believable = _FIRST_YEAR <= (self._clock() + moved).year <= _LAST_YEAR
        except (OverflowError, ValueError):
            believable = False
        if not believable:
            raise SetupError(
                f"The clock moves between the years {_FIRST_YEAR} and {_LAST_YEAR}, not by {seconds} s."
            )
        self._moved = moved
