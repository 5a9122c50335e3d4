"""Rules that hold for every record type: what must be there, tokens, numbers of documents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from ...catalog.rest import RecordType
from ...catalog.rest import record_type as type_called
from . import refusals
from .amounts import detail
from .books import Books, number_sequence
from .intake import is_empty
from .records import Record, StoredRecord

SPELLED_APART = {"CreditMemo": "Credit Memo", "SalesReceipt": "Sales Receipt", "BillPayment": "Bill Payment"}
"""How the refusal of a duplicate number names some types."""
_CUSTOM_FIELDS = ("1", "2", "3")
_WORDS_FOR_IDS = ("TaxClassification", "TaxCode")
_NAMELESS = {
    "DisplayName": refusals.no_name,
    "AccountType": refusals.account_type_unknown,
    "FileName": refusals.nothing_attached,
    "Hours": refusals.missing_time,
}
_ALONE = {"BudgetDetail": refusals.missing_budget_details}
"""Refusals of their own for what else would be a missing parameter: one of several fields, or one alone."""
_NEVER_EMPTY = ("InventoryAdjustment", "JournalEntry")
"""Types that say of an empty Line what the others say of one that is missing."""


def check_required(record_type: RecordType, record: Record, *, sparse: bool = False) -> None:
    """Everything that a new record, or an update, must carry (2020)."""
    if record.get("Line") == [] and record_type.name in _NEVER_EMPTY:
        raise refusals.lines_missing()
    for condition, alternatives in _required(record_type.name, sparse):
        if condition is not None and record.get(condition[0]) != condition[1]:
            continue
        if not any(_is_there(record.get(name)) for name in alternatives):
            own = (_NAMELESS if len(alternatives) > 1 else _ALONE).get(alternatives[0])
            raise own() if own else refusals.missing(alternatives[0])


def _is_there(value: Any) -> bool:
    return value != [] and not is_empty(value)


def check_update(record_type: RecordType, body: Record) -> None:
    """What a full update of some types must carry."""
    for name in record_type.words("required_update"):
        if is_empty(body.get(name)):
            raise refusals.missing(name)


@cache
def _required(type_name: str, sparse: bool) -> tuple[tuple[tuple[str, str] | None, tuple[str, ...]], ...]:
    """What is required, each as the fields one of which is enough, with the field and value on which that depends."""
    found = type_called(type_name)
    always = found.words("required_sparse" if sparse else "required")
    required: list[tuple[tuple[str, str] | None, tuple[str, ...]]] = [
        (None, tuple(word.split("|"))) for word in always
    ]
    for condition, words in () if sparse else found.head.get("required_if", {}).items():
        name, value = condition.split("=")
        required += [((name, value), tuple(word.split("|"))) for word in words.split()]
    return tuple(required)


def check_id(record_type: RecordType, id_: str) -> None:
    """Ids are numbers (2030), but for those of pseudo codes and classifications."""
    if (
        not id_.isdecimal()
        and record_type.name not in _WORDS_FOR_IDS
        and not record_type.head.get("singleton")
    ):
        raise refusals.invalid_id(id_)


def check_custom_fields(record: Record) -> None:
    """Transactions have three fields to fill in as one likes (3000)."""
    for custom in record.get("CustomField", ()):
        if custom.get("DefinitionId") not in _CUSTOM_FIELDS:
            raise refusals.custom_field_unknown(custom.get("DefinitionId"))


def check_token(stored: StoredRecord, body: Mapping[str, Any]) -> None:
    """An update names the token of what it has read (5010)."""
    if is_empty(body.get("SyncToken")):
        raise refusals.missing("SyncToken")
    if str(body["SyncToken"]) != stored.contents["SyncToken"]:
        raise refusals.stale()


def number(
    books: Books, record_type: RecordType, record: Record, before: Record | None, include: Collection[str]
) -> None:
    """Give a document its number, or see that the one it has is its own (6140)."""
    if record_type.head.get("number") and not record.get("DocNumber"):
        _number_automatically(books, record_type, record, before)
    wanted = record.get("DocNumber")
    if not wanted or "allowduplicatedocnum" in include or _custom_numbers(books):
        return
    type_name, id_ = books.numbers[number_sequence(record_type.name)].get(wanted, ("", ""))
    if id_ and (before is None or id_ != before["Id"]):
        raise refusals.duplicate_number(wanted, SPELLED_APART.get(type_name, type_name), id_)


def _number_automatically(
    books: Books, record_type: RecordType, record: Record, before: Record | None
) -> None:
    if before is not None and before.get("DocNumber"):
        record["DocNumber"] = before["DocNumber"]
    elif not _custom_numbers(books) and record_type.name != "JournalEntry":
        record["DocNumber"] = _next_number(books, record_type.name)


def _custom_numbers(books: Books) -> bool:
    return bool(books.preference("SalesFormsPrefs", "CustomTxnNumbers"))


def _next_number(books: Books, type_name: str) -> str:
    taken = books.numbers[number_sequence(type_name)]
    following = books.next_number.get(number_sequence(type_name), 1001)
    while str(following) in taken:
        following += 1
    books.next_number[number_sequence(type_name)] = following + 1
    return str(following)


def check_deactivation(books: Books, record_type: RecordType, record: Record, before: Record | None) -> None:
    """A customer or vendor with a balance stays active (6220)."""
    if before is None or before.get("Active") is False or record.get("Active") is not False:
        return
    if record_type.name in ("Customer", "Vendor") and books.ledger.names[record_type.name, before["Id"]]:
        raise refusals.has_balance()
    if record_type.name == "Customer" and _has_unbilled(books, before["Id"]):
        raise refusals.has_unbilled_expenses()


def _has_unbilled(books: Books, customer: str) -> bool:
    return any(
        part.get("BillableStatus") == "Billable" and part.get("CustomerRef", {}).get("value") == customer
        for type_name in ("Bill", "Purchase", "TimeActivity")
        for stored in books.store(type_name)
        for part in (stored.record, *map(detail, stored.record.get("Line", ())))
    )


def check_billing(books: Books, record_type: RecordType, record: Record, before: Record | None) -> None:
    """Whom a customer bills with stays while there is a balance (6130)."""
    if record_type.name != "Customer" or before is None:
        return
    changed = bool(before.get("BillWithParent")) != bool(record.get("BillWithParent"))
    if changed and books.ledger.names["Customer", before["Id"]]:
        raise refusals.customer_in_use()
