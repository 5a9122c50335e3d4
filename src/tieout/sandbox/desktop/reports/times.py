"""Reports of the hours that people worked: by name, by job, by item."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from .. import refusals
from ..records import Record, id_of
from .asked import ReportAsked
from .dates import span
from .table import LABEL, Column, Table

DURATION = "TIMEINTERVALTYPE"

_HOURS = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")

_IGNORED = ("DisplayReport", "IncludeSubcolumns", "ReportCalendar", "ReportDateMacro", "ReportPeriod", "ReturnColumns",
            "ReturnRows", "SummarizeColumnsBy", "TimeReportType")  # fmt: skip


def hours(duration: str) -> timedelta:
    found = _HOURS.fullmatch(duration)
    numbers = [int(each or 0) for each in found.groups()] if found else [0, 0, 0]
    return timedelta(hours=numbers[0], minutes=numbers[1], seconds=numbers[2])


def written(worked: timedelta) -> str:
    """`PT2H30M`, as qbXML writes it."""
    minutes = int(worked.total_seconds()) // 60
    return f"PT{minutes // 60}H{minutes % 60}M"


def _entries(asked: ReportAsked) -> Iterator[Record]:
    """Of the period, in the order of days."""
    for name in asked.content:
        if name not in _IGNORED and not name.startswith("@"):
            raise refusals.no_report(f"{asked.name} with {name}")
    if asked.content.get("SummarizeColumnsBy", "TotalOnly") != "TotalOnly":
        raise refusals.no_report(f"{asked.name} by {asked.content['SummarizeColumnsBy']}")
    found = (each for each in asked.company.all_of("TimeTracking") if asked.period.holds(each["TxnDate"]))
    yield from sorted(found, key=lambda each: str(each["TxnDate"]))


def _named(field: str, nobody: str) -> Callable[[Record], str]:
    return lambda entry: str((entry.get(field) or {}).get("FullName") or nobody)


_PERSON = _named("EntityRef", "No name")
_JOB = _named("CustomerRef", "No job")
_ITEM = _named("ItemServiceRef", "No item")


def _summary(
    title: str, outer: Callable[[Record], str], inner: Callable[[Record], str], row_type: str
) -> Callable[[ReportAsked], Table]:
    """Hours in two steps: by one, and within it by the other."""

    def make(asked: ReportAsked) -> Table:
        table = Table(title, span(asked.period), [LABEL, Column("Hours", "Duration", DURATION)])
        sums: defaultdict[str, defaultdict[str, timedelta]] = defaultdict(lambda: defaultdict(timedelta))
        for entry in _entries(asked):
            sums[outer(entry)][inner(entry)] += hours(str(entry["Duration"]))
        for name in sorted(sums, key=str.casefold):
            table.text(name)
            for below in sorted(sums[name], key=str.casefold):
                table.data([below, written(sums[name][below])])
            table.subtotal([f"Total {name}", written(_sum(sums[name]))], row_type, name)
        whole = sum((_sum(each) for each in sums.values()), timedelta())
        table.total(["TOTAL", written(whole)])
        return table

    return make


def _sum(below: Mapping[str, timedelta]) -> timedelta:
    return sum(below.values(), timedelta())


def by_job_detail(asked: ReportAsked) -> Table:
    """Each entry, under its job and its item."""
    columns = [
        LABEL,
        Column("Date", "Date", "DATETYPE"),
        Column("Name", "Name"),
        Column("Billing Status", "BillingStatus"),
        Column("Duration", "Duration", DURATION),
    ]
    table = Table("Time by Job Detail", span(asked.period), columns)
    groups: defaultdict[str, list[Record]] = defaultdict(list)
    for entry in _entries(asked):
        groups[f"{_JOB(entry)}:{_ITEM(entry)}" if id_of(entry.get("ItemServiceRef")) else _JOB(entry)].append(
            entry
        )
    whole = timedelta()
    for title in sorted(groups, key=str.casefold):
        table.text(title)
        spent = timedelta()
        for entry in groups[title]:
            spent += hours(str(entry["Duration"]))
            status = str(entry.get("BillableStatus") or "NotBillable")
            table.data([None, str(entry["TxnDate"]), _PERSON(entry), status, str(entry["Duration"])])
        table.subtotal([f"Total {title}", None, None, None, written(spent)])
        whole += spent
    table.total(["TOTAL", None, None, None, written(whole)])
    return table


TIMES: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "TimeByItem": ("ThisMonthToDate", _summary("Time by Item", _ITEM, _JOB, "item")),
    "TimeByJobDetail": ("ThisMonthToDate", by_job_detail),
    "TimeByJobSummary": ("ThisMonthToDate", _summary("Time by Job Summary", _JOB, _ITEM, "customer")),
    "TimeByName": ("ThisMonthToDate", _summary("Time by Name", _PERSON, _JOB, "name")),
}
