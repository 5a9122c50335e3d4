"""Answers that were cut off: the Online Edition hands over 1,000 records, says so, and has no iterators.

The same question is asked by halves of TimeModified then, until no answer is cut. Its filters only narrow, so a filter by
TxnDate, which leaves no room for one by TimeModified, gives way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ...errors import RemoteProtocolError
from ...protocols.qbxml_questions import NAMED_ALONE, Question, filters_of

CUT = 540
"""The status of an answer that was cut."""

MOST = 1_000
"""Records of an answer of the Online Edition."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before QuickBooks stamped anything."""

SECOND = timedelta(seconds=1)
"""Both ends of QuickBooks' ranges are included, and stamps are whole seconds."""

_RANGE = "ModifiedDateRangeFilter"
_ENDS = ("FromModifiedDate", "ToModifiedDate")


def halves(asked: Question) -> tuple[Question, Question]:
    """Two questions that together ask the same; RemoteProtocolError where it cannot be divided."""
    told: Mapping[str, Any] = {**asked.content, **asked.content.get(_RANGE, {})}
    first = _moment(told.get(_ENDS[0]), EARLIEST)
    last = _moment(told.get(_ENDS[1]), datetime.now(UTC) + timedelta(days=1))
    filters = filters_of(asked.ret)
    can_be = _RANGE in filters or filters.issuperset(_ENDS)
    if not can_be or last - first <= SECOND or not asked.content.keys().isdisjoint(NAMED_ALONE):
        raise RemoteProtocolError(
            f"QuickBooks has more records of {asked.ret.kind.name} than the {MOST:,} that it hands over at once, and they cannot "
            "be told apart by when they were modified.",
            advice="Ask for fewer with `--where`.",
        )
    middle = (first + (last - first) / 2).replace(microsecond=0)
    return _within(asked, first, middle), _within(asked, middle + SECOND, last)


def _within(asked: Question, first: datetime, last: datetime) -> Question:
    """A question about what was modified between these, both included."""
    ends = dict(zip(_ENDS, (each.isoformat(timespec="seconds") for each in (first, last)), strict=True))
    content = {n: v for n, v in asked.content.items() if n not in (_RANGE, "TxnDateRangeFilter")}
    content |= {_RANGE: ends} if _RANGE in filters_of(asked.ret) else ends
    return replace(asked, content=content)


def _moment(text: Any, otherwise: datetime) -> datetime:
    """An end of a range; the widest one where it is told in QuickBooks' own time, which nobody knows here."""
    if not text:
        return otherwise
    found = datetime.fromisoformat(str(text))
    return found if found.tzinfo else otherwise
