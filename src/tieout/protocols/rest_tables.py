"""Pages of REST records as Arrow tables: one of headers, one per repeated part, decimals exact.

A page is decoded by arrow-rs straight into columns. Arrow ignores members it was not told of, so each page is
audited: the members in its bytes are counted and must equal the values that arrived in the columns. A page that
does not add up (a field seen for the first time, a field the catalog does not know, a value of the wrong type) is
read again with care, record by record, and whatever has no column goes into `_extra` under its JSON Pointer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any

import arro3.core as arrow
from arro3.core import DataType

from ..catalog.rest import Field, RecordType, Shape
from ..errors import RemoteProtocolError
from . import exact_json
from .flat_tables import DECIMAL, INSTANT, SCALE, TEXT, Path, Rows, fits_decimal, flatten_parts, read_columns
from .seen_members import Projection, copied, merge
from .table_names import column_name, table_name

_COLUMN_TYPES: dict[str, Any] = {
    "bool": DataType.bool(),
    "int": DataType.int64(),
    "decimal": DECIMAL,
    "double": DECIMAL,
    "date": DataType.date32(),
    "datetime": INSTANT,
}
_MORE_DIGITS_THAN_SCALE = re.compile(rb"\.\d{%d}" % (SCALE + 1))
_NEGATIVE_EXPONENT = re.compile(rb"\d[eE]-\d")
_ENVELOPE_ATTRIBUTES = frozenset({("domain",), ("sparse",)})
"""Members of the message, not of the record: no columns."""

Pointer = str
"""A place in a record as RFC 6901 writes it: `/Line/0/Amount`."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's records as columns, and what did not fit in them."""

    rows: Rows
    extras: Sequence[Mapping[Pointer, Any]] | None = None


class TypeReader:
    """Decodes the pages of one record type; remembers which members QuickBooks uses."""

    def __init__(self, record_type: RecordType) -> None:
        self.record_type = record_type.unwrapped()
        self._wrapped = self.record_type is not record_type
        self._seen = Projection()
        self._lock = Lock()

    def decode(self, raw: bytes) -> Decoded:
        """Decode a raw JSON array of records."""
        if self._wrapped:
            raw = _unwrap(raw)
        if not _needs_care(raw):
            members = _members(raw)
            for learn in (None, self._learn_from_some, self._learn_from_all):
                if learn is not None:
                    learn(raw)
                rows = read_columns(raw, self._columns(self._seen)) if self._seen else None
                if rows is not None and rows.members == members:
                    return Decoded(rows)
        return self._decode_with_care(raw)

    def _learn_from_some(self, raw: bytes) -> None:
        """Most pages use the members that their first records use; looking at these is cheap."""
        for record in exact_json.split(raw)[:20]:
            self._learn(exact_json.decode(record))

    def _learn_from_all(self, raw: bytes) -> None:
        self._learn(exact_json.decode(raw))

    def _learn(self, records: Any) -> None:
        seen = copied(self._seen)
        _note_members(self.record_type, self.record_type.fields, records, seen)
        self._remember(seen)

    def _remember(self, seen: Projection) -> None:
        with self._lock:
            merged = copied(self._seen)
            merge(merged, seen)
            self._seen = merged

    def _decode_with_care(self, raw: bytes) -> Decoded:
        seen = copied(self._seen)
        sorter = _Sorter(self.record_type)
        fitting = [sorter.fit(record, seen) for record in exact_json.decode(raw)]
        self._remember(seen)
        rows = read_columns(exact_json.encode(fitting), self._columns(self._seen))
        if rows is None:
            raise RemoteProtocolError(f"A page of {self.record_type.name} cannot be read into columns.")
        return Decoded(rows, sorter.extras if any(sorter.extras) else None)

    def _columns(self, seen: Projection) -> Any:
        return _struct(self.record_type, self.record_type.fields, seen)


