"""Reading by address: a record by its id, and the few types that are read in ways of their own."""

from __future__ import annotations

from datetime import date, datetime

from ..catalog.rest import RecordType
from ..protocols import rest
from .calls import Call
from .company import Company
from .records import StoredRecord
from .refusals import invalid_date, missing, not_found

ONLY = "1"
"""The id of the one record that Preferences and CompanyInfo are."""


def read_by_id(company: Company, found: RecordType, id_: str, now: datetime) -> bytes:
    """`invoice/12`. The company's own record goes by the company's id as well."""
    if found.name == "CompanyInfo" and id_ == company.realm:
        id_ = ONLY
    return rest.write_entity_answer(found.name, company.read(found.name, id_).encoded, now)


def read_without_id(call: Call, company: Company, found: RecordType, now: datetime) -> bytes | None:
    """`preferences`, `exchangerate?…`, `taxclassification?…`; None for types that are read by id alone."""
    if found.head.get("singleton"):
        return read_by_id(company, found, ONLY, now)
    if found.name == "ExchangeRate":
        rate = _rate(call, company, now)
        return rest.write_entity_answer(found.name, rate.encoded, now)
    if found.name == "TaxClassification":
        records = [stored.encoded for stored in _classifications(call, company)]
        return rest.write_query_answer(found.name, records, 1, None, now)
    return None


def _rate(call: Call, company: Company, now: datetime) -> StoredRecord:
    """The latest rate of a currency on or before a day, which is today where the call names none."""
    currency = call.params.get("sourcecurrencycode")
    if not currency:
        raise missing("sourcecurrencycode")
    day = _day(call.params.get("asofdate") or now.date().isoformat())
    rates = [
        stored
        for stored in company.books.store("ExchangeRate")
        if stored.record["SourceCurrencyCode"] == currency.upper() and stored.record["AsOfDate"] <= day
    ]
    if not rates:
        raise not_found()
    return max(rates, key=lambda stored: str(stored.record["AsOfDate"]))


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
        if (not level or stored.record.get("Level") == level)
        and (not parent or stored.record.get("ParentRef", {}).get("value") == parent)
    ]
