"""Reports of the hours that people worked: by name, by job, by item."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta

from ...ledger.ledger import Heading, Posting
from .. import refusals
from ..records import ZERO, Record, id_of
from .asked import Line, ReportAsked
from .dates import span
from .table import LABEL, Column, Table

DURATION = "TIMEINTERVALTYPE"

_HOURS = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


def hours(duration: str) -> timedelta:
    found = _HOURS.fullmatch(duration)
    numbers = [int(each or 0) for each in found.groups()] if found else [0, 0, 0]
    return timedelta(hours=numbers[0], minutes=numbers[1], seconds=numbers[2])


def written(worked: timedelta) -> str:
    """`PT2H30M`, as qbXML writes it."""
    minutes = int(worked.total_seconds()) // 60
    return f"PT{minutes // 60}H{minutes % 60}M"


def _entries(asked: ReportAsked) -> Iterator[Record]:
    """Of the period and the filters, in the order of days; a filter of names lets through who worked, and for whom."""
    if asked.content.get("IncludeColumn"):
        raise refusals.no_report(f"{asked.name} with other columns")
    found = (each for each in asked.company.all_of("TimeTracking") if asked.period.holds(each["TxnDate"]))
    entries = [each for each in found if any(map(asked.lets_through, _as_lines(asked, each)))]
    yield from sorted(entries, key=lambda each: str(each["TxnDate"]))


def _as_lines(asked: ReportAsked, entry: Record) -> Iterator[Line]:
    heading, item = Heading(str(entry["TxnDate"])), id_of(entry.get("ItemServiceRef"))
    for field in ("EntityRef", "CustomerRef"):
        list_id = id_of(entry.get(field))
        party = (asked.company.list_kind(list_id), list_id)
        posting = Posting("", ZERO, ZERO, item=item, party=party, class_=id_of(entry.get("ClassRef")))
        yield ("TimeTracking", str(entry["TxnID"])), heading, posting


def _named(field: str, nobody: str) -> Callable[[Record], str]:
    return lambda entry: str((entry.get(field) or {}).get("FullName") or nobody)


_PERSON = _named("EntityRef", "No name")
_JOB = _named("CustomerRef", "No job")
_ITEM = _named("ItemServiceRef", "No item")


def _summary(
    title: str, outer: Callable[[Record], str], inner: Callable[[Record], str], row_type: str
) -> Callable[[ReportAsked], Table]:
    """Hours in two steps: by one, and within it by the other; a column for each piece of time that is asked for."""

    def make(asked: ReportAsked) -> Table:
        pieces = asked.pieces()
        titles = ["Hours"] if len(pieces) == 1 else [title for title, _ in pieces]
        columns = [LABEL, *(Column(title, "Duration", DURATION) for title in titles)]
        table = Table(title, span(asked.period), columns)
        groups: defaultdict[str, defaultdict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
        entries = list(_entries(asked))
        for entry in entries:
            groups[outer(entry)][inner(entry)].append(entry)

        def cells(some: list[Record]) -> list[str]:
            return [written(_sum(e for e in some if piece.holds(str(e["TxnDate"])))) for _, piece in pieces]

        for name in sorted(groups, key=str.casefold):
            table.text(name)
            for below in sorted(groups[name], key=str.casefold):
                table.data([below, *cells(groups[name][below])])
            inside = [entry for some in groups[name].values() for entry in some]
            table.subtotal([f"Total {name}", *cells(inside)], row_type, name)
        table.total(["TOTAL", *cells(entries)])
        return table

    return make


def _sum(entries: Iterable[Record]) -> timedelta:
    return sum((hours(str(each["Duration"])) for each in entries), timedelta())


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