class RestPage:
    """Some records of one type, raw until someone asks."""

    def __init__(self, reader: TypeReader, raw: bytes, time: datetime | None = None) -> None:
        self.type = reader.record_type.name
        self.raw = raw
        self.time = time
        self._reader = reader
        self._decoded: Decoded | None = None
        self._records: list[dict[str, Any]] | None = None

    def __len__(self) -> int:
        return len(self.records()) if self._decoded is None else len(self._decoded.rows)

    def records(self) -> list[dict[str, Any]]:
        """The records with QuickBooks' own names, money as Decimal."""
        if self._records is None:
            self._records = exact_json.decode(self.raw)
        return self._records

    def decoded(self) -> Decoded:
        """The records as columns, decoded once."""
        if self._decoded is None:
            self._decoded = self._reader.decode(self.raw)
        return self._decoded

    def tables(self) -> dict[str, Any]:
        """Arrow tables by name: `invoice`, `invoice_line`, …; `_extra` stands in the first where there is any."""
        return flatten(self._reader.record_type, self.decoded())

    def texts(self) -> list[str]:
        """Each record as the JSON text that QuickBooks sent."""
        return [str(bytes(record), "utf-8") for record in exact_json.split(self.raw)]


# ---- bytes → nested columns


def _struct(record_type: RecordType, shape: Shape, seen: Projection) -> Any:
    """The Arrow type of the seen members of a shape, in the order the catalog has them."""
    return DataType.struct(
        [
            arrow.Field(name, _column_type(record_type, shape[name], below))
            for name in shape
            if (below := seen.get(name)) is not None
        ]
    )


def _column_type(record_type: RecordType, declared: Field, seen: Projection) -> Any:
    inner = record_type.inner(declared)
    one = _COLUMN_TYPES.get(declared.type, TEXT) if inner is None else _struct(record_type, inner, seen)
    return DataType.list(arrow.Field("item", one)) if declared.many else one


def _needs_care(raw: bytes) -> bool:
    """Whether columns could lose digits, or counting members could be fooled by a name ending in a backslash."""
    return _may_lose_digits(raw) or (b"\\" in raw and b'\\\\":' in raw)


def _may_lose_digits(raw: bytes) -> bool:
    """Whether a number has more digits behind its point than a column; an exponent hides how many it has."""
    has_exponents = b"e-" in raw or b"E-" in raw  # most pages have none, and this is much faster
    return _MORE_DIGITS_THAN_SCALE.search(raw) is not None or (
        has_exponents and _NEGATIVE_EXPONENT.search(raw) is not None
    )


def _members(raw: bytes) -> int:
    """How many members the objects in compact JSON have: a quote before a colon ends a name, unless it is escaped."""
    escaped = raw.count(b'\\":') if b"\\" in raw else 0
    return raw.count(b'":') - escaped


def _unwrap(raw: bytes) -> bytes:
    """`{"Invoice": {…}}` → `{"Type": "Invoice", …}`, for a template that holds a transaction."""
    records = (
        (name, inner)
        for record in exact_json.decode(raw)
        for name, inner in record.items()
        if isinstance(inner, dict)
    )
    return exact_json.encode([{"Type": name, **inner} for name, inner in records])


# ---- reading with care


def _note_members(record_type: RecordType, shape: Shape, node: Any, seen: Projection) -> None:
    """Add the declared members of an object, or of each object in an array, to what was seen."""
    if isinstance(node, list):
        for item in node:
            _note_members(record_type, shape, item, seen)
    elif isinstance(node, dict):
        for name, value in node.items():
            declared = shape.get(name)
            if declared is None or value is None or declared.type == "any":
                continue
            below = seen.get(name)
            if below is None:
                below = seen[name] = Projection()
            if isinstance(value, dict | list) and (inner := record_type.inner(declared)) is not None:
                _note_members(record_type, inner, value, below)


