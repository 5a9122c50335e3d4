"""Reading a whole record type: by iterator where it has one, in windows of TimeModified where it is large.

A window that was read is done with: a record that changes later moves into a later one. So a scan that was cut off
goes on behind its last whole window, and an iterator, which dies with its session, is never more than a window long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from ...catalog.qbxml.actions import counts
from ...catalog.qbxml.rets import Ret
from ...operations import And, Compare, In, Predicate
from ...protocols.qbxml_questions import Question, filters_of, question
from ...protocols.qbxml_reader import Answered
from ...protocols.qbxml_writer import Request
from ..base import Page
from .company import Answer, Company, error_from
from .cut_answers import CUT, EARLIEST, MOST, SECOND, halves
from .patience import Patience

PAGE = 500
"""Records of one answer. Large ones keep QuickBooks from everything else for seconds."""

WINDOW = 5_000
"""Records that are read between two marks."""
IDS = 5_000
"""Ids of one answer."""

Window = tuple[datetime | None, datetime | None]
"""From and to TimeModified; None where it is open."""


def has_stamps(ret: Ret) -> bool:
    """Whether a type can be asked for by TimeModified."""
    return bool(_range_elements(ret)) and "TimeModified" in ret.fields


def _range_elements(ret: Ret) -> frozenset[str]:
    return filters_of(ret) & {"ModifiedDateRangeFilter", "FromModifiedDate"}


def within(window: Window) -> Predicate | None:
    first, last = window
    ends = [Compare("TimeModified", ">=", first)] if first else []
    ends += [Compare("TimeModified", "<=", last)] if last else []
    return And(tuple(ends)) if ends else None


def count_request(ret: Ret, window: Window = (None, None)) -> Request | None:
    """Asks how many there are; None where the type does not count."""
    if not counts(ret.kind, ret.edition):
        return None
    request = question(ret, within(window)).request()
    return replace(request, content={**request.content, "@metaData": "MetaDataOnly"})


@dataclass(slots=True)
class Scan:
    """One type of one company, read from a TimeModified on, or all of it."""

    company: Company
    ret: Ret
    patience: Patience = field(default_factory=Patience)

    @property
    def _window(self) -> int:
        """Records that are read between two marks; without iterators, those of one answer."""
        return MOST if self.ret.edition.country == "OE" else WINDOW

    def windows(self, count: int | None, start: datetime | None) -> Iterator[Window]:
        """The windows to read, in order; the last is open, for what changes meanwhile."""
        if count is None or count <= self._window or not has_stamps(self.ret):
            yield start, None
            return
        end = datetime.now(UTC) + timedelta(days=1)
        closed = list(self._halved(start or EARLIEST, end, count))
        yield from closed[:-1]
        yield closed[-1][0] if closed else end, None

    def _halved(self, first: datetime, last: datetime, count: int) -> Iterator[tuple[datetime, datetime]]:
        if count <= self._window or last - first <= SECOND:
            if count > 0:
                yield first, last
            return
        middle = (first + (last - first) / 2).replace(microsecond=0)
        left = self._count((first, middle))
        yield from self._halved(first, middle, left)
        yield from self._halved(middle + SECOND, last, count - left)

    def _count(self, window: Window) -> int:
        request = count_request(self.ret, window)
        assert request is not None
        answer = self._ask(request).answered
        if answer.is_refusal:
            raise error_from(answer)
        return answer.count or 0

    def pages(self, window: Window) -> Iterator[Page]:
        """Everything that was modified in a window; where QuickBooks fails meanwhile, some of it twice."""
        asked = question(self.ret, within(window))
        return self.patience.until_read(self.company, lambda: self.answers(asked))

    def answers(self, asked: Question, size: int = PAGE) -> Iterator[Page]:
        """The records of a question, `size` an answer where the type has an iterator; by halves where an answer is cut."""
        iterator = ""
        while True:
            answered = None
            for event in self.company.pages([asked.request(size, iterator)]):
                if not isinstance(event, Answered):
                    yield event
                    continue
                answered = event
                if event.is_refusal:
                    raise error_from(event)
                if event.status == CUT:
                    for half in halves(asked):
                        yield from self.answers(half, size)
                    return
            goes_on = answered.iterator if answered is not None else None
            if goes_on is None or goes_on[1] <= 0:
                return
            iterator = goes_on[0]

    def by_ids(self, ids: Sequence[str]) -> Iterator[Page]:
        """The records with these ids, as far as they are there."""
        for at in range(0, len(ids), PAGE):
            asked = question(self.ret, In(self.ret.key, tuple(ids[at : at + PAGE])))
            yield from self.patience.until_read(self.company, partial(self.answers, asked))

    def ids(self) -> set[str]:
        """The ids of all records that there are."""
        asked = question(self.ret, None, (self.ret.key,))
        found = set[str]()
        for page in self.patience.until_read(self.company, lambda: self.answers(asked, IDS)):
            found |= {str(record[self.ret.key]) for record in page.records()}
        return found

    def _ask(self, request: Request) -> Answer:
        return self.patience.until_answered(self.company, lambda: self.company.ask([request])[0])
