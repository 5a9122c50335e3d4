"""References: the record must be there and active, and comes back with its name.

QuickBooks names its own tables in the refusal (Accounts, Klasses, Depts, Names), so those are the names here.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from ...catalog.rest import Field, RecordType, Shape, record_type
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
_CURRENCY_ALONE = ("CompanyCurrency",)
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
    _shape_of(found.name).collect(record, collected)
    return collected


class _Shape:
    """A type, or a shape at a place in it: its fields that are references or may hold some."""

    def __init__(self, found: RecordType, fields: Shape, place: str = "") -> None:
        self._found = found
        self._place = place
        self._leading = {
            name: declared
            for name, declared in fields.items()
            if (declared.type == "ref" and declared.targets) or declared.is_shape
        }
        self._below: dict[str, _Shape] = {}

    def collect(self, part: Record, collected: list[Reference]) -> None:
        leading = self._leading
        for name, value in part.items():
            if name not in leading:
                continue
            declared = leading[name]
            items = value if declared.many else (value,)
            if declared.type == "ref":
                path = f"{self._place}{name}"
                collected += [Reference(path, declared, item, str(item.get("value", ""))) for item in items]
            else:
                below = self._below.get(name) or self._shape_below(declared)
                for item in items:
                    below.collect(item, collected)

    def _shape_below(self, declared: Field) -> _Shape:
        """Made when it is met first: a line of a bundle holds lines."""
        place = f"{self._place}{declared.name}."
        made = self._below[declared.name] = _Shape(self._found, self._found.shape(declared.type), place)
        return made


@cache
def _shape_of(type_name: str) -> _Shape:
    found = record_type(type_name)
    return _Shape(found, found.fields)


def resolve(books: Books, kind: RecordType, record: Record, before: Record | None = None) -> None:
    """Check every reference and fill in its name. What was there before may have become inactive since."""
    known = {(r.path, r.id) for r in references(kind, before)} if before else set()
    for reference in references(kind, record):
        path, declared, _, id_ = reference
        if id_ in BUILT_IN_ITEMS:
            continue
        if path == "CurrencyPrefs.HomeCurrency":
            continue  # the one currency that comes without a name; nobody changes it over the wire
        may_be_inactive = (path, id_) in known
        if declared.targets == _CURRENCY_ALONE:
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
    return str(
        record.get("FullyQualifiedName")
        or record.get("DisplayName")
        or record.get("Name")
        or record.get("DocNumber", "")
    )
