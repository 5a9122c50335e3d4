"""A watchdog over one call at a time: it bites when the call takes longer than it may.

Its one thread sleeps through calls that end in time; starting a thread for each would let whatever else the process does come
before the call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Watch:
    """One call that is watched."""

    due: float
    """When it must have ended, in seconds of the monotonic clock."""
    has_bitten: bool = False


class Watchdog:
    """Calls `bite` once for each call that is late."""

    def __init__(self, bite: Callable[[], object]) -> None:
        self._bite = bite
        self._watched: Watch | None = None
        self._wakes = float("inf")
        """When the thread looks next, unless it is woken."""
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    @contextmanager
    def over(self, seconds: float) -> Iterator[Watch]:
        """Watch the block."""
        watch = Watch(time.monotonic() + seconds)
        with self._changed:
            self._watched = watch
            if self._thread is None:
                self._thread = threading.Thread(target=self._sleep_and_look, name="watchdog", daemon=True)
                self._thread.start()
            elif watch.due < self._wakes:
                self._changed.notify()
        try:
            yield watch
        finally:
            with self._changed:
                self._watched = None

    def leave(self) -> None:
        """Nothing is watched any more."""
        with self._changed:
            self._thread = None
            self._changed.notify()

    def _sleep_and_look(self) -> None:
        with self._changed:
            while self._thread is threading.current_thread():
                watch, now = self._watched, time.monotonic()
                if watch is not None and watch.due <= now:
                    self._watched, watch.has_bitten = None, True
                    self._bite()
                self._wakes = self._watched.due if self._watched else float("inf")
                self._changed.wait(None if self._watched is None else self._watched.due - now)
