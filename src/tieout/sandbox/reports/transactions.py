"""TransactionList, by customer, by vendor and with splits: transactions as such."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from operator import itemgetter

from ..ledger.ledger import ZERO, Heading, Key, Posting
from .activity import OF, Activity, Move
from .detail import Details, Line
from .periods import title_of
from .rendering import Cell, Row, Section, Table

_NOT_POSTING = {
    "Estimate": ("AccountsReceivable", "Customer"),
    "PurchaseOrder": ("AccountsPayable", "Vendor"),
}
"""Types that post nothing, with the account that QuickBooks shows for them and whom they are about."""
_MAIN_IS_FIRST = ("Payment", "BillPayment", "JournalEntry")
"""Of other types, the entry ends with the account that a transaction is about."""
_TIMES = {"Day": "Days", "Fiscal Year": "FiscalYear", "Fiscal Quarter": "FiscalQuarter"}


def transaction_list(activity: Activity) -> Table:
    return _table(activity, activity.asked.params.get("group_by", "None"))


def by_customer(activity: Activity) -> Table:
    return _table(activity, activity.asked.params.get("group_by", "Customer"), only="Customer")


def by_vendor(activity: Activity) -> Table:
    return _table(activity, activity.asked.params.get("group_by", "Vendor"), only="Vendor")


def with_splits(activity: Activity) -> Table:
    """One row per side of an entry."""
    details = Details(activity)
    keys = {line.key for line in _transactions(activity, details)}
    lines = [details.line(move) for move in activity.within() if move.key in keys]
    return Table(details.columns(), _grouped(details, lines, activity.asked.params.get("group_by", "None")))


def _table(activity: Activity, group_by: str, only: str = "") -> Table:
    details = Details(activity)
    lines = [line for line in _transactions(activity, details) if not only or _is_about(line, only)]
    return Table(details.columns(), _grouped(details, lines, group_by))


def _is_about(line: Line, kind: str) -> bool:
    return line.posting.party is not None and line.posting.party[0] == kind


def _transactions(activity: Activity, details: Details) -> list[Line]:
    """A line per transaction of the period that passes the filters, by date."""
    lines = [*_posted(activity, details), *_not_posted(activity, details)]
    kept = [line for line in lines if _Filter(activity).passes(line)]
    return sorted(kept, key=lambda line: (line.heading.date, int(line.key[1])))


def _posted(activity: Activity, details: Details) -> Iterator[Line]:
    ledger = activity.books.ledger
    for key in dict.fromkeys(move.key for move in activity.within()):
        entry = ledger.entries[key]
        main = entry[0] if key[0] in _MAIN_IS_FIRST else entry[-1]
        main = main._replace(party=main.party or _anybody(entry))
        line = details.line(Move(key, ledger.headings[key], main))
        yield replace(line, open=_open_balance(line))


def _anybody(entry: Iterable[Posting]) -> Key | None:
    return next((posting.party for posting in entry if posting.party), None)


def _open_balance(line: Line) -> Decimal | None:
    balance = line.record.get("Balance") if "Balance" in line.record else line.record.get("UnappliedAmt")
    return None if balance is None else Decimal(balance)


def _not_posted(activity: Activity, details: Details) -> Iterator[Line]:
    for type_name, (sub_type, kind) in _NOT_POSTING.items():
        account = activity.books.account(sub_type)
        for stored in activity.books.store(type_name):
            record = stored.record
            if not activity.asked.period.holds(record["TxnDate"]):
                continue
            party = (kind, record.get(f"{kind}Ref", {}).get("value", ""))
            amount = record.get("TotalAmt", ZERO)
            posting = Posting(account["Id"], amount, amount, party=party, memo=record.get("PrivateNote", ""))
            department = record.get("DepartmentRef", {}).get("value", "")
            heading = Heading(record["TxnDate"], record.get("DocNumber", ""), due=record.get("DueDate", ""))
            move = Move((type_name, stored.id), heading, posting._replace(department=department))
            if all(OF[name](move) in ids for name, ids in activity.asked.filters().items() if name in OF):
                yield replace(details.line(move, amount), posts=False, split=Cell())


class _Filter:
    """What else a list of transactions can be narrowed to."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._params = activity.asked.params

    def passes(self, line: Line) -> bool:
        return all(
            test(line, self._params[name])
            for name, test in self._tests().items()
            if self._params.get(name, "All") not in ("All", "")
        ) and all(self._in_range(line, what) for what in ("duedate", "moddate", "createdate"))

    def _tests(self) -> dict[str, Callable[[Line, str], bool]]:
        return {
            "transaction_type": lambda line, value: self._activity.word(line.key) in value.split(","),
            "docnum": lambda line, value: line.heading.number == value,
            "bothamount": lambda line, value: abs(line.amount) == abs(Decimal(value)),
            "memo": lambda line, value: value.casefold() in line.posting.memo.casefold(),
            "arpaid": lambda line, value: line.key[0] == "Invoice" and _is_paid(line) == (value == "Paid"),
            "appaid": lambda line, value: line.key[0] == "Bill" and _is_paid(line) == (value == "Paid"),
            "term": lambda line, value: _ref(line, "SalesTermRef") in value.split(","),
            "payment_method": self._was_paid_by,
            "printed": lambda line, value: (
                (line.record.get("PrintStatus") == "NeedToPrint") == (value == "To_be_printed")
            ),
            "cleared": lambda _line, value: value == "Uncleared",
            "source_account_type": self._is_on,
        }

    def _was_paid_by(self, line: Line, value: str) -> bool:
        method = self._activity.name_of("PaymentMethod", _ref(line, "PaymentMethodRef"))
        return method.casefold() == value.casefold()

    def _is_on(self, line: Line, value: str) -> bool:
        return self._activity.account_type(line.posting.account).replace(" ", "") == value

    def _in_range(self, line: Line, what: str) -> bool:
        period = self._activity.asked.dates(what)
        return period is None or period.holds(_date_of(line, what))


