"""Sending a document by e-mail: nothing leaves this machine, but the record says that it was sent."""

from __future__ import annotations

import re
from copy import deepcopy

from ...catalog.rest import RecordType
from ..company import refusals, settlement
from ..company.company import Company
from ..company.records import Record, StoredRecord
from ..company.refusals import refused

_ADDRESS = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_SEPARATORS = re.compile(r"[,;]\s*")


def send(company: Company, found: RecordType, id_: str, address: str) -> StoredRecord:
    """Send to an address, which the record keeps, or without one to the address that it has."""
    if not found.can("send"):
        raise refusals.unsupported("send")
    with company.lock, company.books.changes.request((found.name, id_), "emailed"):
        record = deepcopy(company.read(found.name, id_).record)
        _address(found, record, address)
        moment = company.books.now()
        _tell(found, record, moment.isoformat())
        return company.books.put(found.name, settlement.touched(record, moment), moment)


def _address(found: RecordType, record: Record, address: str) -> None:
    """Settle whom it goes to (6420 without an address, 2210 for what is none)."""
    known = _email_field(found)
    wanted = address or record.get(known, {}).get("Address", "")
    if not wanted:
        raise refused(6420, "Email address is required", "An email address is required to send.")
    if not all(_ADDRESS.fullmatch(each) for each in _SEPARATORS.split(wanted)):
        detail = f"Invalid Email Address Format : {wanted}"
        raise refused(2210, "Invalid Email Address Format", detail, element="sendTo")
    if known in found.fields:
        record[known] = {"Address": wanted}


def _email_field(found: RecordType) -> str:
    """Where the address stands; payments have nowhere to keep one."""
    return "POEmail" if found.name == "PurchaseOrder" else "BillEmail"


def _tell(found: RecordType, record: Record, moment: str) -> None:
    told = {
        "EmailStatus": "EmailSent",
        "DeliveryInfo": {"DeliveryType": "Email", "DeliveryTime": moment},
    }
    record |= {name: value for name, value in told.items() if name in found.fields}
