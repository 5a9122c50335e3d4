"""QuickBooks' limits, kept on our side: so many requests in any so many seconds, and so many under way.

The windows slide, as QuickBooks' own do: a fixed window lets twice its number through around its edge.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore, Event, Lock

from ...errors import RunStopped

AT_ONCE = 10

PLAY = 0.2
"""Seconds by which one request may overtake another on its way."""
PLAY_OF_A_MINUTE = 0.5
"""The same where a mistake costs a minute's wait, and the play next to nothing."""


class SlidingWindow:
    """At most `count` starts within any `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self._starts: deque[float] = deque(maxlen=count)
        self._seconds = seconds

    def free_at(self) -> float:
        """When the next start fits."""
        full = len(self._starts) == self._starts.maxlen
        return self._starts[0] + self._seconds if full else float("-inf")

    def note(self, start: float) -> None:
        self._starts.append(start)


class Limiter:
    """Gives requests their turn. One limiter serves all threads that talk to one company."""

    def __init__(
        self,
        every: Sequence[SlidingWindow] = (),
        batches: Sequence[SlidingWindow] = (),
        *,
        at_once: int = AT_ONCE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._every = tuple(every)
        self._batches = tuple(batches)
        self.at_once = at_once
        self._under_way = BoundedSemaphore(at_once)
        self._order = Lock()
        self._resting_until = float("-inf")
        self._stopped = Event()
        self._clock = clock
        self._sleep = sleep or self._stopped.wait

    @contextmanager
    def turn(self, *, batch: bool = False) -> Iterator[None]:
        """One request's time under way; waits until it may start."""
        windows = self._every + self._batches if batch else self._every
        with self._under_way:
            self._start(windows)
            yield

    def rest(self, seconds: float) -> None:
        """Let nothing start for so long: QuickBooks asked us to wait."""
        self._resting_until = max(self._resting_until, self._clock() + seconds)

    def pause(self, seconds: float) -> None:
        """Sleep, unless stopped."""
        if not self._stopped.is_set():
            self._sleep(seconds)
        if self._stopped.is_set():
            raise RunStopped("The connection was closed while a request waited for its turn.", advice="")

    def stop(self) -> None:
        """Wake all who wait; none of them starts."""
        self._stopped.set()

    def _start(self, windows: Sequence[SlidingWindow]) -> None:
        # Who waits keeps the others waiting: only a start noted when it really happens makes the windows exact.
        with self._order:
            while (wait := self._wait(windows)) > 0:
                self.pause(wait)
            now = self._clock()
            for window in windows:
                window.note(now)

    def _wait(self, windows: Sequence[SlidingWindow]) -> float:
        earliest = max((window.free_at() for window in windows), default=self._resting_until)
        return max(earliest, self._resting_until) - self._clock()


def quickbooks_limiter(
    *,
    at_once: int = AT_ONCE,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] | None = None,
) -> Limiter:
    """The limits of one company and one application (limits and throttles, since August 2025).

    QuickBooks counts when a request arrives, we when it leaves: some play keeps its windows too.
    """
    return Limiter(
        every=(SlidingWindow(500, 60 + PLAY_OF_A_MINUTE), SlidingWindow(10, 1 + PLAY)),
        batches=(SlidingWindow(40, 60 + PLAY_OF_A_MINUTE),),
        at_once=at_once,
        clock=clock,
        sleep=sleep,
    )
