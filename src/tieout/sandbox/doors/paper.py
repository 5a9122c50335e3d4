"""Documents on paper: a plain PDF of an invoice and its like, with the figures of the record."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pydyf  # type: ignore[import-untyped]

from ...catalog.rest import detail_member
from ..company.records import Record

Row = tuple[str, str]
"""A text on the left, and what stands on the right: an amount, or nothing."""

_WIDTH, _HEIGHT, _MARGIN = 612, 792, 54
"""Letter paper, in points."""
_SIZE, _LEADING, _TITLE_SIZE = 10, 15, 18
_ROWS = (_HEIGHT - 3 * _MARGIN) // _LEADING
"""Rows on a page."""
_COLUMNS = 84
"""Characters of Courier at this size between the margins."""
_AMOUNT = 16
"""Columns that an amount may take."""
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def draw(type_name: str, record: Record, company: str) -> bytes:
    """The document as a PDF."""
    rows = list(_rows(record, company))
    pdf = pydyf.PDF()
    fonts = pydyf.Dictionary({"F1": _font("Courier"), "F2": _font("Helvetica-Bold")})
    title = f"{_WORDS.sub(' ', type_name)} {record.get('DocNumber', '')}".strip()
    for first in range(0, len(rows), _ROWS):
        _add_page(pdf, fonts, title, rows[first : first + _ROWS])
    pdf.info["Title"] = pydyf.String(title)
    written = io.BytesIO()
    pdf.write(written)
    return written.getvalue()


def _rows(record: Record, company: str) -> Iterator[Row]:
    party: Record = record.get("CustomerRef") or record.get("VendorRef") or {}
    yield company, ""
    yield from ((text, "") for text in _address(record, party.get("name", "")))
    yield f"Date {record.get('TxnDate', '')}", ""
    if "DueDate" in record:
        yield f"Due {record['DueDate']}", ""
    yield "", ""
    for line in record.get("Line", ()):
        yield from _line(line)
    yield "", ""
    if "TxnTaxDetail" in record:
        yield "Tax", _money(record["TxnTaxDetail"].get("TotalTax"))
    currency = record.get("CurrencyRef", {}).get("value", "")
    yield f"Total {currency}".strip(), _money(record.get("TotalAmt"))
    if "Balance" in record:
        yield "Balance due", _money(record["Balance"])


def _address(record: Record, name: str) -> Iterator[str]:
    address: Record = record.get("BillAddr") or record.get("VendorAddr") or {}
    town = " ".join(address.get(part, "") for part in ("City", "CountrySubDivisionCode", "PostalCode"))
    street = [address.get(f"Line{number}", "") for number in range(1, 6)]
    yield from (text for text in (name, *street, town.strip()) if text)


def _line(line: Record) -> Iterator[Row]:
    """A line, its text wrapped, its amount beside the first row."""
    detail = line.get(detail_member(line.get("DetailType", "")), {})
    item = detail.get("ItemRef", {}).get("name", "") if isinstance(detail, dict) else ""
    text = " - ".join(filter(None, (item, line.get("Description", "")))) or _WORDS.sub(
        " ", line.get("DetailType", "Line").removesuffix("LineDetail")
    )
    first, *others = textwrap.wrap(text, _COLUMNS - _AMOUNT) or [""]
    yield first, _money(line.get("Amount"))
    yield from ((other, "") for other in others)


def _money(amount: Any) -> str:
    return "" if amount is None else f"{Decimal(amount):,.2f}"


def _font(name: str) -> pydyf.Dictionary:
    """One of the fonts that every reader has; with the characters of Windows' Western code page."""
    return pydyf.Dictionary(
        {"Type": "/Font", "Subtype": "/Type1", "BaseFont": f"/{name}", "Encoding": "/WinAnsiEncoding"}
    )


def _add_page(pdf: pydyf.PDF, fonts: pydyf.Dictionary, title: str, rows: Sequence[Row]) -> None:
    contents = pydyf.Stream(compress=True)
    contents.begin_text()
    _write(contents, "F2", _TITLE_SIZE, _HEIGHT - _MARGIN - _TITLE_SIZE, title)
    for number, (left, right) in enumerate(rows):
        height = _HEIGHT - 2 * _MARGIN - number * _LEADING
        room = _COLUMNS - len(right) - 1
        _write(contents, "F1", _SIZE, height, f"{left[:room]:<{room}} {right}")
    contents.end_text()
    pdf.add_object(contents)
    page = {
        "Type": "/Page",
        "Parent": pdf.pages.reference,
        "MediaBox": pydyf.Array([0, 0, _WIDTH, _HEIGHT]),
        "Contents": contents.reference,
        "Resources": pydyf.Dictionary({"Font": fonts}),
    }
    pdf.add_page(pydyf.Dictionary(page))


def _write(contents: pydyf.Stream, font: str, size: int, height: int, text: str) -> None:
    contents.set_font_size(font, size)
    contents.set_text_matrix(1, 0, 0, 1, _MARGIN, height)
    contents.show_text_string(text.translate(_ONE_LINE).encode("cp1252", "replace"))


_ONE_LINE = dict.fromkeys(range(32), " ")
