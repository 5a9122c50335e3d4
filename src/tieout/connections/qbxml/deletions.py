"""What the mirror has and QuickBooks has no more: told by its logs of deletions within 90 days, found by comparing ids beyond."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ...catalog.qbxml import Edition, record_type
from ...catalog.qbxml.actions import targets
from ...errors import RunStopped
from ...protocols.qbxml_reader import Answered
from ...protocols.qbxml_writer import Request
from ..base import Gone, Known, Page
from .company import error_from

LOOK_BACK = timedelta(days=89)
"""How far back the logs of deletions are trusted; they hold 90 days."""

SKEW = timedelta(days=1)
"""By how much QuickBooks' clock may differ from ours, where we ask by ours."""

SUDDENLY_EMPTY = 10
"""A type with this many records does not become empty unnoticed."""


class Deletions:
    """Ids that are gone, by type."""

    def __init__(self, known: Known, edition: Edition) -> None:
        self.ids: defaultdict[str, set[str]] = defaultdict(set)
        self._known = known
        self._edition = edition

    def logs(
        self, followed: Collection[str], since: datetime | None
    ) -> list[tuple[Request, tuple[str, ...]]]:
        """Queries for the logs that know these types; none where they do not reach back far enough."""
        since = since or utc_now()
        if utc_now() - since > LOOK_BACK:
            return []
        found = []
        for log, field in (("ListDeleted", "ListDelType"), ("TxnDeleted", "TxnDelType")):
            if not record_type(log).can("Query", self._edition):
                continue
            names = tuple(name for name in targets(log, "Query", self._edition) if name in followed)
            if names:
                moment = (since - SKEW).replace(microsecond=0).isoformat()
                content = {field: list(names), "DeletedDateRangeFilter": {"FromDeletedDate": moment}}
                found.append((Request(log, "Query", content), names))
        return found

    def take_log(self, names: Sequence[str], answered: Answered, pages: Sequence[Page]) -> None:
        """What a log tells of these types, as far as the mirror knows it."""
        if answered.is_refusal:
            raise error_from(answered)
        told: dict[str, set[str]] = defaultdict(set)
        for record in (each for page in pages for each in page.records()):
            told[str(record.get("TxnDelType") or record.get("ListDelType"))].add(
                str(record.get("TxnID") or record.get("ListID"))
            )
        for name in names:
            if told[name]:
                self.ids[name] |= told[name].intersection(self._known.ids(name))

    def compare(self, name: str, there: set[str]) -> set[str]:
        """Note what is known and not there; the ids that are there and not known. RunStopped where a type is suddenly empty."""
        if not there and self._known.count(name) >= SUDDENLY_EMPTY:
            raise RunStopped(
                f"QuickBooks has no {name} any more, and the mirror has {self._known.count(name)}.",
                advice=f"If that is right, run it once more with --again {name}; else look whether the right file is open.",
            )
        self.note_missing(name, there)
        return there - set(self._known.ids(name))

    def note_missing(self, name: str, there: Collection[str]) -> None:
        """What is known and not there is gone."""
        self.ids[name] |= set(self._known.ids(name)).difference(there)

    def news(self) -> Iterator[Gone]:
        for name, ids in self.ids.items():
            if ids:
                yield Gone(name, sorted(ids))


def utc_now() -> datetime:
    return datetime.now(UTC)
