"""The versions of the records in pages: which record, changed when, a digest of each, and how far a type is complete by them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import arro3.compute as compute
import arro3.core as arrow

from ...catalog.qbxml.rets import Ret
from ...protocols.exact_json import encode
from ...protocols.table_names import column_name, table_name
from ..base import Page, Record

OVERLAP = timedelta(minutes=10)
"""A change may become visible later than its stamp says; several machines stamp, each by its own clock."""


@dataclass(frozen=True, slots=True)
class Version:
    """One record as it was when it was read."""

    row: int
    id: str
    modified: datetime | None
    digest: str


def versions(page: Page, ret: Ret) -> Iterator[Version]:
    """Those of a page's records, in its order."""
    header = page.tables()[table_name(page.type)]
    ids = header.column(column_name((ret.key,))).to_pylist()
    moments = _values(header, "time_modified", len(ids))
    sequences = _values(header, "edit_sequence", len(ids))
    for row, (identity, moment, sequence) in enumerate(zip(ids, moments, sequences, strict=True)):
        told = f"{ret.kind.name}|{identity}|{moment}|{sequence}".encode()
        at = moment.astimezone(UTC) if isinstance(moment, datetime) else None
        yield Version(row, str(identity), at, hashlib.blake2b(told, digest_size=8).hexdigest())


def _values(table: Any, name: str, rows: int) -> list[Any]:
    return table.column(name).to_pylist() if name in table.column_names else [None] * rows


class Reading:
    """What was read of a type so far: how far it is complete, and what of it will be told again."""

    def __init__(self, ret: Ret) -> None:
        self._ret = ret
        self._latest: datetime | None = None
        self.recent: dict[str, datetime] = {}
        """When the versions within the overlap were made, by digest."""
        self._older: set[str] = set()

    def note(self, page: Page) -> list[Version]:
        found = list(versions(page, self._ret))
        for each in found:
            if each.modified is not None:
                self._latest = max(self._latest or each.modified, each.modified)
                self.recent[each.digest] = each.modified
        if self._latest is not None:
            self._older |= self.past(self._latest - OVERLAP)
            self.recent = {digest: at for digest, at in self.recent.items() if digest not in self._older}
        return found

    def past(self, moment: datetime) -> set[str]:
        """Versions that will not be told again, once the type is asked for from this moment on."""
        return self._older | {digest for digest, at in self.recent.items() if at < moment}

    def complete_up_to(self, began: float) -> datetime | None:
        """Everything with an earlier stamp was seen, though some changed while it was read."""
        took = timedelta(seconds=time.monotonic() - began)
        return (self._latest - OVERLAP - took).replace(microsecond=0) if self._latest is not None else None


class SomeOf:
    """Some rows of a page, and of its records the fields that were asked for, where not all were."""

    def __init__(self, page: Page, ret: Ret, rows: Collection[int], fields: Sequence[str] = ()) -> None:
        self.type = page.type
        self.time = page.time
        self._page = page
        self._ret = ret
        self._rows = sorted(rows)
        self._shown = {path.split(".")[0] for path in fields}

    def __len__(self) -> int:
        return len(self._rows)

    def records(self) -> list[Record]:
        records = self._page.records()
        return [self._with_shown(records[row]) for row in self._rows]

    def _with_shown(self, record: Record) -> Record:
        if not self._shown:
            return record
        return {name: value for name, value in record.items() if name in self._shown}

    def texts(self) -> list[str]:
        return [encode(record).decode() for record in self.records()]

    def tables(self) -> Mapping[str, Any]:
        header, key = table_name(self.type), column_name((self._ret.key,))
        tables = self._page.tables()
        ids = tables[header].column(key).to_pylist()
        kept = {ids[row] for row in self._rows}
        found = {header: _taken(tables[header], self._rows)}
        for name, table in tables.items():
            if name != header:
                owners = table.column(f"{header}_{key}").to_pylist()
                found[name] = _taken(table, [row for row, owner in enumerate(owners) if owner in kept])
        return found


def _taken(table: Any, rows: Collection[int]) -> Any:
    indices = arrow.Array(list(rows), arrow.DataType.int32())
    columns = {name: table.column(name).combine_chunks() for name in table.column_names}
    return arrow.Table.from_pydict({name: compute.take(column, indices) for name, column in columns.items()})
