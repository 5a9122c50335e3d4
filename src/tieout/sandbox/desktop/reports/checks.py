"""MissingChecks: the checks of an account in the order of their numbers, and where a number is missing or there twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from .. import refusals
from .asked import Line, ReportAsked
from .dates import span
from .detail_columns import COLUMNS, Rows
from .table import LABEL, Table

_CHECKS = ("BillPaymentCheck", "Check", "SalesTaxPaymentCheck")
_COLUMNS = ("TxnType", "Date", "RefNumber", "Name", "Memo", "Account", "SplitAccount", "Amount")


def missing_checks(asked: ReportAsked) -> Table:
    """Of the accounts that the filter names: QuickBooks wants one."""
    if "ReportAccountFilter" not in asked.content:
        raise refusals.missing("ReportAccountFilter")
    if asked.content.get("IncludeColumn"):
        raise refusals.no_report(f"{asked.name} with other columns")
    table = Table(
        "Missing Checks", span(asked.period), [LABEL, *(COLUMNS[name] for name in _COLUMNS)], asked.basis
    )
    rows, checks = Rows(asked, _COLUMNS), _checks(asked)
    for before, line in pairwise([None, *checks]):
        if before is not None and line is not None:
            step = int(line[1].number) - int(before[1].number)
            if step > 1:
                table.text("*** Missing numbers here ***")
            elif not step:
                table.text("*** Duplicate document numbers ***")
        if line is not None:
            table.data(rows.cells(line, line[2].amount))
    return table


def _checks(asked: ReportAsked) -> list[Line]:
    """The bank's side of each, by number; those without one are not yet printed."""
    found = [
        line
        for line in asked.lines(accrual=True)
        if line[0][0] in _CHECKS
        and not line[2].line
        and asked.period.holds(line[1].date)
        and line[1].number.isdecimal()
    ]
    return sorted(found, key=lambda line: (int(line[1].number), line[1].date))


CHECKS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "MissingChecks": ("All", missing_checks),
}