class _Sorter:
    """Sorts the members of records: into columns what the catalog declares, into extras what it does not."""

    def __init__(self, record_type: RecordType) -> None:
        self.record_type = record_type
        self.extras: list[dict[Pointer, Any]] = []

    def fit(self, record: Any, seen: Projection) -> dict[str, Any]:
        """The part of a record that fits the declared columns; the rest is added to `extras`."""
        self.extras.append({})
        if not isinstance(record, dict):
            raise RemoteProtocolError(
                f"A record of {self.record_type.name} is no JSON object: {record!r:.60}"
            )
        return self._fit_object(record, self.record_type.fields, seen, "")

    def _fit_object(
        self, node: dict[str, Any], shape: Shape, seen: Projection, at: Pointer
    ) -> dict[str, Any]:
        fitting: dict[str, Any] = {}
        for name, value in node.items():
            place = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            declared = shape.get(name)
            if value is None:
                continue
            if declared is None or not self._fits(declared, value):
                self.extras[-1][place] = value
                continue
            below = seen.setdefault(name, Projection())
            fitting[name] = self._fit_value(declared, value, below, place)
        return fitting

    def _fit_value(self, declared: Field, value: Any, seen: Projection, at: Pointer) -> Any:
        inner = self.record_type.inner(declared)
        if declared.many:
            if inner is None:
                return value
            return [self._fit_object(item, inner, seen, f"{at}/{i}") for i, item in enumerate(value)]
        return value if inner is None else self._fit_object(value, inner, seen, at)

    def _fits(self, declared: Field, value: Any) -> bool:
        if declared.many:
            return isinstance(value, list) and all(self._fits_one(declared, item) for item in value)
        return self._fits_one(declared, value)

    def _fits_one(self, declared: Field, value: Any) -> bool:
        if self.record_type.inner(declared) is not None:
            return isinstance(value, dict)
        return _fits_scalar(declared.type, value)


def _fits_scalar(type_name: str, value: Any) -> bool:
    """Whether a JSON value goes into the column of a scalar type without loss."""
    match type_name:
        case "bool":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        case "decimal" | "double":
            return _fits_decimal(value)
        case "date":
            return _parses(date.fromisoformat, value)
        case "datetime":
            return _parses(datetime.fromisoformat, value)
        case "any":
            return False
    return isinstance(value, str)


def _fits_decimal(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return fits_decimal(Decimal(value))


def _parses(parse: Any, value: Any) -> bool:
    try:
        parse(value)
    except (TypeError, ValueError):
        return False
    return True


# ---- nested columns → flat tables


def declared_tables(record_type: RecordType) -> dict[str, Any]:
    """Empty tables of the columns that are there before QuickBooks has sent anything.

    Those are the fields a query can name and the ones that every record has; the others, and repeated parts but a
    transaction's lines, come when they are first seen: most companies use a fifth of what the schema allows.
    """
    flat = record_type.unwrapped()
    rows = read_columns(b"[]", _struct(flat, flat.fields, _always_there(flat)))
    assert rows is not None
    return flatten(flat, Decoded(rows))


def _always_there(record_type: RecordType) -> Projection:
    named = {"Id", "SyncToken", "MetaData", "Type", *_LINE_FIELDS, *record_type.words("key")}
    named |= {name for key in _NAMING for word in record_type.words(key) for name in word.split("|")}
    return Projection(
        {
            name: _inside(record_type, declared)
            for name, declared in record_type.fields.items()
            if name in named or declared.has("filter")
        }
    )


_NAMING = ("name", "number", "total", "balance", "party", "required")
"""Entries of a type's head that name fields."""

_LINE_FIELDS = ("Id", "LineNum", "Description", "Amount", "DetailType")


def _inside(record_type: RecordType, declared: Field) -> Projection:
    """The members inside a field that is always there: all scalars, but of lines only what all kinds of lines have."""
    inner = record_type.inner(declared) or {}
    plain = {
        name
        for name, field in inner.items()
        if record_type.inner(field) is None and field.type != "any" and field.served
    }
    return Projection({name: Projection() for name in plain if not declared.many or name in _LINE_FIELDS})


def flatten(record_type: RecordType, decoded: Decoded) -> dict[str, Any]:
    """Flat tables by name, the headers first. A part's rows carry its record's id and their position from 1."""
    header = table_name(record_type.name)
    columns = {
        column_name(at): column for at, column in decoded.rows.columns if at not in _ENVELOPE_ATTRIBUTES
    }
    if decoded.extras is not None:
        columns["_extra"] = arrow.Array([_json(extra) for extra in decoded.extras], TEXT)
    key = [column_name((name,)) for name in record_type.words("key") or ("Id",)]
    keys = {f"{header}_{name}": columns[name] for name in key if name in columns}
    tables = {header: arrow.Table.from_pydict(columns)}

    def naming(path: Path) -> tuple[str, str]:
        return table_name(record_type.name, path), f"{column_name(path)}_position"

    flatten_parts(decoded.rows, keys, naming, tables)
    return tables


def _json(extra: Mapping[Pointer, Any]) -> str | None:
    return str(exact_json.encode(extra), "utf-8") if extra else None
