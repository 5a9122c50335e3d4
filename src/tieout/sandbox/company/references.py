"""References: the record must be there and active, and comes back with its name.

QuickBooks names its own tables in the refusal (Accounts, Klasses, Depts, Names), so those are the names here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ...catalog.rest import Field, RecordType, record_type
from . import refusals
from .books import Books
from .records import Record, StoredRecord

TABLES = {
    "Account": "Accounts",
    "Class": "Klasses",
    "Customer": "Names",
    "Department": "Depts",
    "Employee": "Names",
    "Vendor": "Names",
}
"""What QuickBooks calls the tables behind its types; the others are called by the type and an s."""
BUILT_IN_ITEMS = frozenset({"SHIPPING_ITEM_ID", "HOURS"})
"""Items that exist without a record: the shipping line of a sales form, and hours without a service."""

_CURRENCY = re.compile("[A-Z]{3}")
_NAMELESS = ("TaxCode", "TaxRate")
"""Types that references come back to without a name."""


class Reference(NamedTuple):
    """A reference somewhere in a record."""

    path: str
    declared: Field
    value: Record
    id: str


def references(found: RecordType, record: Record) -> list[Reference]:
    """Every reference in a record that points to a known type."""
    collected: list[Reference] = []
    _collect(found.name, "", record, "", collected)
    return collected


def _collect(type_name: str, shape: str, part: Record, place: str, collected: list[Reference]) -> None:
    leading = _leading_to_references(type_name, shape)
    for name, value in part.items():
        declared = leading.get(name)
        if declared is None:
            continue
        path = f"{place}{name}"
        for item in value if declared.many else (value,):
            if declared.type == "ref":
                collected.append(Reference(path, declared, item, str(item.get("value", ""))))
            else:
                _collect(type_name, declared.type, item, f"{path}.", collected)


@cache
def _leading_to_references(type_name: str, shape: str) -> Mapping[str, Field]:
    """The fields of a type, or of a shape in it, that are references or may hold some."""
    found = record_type(type_name)
    fields = found.shape(shape) if shape else found.fields
    return {
        name: declared
        for name, declared in fields.items()
        if (declared.type == "ref" and declared.targets) or declared.is_shape
    }


def resolve(books: Books, kind: RecordType, record: Record, before: Record | None = None) -> None:
    """Check every reference and fill in its name. What was there before may have become inactive since."""
    known = {(r.path, r.id) for r in references(kind, before)} if before else set()
    for reference in references(kind, record):
        if reference.id in BUILT_IN_ITEMS:
            continue
        if reference.path == "CurrencyPrefs.HomeCurrency":
            continue  # the one currency that comes without a name; nobody changes it over the wire
        may_be_inactive = (reference.path, reference.id) in known
        if reference.declared.targets == ("CompanyCurrency",):
            _resolve_currency(books, reference, may_be_inactive=may_be_inactive)
        else:
            _resolve_record(books, kind, reference, may_be_inactive=may_be_inactive)


def _resolve_record(books: Books, kind: RecordType, reference: Reference, *, may_be_inactive: bool) -> None:
    if not reference.id:
        raise refusals.missing(reference.path)
    type_name, stored = _look_up(books, kind, reference)
    if not stored.active and not may_be_inactive:
        raise refusals.not_found()
    if type_name not in _NAMELESS and "Prefs." not in reference.path:
        reference.value["name"] = name_of(stored.record)
    if len(reference.declared.targets) > 1 and reference.path == "EntityRef":
        reference.value["type"] = type_name


def _look_up(books: Books, kind: RecordType, reference: Reference) -> tuple[str, StoredRecord]:
    for type_name in _candidates(reference):
        stored = books.store(type_name).get(reference.id)
        if stored:
            return type_name, stored
    _check_other_lists(books, kind, reference)
    first = reference.declared.targets[0]
    raise refusals.invalid_reference(TABLES.get(first, f"{first}s"), reference.id)


def _candidates(reference: Reference) -> tuple[str, ...]:
    """The types to look through: the one that the reference names where it may choose."""
    targets = reference.declared.targets
    wanted = reference.value.get("type", "")
    if len(targets) == 1 or not wanted:
        return targets
    chosen = tuple(target for target in targets if target.casefold() == wanted.casefold())
    if not chosen:
        raise refusals.invalid_type(reference.path, wanted)
    return chosen


def _check_other_lists(books: Books, kind: RecordType, reference: Reference) -> None:
    """A name of another list gets a refusal of its own on sales (6250) and in time (6290)."""
    lists = (name for name in ("Customer", "Vendor", "Employee") if name not in reference.declared.targets)
    if not any(books.store(name).get(reference.id) for name in lists):
        return
    if reference.path == "CustomerRef" and kind.head.get("party") == "CustomerRef":
        raise refusals.sales_customer_wrong(reference.id)
    if kind.name == "TimeActivity" and reference.path in ("EmployeeRef", "VendorRef"):
        raise refusals.not_employee_or_vendor(reference.id, reference.path)


def _resolve_currency(books: Books, reference: Reference, *, may_be_inactive: bool) -> None:
    code = reference.id or books.home_currency
    if not _CURRENCY.fullmatch(code):
        raise refusals.invalid_currency(code)
    if code != books.home_currency:
        if not books.multicurrency:
            raise refusals.feature_off("Multicurrency")
        listed = books.store("CompanyCurrency").active()
        if not may_be_inactive and all(stored.record["Code"] != code for stored in listed):
            raise refusals.invalid_reference("Currencies", code)
    reference.value.update(books.currency(code))


def name_of(record: Record) -> str:
    """What a reference to a record says in `name`."""
    for field in ("FullyQualifiedName", "DisplayName", "Name"):
        if record.get(field):
            return str(record[field])
    return str(record.get("DocNumber", ""))
