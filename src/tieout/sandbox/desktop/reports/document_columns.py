"""Columns of detail reports that repeat what a transaction, its line or its customer or vendor says, and how far it is paid."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..currencies import at_home
from ..records import Record, item_lines
from ..settling import left_of, to_settle
from .table import Cell, Column

if TYPE_CHECKING:
    from ..company import DesktopCompany
    from .asked import Line

_AMOUNT = "AMTTYPE"

DOCUMENT_COLUMNS: Mapping[str, Column] = {
    "BillingStatus": Column("Billing Status", "BillingStatus"),
    "FOB": Column("FOB", "FOB"),
    "ItemDesc": Column("Item Description", "ItemDesc"),
    "NameAccountNumber": Column("Name Account #", "NameAccountNumber"),
    "NameAddress": Column("Name Address", "NameAddress"),
    "NameCity": Column("Name City", "NameCity"),
    "NameContact": Column("Name Contact", "NameContact"),
    "NameEmail": Column("Name E-Mail", "NameEmail"),
    "NameFax": Column("Name Fax #", "NameFax"),
    "NamePhone": Column("Name Phone #", "NamePhone"),
    "NameState": Column("Name State", "NameState"),
    "NameZip": Column("Name Zip", "NameZip"),
    "OpenBalance": Column("Open Balance", "OpenBalance", _AMOUNT),
    "PaidAmount": Column("Paid Amount", "PaidAmount", _AMOUNT),
    "PaidStatus": Column("Paid", "PaidStatus"),
    "PaymentMethod": Column("Pay Meth", "PaymentMethod"),
    "SalesRep": Column("Rep", "SalesRep"),
    "SalesTaxCode": Column("Sales Tax Code", "SalesTaxCode"),
    "ShipDate": Column("Ship Date", "ShipDate", "DATETYPE"),
    "ShipMethod": Column("Via", "ShipMethod"),
    "TaxLine": Column("Tax Line", "TaxLine"),
}

_REFERENCES = ("PaymentMethod", "SalesRep", "ShipMethod")
_BILLING = {"Billable": "Unbilled", "HasBeenBilled": "Billed", "NotBillable": "Not Billable"}
_OF_A_NAME = {
    "NameAccountNumber": "AccountNumber",
    "NameContact": "Contact",
    "NameEmail": "Email",
    "NameFax": "Fax",
    "NamePhone": "Phone",
}
_OF_AN_ADDRESS = {"NameCity": "City", "NameState": "State", "NameZip": "PostalCode"}
_ADDRESSES = ("BillAddress", "VendorAddress", "EmployeeAddress", "OtherNameAddress")
_STREET = ("Addr1", "Addr2", "Addr3", "Addr4", "Addr5")
_TO_PAY = ("Bill", "Charge", "Invoice", "ItemReceipt")
_CREDITS = ("CreditMemo", "ReceivePayment", "VendorCredit")


def cell_of_document(company: DesktopCompany, name: str, line: Line, amount: Decimal, person: Record) -> Cell:
    """What stands in a column; `person` is empty where a posting is about nobody."""
    (kind, txn_id), _, posting = line
    record = company.records[kind][txn_id]
    if name in _REFERENCES:
        return _named(record, f"{name}Ref")
    if name in _OF_A_NAME:
        return str(person.get(_OF_A_NAME[name]) or "")
    if name.startswith("Name"):
        return _of_address(next((person[each] for each in _ADDRESSES if person.get(each)), {}), name)
    if name in ("FOB", "ShipDate"):
        return str(record.get(name) or "")
    if name == "TaxLine":
        account = company.records["Account"][posting.account]
        return str((account.get("TaxLineInfoRet") or {}).get("TaxLineName") or "")
    if name in ("OpenBalance", "PaidAmount", "PaidStatus"):
        return _settlement(company, name, line, amount)
    said = _line(kind, record, posting.line)
    if name == "SalesTaxCode":
        return _named(said, "SalesTaxCodeRef")
    if name == "BillingStatus":
        return _BILLING.get(str(said.get("BillableStatus", "")))
    return str(said.get("Desc") or "") or company.item(posting.item).sold_as


def _named(part: Mapping[str, Any], field: str) -> str:
    return str((part.get(field) or {}).get("FullName") or "")


def _of_address(address: Mapping[str, Any], name: str) -> str:
    if name in _OF_AN_ADDRESS:
        return str(address.get(_OF_AN_ADDRESS[name]) or "")
    return " ".join(str(address[each]) for each in _STREET if address.get(each))


def _line(kind: str, record: Record, line_id: str) -> Record:
    lines = (*item_lines(kind, record), *(record.get("ExpenseLineRet") or ()))
    return next((each for each in lines if line_id and each.get("TxnLineID") == line_id), {})


def _settlement(company: DesktopCompany, name: str, line: Line, amount: Decimal) -> Cell:
    """Today's, of the posting that somebody owes or is owed by: `X` marks what is paid (QBSDK Programmer's Guide, detail reports)."""
    key, _, posting = line
    if posting.name is None or key[0] not in (*_TO_PAY, *_CREDITS):
        return None
    record = company.records[key[0]][key[1]]
    left = at_home(record, left_of(company, key))
    if name == "PaidStatus":
        return "X" if key[0] in _TO_PAY and not left else None
    told = left if name == "OpenBalance" else at_home(record, to_settle(company, key)) - left
    return told if amount >= 0 else -told
