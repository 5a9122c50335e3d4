"""Rows of detail reports: a transaction or one of its lines, with the fields that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ...catalog.reports import DetailColumn, detail_columns
from ..company.records import Record
from ..company.refusals import OTHER_USER
from ..ledger.ledger import NO_HEADING, ZERO, Heading, Key, Posting
from .activity import Activity, Move
from .rendering import NOTHING, Cell, Cells, Column, Row, Section, blank, money

SPLIT = "-Split-"
"""The other account of an entry that has several."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a row can tell."""

    activity: Activity
    key: Key
    posting: Posting
    heading: Heading = NO_HEADING
    amount: Decimal = ZERO
    """With the sign that the report gives it."""
    balance: Decimal | None = None
    open: Decimal | None = None
    posts: bool = True
    split: Cell = NOTHING
    past_due: int | None = None
    value: Decimal | None = None
    """Of the stock that is left."""
    on_hand: Decimal | None = None

    @property
    def record(self) -> Record:
        """The transaction itself, read when a field asks for it: big companies keep bytes."""
        return self.activity.record(self.key)


Value = Callable[["Details", Line], Cell]


class Details:
    """Makes rows of lines, in the columns that were asked for."""

    def __init__(self, activity: Activity) -> None:
        self.activity = activity
        self.keys = activity.asked.columns
        self._declared = [detail_columns()[key] for key in self.keys]
        self._wants_split = not {"split_acc", "other_account"}.isdisjoint(self.keys)

    def columns(self) -> list[Column]:
        by_key = self.activity.asked.report.typed_by_key
        return [
            Column(declared.title, declared.key if by_key else _wire_type(declared), {"ColKey": declared.key})
            for declared in self._declared
        ]

    def line(self, move: Move, amount: Decimal | None = None) -> Line:
        """A row for a move; its amount is the natural one unless another is given."""
        shown = self.activity.natural(move) if amount is None else amount
        split = self._split(move) if self._wants_split else NOTHING
        return Line(self.activity, move.key, move.posting, move.heading, shown, split=split)

    def row(self, line: Line) -> Row:
        return Row([_VALUES[key](self, line) if key in _VALUES else Cell() for key in self.keys])

    def section(
        self, title: Cell, lines: Sequence[Line], *, inner: Sequence[Section] = (), first: Iterable[Row] = ()
    ) -> Section:
        """Rows under a heading, with their sums."""
        rows: list[Row | Section] = [*first, *(self.row(line) for line in self.in_order(lines)), *inner]
        header = [title, *blank(len(self.keys) - 1)]
        return Section(header, rows, self.summary(f"Total for {title.value}", rows))

    def summary(self, title: str, rows: Iterable[Row | Section]) -> Cells:
        """The sums of what adds up."""
        sums = [ZERO if declared.kind == "Sum" else None for declared in self._declared]
        for row in rows:
            cells = row.cells if isinstance(row, Row) else row.summary
            for place, cell in enumerate(cells):
                if sums[place] is not None and cell.value:
                    sums[place] = (sums[place] or ZERO) + Decimal(cell.value)
        return [Cell(title), *(money(amount) for amount in sums[1:])]

    def opening(self, balance: Decimal) -> Row:
        """What there was before the period."""
        balances = ("rbal_nat_amount", "rbal_open_bal")
        cells = [money(balance) if key in balances else Cell() for key in self.keys]
        return Row([Cell("Beginning Balance"), *cells[1:]])

    def in_order(self, lines: Sequence[Line]) -> list[Line]:
        """As asked by sort_by and sort_order; as they come otherwise."""
        by = self.activity.asked.params.get("sort_by", "")
        descending = self.activity.asked.descending
        if by not in _VALUES:
            return list(reversed(lines)) if descending else list(lines)
        return sorted(lines, key=lambda line: self._sort_key(by, line), reverse=descending)

    def account_cell(self, id_: str) -> Cell:
        if not id_:
            return Cell()
        return Cell(str(self.activity.account(id_)["FullyQualifiedName"]), id_)

    def named(self, kind: str, id_: str) -> Cell:
        return Cell(self.activity.name_of(kind, id_), id_) if id_ else Cell()

    def _sort_key(self, key: str, line: Line) -> tuple[Decimal, str]:
        text = _VALUES[key](self, line).value
        number = detail_columns()[key].is_number and bool(text)
        return (Decimal(text), "") if number else (ZERO, text.casefold())

    def _split(self, move: Move) -> Cell:
        entry = self.activity.books.ledger.entries.get(move.key, ())
        others = {posting.account for posting in entry if posting.account != move.account}
        if len(others) > 1:
            return Cell(SPLIT)
        return self.account_cell(next(iter(others), ""))


def running(lines: Iterable[Line], start: Decimal = ZERO) -> list[Line]:
    """The lines with what they come to so far."""
    told: list[Line] = []
    for line in lines:
        start += line.amount if line.open is None else line.open
        told.append(replace(line, balance=start))
    return told


def _wire_type(declared: DetailColumn) -> str:
    return "Money" if declared.is_number else declared.kind


