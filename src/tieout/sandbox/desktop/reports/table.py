"""A report as qbXML writes it: descriptions of columns, then rows that are data, text, subtotals or totals."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ....protocols.qbxml_writer import ORDER
from ..records import ZERO, Record, cents

Cell = str | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what QuickBooks calls it, and the type of its values."""

    title: str
    type: str
    """A ColType: `Amount`, `Date`, `TxnType` …"""
    data: str = "STRTYPE"
    above: str = ""
    """What stands over several columns, in a row of titles of its own."""


LABEL = Column("", "Label")


@dataclass
class Table:
    """A report that grows row by row."""

    title: str
    subtitle: str
    columns: list[Column]
    basis: str = ""
    """Empty where a report knows none."""
    _rows: list[tuple[str, Record]] = field(default_factory=list)

    def text(self, value: str) -> None:
        self._rows.append(("TextRow", {"@rowNumber": self._number, "@value": value}))

    def data(self, cells: list[Cell], row_type: str = "", value: str = "") -> None:
        """A row about an element of a list, of this type and full name, where it is about one."""
        self._row("DataRow", cells, row_type, value)

    def subtotal(self, cells: list[Cell], row_type: str = "", value: str = "") -> None:
        self._row("SubtotalRow", cells, row_type, value)

    def total(self, cells: list[Cell]) -> None:
        self._row("TotalRow", cells, "", "")

    @property
    def _number(self) -> str:
        return str(len(self._rows) + 1)

    def _row(self, kind: str, cells: list[Cell], row_type: str, value: str) -> None:
        row: Record = {"@rowNumber": self._number}
        if row_type:
            row["RowData"] = {"@rowType": row_type, "@value": value}
        row["ColData"] = [
            {"@colID": str(number), "@value": _text(cell)}
            for number, cell in enumerate(cells, 1)
            if cell is not None and cell != ""
        ]
        self._rows.append((kind, row))

    def ret(self) -> Record:
        """The ReportRet."""
        rows = 2 if any(column.above for column in self.columns) else 1
        told: Record = {
            "ReportTitle": self.title,
            "ReportSubtitle": self.subtitle,
            "ReportBasis": self.basis or "None",
            "NumRows": len(self._rows),
            "NumColumns": len(self.columns),
            "NumColTitleRows": rows,
            "ColDesc": [_described(number, column, rows) for number, column in enumerate(self.columns, 1)],
        }
        if self._rows:
            data: dict[str, Any] = {ORDER: [kind for kind, _ in self._rows]}
            for kind, row in self._rows:
                data.setdefault(kind, []).append(row)
            told["ReportData"] = data
        return told


def _described(number: int, column: Column, rows: int) -> Record:
    titles: list[Record] = []
    for row, title in enumerate((column.above, column.title)[-rows:], 1):
        titles.append({"@titleRow": str(row), **({"@value": title} if title else {})})
    return {"@colID": str(number), "@dataType": column.data, "ColTitle": titles, "ColType": column.type}


def _text(cell: Cell) -> str:
    """Without the sign of a zero."""
    return str(cents(cell) + ZERO) if isinstance(cell, Decimal) else str(cell)
