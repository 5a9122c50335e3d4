"""CustomSummary: any rows by any columns.

Rows are the profit and loss, the balance sheet, all accounts, or what else is said (QuickBooks' help, Custom summary report: an
income statement by another side of the business). Then the amounts are income less expenses, unless a filter chooses accounts: where only
accounts are chosen whose debits are positive, so are they, and where one of the balance sheet is among others, debits are positive too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal

from .. import refusals
from ..records import ZERO
from ..special_accounts import DEBIT_TYPES, RESULT_TYPES
from .asked import Line, ReportAsked
from .axes import Head, axis, columns
from .dates import PIECES, as_of, span
from .figures import balances, moved, total
from .summaries import AMOUNT, write_balance_sheet, write_profit_and_loss
from .table import LABEL, Column, Table

_TITLE = "Custom Summary Report"


def custom_summary(asked: ReportAsked) -> Table:
    rows, by = (str(asked.content[name]) for name in ("SummarizeRowsBy", "SummarizeColumnsBy"))
    if rows == "BalanceSheet":
        return _balance_sheet(asked, by)
    found = columns(asked, asked.lines(), by)
    described = [LABEL, *(Column(title, "Amount", AMOUNT) for title, _ in found)]
    table = Table(_TITLE, span(asked.period), described, asked.basis)
    if rows == "IncomeStatement":
        return write_profit_and_loss(asked, table, [moved(each, asked.period) for _, each in found])
    return _write(asked, table, rows, found)


def _balance_sheet(asked: ReportAsked, by: str) -> Table:
    """Balances have days and nothing else: its columns are the ends of pieces of time."""
    if by not in ("TotalOnly", *PIECES):
        raise refusals.no_report(f"{asked.name} of a balance sheet by {by}")
    pieces, lines = asked.pieces(), list(asked.lines())
    described = [LABEL, *(Column(title, "Amount", AMOUNT) for title, _ in pieces)]
    table = Table(_TITLE, as_of(asked.period.end), described, asked.basis)
    return write_balance_sheet(
        asked, table, [balances(asked, lines, piece.end.isoformat()) for _, piece in pieces]
    )


def _write(asked: ReportAsked, table: Table, rows: str, found: list[tuple[str, list[Line]]]) -> Table:
    types = _chosen(asked, rows)
    sign = 1 if _counts_debits(set(types.values())) else -1
    head_of = axis(asked, rows)
    sums: defaultdict[Head, list[Decimal]] = defaultdict(lambda: [ZERO] * len(found))
    for at, (_, lines) in enumerate(found):
        for line in lines:
            if line[2].account in types:
                sums[head_of(line)][at] += sign * line[2].amount
    for head in sorted(sums):
        table.data([head.title or "TOTAL", *sums[head]], head.row_type, head.value)
    table.total(["TOTAL", *(total(amounts[at] for amounts in sums.values()) for at in range(len(found)))])
    return table


def _chosen(asked: ReportAsked, rows: str) -> dict[str, str]:
    """The types of the accounts that count, by their ListIDs."""
    said = asked.content.get("ReportAccountFilter")
    accounts = asked.company.all_of("Account")
    if said:
        wanted = asked.accounts(said)
        accounts = (each for each in accounts if each["ListID"] in wanted)
    elif rows != "Account":
        accounts = (each for each in accounts if each["AccountType"] in RESULT_TYPES)
    return {each["ListID"]: each["AccountType"] for each in accounts}


def _counts_debits(types: set[str]) -> bool:
    """Whether debits are positive: of accounts of one side as it is theirs, of both unless all are of the profit and loss."""
    if types <= DEBIT_TYPES or types.isdisjoint(DEBIT_TYPES):
        return types <= DEBIT_TYPES
    return not types <= RESULT_TYPES


CUSTOM_SUMMARIES: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "CustomSummary": ("ThisMonthToDate", custom_summary),
}
"""By CustomSummaryReportType: the dates where none are said, and what makes it."""
