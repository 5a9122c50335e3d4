"""Writes: create, full and sparse update, delete and void, each through the same steps.

read what was sent → merge with what is there → required → references → completed → names and numbers → links →
kept → posted. A refusal at any step leaves the books as they were.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from ...catalog.rest import Field, RecordType, record_type
from ..ledger import booking
from ..ledger.ledger import ZERO, Key, Touched
from . import (
    alphabet,
    amounts,
    computed,
    contacts,
    currencies,
    documents,
    intake,
    locks,
    names,
    openings,
    references,
    refusals,
    renames,
    rules,
    settlement,
    subscription,
    tax_rules,
)
from .books import Books, stamped
from .openings import Opening
from .records import Record, StoredRecord

_SYSTEM = ("Id", "SyncToken", "MetaData", "domain", "sparse", "status")
_UNCLEARABLE = {"Item": frozenset({"ClassRef"})}
"""Fields that a sparse update cannot clear (QuickBooks-V3-DotNET-SDK issue 113)."""
_MERGED = ("Preferences",)
"""Types whose groups of fields are merged in a sparse update instead of being replaced."""


def create(
    books: Books, found: RecordType, body: Any, include: Collection[str] = (), *, put_off: bool = False
) -> StoredRecord:
    """Add a record; `put_off` leaves its entry for later, where no other depends on it."""
    if not found.can("create"):
        raise refusals.unsupported("create")
    if found.words("countries") and books.country not in found.words("countries"):
        raise refusals.feature_off(found.name)
    subscription.check(books, found)
    sent = intake.without_empty(_writable(found, intake.read(found, body), creating=True))
    _check_texts(books, found, sent, None)
    return _write(books, found, sent, None, include, put_off=put_off)


def _check_texts(books: Books, found: RecordType, sent: Record, before: Record | None) -> None:
    contacts.check(found, sent)
    rules.check_custom_fields(sent)
    if books.switches.latin_only:
        alphabet.check(sent, before)


def update(books: Books, found: RecordType, body: Any, include: Collection[str] = ()) -> StoredRecord:
    """Change a record: sparsely when the body says `sparse: true`, else as a whole."""
    if not found.can("update"):
        raise refusals.unsupported("update")
    subscription.check(books, found)
    stored = _addressed(books, found, body)
    before = stored.record
    sparse = body.get("sparse") is True and found.can("sparse")
    sent = _writable(found, intake.read(found, body), creating=False)
    if sparse:
        rules.check_required(found, sent, sparse=True)
    elif found.words("required_update"):
        rules.check_update(found, body)
    _check_texts(books, found, sent, before)
    locks.check_change(books, found, before)
    record = (_merged if sparse else _replaced)(found, stored.copy(), sent)
    return _write(books, found, record, before, include)


def delete(books: Books, found: RecordType, body: Any) -> Record:
    """Take a record away for good."""
    if not found.can("delete"):
        raise refusals.unsupported("delete")
    stored = _addressed(books, found, _unwrapped(found, body))
    if found.head.get("delete") == "full" and not found.words("wraps"):
        rules.check_required(found, intake.read(found, body))
    locks.check_delete(books, found, stored.contents)
    moment, key = books.now(), (found.name, stored.id)
    related = booking.related(books, key)
    _unlink(books, found, stored.id, moment)
    computed.refresh(books, booking.unbook(books, key, related))
    books.remove(found.name, stored.id)
    return {"domain": "QBO", "status": "Deleted", "Id": stored.id}


def void(books: Books, found: RecordType, body: Any) -> StoredRecord:
    """Keep a record with all its amounts at zero."""
    addressed = _addressed(books, found, body)
    before = addressed.record
    locks.check_void(books, found, before)
    moment, key = books.now(), (found.name, before["Id"])
    related = booking.related(books, key)
    _unlink(books, found, before["Id"], moment)
    record = _emptied((books.store(found.name).get(before["Id"]) or addressed).copy())
    record["SyncToken"] = before["SyncToken"]
    return _keep(books, found, settlement.touched(record, moment), moment, related)


def _unwrapped(found: RecordType, body: Any) -> Any:
    """A recurring transaction is addressed by what it holds, or plainly."""
    held = [name for name in found.words("wraps") if isinstance(body, Mapping) and name in body]
    return body[held[0]] if held else body


def _addressed(books: Books, found: RecordType, body: Any) -> StoredRecord:
    """The record that a body names by Id and SyncToken."""
    if not isinstance(body, Mapping):
        raise refusals.unknown_property(found.name)
    if found.head.get("singleton"):
        id_ = "1"
    elif intake.is_empty(body.get("Id")):
        raise refusals.missing("Id")
    else:
        id_ = str(body["Id"])
    rules.check_id(found, id_)
    stored = books.store(found.name).get(id_)
    if stored is None:
        raise refusals.not_found()
    rules.check_token(stored, body)
    return stored


def _writable(found: RecordType, sent: Record, *, creating: bool) -> Record:
    return {
        name: value for name, value in sent.items() if _is_writable(found.fields[name], creating=creating)
    }


def _is_writable(declared: Field, *, creating: bool) -> bool:
    if declared.name in _SYSTEM:
        return False
    on_create_only = declared.has("computed") or declared.name in openings.ONLY_ON_CREATE
    return not on_create_only or (creating and declared.name in openings.MAY_OPEN)


def _merged(found: RecordType, record: Record, sent: Record) -> Record:
    """Sparse at the header only: a field that is sent replaces the whole field, Line all lines."""
    for name, value in sent.items():
        if not intake.is_empty(value):
            record[name] = {**record.get(name, {}), **value} if _merges(found, value) else value
        elif name not in _UNCLEARABLE.get(found.name, ()):
            record.pop(name, None)
    return record


def _merges(found: RecordType, value: Any) -> bool:
    return found.name in _MERGED and isinstance(value, dict)


def _replaced(found: RecordType, before: Record, sent: Record) -> Record:
    """A full update clears what it does not carry; what QuickBooks sets itself stays."""
    kept = {
        name: value
        for name, value in before.items()
        if name in _SYSTEM or name not in found.fields or not _is_sent(found.fields[name])
    }
    return kept | intake.without_empty(sent)


def _is_sent(declared: Field) -> bool:
    return declared.served and not declared.has("readonly") and _is_writable(declared, creating=False)


def _write(
    books: Books,
    found: RecordType,
    record: Record,
    before: Record | None,
    include: Collection[str],
    *,
    put_off: bool = False,
) -> StoredRecord:
    rules.check_required(found, _with_released_lines(record, before))
    tax_rules.check(books, found, record)
    references.resolve(books, found, record, before)
    documents.complete(books, found, record, before)
    currencies.check(books, found, record, before)
    locks.check_date(books, found, record)
    names.settle(books, found, record, before)
    rules.check_deactivation(books, found, record, before)
    rules.check_billing(books, found, record, before)
    rules.number(books, found, record, before, include)
    moment = books.now()
    if before is None:
        settlement.check(books, (found.name, ""), record)
        record = stamped(record, books.new_id(found), moment)
    else:
        settlement.touched(record, moment)
    return _keep(books, found, record, moment, put_off=put_off)


def _with_released_lines(record: Record, before: Record | None) -> Record:
    """A payment whose bill was deleted has lost its lines, and may be changed all the same."""
    had_none = before is not None and before.get("Line") == []
    return {**record, "Line": ["released"]} if had_none else record


def _keep(
    books: Books,
    found: RecordType,
    record: Record,
    moment: datetime,
    released: Collection[Key] = (),
    *,
    put_off: bool = False,
) -> StoredRecord:
    """Keep a complete record, and bring along everything that follows from it."""
    key = (found.name, record["Id"])
    related = {*released, *booking.related(books, key)}
    links = settlement.check(books, key, record)
    settlement.complete(books, key, record)
    before = books.find(*key)
    opening = openings.take(found.name, record, is_new=before is None)
    stored = books.put(found.name, record, moment)
    if before is not None and found.kind == "list":
        renames.follow(books, found, before, record)
    names.rename_below(books, found, record)
    settlement.refresh(books, books.links.state(key, links), moment)
    if put_off and not links:
        books.put_off.append(key)
    elif found.posts:
        dependents = related | booking.related(books, key)
        computed.refresh(books, booking.book(books, key, record, dependents))
    elif found.name in ("Account", "Item", "Customer", "Vendor"):
        _compute_own(books, stored, found.name, opening)
    return stored


def catch_up(books: Books) -> None:
    """Make the entries that were put off, and bring along everything that follows from them."""
    if not books.put_off:
        return
    keys, books.put_off = books.put_off, []
    touched = Touched()
    with books.changes.request():
        for key in keys:
            record = books.find(*key)
            assert record is not None, key  # whoever takes it away has caught up before
            touched.add(booking.book(books, key, record))
        computed.refresh(books, touched)


def _compute_own(books: Books, stored: StoredRecord, type_name: str, opening: Opening | None) -> None:
    """The computed fields of a list record, and what it is opened with."""
    key, record = (type_name, stored.id), stored.record
    touched = Touched()
    if opening and type_name == "Item":
        touched = booking.book_starting_stock(books, record, opening.balance)
    elif opening:
        written_type, written = openings.transaction(books, type_name, record, opening)
        create(books, record_type(written_type), written)
    if type_name == "Account":
        touched.accounts.add(stored.id)
    elif type_name == "Item" and record["Type"] == "Inventory":
        touched.items.add(stored.id)
    elif type_name != "Item":
        touched.names.add(key)
    computed.refresh(books, touched)


def _unlink(books: Books, found: RecordType, id_: str, moment: datetime) -> None:
    key = (found.name, id_)
    settlement.release(books, key, moment)
    settlement.refresh(books, books.links.state(key, []), moment)


def _emptied(record: Record) -> Record:
    """Amounts at zero, links gone, `Voided` in the note (the recorded answer to a void)."""
    if any(line.get("LinkedTxn") for line in record.get("Line", ())):
        record["Line"] = []
    amounts.each_amount(record, lambda _amount: ZERO)
    if "TxnTaxDetail" in record:
        record["TxnTaxDetail"] = {**record["TxnTaxDetail"], "TotalTax": ZERO}
        amounts.each_amount({"Line": record["TxnTaxDetail"].get("TaxLine", [])}, lambda _amount: ZERO)
    for name in ("TotalAmt", "HomeTotalAmt", "Balance", "UnappliedAmt"):
        if name in record:
            record[name] = ZERO
    record.pop("LinkedTxn", None)
    note = record.get("PrivateNote")
    record["PrivateNote"] = f"Voided - {note}"[:4000] if note else "Voided"
    return record


def create_recurring(books: Books, body: Any) -> StoredRecord:
    """A template: the transaction inside is checked and completed, and neither numbered nor posted."""
    template = record_type("RecurringTransaction")
    wrapped = [name for name in body if name in template.words("wraps")] if isinstance(body, Mapping) else []
    if len(wrapped) != 1:
        raise refusals.unknown_property("RecurringTransaction")
    found = record_type(wrapped[0])
    record = intake.without_empty(_writable(found, intake.read(found, body[wrapped[0]]), creating=True))
    if "RecurringInfo" not in record:
        raise refusals.missing("RecurringInfo")
    rules.check_required(found, record)
    tax_rules.check(books, found, record)
    references.resolve(books, found, record)
    documents.complete(books, found, record, None)
    record = stamped(record, books.new_id(template), books.now())
    return books.put(template.name, {wrapped[0]: record}, books.now())


def set_rate(books: Books, found: RecordType, body: Any) -> StoredRecord:
    """A currency's rate of a day; updating one that is not there makes it."""
    sent = intake.without_empty(intake.read(found, body))
    rules.check_update(found, {"SyncToken": "0", **sent})
    moment = books.now()
    for stored in books.store(found.name):
        before = stored.record
        if (before["SourceCurrencyCode"], before["AsOfDate"]) == (
            sent["SourceCurrencyCode"],
            sent["AsOfDate"],
        ):
            changed = settlement.touched({**before, "Rate": sent["Rate"]}, moment)
            return books.put(found.name, changed, moment)
    record = {"TargetCurrencyCode": books.home_currency, **_writable(found, sent, creating=True)}
    return books.put(found.name, stamped(record, books.new_id(found), moment), moment)
