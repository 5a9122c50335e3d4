"""Columns of detail reports, and what each says of a posting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from .. import refusals
from ..records import called
from .asked import Line, ReportAsked
from .document_columns import DOCUMENT_COLUMNS, cell_of_document
from .table import Cell, Column

AMOUNT, DATE = "AMTTYPE", "DATETYPE"

COLUMNS: Mapping[str, Column] = {
    **DOCUMENT_COLUMNS,
    "Account": Column("Account", "Account"),
    "Aging": Column("Aging", "Aging", "INTTYPE"),
    "Amount": Column("Amount", "Amount", AMOUNT),
    "Class": Column("Class", "Class"),
    "ClearedStatus": Column("Clr", "ClearedStatus"),
    "Credit": Column("Credit", "Credit", AMOUNT),
    "Date": Column("Date", "Date", DATE),
    "Debit": Column("Debit", "Debit", AMOUNT),
    "DueDate": Column("Due Date", "DueDate", DATE),
    "Item": Column("Item", "Item"),
    "Memo": Column("Memo", "Memo"),
    "ModifiedTime": Column("Entered/Last Modified", "ModifiedTime", "DATETIMETYPE"),
    "Name": Column("Name", "Name"),
    "PONumber": Column("P. O. #", "PONumber"),
    "Quantity": Column("Qty", "Quantity", "QUANTYPE"),
    "RefNumber": Column("Num", "RefNumber"),
    "RunningBalance": Column("Balance", "RunningBalance", AMOUNT),
    "SourceName": Column("Source Name", "SourceName"),
    "SplitAccount": Column("Split", "SplitAccount"),
    "Terms": Column("Terms", "Terms"),
    "TxnID": Column("Trans ID", "TxnID", "IDTYPE"),
    "TxnNumber": Column("Trans #", "TxnNumber", "INTTYPE"),
    "TxnType": Column("Type", "TxnType"),
    "UnitPrice": Column("Sales Price", "UnitPrice", "PRICETYPE"),
}
"""Those that the sandbox can fill."""

_CLEARED = {"Cleared": "Cleared", "Pending": "*"}


class Rows:
    """Values of columns."""

    def __init__(self, asked: ReportAsked, names: Iterable[str]) -> None:
        self.company = asked.company
        self.names = list(names)
        self._day = asked.period.end
        self._people = {
            kept["ListID"]: kept
            for kind in ("Customer", "Vendor", "Employee", "OtherName", "Class", "Account")
            for kept in self.company.all_of(kind)
        }

    def cells(
        self, line: Line, amount: Decimal, running: Decimal | None = None, left: Decimal | None = None
    ) -> list[Cell]:
        """A row; the label in front of it is empty. `left` is what is open, where the report is of another day than today."""
        return [None, *(self._cell(name, line, amount, running, left) for name in self.names)]

    def only(self, values: Mapping[str, Cell], label: str = "") -> list[Cell]:
        """A row that has little more than a label."""
        return [label, *(values.get(name) for name in self.names)]

    def name(self, line: Line) -> str:
        party = line[2].name or line[2].party
        return called(self._people.get(party[1], {})) if party else ""

    def account(self, list_id: str) -> str:
        return called(self._people.get(list_id, {}))

    def _cell(
        self, name: str, line: Line, amount: Decimal, running: Decimal | None, left: Decimal | None
    ) -> Cell:
        (kind, txn_id), head, posting = line
        record = self.company.records[kind][txn_id]
        match name:
            case "TxnType":
                return kind
            case "TxnID":
                return txn_id
            case "Date":
                return head.date
            case "RefNumber":
                return head.number
            case "DueDate":
                return head.due
            case "Name" | "SourceName":
                return self.name(line)
            case "Memo":
                return posting.memo or head.memo
            case "Account":
                return self.account(posting.account)
            case "SplitAccount":
                return self._split(line)
            case "Amount":
                return amount
            case "Debit":
                return posting.amount if posting.amount > 0 else None
            case "Credit":
                return -posting.amount if posting.amount < 0 else None
            case "RunningBalance":
                return running
            case "Class":
                return called(self._people.get(posting.class_, {}))
            case "Item":
                return called(self.company.item(posting.item).record) if posting.item else None
            case "Quantity":
                return str(posting.quantity) if posting.quantity else None
            case "UnitPrice":
                return abs(posting.amount / posting.quantity) if posting.quantity else None
            case "ClearedStatus":
                key = (kind, txn_id)
                status = self.company.cleared.get((key, posting.line)) or self.company.cleared.get((key, ""))
                return _CLEARED.get(status or "")
            case "ModifiedTime":
                return str(record["TimeModified"])
            case "TxnNumber":
                return str(record.get("TxnNumber", ""))
            case "Terms":
                return str((record.get("TermsRef") or {}).get("FullName", ""))
            case "PONumber":
                return str(record.get("PONumber") or "")
            case "Aging":
                return _age(head.due or head.date, self._day) if record.get("DueDate") else None
            case "OpenBalance" if left is not None:
                return left
        party = posting.name or posting.party
        person = self._people.get(party[1], {}) if party else {}
        return cell_of_document(self.company, name, line, amount, person)

    def _split(self, line: Line) -> str:
        others = {each.account for each in self.company.books.ledger.entries[line[0]]} - {line[2].account}
        return self.account(others.pop()) if len(others) == 1 else "-SPLIT-" if others else ""


def _age(due: str, day: date) -> str | None:
    days = (min(day, date(9000, 1, 1)) - date.fromisoformat(due)).days
    return str(days) if days > 0 else None


def columns_asked(asked: ReportAsked, usual: tuple[str, ...]) -> list[str]:
    names = [str(each) for each in asked.content.get("IncludeColumn") or usual]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise refusals.no_report(f"{asked.name} with the column {unknown[0]}")
    return names
