"""InventoryValuationSummary and InventoryValuationDetail: what is in stock, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from ..company.records import Record
from ..ledger.ledger import ZERO
from .activity import Activity, Move, total
from .detail import Details, Line
from .rendering import Cell, Column, Row, Section, Table, blank, money


def summary(activity: Activity) -> Table:
    rows: list[Row | Section] = []
    worth = ZERO
    for item, moves in _by_item(activity, activity.moves):
        quantity, value = _quantity(moves), total(moves)
        worth += value
        average = value / quantity if quantity else None
        cells = [Cell(item["Name"], item["Id"]), Cell(item.get("Sku", "")), money(quantity), money(value)]
        rows.append(Row([*cells, money(average)]))
    if rows:
        rows.append(Row([Cell("TOTAL"), *blank(2), money(worth), Cell()], "GrandTotal"))
    titles = ("SKU", "Qty", "Asset Value", "Avg Cost")
    columns = [Column("", "ProductsAndService"), *(Column(title, "Money") for title in titles)]
    return Table(columns, rows, typed=False)


def detail(activity: Activity) -> Table:
    details = Details(activity)
    start = activity.asked.period.start.isoformat()
    sections = [
        _section(details, item, [line for line in _lines(details, moves) if line.heading.date >= start])
        for item, moves in _by_item(activity, activity.moves)
    ]
    return Table(details.columns(), [section for section in sections if section.rows])


def _section(details: Details, item: Record, lines: list[Line]) -> Section:
    """A product's movements; the summary tells what is left."""
    title = Cell(item["Name"], item["Id"])
    section = details.section(title, lines)
    if not lines:
        return Section()
    last = details.row(lines[-1])
    left = ("qty_on_hand", "home_asset_value", "asset_value", "asset_value_nt")
    cells = [
        last.cells[place] if key in left else cell
        for place, (key, cell) in enumerate(zip(details.keys, section.summary, strict=True))
    ]
    return Section(section.header, section.rows, cells)


def _lines(details: Details, moves: Iterable[Move]) -> Iterable[Line]:
    on_hand = value = ZERO
    for move in moves:
        on_hand += move.posting.stock
        value += move.amount
        yield replace(details.line(move, move.amount), on_hand=on_hand, value=value)


def _by_item(activity: Activity, moves: Iterable[Move]) -> list[tuple[Record, list[Move]]]:
    """The movements of every product in stock, by name; what they come to is on the account of its goods."""
    found: dict[str, list[Move]] = {}
    records: dict[str, Record] = {}
    for move in moves:
        id_ = move.posting.item
        item = records.setdefault(id_, activity.record(("Item", id_)) if id_ else {})
        if item.get("Type") == "Inventory" and move.account == item["AssetAccountRef"]["value"]:
            found.setdefault(id_, []).append(move)
    return sorted(
        ((records[id_], found[id_]) for id_ in found), key=lambda pair: str(pair[0]["Name"]).casefold()
    )


def _quantity(moves: Iterable[Move]) -> Decimal:
    return sum((move.posting.stock for move in moves), ZERO)
