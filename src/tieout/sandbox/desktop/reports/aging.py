"""Aging: what is owed, by how long it has been due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from ..records import ZERO, called
from .asked import ReportAsked
from .dates import LAST_YEAR, as_of
from .detail_columns import COLUMNS
from .figures import open_items, total
from .table import LABEL, Cell, Column, Table

AMOUNT = "AMTTYPE"
BUCKETS = ("Current", "1 - 30", "31 - 60", "61 - 90", "> 90")
_SIDES = {"AR": ("Customer", 1, "A/R"), "AP": ("Vendor", -1, "A/P")}
_DETAIL = ("TxnType", "Date", "RefNumber", "Name", "DueDate", "Aging", "OpenBalance")

Row = tuple[tuple[str, str], tuple[str, str], Decimal, int]
"""Transaction, name, what is open, days past due."""


def _open(asked: ReportAsked, side: str, sign: int) -> list[Row]:
    company = asked.company
    day = asked.today if asked.content.get("ReportAgingAsOf") == "Today" else asked.period.end
    as_of_day = asked.today if day.year > LAST_YEAR else day
    day = min(day, date(9000, 12, 31))
    wanted = {name for line in asked.lines(accrual=True) if (name := line[2].name)}
    rows: list[Row] = []
    for (key, name), amount in open_items(company, side, day.isoformat()).items():
        head = company.books.ledger.headings[key]
        if name in wanted:
            late = (as_of_day - date.fromisoformat(head.due or head.date)).days
            rows.append((key, name, sign * amount, late))
    return rows


def _bucket(late: int) -> int:
    return 0 if late <= 0 else min((late - 1) // 30 + 1, 4)


def _names(asked: ReportAsked, side: str) -> dict[str, str]:
    found = {each["ListID"]: called(each) for each in asked.company.all_of(side)}
    return dict(sorted(found.items(), key=lambda each: each[1].casefold()))


def summary(asked: ReportAsked) -> Table:
    side, sign, title = _SIDES[asked.name[:2]]
    columns = [LABEL, *(Column(each, "Amount", AMOUNT) for each in BUCKETS), Column("TOTAL", "Total", AMOUNT)]
    table = Table(f"{title} Aging Summary", as_of(asked.period.end), columns)
    sums: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * len(BUCKETS))
    for _, name, amount, late in _open(asked, side, sign):
        sums[name[1]][_bucket(late)] += amount
    for list_id, full in _names(asked, side).items():
        if any(sums.get(list_id, ())):
            table.data([full, *sums[list_id], total(sums[list_id])], side.lower(), full)
    columns_ = [total(each[at] for each in sums.values()) for at in range(len(BUCKETS))]
    table.total(["TOTAL", *columns_, total(columns_)])
    return table


def detail(asked: ReportAsked) -> Table:
    side, sign, title = _SIDES[asked.name[:2]]
    table = Table(
        f"{title} Aging Detail", as_of(asked.period.end), [LABEL, *(COLUMNS[name] for name in _DETAIL)]
    )
    names, company = _names(asked, side), asked.company
    rows = _open(asked, side, sign)
    for at, bucket in enumerate(BUCKETS):
        inside = sorted(
            (row for row in rows if _bucket(row[3]) == at),
            key=lambda row: company.books.ledger.headings[row[0]].date,
        )
        if not inside:
            continue
        table.text(bucket)
        for (kind, txn_id), name, amount, late in inside:
            head = company.books.ledger.headings[kind, txn_id]
            late_ = str(late) if late > 0 else None
            table.data(
                [None, kind, head.date, head.number, names[name[1]], head.due, late_, amount],
                side.lower(),
                names[name[1]],
            )
        whole = total(amount for _, _, amount, _ in inside)
        table.subtotal([f"Total {bucket}", *[None] * 6, whole])
    table.total(["TOTAL", *[None] * 6, total(amount for _, _, amount, _ in rows)])
    return table


def collections(asked: ReportAsked) -> Table:
    """What customers should have paid by now, with whom to call."""
    names = ("TxnType", "Date", "RefNumber", "PONumber", "Terms", "DueDate", "Aging", "OpenBalance")
    table = Table("Collections Report", as_of(asked.period.end), [LABEL, *(COLUMNS[name] for name in names)])
    company, late = asked.company, [row for row in _open(asked, "Customer", 1) if row[3] > 0]
    for list_id, full in _names(asked, "Customer").items():
        inside = [row for row in late if row[1][1] == list_id]
        if not inside:
            continue
        table.data([full], "customer", full)
        customer = company.records["Customer"][list_id]
        for said in filter(None, (customer.get("Contact"), customer.get("Phone"))):
            table.text(str(said))
        for (kind, txn_id), _, amount, days in sorted(inside, key=lambda row: row[3], reverse=True):
            head, record = company.books.ledger.headings[kind, txn_id], company.records[kind][txn_id]
            terms = str((record.get("TermsRef") or {}).get("FullName", ""))
            cells: list[Cell] = [None, kind, head.date, head.number, str(record.get("PONumber") or ""), terms]
            table.data([*cells, head.due or head.date, str(days), amount], "customer", full)
        whole = total(amount for _, _, amount, _ in inside)
        table.subtotal([f"Total {full}", *[None] * 7, whole], "customer", full)
    table.total(["TOTAL", *[None] * 7, total(amount for _, _, amount, _ in late)])
    return table


AGINGS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "APAgingDetail": ("Today", detail),
    "APAgingSummary": ("Today", summary),
    "ARAgingDetail": ("Today", detail),
    "ARAgingSummary": ("Today", summary),
    "CollectionsReport": ("Today", collections),
}
"""By AgingReportType."""
