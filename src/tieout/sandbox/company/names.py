"""Names of list records: derived, checked, unique, nested, and freed when a record is made inactive."""

from __future__ import annotations

from typing import Any

from ...catalog.rest import RecordType
from . import refusals
from .books import Books
from .records import Record, StoredRecord
from .renames import follow

DELETED = " (deleted)"
"""What QuickBooks adds to the name of a record that was made inactive; the name itself is free again."""
DEEPEST = 5
"""Levels of accounts, classes, customers below one another (error 6180)."""
_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_NESTED = ("Account", "Class", "Department", "Item")
_BELOW_FLAGS = ("SubAccount", "SubClass", "SubDepartment", "SubItem", "Job", "BillWithParent")
"""What says that a record is below another one."""
_FORBIDDEN = {"Account": ':"\t\n'}


def settle(books: Books, record_type: RecordType, record: Record, before: Record | None) -> None:
    """Complete and check the names of a list record."""
    field = record_type.head.get("name")
    if record_type.kind != "list" or field is None:
        return
    _check_parent(record_type, record, before)
    if field == "DisplayName":
        _derive_display_name(record_type, record)
    _check_characters(record_type, record, field)
    _follow_active(record, before, field)
    _nest(books, record_type, record, field)
    if record.get("Active") is not False:
        _check_unique(books, record_type, record, field)


def _check_parent(record_type: RecordType, record: Record, before: Record | None) -> None:
    """Who says that it is below another record names it (6150); what was true before may end with the parent."""
    for flag in _BELOW_FLAGS:
        said = record.get(flag) and not (before or {}).get(flag)
        if flag in record_type.fields and said and "ParentRef" not in record:
            raise refusals.parent_missing(flag)


def _derive_display_name(record_type: RecordType, record: Record) -> None:
    parts = [record[part] for part in _PARTS if record.get(part)]
    if not record.get("DisplayName"):
        if not parts:
            raise refusals.no_name()
        record["DisplayName"] = " ".join(parts)
    if "PrintOnCheckName" in record_type.fields:
        printed = record.get("PrintOnCheckName") or record.get("CompanyName") or record["DisplayName"]
        record["PrintOnCheckName"] = printed[:110]


def _check_characters(record_type: RecordType, record: Record, field: str) -> None:
    name = record.get(field, "")
    if not name.strip() or any(c in name for c in _FORBIDDEN.get(record_type.name, ":\t\n")):
        raise refusals.invalid_name(field)


def _follow_active(record: Record, before: Record | None, field: str) -> None:
    was_active = before is None or before.get("Active") is not False
    is_active = record.get("Active") is not False
    if was_active and not is_active:
        record[field] = record[field].removesuffix(DELETED) + DELETED
    elif is_active and not was_active:
        record[field] = record[field].removesuffix(DELETED)


def _nest(books: Books, record_type: RecordType, record: Record, field: str) -> None:
    """FullyQualifiedName and the level, from the parents."""
    if "FullyQualifiedName" not in record_type.fields:
        return
    parents = _parents(books, record_type, record)
    record["FullyQualifiedName"] = ":".join([*(parent[field] for parent in parents), record[field]])
    if "Level" in record_type.fields and parents:
        record["Level"] = len(parents)
    for flag in _BELOW_FLAGS[:5]:
        if flag in record_type.fields and (parents or flag in ("SubAccount", "SubDepartment", "Job")):
            record[flag] = bool(parents)


def _parents(books: Books, record_type: RecordType, record: Record) -> list[Record]:
    """From the outermost inwards."""
    parents: list[Record] = []
    above: Any = record.get("ParentRef")
    while above:
        if above["value"] == record.get("Id"):
            raise refusals.parent_is_child()
        if len(parents) == DEEPEST - 1:
            raise refusals.too_deep()
        parent = books.find(record_type.name, above["value"])
        assert parent is not None, above  # references were resolved before
        if record_type.name == "Item" and parent["Type"] != "Category":
            raise refusals.wrong_parent(above["value"])
        parents.insert(0, parent)
        above = parent.get("ParentRef")
    return parents


def _check_unique(books: Books, record_type: RecordType, record: Record, field: str) -> None:
    compared = "FullyQualifiedName" if record_type.name in _NESTED else field
    lists = record_type.words("unique") or (record_type.name,)
    wanted = record[compared].casefold()
    for list_name in lists:
        for stored in books.store(list_name).named(record[field]):
            if _has_name(stored, compared, wanted) and stored.id != record.get("Id"):
                raise refusals.duplicate_name(_kinds(lists), stored.id)


def _has_name(stored: StoredRecord, field: str, wanted: str) -> bool:
    return stored.active and stored.record.get(field, "").casefold() == wanted


def _kinds(lists: tuple[str, ...]) -> str:
    kinds = ["".join(f" {c.lower()}" if c.isupper() else c for c in name).strip() for name in lists]
    return f"{', '.join(kinds[:-1])} or {kinds[-1]}" if len(kinds) > 1 else kinds[0]


def rename_below(books: Books, record_type: RecordType, record: Record) -> None:
    """Carry a changed FullyQualifiedName down to what hangs below; those records do not count as changed."""
    field = record_type.head.get("name", "")
    if (
        record_type.kind != "list"
        or "ParentRef" not in record_type.fields
        or "FullyQualifiedName" not in record
    ):
        return
    for stored in books.store(record_type.name).below(record["Id"]):
        full_name = f"{record['FullyQualifiedName']}:{stored.record[field]}"
        if stored.record["FullyQualifiedName"] != full_name:
            was = dict(stored.record)
            stored.compute("FullyQualifiedName", full_name)
            follow(books, record_type, was, stored.record)
            rename_below(books, record_type, stored.record)
