"""Sales by customer, product, class and location."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from ..ledger.ledger import ZERO
from .activity import OF, Activity, Move
from .figures import Figures, Spread, added
from .rendering import Cell, Column, Row, Section, Table, grand_total, money
from .trees import grow

FORMS = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt")
_NOT_SPECIFIED = "Not Specified"


def by_customer(activity: Activity) -> Table:
    return _summary(activity, "customer", "Customer", "Customer", "DisplayName")


def by_class(activity: Activity) -> Table:
    return _summary(activity, "class", "Class", "Class", "Name")


def by_department(activity: Activity) -> Table:
    return _summary(activity, "department", "Department", "Department", "Name")


def _summary(activity: Activity, filter_name: str, kind: str, column: str, field: str) -> Table:
    moves = [move for move in activity.within() if is_sale(activity, move)]
    spread = Spread(activity, moves)
    sums = spread.sums(moves, OF[filter_name], lambda move: -move.amount)
    unnamed = sums.pop("", None)
    none = spread.none()
    rows = [branch.rows() for branch in grow(activity.books, kind, sums, none, field=field)]
    if unnamed is not None:
        rows.append(Row([Cell(_NOT_SPECIFIED), *unnamed.cells()], "**"))
        sums[""] = unnamed
    total = grand_total([Cell("TOTAL"), *added(sums.values(), none).filled().cells()])
    return Table([Column("", column), *spread.columns()], [*rows, total] if rows else [], typed=False)


def is_sale(activity: Activity, move: Move) -> bool:
    """Whether a move is what a line of a sales form was sold for."""
    return move.key[0] in FORMS and bool(move.posting.line) and not _is_cost(activity, move)


def _is_cost(activity: Activity, move: Move) -> bool:
    """The cost of goods sold, and the goods that left the stock."""
    return activity.account_type(move.account) == "Cost of Goods Sold" or bool(move.posting.stock)


_MEASURES: Mapping[str, Callable[[Activity, Move], Decimal]] = {
    "Quantity": lambda activity, move: move.posting.quantity if is_sale(activity, move) else ZERO,
    "Amount": lambda activity, move: -move.amount if is_sale(activity, move) else ZERO,
    "COGS": lambda activity, move: (
        move.amount if activity.account_type(move.account) == "Cost of Goods Sold" else ZERO
    ),
}
_COLUMNS = ("Quantity", "Amount", "% of Sales", "Avg Price", "COGS", "Gross Margin", "Gross Margin %")


def by_item(activity: Activity) -> Table:
    """Quantity, amount, price and margin of every product, in each period."""
    moves = [move for move in activity.within() if move.key[0] in FORMS and move.posting.line]
    spread = Spread(activity, moves)
    measured = {
        name: spread.sums(moves, OF["item"], lambda move, of=measure: of(activity, move))  # type: ignore[misc]
        for name, measure in _MEASURES.items()
    }
    ids = sorted((id_ for id_ in measured["Amount"] if id_), key=lambda id_: _name(activity, id_))
    totals = {name: added(sums.values(), spread.none()) for name, sums in measured.items()}
    rows: list[Row | Section] = []
    for id_ in [*ids, *([""] if "" in measured["Amount"] else [])]:
        own = {name: measured[name].get(id_, spread.none()) for name in measured}
        title = Cell(activity.name_of("Item", id_), id_) if id_ else Cell(_NOT_SPECIFIED)
        rows.append(Row([title, *_measures(own, totals["Amount"])], "" if id_ else "**"))
    if rows:
        rows.append(Row([Cell("TOTAL"), *_measures(totals, totals["Amount"])], "GrandTotal"))
    inner = tuple(Column(title, "Money") for title in _COLUMNS)
    columns = [part.column("Money", inner) for part in spread.slices]
    return Table([Column("", "ProductsAndService"), *columns], rows, typed=False)


def _name(activity: Activity, id_: str) -> str:
    return activity.name_of("Item", id_).casefold()


def _measures(own: Mapping[str, Figures], sales: Figures) -> list[Cell]:
    cells: list[Cell] = []
    columns = zip(*(own[name].values for name in _MEASURES), sales.values, strict=True)
    for quantity, amount, cost, whole in columns:
        cells += _measure(quantity, amount, cost, whole)
    return cells


def _measure(
    quantity: Decimal | None, amount: Decimal | None, cost: Decimal | None, whole: Decimal | None
) -> list[Cell]:
    if amount is None:
        return [Cell()] * len(_COLUMNS)
    margin = amount - cost if cost else None
    return [
        money(quantity or None),
        money(amount),
        _percent(amount, whole),
        money(amount / quantity if quantity else None),
        money(cost or None),
        money(margin),
        _percent(margin, amount) if margin is not None else Cell(),
    ]


def _percent(part: Decimal, whole: Decimal | None) -> Cell:
    return Cell(f"{part / whole * 100:.2f} %") if whole else Cell()
