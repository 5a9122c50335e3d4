"""Detail reports: a row per posting or transaction, with the columns that are asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from ...ledger.ledger import Key
from .. import refusals
from ..records import ZERO, cents
from ..special_accounts import DEBIT_TYPES, RESULT_TYPES
from .asked import Line, ReportAsked
from .axes import Axis, Head, axis
from .dates import as_of, span
from .detail_columns import COLUMNS, Rows, columns_asked
from .figures import PURCHASES, open_items, total
from .table import LABEL, Cell, Table


@dataclass(frozen=True)
class Detail:
    """How a detail report is made."""

    title: str
    usual: str
    """The date macro that holds where no dates are said."""
    columns: tuple[str, ...]
    group: str = ""
    """What its rows are put together by: a name of SummarizeRowsBy, or `Transaction`; empty for one after the other."""
    types: tuple[str, ...] = ()
    """Only accounts of these types; all where there are none."""
    opens: bool = False
    """Whether a group begins with the balance of the days before."""
    sources: bool = False
    """Only the first posting of each transaction."""
    sign: int = 1
    side: str = ""
    """Only postings that move the balance of a `Customer` or `Vendor`."""
    party: str = ""
    """Only postings about a `Customer` or `Vendor`."""
    kinds: tuple[str, ...] = ()
    """Only transactions of these types; all where there are none."""
    goods: bool = False
    """Only the lines about items, and of those the item's own amount."""
    nets: bool = False
    """Whether what is earned is positive, and what is spent negative."""


_EACH = "Transaction"
"""Each transaction's postings by themselves."""

_BASE = ("TxnType", "Date", "RefNumber")
SHEET_TYPES = ("Bank", "AccountsReceivable", "OtherCurrentAsset", "FixedAsset", "OtherAsset", "AccountsPayable",
          "CreditCard", "OtherCurrentLiability", "LongTermLiability", "Equity")  # fmt: skip

