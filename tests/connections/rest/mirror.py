"""The simplest destination there is: records by type and id, and the last cursor with them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from tieout.catalog.rest import record_type
from tieout.connections.base import Change, Expected, Gone, Mark, Notice
from tieout.protocols import exact_json


class Mirror:
    """Takes changes as they come; what is not marked yet is lost when it is `killed`."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.cursor: dict[str, Any] | None = None
        self.pages: Counter[str] = Counter()
        self.gone: Counter[str] = Counter()
        self.expected: Counter[str] = Counter()
        self.notices: list[Notice] = []
        self.marks = 0
        self._marked: dict[str, dict[str, Any]] = {}

    def count(self, type_name: str) -> int:
        return len(self.rows.get(type_name, {}))

    def ids(self, type_name: str) -> Collection[str]:
        return set(self.rows.get(type_name, {}))

    def take(self, changes: Iterable[Change]) -> Mirror:
        """One run, to its end. The counters tell of the last run only."""
        self.pages, self.gone, self.notices, self.marks = Counter(), Counter(), [], 0
        for change in changes:
            self.take_one(change)
        return self

    def killed(self) -> Mirror:
        """What is left of a mirror whose process died."""
        self.rows = {name: dict(rows) for name, rows in self._marked.items()}
        return self

    def take_one(self, change: Change) -> None:
        match change:
            case Gone(name, ids):
                self.gone[name] += len(ids)
                for record_id in ids:
                    self.rows.get(name, {}).pop(record_id, None)
            case Mark(cursor):
                self.marks += 1
                self.cursor = json.loads(json.dumps(cursor))
                self._marked = {name: dict(rows) for name, rows in self.rows.items()}
            case Expected(name, rows):
                self.expected[name] = rows
            case Notice():
                self.notices.append(change)
            case _:
                self.pages[change.type] += 1
                rows = self.rows.setdefault(change.type, {})
                rows.update((key_of(change.type, record), record) for record in exact_json.decode(change.raw))


def key_of(name: str, record: dict[str, Any]) -> str:
    """The record's key; of a template, that of the transaction inside it."""
    kind = record_type(name)
    if kind.wraps:
        record = next(inside for wrapped, inside in record.items() if wrapped in kind.wraps)
    return "|".join(str(record[field]) for field in kind.words("key") or ("Id",))
