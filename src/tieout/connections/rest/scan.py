"""Reading whole types in few requests: small ones together in batches, large ones page by page, some pages ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from ...catalog.rest import RecordType, record_type
from ...errors import TieoutError
from ...protocols.rest import BATCH_LIMIT, QueryAnswer
from ...protocols.rest_tables import RestPage
from .company import PAGE, Asked, Asking, Company, Question, everything, in_order

PAGES_AHEAD = 3
"""Pages that wait in memory while one is being worked on."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a type, by position."""

    record_type: RecordType
    start: int
    limit: int
    last: bool

    def question(self) -> Question:
        return in_order(everything(self.record_type), self.start, self.limit)


@dataclass(frozen=True, slots=True)
class Step:
    """What one request reads: a page of one type, or a batch of small types."""

    parts: tuple[Part, ...]

    def begin(self, company: Company) -> Reading:
        """Ask for the pages of the parts."""
        if len(self.parts) == 1:
            return Reading(self, company, company.begin(self.parts[0].question()))
        return Reading(self, company, company.ask_together([part.question() for part in self.parts]))


@dataclass(frozen=True, slots=True)
class Reading:
    """A step that was asked for."""

    step: Step
    company: Company
    asked: Asking | Sequence[Asked]

    def pages(self) -> list[RestPage]:
        """The pages of the parts, in their order; a refusal of one is raised."""
        answers = [self.asked.answer()] if isinstance(self.asked, Asking) else map(_granted, self.asked)
        read = zip(self.step.parts, answers, strict=True)
        return [self.company.page(part.record_type, answer) for part, answer in read if answer.count]

    def drop(self) -> None:
        """Nobody wants the pages any more."""
        if isinstance(self.asked, Asking):
            self.asked.begun.drop()


def _granted(asked: QueryAnswer | TieoutError) -> QueryAnswer:
    if isinstance(asked, TieoutError):
        raise asked
    return asked


def plan(counts: Mapping[str, int], position: Mapping[str, int] | None = None) -> list[Step]:
    """Requests that read so many rows of each type; a large type goes on at its position. Nothing is read of none."""
    small = {
        name: rows for name, rows in counts.items() if 0 < rows <= PAGE and not (position or {}).get(name)
    }
    batches = [Step(tuple(_whole(name, small[name]) for name in names)) for names in _packed(small)]
    large = (name for name, rows in counts.items() if rows and name not in small)
    return batches + [
        step for name in large for step in _paged(name, counts[name], (position or {}).get(name, 1))
    ]


def _whole(name: str, rows: int) -> Part:
    return Part(record_type(name), 1, rows, last=True)


def _paged(name: str, rows: int, start: int) -> Iterator[Step]:
    starts = range(start, max(rows, start) + 1, PAGE)
    for at in starts:
        yield Step((Part(record_type(name), at, PAGE, last=at == starts[-1]),))


def _packed(small: Mapping[str, int]) -> list[list[str]]:
    """The types in batches: no more rows than an answer may have, no more queries than a batch. Largest first."""
    batches: list[tuple[list[str], int]] = []
    for name in sorted(small, key=lambda name: -small[name]):
        for at, (names, rows) in enumerate(batches):
            if rows + small[name] <= PAGE and len(names) < BATCH_LIMIT:
                batches[at] = ([*names, name], rows + small[name])
                break
        else:
            batches.append(([name], small[name]))
    return [names for names, _ in batches]


def read_steps(company: Company, steps: Iterable[Step]) -> Iterator[tuple[Step, list[RestPage]]]:
    """Each step with its pages, in order; up to PAGES_AHEAD are under way while the caller works on one.

    Pages that wait keep their turns, and one turn must be left for the page that is worked on: it may be asked for again.
    """
    ahead = min(PAGES_AHEAD, company.client.at_once - 1)
    under_way: deque[Future[Reading]] = deque()
    pool = ThreadPoolExecutor(max(ahead, 1), thread_name_prefix="read-ahead")
    try:
        for step in steps:
            under_way.append(pool.submit(step.begin, company))
            if len(under_way) > ahead:
                yield _taken(under_way.popleft())
        while under_way:
            yield _taken(under_way.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for future in under_way:
            future.add_done_callback(_drop)


def _taken(future: Future[Reading]) -> tuple[Step, list[RestPage]]:
    reading = future.result()
    return reading.step, reading.pages()


def _drop(future: Future[Reading]) -> None:
    if not future.cancelled() and future.exception() is None:
        future.result().drop()
