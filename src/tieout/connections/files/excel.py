"""Excel: the rows of a sheet by the names in its first row, values and not formulas, days as days."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any, BinaryIO

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from ...catalog.nearest import did_you_mean
from ...errors import Invalid, SetupError
from ...protocols.record_files import Given
from ...protocols.record_tables import flat_rows

DIGITS = 15
"""Excel computes in binary and shows so many digits; what is beyond them is noise."""


def read_excel(file: BinaryIO, name: str, sheet: str = "") -> Iterator[Given]:
    """A record for each row that says something; an empty cell says nothing."""
    body = file.read()
    values = _sheet(body, name, sheet, values=True)
    formulas = _sheet(body, name, sheet, values=False)
    rows = zip(values.iter_rows(), formulas.iter_rows(), strict=False)
    head = next(rows, None)
    columns = [str(each.value).strip() if each.value is not None else "" for each in head[0]] if head else []
    if not any(columns):
        raise SetupError(f"{name} names no columns in its first row.", advice="Name a field in each column.")
    _refuse_twins(columns, name)
    for number, (row, written) in enumerate(rows, 2):
        place = f"{name}, row {number}"
        if any(each.value is not None for each in (*row, *written)):
            yield _record(place, columns, row, written)


def _record(place: str, columns: Sequence[str], row: Sequence[Any], written: Sequence[Any]) -> Given:
    record = {}
    for at, (cell, source) in enumerate(zip(row, written, strict=False)):
        where = f"{place}, cell {get_column_letter(at + 1)}"
        column = columns[at] if at < len(columns) else ""
        value = cell.value
        if value is None and source.data_type == "f":
            told = f"{where} holds a formula whose value was never computed: {source.value}"
            advice = "Open the file in Excel and save it, so that the values are in it."
            return Given(place, error=Invalid(f"{told}.", element=column, advice=advice))
        if cell.data_type == "e":
            told = f"{where} holds the error {value}"
            return Given(place, error=Invalid(f"{told}.", element=column, advice="Correct the sheet."))
        if value is None:
            continue
        if not column:
            told = f"{where} has a value, and its column has no name"
            return Given(place, error=Invalid(f"{told}.", advice="Name the column in the first row."))
        record[column] = _value(value)
    return Given(place, record)


def _value(value: Any) -> Any:
    if isinstance(value, float):
        number = Decimal(f"{value:.{DIGITS}g}")
        return int(number) if number == number.to_integral_value() and abs(number) < 10**DIGITS else number
    if isinstance(value, datetime) and value.time() == time():
        return value.date()  # Excel knows days only as the moment they begin
    return value.strip() if isinstance(value, str) else value


def _sheet(body: bytes, name: str, sheet: str, *, values: bool) -> Any:
    try:
        book = load_workbook(BytesIO(body), read_only=True, data_only=values)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise SetupError(
            f"{name} is no workbook of Excel: {error}.", advice="Save it as .xlsx, or as CSV UTF-8."
        ) from error
    if sheet and sheet not in book.sheetnames:
        raise SetupError(
            f"{name} has no sheet {sheet!r}.{did_you_mean(sheet, book.sheetnames)}",
            advice=f"Its sheets are {', '.join(book.sheetnames)}.",
        )
    return book[sheet] if sheet else book.worksheets[0]


def _refuse_twins(columns: Sequence[str], name: str) -> None:
    for column in filter(None, columns):
        if columns.count(column) > 1:
            raise SetupError(
                f"{name} names the column {column} twice.", advice="Give each column the name of one field."
            )


def write_excel(records: Sequence[Mapping[str, Any]], sheet: str = "") -> bytes:
    """A workbook of one sheet; what is nested has dotted columns."""
    rows = flat_rows(records)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet or "Sheet1")
    page.append(columns)
    for row in rows:
        page.append([_kept(page, row.get(name)) for name in columns])
    body = BytesIO()
    book.save(body)
    return body.getvalue()


def _kept(page: Any, value: Any) -> Any:
    """A number with more digits than Excel keeps goes in as text; a text is never a formula."""
    if isinstance(value, str) and value.startswith("="):
        cell = WriteOnlyCell(page, value=value)
        cell.data_type = "s"
        return cell
    if isinstance(value, Decimal | int) and len(Decimal(value).normalize().as_tuple().digits) > DIGITS:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return value
