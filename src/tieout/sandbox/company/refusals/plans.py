"""Records of time, and budgets."""

from __future__ import annotations

from typing import Any

from .refusal import Refusal, refused


def wrong_time(code: int, message: str, reason: str) -> Refusal:
    """6300 to 6390: what is wrong with a record of time."""
    return refused(code, message, reason)


def missing_time() -> Refusal:
    return refused(6350, "MissingTime", "Hours and Minutes, or StartTime and EndTime, must be supplied.")


def not_employee_or_vendor(value: Any, path: str) -> Refusal:
    return refused(
        6290, "InvalidEmployeeOrVendor", f"{value} is not an employee or vendor of that list.", element=path
    )


def missing_budget_details() -> Refusal:
    return refused(
        6500, "MissingBudgetDetails", "BudgetDetail must have at least one entry.", element="BudgetDetail"
    )


def budget_lists() -> Refusal:
    return refused(
        6490,
        "MultipleBudgetSecondaryListTypes",
        "A budget is divided by customers, by classes or by departments.",
        element="BudgetDetail",
    )


def budget_account(name: str) -> Refusal:
    return refused(
        6510,
        "BudgetAccountMismatch",
        f"{name} does not belong into a budget of this type.",
        element="BudgetDetail.AccountRef",
    )
