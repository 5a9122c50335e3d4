"""Nested Arrow columns taken apart into flat tables: one of headers, one per repeated part.

A part's rows carry the keys of their record and their position from 1. Parts of several kinds that alternate (lines and groups of
lines) come as one list of structs with a member for each kind; each kind is a table of its own, and they share the positions.
"""

from __future__ import annotations

import io
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, pairwise, repeat
from typing import Any

import arro3.compute as compute
import arro3.core as arrow
from arro3.core import DataType
from arro3.io import read_json

from .table_names import column_name

SCALE = 9
"""Digits after the point in every decimal column; more than QuickBooks is known to send, and audited."""

_LARGEST = Decimal(10) ** (38 - SCALE)

DECIMAL = DataType.decimal128(38, SCALE)
TEXT = DataType.utf8()
INSTANT = DataType.timestamp("us", tz="UTC")
_INT = DataType.int32()

ALTERNATING = "|"
"""The name of a list whose items are of several kinds begins so."""

Path = tuple[str, ...]
Naming = Callable[[Path], tuple[str, str]]
"""For the place of a part: the name of its table, and of the column with its position in the tables of its own parts."""


@dataclass(frozen=True, slots=True)
class Part:
    """A repeated part of all records: where it stands, what is in it, and for each item its owner's row and its position."""

    path: Path
    rows: Columns
    owner: Any
    position: Any


@dataclass(slots=True)
class Columns:
    """Rows taken apart: columns by their places, and the repeated parts."""

    columns: list[tuple[Path, Any]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    others: list[tuple[Path, Sequence[str | None]]] = field(default_factory=list)
    """Texts that have no column."""


def fits_decimal(value: Decimal) -> bool:
    """Whether a decimal column takes the value without loss."""
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or abs(value) >= _LARGEST:
        return False
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return exponent + zeros >= -SCALE  # `normalize` would round to the digits of the context


def read_columns(raw: bytes, record: Any) -> Rows | None:
    """A JSON array of records as columns of this struct; None when a value has not the declared type."""
    schema = arrow.Schema([arrow.Field("r", DataType.list(arrow.Field("item", record)))])
    try:
        table = read_json(io.BytesIO(b'{"r":' + raw + b"}"), schema).read_all()
    except Exception:  # arro3 raises bare Exceptions; reading with care tells what it is
        return None
    return Rows(arrow.list_flatten(table.column("r").chunk(0)))


class Rows(Columns):
    """An array of structs, or of the scalars of a repeated part, taken apart into its columns once."""

    def __init__(self, values: Any) -> None:
        super().__init__()
        self.members = 0
        """How many members its objects have, at any depth."""
        self._count = len(values)
        if DataType.is_struct(values.type):
            self._take_apart(values, ())
        else:
            self.columns.append((("value",), values))

    def __len__(self) -> int:
        return self._count

    def _take_apart(self, struct: Any, path: Path) -> None:
        for declared, column in zip(struct.type.fields, _members_of(struct), strict=True):
            at = (*path, declared.name)
            self.members += len(column) - column.null_count
            if DataType.is_struct(column.type):
                self._take_apart(column, at)
            elif not DataType.is_list(column.type):
                self.columns.append((at, column))
            elif declared.name.startswith(ALTERNATING):
                self._take_kinds(column, path)
            else:
                self._add_part(at, arrow.list_flatten(column), *_owners(column))

    def _take_kinds(self, lists: Any, path: Path) -> None:
        """The items of each kind, with their positions among all."""
        items = arrow.list_flatten(lists)
        owner, position = _owners(lists)
        for declared, column in zip(items.type.fields, _members_of(items), strict=True):
            at = (*path, declared.name)
            self.members += len(column) - column.null_count
            if column.null_count == 0:
                self._add_part(at, column, owner, position)
            else:
                here = compute.is_not_null(column)
                self._add_part(at, *(compute.filter(each, here) for each in (column, owner, position)))

    def _add_part(self, path: Path, values: Any, owner: Any, position: Any) -> None:
        rows = Rows(values)
        self.members += rows.members
        self.parts.append(Part(path, rows, owner, position))


def _members_of(struct: Any) -> list[Any]:
    """The columns inside an array of structs; taking them all at once is many times faster, but not for absent structs."""
    if struct.null_count == 0 and struct.type.num_fields:
        return list(arrow.RecordBatch.from_struct_array(struct).columns)
    return [arrow.struct_field(struct, [index]) for index in range(struct.type.num_fields)]


def flatten_parts(
    rows: Columns, keys: Mapping[str, Any], naming: Naming, tables: dict[str, Any], path: Path = ()
) -> None:
    """Add a table for each part, its rows carrying the keys of their owner and a position; then for the parts of parts."""
    for part in rows.parts:
        own = {name: compute.take(values, part.owner) for name, values in keys.items()}
        columns = {column_name(place): column for place, column in part.rows.columns}
        name, position = naming((*path, *part.path))
        tables[name] = arrow.Table.from_pydict({**own, "position": part.position, **columns})
        flatten_parts(part.rows, {**own, position: part.position}, naming, tables, (*path, *part.path))


def _owners(lists: Any) -> tuple[Any, Any]:
    """For each item of a list column: the row it belongs to, and its position there from 1."""
    offsets = arrow.list_offsets(lists).to_pylist()
    if offsets[-1] == offsets[0]:
        return int_array(array("i")), int_array(array("i"))
    lengths = [end - start for start, end in pairwise(offsets)]
    owner = array("i", chain.from_iterable(map(repeat, range(len(lengths)), lengths)))
    position = array("i", chain.from_iterable(range(1, length + 1) for length in lengths if length))
    return int_array(owner), int_array(position)


def int_array(values: array[int]) -> Any:
    """A column of whole numbers."""
    return arrow.Array.from_buffer(values) if values else arrow.Array([], _INT)
