"""Tax on sales and purchases, by the rates of the company's own tax codes.

In the United States a transaction has one tax code and lines are TAX or NON; only sales are taxed. Elsewhere every
line has a code of its own, amounts are net, and GlobalTaxCalculation says how they are shown: `TaxInclusiveAmt`
carries what a line costs with its tax. Tax that a client sends stands, as an override; what a client merely sends
back is worked out again when the lines have changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Literal

from ..company import refusals
from ..company.amounts import cents, detail, total_of
from ..company.books import Books
from ..company.records import Record
from .ledger import ZERO

Side = Literal["Sales", "Purchase"]

_TAXED = frozenset({"SalesItemLineDetail", "AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"})
_LISTS = {"Sales": "SalesTaxRateList", "Purchase": "PurchaseTaxRateList"}


def apply(books: Books, record: Record, before: Record | None, side: Side) -> Decimal:
    """Complete TxnTaxDetail; answers the tax to add to the lines."""
    if books.country != "US":
        return _global(books, record, before, side)
    record.pop("GlobalTaxCalculation", None)
    if side == "Purchase":
        return cents(record.get("TxnTaxDetail", {}).get("TotalTax", ZERO))
    return _sales_tax(books, record, before)


def is_taxable(books: Books, record: Record) -> bool:
    """Whether tax may apply to any of its lines."""
    if books.country != "US":
        return record.get("GlobalTaxCalculation") != "NotApplicable"
    return any(_code(line) == "TAX" for line in goods_of(record["Line"]))


def goods_of(lines: Iterable[Record], also: str = "") -> Iterator[Record]:
    """Lines with amounts of their own, those of bundles one by one; and those of one other DetailType."""
    for line in lines:
        kind = line.get("DetailType")
        if kind in _TAXED or (kind and kind == also):
            yield line
        elif kind == "GroupLineDetail":
            yield from goods_of(detail(line).get("Line", ()), also)


def _sales_tax(books: Books, record: Record, before: Record | None) -> Decimal:
    """The tax as sent; without a sent total, by the rates of TxnTaxCodeRef on lines marked TAX."""
    sent: Record = record.setdefault("TxnTaxDetail", {})
    taxable = _taxable(record)
    if before and sent == before.get("TxnTaxDetail") and taxable != _taxable(before):
        sent = record["TxnTaxDetail"] = {k: v for k, v in sent.items() if k == "TxnTaxCodeRef"}
    code = _code_of_sale(books, record, sent, taxable)
    if "TotalTax" not in sent and code:
        sent["TaxLine"] = [_tax_line(rate, taxable) for rate in _rates(books, code, "Sales")]
        sent["TotalTax"] = total_of(sent["TaxLine"])
    sent["TotalTax"] = cents(sent.get("TotalTax", ZERO))
    return Decimal(sent["TotalTax"])


def _code_of_sale(books: Books, record: Record, sent: Record, taxable: Decimal) -> Record | None:
    """The tax code of a sale: as sent, else, with automated sales tax, the company's for taxable customers."""
    if "TxnTaxCodeRef" not in sent and "TotalTax" not in sent and taxable and _is_automated(books, record):
        usual = books.preference("TaxPrefs", "TaxGroupCodeRef")
        if usual:
            sent["TxnTaxCodeRef"] = {"value": usual["value"]}
    return books.find("TaxCode", sent.get("TxnTaxCodeRef", {}).get("value", ""))


def _is_automated(books: Books, record: Record) -> bool:
    customer = books.find("Customer", record.get("CustomerRef", {}).get("value", "")) or {}
    return bool(books.preference("TaxPrefs", "PartnerTaxEnabled")) and customer.get("Taxable", True)


def _taxable(record: Record) -> Decimal:
    """What is taxed of a sale; a discount comes off first where ApplyTaxAfterDiscount says so."""
    lines = record.get("Line", [])
    taxable = total_of(line for line in goods_of(lines) if _code(line) == "TAX")
    return cents(taxable * _kept(record)) if record.get("ApplyTaxAfterDiscount") else taxable


def _kept(record: Record) -> Decimal:
    """The share of the goods' price that discounts leave."""
    lines = record.get("Line", [])
    goods = total_of(goods_of(lines))
    discount = total_of(line for line in lines if line.get("DetailType") == "DiscountLineDetail")
    return (goods - discount) / goods if goods else Decimal(1)


def _code(line: Record) -> str:
    part = detail(line)
    return str(part["TaxCodeRef"].get("value", "")) if "TaxCodeRef" in part else ""


def _rates(books: Books, code: Record, side: Side) -> list[Record]:
    listed = code.get(_LISTS[side], {}).get("TaxRateDetail", [])
    found = (books.find("TaxRate", entry["TaxRateRef"]["value"]) for entry in listed)
    return [rate for rate in found if rate]


def _tax_line(rate: Record, taxable: Decimal, amount: Decimal | None = None) -> Record:
    return {
        "Amount": cents(taxable * rate["RateValue"] / 100) if amount is None else amount,
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": rate["Id"]},
            "PercentBased": True,
            "TaxPercent": rate["RateValue"],
            "NetAmountTaxable": taxable,
        },
    }


