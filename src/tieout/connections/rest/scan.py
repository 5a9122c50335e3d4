"""Reading whole types in few requests: small ones together in batches, large ones page by page, some pages ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from ...catalog.rest import RecordType, record_type
from ...errors import TieoutError
from ...protocols.rest import BATCH_LIMIT, QueryAnswer
from ...protocols.rest_tables import RestPage
from .company import PAGE, Company, Question, everything, in_order

PAGES_AHEAD = 3
"""Pages that wait in memory while one is being worked on."""

_T = TypeVar("_T")


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

    def pages(self, company: Company) -> list[RestPage]:
        """The pages of the parts, in their order; a refusal of one is raised."""
        if len(self.parts) == 1:
            answers = [company.ask(self.parts[0].question())]
        else:
            answers = [_granted(a) for a in company.ask_together([part.question() for part in self.parts])]
        asked = zip(self.parts, answers, strict=True)
        return [company.page(part.record_type, answer) for part, answer in asked if answer.count]


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
    """Each step with its pages, in order."""
    return ahead(partial(_read_step, company, step) for step in steps)


def _read_step(company: Company, step: Step) -> tuple[Step, list[RestPage]]:
    return step, step.pages(company)


def ahead(calls: Iterable[Callable[[], _T]], depth: int = PAGES_AHEAD) -> Iterator[_T]:
    """What the calls return, in order, with up to `depth` of them under way while the caller works on one."""
    under_way: deque[Future[_T]] = deque()
    pool = ThreadPoolExecutor(depth, thread_name_prefix="read-ahead")
    try:
        for call in calls:
            under_way.append(pool.submit(call))
            if len(under_way) > depth:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
