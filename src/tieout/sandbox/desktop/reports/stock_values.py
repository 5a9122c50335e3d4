"""What the stock is worth: movement by movement, and at each site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal

from .. import refusals
from ..item_queries import quantities_on_hand
from ..records import ZERO, called, cents, price
from ..serial_and_lot_numbers import on_hand_by_site
from .asked import Line, ReportAsked
from .axes import items_of
from .dates import as_of, span
from .detail_columns import COLUMNS, Rows
from .figures import total
from .table import LABEL, Cell, Column, Table

_NOWHERE = "Unspecified site"
_AMOUNT, _QUANTITY, _PRICE = "AMTTYPE", "QUANTYPE", "PRICETYPE"


def valuation_detail(asked: ReportAsked) -> Table:
    """Each movement of an item's stock within the period, from what was there before."""
    if asked.content.get("IncludeColumn"):
        raise refusals.no_report(f"{asked.name} with other columns")
    columns = [
        LABEL,
        *(COLUMNS[name] for name in ("TxnType", "Date", "Name", "RefNumber", "Quantity")),
        Column("Cost", "Amount", _AMOUNT),
        Column("On Hand", "QuantityOnHand", _QUANTITY),
        Column("Avg Cost", "AverageCost", _PRICE),
        Column("Asset Value", "ValueOnHand", _AMOUNT),
    ]
    table = Table("Inventory Valuation Detail", span(asked.period), columns)
    rows = Rows(asked, ())
    moves: defaultdict[str, list[Line]] = defaultdict(list)
    for line in asked.lines(accrual=True):
        if line[2].item and line[1].date <= asked.until:
            moves[line[2].item].append(line)
    whole = ZERO
    for item in items_of(asked):
        inside = [line for line in moves[item.id] if line[2].account == item.asset_account]
        if not item.is_stocked or not inside:
            continue
        full, on_hand, value = called(item.record), ZERO, ZERO
        table.data([full], "item", full)
        for (kind, _), heading, posting in sorted(inside, key=lambda line: line[1].date):
            on_hand, value = on_hand + posting.stock, value + posting.amount
            if asked.period.holds(heading.date):
                name = rows.name(((kind, ""), heading, posting))
                cells: list[Cell] = [
                    None,
                    kind,
                    heading.date,
                    name,
                    heading.number,
                    str(posting.stock),
                    posting.amount,
                ]
                table.data([*cells, str(on_hand), _average(value, on_hand), value])
        sums: list[Cell] = [f"Total {full}", *[None] * 6, str(on_hand), _average(value, on_hand), value]
        table.subtotal(sums, "item", full)
        whole += value
    table.total(["TOTAL", *[None] * 8, whole])
    return table


def _average(value: Decimal, on_hand: Decimal) -> str:
    return str(price(value / on_hand)) if on_hand else "0"


def valuation_by_site(asked: ReportAsked) -> Table:
    """What lies at each site, at the item's average cost; today's, for the books keep no other by site."""
    sites = {each["ListID"]: called(each) for each in asked.company.all_of("InventorySite")}
    if not sites:
        raise refusals.unavailable()  # multiple sites are not enabled, as the preferences say
    titles = {**sites, "": _NOWHERE}
    stock = quantities_on_hand(asked.company)
    used = [site for site in titles if any(place[1] == site and amount for place, amount in stock.items())]
    columns = [LABEL]
    for site in used:
        columns += [
            Column(f"{titles[site]} On Hand", "QuantityOnHand", _QUANTITY),
            Column(f"{titles[site]} Asset Value", "ValueOnHand", _AMOUNT),
        ]
    columns += [
        Column("TOTAL On Hand", "QuantityOnHand", _QUANTITY),
        Column("TOTAL Asset Value", "ValueOnHand", _AMOUNT),
    ]
    table = Table("Inventory Valuation Summary by Site", as_of(asked.today), columns)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for item in items_of(asked):
        if not item.is_stocked:
            continue
        worth, on_hand = asked.company.books.worth(item), asked.company.books.ledger.stock[item.id]
        there = {site: stock.get((item.id, site), ZERO) for site in used}
        values = {**_shares(worth, there), "TOTAL": worth}
        cells: list[Cell] = [called(item.record)]
        for site, quantity in {**there, "TOTAL": on_hand}.items():
            cells += [str(quantity), values.get(site, ZERO)]
            sums[site] += values.get(site, ZERO)
        table.data(cells, "item", called(item.record))
    wholes: list[Cell] = ["TOTAL"]
    for site in (*used, "TOTAL"):
        wholes += [None, sums[site]]
    table.total(wholes)
    return table


def _shares(worth: Decimal, there: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """What an item is worth, shared by its quantities; the last place takes what rounding leaves."""
    whole, left = total(there.values()), worth
    shares: dict[str, Decimal] = {}
    for site, quantity in there.items():
        if quantity:
            shares[site] = cents(worth * quantity / whole) if whole else ZERO
            left -= shares[site]
    if shares:
        shares[next(reversed(shares))] += left
    return shares


def by_number(asked: ReportAsked) -> Table:
    """Each serial or lot number with what there is of it at each site today; refused where the file does not track that sort."""
    company = asked.company
    if not company.tracking or not asked.name.startswith(company.tracking):
        raise refusals.unavailable()  # as the preferences say
    there = on_hand_by_site(company)
    titles = {**{each["ListID"]: called(each) for each in company.all_of("InventorySite")}, "": _NOWHERE}
    used = [site for site in titles if any(site in sites for sites in there.values())]
    named = [*(titles[site] for site in used), "TOTAL"]
    columns = [LABEL, *(Column(f"{title} On Hand", "QuantityOnHand", _QUANTITY) for title in named)]
    table = Table(f"{asked.name.partition('Number')[0]} Number in Stock by Site", as_of(asked.today), columns)
    for item in items_of(asked):
        numbers = {number: sites for (id_, number), sites in there.items() if id_ == item.id}
        full = called(item.record)
        if numbers:
            table.text(full)
        for number, sites in sorted(numbers.items()):
            quantities = [*(sites.get(site, ZERO) for site in used), total(sites.values())]
            table.data([number, *map(str, quantities)], "item", full)
    return table


STOCK_VALUES: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "InventoryValuationSummaryBySite": ("Today", valuation_by_site),
    "LotNumberInStockBySite": ("Today", by_number),
    "SerialNumberInStockBySite": ("Today", by_number),
}
STOCK_VALUE_DETAILS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "InventoryValuationDetail": ("ThisMonthToDate", valuation_detail),
}
