"""Budgets: what was planned, and how much of it happened.

Without a period a report is of the whole fiscal year, or of the year so far where it is this one (QBSDK Programmer's Guide, budget
reports). Of a month of which only a part is asked for, that part of its amount is meant.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ...reports.periods import Period
from .. import refusals
from ..budgets import CRITERIA, MONTHS, BudgetLine
from ..date_ranges import days, period_of
from ..records import ZERO, called, cents
from ..special_accounts import DEBIT_TYPES
from .asked import Line, ReportAsked
from .dates import as_of, cut, heading, span
from .figures import Sums, balances, moved
from .summaries import write_balance_sheet, write_profit_and_loss
from .table import LABEL, Cell, Column, Table

_AMOUNT = "AMTTYPE"


class _Column(NamedTuple):
    """What a column is of: days, and a class or customer where it is not of all."""

    title: str
    period: Period
    of: str | None = None
    """A ListID; empty for what has none, None for all."""


class _Budget:
    """One budget as a report asks for it."""

    def __init__(self, asked: ReportAsked, kind: str) -> None:
        self.asked = asked
        self.year = int(asked.content["FiscalYear"])
        self.criterion = str(asked.content.get("BudgetCriterion") or "Accounts")
        found = asked.company.budgets.of(kind, self.year, self.criterion)
        if found is None:
            raise refusals.no_budget(kind, self.year, self.criterion)
        self._accounts = {each["ListID"]: each for each in asked.company.all_of("Account")}
        self._lines = [each for each in found if self._is_wanted(each)]
        if str(asked.content.get("SummarizeBudgetRowsBy") or "Account") != "Account":
            raise refusals.no_report(f"{asked.name} with rows by {asked.content['SummarizeBudgetRowsBy']}")

    def _is_wanted(self, line: BudgetLine) -> bool:
        wanted = self.asked.content.get("ReportClassFilter")
        if not wanted:
            return True
        return self.criterion == "AccountsAndClasses" and line.of in self.asked.elements(("Class",), wanted)

    @property
    def period(self) -> Period:
        """What is asked for; the whole fiscal year, or this one so far."""
        said, macro = self.asked.content.get("ReportPeriod"), self.asked.content.get("ReportDateMacro")
        if macro:
            return period_of(self.asked.today, str(macro))
        if said:
            return days(self.asked.today, said.get("FromReportDate"), said.get("ToReportDate"), None)
        whole = self.whole_year
        return (
            Period(whole.start, self.asked.today) if whole.start <= self.asked.today <= whole.end else whole
        )

    @property
    def whole_year(self) -> Period:
        return Period(date(self.year, 1, 1), date(self.year, 12, 31))

    def columns(self, usual: str) -> list[_Column]:
        """By SummarizeBudgetColumnsBy, with all of it at the end; `usual` where that is not said."""
        by = str(self.asked.content.get("SummarizeBudgetColumnsBy") or usual)
        whole = _Column("TOTAL", self.within_year)
        if by == "Date":
            return [*(_Column(heading(each), each) for each in cut(self.within_year, "Month")), whole]
        if by != CRITERIA[self.criterion]:
            raise refusals.no_report(
                f"{self.asked.name} with columns by {by} and the criterion {self.criterion}"
            )
        names = {each["ListID"]: called(each) for each in self.asked.company.all_of(by)}
        used = sorted({line.of for line in self._lines}, key=lambda each: names.get(each, "").casefold())
        return [
            *(
                _Column(
                    names.get(each, "Unclassified" if by == "Class" else "No name"), self.within_year, each
                )
                for each in used
            ),
            whole,
        ]

    @property
    def within_year(self) -> Period:
        """Only the days of the budget's year, for months of others have none."""
        start, end = self.period
        return Period(max(start, self.whole_year.start), min(end, self.whole_year.end))

    def planned(self, column: _Column) -> Sums:
        """What the months of a column should move."""
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for line in self._lines:
            if column.of in (None, line.of):
                amounts = (
                    amount * self._part(column.period, month) for month, amount in enumerate(line.amounts, 1)
                )
                sums[line.account] += self._signed(line.account, cents(sum(amounts, ZERO)))
        return dict(sums)

    def _part(self, period: Period, month: int) -> Decimal:
        """How much of a month lies in a period, from nothing to one."""
        length = monthrange(self.year, month)[1]
        first = max(period.start, date(self.year, month, 1))
        last = min(period.end, date(self.year, month, length))
        return Decimal(max((last - first).days + 1, 0)) / length

    def planned_balances(self, column: _Column) -> Sums:
        """What accounts should stand at when the month ends in which a column does."""
        end = min(column.period.end, self.whole_year.end)
        month = end.month if end.year == self.year else MONTHS
        return {line.account: self._signed(line.account, line.amounts[month - 1]) for line in self._lines}

    def _signed(self, account: str, amount: Decimal) -> Decimal:
        return amount if self._accounts[account]["AccountType"] in DEBIT_TYPES else -amount

    def happened(self, lines: Iterable[Line], column: _Column) -> Sums:
        """What a column's days moved."""
        by = CRITERIA[self.criterion]
        return moved(
            (line for line in lines if column.of is None or _of(line, by) == column.of), column.period
        )

    def actual_lines(self) -> list[Line]:
        return list(self.asked.lines())


