"""Summaries by customer, vendor and item: balances, income, expenses, sales, and what the stock is worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from ..items import ItemFacts
from ..records import ZERO, called
from ..references import items
from .asked import Line, ReportAsked, as_of, heading, short_day, span
from .figures import total
from .table import LABEL, Column, Table

AMOUNT = "AMTTYPE"

# ---- by name


def _by_name(
    title: str, side: str, subtitle: str, heading_: str, sums: Mapping[str, Decimal], asked: ReportAsked
) -> Table:
    table = Table(title, subtitle, [LABEL, Column(heading_, "Amount", AMOUNT)])
    records = {each["ListID"]: each for each in asked.company.all_of(side)}
    for list_id, amount in sorted(sums.items(), key=lambda each: called(records.get(each[0], {})).casefold()):
        if amount and list_id in records:
            full = called(records[list_id])
            table.data([full, amount], side.lower(), full)
    table.total(["TOTAL", total(sums.values())])
    return table


def balance_summary(side: str, sign: int) -> Callable[[ReportAsked], Table]:
    def make(asked: ReportAsked) -> Table:
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for _, head, posting in asked.lines():
            if posting.name and posting.name[0] == side and head.date <= asked.until:
                sums[posting.name[1]] += sign * posting.amount
        day = asked.period.end
        return _by_name(f"{side} Balance Summary", side, as_of(day), short_day(day), sums, asked)

    return make


def flow_summary(title: str, side: str, types: tuple[str, ...], sign: int) -> Callable[[ReportAsked], Table]:
    """What was earned from, or spent at, somebody."""

    def make(asked: ReportAsked) -> Table:
        asked.refuse_cash()
        accounts = _accounts_of(asked, types)
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for line in _of_period(asked):
            posting = line[2]
            if posting.account in accounts and posting.party and posting.party[0] == side:
                sums[posting.party[1]] += sign * posting.amount
        return _by_name(title, side, span(asked.period), heading(asked.period), sums, asked)

    return make


def _accounts_of(asked: ReportAsked, types: tuple[str, ...]) -> set[str]:
    return {each["ListID"] for each in asked.company.all_of("Account") if each["AccountType"] in types}


def _of_period(asked: ReportAsked) -> Iterable[Line]:
    period = asked.period
    return (line for line in asked.lines() if period.holds(line[1].date))


# ---- by item


def _items(asked: ReportAsked) -> Iterable[ItemFacts]:
    for kind in items():
        for record in asked.company.all_of(kind):
            yield ItemFacts(kind, record)


def sales_by_item(asked: ReportAsked) -> Table:
    asked.refuse_cash()
    columns = [
        LABEL,
        Column("Qty", "Quantity", "QUANTYPE"),
        Column("Amount", "Amount", AMOUNT),
        Column("Avg Price", "CostPrice", "PRICETYPE"),
    ]
    table = Table("Sales by Item Summary", span(asked.period), columns, "Accrual")
    quantities: defaultdict[str, Decimal] = defaultdict(Decimal)
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    income = _accounts_of(asked, ("Income", "OtherIncome"))
    for _, _, posting in _of_period(asked):
        if posting.item and posting.account in income:
            quantities[posting.item] += posting.quantity
            amounts[posting.item] -= posting.amount
    for item in _items(asked):
        if item.id in amounts:
            sold, amount = quantities[item.id], amounts[item.id]
            average = amount / sold if sold else None
            table.data([called(item.record), str(sold), amount, average], "item", called(item.record))
    table.total(["TOTAL", str(total(quantities.values())), total(amounts.values())])
    return table


def inventory_valuation(asked: ReportAsked) -> Table:
    columns = [
        LABEL,
        Column("On Hand", "QuantityOnHand", "QUANTYPE"),
        Column("Avg Cost", "AverageCost", "PRICETYPE"),
        Column("Asset Value", "ValueOnHand", AMOUNT),
        Column("Sales Price", "UnitPrice", "PRICETYPE"),
        Column("Retail Value", "RetailValueOnHand", AMOUNT),
    ]
    table = Table("Inventory Valuation Summary", as_of(asked.period.end), columns)
    stock: defaultdict[str, Decimal] = defaultdict(Decimal)
    worth: defaultdict[str, Decimal] = defaultdict(Decimal)
    for _, head, posting in asked.lines():
        if posting.item and head.date <= asked.until:
            stock[posting.item] += posting.stock
            if posting.account == asked.company.item(posting.item).asset_account:
                worth[posting.item] += posting.amount
    sums: list[tuple[Decimal, Decimal]] = []
    for item in _items(asked):
        if item.is_stocked:
            on_hand, value, price = stock[item.id], worth[item.id], item.price or ZERO
            average = value / on_hand if on_hand else ZERO
            cells: list[Any] = [called(item.record), str(on_hand), average, value, price, on_hand * price]
            table.data(cells, "item", called(item.record))
            sums.append((value, on_hand * price))
    table.total(["TOTAL", None, None, total(a for a, _ in sums), None, total(b for _, b in sums)])
    return table