def _global(books: Books, record: Record, before: Record | None, side: Side) -> Decimal:
    mode = record.setdefault("GlobalTaxCalculation", "TaxExcluded")
    sent: Record = record.pop("TxnTaxDetail", {})
    _check_sent(sent, mode)
    if mode == "NotApplicable":
        return ZERO
    taxed = _GlobalTax(books, record, side)
    lines = taxed.tax_lines()
    if sent.get("TaxLine") and not (before and sent == before.get("TxnTaxDetail")):
        _override(lines, sent)
    elif "TotalTax" in sent and "TaxLine" not in sent and lines:
        lines[0]["Amount"] += cents(sent["TotalTax"]) - total_of(lines)
    record["TxnTaxDetail"] = {"TotalTax": total_of(lines), "TaxLine": lines}
    return Decimal(record["TxnTaxDetail"]["TotalTax"])


def _check_sent(sent: Record, mode: str) -> None:
    """A transaction's tax elsewhere has no code of its own, adds up, and is absent where no tax applies (6170)."""
    if "TxnTaxCodeRef" in sent:
        raise refusals.wrong_tax_detail("TxnTaxCodeRef is for companies in the United States.")
    if mode == "NotApplicable" and (sent.get("TotalTax") or sent.get("TaxLine")):
        raise refusals.wrong_tax_detail("There is no tax where GlobalTaxCalculation is NotApplicable.")
    if "TotalTax" in sent and sent.get("TaxLine") and total_of(sent["TaxLine"]) != cents(sent["TotalTax"]):
        raise refusals.wrong_tax_detail("TotalTax is not the sum of the tax lines.")


def _override(lines: list[Record], sent: Record) -> None:
    by_rate = {line["TaxLineDetail"]["TaxRateRef"]["value"]: line for line in lines}
    for line in sent["TaxLine"]:
        rate = line.get("TaxLineDetail", {}).get("TaxRateRef", {}).get("value", "")
        if rate not in by_rate:
            raise refusals.wrong_tax_detail(f"No line is taxed at the rate {rate}.")
        by_rate[rate]["Amount"] = cents(line.get("Amount", ZERO))


class _GlobalTax:
    """The tax of a transaction by rates: net amounts and taxes are summed over its lines."""

    def __init__(self, books: Books, record: Record, side: Side) -> None:
        self._books = books
        self._side: Side = side
        self._inclusive = record["GlobalTaxCalculation"] == "TaxInclusive"
        self._kept = _kept(record)
        self._rates: dict[str, Record] = {}
        self._net: dict[str, Decimal] = {}
        self._gross_tax: dict[str, Decimal] = {}
        for line in goods_of(record["Line"]):
            self._take(line, _code_of_line(books, line, side))

    def tax_lines(self) -> list[Record]:
        lines = []
        for id_, rate in self._rates.items():
            net = cents(self._net[id_] * self._kept)
            stated = cents(self._gross_tax[id_] * self._kept) if self._inclusive else None
            lines.append(_tax_line(rate, net, stated))
        return lines

    def _take(self, line: Record, code: Record) -> None:
        rates = _rates(self._books, code, self._side)
        part, net = detail(line), Decimal(line["Amount"])
        taxes = [cents(net * rate["RateValue"] / 100) for rate in rates]
        if self._inclusive:
            taxes = self._stated(part, net, taxes)
        else:
            part.pop("TaxInclusiveAmt", None)
        for rate, tax in zip(rates, taxes, strict=True):
            self._rates[rate["Id"]] = rate
            self._net[rate["Id"]] = self._net.get(rate["Id"], ZERO) + net
            self._gross_tax[rate["Id"]] = self._gross_tax.get(rate["Id"], ZERO) + tax

    def _stated(self, part: Record, net: Decimal, taxes: list[Decimal]) -> list[Decimal]:
        """What TaxInclusiveAmt leaves as tax; it is within a cent per rate of what the rates say (6070)."""
        gross = cents(part.setdefault("TaxInclusiveAmt", net + sum(taxes, ZERO)))
        part["TaxInclusiveAmt"] = gross
        difference = gross - net - sum(taxes, ZERO)
        if abs(difference) > Decimal("0.01") * len(taxes):
            raise refusals.tax_does_not_fit(gross)
        return [*taxes[:-1], taxes[-1] + difference] if taxes else []


def _code_of_line(books: Books, line: Record, side: Side) -> Record:
    """A line's tax code, else its item's or account's; without one, QuickBooks does not save."""
    part = detail(line)
    if "TaxCodeRef" not in part:
        usual = _usual_code(books, part, side)
        if not usual:
            raise refusals.no_tax_rate(books.country)
        part["TaxCodeRef"] = {"value": usual["value"]}
    found = books.find("TaxCode", part["TaxCodeRef"]["value"])
    return found or {}


def _usual_code(books: Books, part: Record, side: Side) -> Any:
    item = books.find("Item", part.get("ItemRef", {}).get("value", "")) or {}
    account = books.find("Account", part.get("AccountRef", {}).get("value", "")) or {}
    return item.get("SalesTaxCodeRef" if side == "Sales" else "PurchaseTaxCodeRef") or account.get(
        "TaxCodeRef"
    )
