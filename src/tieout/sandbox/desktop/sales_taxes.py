"""Sales tax: which lines are taxed, at what rate, and to whom it is owed.

A line is taxed where its code is taxable. The rate is that of the code, where it names a tax item of its own (as in Canada
and the United Kingdom), else the transaction's. What a line does not say comes from the customer, then from the item.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from .records import NO_MONEY, ZERO, Record, cents, id_of

if TYPE_CHECKING:
    from .company import DesktopCompany

HUNDRED = Decimal(100)


class TaxPart(NamedTuple):
    """One of the taxes that a tax item or group stands for."""

    rate: Decimal
    """In percent."""
    agency: str
    """The ListID of the vendor that it is owed to, empty where the tax item names none."""
    item: str
    """The tax item's ListID."""


_NO_PART = TaxPart(ZERO, "", "")


@dataclass(slots=True)
class TaxOfSale:
    """The tax of one transaction."""

    rate: Decimal = ZERO
    """The percentage of the transaction's own tax item."""
    total: Decimal = NO_MONEY
    by_part: defaultdict[TaxPart, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def default_tax(
    company: DesktopCompany, record: Record, lines: Iterable[Record], fields: frozenset[str]
) -> None:
    """Tax item and tax codes of a sale that does not say them, while the company charges tax."""
    if not company.charges_tax:
        return
    customer = company.records.get("Customer", {}).get(id_of(record.get("CustomerRef")), {})
    code = record.get("CustomerSalesTaxCodeRef") or customer.get("SalesTaxCodeRef")
    if "ItemSalesTaxRef" in fields and not record.get("ItemSalesTaxRef"):
        record["ItemSalesTaxRef"] = customer.get("ItemSalesTaxRef") or company.usual_tax()
    if "CustomerSalesTaxCodeRef" in fields and code:
        record.setdefault("CustomerSalesTaxCodeRef", code)
    exempt = code is not None and not _code(company, code).get("IsTaxable", True)
    for line in lines:
        item = company.item(id_of(line.get("ItemRef")))
        if item.kind and item.kind not in (
            "ItemSubtotal",
            "ItemPayment",
            "ItemSalesTax",
            "ItemSalesTaxGroup",
        ):
            usual = company.tax_code(taxable=False) if exempt else item.tax_code
            if usual:
                line.setdefault("SalesTaxCodeRef", usual)


def tax_of_sale(company: DesktopCompany, record: Mapping[str, Any], lines: Iterable[Record]) -> TaxOfSale:
    """Line by line: each tax item of a group is rounded by itself, over all lines that it is for."""
    found = TaxOfSale()
    found.rate = sum((part.rate for part in tax_parts(company, id_of(record.get("ItemSalesTaxRef")))), ZERO)
    bases: defaultdict[TaxPart, Decimal] = defaultdict(Decimal)
    for line in lines:
        if not line.get("Amount") or not is_taxed(company, line):
            continue
        parts = taxes_of_line(company, record, line)
        if line.get("TaxAmount") is not None:
            found.by_part[parts[0] if parts else _NO_PART] += line["TaxAmount"]
            continue
        for part in parts:
            bases[part] += line["Amount"]
    for part, base in bases.items():
        found.by_part[part] += cents(base * part.rate / HUNDRED)
    found.total = cents(sum(found.by_part.values(), ZERO))
    return found


def is_taxed(company: DesktopCompany, line: Mapping[str, Any]) -> bool:
    """Whether a line's tax code is taxable."""
    return bool(_code(company, line.get("SalesTaxCodeRef")).get("IsTaxable"))


def taxes_of_line(
    company: DesktopCompany, record: Mapping[str, Any], line: Mapping[str, Any]
) -> list[TaxPart]:
    """The taxes that hold for a line: those of its code's own tax item, else the transaction's."""
    own = id_of(_code(company, line.get("SalesTaxCodeRef")).get("ItemSalesTaxRef"))
    return tax_parts(company, own or id_of(record.get("ItemSalesTaxRef")))


def tax_of_purchase(company: DesktopCompany, lines: Iterable[Record]) -> Decimal:
    """What vendors charge: a line's own TaxAmount, else the rate of its code's purchase tax."""
    total = ZERO
    for line in lines:
        if line.get("TaxAmount") is not None:
            total += line["TaxAmount"]
            continue
        code = _code(company, line.get("SalesTaxCodeRef"))
        for part in tax_parts(company, id_of(code.get("ItemPurchaseTaxRef"))):
            total += cents((line.get("Amount") or ZERO) * part.rate / HUNDRED)
    return cents(total)


def _code(company: DesktopCompany, reference: Any) -> Mapping[str, Any]:
    return company.records.get("SalesTaxCode", {}).get(id_of(reference), {})


def tax_parts(company: DesktopCompany, item_id: str) -> list[TaxPart]:
    """Each tax that a tax item or group stands for; none for what is neither."""
    found = company.item(item_id)
    if found.kind == "ItemSalesTax":
        agency = id_of(found.record.get("TaxVendorRef"))
        return [TaxPart(found.record.get("TaxRate") or ZERO, agency, item_id)]
    inner = found.record.get("ItemSalesTaxRef", ()) if found.kind == "ItemSalesTaxGroup" else ()
    return [part for each in inner for part in tax_parts(company, id_of(each))]
