"""The shape of a report's answer: Header, Columns, and Rows within Rows; every value is text, nothing is ""."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ...protocols import exact_json

MOST_CELLS = 400_000
"""Cells that one answer holds; what is beyond them is left out, and a row says so (reports, best practices)."""
TOO_MUCH = "Unable to display more data. Please reduce the date range."


class Cell(NamedTuple):
    """One value; with an id where it names a record."""

    value: str = ""
    id: str = ""


Cells = Sequence[Cell]
NOTHING = Cell()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of values."""

    cells: Cells
    group: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading, with their sum."""

    header: Cells = ()
    rows: Sequence[Row | Section] = ()
    summary: Cells = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """What stands above the values of a column."""

    title: str
    type: str
    meta: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[Column] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A report before it is written."""

    columns: Sequence[Column]
    rows: Sequence[Row | Section]
    typed: bool = True
    """Whether rows say that they are Data; those of lists of names do not."""
    empty: bool | None = None
    """Whether there was nothing to tell; without rows there never is."""

    @property
    def is_empty(self) -> bool:
        return not self.rows if self.empty is None else self.empty


def money(amount: Decimal | None) -> Cell:
    """An amount; nothing where nothing was booked."""
    return Cell() if amount is None else Cell(f"{amount:.2f}")


def blank(count: int) -> list[Cell]:
    return [Cell()] * count


def grand_total(cells: Cells) -> Section:
    return Section(summary=cells, group="GrandTotal")


def write(header: Mapping[str, Any], table: Table, now: datetime, most_cells: int = MOST_CELLS) -> bytes:
    """The answer's bytes."""
    option = [*header.get("Option", ()), _option("NoReportData", str(table.is_empty).lower())]
    rows = [] if table.is_empty else _limited(table.rows, _Room(most_cells))
    return exact_json.encode(
        {
            "Header": {"Time": now.isoformat(timespec="seconds"), **header, "Option": option},
            "Columns": {"Column": [_column(column) for column in table.columns]},
            "Rows": {"Row": [_row(row, typed=table.typed) for row in rows]} if rows else {},
        }
    )


def _option(name: str, value: str) -> dict[str, str]:
    return {"Name": name, "Value": value}


def _column(column: Column) -> dict[str, Any]:
    written: dict[str, Any] = {"ColTitle": column.title, "ColType": column.type}
    if column.meta:
        written["MetaData"] = [_option(name, value) for name, value in column.meta.items()]
    if column.columns:
        written["Columns"] = {"Column": [_column(inner) for inner in column.columns]}
    return written


def _row(row: Row | Section, *, typed: bool) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if isinstance(row, Row):
        written["ColData"] = _cells(row.cells)
        if typed:
            written["type"] = "Data"
    else:
        if row.header:
            written["Header"] = {"ColData": _cells(row.header)}
        if row.rows:
            written["Rows"] = {"Row": [_row(inner, typed=True) for inner in row.rows]}
        if row.summary:
            written["Summary"] = {"ColData": _cells(row.summary)}
        written["type"] = "Section"
    if row.group:
        written["group"] = row.group
    return written


def _cells(cells: Iterable[Cell]) -> list[dict[str, str]]:
    return [{"value": cell.value, "id": cell.id} if cell.id else {"value": cell.value} for cell in cells]


class _Room:
    """How many cells there is room for."""

    def __init__(self, cells: int) -> None:
        self.left = cells

    def takes(self, *lines: Cells) -> bool:
        self.left -= sum(len(cells) for cells in lines)
        return self.left >= 0


def _limited(rows: Sequence[Row | Section], room: _Room) -> list[Row | Section]:
    """The rows that there is room for; the first that there is not says so instead."""
    kept: list[Row | Section] = []
    for row in rows:
        if isinstance(row, Row):
            fits = room.takes(row.cells)
            kept.append(row if fits else Row([Cell(TOO_MUCH)]))
        else:
            kept.append(_limited_section(row, room))
        if room.left < 0:
            break
    return kept


def _limited_section(section: Section, room: _Room) -> Section:
    room.takes(section.header, section.summary)
    if room.left < 0:
        return Section(section.header, [Row([Cell(TOO_MUCH)])], group=section.group)
    inner = _limited(section.rows, room)
    return Section(section.header, inner, section.summary if room.left >= 0 else (), section.group)
