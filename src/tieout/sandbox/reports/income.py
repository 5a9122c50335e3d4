"""CustomerIncome and VendorExpenses: what came of each customer, what went to each vendor."""

from __future__ import annotations

from decimal import Decimal

from ..ledger.ledger import ZERO
from .activity import EXPENSES, INCOME, OF, Activity, Move
from .figures import Figures, Spread, added
from .rendering import Cell, Column, Row, Table, grand_total
from .trees import grow


def by_customer(activity: Activity) -> Table:
    """Income, Expenses and Net Income of every customer."""
    moves = activity.of_types(activity.within(), (*INCOME, *EXPENSES))
    none = Figures([None] * 3)
    sums: dict[str, Figures] = {}
    for move in moves:
        figures = sums.setdefault(OF["customer"](move), Figures([ZERO] * 3))
        earned = activity.account_type(move.account) in INCOME
        figures.put(0 if earned else 1, -move.amount if earned else move.amount)
        figures.put(2, -move.amount)
    columns = [Column(title, "Money") for title in ("Income", "Expenses", "Net Income")]
    return _table(activity, "Customer", sums, none, columns)


def by_vendor(activity: Activity) -> Table:
    """What was spent on every vendor."""
    moves = activity.of_types(activity.within(), EXPENSES)
    spread = Spread(activity, moves)
    sums = spread.sums(moves, OF["vendor"], _amount)
    return _table(activity, "Vendor", sums, spread.none(), spread.columns())


def _amount(move: Move) -> Decimal:
    return move.amount


def _table(
    activity: Activity, kind: str, sums: dict[str, Figures], none: Figures, columns: list[Column]
) -> Table:
    named = {id_: figures for id_, figures in sums.items() if id_}
    rows = [branch.rows() for branch in grow(activity.books, kind, named, none, field="DisplayName")]
    if "" in sums:
        rows.append(Row([Cell("Not Specified"), *sums[""].cells()], "**"))
    total = grand_total([Cell("TOTAL"), *added(sums.values(), none).filled().cells()])
    return Table([Column("", kind), *columns], [*rows, total] if rows else [], typed=False)
