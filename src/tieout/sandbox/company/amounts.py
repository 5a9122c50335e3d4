"""Lines and their sums: products checked to the cent, subtotals, discounts, tax and totals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from ..ledger.ledger import ZERO
from . import refusals
from .books import Books
from .records import Record

CENT = Decimal("0.01")
LARGEST_AMOUNT = Decimal("99999999999.99")
LARGEST_QUANTITY = Decimal(10) ** 9
PRODUCT_DETAILS = frozenset({"SalesItemLineDetail", "ItemBasedExpenseLineDetail"})
DETAIL_OF = {"DescriptionOnly": "DescriptionLineDetail"}
"""Line kinds whose detail has another name."""
_UNPRICED = frozenset(
    {
        "DescriptionOnly",
        "DiscountLineDetail",
        "SubTotalLineDetail",
        "GroupLineDetail",
        "ItemAdjustmentLineDetail",
    }
)
"""Line kinds that may come without an Amount."""
_BARE = frozenset({"DescriptionOnly", "SubTotalLineDetail", "DiscountLineDetail"})
"""Line kinds that may come without their detail."""


def cents(amount: Decimal | int) -> Decimal:
    """An amount rounded to the cent, as money is rounded: half away from zero."""
    try:
        return Decimal(amount).quantize(CENT, ROUND_HALF_UP)
    except InvalidOperation:
        raise refusals.invalid_number("Amount", amount) from None


def detail(line: Record) -> Record:
    """The part of a line that its DetailType names."""
    kind: str = line["DetailType"]
    found: Record = line.get(kind) or line.get(DETAIL_OF.get(kind, kind), {})
    return found


def total_of(lines: Iterable[Record]) -> Decimal:
    total = ZERO
    for line in lines:
        total += line.get("Amount", ZERO)
    return total


MOST_LINES = 10_000
"""Of a transaction, but for journal entries (limits and throttles)."""
MOST_TAXED_LINES = 750
"""Of an invoice on which something is taxed."""


def check_count(lines: list[Record], most: int) -> None:
    """A transaction has only so many lines; which code it gets that has more is not published."""
    if len(lines) > most:
        raise too_many_lines(most)


def too_many_lines(most: int) -> refusals.Refusal:
    return refusals.broken_rule(f"There can be at most {most:,} lines.", element="Line")


def check_lines(lines: list[Record], kinds: tuple[str, ...]) -> None:
    """What every line must say (2020), in the kinds that this type of record has, and its arithmetic (6070)."""
    may_link = "LinkedTxn" in kinds
    for line in lines:
        if may_link and line.get("LinkedTxn"):
            _require_amount(line)
            continue
        kind = _kind_of(line, kinds)
        if kind == "GroupLineDetail":
            check_lines(detail(line).get("Line", []), kinds)
        if kind not in _UNPRICED:
            _require_amount(line)
        if kind in PRODUCT_DETAILS:
            _check_product(line)


def _kind_of(line: Record, kinds: tuple[str, ...]) -> str:
    kind: str | None = line.get("DetailType")
    if kinds == ("LinkedTxn",):
        raise refusals.missing("Line.LinkedTxn")
    if not kind:
        raise refusals.missing("Line.DetailType")
    if kind not in kinds:
        raise refusals.invalid_enumeration("Line.DetailType", kind)
    if kind not in line and kind not in _BARE:
        raise refusals.missing(f"Line.{kind}")
    return kind


def _require_amount(line: Record) -> None:
    if "Amount" not in line:
        raise refusals.missing("Line.Amount")
    line["Amount"] = money(line["Amount"], "Line.Amount")


def money(amount: Decimal | int, path: str) -> Decimal:
    """An amount in cents that QuickBooks can hold (2140)."""
    if not -LARGEST_AMOUNT <= amount <= LARGEST_AMOUNT:
        raise refusals.invalid_amount(path, amount)
    return cents(amount)


def _check_product(line: Record) -> None:
    part = detail(line)
    quantity, price = part.get("Qty"), part.get("UnitPrice")
    if quantity is None:
        return
    if not -LARGEST_QUANTITY <= quantity <= LARGEST_QUANTITY:
        raise refusals.invalid_quantity("Line.Qty", quantity)
    if price is not None and cents(quantity * price) != line["Amount"]:
        raise refusals.amount_is_not_product(line["Amount"])


def number_lines(lines: list[Record], before: Record | None) -> list[Record]:
    """Lines keep the ids they came with, new ones get the next; all are counted from 1."""
    taken = {line["Id"] for line in (before or {}).get("Line", ()) if "Id" in line}
    last = max((int(id_) for id_ in taken if id_.isdecimal()), default=0)
    for position, line in enumerate(lines, 1):
        if line.get("Id") not in taken:
            last += 1
            line["Id"] = str(last)
        line["LineNum"] = position
    return lines


def sales_lines(books: Books, record: Record, before: Record | None) -> None:
    """Complete a sales form: group sums, tax codes, the subtotal line, discounts after it."""
    goods: list[Record] = []
    discounts: list[Record] = []
    for line in record["Line"]:
        kind = line["DetailType"]
        if kind == "DiscountLineDetail":
            discounts.append(line)
        elif kind != "SubTotalLineDetail":
            _complete_sales_line(books, line)
            goods.append(line)
    subtotal = total_of(goods)
    for line in discounts:
        _complete_discount(books, line, subtotal)
    between = {"Amount": subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    number_lines([*goods, *discounts], before)
    record["Line"] = [*goods, between, *discounts]


def _complete_sales_line(books: Books, line: Record) -> None:
    kind = line["DetailType"]
    if kind == "GroupLineDetail":
        group = detail(line)
        if "Line" not in group:
            group["Line"] = _expanded(books, group)
        for inner in group["Line"]:
            _complete_sales_line(books, inner)
        line["Amount"] = total_of(group["Line"])
    elif kind == "SalesItemLineDetail":
        part = detail(line)
        item = books.find("Item", part.get("ItemRef", {}).get("value", "")) or {}
        _complete_tax_code(books, part)
        if "ItemAccountRef" not in part and item.get("IncomeAccountRef"):
            part["ItemAccountRef"] = dict(item["IncomeAccountRef"])
        _require_quantity(item, part)


def _expanded(books: Books, group: Record) -> list[Record]:
    """A bundle's own parts, for a line that names it and no more."""
    bundle = books.find("Item", group["GroupItemRef"]["value"]) or {}
    quantity = Decimal(group.setdefault("Quantity", Decimal(1)))
    parts = bundle.get("ItemGroupDetail", {}).get("ItemGroupLine", [])
    return [_part_of_bundle(books, part, quantity) for part in parts]


