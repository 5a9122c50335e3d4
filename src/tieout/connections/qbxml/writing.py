"""Writing many changes: message sets of fifty, one under way while the next is made ready, and each change in its place.

QuickBooks does the requests of a message set one after the other, so a customer may stand before its invoice in one. What must
be read after an earlier change is never made ready before that one's message set is answered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from ...operations import Change, Outcome
from .delivering import Delivery
from .prepared import Prepared

REQUESTS_PER_SET = 50


def write_all(delivery: Delivery, changes: Iterable[Change], per_set: int) -> Iterator[Outcome]:
    """Write changes; an outcome for each, as they become known. What is refused or unknown does not stop the others."""
    with ThreadPoolExecutor(1, thread_name_prefix="qbxml") as pool:
        yield from _Line(delivery, pool, per_set).written(changes)


class _Line:
    """Changes on their way, in their order."""

    def __init__(self, delivery: Delivery, pool: ThreadPoolExecutor, per_set: int) -> None:
        self._delivery = delivery
        self._pool = pool
        self._per_set = per_set
        self._again: deque[Change] = deque()
        self._under_way: Future[list[Outcome]] | None = None

    def written(self, changes: Iterable[Change]) -> Iterator[Outcome]:
        feed = iter(changes)
        while some := self._next(feed):
            if any(map(self._delivery.preparer.reads, some)):
                yield from self._answered()
            ready, settled = self._made_ready(some)
            self._delivery.intents.note(settled)
            yield from settled
            yield from self._answered()
            if ready:
                self._under_way = self._pool.submit(self._delivery.deliver, ready)
        yield from self._answered()

    def _next(self, feed: Iterator[Change]) -> list[Change]:
        some = [self._again.popleft() for _ in range(min(len(self._again), self._per_set))]
        return some + list(islice(feed, self._per_set - len(some)))

    def _made_ready(self, some: Sequence[Change]) -> tuple[list[Prepared], list[Outcome]]:
        """What goes in the next message set, and what came to its end already; the rest waits for the answer."""
        ready: list[Prepared] = []
        settled: list[Outcome] = []
        touched: set[str] = set()
        for at, each in enumerate(self._delivery.preparer.prepare(some)):
            if isinstance(each, Outcome):
                settled.append(each)
            elif each.writes & touched:  # it was read before what comes before it was written
                self._again.extendleft(reversed(some[at:]))
                break
            else:
                ready.append(each)
                touched |= each.writes
        return ready, settled

    def _answered(self) -> Iterator[Outcome]:
        """The outcomes of the message set that is under way, when it is answered."""
        if self._under_way is not None:
            future, self._under_way = self._under_way, None
            yield from future.result()