DETAILS: Mapping[str, Detail] = {
    "BalanceSheetDetail": Detail(
        "Balance Sheet Detail", "ThisMonthToDate",
        (*_BASE, "Name", "Memo", "SplitAccount", "Debit", "Credit", "RunningBalance"), "Account", SHEET_TYPES, opens=True,
    ),
    "CheckDetail": Detail(
        "Check Detail", "ThisMonthToDate", ("RefNumber", "TxnType", "Date", "Name", "Item", "Account", "Amount"),
        _EACH, kinds=("BillPaymentCheck", "Check", "SalesTaxPaymentCheck"),
    ),
    "CustomerBalanceDetail": Detail(
        "Customer Balance Detail", "All", (*_BASE, "Account", "Amount", "RunningBalance"), "Payee", side="Customer",
    ),
    "DepositDetail": Detail(
        "Deposit Detail", "ThisMonthToDate", ("TxnType", "RefNumber", "Date", "Name", "Account", "Amount"),
        _EACH, kinds=("Deposit",),
    ),
    "ExpenseByVendorDetail": Detail(
        "Expenses by Vendor Detail", "ThisMonthToDate",
        (*_BASE, "Memo", "Account", "ClearedStatus", "SplitAccount", "Amount", "RunningBalance"), "Payee",
        ("CostOfGoodsSold", "Expense", "OtherExpense"), party="Vendor",
    ),
    "GeneralLedger": Detail(
        "General Ledger", "ThisMonthToDate",
        (*_BASE, "Name", "Memo", "SplitAccount", "Debit", "Credit", "RunningBalance"), "Account", opens=True,
    ),
    "IncomeTaxDetail": Detail(
        "Income Tax Detail", "LastYear", (*_BASE, "Name", "Memo", "ClearedStatus", "SplitAccount", "Amount", "RunningBalance"),
        "TaxLine", nets=True,
    ),
    "IncomeByCustomerDetail": Detail(
        "Income by Customer Detail", "ThisMonthToDate",
        (*_BASE, "Memo", "Account", "ClearedStatus", "SplitAccount", "Amount", "RunningBalance"), "Payee",
        tuple(sorted(RESULT_TYPES)), party="Customer", nets=True,
    ),
    "Journal": Detail(
        "Journal", "ThisMonthToDate",
        ("TxnNumber", *_BASE, "Name", "Memo", "Account", "Debit", "Credit"), _EACH,
    ),
    "ProfitAndLossDetail": Detail(
        "Profit & Loss Detail", "ThisMonthToDate",
        (*_BASE, "Name", "Memo", "ClearedStatus", "SplitAccount", "Amount", "RunningBalance"), "Account",
        tuple(sorted(RESULT_TYPES)),
    ),
    "PurchaseByItemDetail": Detail(
        "Purchases by Item Detail", "ThisMonthToDate",
        (*_BASE, "Memo", "SourceName", "Quantity", "UnitPrice", "Amount", "RunningBalance"), "ItemDetail",
        kinds=PURCHASES, goods=True,
    ),
    "PurchaseByVendorDetail": Detail(
        "Purchases by Vendor Detail", "ThisMonthToDate",
        (*_BASE, "Memo", "Item", "Quantity", "UnitPrice", "Amount", "RunningBalance"), "Payee",
        kinds=PURCHASES, goods=True, party="Vendor",
    ),
    "SalesByCustomerDetail": Detail(
        "Sales by Customer Detail", "ThisMonthToDate",
        (*_BASE, "Memo", "Item", "Quantity", "UnitPrice", "Amount", "RunningBalance"), "Payee",
        ("Income", "OtherIncome"), goods=True, party="Customer",
    ),
    "SalesByItemDetail": Detail(
        "Sales by Item Detail", "ThisMonthToDate",
        (*_BASE, "Memo", "Name", "Quantity", "UnitPrice", "Amount", "RunningBalance"), "ItemDetail",
        ("Income", "OtherIncome"), goods=True,
    ),
    "SalesByRepDetail": Detail(
        "Sales by Rep Detail", "ThisMonthToDate",
        (*_BASE, "Memo", "Name", "Item", "Quantity", "UnitPrice", "Amount", "RunningBalance"), "SalesRep",
        ("Income", "OtherIncome"), goods=True,
    ),
    "TxnDetailByAccount": Detail(
        "Transaction Detail by Account", "ThisMonthToDate",
        (*_BASE, "Name", "Memo", "ClearedStatus", "SplitAccount", "Amount", "RunningBalance"), "Account",
    ),
    "TxnListByCustomer": Detail(
        "Transaction List by Customer", "ThisMonthToDate",
        (*_BASE, "Memo", "Account", "ClearedStatus", "SplitAccount", "Debit", "Credit"), "Payee", sources=True,
    ),
    "TxnListByDate": Detail(
        "Transaction List by Date", "ThisMonthToDate",
        (*_BASE, "Name", "Memo", "Account", "ClearedStatus", "SplitAccount", "Debit", "Credit"), sources=True,
    ),
    "TxnListByVendor": Detail(
        "Transaction List by Vendor", "ThisMonthToDate",
        (*_BASE, "Memo", "Account", "ClearedStatus", "SplitAccount", "Debit", "Credit"), "Payee", sources=True,
    ),
    "VendorBalanceDetail": Detail(
        "Vendor Balance Detail", "All", (*_BASE, "Account", "Amount", "RunningBalance"), "Payee",
        sign=-1, side="Vendor",
    ),
}  # fmt: skip
"""By GeneralDetailReportType."""

_OPEN = {
    "OpenInvoices": ("Open Invoices", "Customer", 1),
    "UnpaidBillsDetail": ("Unpaid Bills Detail", "Vendor", -1),
}


def _named_detail(asked: ReportAsked, made: Detail) -> Table:
    """One that has a name: its rows put together in its own way, or in another that is asked for."""
    by = str(asked.content.get("SummarizeRowsBy", "TotalOnly"))
    if by in ("TotalOnly", made.group):
        return detail(asked, made)
    if made.opens or not _is_headed(made):
        raise refusals.no_report(f"{asked.name} by {by}")
    return detail(asked, replace(made, group=by))


def _is_headed(made: Detail) -> bool:
    return made.group not in ("", _EACH)


def detail(asked: ReportAsked, made: Detail) -> Table:
    """Any detail report of postings."""
    names = columns_asked(asked, made.columns)
    table = Table(made.title, span(asked.period), [LABEL, *(COLUMNS[name] for name in names)], asked.basis)
    rows = Rows(asked, names)
    lines = sorted(_chosen(asked, made), key=lambda line: (line[1].date, _number(asked, line[0])))
    if made.sources:
        lines = list({line[0]: line for line in reversed(lines)}.values())[::-1]
    head_of = axis(asked, made.group) if _is_headed(made) else _each_by_itself(made)
    groups: dict[Head, list[Line]] = {}
    for line in lines:
        if made.opens or asked.period.holds(line[1].date):
            groups.setdefault(head_of(line), []).append(line)
    for head in sorted(groups) if _is_headed(made) else groups:
        _write_group(asked, made, rows, table, head, groups[head])
    return table


def _each_by_itself(made: Detail) -> Axis:
    return lambda line: Head((0, line[0][1] if made.group else ""), "")


