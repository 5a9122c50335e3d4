"""ProfitAndLoss: income less expenses, account by account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .activity import EXPENSES, INCOME, Activity
from .figures import Figures, Spread, added
from .rendering import Cell, Column, Row, Section, Table
from .trees import grow


class Part(NamedTuple):
    """The accounts of one type."""

    account_type: str
    group: str
    title: str
    always: bool = False
    """Whether it is shown without any amounts."""


PARTS = (
    Part("Income", "Income", "Income", always=True),
    Part("Cost of Goods Sold", "COGS", "Cost of Goods Sold"),
    Part("Expense", "Expenses", "Expenses", always=True),
    Part("Other Income", "OtherIncome", "Other Income"),
    Part("Other Expense", "OtherExpenses", "Other Expenses"),
)


def profit_and_loss(activity: Activity) -> Table:
    moves = activity.of_types(activity.within(), (*INCOME, *EXPENSES))
    spread = Spread(activity, moves)
    sums = spread.sums(moves, lambda move: move.account)
    statement = _Statement(activity, sums, spread)
    columns = [Column("", "Account", {"ColKey": "account"}), *spread.columns()]
    return Table(columns, list(statement.rows()), empty=not moves)


def net_income(sums: Mapping[str, Figures], none: Figures) -> Figures:
    """What all accounts of income and expenses come to; income is positive."""
    return -added(sums.values(), none)


class _Statement:
    def __init__(self, activity: Activity, sums: Mapping[str, Figures], spread: Spread) -> None:
        self._activity = activity
        self._none = spread.none()
        self._sums = {part: self._of_type(sums, part.account_type) for part in PARTS}

    def rows(self) -> Iterable[Row | Section]:
        income, cogs, expenses, other_income, other_expenses = PARTS
        gross = self._total(income) - self._total(cogs)
        operating = gross - self._total(expenses)
        other = self._total(other_income) - self._total(other_expenses)
        yield from self._shown(income)
        yield from self._shown(cogs)
        yield _result("GrossProfit", "Gross Profit", gross)
        yield from self._shown(expenses)
        yield _result("NetOperatingIncome", "Net Operating Income", operating)
        yield from self._shown(other_income)
        yield from self._shown(other_expenses)
        if self._sums[other_income] or self._sums[other_expenses]:
            yield _result("NetOtherIncome", "Net Other Income", other)
        yield _result("NetIncome", "Net Income", operating + other)

    def _of_type(self, sums: Mapping[str, Figures], account_type: str) -> dict[str, Figures]:
        """The amounts of a type's accounts, with the sign that they are shown with."""
        kept = {id_: sums[id_] for id_ in sums if self._activity.account_type(id_) == account_type}
        return {id_: -figures if account_type in INCOME else figures for id_, figures in kept.items()}

    def _total(self, part: Part) -> Figures:
        return added(self._sums[part].values(), self._none)

    def _shown(self, part: Part) -> Iterable[Section]:
        sums = self._sums[part]
        if sums or part.always:
            branches = grow(self._activity.books, "Account", sums, self._none)
            header = [Cell(part.title), *self._none.cells()]
            summary = [Cell(f"Total {part.title}"), *self._total(part).cells()]
            yield Section(header, [branch.rows() for branch in branches], summary, part.group)


def _result(group: str, title: str, figures: Figures) -> Section:
    return Section(summary=[Cell(title), *figures.filled().cells()], group=group)
