"""Writing many changes: message sets of fifty, one under way while the next is made ready, and each change in its place.

QuickBooks does the requests of a message set one after the other, so a customer may stand before its invoice in one. Only new
transactions, which name no other change of the run, go out before the answer to the message set before them is looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from ...errors import TieoutError
from ...operations import Change, Outcome
from .delivering import Carried, Delivery, Flight
from .prepared import Prepared

REQUESTS_PER_SET = 50


def write_all(delivery: Delivery, changes: Iterable[Change], per_set: int) -> Iterator[Outcome]:
    """Write changes; an outcome for each, as they become known. What is refused or unknown does not stop the others."""
    with ThreadPoolExecutor(1, thread_name_prefix="qbxml") as pool:
        line = _Line(delivery, pool, per_set)
        try:
            yield from line.written(changes)
        except TieoutError:
            yield from line.landed()  # what is under way comes to its end before it is raised
            raise
        delivery.let_forget()


class _Line:
    """Changes on their way, in their order."""

    def __init__(self, delivery: Delivery, pool: ThreadPoolExecutor, per_set: int) -> None:
        self._delivery = delivery
        self._pool = pool
        self._per_set = per_set
        self._again: deque[Change] = deque()
        self._under_way: deque[tuple[Flight, Future[Carried]]] = deque()

    def written(self, changes: Iterable[Change]) -> Iterator[Outcome]:
        feed = iter(changes)
        while some := self._next(feed):
            in_order = any(map(self._delivery.looks, some))
            if in_order:
                yield from self.landed()
            ready, settled = self._made_ready(some)
            settled += self._delivery.written_since_a_backup(ready) if ready else []
            known = {each.change.id for each in settled}
            ready = [each for each in ready if each.change.id not in known]
            self._delivery.intents.note(settled)
            yield from settled
            if ready:
                flight = self._delivery.begin(ready)
                self._under_way.append((flight, self._pool.submit(self._delivery.carry, flight)))
            yield from self.landed(but=0 if in_order else 1)
        yield from self.landed()

    def landed(self, but: int = 0) -> Iterator[Outcome]:
        """The outcomes of message sets that are under way, all but so many, as they are answered."""
        while len(self._under_way) > but:
            flight, carried = self._under_way.popleft()
            yield from self._delivery.conclude(flight, carried.result())

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
