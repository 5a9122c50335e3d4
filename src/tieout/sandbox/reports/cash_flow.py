"""CashFlow: from the profit of a period to the change of cash in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from ..ledger.ledger import ZERO
from .activity import EXPENSES, INCOME, Activity, Move, total
from .figures import Figures, Spread, added
from .rendering import Cell, Column, Row, Section, Table
from .trees import grow


class Part(NamedTuple):
    """Accounts whose changes explain the change of cash."""

    title: str
    group: str
    types: tuple[str, ...]
    total: str


_ADJUSTMENTS = Part(
    "Adjustments to reconcile Net Income to Net Cash provided by operations:",
    "OperatingAdjustments",
    (
        "Accounts Receivable",
        "Other Current Asset",
        "Accounts Payable",
        "Credit Card",
        "Other Current Liability",
    ),
    "Total Adjustments to reconcile Net Income to Net Cash provided by operations:",
)
_INVESTING = Part(
    "INVESTING ACTIVITIES",
    "InvestingActivities",
    ("Fixed Asset", "Other Asset"),
    "Net cash provided by investing activities",
)
_FINANCING = Part(
    "FINANCING ACTIVITIES",
    "FinancingActivities",
    ("Long Term Liability", "Equity"),
    "Net cash provided by financing activities",
)


def cash_flow(activity: Activity) -> Table:
    moves = activity.within()
    spread = Spread(activity, moves)
    flow = _Flow(activity, spread, moves)
    columns = [Column("", "Account", {"ColKey": "account"}), *spread.columns()]
    return Table(columns, list(flow.rows()), empty=not moves)


class _Flow:
    def __init__(self, activity: Activity, spread: Spread, moves: list[Move]) -> None:
        self._activity = activity
        self._none = spread.none()
        self._spread = spread
        self._changes = {
            id_: -figures for id_, figures in spread.sums(moves, lambda move: move.account).items()
        }
        """By account; what brings cash in is positive."""

    def rows(self) -> Iterator[Row | Section]:
        increase = -added((self._changes[id_] for id_ in self._changes if self._is_cash(id_)), self._none)
        beginning = self._beginning()
        yield self._operating()
        yield from self._part(_INVESTING)
        yield from self._part(_FINANCING)
        yield _result("CashIncrease", "Net cash increase for period", increase)
        if any(beginning.values):
            yield _result("BeginningCash", "Cash at beginning of period", beginning)
        yield _result("EndingCash", "Cash at end of period", beginning + increase)

    def _operating(self) -> Section:
        earned = added(self._of_types((*INCOME, *EXPENSES)).values(), self._none)
        adjusted = added(self._of_types(_ADJUSTMENTS.types).values(), self._none)
        provided = (earned + adjusted).filled().cells()
        net = Row([Cell("Net Income"), *earned.filled().cells()], "NetIncome")
        header = [Cell("OPERATING ACTIVITIES"), *self._none.cells()]
        summary = [Cell("Net cash provided by operating activities"), *provided]
        return Section(header, [net, *self._part(_ADJUSTMENTS)], summary, "OperatingActivities")

    def _part(self, part: Part) -> Iterable[Section]:
        changes = {id_: figures for id_, figures in self._of_types(part.types).items() if figures}
        if changes:
            rows = [branch.rows() for branch in grow(self._activity.books, "Account", changes, self._none)]
            summary = [Cell(part.total), *added(changes.values(), self._none).cells()]
            yield Section([Cell(part.title), *self._none.cells()], rows, summary, part.group)

    def _of_types(self, types: tuple[str, ...]) -> dict[str, Figures]:
        return {
            id_: figures
            for id_, figures in self._changes.items()
            if self._activity.account_type(id_) in types and not self._is_cash(id_)
        }

    def _is_cash(self, id_: str) -> bool:
        """Banks, and what lies in the drawer until it is deposited."""
        account = self._activity.account(id_)
        return account["AccountType"] == "Bank" or account.get("AccountSubType") == "UndepositedFunds"

    def _beginning(self) -> Figures:
        """Cash before each column's period; of columns that are no periods, before the whole."""
        opening = total(move for move in self._activity.before() if self._is_cash(move.account))
        if not self._spread.is_of_time:
            return Figures([*self._none.values[:-1], opening])
        cash = [move for move in self._activity.within() if self._is_cash(move.account)]
        gained = self._spread.sums(cash, lambda _move: "").get("", self._none).values
        before = list(accumulate((value or ZERO for value in gained), initial=opening))[: len(gained)]
        return Figures([*before[:-1], opening] if self._spread.has_total else before)


def _result(group: str, title: str, figures: Figures) -> Section:
    return Section(summary=[Cell(title), *figures.filled().cells()], group=group)
