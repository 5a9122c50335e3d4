"""Writing many changes: batches of thirty, several under way, and each in its place among those that touch its records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import islice

from ...errors import TieoutError
from ...operations import Change, Outcome
from ...protocols.rest import BATCH_LIMIT
from .delivering import Delivery
from .prepared import Prepared

TOGETHER = 300
"""Changes made ready together: ten batches."""


def write_all(delivery: Delivery, changes: Iterable[Change], at_once: int) -> Iterator[Outcome]:
    """Write changes; an outcome for each, as they become known. What is refused or unknown does not stop the others."""
    feed = iter(changes)
    with ThreadPoolExecutor(at_once, thread_name_prefix="write") as pool:
        lanes = Lanes(delivery, pool, at_once)
        while chunk := list(islice(feed, TOGETHER)):
            lanes.begin_chunk()
            yield from _write_chunk(delivery, lanes, chunk)
        yield from lanes.rest()


def _write_chunk(delivery: Delivery, lanes: Lanes, chunk: Sequence[Change]) -> Iterator[Outcome]:
    unsent: list[Outcome] = []
    try:
        for each in delivery.preparer.prepare(chunk):
            if isinstance(each, Prepared):
                yield from lanes.add(each)
            else:
                unsent.append(each)
    except TieoutError:
        yield from _noted(delivery, unsent)  # what stops the writing does not make them unsaid
        raise
    yield from _noted(delivery, unsent)
    yield from lanes.finished()


def _noted(delivery: Delivery, unsent: Sequence[Outcome]) -> Sequence[Outcome]:
    delivery.intents.note(unsent)
    return unsent


@dataclass(slots=True)
class UnderWay:
    """A request on its way."""

    future: Future[list[Outcome]]
    touches: frozenset[str]
    writes: frozenset[str]

    def conflicts(self, touches: frozenset[str], writes: frozenset[str]) -> bool:
        return not (self.touches.isdisjoint(writes) and self.writes.isdisjoint(touches))


class Lanes:
    """Packs what is ready into requests, and keeps the order of those that touch the same records."""

    def __init__(self, delivery: Delivery, pool: ThreadPoolExecutor, at_once: int) -> None:
        self._delivery = delivery
        self._pool = pool
        self._at_once = at_once
        self._packing: list[Prepared] = []
        self._packed_touches: set[str] = set()
        self._packed_writes: set[str] = set()
        self._under_way: list[UnderWay] = []
        self._written: set[str] = set()
        self._failure: BaseException | None = None

    def begin_chunk(self) -> None:
        """What is read from now on knows all that was written before, but for what is under way or waits."""
        self._written = self._packed_writes.union(*(each.writes for each in self._under_way))

    def add(self, prepared: Prepared) -> Iterator[Outcome]:
        """Take one more; outcomes that became known meanwhile."""
        touches, writes = prepared.touches, prepared.writes
        if not (self._packed_touches.isdisjoint(writes) and self._packed_writes.isdisjoint(touches)):
            yield from self._go()
        while conflicting := [each for each in self._under_way if each.conflicts(touches, writes)]:
            yield from self._wait(conflicting)
        own = {key for key in writes if ":" in key}
        if own & self._written and not prepared.change.record.get("SyncToken"):
            prepared = replace(prepared, outdated=True)
        self._written |= own
        if prepared.alone:
            yield from self._start([prepared], touches, writes)
            return
        self._packing.append(prepared)
        self._packed_touches |= touches
        self._packed_writes |= writes
        if len(self._packing) == BATCH_LIMIT:
            yield from self._go()

    def finished(self) -> Iterator[Outcome]:
        """Outcomes that are known by now."""
        over = [each for each in self._under_way if each.future.done()]
        for each in over:
            self._under_way.remove(each)
            yield from self._taken(each)

    def rest(self) -> Iterator[Outcome]:
        """All that is left, and then what stopped us, if anything did."""
        yield from self._go()
        while self._under_way:
            yield from self._wait(self._under_way)
        if self._failure is not None:
            raise self._failure

    def _go(self) -> Iterator[Outcome]:
        if self._packing:
            some, touches, writes = self._packing, self._packed_touches, self._packed_writes
            self._packing, self._packed_touches, self._packed_writes = [], set(), set()
            yield from self._start(some, frozenset(touches), frozenset(writes))

    def _start(
        self, some: list[Prepared], touches: frozenset[str], writes: frozenset[str]
    ) -> Iterator[Outcome]:
        while len(self._under_way) >= self._at_once:
            yield from self._wait(self._under_way)
        if self._failure is not None:
            yield from self.rest()
        future = self._pool.submit(self._deliver, some)
        self._under_way.append(UnderWay(future, touches, writes))

    def _deliver(self, some: list[Prepared]) -> list[Outcome]:
        fresh = [self._made_anew(each) if each.outdated else each for each in some]
        settled = [each for each in fresh if isinstance(each, Outcome)]
        self._delivery.intents.note(settled)
        ready = [each for each in fresh if isinstance(each, Prepared)]
        return settled + (self._delivery.deliver(ready) if ready else [])

    def _made_anew(self, outdated: Prepared) -> Prepared | Outcome:
        return next(iter(self._delivery.preparer.prepare([outdated.change])))

    def _wait(self, some: Sequence[UnderWay]) -> Iterator[Outcome]:
        wait([each.future for each in some], return_when=FIRST_COMPLETED)
        yield from self.finished()

    def _taken(self, over: UnderWay) -> Iterator[Outcome]:
        try:
            yield from over.future.result()
        except TieoutError as error:
            # The first failure stops the writing; what is under way comes to its end before it is raised.
            self._failure = self._failure or error
