"""What a client asks of a report, checked: the period, the basis, the filters, the columns."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from ...catalog.reports import Parameter, Report, date_macros
from ..company import refusals
from ..company.books import Books
from .periods import ALL, FIRST_DAY, Calendar, Period

IGNORED = frozenset({"minorversion", "requestid", "testing_migration"})
"""What any request may carry."""
FILTERS = ("customer", "vendor", "employee", "item", "class", "department", "account", "name", "term")
_HEADER = {"customer": "Customer", "vendor": "Vendor", "employee": "Employee"}
_HEADER |= {"item": "Item", "class": "Class", "department": "Department"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a report."""

    report: Report
    params: Mapping[str, str]
    calendar: Calendar
    period: Period
    """A report as of a date has it as the end."""
    macro: str
    """The date_macro in force; empty when dates were given."""
    cash: bool
    """Whether sales and purchases count when they are paid."""

    @property
    def summarize_by(self) -> str:
        return self.params.get("summarize_column_by", "Total")

    @property
    def descending(self) -> bool:
        return self.params.get("sort_order") == "descend"

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields of a detail report, as named or as usual."""
        named = tuple(_words(self.params.get("columns", "")))
        return named or self.report.columns

    def ids(self, name: str) -> frozenset[str]:
        """The ids that a filter lets pass; empty lets all pass."""
        return frozenset(_words(self.params.get(name, "")))

    def filters(self) -> dict[str, frozenset[str]]:
        return {name: self.ids(name) for name in FILTERS if self.params.get(name)}

    def number(self, name: str, default: int) -> int:
        return int(Decimal(self.params.get(name, default)))

    def dates(self, what: str) -> Period | None:
        """A further range: `start_duedate` … `end_duedate`, or `duedate_macro`; None when nothing was asked."""
        macro = self.params.get(f"{what}_macro")
        if macro:
            return self.calendar.macro(macro)
        start, end = self.params.get(f"start_{what}"), self.params.get(f"end_{what}")
        if not start and not end:
            return None
        return Period(_day(start, ALL.start), _day(end, ALL.end))

    def header(self, currency: str) -> dict[str, Any]:
        """The answer's header, but for the time."""
        header: dict[str, Any] = {"ReportName": self.report.name}
        if self.macro:
            header["DateMacro"] = self.macro.lower()
        if self.report.basis:
            header["ReportBasis"] = "Cash" if self.cash else "Accrual"
        header |= self._period_told()
        if "summarize_column_by" in self.report.parameters:
            header["SummarizeColumnsBy"] = self.summarize_by
        header["Currency"] = currency
        header |= {_HEADER[name]: self.params[name] for name in _HEADER if self.params.get(name)}
        if self.report.period == "date":
            day = min(self.period.end, self.calendar.today) if self.macro else self.period.end
            header["Option"] = [{"Name": "report_date", "Value": day.isoformat()}]
        return header

    def _period_told(self) -> dict[str, str]:
        if self.report.period == "none" or self.period.end == ALL.end:
            return {}
        end = {"EndPeriod": self.period.end.isoformat()}
        return (
            end if self.period.start == FIRST_DAY else {"StartPeriod": self.period.start.isoformat(), **end}
        )


def read(report: Report, params: Mapping[str, str], books: Books) -> Asked:
    """Check what was asked; a refusal names the parameter."""
    sent = {name: value for name, value in params.items() if name not in IGNORED and value}
    for name in report.required:
        if name not in sent:
            raise refusals.missing(name)
    for name, value in sent.items():
        if name not in report.parameters:
            raise refusals.unknown_property(name)
        _check(report, report.parameters[name], value)
    calendar = Calendar(books.today(), _first_month(books))
    period, macro = _period(report, sent, calendar)
    basis = sent.get("accounting_method") or books.preference("ReportPrefs", "ReportBasis")
    return Asked(report, sent, calendar, period, macro, cash=report.basis and basis == "Cash")


def _period(report: Report, sent: Mapping[str, str], calendar: Calendar) -> tuple[Period, str]:
    if report.period == "date" and "report_date" in sent:
        return Period(FIRST_DAY, _day(sent["report_date"], ALL.end)), ""
    if report.has_range and ("start_date" in sent or "end_date" in sent):
        end = _day(sent.get("end_date"), calendar.today)
        start = _day(sent.get("start_date"), min(calendar.fiscal_year(end).start, end))
        if start > end:
            raise refusals.refused(
                2190, "Invalid Date Range", "start_date must not be after end_date.", element="start_date"
            )
        return Period(start, end), ""
    macro = sent.get("date_macro") or report.default
    if not macro:
        return ALL, ""
    period = calendar.macro(macro)
    return (Period(FIRST_DAY, period.end) if report.period == "date" else period), macro


def _check(report: Report, parameter: Parameter, value: str) -> None:
    match parameter.kind:
        case "date":
            _day(value, ALL.end, parameter.name)
        case "macro" if value not in date_macros():
            raise refusals.invalid_enumeration(parameter.name, value)
        case "choice" if value not in parameter.choices:
            raise refusals.invalid_enumeration(parameter.name, value)
        case "flag" if value not in ("true", "false"):
            raise refusals.invalid_boolean(parameter.name, value)
        case "number":
            _check_number(parameter.name, value)
        case "columns":
            _check_columns(report, parameter.name, value)


def _check_number(name: str, value: str) -> None:
    try:
        finite = Decimal(value).is_finite()
    except InvalidOperation:
        finite = False
    if not finite:
        raise refusals.invalid_number(name, value)


def _check_columns(report: Report, name: str, value: str) -> None:
    for key in _words(value) if report.columns else ():
        if key not in report.columns + report.more:
            raise refusals.invalid_enumeration(name, key)


def _day(text: str | None, default: date, name: str = "date") -> date:
    if not text:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise refusals.invalid_date(name, text) from None
    if len(text) != len("2026-01-31"):
        raise refusals.invalid_date(name, text)
    return day


def _words(text: str) -> list[str]:
    return [word for word in map(str.strip, text.split(",")) if word]


def _first_month(books: Books) -> int:
    name = books.preference("AccountingInfoPrefs", "FirstMonthOfFiscalYear")
    months = list(month_name)
    return months.index(name) if name in months[1:] else 1
