"""Lists of stock: what is there, what is on its way, and a sheet to count it on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from ..balances import seen
from ..items import ItemFacts
from ..records import ZERO, called
from .asked import ReportAsked
from .axes import items_of
from .dates import as_of, span
from .table import LABEL, Cell, Column, Table

QUANTITY = "QUANTYPE"


def _stocked(asked: ReportAsked) -> Iterator[tuple[ItemFacts, Mapping[str, Any]]]:
    """Items whose stock is kept, each as it is shown today."""
    for item in items_of(asked):
        if item.is_stocked and item.record.get("IsActive", True):
            yield item, seen(asked.company, item.kind, dict(item.record))


def worksheet(asked: ReportAsked) -> Table:
    """Quantities on hand, and room for those that are counted."""
    columns = [
        LABEL,
        Column("Description", "ItemDesc"),
        Column("Preferred Vendor", "ItemVendor"),
        Column("Quantity On Hand", "QuantityOnHand", QUANTITY),
        Column("Physical Count", "PhysicalCount", QUANTITY),
    ]
    table = Table("Physical Inventory Worksheet", as_of(asked.today), columns)
    for item, shown in _stocked(asked):
        name = called(item.record)
        cells: list[Cell] = [name, item.sold_as, _vendor(shown), str(shown["QuantityOnHand"]), None]
        table.data(cells, "item", name)
    return table


def stock_status_by_item(asked: ReportAsked) -> Table:
    """What is on hand, ordered and sold per week, and what should be ordered; today's, for the books keep no other."""
    table = Table("Inventory Stock Status by Item", span(asked.period), _STATUS)
    for name, cells in _statuses(asked):
        table.data(cells, "item", name)
    return table


def stock_status_by_vendor(asked: ReportAsked) -> Table:
    """The same under the heads of preferred vendors."""
    table = Table("Inventory Stock Status by Vendor", span(asked.period), _STATUS)
    groups: defaultdict[str, list[tuple[str, list[Cell]]]] = defaultdict(list)
    for name, cells in _statuses(asked):
        groups[str(cells[1] or "")].append((name, cells))
    for vendor in sorted(groups, key=lambda each: (not each, each.casefold())):
        table.data([vendor or "No vendor"], "vendor" if vendor else "", vendor)
        for name, cells in groups[vendor]:
            table.data(cells, "item", name)
        table.subtotal([f"Total {vendor or 'No vendor'}"], "vendor" if vendor else "", vendor)
    return table


_STATUS = [
    LABEL,
    Column("Pref Vendor", "ItemVendor"),
    Column("Reorder Pt", "ReorderPoint", QUANTITY),
    Column("On Hand", "QuantityOnHand", QUANTITY),
    Column("On Sales Order", "QuantityOnSalesOrder", QUANTITY),
    Column("Available", "QuantityAvailable", QUANTITY),
    Column("Order", "SuggestedReorder", "BOOLTYPE"),
    Column("On PO", "QuantityOnOrder", QUANTITY),
    Column("Sales/Week", "SalesPerWeek", QUANTITY),
]


def _statuses(asked: ReportAsked) -> Iterator[tuple[str, list[Cell]]]:
    """By the full name of each item, its row."""
    sold = _sold_per_week(asked)
    for item, shown in _stocked(asked):
        name = called(item.record)
        point = shown.get("ReorderPoint", shown.get("BuildPoint"))
        on_hand, ordered = shown["QuantityOnHand"], shown["QuantityOnOrder"]
        free = on_hand - shown["QuantityOnSalesOrder"]
        is_short = point is not None and free + ordered < point
        cells: list[Cell] = [
            name,
            _vendor(shown),
            None if point is None else str(point),
            str(on_hand),
            str(shown["QuantityOnSalesOrder"]),
            str(free),
            "true" if is_short else "false",
            str(ordered),
            str(sold.get(item.id, ZERO)),
        ]
        yield name, cells


def _sold_per_week(asked: ReportAsked) -> dict[str, Decimal]:
    """Of the report's period, in tenths."""
    weeks = Decimal(max((asked.period.end - asked.period.start).days + 1, 1)) / 7
    sold: dict[str, Decimal] = {}
    for _, heading, posting in asked.lines(accrual=True):
        if posting.item and posting.stock < 0 and asked.period.holds(heading.date):
            sold[posting.item] = sold.get(posting.item, ZERO) - posting.stock
    return {item: (quantity / weeks).quantize(Decimal("0.1")) for item, quantity in sold.items()}


def _vendor(shown: Mapping[str, Any]) -> str:
    return str((shown.get("PrefVendorRef") or {}).get("FullName", ""))


STOCK_LISTS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "InventoryStockStatusByItem": ("ThisMonthToDate", stock_status_by_item),
    "InventoryStockStatusByVendor": ("ThisMonthToDate", stock_status_by_vendor),
    "PhysicalInventoryWorksheet": ("Today", worksheet),
}
