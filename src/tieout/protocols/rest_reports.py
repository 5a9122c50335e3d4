"""Reports of the REST API: the request, and the answer's rows within rows as flat rows.

A summary report (an amount per account and period, say) becomes a row per amount:

    section      the headings above it, outermost first, joined by " > "
    label, id    what the row is about
    kind         data, or total for the sums that QuickBooks adds
    group        QuickBooks' own word for headings and totals: Income, NetIncome, GrandTotal …
    column       the title above the amount; start_date and end_date where it is a period
    amount       exact; what is no amount, such as `62.86 %`, is in `text`

A detail report becomes a row per row, with its fields under QuickBooks' keys (`tx_date`, `subt_nat_amount`) and the
ids of what they name beside them (`txn_type_id`).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

import arro3.core as arrow
import msgspec
from arro3.core import DataType
from arro3.io import read_json

from ..catalog.reports import NUMBERS, Report, detail_columns
from ..errors import RemoteProtocolError
from . import exact_json, rest
from .flat_tables import SCALE
from .rest import Request
from .table_names import table_name

CUT_OFF = "Unable to display more data"
"""What stands in the last row of a report that has more cells than QuickBooks gives."""
OPENING = "Beginning Balance"
BETWEEN = " > "
_NOTHING = ("", "0-00-00")
"""How QuickBooks writes that there is no value, the second for dates."""


class Cell(msgspec.Struct):
    """One value."""

    value: str = ""
    id: str = ""


class Cells(msgspec.Struct):
    """A line of values."""

    cells: list[Cell] = msgspec.field(default_factory=list, name="ColData")


class Rows(msgspec.Struct):
    """Rows below a heading."""

    rows: list[Row] = msgspec.field(default_factory=list, name="Row")


class Row(msgspec.Struct):
    """A line, or a heading with rows and a sum."""

    cells: list[Cell] = msgspec.field(default_factory=list, name="ColData")
    header: Cells = msgspec.field(default_factory=Cells, name="Header")
    rows: Rows = msgspec.field(default_factory=Rows, name="Rows")
    summary: Cells = msgspec.field(default_factory=Cells, name="Summary")
    group: str = ""

    @property
    def inner(self) -> list[Row]:
        return self.rows.rows

    @property
    def title(self) -> Cell:
        return self.header.cells[0] if self.header.cells else Cell()


class _NameValue(msgspec.Struct):
    name: str = msgspec.field(default="", name="Name")
    value: str = msgspec.field(default="", name="Value")


class _Column(msgspec.Struct):
    title: str = msgspec.field(default="", name="ColTitle")
    type: str = msgspec.field(default="", name="ColType")
    meta: list[_NameValue] = msgspec.field(default_factory=list, name="MetaData")
    columns: _Columns | None = msgspec.field(default=None, name="Columns")


class _Columns(msgspec.Struct):
    columns: list[_Column] = msgspec.field(default_factory=list, name="Column")


class _Header(msgspec.Struct):
    time: datetime | None = msgspec.field(default=None, name="Time")
    name: str = msgspec.field(default="", name="ReportName")
    start: str = msgspec.field(default="", name="StartPeriod")
    end: str = msgspec.field(default="", name="EndPeriod")
    currency: str = msgspec.field(default="", name="Currency")
    basis: str = msgspec.field(default="", name="ReportBasis")
    option: list[_NameValue] = msgspec.field(default_factory=list, name="Option")


class _Answer(msgspec.Struct, kw_only=True):
    header: _Header = msgspec.field(name="Header")
    columns: _Columns = msgspec.field(default_factory=_Columns, name="Columns")
    rows: Rows = msgspec.field(default_factory=Rows, name="Rows")


_ANSWER = msgspec.json.Decoder(_Answer)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of values."""

    title: str
    key: str
    kind: str
    start: str = ""
    end: str = ""

    @property
    def value_kind(self) -> str:
        """What its values are: as the catalog knows the key, else as the column says."""
        declared = detail_columns().get(self.key)
        return declared.kind if declared else self.kind

    @property
    def is_number(self) -> bool:
        return self.value_kind == "Money" or self.value_kind in NUMBERS

    @property
    def is_day(self) -> bool:
        return self.value_kind == "Date"

    @property
    def names_something(self) -> bool:
        """Whether a value may have the id of what it names."""
        return not self.is_number and not self.is_day

    @property
    def runs(self) -> bool:
        """Whether it tells what the rows so far come to."""
        return self.value_kind == "Running"

    @property
    def adds_up(self) -> bool:
        """Whether sums of it are sums over periods too."""
        return self.value_kind in ("Money", "Sum")


def report_request(realm: str, report: Report, params: Mapping[str, str], minor_version: int) -> Request:
    """A report on the books."""
    version = {"minorversion": str(minor_version)}
    return Request("GET", f"/v3/company/{realm}/reports/{report.name}", {**params, **version})


def read_report(body: bytes, report: Report, *, tid: str = "") -> ReportTable:
    """A report's answer; raises the fault that it may be instead."""
    rest.read_entity(body, "Header", tid=tid)
    answer = exact_json.read_as(_ANSWER, body)
    return ReportTable(
        report,
        answer.header.time,
        (answer.header.start, answer.header.end),
        tuple(_columns(answer.columns.columns)),
        answer.rows.rows,
        (body,),
        answer.header.currency,
    )


