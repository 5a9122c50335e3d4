"""Tying out the accounts where QuickBooks tells each balance by its account's name: its trial balance against the mirror's accounts.

Income and expenses are left out, for their accounts have no balance of their own, and so is Retained Earnings: nothing is posted
there when a year is closed. What both come to follows from all the others, since debits equal credits. Accounts in a foreign currency
tell their balance in it, and the trial balance is in the home currency: they are left out too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ..connections.mirrors.kept_account import KeptAccount
from .trial_balance import ZERO, AccountBalance, AccountsTied, KeepsAccounts

IN_HOME_CURRENCY = ("Equity", "Income", "Expense", "CostOfGoodsSold", "OtherIncome", "OtherExpense")


def tie_told(told: Mapping[str, Decimal], kept: KeepsAccounts) -> AccountsTied:
    """Compare every account that has a balance of its own."""
    accounts = kept.accounts()
    if accounts is None:
        return AccountsTied(not_compared="the mirror does not hold Account.AccountType")
    home = _home_currency(accounts)
    tied = AccountsTied(out_of_balance=sum(told.values(), ZERO))
    for account in sorted(accounts, key=lambda each: each.name or ""):
        name = account.name or ""
        if not account.stands or account.balance is None or _is_retained(account):
            continue
        if account.currency != home:
            tied.in_other_currencies += bool(account.balance)
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


def _home_currency(accounts: Sequence[KeptAccount]) -> str | None:
    """The currency of income and expenses, which cannot be in another; None where a file has only one and names none."""
    return next((each.currency for each in accounts if each.classification in IN_HOME_CURRENCY), None)


def _is_retained(account: KeptAccount) -> bool:
    """By its type, or by its name where the version of qbXML tells no such types."""
    return account.sub_type == "RetainedEarnings" or (
        account.sub_type is None and account.name == "Retained Earnings"
    )
