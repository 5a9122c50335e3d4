"""Payroll: reports without rows, for no request makes a paycheck, so the books have none.

They are answered in sample companies, as the sandbox's are; a company that is none must be subscribed to QuickBooks' payroll, and is
refused otherwise (QBSDK Programmer's Guide, payroll reports). Which columns a report without rows has is not published: here those that
it is known to have, or that are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .. import refusals
from .asked import ReportAsked
from .dates import span
from .detail_columns import COLUMNS
from .table import LABEL, Column, Table

_AMOUNT = "AMTTYPE"

_COLUMNS: Mapping[str, Column] = {
    **COLUMNS,
    "IncomeSubjectToTax": Column("Income Subject To Tax", "IncomeSubjectToTax", _AMOUNT),
    "PayrollItem": Column("Payroll Item", "PayrollItem"),
    "SSNOrTaxID": Column("SSN/Tax ID", "SSNOrTaxID"),
    "WageBase": Column("Wage Base", "WageBase", _AMOUNT),
    "WageBaseTips": Column("Wage Base (Tips)", "WageBaseTips", _AMOUNT),
}
_OF_TRANSACTIONS = ("Date", "RefNumber", "TxnType", "SourceName", "PayrollItem", "WageBase", "Amount")
_DETAILS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "EmployeeStateTaxesDetail": (
        "Employee State Taxes Detail",
        ("SSNOrTaxID", "PayrollItem", "IncomeSubjectToTax", "WageBase", "Amount"),
    ),
    "PayrollItemDetail": ("Payroll Item Detail", _OF_TRANSACTIONS),
    "PayrollReviewDetail": (
        "Payroll Detail Review",
        ("PayrollItem", "IncomeSubjectToTax", "WageBase", "WageBaseTips", "Amount"),
    ),
    "PayrollTransactionDetail": ("Payroll Transaction Detail", _OF_TRANSACTIONS),
    "PayrollTransactionsByPayee": (
        "Payroll Transactions by Payee",
        ("Date", "Name", "RefNumber", "TxnType", "Memo", "Account", "Amount"),
    ),
}
_SUMMARIES: Mapping[str, tuple[str, str]] = {
    "EmployeeEarningsSummary": ("Employee Earnings Summary", "TOTAL"),
    "PayrollLiabilityBalances": ("Payroll Liability Balances", "BALANCE"),
    "PayrollSummary": ("Payroll Summary", "TOTAL"),
}


def _refuse_unsubscribed(asked: ReportAsked) -> None:
    if not asked.company.is_sample:
        raise refusals.no_payroll()


def detail(asked: ReportAsked) -> Table:
    _refuse_unsubscribed(asked)
    title, usual = _DETAILS[asked.name]
    names = [str(each) for each in asked.content.get("IncludeColumn") or usual]
    unknown = [name for name in names if name not in _COLUMNS]
    if unknown:
        raise refusals.no_report(f"{asked.name} with the column {unknown[0]}")
    return Table(title, span(asked.period), [LABEL, *(_COLUMNS[name] for name in names)])


def summary(asked: ReportAsked) -> Table:
    _refuse_unsubscribed(asked)
    title, whole = _SUMMARIES[asked.name]
    return Table(title, span(asked.period), [LABEL, Column(whole, "Amount", _AMOUNT)])


PAYROLL_DETAILS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = dict.fromkeys(
    _DETAILS, ("ThisQuarterToDate", detail)
)
PAYROLL_SUMMARIES: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = dict.fromkeys(
    _SUMMARIES, ("ThisQuarterToDate", summary)
)
