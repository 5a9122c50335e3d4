"""Keeping a mirror: everything the first time, then only what changed.

What changed is the source's business, and the cursor is kept with the rows by the destination; here pages go
from one to the other, and what happened is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..connections.base import Connection, Expected, Gone, Mark, Mirror, News, Notice


@dataclass(slots=True)
class SyncReport:
    """What one run of a mirror did, by record type."""

    first: bool = False
    """Whether there was no mirror before."""
    read: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    expected: Counter[str] = field(default_factory=Counter)
    """How many the source said would come, where it did."""
    type: str = ""
    """The type that came last."""
    requests: int = 0
    """How many the source sent."""
    notices: list[str] = field(default_factory=list)
    more: bool = False
    """Whether it was told to stop before the end; the next run goes on there."""

    @property
    def to_come(self) -> int:
        """How many records are still to be read, as far as the source said."""
        return sum(max(rows - self.read[name], 0) for name, rows in self.expected.items())


Watcher = Callable[[News, SyncReport], None]
"""Called with each change after it was handed over, and what the run did so far."""


def sync(
    source: Connection,
    mirror: Mirror,
    types: Sequence[str],
    *,
    everything: bool = False,
    again: Sequence[str] = (),
    watch: Watcher | None = None,
    until: Callable[[], bool] = lambda: False,
) -> SyncReport:
    """Bring a mirror up to date; `everything` forgets the cursor, `again` reads single types afresh.

    `until` is asked after each cursor that was handed over: true stops there, and the next run goes on.
    """
    with mirror:
        cursor = mirror.prepare(types)
        report, before = SyncReport(first=cursor is None), requests_of(source)
        changes = source.changes(types, None if everything else cursor, mirror, again=again)
        may_stop = False
        for change in changes:
            if may_stop:
                report.more = True
                break
            _hand_over(change, mirror, report)
            report.requests = requests_of(source) - before
            if watch is not None:
                watch(change, report)
            may_stop = isinstance(change, Mark) and until()
        mirror.flush()
    report.requests = requests_of(source) - before
    return report


def requests_of(connection: Any) -> int:
    """Requests that a connection has sent; none where it sends none."""
    return int(getattr(connection, "requests_made", 0))


def _hand_over(change: News, mirror: Mirror, report: SyncReport) -> None:
    match change:
        case Mark(cursor):
            mirror.mark(cursor)
        case Gone(type_name, ids):
            mirror.gone(change)
            report.gone[type_name] += len(ids)
        case Notice(text):
            if text not in report.notices:
                report.notices.append(text)
        case Expected(type_name, rows):
            report.expected[type_name] += rows
        case page:
            mirror.put(page)
            report.type = page.type
            report.read[page.type] += len(page)
