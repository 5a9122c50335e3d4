"""Lists of what is ordered and not yet delivered or invoiced. Orders post nothing, so these come from the orders themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .. import refusals
from ..currencies import at_home
from ..orders import left_of_line
from ..records import ZERO, Record, called, cents, item_lines
from .asked import ReportAsked
from .dates import span
from .figures import total
from .table import LABEL, Cell, Column, Table

_READ = ("DisplayReport", "GeneralDetailReportType", "ReportDateMacro", "ReportPeriod")


@dataclass(frozen=True, slots=True)
class _Open:
    """A line of an order of which something is to come."""

    order: Record
    line: Record
    left: Decimal
    """How many."""
    worth: Decimal


def _open_lines(asked: ReportAsked, kind: str) -> Iterator[_Open]:
    for name, value in asked.content.items():
        if name not in _READ and not name.startswith("@") and value:
            raise refusals.no_report(f"{asked.name} with {name}")
    orders = sorted(
        asked.company.all_of(kind), key=lambda each: (str(each["TxnDate"]), int(each["TxnNumber"]))
    )
    for order in orders:
        for line in item_lines(kind, order):
            left = left_of_line(asked.company, (kind, order["TxnID"]), line)
            if left and asked.period.holds(str(order["TxnDate"])):
                yield _Open(order, line, left, at_home(order, cents(left * (line.get("Rate") or ZERO))))


def _named(part: Mapping[str, Any], field: str, nobody: str = "") -> str:
    return str((part.get(field) or {}).get("FullName") or nobody)


_COLUMNS = [
    LABEL,
    Column("Type", "TxnType"),
    Column("Date", "Date", "DATETYPE"),
    Column("Num", "RefNumber"),
    Column("Name", "Name"),
    Column("Memo", "Memo"),
    Column("Amount", "Amount", "AMTTYPE"),
    Column("Open Balance", "OpenBalance", "AMTTYPE"),
]


def _orders(
    title: str, kind: str, party: str, group: Callable[[_Open], str], row_type: str
) -> Callable[[ReportAsked], Table]:
    """A row per order in each group, with the part of it that is of the group."""

    def make(asked: ReportAsked) -> Table:
        table = Table(title, span(asked.period), _COLUMNS)
        groups: defaultdict[str, dict[str, list[_Open]]] = defaultdict(dict)
        for each in _open_lines(asked, kind):
            groups[group(each)].setdefault(str(each.order["TxnID"]), []).append(each)
        whole: list[_Open] = []
        for name in sorted(groups, key=str.casefold):
            if row_type:
                table.data([name], row_type, name)
            inside = [each for lines in groups[name].values() for each in lines]
            for lines in groups[name].values():
                order = lines[0].order
                cells: list[Cell] = [None, kind, str(order["TxnDate"]), called(order), _named(order, party)]
                cells += [str(order.get("Memo") or ""), _amount(lines), total(each.worth for each in lines)]
                table.data(cells)
            if row_type:
                sums = [_amount(inside), total(each.worth for each in inside)]
                table.subtotal([f"Total {name}", None, None, None, None, None, *sums], row_type, name)
            whole += inside
        table.total(
            ["TOTAL", None, None, None, None, None, _amount(whole), total(each.worth for each in whole)]
        )
        return table

    return make


def _amount(lines: list[_Open]) -> Decimal:
    """What the lines were ordered for, in the home currency."""
    return total(at_home(each.order, each.line.get("Amount") or ZERO) for each in lines)


ORDER_LISTS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "OpenPOs": ("All", _orders("Open Purchase Orders", "PurchaseOrder", "VendorRef", lambda _: "", "")),
    "OpenPOsByJob": (
        "All",
        _orders(
            "Open Purchase Orders by Job",
            "PurchaseOrder",
            "VendorRef",
            lambda each: _named(each.line, "CustomerRef", "No job"),
            "customer",
        ),
    ),
    "OpenSalesOrderByCustomer": (
        "All",
        _orders(
            "Open Sales Orders by Customer",
            "SalesOrder",
            "CustomerRef",
            lambda each: _named(each.order, "CustomerRef"),
            "customer",
        ),
    ),
    "OpenSalesOrderByItem": (
        "All",
        _orders(
            "Open Sales Orders by Item",
            "SalesOrder",
            "CustomerRef",
            lambda each: _named(each.line, "ItemRef"),
            "item",
        ),
    ),
}
