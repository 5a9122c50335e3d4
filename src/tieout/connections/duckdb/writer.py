"""A thread that writes batches while the caller fetches the next ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Queue
from threading import Thread
from typing import Generic, TypeVar

Batch = TypeVar("Batch")


class BackgroundWriter(Generic[Batch]):
    """Calls `write` on its own thread with the batches that wait, in order.

    After an error nothing more is written, ever: a later batch may carry a cursor that counts on an earlier one.
    The error is raised at the caller's next step.
    """

    def __init__(self, write: Callable[[Iterator[Batch]], None], *, name: str) -> None:
        self._write = write
        self._queue: Queue[Batch | None] = Queue(maxsize=2)
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def put(self, batch: Batch) -> None:
        """Hand over a batch; waits while two are waiting already."""
        self._raise()
        if not self._thread.is_alive():
            self._thread.start()
        self._queue.put(batch)

    def wait(self) -> None:
        """Return when everything handed over is written."""
        self._queue.join()
        self._raise()

    def stop(self, *, finish: bool) -> None:
        """End the thread; unless `finish`, batches that still wait are dropped, as if the process had died."""
        if self._thread.is_alive():
            if not finish:
                self._error = self._error or InterruptedError("stopped before the end")
            self._queue.put(None)
            self._thread.join()
        if finish:
            self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            if self._error is not None:
                self._queue.task_done()
                continue
            try:
                self._write(self._back_to_back(batch))
            except BaseException as error:
                self._error = error
                with suppress(ValueError):  # the batch may have been done already, and only letting go failed
                    self._queue.task_done()
        self._queue.task_done()

    def _back_to_back(self, batch: Batch) -> Iterator[Batch]:
        """This batch and those that wait already."""
        yield batch
        self._queue.task_done()
        while not self._queue.empty() and self._queue.queue[0] is not None:
            following = self._queue.get()
            assert following is not None
            yield following
            self._queue.task_done()