def _write_group(
    asked: ReportAsked, made: Detail, rows: Rows, table: Table, head: Head, lines: list[Line]
) -> None:
    period = asked.period
    start = period.start.isoformat()
    before = (
        total(_signed(asked, made, line) for line in lines if line[1].date < start) if made.opens else ZERO
    )
    inside = [line for line in lines if period.holds(line[1].date)]
    if not inside and not before:
        return
    if _is_headed(made):
        opening: dict[str, Cell] = {"RunningBalance": before} if made.opens else {}
        table.data(rows.only(opening, head.title), head.row_type, head.value)
    running = before
    for line in inside:
        amount = _signed(asked, made, line)
        running += amount
        account = rows.account(line[2].account)
        table.data(rows.cells(line, amount, running), "account" if account else "", account)
    if made.group:
        sums: dict[str, Cell] = {
            "Debit": total(line[2].amount for line in inside if line[2].amount > 0),
            "Credit": total(-line[2].amount for line in inside if line[2].amount < 0),
            "Amount": running - before,
            "Quantity": str(total(line[2].quantity for line in inside)),
            "RunningBalance": running,
        }
        label = f"Total {head.title}" if _is_headed(made) else ""
        table.subtotal(rows.only(sums, label), head.row_type, head.value)


def _chosen(asked: ReportAsked, made: Detail) -> Iterable[Line]:
    kinds = {each["ListID"]: each["AccountType"] for each in asked.company.all_of("Account")}
    side = made.party or {"TxnListByCustomer": "Customer", "TxnListByVendor": "Vendor"}.get(asked.name)
    for line in asked.lines(accrual=bool(made.side)):
        posting = line[2]
        if made.types and kinds[posting.account] not in made.types:
            continue
        if made.side and (posting.name is None or posting.name[0] != made.side):
            continue
        if side and (posting.party is None or posting.party[0] != side):
            continue
        if made.kinds and line[0][0] not in made.kinds:
            continue
        if made.goods and not (posting.item and posting.quantity):
            continue
        yield line


def _number(asked: ReportAsked, key: Key) -> int:
    return int(asked.company.records[key[0]][key[1]].get("TxnNumber", 0))


def _signed(asked: ReportAsked, made: Detail, line: Line) -> Decimal:
    """In the natural direction of the account; a customer owes, a vendor is owed."""
    if made.side:
        return made.sign * line[2].amount
    if made.nets:
        return -line[2].amount
    kind = asked.company.records["Account"][line[2].account]["AccountType"]
    return line[2].amount if kind in DEBIT_TYPES else -line[2].amount


# ---- what is open


def open_detail(asked: ReportAsked) -> Table:
    """Open invoices by customer, unpaid bills by vendor: today's, or as of the end of the report."""
    title, side, sign = _OPEN[asked.name]
    usual = (*_BASE, "PONumber", "Terms", "DueDate", "Aging", "OpenBalance")
    names = columns_asked(asked, usual if side == "Customer" else (*_BASE, "DueDate", "Aging", "OpenBalance"))
    table = Table(title, as_of(asked.period.end), [LABEL, *(COLUMNS[name] for name in names)])
    rows = Rows(asked, names)
    until = asked.until
    if asked.content.get("ReportOpenBalanceAsOf") == "Today":
        until = asked.today.isoformat()
    found = open_items(asked.company, side, until)
    lines = {line[0]: line for line in asked.lines(accrual=True) if line[2].name}
    groups: defaultdict[str, list[tuple[Line, Decimal]]] = defaultdict(list)
    for (key, name), amount in found.items():
        if key in lines:
            line = (*lines[key][:2], lines[key][2]._replace(name=name))
            groups[rows.name(line)].append((line, sign * amount))
    for group in sorted(groups, key=str.casefold):
        table.data(rows.only({}, group), side.lower(), group)
        for line, amount in sorted(groups[group], key=lambda each: each[0][1].date):
            table.data(rows.cells(line, amount, left=cents(amount)), side.lower(), group)
        whole = total(amount for _, amount in groups[group])
        table.subtotal(rows.only({"OpenBalance": whole}, f"Total {group}"), side.lower(), group)
    table.total(rows.only({"OpenBalance": total(a for each in groups.values() for _, a in each)}, "TOTAL"))
    return table


DETAIL_MAKERS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    **{
        name: (made.usual, lambda asked, made=made: _named_detail(asked, made))  # type: ignore[misc]
        for name, made in DETAILS.items()
    },
    "OpenInvoices": ("Today", open_detail),
    "UnpaidBillsDetail": ("Today", open_detail),
}
