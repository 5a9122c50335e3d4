"""Tying out the accounts where QuickBooks tells each balance by its account's name: its trial balance against the mirror's accounts.

Income and expenses are left out, for their accounts have no balance of their own, and so is Retained Earnings: nothing is posted
there when a year is closed. What both come to follows from all the others, since debits equal credits.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ..connections.mirrors.kept_account import KeptAccount
from .trial_balance import ZERO, AccountBalance, AccountsTied, KeepsAccounts


def tie_told(told: Mapping[str, Decimal], kept: KeepsAccounts) -> AccountsTied:
    """Compare every account that has a balance of its own."""
    accounts = kept.accounts()
    if accounts is None:
        return AccountsTied(not_compared="the mirror does not hold Account.AccountType")
    tied = AccountsTied(out_of_balance=sum(told.values(), ZERO))
    for account in sorted(accounts, key=lambda each: each.name or ""):
        name = account.name or ""
        if not account.stands or account.balance is None or _is_retained(account):
            continue
        mirrored = -account.balance if account.grows_by_credits else account.balance
        tied.accounts += bool(mirrored or told.get(name))
        if mirrored != told.get(name, ZERO):
            tied.differing.append(AccountBalance(account.id, name, told.get(name, ZERO), None, mirrored))
    known = {account.name for account in accounts}
    tied.differing += [
        AccountBalance("", name, told[name], None, None) for name in sorted(told.keys() - known)
    ]
    return tied


def _is_retained(account: KeptAccount) -> bool:
    """By its type, or by its name where the version of qbXML tells no such types."""
    return account.sub_type == "RetainedEarnings" or (
        account.sub_type is None and account.name == "Retained Earnings"
    )
