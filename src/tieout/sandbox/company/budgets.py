"""Budgets: whose entries are of one kind of account, and divided by one list at most."""

from __future__ import annotations

from . import refusals
from .books import Books
from .records import Record

_LISTS = ("CustomerRef", "ClassRef", "DepartmentRef")
_CLASSIFICATIONS = {
    "ProfitAndLoss": ("Revenue", "Expense"),
    "BalanceSheet": ("Asset", "Liability", "Equity"),
}


def check(books: Books, record: Record) -> None:
    if record["EndDate"] < record["StartDate"]:
        raise refusals.wrong_date_range("EndDate", "EndDate must not be before StartDate.")
    details = record.get("BudgetDetail") or []
    if not details:
        raise refusals.missing_budget_details()
    if len({name for part in details for name in _LISTS if name in part}) > 1:
        raise refusals.budget_lists()
    wanted = _CLASSIFICATIONS.get(record["BudgetType"], ())
    for part in details:
        account = books.find("Account", part.get("AccountRef", {}).get("value", "")) or {}
        if wanted and account and account["Classification"] not in wanted:
            raise refusals.budget_account(account["Name"])
