"""Amounts of lines: quantity times rate, discounts of what stands above, subtotals, groups of items.

Of quantity, rate and amount two give the third; a line that says none of rate and amount takes its item's price
(QBSDK Programmer's Guide, adding transactions).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from . import refusals
from .intake import GIVEN, NEW
from .items import ItemFacts
from .records import NO_MONEY, ZERO, Record, cents, id_of, in_order, price

HUNDRED = Decimal(100)

FindItem = Callable[[str], ItemFacts]
PriceFor = Callable[[ItemFacts, Mapping[str, Any]], Decimal | None]
"""An item's price on a line, its price level regarded."""


@dataclass(slots=True)
class _Above:
    """What the lines above come to."""

    last: Decimal = ZERO
    since_subtotal: Decimal = ZERO

    def add(self, amount: Decimal) -> None:
        self.last = amount
        self.since_subtotal += amount


def price_sales_lines(
    record: Record, names: tuple[str, str], find: FindItem, price_for: PriceFor, new_number: Callable[[], str]
) -> None:
    """Fill in what a sale's lines do not say themselves; `Rate` and `Amount` always fit each other afterwards."""
    above = _Above()
    plain, group = names
    for name, line in in_order(record, names):
        if name == group:
            inner = _lines_of_group(line, plain, find, new_number)
            for each in inner:
                _price_sale(each, find(id_of(each.get("ItemRef"))), price_for, above)
            line["TotalAmount"] = total(inner, find)
            above.last = line["TotalAmount"]
        else:
            _price_sale(line, find(id_of(line.get("ItemRef"))), price_for, above)


def price_purchase_lines(
    record: Record, find: FindItem, new_number: Callable[[], str], rate: Decimal
) -> None:
    """The same for what is bought: the price of one is its `Cost`, at a rate in the home currency."""
    plain, group = "ItemLineRet", "ItemGroupLineRet"
    for name, line in in_order(record, (plain, group)):
        inner = _lines_of_group(line, plain, find, new_number) if name == group else [line]
        for each in inner:
            item = find(id_of(each.get("ItemRef")))
            if NEW in each.get(GIVEN, ()) and item.bought_as:
                each.setdefault("Desc", item.bought_as)
            _balance(each, "Cost", lambda item=item: cost_in(item, rate) or None)  # type: ignore[misc]
        if name == group:
            line["TotalAmount"] = total(inner, find)


def cost_in(item: ItemFacts, rate: Decimal) -> Decimal:
    """What one costs, in a currency that has this rate."""
    return item.cost if rate == 1 else price(item.cost / rate)


def total(lines: list[Record], find: FindItem) -> Decimal:
    """What lines come to; subtotals only repeat what stands above them."""
    amounts = (line.get("Amount") or ZERO for line in lines if counts(line, find))
    return cents(sum(amounts, ZERO))


def counts(line: Mapping[str, Any], find: FindItem) -> bool:
    return find(id_of(line.get("ItemRef"))).kind != "ItemSubtotal"


def _lines_of_group(line: Record, plain: str, find: FindItem, new_number: Callable[[], str]) -> list[Record]:
    """The lines of a group; a group that is new brings those of its item."""
    if plain not in line:
        item = find(id_of(line.get("ItemGroupRef")))
        wanted = line.get("Quantity") or Decimal(1)
        line.setdefault("IsPrintItemsInGroup", bool(item.record.get("IsPrintItemsInGroup", False)))
        if item.sold_as:
            line.setdefault("Desc", item.sold_as)
        line[plain] = [
            {
                "TxnLineID": new_number(),
                "ItemRef": dict(each["ItemRef"]),
                **({"Quantity": each["Quantity"] * wanted} if each.get("Quantity") else {}),
                GIVEN: frozenset((NEW, "ItemRef", "Quantity")),
            }
            for each in item.record.get("ItemGroupLine", ())
            if each.get("ItemRef")
        ]
    found: list[Record] = line[plain]
    return found


def _price_sale(line: Record, item: ItemFacts, price_for: PriceFor, above: _Above) -> None:
    given = line.get(GIVEN, frozenset())
    if NEW in given and item.sold_as:
        line.setdefault("Desc", item.sold_as)
    if item.kind == "ItemSubtotal":
        if "Quantity" in given or "Rate" in given:
            raise refusals.not_saved("Transaction", "A subtotal has no quantity and no rate.")
        line["Amount"] = cents(above.since_subtotal)
        above.last, above.since_subtotal = line["Amount"], ZERO
        return
    if item.kind == "ItemDiscount" and "Quantity" in given:
        raise refusals.not_saved("Transaction", "A discount item has no quantity.")
    if item.percent is not None and not given & {"Amount", "Rate"}:
        line.setdefault("RatePercent", item.percent)
    if line.get("RatePercent") is not None and "Amount" not in given:
        line.pop("Rate", None)
        line["Amount"] = cents(above.last * line["RatePercent"] / HUNDRED)
    else:
        _balance(line, "Rate", lambda: _own_price(line, item, price_for))
    line.pop("PriceLevelRef", None)
    if line.get("Amount") is not None:
        above.add(line["Amount"])


def _own_price(line: Record, item: ItemFacts, price_for: PriceFor) -> Decimal | None:
    return price_for(item, line) if item.kind else None


def _balance(line: Record, rate_name: str, default: Callable[[], Decimal | None]) -> None:
    """Two of quantity, rate and amount give the third."""
    given = line.get(GIVEN, frozenset())
    quantity = line.get("Quantity")
    if "ItemRef" in given and not given & {rate_name, "Amount"}:
        line.pop(rate_name, None)
        line.pop("Amount", None)
    if "Amount" in given and line.get("Amount") is not None:
        if quantity:
            line[rate_name] = price(line["Amount"] / quantity)
        return
    if line.get(rate_name) is None and (line.get("Amount") is None or "Quantity" in given):
        found = default()
        if found is not None:
            line[rate_name] = found
    if line.get(rate_name) is not None:
        if given or line.get("Amount") is None:
            line["Amount"] = cents(line[rate_name] * (quantity if quantity is not None else 1))
    elif quantity is not None and line.get("Amount") is None:
        line["Amount"] = NO_MONEY


def without_given(record: Record) -> None:
    """Forget what was said in this request."""
    for lines in record.values():
        for line in lines if isinstance(lines, list) else ():
            if isinstance(line, dict):
                line.pop(GIVEN, None)
                without_given(line)