def _date_of(line: Line, what: str) -> str:
    if what == "duedate":
        return line.heading.due
    name = "LastUpdatedTime" if what == "moddate" else "CreateTime"
    return str(line.record.get("MetaData", {}).get(name, ""))[: len("2026-01-31")]


def _is_paid(line: Line) -> bool:
    return not line.record.get("Balance")


def _ref(line: Line, field: str) -> str:
    return str(line.record.get(field, {}).get("value", ""))


def _grouped(details: Details, lines: list[Line], group_by: str) -> list[Row | Section]:
    if group_by == "None":
        return [details.row(line) for line in details.in_order(lines)]
    groups: dict[tuple[str, Cell], list[Line]] = {}
    for line in lines:
        groups.setdefault(_heading(details, line, group_by), []).append(line)
    ordered = sorted(groups.items(), key=itemgetter(0))
    return [details.section(title, inside) for (_order, title), inside in ordered]


def _heading(details: Details, line: Line, group_by: str) -> tuple[str, Cell]:
    """What a line stands under, and in which order that comes."""
    posting = line.posting
    match group_by:
        case "Account":
            title = details.account_cell(posting.account)
        case "Transaction Type":
            title = Cell(details.activity.label(line.key))
        case "Location":
            title = details.named("Department", posting.department)
        case "Payment Method":
            title = details.named("PaymentMethod", _ref(line, "PaymentMethodRef"))
        case "Name" | "Customer" | "Vendor" | "Employee":
            wanted = posting.party and group_by in ("Name", posting.party[0])
            title = details.named(*posting.party) if posting.party and wanted else Cell()
        case _:
            return _time(details, line, _TIMES.get(group_by, group_by))
    title = title if title.value else Cell("Not Specified")
    return title.value.casefold(), title


def _time(details: Details, line: Line, by: str) -> tuple[str, Cell]:
    calendar = details.activity.asked.calendar
    day = calendar.today.fromisoformat(line.heading.date)
    period = calendar.whole(day, by)
    return period.start.isoformat(), Cell(title_of(period, by))