def _text(*path: str) -> Value:
    def value(_details: Details, line: Line) -> Cell:
        found: object = line.record
        for part in path:
            found = found.get(part) if isinstance(found, Mapping) else None
        return Cell(str(found or ""))

    return value


def _day_of(name: str) -> Value:
    def value(_details: Details, line: Line) -> Cell:
        return Cell(str(line.record.get("MetaData", {}).get(name, ""))[: len("2026-01-31")])

    return value


def _reference(type_name: str, field: str) -> Value:
    def value(details: Details, line: Line) -> Cell:
        return details.named(type_name, line.record.get(field, {}).get("value", ""))

    return value


def _party(*kinds: str) -> Value:
    def value(details: Details, line: Line) -> Cell:
        party = line.posting.party
        return details.named(*party) if party and party[0] in kinds else Cell()

    return value


def _amount(_details: Details, line: Line) -> Cell:
    return money(line.amount)


def _balance(_details: Details, line: Line) -> Cell:
    return money(line.balance)


def _open(_details: Details, line: Line) -> Cell:
    return money(line.open)


def _rate(_details: Details, line: Line) -> Cell:
    return money(line.amount / line.posting.quantity) if line.posting.quantity else Cell()


def _is_paid(*types: str) -> Value:
    def value(_details: Details, line: Line) -> Cell:
        if line.key[0] not in types:
            return Cell()
        return Cell("Paid" if not line.record.get("Balance") else "Unpaid")

    return value


def _by_whom(_details: Details, _line: Line) -> Cell:
    return Cell(OTHER_USER)


_VALUES: Mapping[str, Value] = {
    "account_name": lambda details, line: details.account_cell(line.posting.account),
    "amount": _amount,
    "asset_value": lambda _details, line: money(line.value),
    "asset_value_nt": lambda _details, line: money(line.value),
    "create_by": _by_whom,
    "create_date": _day_of("CreateTime"),
    "credit_amt": lambda _details, line: money(-line.posting.amount if line.posting.amount < 0 else None),
    "cust_msg": _text("CustomerMemo", "value"),
    "cust_name": _party("Customer"),
    "debt_amt": lambda _details, line: money(line.posting.amount if line.posting.amount > 0 else None),
    "dept_name": lambda details, line: details.named("Department", line.posting.department),
    "doc_num": lambda _details, line: Cell(line.heading.number),
    "due_date": lambda _details, line: Cell(line.heading.due),
    "emp_name": _party("Employee"),
    "exch_rate": _text("ExchangeRate"),
    "home_amount": _amount,
    "home_asset_value": lambda _details, line: money(line.value),
    "inv_date": lambda _details, line: Cell(line.heading.date if line.key[0] == "Invoice" else ""),
    "is_adj": lambda _details, line: Cell("Yes" if line.record.get("Adjustment") else "No"),
    "is_ap_paid": _is_paid("Bill", "VendorCredit"),
    "is_ar_paid": _is_paid("Invoice", "CreditMemo"),
    "is_no_post": lambda _details, line: Cell("Yes" if line.posts else "No"),
    "item_name": lambda details, line: details.named("Item", line.posting.item),
    "item_sku": lambda details, line: Cell(_item(details, line).get("Sku", "")),
    "klass_name": lambda details, line: details.named("Class", line.posting.class_),
    "last_mod_by": _by_whom,
    "last_mod_date": _day_of("LastUpdatedTime"),
    "memo": lambda _details, line: Cell(line.posting.memo),
    "name": _party("Customer", "Vendor", "Employee"),
    "nat_amount": _amount,
    "nat_foreign_amount": lambda _details, line: money(line.posting.foreign),
    "nat_home_open_bal": _open,
    "nat_open_bal": _open,
    "neg_open_bal": _open,
    "other_account": lambda _details, line: line.split,
    "past_due": lambda _details, line: Cell("" if line.past_due is None else str(line.past_due)),
    "pmt_mthd": _reference("PaymentMethod", "PaymentMethodRef"),
    "printed": _text("PrintStatus"),
    "qty_on_hand": lambda _details, line: money(line.on_hand),
    "quantity": lambda _details, line: money(line.posting.stock or line.posting.quantity or None),
    "rate": _rate,
    "rate_inventory": _rate,
    "rbal_nat_amount": _balance,
    "rbal_open_bal": _balance,
    "split_acc": lambda _details, line: line.split,
    "subt_amount": _amount,
    "subt_nat_amount": _amount,
    "subt_nat_home_amount": _amount,
    "subt_open_bal": _open,
    "term_name": _reference("Term", "SalesTermRef"),
    "tracking_num": _text("TrackingNum"),
    "tx_date": lambda _details, line: Cell(line.heading.date),
    "txn_id": lambda _details, line: Cell(line.key[1]),
    "txn_num": lambda _details, line: Cell(line.key[1]),
    "txn_type": lambda details, line: Cell(details.activity.label(line.key), line.key[1]),
    "vend_name": _party("Vendor"),
}


def _item(details: Details, line: Line) -> Record:
    return details.activity.record(("Item", line.posting.item))