def _of(line: Line, by: str) -> str:
    if by == "Class":
        return line[2].class_
    return line[2].party[1] if line[2].party and line[2].party[0] == "Customer" else ""


# ---- budget alone


def profit_and_loss_overview(asked: ReportAsked) -> Table:
    budget = _Budget(asked, "ProfitAndLoss")
    columns = budget.columns("Date")
    table = Table("Profit & Loss Budget Overview", span(budget.period), _alone(columns))
    return write_profit_and_loss(asked, table, [budget.planned(each) for each in columns])


def balance_sheet_overview(asked: ReportAsked) -> Table:
    budget = _Budget(asked, "BalanceSheet")
    columns = budget.columns("Date")[:-1]
    table = Table("Balance Sheet Budget Overview", as_of(budget.period.end), _alone(columns))
    return write_balance_sheet(asked, table, [budget.planned_balances(each) for each in columns])


def _alone(columns: list[_Column]) -> list[Column]:
    return [LABEL, *(Column(each.title, "Amount", _AMOUNT) for each in columns)]


# ---- budget beside what happened


class _Compared(Table):
    """A table whose rows have what happened and what was planned in turns; the difference and the percentage follow each."""

    def _row(self, kind: str, cells: list[Cell], row_type: str, value: str) -> None:
        told: list[Cell] = [cells[0]]
        for actual, planned in zip(cells[1::2], cells[2::2], strict=True):
            assert isinstance(actual, Decimal)
            assert isinstance(planned, Decimal)
            told += [actual, planned, actual - planned, f"{actual * 100 / planned:.1f}" if planned else None]
        super()._row(kind, told, row_type, value)


def _beside(columns: list[_Column]) -> list[Column]:
    told = [LABEL]
    for each in columns:
        told += [
            Column("Actual", "Amount", _AMOUNT, each.title),
            Column("Budget", "Amount", _AMOUNT, each.title),
            Column("$ Over Budget", "AmountDifference", _AMOUNT, each.title),
            Column("% of Budget", "Percent", "PERCENTTYPE", each.title),
        ]
    return told


def profit_and_loss_and_actual(asked: ReportAsked) -> Table:
    budget = _Budget(asked, "ProfitAndLoss")
    columns, lines = budget.columns("Date"), budget.actual_lines()
    table = _Compared("Profit & Loss Budget vs. Actual", span(budget.period), _beside(columns), asked.basis)
    sums = [each for column in columns for each in (budget.happened(lines, column), budget.planned(column))]
    return write_profit_and_loss(asked, table, sums)


def balance_sheet_and_actual(asked: ReportAsked) -> Table:
    budget = _Budget(asked, "BalanceSheet")
    columns, lines = budget.columns("Date")[:-1], budget.actual_lines()
    table = _Compared(
        "Balance Sheet Budget vs. Actual", as_of(budget.period.end), _beside(columns), asked.basis
    )
    sums = []
    for column in columns:
        sums += [balances(asked, lines, column.period.end.isoformat()), budget.planned_balances(column)]
    return write_balance_sheet(asked, table, sums)


def profit_and_loss_performance(asked: ReportAsked) -> Table:
    """The last month of the period and the year so far, each with its budget; and the budget of the year."""
    budget = _Budget(asked, "ProfitAndLoss")
    end = budget.within_year.end
    month = _Column(heading(Period(end.replace(day=1), end)), Period(end.replace(day=1), end))
    so_far = _Column(heading(Period(budget.whole_year.start, end)), Period(budget.whole_year.start, end))
    titles = (month.title, "Budget", so_far.title, "YTD Budget", "Annual Budget")
    described = [LABEL, *(Column(title, "Amount", _AMOUNT) for title in titles)]
    table = Table("Profit & Loss Budget Performance", span(month.period), described, asked.basis)
    lines = budget.actual_lines()
    sums = [
        each
        for column in (month, so_far)
        for each in (budget.happened(lines, column), budget.planned(column))
    ]
    return write_profit_and_loss(asked, table, [*sums, budget.planned(_Column("", budget.whole_year))])


BUDGETS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "BalanceSheetBudgetOverview": ("", balance_sheet_overview),
    "BalanceSheetBudgetVsActual": ("", balance_sheet_and_actual),
    "ProfitAndLossBudgetOverview": ("", profit_and_loss_overview),
    "ProfitAndLossBudgetPerformance": ("", profit_and_loss_performance),
    "ProfitAndLossBudgetVsActual": ("", profit_and_loss_and_actual),
}
"""By BudgetSummaryReportType; the dates follow from the fiscal year."""
