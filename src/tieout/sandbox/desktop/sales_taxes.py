"""Sales tax: which lines are taxed, at what rate, and to whom it is owed.

A line is taxed where its code is taxable. The rate is that of the code, where it names a tax item of its own (as in Canada
and the United Kingdom), else the transaction's. What a line does not say comes from the customer, then from the item.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .records import NO_MONEY, ZERO, Record, cents, id_of

if TYPE_CHECKING:
    from .company import DesktopCompany

HUNDRED = Decimal(100)


@dataclass(slots=True)
class TaxOfSale:
    """The tax of one transaction."""

    rate: Decimal = ZERO
    """The percentage of the transaction's own tax item."""
    total: Decimal = NO_MONEY
    by_agency: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """The ListID of the vendor that it is owed to, empty where the tax item names none."""


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
    own = id_of(record.get("ItemSalesTaxRef"))
    found.rate = sum((rate for rate, _, _ in _parts(company, own)), ZERO)
    bases: defaultdict[tuple[str, Decimal, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        code = _code(company, line.get("SalesTaxCodeRef"))
        if not code.get("IsTaxable") or not line.get("Amount"):
            continue
        if line.get("TaxAmount") is not None:
            found.by_agency[_agency(company, id_of(code.get("ItemSalesTaxRef")) or own)] += line["TaxAmount"]
            continue
        for rate, agency, item in _parts(company, id_of(code.get("ItemSalesTaxRef")) or own):
            bases[item, rate, agency] += line["Amount"]
    for (_, rate, agency), base in bases.items():
        found.by_agency[agency] += cents(base * rate / HUNDRED)
    found.total = cents(sum(found.by_agency.values(), ZERO))
    return found


def tax_of_purchase(company: DesktopCompany, lines: Iterable[Record]) -> Decimal:
    """What vendors charge: a line's own TaxAmount, else the rate of its code's purchase tax."""
    total = ZERO
    for line in lines:
        if line.get("TaxAmount") is not None:
            total += line["TaxAmount"]
            continue
        code = _code(company, line.get("SalesTaxCodeRef"))
        for rate, _, _ in _parts(company, id_of(code.get("ItemPurchaseTaxRef"))):
            total += cents((line.get("Amount") or ZERO) * rate / HUNDRED)
    return cents(total)


def _code(company: DesktopCompany, reference: Any) -> Mapping[str, Any]:
    return company.records.get("SalesTaxCode", {}).get(id_of(reference), {})


def _parts(company: DesktopCompany, item_id: str) -> list[tuple[Decimal, str, str]]:
    """Rate, agency and id of each tax that a tax item or group stands for."""
    found = company.item(item_id)
    if found.kind == "ItemSalesTax":
        return [(found.record.get("TaxRate") or ZERO, id_of(found.record.get("TaxVendorRef")), item_id)]
    inner = found.record.get("ItemSalesTaxRef", ()) if found.kind == "ItemSalesTaxGroup" else ()
    return [part for each in inner for part in _parts(company, id_of(each))]


def _agency(company: DesktopCompany, item_id: str) -> str:
    return next((agency for _, agency, _ in _parts(company, item_id)), "")
