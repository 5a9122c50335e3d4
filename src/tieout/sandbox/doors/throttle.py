"""How many calls a company takes (limits and throttles, August 2025): sliding windows on the sandbox's clock.

Intuit does not say whether refused calls count; here they do not, so a client that waits a minute is always let in.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

CALLS_A_MINUTE = 500
"""Of a company, whoever calls."""
CALLS_A_SECOND = 10
"""Of an application to a company; in Intuit's sandbox too since September 2025."""
BATCHES_A_MINUTE = 40
"""Of an application to a company."""
BATCHES_A_MINUTE_OF_ALL = 120
"""Of a company, whoever calls."""
AT_ONCE = 10
"""Of an application to a company; a rule of 2016 that some still meet."""

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls which company."""

    realm: str
    client_id: str


class Window:
    """At most so many calls of each caller in any span of this length."""

    def __init__(self, most: int, span: timedelta) -> None:
        self._most = most
        self._span = span
        self._calls: defaultdict[Hashable, deque[datetime]] = defaultdict(deque)

    def has_room(self, caller: Hashable, now: datetime) -> bool:
        calls = self._calls[caller]
        while calls and not now - self._span < calls[0] <= now:  # a clock that was moved back empties it too
            calls.popleft()
        return len(calls) < self._most

    def enter(self, caller: Hashable, now: datetime) -> None:
        self._calls[caller].append(now)


class Throttle:
    """All limits together; off until somebody switches it on."""

    def __init__(self, on: bool = False) -> None:
        self.on = on
        self.status = 429
        """What a refused call gets: 429, or 403 as in reports of 2016."""
        self.at_once = False
        """Whether calls that run at the same time are limited as well."""
        self._of_company = Window(CALLS_A_MINUTE, MINUTE)
        self._of_application = Window(CALLS_A_SECOND, SECOND)
        self._batches_of_company = Window(BATCHES_A_MINUTE_OF_ALL, MINUTE)
        self._batches_of_application = Window(BATCHES_A_MINUTE, MINUTE)
        self._running: Counter[Caller] = Counter()

    @contextmanager
    def passing(self, caller: Caller, *, batch: bool, now: datetime) -> Iterator[bool]:
        """Whether a call may pass; it counts as running until the block ends."""
        passes = not self.on or self._enter(caller, batch, now)
        self._running[caller] += passes
        try:
            yield passes
        finally:
            self._running[caller] -= passes

    def _enter(self, caller: Caller, batch: bool, now: datetime) -> bool:
        if self.at_once and self._running[caller] >= AT_ONCE:
            return False
        asked = [(self._of_company, caller.realm), (self._of_application, caller)]
        if batch:
            asked += [(self._batches_of_company, caller.realm), (self._batches_of_application, caller)]
        if not all(window.has_room(key, now) for window, key in asked):
            return False
        for window, key in asked:
            window.enter(key, now)
        return True