def _part_of_bundle(books: Books, part: Record, bundles: Decimal) -> Record:
    item = books.find("Item", part["ItemRef"]["value"]) or {}
    quantity, price = bundles * Decimal(part.get("Qty", 1)), Decimal(item.get("UnitPrice", ZERO))
    taxed = (
        {"TaxCodeRef": {"value": "TAX" if item.get("Taxable") else "NON"}} if books.country == "US" else {}
    )
    return {
        "Description": item.get("Description", item.get("Name", "")),
        "Amount": cents(quantity * price),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            "ItemRef": dict(part["ItemRef"]),
            "Qty": quantity,
            "UnitPrice": price,
            **taxed,
        },
    }


def _complete_tax_code(books: Books, part: Record) -> None:
    """Lines are not taxed in the United States unless they say so; elsewhere they must say something."""
    if books.country == "US":
        part.setdefault("TaxCodeRef", {"value": "NON"})


def _require_quantity(item: Record, part: Record) -> None:
    """Goods whose stock is counted move by a quantity (6520)."""
    if item.get("Type") == "Inventory" and "Qty" not in part:
        raise refusals.quantity_missing()


def _complete_discount(books: Books, line: Record, subtotal: Decimal) -> None:
    part: Record = line.setdefault("DiscountLineDetail", {})
    if part.get("PercentBased"):
        if "DiscountPercent" not in part:
            raise refusals.discount_incomplete()
        if not 0 <= part["DiscountPercent"] <= 100:
            raise refusals.invalid_percent("Line.DiscountLineDetail.DiscountPercent", part["DiscountPercent"])
        line["Amount"] = cents(subtotal * part["DiscountPercent"] / 100)
    elif "Amount" not in line:
        raise refusals.discount_incomplete()
    if "DiscountAccountRef" not in part:
        account = books.account("DiscountsRefundsGiven")
        part["DiscountAccountRef"] = {"value": account["Id"], "name": account["FullyQualifiedName"]}


def net_total(record: Record) -> Decimal:
    """Goods less discounts."""
    goods = ZERO
    for line in record["Line"]:
        if line["DetailType"] == "DiscountLineDetail":
            goods -= line["Amount"]
        elif line["DetailType"] != "SubTotalLineDetail":
            goods += line.get("Amount", ZERO)
    return goods


def expense_lines(books: Books, record: Record, before: Record | None) -> None:
    """Complete the lines of what is bought."""
    for line in number_lines(record["Line"], before):
        part = detail(line)
        needed = "AccountRef" if line["DetailType"] == "AccountBasedExpenseLineDetail" else "ItemRef"
        if needed not in part:
            raise refusals.detail_required(f"Line.{line['DetailType']}.{needed}")
        part.setdefault("BillableStatus", "NotBillable")
        _check_billable(books, part)
        _complete_tax_code(books, part)
        _require_quantity(books.find("Item", part.get("ItemRef", {}).get("value", "")) or {}, part)


def _check_billable(books: Books, part: Record) -> None:
    """What is passed on to a customer names the customer (6310), where the company passes expenses on (6320)."""
    if part["BillableStatus"] == "NotBillable":
        return
    if not books.preference("VendorAndPurchasesPrefs", "BillableExpenseTracking"):
        raise refusals.not_billable()
    if "CustomerRef" not in part:
        raise refusals.customer_missing()


def each_amount(record: Record, change: Callable[[Any], Any]) -> None:
    """Rewrite the amount and quantity of every line, those of groups included."""
    for line in record.get("Line", ()):
        if "Amount" in line:
            line["Amount"] = change(line["Amount"])
        part = detail(line) if "DetailType" in line else {}
        if "Qty" in part:
            part["Qty"] = change(part["Qty"])
        each_amount(part, change)
