"""Budgets of a file: what each account should come to, month by month.

qbXML reads budgets and makes none (QBSDK Programmer's Guide, budget reports), so they come in at the door, as a person would type them:

    {"do": "control", "budget": {"kind": "ProfitAndLoss", "year": 2026, "lines": [{"account": "Sales", "amounts": [100, …]}]}}

There is one of the balance sheet for each year, and one of the profit and loss for each year and criterion: `Accounts`,
`AccountsAndClasses`, whose lines name a `class` too, or `AccountsAndCustomers`, whose lines name a `customer`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from ...catalog.nearest import did_you_mean
from ...errors import SetupError
from .records import Record, cents
from .special_accounts import RESULT_TYPES

if TYPE_CHECKING:
    from .company import DesktopCompany

KINDS = ("ProfitAndLoss", "BalanceSheet")
CRITERIA: Mapping[str, str] = {
    "Accounts": "",
    "AccountsAndClasses": "Class",
    "AccountsAndCustomers": "Customer",
}
"""What the lines of each are of besides accounts."""
MONTHS = 12

_ADVICE = 'A line is like {"account": "Sales", "amounts": ["100.00", …]}, with twelve amounts.'


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """An account's year, in the direction in which its balance is told."""

    account: str
    """The account's ListID."""
    amounts: tuple[Decimal, ...]
    """What each month moves, from the fiscal year's first; of a balance sheet, the balance at its end."""
    of: str = ""
    """The ListID of the class or customer."""


class Budgets:
    """All budgets, by kind, fiscal year and criterion."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, str], tuple[BudgetLine, ...]] = {}

    def put(self, kind: str, year: int, criterion: str, lines: Iterable[BudgetLine]) -> None:
        """Put a budget in the place of the one that there was."""
        self._kept[kind, year, criterion] = tuple(lines)

    def of(self, kind: str, year: int, criterion: str) -> tuple[BudgetLine, ...] | None:
        return self._kept.get((kind, year, criterion))


def take_budget(company: DesktopCompany, said: Mapping[str, Any]) -> None:
    """Keep a budget as the door was told it; SetupError for one that QuickBooks could not have."""
    kind, criterion = str(said.get("kind", KINDS[0])), str(said.get("criterion", "Accounts"))
    for name, known in ((kind, KINDS), (criterion, CRITERIA)):
        if name not in known:
            raise SetupError(
                f"There is no budget {name!r}.{did_you_mean(name, known)}",
                advice=f"Say one of {', '.join(known)}.",
            )
    if kind == "BalanceSheet" and criterion != "Accounts":
        raise SetupError("A budget of the balance sheet is by accounts.", advice="Leave its criterion out.")
    year = said.get("year")
    if not isinstance(year, int):
        raise SetupError(f"A budget is of a year, not of {year!r}.", advice='Say "year": 2026.')
    lines = [_line(company, kind, CRITERIA[criterion], each) for each in said.get("lines", ())]
    company.budgets.put(kind, year, criterion, lines)


def _line(company: DesktopCompany, kind: str, list_: str, said: Mapping[str, Any]) -> BudgetLine:
    account = _named(company, "Account", said.get("account"))
    if (account["AccountType"] in RESULT_TYPES) is not (kind == "ProfitAndLoss"):
        raise SetupError(
            f"{account['FullName']} is no account of a {kind} budget.", advice="Name one of its accounts."
        )
    try:
        amounts = tuple(cents(Decimal(str(each))) for each in said.get("amounts", ()))
    except InvalidOperation as error:
        raise SetupError(f"The amounts of {account['FullName']} are no numbers.", advice=_ADVICE) from error
    if len(amounts) != MONTHS:
        raise SetupError(f"{account['FullName']} has {len(amounts)} amounts.", advice=_ADVICE)
    of = _named(company, list_, said.get(list_.lower()))["ListID"] if list_ else ""
    return BudgetLine(account["ListID"], amounts, of)


def _named(company: DesktopCompany, kind: str, name: Any) -> Record:
    found = company.find((kind,), {"FullName": str(name)})
    if found is None:
        raise SetupError(
            f"The file has no {kind} {name!r}.", advice=f"`tieout query books:{kind}` lists them."
        )
    return found
