"""A page of rows or documents of which no catalog knows anything; its table is made from the values that are there."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import islice
from typing import Any
from uuid import UUID

import arro3.core as arrow
from arro3.io import read_json

from ..operations import Query, holds, values_at
from ..protocols import exact_json
from .base import Record

ROWS = 1_000
"""Rows of a page."""

_DIGITS, _PLACES = 38, 9
"""Of a decimal column, as in mirrors; wider ones get what their values need, or are texts."""


class PlacedRecord(dict[str, Any]):
    """A record that knows where it stands: `orders.csv, line 7`."""

    place: str

    def __init__(self, place: str, record: Mapping[str, Any]) -> None:
        super().__init__(record)
        self.place = place


class RowPage:
    """Records of one type, as JSON knows them: texts, whole numbers, Decimals, true and false, lists and objects."""

    def __init__(self, type_name: str, records: Sequence[Mapping[str, Any]], time: datetime | None = None):
        self.type = type_name
        self.time = time
        self._given = records
        self._plain: list[Record] | None = None

    def __len__(self) -> int:
        return len(self._given)

    @property
    def places(self) -> list[str] | None:
        """Where each record stands, if it is known."""
        if not all(isinstance(each, PlacedRecord) for each in self._given):
            return None
        return [each.place for each in self._given if isinstance(each, PlacedRecord)]

    def records(self) -> list[Record]:
        """Times and days are ISO texts."""
        if self._plain is None:
            self._plain = [{name: plain(value) for name, value in each.items()} for each in self._given]
        return self._plain

    def tables(self) -> Mapping[str, Any]:
        """One table; days and times have types of their own, what is nested is JSON."""
        columns = {name: None for each in self._given for name in each}
        kinds = {name: _kind([each.get(name) for each in self._given]) for name in columns}
        schema = arrow.Schema([arrow.Field(name, kind) for name, kind in kinds.items()])
        rows = [{n: _cell(v, kinds[n]) for n, v in each.items()} for each in self.records()]
        lines = BytesIO(b"\n".join(exact_json.encode(row) for row in rows))
        batches = list(read_json(lines, schema)) if rows else []
        return {self.type: arrow.Table.from_batches(batches, schema=schema)}

    def texts(self) -> list[str]:
        return [str(exact_json.encode(record), "utf-8") for record in self.records()]


def pages(
    type_name: str, records: Iterable[Mapping[str, Any]], query: Query, time: datetime | None = None
) -> Iterator[RowPage]:
    """Records as pages, with all that a query asks for done here; `time` is the source's clock when it began."""
    found: Iterable[Mapping[str, Any]] = records
    if query.where is not None:
        where = query.where
        found = (each for each in found if holds(where, each))
    found = islice(in_order(found, query.order), query.limit)
    if query.fields:
        found = (_only(each, query.fields) for each in found)
    found = iter(found)
    while some := list(islice(found, ROWS)):
        yield RowPage(type_name, some, time)


def _only(record: Mapping[str, Any], fields: Sequence[str]) -> Mapping[str, Any]:
    chosen = {name: record.get(name) for name in fields}
    return PlacedRecord(record.place, chosen) if isinstance(record, PlacedRecord) else chosen


def in_order(
    records: Iterable[Mapping[str, Any]], order: Sequence[tuple[str, bool]]
) -> Iterable[Mapping[str, Any]]:
    """Sorted by the fields that are named, absent values first."""
    for field, descending in reversed(order):
        records = sorted(records, key=lambda record: _place(record, field), reverse=descending)
    return records


def _place(record: Mapping[str, Any], field: str) -> tuple[int, Any]:
    value = next(values_at(record, field), None)
    if value is None:
        return 0, 0
    return (1, value) if isinstance(value, int | Decimal) else (2, str(value))


def plain(value: Any) -> Any:
    """A value of a database or a file as JSON has it; no number becomes a float, and floats become what they show."""
    match value:
        case None | bool() | int() | str() | Decimal():
            return value
        case float():
            return Decimal(repr(value))
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return str(base64.b64encode(bytes(value)), "ascii")
        case Mapping():
            return {str(name): plain(part) for name, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(part) for part in value]
        case UUID():
            return str(value)
    return plain(vars(value)) if is_dataclass(value) else str(value)


def _kind(values: Sequence[Any]) -> Any:
    """The Arrow type that holds all of these values exactly."""
    kinds = {_family(value) for value in values if value is not None}
    if kinds == {"boolean"}:
        return arrow.DataType.bool()
    if kinds == {"day"}:
        return arrow.DataType.date32()
    if kinds == {"moment"}:
        return arrow.DataType.timestamp("us", tz="UTC")
    if kinds == {"time"}:
        return arrow.DataType.timestamp("us")
    if kinds == {"whole"} and all(v is None or -(2**63) <= v < 2**63 for v in values):
        return arrow.DataType.int64()
    if kinds and kinds <= {"whole", "number"}:
        return _decimal([Decimal(str(value)) for value in values if value is not None])
    return arrow.DataType.utf8()


def _family(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "whole"
        case Decimal() | float():
            return "number"
        case datetime():
            return "moment" if value.tzinfo else "time"
        case date():
            return "day"
    return "text"


def _decimal(values: Sequence[Decimal]) -> Any:
    if not all(value.is_finite() for value in values):
        return arrow.DataType.utf8()
    places = max(_PLACES, *(-int(value.as_tuple().exponent) for value in values))
    before = max(value.adjusted() + 1 for value in values)
    if before + places > _DIGITS:
        return arrow.DataType.utf8()
    return arrow.DataType.decimal128(_DIGITS, places)


def _cell(value: Any, kind: Any) -> Any:
    if value is None or kind != arrow.DataType.utf8():
        return value
    if isinstance(value, dict | list):
        return str(exact_json.encode(value), "utf-8")
    return value if isinstance(value, str) else str(value)