@dataclass
class ReportTable:
    """A report that was read: as it came, and flat."""

    report: Report
    time: datetime | None
    period: tuple[str, str]
    """First and last day as QuickBooks tells them; empty where it does not."""
    columns: tuple[Column, ...]
    rows: Sequence[Row] = field(repr=False)
    bodies: tuple[bytes, ...] = field(repr=False, default=())
    """The answers as they came; one, unless it was asked in parts."""
    currency: str = ""
    """What amounts are in; empty where QuickBooks does not tell."""

    type: str = field(init=False)

    def __post_init__(self) -> None:
        self.type = self.report.name

    @property
    def is_cut_off(self) -> bool:
        """Whether QuickBooks left something out because there was too much."""
        return any(CUT_OFF in cell.value for line in self._lines for cell in line.cells)

    def __len__(self) -> int:
        return len(self.records())

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.records())

    def records(self) -> list[dict[str, Any]]:
        """Flat rows, amounts as Decimal."""
        return self._records

    def texts(self) -> list[str]:
        """Each flat row as JSON; what came over the wire is in `bodies`."""
        return [exact_json.encode(record).decode() for record in self._records]

    def tables(self) -> Mapping[str, Any]:
        """The flat rows as an Arrow table, decimals exact."""
        schema = arrow.Schema([arrow.Field(name, kind) for name, kind in self._fields().items()])
        lines = io.BytesIO("\n".join(self.texts()).encode())
        batches = list(read_json(lines, schema)) if self._records else []
        return {table_name(self.report.name): arrow.Table.from_batches(batches, schema=schema)}

    @cached_property
    def _lines(self) -> list[_Line]:
        return list(_walk(self.rows, (), ""))

    @cached_property
    def _records(self) -> list[dict[str, Any]]:
        flat = self._detail if self.report.is_detail else self._amounts
        return [record for line in self._lines for record in flat(line)]

    def _amounts(self, line: _Line) -> Iterator[dict[str, Any]]:
        label = line.cells[0]
        for column, cell in zip(self.columns[1:], line.cells[1:], strict=False):
            if cell.value.strip() not in _NOTHING:
                amount = amount_of(cell.value) if column.is_number else None
                yield {
                    **_place(line, label.value, label.id),
                    "column": column.title,
                    "start_date": column.start or None,
                    "end_date": column.end or None,
                    "amount": amount,
                    "text": cell.value if amount is None else None,
                }

    def _detail(self, line: _Line) -> Iterator[dict[str, Any]]:
        if line.kind == "heading":
            return
        first = line.cells[0].value if line.cells else ""
        is_label = line.kind == "total" or first == OPENING
        record = _place(line, first if is_label else "", "")
        cells = [Cell(), *line.cells[1:]] if is_label else line.cells
        for place, column in enumerate(self.columns):
            cell = cells[place] if place < len(cells) else Cell()
            record[column.key] = self._value(column, cell)
            if column.names_something:
                record[f"{column.key}_id"] = cell.id or None
        yield record

    def _value(self, column: Column, cell: Cell) -> Any:
        if cell.value.strip() in _NOTHING:
            return None
        if not column.is_number:
            return cell.value
        amount = amount_of(cell.value)
        if amount is None:
            raise RemoteProtocolError(
                f"{self.report.name}: {column.key} is {cell.value!r}, which is no number."
            )
        return amount

    def _fields(self) -> dict[str, Any]:
        text = DataType.utf8()
        decimal = DataType.decimal128(38, SCALE)
        fields = dict.fromkeys(("section", "section_id", "label", "id", "kind", "group"), text)
        if not self.report.is_detail:
            day = DataType.date32()
            return fields | {
                "column": text,
                "start_date": day,
                "end_date": day,
                "amount": decimal,
                "text": text,
            }
        for column in self.columns:
            words = DataType.date32() if column.is_day else text
            fields[column.key] = decimal if column.is_number else words
            if column.names_something:
                fields[f"{column.key}_id"] = text
        return fields


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of values with the headings above it."""

    section: tuple[str, ...]
    section_id: str
    kind: str
    cells: Sequence[Cell]
    group: str


def _walk(rows: Iterable[Row], above: tuple[str, ...], above_id: str) -> Iterator[_Line]:
    for row in rows:
        if row.cells:
            kind = "total" if row.group == "GrandTotal" else "data"
            yield _Line(above, above_id, kind, row.cells, row.group)
            continue
        inside = (*above, row.title.value) if row.title.value else above
        if row.header.cells:
            yield _Line(above, above_id, "heading", row.header.cells, row.group)
        yield from _walk(row.inner, inside, row.title.id or above_id)
        if row.summary.cells:
            section, id_ = (inside, row.title.id or above_id) if row.inner else (above, above_id)
            yield _Line(section, id_, "total", row.summary.cells, row.group)


def _place(line: _Line, label: str, id_: str) -> dict[str, Any]:
    return {
        "section": BETWEEN.join(line.section),
        "section_id": line.section_id or None,
        "label": label,
        "id": id_ or None,
        "kind": "data" if line.kind == "heading" else line.kind,
        "group": line.group or None,
    }


def _columns(columns: Iterable[_Column], above: str = "") -> Iterator[Column]:
    """The columns that have values, each with the titles above it."""
    for column in columns:
        title = f"{above}: {column.title}" if above and column.title else above or column.title
        if column.columns is not None and column.columns.columns:
            yield from _dated(_columns(column.columns.columns, title), column)
        else:
            meta = {pair.name: pair.value for pair in column.meta}
            key = meta.get("ColKey") or (column.type if column.type in detail_columns() else column.title)
            yield Column(title, key, column.type, meta.get("StartDate", ""), meta.get("EndDate", ""))


def _dated(inner: Iterable[Column], above: _Column) -> Iterator[Column]:
    """Columns with the period of the one above them, where they tell none."""
    meta = {pair.name: pair.value for pair in above.meta}
    for column in inner:
        start, end = meta.get("StartDate", ""), meta.get("EndDate", "")
        yield replace(column, start=column.start or start, end=column.end or end)


def amount_of(text: str) -> Decimal | None:
    """A number as reports write it; None when it is none."""
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
