"""Reports beside those of another period: the year before, and the year so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from ...reports.periods import Period
from .asked import ReportAsked
from .dates import as_of, heading, short_day, span
from .figures import balances, moved
from .summaries import AMOUNT, write_balance_sheet, write_profit_and_loss
from .table import LABEL, Cell, Column, Table


class ComparedTable(Table):
    """A table whose rows have two amounts; their difference follows, in money and in percent of the second."""

    def _row(self, kind: str, cells: list[Cell], row_type: str, value: str) -> None:
        now, before = cells[1], cells[2]
        assert isinstance(now, Decimal)
        assert isinstance(before, Decimal)
        percent = f"{(now - before) * 100 / abs(before):.1f}" if before else None
        super()._row(kind, [*cells, now - before, percent], row_type, value)


_DIFFERENCE = [
    Column("$ Change", "AmountDifference", AMOUNT),
    Column("% Change", "PercentChange", "PERCENTTYPE"),
]


def profit_and_loss_and_year_before(asked: ReportAsked) -> Table:
    periods = (asked.period, _year_before(asked.period))
    columns = [LABEL, *(Column(heading(each), "Amount", AMOUNT) for each in periods), *_DIFFERENCE]
    table = ComparedTable("Profit & Loss Prev Year Comparison", span(asked.period), columns, asked.basis)
    lines = list(asked.lines())
    return write_profit_and_loss(asked, table, [moved(lines, each) for each in periods])


def balance_sheet_and_year_before(asked: ReportAsked) -> Table:
    days = (asked.period.end, _year_before(asked.period).end)
    columns = [LABEL, *(Column(short_day(each), "Amount", AMOUNT) for each in days), *_DIFFERENCE]
    table = ComparedTable("Balance Sheet Prev Year Comparison", as_of(days[0]), columns, asked.basis)
    lines = list(asked.lines())
    return write_balance_sheet(asked, table, [balances(asked, lines, each.isoformat()) for each in days])


def profit_and_loss_and_year_so_far(asked: ReportAsked) -> Table:
    period = asked.period
    so_far = Period(asked.fiscal_start(period.end.isoformat()), period.end)
    columns = [LABEL, *(Column(heading(each), "Amount", AMOUNT) for each in (period, so_far))]
    table = Table("Profit & Loss YTD Comparison", span(period), columns, asked.basis)
    lines = list(asked.lines())
    return write_profit_and_loss(asked, table, [moved(lines, each) for each in (period, so_far)])


def _year_before(period: Period) -> Period:
    return Period(*map(_day_before, period))


def _day_before(day: date) -> date:
    """The same day a year earlier; the last of February where there is none."""
    if day.year <= 1:
        return day
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


COMPARISONS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "BalanceSheetPrevYearComp": ("ThisYearToDate", balance_sheet_and_year_before),
    "ProfitAndLossPrevYearComp": ("ThisMonthToDate", profit_and_loss_and_year_before),
    "ProfitAndLossYTDComp": ("ThisMonthToDate", profit_and_loss_and_year_so_far),
}
