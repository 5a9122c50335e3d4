"""Which tax codes may stand where, by country.

In the United States lines say TAX or NON and the transaction names a code with rates; elsewhere lines name codes
with rates, and the pseudo codes do not exist.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalog.rest import RecordType
from . import refusals
from .amounts import detail
from .books import Books
from .records import Record
from .tax_codes import PSEUDO_TAX_CODES

LINE_CODES = ("TAX", "NON")
"""What a line in the United States may say."""
_USUAL_CODES = ("DefaultTaxCodeRef", "SalesTaxCodeRef", "PurchaseTaxCodeRef")
"""Where list records say what is usual for them."""


def check(books: Books, found: RecordType, record: Record) -> None:
    """Refuse tax codes that this country or place does not know."""
    for code in _of_lines(record.get("Line", [])):
        if not _may_stand_on_a_line(books, code):
            raise refusals.wrong_tax_code(code)
    code = record.get("TxnTaxDetail", {}).get("TxnTaxCodeRef", {}).get("value")
    if books.country == "US" and code and not _has_rates(books, code):
        raise refusals.invalid_tax_code(6160, code, "TxnTaxDetail.TxnTaxCodeRef")
    if found.kind == "list":
        _check_usual(books, record)


def _of_lines(lines: list[Record]) -> Iterator[str]:
    for line in lines:
        part = detail(line) if "DetailType" in line else {}
        code = part.get("TaxCodeRef", {}).get("value")
        if code:
            yield str(code)
        yield from _of_lines(part.get("Line", []))


def _may_stand_on_a_line(books: Books, code: str) -> bool:
    return code in LINE_CODES if books.country == "US" else _has_rates(books, code)


def _has_rates(books: Books, code: str) -> bool:
    stored = books.store("TaxCode").get(code)
    return stored is not None and stored.active and code not in PSEUDO_TAX_CODES


def _check_usual(books: Books, record: Record) -> None:
    """A code that a customer or an item is usually taxed with exists (6230)."""
    for field in _USUAL_CODES:
        code = record.get(field, {}).get("value")
        if code and books.store("TaxCode").get(code) is None:
            raise refusals.invalid_tax_code(6230, code, field)
