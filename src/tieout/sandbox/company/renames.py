"""Names in references: QuickBooks shows what a record is called now, not what it was called when it was named.

Records that name a renamed one are rewritten without moving their SyncToken or LastUpdatedTime. Their prepared
bytes are searched for the old name first, so that big companies are not read back record by record.
"""

from __future__ import annotations

from ...catalog.rest import RecordType, record_type
from ...protocols import exact_json
from .books import Books
from .records import Record, Store, StoredRecord
from .references import name_of, references


def follow(books: Books, found: RecordType, before: Record, after: Record) -> None:
    """Carry a new name into every reference to the record."""
    old, new = name_of(before), name_of(after)
    if old == new:
        return
    spelled = _spelled(old)
    for store in books.stores():
        if store.type != "RecurringTransaction":
            _follow_in(store, found, str(after["Id"]), spelled, new)


def _follow_in(store: Store, found: RecordType, id_: str, spelled: bytes, new: str) -> None:
    holder = record_type(store.type)
    for stored in store:
        if spelled in stored.encoded:
            _rename(holder, stored, found, id_, new)


def _rename(holder: RecordType, stored: StoredRecord, found: RecordType, id_: str, new: str) -> None:
    record = stored.record
    named = [
        reference
        for reference in references(holder, record)
        if reference.id == id_ and found.name in reference.declared.targets and "name" in reference.value
    ]
    for reference in named:
        reference.value["name"] = new
    if named:
        stored.rewrite(record)


def _spelled(name: str) -> bytes:
    """A name as it stands in the prepared bytes."""
    return exact_json.encode({"name": name})[1:-1]
