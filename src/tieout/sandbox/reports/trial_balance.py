"""TrialBalance: every account's balance, as a debit or a credit; both come to the same."""

from __future__ import annotations

from decimal import Decimal

from ..ledger.ledger import ZERO
from .activity import EXPENSES, INCOME, Activity
from .balances import balances
from .figures import Figures
from .rendering import Cell, Column, Row, Table, grand_total, money

_ORDER = (
    "Bank",
    "Accounts Receivable",
    "Other Current Asset",
    "Fixed Asset",
    "Other Asset",
    "Accounts Payable",
    "Credit Card",
    "Other Current Liability",
    "Long Term Liability",
    "Equity",
    *INCOME[:1],
    *EXPENSES[:2],
    INCOME[1],
    EXPENSES[2],
)
"""Account types, as QuickBooks lists them."""


def trial_balance(activity: Activity) -> Table:
    found = balances(activity)
    everything = {id_: figures for id_, figures in (found.accounts | found.profit).items() if figures}
    ordered = sorted(everything, key=lambda id_: place_of(activity, id_))
    rows = [
        Row([Cell(str(activity.account(id_)["FullyQualifiedName"]), id_), *_sides(everything[id_])])
        for id_ in ordered
    ]
    total = [Cell("TOTAL"), *_totals(list(everything.values()), found.spread.none())]
    columns = [Column("", "Account", {"ColKey": "account"}), *_columns(found.spread.columns())]
    return Table(columns, [*rows, grand_total(total)] if rows else [], typed=False)


def place_of(activity: Activity, id_: str) -> tuple[int, str]:
    account = activity.account(id_)
    return _ORDER.index(account["AccountType"]), str(account["FullyQualifiedName"]).casefold()


def _columns(spread: list[Column]) -> list[Column]:
    """Debit and Credit, under each period's heading when there are several."""
    both = (Column("Debit", "Money", {"ColKey": "debit"}), Column("Credit", "Money", {"ColKey": "credit"}))
    if len(spread) == 1:
        return list(both)
    return [Column(column.title, column.type, column.meta, both) for column in spread]


def _sides(figures: Figures) -> list[Cell]:
    return [cell for value in figures.values for cell in _debit_and_credit(value)]


def _debit_and_credit(value: Decimal | None) -> tuple[Cell, Cell]:
    if value is None:
        return Cell(), Cell()
    return (money(value), Cell()) if value >= 0 else (Cell(), money(-value))


def _totals(rows: list[Figures], none: Figures) -> list[Cell]:
    totals: list[Cell] = []
    for column in range(len(none.values)):
        values = [row.values[column] or ZERO for row in rows]
        totals.append(money(sum((value for value in values if value > 0), ZERO)))
        totals.append(money(-sum((value for value in values if value < 0), ZERO)))
    return totals
