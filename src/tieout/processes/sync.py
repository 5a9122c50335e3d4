"""Keeping a mirror: everything the first time, then only what changed.

What changed is the source's business, and the cursor is kept with the rows by the destination; here pages go
from one to the other, and what happened is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..connections.base import Connection, Expected, Gone, Mark, Mirror, News, Notice


@dataclass(slots=True)
class SyncReport:
    """What one run of a mirror did, by record type."""

    first: bool = False
    """Whether there was no mirror before."""
    read: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)
    more: bool = False
    """Whether it was told to stop before the end; the next run goes on there."""


Watcher = Callable[[News], None]
"""Called with each change after it was handed over, for progress bars."""


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
        report = SyncReport(first=cursor is None)
        changes = source.changes(types, None if everything else cursor, mirror, again=again)
        may_stop = False
        for change in changes:
            if may_stop:
                report.more = True
                break
            _hand_over(change, mirror, report)
            if watch is not None:
                watch(change)
            may_stop = isinstance(change, Mark) and until()
        mirror.flush()
    return report


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
        case Expected():
            pass
        case page:
            mirror.put(page)
            report.read[page.type] += len(page)
