"""Keeping a report: read whole by every run, in the place of what the last run left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from ..connections.base import Connection, Page
from .sync import SyncReport, Watcher, requests_of


class KeepsPages(Protocol):
    """A destination that replaces the tables of a page."""

    def keep(self, page: Page) -> None: ...


def keep_report(
    source: Connection,
    target: KeepsPages,
    name: str,
    params: Mapping[str, str],
    *,
    watch: Watcher | None = None,
) -> SyncReport:
    """Read a report and put it in the place of the last one."""
    before = requests_of(source)
    page = source.report(name, params)
    target.keep(page)
    report = SyncReport(
        read=Counter({page.type: len(page)}), type=page.type, requests=requests_of(source) - before
    )
    if watch is not None:
        watch(page, report)
    return report
