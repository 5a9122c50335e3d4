"""Balances of accounts at the end of each column, with the year closed: earlier profits are in Retained Earnings.

BalanceSheet and TrialBalance both stand on them.
"""

from __future__ import annotations

from dataclasses import dataclass

from .activity import EXPENSES, INCOME, Activity, Move
from .figures import Figures, Spread


@dataclass(frozen=True, slots=True)
class Balances:
    """Debits are positive."""

    spread: Spread
    accounts: dict[str, Figures]
    """Of the balance sheet, with Retained Earnings as QuickBooks shows it."""
    profit: dict[str, Figures]
    """Of income and expenses, since the fiscal year began."""


def balances(activity: Activity, *, total: bool = False) -> Balances:
    moves = activity.moves
    spread = Spread(activity, moves, total=total)
    standing = [move for move in moves if not _is_profit(activity, move)]
    earned = [move for move in moves if _is_profit(activity, move)]
    accounts = spread.balances(standing, lambda move: move.account)
    profit = spread.balances(earned, lambda move: move.account)
    closed = _closed(activity, spread, earned)
    retained = _retained_earnings(activity)
    for account, figures in closed.items():
        profit[account] -= figures
        accounts[retained] = accounts.get(retained, spread.none()) + figures
    return Balances(spread, accounts, profit)


def _closed(activity: Activity, spread: Spread, earned: list[Move]) -> dict[str, Figures]:
    """Of each column, what was earned in the fiscal years before the one it ends in."""
    closed: dict[str, Figures] = {}
    if not spread.is_of_time:
        start = activity.asked.calendar.fiscal_year(activity.asked.period.end).start.isoformat()
        return spread.sums((move for move in earned if move.date < start), lambda move: move.account)
    for place, part in enumerate(spread.slices):
        end = part.period.end if part.period else activity.asked.period.end
        start = activity.asked.calendar.fiscal_year(end).start.isoformat()
        for move in earned:
            if move.date < start:
                closed.setdefault(move.account, spread.none()).put(place, move.amount)
    return closed


def _is_profit(activity: Activity, move: Move) -> bool:
    return activity.account_type(move.account) in (*INCOME, *EXPENSES)


def _retained_earnings(activity: Activity) -> str:
    """The account that takes up earlier profits; every company has one."""
    accounts = [stored.record for stored in activity.books.store("Account")]
    return next((str(a["Id"]) for a in accounts if a.get("AccountSubType") == "RetainedEarnings"), "")
