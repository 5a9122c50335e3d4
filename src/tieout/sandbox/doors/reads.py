"""Reading by address: a record by its id, and the few types that are read in ways of their own."""

from __future__ import annotations

from datetime import date

from ...catalog.rest import RecordType
from ...protocols import exact_json
from ..company.company import Company
from ..company.records import Record, StoredRecord
from ..company.refusals import invalid_date, missing
from .calls import Call
from .replies import One, Page


def read_by_id(company: Company, found: RecordType, id_: str) -> One:
    """`invoice/12`."""
    return One(found.name, company.read(found.name, id_).encoded)


def read_without_id(call: Call, company: Company, found: RecordType) -> One | Page | None:
    """`preferences`, `exchangerate?…`, `taxclassification?…`; None for types that are read by id alone."""
    if found.head.get("singleton"):
        return read_by_id(company, found, "")
    if found.name == "ExchangeRate":
        return One(found.name, exact_json.encode(_rate(call, company)))
    if found.name == "TaxClassification":
        return Page(found.name, [stored.encoded for stored in _classifications(call, company)])
    return None


def _rate(call: Call, company: Company) -> Record:
    """The rate of a currency on a day, today's where the call names none."""
    currency = call.params.get("sourcecurrencycode")
    if not currency:
        raise missing("sourcecurrencycode")
    day = call.params.get("asofdate")
    return company.exchange_rate(currency, _day(day) if day else None)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise invalid_date("asofdate", text) from None


def _classifications(call: Call, company: Company) -> list[StoredRecord]:
    """All tax classifications, or those of a level or below a parent."""
    everything = company.books.store("TaxClassification").everything()
    level, parent = call.params.get("level"), call.params.get("parentId")
    return [
        stored
        for stored in everything
        if (not level or stored.record.get("level") == level)
        and (not parent or stored.record.get("ParentRef", {}).get("value") == parent)
    ]
