"""CustomerBalance, VendorBalance and their details: what each one owes, or is owed."""

from __future__ import annotations

from collections.abc import Callable

from .activity import Activity
from .aging import as_line
from .detail import Details, Line, running
from .figures import Figures, added
from .open_items import Item, open_items
from .rendering import Cell, Column, Section, Table, grand_total
from .trees import grow

_PAID = {"Customer": "arpaid", "Vendor": "appaid"}


def summary(kind: str) -> Callable[[Activity], Table]:
    """A row per customer or vendor."""

    def report(activity: Activity) -> Table:
        none = Figures([None])
        sums: dict[str, Figures] = {}
        for item in _wanted(activity, kind, usual="All"):
            sums.setdefault(item.party, Figures([None])).put(0, item.open)
        sums = {party: figures for party, figures in sums.items() if figures}
        rows = [branch.rows() for branch in grow(activity.books, kind, sums, none, field="DisplayName")]
        total = grand_total([Cell("TOTAL"), *added(sums.values(), none).filled().cells()])
        columns = [Column("", kind), Column("Total", "Money", {"ColKey": "total"})]
        return Table(columns, [*rows, total] if rows else [], typed=False)

    return report


def detail(kind: str) -> Callable[[Activity], Table]:
    """A section per customer or vendor, a row per document; open ones unless all are asked for."""

    def report(activity: Activity) -> Table:
        details = Details(activity)
        parties: dict[str, list[Line]] = {}
        for item in sorted(_wanted(activity, kind, usual="Unpaid"), key=lambda item: item.heading.date):
            parties.setdefault(item.party, []).append(as_line(activity, item))
        titles = {party: details.named(kind, party) for party in parties}
        ordered = sorted(parties, key=lambda party: titles[party].value.casefold())
        sections = [details.section(titles[party], running(parties[party])) for party in ordered]
        total = Section(summary=details.summary("TOTAL", sections))
        return Table(details.columns(), [*sections, total] if sections else [])

    return report


def _wanted(activity: Activity, kind: str, usual: str) -> list[Item]:
    paid = activity.asked.params.get(_PAID[kind], usual)
    items = open_items(activity, kind)
    return [item for item in items if paid == "All" or bool(item.open) == (paid == "Unpaid")]
