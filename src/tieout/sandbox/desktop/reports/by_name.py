"""Summaries by customer, vendor and item: balances, income, expenses, sales, and what the stock is worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from ...ledger.ledger import Posting
from ..records import ZERO, called
from .asked import Line, ReportAsked
from .axes import columns, items_of
from .dates import as_of, heading, short_day, span
from .figures import PURCHASES, sales_rep, total
from .table import LABEL, Column, Table

AMOUNT = "AMTTYPE"

# ---- by name


Part = tuple[str, Mapping[str, Decimal]]
"""A column: its heading, and amounts by somebody's ListID."""


def _by_name(
    asked: ReportAsked, title: str, side: str, subtitle: str, parts: list[Part], basis: str = ""
) -> Table:
    described = [LABEL, *(Column(each, "Amount", AMOUNT) for each, _ in parts)]
    table = Table(title, subtitle, described, basis)
    for record in sorted(asked.company.all_of(side), key=lambda each: called(each).casefold()):
        amounts = [sums.get(record["ListID"], ZERO) for _, sums in parts]
        if any(amounts):
            table.data([called(record), *amounts], side.lower(), called(record))
    table.total(["TOTAL", *(total(sums.values()) for _, sums in parts)])
    return table


def balance_summary(side: str, sign: int) -> Callable[[ReportAsked], Table]:
    def make(asked: ReportAsked) -> Table:
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for _, head, posting in asked.lines(accrual=True):
            if posting.name and posting.name[0] == side and head.date <= asked.until:
                sums[posting.name[1]] += sign * posting.amount
        day = asked.period.end
        return _by_name(asked, f"{side} Balance Summary", side, as_of(day), [(short_day(day), sums)])

    return make


def flow_summary(title: str, side: str, types: tuple[str, ...], sign: int) -> Callable[[ReportAsked], Table]:
    """What was earned from, or spent at, somebody."""

    def make(asked: ReportAsked) -> Table:
        accounts = _accounts_of(asked, types)
        lines = (line for line in asked.lines() if line[2].account in accounts)
        return _flow(asked, title, side, lines, sign)

    return make


def _flow(asked: ReportAsked, title: str, side: str, lines: Iterable[Line], sign: int) -> Table:
    """What postings about somebody come to, by the columns that are asked for."""
    parts: list[Part] = []
    for heading_, inside in _columns(asked, lines):
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for _, _, posting in inside:
            if posting.party and posting.party[0] == side:
                sums[posting.party[1]] += sign * posting.amount
        parts.append((heading_, sums))
    return _by_name(asked, title, side, span(asked.period), parts, asked.basis)


def _columns(asked: ReportAsked, lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """The lines of the period by SummarizeColumnsBy; one column alone is called after the period."""
    found = columns(asked, lines, str(asked.content.get("SummarizeColumnsBy", "TotalOnly")))
    return found if len(found) > 1 else [(heading(asked.period), found[0][1])]


def _accounts_of(asked: ReportAsked, types: tuple[str, ...]) -> set[str]:
    return {each["ListID"] for each in asked.company.all_of("Account") if each["AccountType"] in types}


def _of_period(asked: ReportAsked) -> Iterable[Line]:
    period = asked.period
    return (line for line in asked.lines() if period.holds(line[1].date))


# ---- by item


def sales_by_item(asked: ReportAsked) -> Table:
    income = _accounts_of(asked, ("Income", "OtherIncome"))
    sold = (line for line in _of_period(asked) if line[2].item and line[2].account in income)
    return _goods(asked, "Sales by Item Summary", ((line[2], -line[2].amount) for line in sold), average=True)


def purchases_by_item(asked: ReportAsked) -> Table:
    bought = ((line[2], line[2].amount) for line in _purchases(asked))
    return _goods(asked, "Purchases by Item Summary", bought, average=False)


def _goods(
    asked: ReportAsked, title: str, moves: Iterable[tuple[Posting, Decimal]], *, average: bool
) -> Table:
    """By item how many, for how much, and for how much each."""
    columns = [LABEL, Column("Qty", "Quantity", "QUANTYPE"), Column("Amount", "Amount", AMOUNT)]
    columns += [Column("Avg Price", "CostPrice", "PRICETYPE")] if average else []
    table = Table(title, span(asked.period), columns, asked.basis)
    quantities: defaultdict[str, Decimal] = defaultdict(Decimal)
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for posting, amount in moves:
        quantities[posting.item] += posting.quantity
        amounts[posting.item] += amount
    for item in items_of(asked):
        if item.id in amounts:
            moved, amount = quantities[item.id], amounts[item.id]
            each = [amount / moved if moved else None] if average else []
            table.data([called(item.record), str(moved), amount, *each], "item", called(item.record))
    table.total(["TOTAL", str(total(quantities.values())), total(amounts.values())])
    return table


def _purchases(asked: ReportAsked) -> Iterable[Line]:
    """The lines about items that were bought; on each, the item's own amount."""
    return (
        line for line in _of_period(asked) if line[0][0] in PURCHASES and line[2].item and line[2].quantity
    )


def purchases_by_vendor(asked: ReportAsked) -> Table:
    return _flow(asked, "Purchases by Vendor Summary", "Vendor", _purchases(asked), 1)


def sales_by_rep(asked: ReportAsked) -> Table:
    income = _accounts_of(asked, ("Income", "OtherIncome"))
    parts = _columns(asked, (line for line in asked.lines() if line[2].account in income))
    sums: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * len(parts))
    for at, (_, lines) in enumerate(parts):
        for line in lines:
            sums[sales_rep(asked.company, line)][at] -= line[2].amount
    described = [LABEL, *(Column(each, "Amount", AMOUNT) for each, _ in parts)]
    table = Table("Sales by Rep Summary", span(asked.period), described, asked.basis)
    for name in sorted(sums, key=str.casefold):
        table.data([name, *sums[name]], "name", name)
    table.total(["TOTAL", *(total(amounts[at] for amounts in sums.values()) for at in range(len(parts)))])
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
    for _, head, posting in asked.lines(accrual=True):
        if posting.item and head.date <= asked.until:
            stock[posting.item] += posting.stock
            if posting.account == asked.company.item(posting.item).asset_account:
                worth[posting.item] += posting.amount
    sums: list[tuple[Decimal, Decimal]] = []
    for item in items_of(asked):
        if item.is_stocked:
            on_hand, value, price = stock[item.id], worth[item.id], item.price or ZERO
            average = value / on_hand if on_hand else ZERO
            cells: list[Any] = [called(item.record), str(on_hand), average, value, price, on_hand * price]
            table.data(cells, "item", called(item.record))
            sums.append((value, on_hand * price))
    table.total(["TOTAL", None, None, total(a for a, _ in sums), None, total(b for _, b in sums)])
    return table
