"""Reports from QuickBooks Online: asked in one piece, or in as many periods as its limit of cells wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from ...catalog.nearest import did_you_mean
from ...catalog.reports import Parameter, Report, date_macros, report
from ...errors import LocalProtocolError, RemoteProtocolError
from ...protocols.joined_reports import joined
from ...protocols.rest_reports import ReportTable, read_report, report_request
from .company import Company

MONTHS_AT_ONCE = 6
"""Months of a detail report that Intuit advises to ask for at most (reports, best practices)."""
_DAY = timedelta(days=1)

Window = tuple[date, date]
"""The first and the last day."""


def ask_report(company: Company, name: str, params: Mapping[str, str]) -> ReportTable:
    """A whole report, however many answers it takes."""
    asked = report(name)
    _check(asked, params)
    window = _window(params)
    if window is None or not _can_split(asked, params):
        return _whole(company, asked, params)
    return joined([_asked_within(company, asked, params, each) for each in _windows(*window)])


def _check(asked: Report, params: Mapping[str, str]) -> None:
    for name in (*asked.required, *params):
        if name not in params:
            raise LocalProtocolError(f"{asked.name} needs the parameter {name}.")
        if name not in asked.parameters:
            raise LocalProtocolError(
                f"{asked.name} has no parameter {name!r}.{did_you_mean(name, asked.parameters)}",
                advice=f"It has {', '.join(asked.parameters)}.",
            )
        _check_value(asked, asked.parameters[name], params[name])


def _check_value(asked: Report, parameter: Parameter, value: str) -> None:
    match parameter.kind:
        case "date":
            _day(parameter.name, value)
        case "macro":
            _check_word(asked, parameter, value, date_macros())
        case "choice":
            _check_word(asked, parameter, value, parameter.choices)
        case "columns" if asked.columns:
            for key in value.split(","):
                _check_word(asked, parameter, key.strip(), asked.columns + asked.more)


def _check_word(asked: Report, parameter: Parameter, word: str, valid: Sequence[str]) -> None:
    if word not in valid:
        raise LocalProtocolError(
            f"{asked.name}: {parameter.name} cannot be {word!r}.{did_you_mean(word, valid)}",
            advice=f"It is one of {', '.join(valid)}.",
        )


def _window(params: Mapping[str, str]) -> Window | None:
    """The days asked for, when both ends are named."""
    if not params.get("start_date") or not params.get("end_date"):
        return None
    start, end = (_day(name, params[name]) for name in ("start_date", "end_date"))
    if start > end:
        raise LocalProtocolError(f"start_date {start} is after end_date {end}.")
    return start, end


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LocalProtocolError(f"{name} = {text!r} is no date; write 2026-01-31.") from None


def _can_split(asked: Report, params: Mapping[str, str]) -> bool:
    """Whether the report is that of its parts, one after the other: not when it is in another order."""
    in_time = params.get("sort_by", "tx_date") == "tx_date" and params.get("sort_order") != "descend"
    return asked.is_detail and asked.has_range and in_time


def _windows(start: date, end: date) -> Iterator[Window]:
    while start <= end:
        last = min(_months_later(start) - _DAY, end)
        yield start, last
        start = last + _DAY


def _months_later(day: date) -> date:
    month = day.year * 12 + day.month - 1 + MONTHS_AT_ONCE
    return date(month // 12, month % 12 + 1, min(day.day, 28))


def _whole(company: Company, asked: Report, params: Mapping[str, str]) -> ReportTable:
    """A report in one answer; of a period that QuickBooks chose, and that is too long, in several."""
    table = _ask(company, asked, params)
    if not table.is_cut_off:
        return table
    if not _can_split(asked, params) or not all(table.period):
        raise _too_much(asked)
    plain = {name: value for name, value in params.items() if name != "date_macro"}
    start, end = (date.fromisoformat(day) for day in table.period)
    return _halves(company, asked, plain, (start, end))


def _asked_within(company: Company, asked: Report, params: Mapping[str, str], window: Window) -> ReportTable:
    """A report on some days; on fewer at a time, as long as QuickBooks leaves something out."""
    start, end = window
    dated = {**params, "start_date": start.isoformat(), "end_date": end.isoformat()}
    table = _ask(company, asked, dated)
    return _halves(company, asked, params, window) if table.is_cut_off else table


def _halves(company: Company, asked: Report, params: Mapping[str, str], window: Window) -> ReportTable:
    start, end = window
    if start == end:
        raise _too_much(asked, start)
    middle = start + (end - start) // 2
    halves = ((start, middle), (middle + _DAY, end))
    return joined([_asked_within(company, asked, params, half) for half in halves])


def _too_much(asked: Report, day: date | None = None) -> RemoteProtocolError:
    when = f" of {day}" if day else ""
    return RemoteProtocolError(
        f"{asked.name}{when} has more cells than QuickBooks gives in one report.",
        advice="Ask for fewer columns, a shorter period, or some accounts, customers or vendors at a time.",
    )


def _ask(company: Company, asked: Report, params: Mapping[str, str]) -> ReportTable:
    response = company.client.read(report_request(company.realm, asked, params, company.minor_version))
    return read_report(response.body, asked, tid=response.tid)
