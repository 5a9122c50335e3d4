"""BalanceSheet: what the company has, what it owes, and what is its owner's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .activity import Activity
from .balances import Balances, balances
from .figures import Figures, added
from .profit_and_loss import net_income
from .rendering import Cell, Column, Row, Section, Table
from .trees import grow


class Part(NamedTuple):
    """A heading: accounts of one type, or other headings."""

    title: str
    group: str
    account_type: str = ""
    parts: tuple[Part, ...] = ()
    total: str = ""


_ASSETS = Part(
    "ASSETS",
    "TotalAssets",
    total="TOTAL ASSETS",
    parts=(
        Part(
            "Current Assets",
            "CurrentAssets",
            parts=(
                Part("Bank Accounts", "BankAccounts", "Bank"),
                Part("Accounts Receivable", "AR", "Accounts Receivable"),
                Part("Other Current Assets", "OtherCurrentAssets", "Other Current Asset"),
            ),
        ),
        Part("Fixed Assets", "FixedAssets", "Fixed Asset"),
        Part("Other Assets", "OtherAssets", "Other Asset"),
    ),
)
_LIABILITIES = Part(
    "Liabilities",
    "Liabilities",
    parts=(
        Part(
            "Current Liabilities",
            "CurrentLiabilities",
            parts=(
                Part("Accounts Payable", "AP", "Accounts Payable"),
                Part("Credit Cards", "CreditCards", "Credit Card"),
                Part("Other Current Liabilities", "OtherCurrentLiabilities", "Other Current Liability"),
            ),
        ),
        Part("Long-Term Liabilities", "LongTermLiabilities", "Long Term Liability"),
    ),
)
_EQUITY = Part("Equity", "Equity", "Equity")
_OWED = Part(
    "LIABILITIES AND EQUITY",
    "TotalLiabilitiesAndEquity",
    total="TOTAL LIABILITIES AND EQUITY",
    parts=(_LIABILITIES, _EQUITY),
)


def balance_sheet(activity: Activity) -> Table:
    found = balances(activity)
    sheet = _Sheet(activity, found)
    columns = [Column("", "Account", {"ColKey": "account"}), *found.spread.columns()]
    return Table(columns, [*sheet.section(_ASSETS), *sheet.section(_OWED)], empty=not activity.moves)


class _Sheet:
    def __init__(self, activity: Activity, found: Balances) -> None:
        self._activity = activity
        self._found = found
        self._none = found.spread.none()

    def section(self, part: Part) -> Iterator[Section]:
        """A heading with all that is below it; nothing when there is nothing."""
        rows = list(self._rows(part))
        if rows or part.total:
            total = [Cell(part.total or f"Total {part.title}"), *self._total(part).cells()]
            yield Section([Cell(part.title), *self._none.cells()], rows, total, part.group)

    def _rows(self, part: Part) -> Iterator[Row | Section]:
        for inner in part.parts:
            yield from self.section(inner)
        for branch in grow(self._activity.books, "Account", self._accounts(part), self._none):
            yield branch.rows()
        if part is _EQUITY and any(self._found.profit.values()):
            earned = net_income(self._found.profit, self._none)
            yield Row([Cell("Net Income"), *earned.filled().cells()], "NetIncome")

    def _total(self, part: Part) -> Figures:
        inner = added((self._total(each) for each in part.parts), self._none)
        whole = added(self._accounts(part).values(), inner)
        return whole + net_income(self._found.profit, self._none) if part is _EQUITY else whole

    def _accounts(self, part: Part) -> dict[str, Figures]:
        """Balances of a heading's own accounts; of liabilities and equity, what is owed is positive."""
        assets = part.account_type in ("Bank", "Accounts Receivable") or part.account_type.endswith("Asset")
        return {
            id_: figures if assets else -figures
            for id_, figures in self._found.accounts.items()
            if self._activity.account_type(id_) == part.account_type and figures
        }
