"""Lists of what is not in the books, or waits to be billed: estimates, pending sales, costs that jobs are to pay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...ledger.ledger import Heading, Key, Posting
from .. import refusals
from ..currencies import at_home
from ..records import ZERO, Record, called, id_of, item_lines
from ..totals import total_of
from .asked import Line, ReportAsked
from .dates import span
from .detail_columns import COLUMNS
from .figures import PURCHASES, total
from .table import LABEL, Cell, Column, Table

_BASE = (COLUMNS["TxnType"], COLUMNS["Date"], COLUMNS["RefNumber"])
_ACTIVE = Column("Estimate Active", "EstimateActive", "BOOLTYPE")
_PENDING = ("CreditMemo", "Invoice", "SalesReceipt")
_NO_JOB = "No job"


@dataclass(frozen=True, slots=True)
class _Row:
    """A transaction, or a line of it: as if it were posted, so that filters can look at it."""

    line: Line
    group: str
    cells: list[Cell]
    """What stands behind type, date and number."""


def _row(key: Key, record: Record, posting: Posting, group: str, cells: list[Cell]) -> _Row:
    return _Row((key, Heading(str(record["TxnDate"]), called(record)), posting), group, cells)


def _listed(
    title: str,
    columns: tuple[Column, ...],
    rows: Callable[[ReportAsked], Iterator[_Row]],
    row_type: str = "",
    sums: tuple[str, ...] = ("Amount",),
) -> Callable[[ReportAsked], Table]:
    """Its rows under the heads of their groups; columns of the types in `sums` are added up."""

    def make(asked: ReportAsked) -> Table:
        if (
            asked.content.get("IncludeColumn")
            or asked.content.get("SummarizeRowsBy", "TotalOnly") != "TotalOnly"
        ):
            raise refusals.no_report(f"{asked.name} with other columns or rows")
        described = [*_BASE, *columns]
        table = Table(title, span(asked.period), [LABEL, *described])
        found = [
            row
            for row in rows(asked)
            if asked.period.holds(row.line[1].date) and asked.lets_through(row.line)
        ]
        found.sort(key=lambda row: (row.group.casefold(), row.line[1].date))
        summed = [at for at, column in enumerate(columns) if column.type in sums]

        def added(rows_: list[_Row]) -> list[Cell]:
            cells: list[Cell] = [None] * len(described)
            for at in summed:
                amounts = (cell for row in rows_ if isinstance(cell := row.cells[at], Decimal))
                cells[len(_BASE) + at] = total(amounts)
            return cells

        for group in dict.fromkeys(row.group for row in found):
            inside = [row for row in found if row.group == group]
            if row_type:
                table.data([group], row_type, group)
            for row in inside:
                (kind, _), heading, _ = row.line
                table.data([None, kind, heading.date, heading.number, *row.cells])
            if row_type:
                table.subtotal([f"Total {group}", *added(inside)], row_type, group)
        table.total(["TOTAL", *added(found)])
        return table

    return make


# ---- estimates


def _estimates(asked: ReportAsked) -> Iterator[_Row]:
    for estimate, posting in _estimates_of(asked):
        memo, active = str(estimate.get("Memo") or ""), _is_active(estimate)
        key = ("Estimate", str(estimate["TxnID"]))
        yield _row(key, estimate, posting, _job(estimate), [memo, active, -posting.amount])


def _progress(asked: ReportAsked) -> Iterator[_Row]:
    """Nothing of an estimate is invoiced here: an invoice cannot be linked to one through the SDK."""
    for estimate, posting in _estimates_of(asked):
        key = ("Estimate", str(estimate["TxnID"]))
        cells: list[Cell] = [_is_active(estimate), -posting.amount, ZERO, "0.0"]
        yield _row(key, estimate, posting, _job(estimate), cells)


def _estimates_of(asked: ReportAsked) -> Iterator[tuple[Record, Posting]]:
    for estimate in asked.company.all_of("Estimate"):
        amount, customer = _worth("Estimate", estimate), ("Customer", id_of(estimate["CustomerRef"]))
        yield estimate, Posting("", -amount, -amount, party=customer, class_=id_of(estimate.get("ClassRef")))


def _worth(kind: str, record: Record) -> Decimal:
    """In the home currency."""
    return at_home(record, total_of(kind, record))


def _is_active(estimate: Record) -> str:
    return "true" if estimate.get("IsActive", True) else "false"


def _job(part: Mapping[str, Any]) -> str:
    return str((part.get("CustomerRef") or {}).get("FullName") or _NO_JOB)


# ---- sales that are not yet in the books


def _pending(asked: ReportAsked) -> Iterator[_Row]:
    for kind in _PENDING:
        for record in asked.company.all_of(kind):
            if record.get("IsPending"):
                amount = _worth(kind, record) * (-1 if kind == "CreditMemo" else 1)
                customer = ("Customer", id_of(record.get("CustomerRef")))
                posting = Posting("", -amount, -amount, party=customer, class_=id_of(record.get("ClassRef")))
                cells: list[Cell] = [_job(record), str(record.get("Memo") or ""), amount]
                yield _row((kind, str(record["TxnID"])), record, posting, "", cells)


# ---- costs that are to be billed


def _unbilled(asked: ReportAsked) -> Iterator[_Row]:
    company = asked.company
    for kind in PURCHASES:
        sign = -1 if kind in ("CreditCardCredit", "VendorCredit") else 1
        for record in company.all_of(kind):
            source = record.get("VendorRef") or record.get("PayeeEntityRef") or {}
            for line in (*(record.get("ExpenseLineRet") or ()), *item_lines(kind, record)):
                if not line.get("CustomerRef") or line.get("BillableStatus") != "Billable":
                    continue
                amount, item = (
                    sign * at_home(record, line.get("Amount") or ZERO),
                    company.item(id_of(line.get("ItemRef"))),
                )
                account = id_of(line.get("AccountRef")) or item.asset_account or item.expense_account
                named = company.records["Account"].get(account, {})
                posting = Posting(
                    account,
                    amount,
                    amount,
                    item=item.id,
                    party=("Customer", id_of(line["CustomerRef"])),
                    class_=id_of(line.get("ClassRef")),
                )
                memo = str(line.get("Memo") or line.get("Desc") or record.get("Memo") or "")
                cells: list[Cell] = [str(source.get("FullName", "")), memo, called(named), "Unbilled", amount]
                yield _row((kind, str(record["TxnID"])), record, posting, _job(line), cells)


UNPOSTED: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "EstimatesByJob": (
        "All",
        _listed("Estimates by Job", (COLUMNS["Memo"], _ACTIVE, COLUMNS["Amount"]), _estimates, "customer"),
    ),
    "JobProgressInvoicesVsEstimates": (
        "All",
        _listed(
            "Job Progress Invoices vs. Estimates",
            (
                _ACTIVE,
                Column("Estimate Total", "Amount", "AMTTYPE"),
                Column("Progress Invoice", "ProgressAmount", "AMTTYPE"),
                Column("% Progress", "ProgressPercent", "PERCENTTYPE"),
            ),
            _progress,
            "customer",
            ("Amount", "ProgressAmount"),
        ),
    ),
    "PendingSales": (
        "All",
        _listed("Pending Sales", (COLUMNS["Name"], COLUMNS["Memo"], COLUMNS["Amount"]), _pending),
    ),
    "UnbilledCostsByJob": (
        "All",
        _listed(
            "Unbilled Costs by Job",
            (
                COLUMNS["SourceName"],
                COLUMNS["Memo"],
                COLUMNS["Account"],
                Column("Billing Status", "BillingStatus"),
                COLUMNS["Amount"],
            ),
            _unbilled,
            "customer",
        ),
    ),
}
"""By GeneralDetailReportType: the dates where none are said, and what makes it."""
