"""Tying out the accounts where QuickBooks tells each balance by its account's name: its trial balance against the mirror's accounts.

Income and expenses are left out, for their accounts have no balance of their own, and so is Retained Earnings: nothing is posted
there when a year is closed. What both come to follows from all the others, since debits equal credits.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from .trial_balance import ZERO, AccountBalance, AccountsTied, KeepsAccounts


class TellsBalances(Protocol):
    """What is asked of QuickBooks."""

    def told_balances(self) -> Mapping[str, Decimal] | None:
        """By full name, what each account comes to, debits positive; None where another way is to be gone."""


def tie_told(told: Mapping[str, Decimal], kept: KeepsAccounts) -> AccountsTied:
    """Compare every account that has a balance of its own."""
    accounts = kept.accounts()
    if accounts is None:
        return AccountsTied(not_compared="the mirror does not hold Account.AccountType")
    tied = AccountsTied(out_of_balance=sum(told.values(), ZERO))
    for account in sorted(accounts, key=lambda each: each.name or ""):
        if not account.stands or account.balance is None or account.sub_type == "RetainedEarnings":
            continue
        name = account.name or ""
        mirrored = -account.balance if account.grows_by_credits else account.balance
        tied.accounts += bool(mirrored or told.get(name))
        if mirrored != told.get(name, ZERO):
            tied.differing.append(AccountBalance(account.id, name, told.get(name, ZERO), None, mirrored))
    known = {account.name for account in accounts}
    tied.differing += [
        AccountBalance("", name, told[name], None, None) for name in sorted(told.keys() - known)
    ]
    return tied
