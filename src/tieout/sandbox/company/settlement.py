"""Open balances and LinkedTxn, kept right at both ends of every link."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..ledger.ledger import ZERO, Key
from . import refusals
from .amounts import cents
from .books import Books
from .documents.money import unapplied
from .links import SETTLES, Link, origins, spelling, stated, target_of
from .records import Record

_OPEN = ("Invoice", "CreditMemo", "Bill", "VendorCredit")
"""Types with a Balance that others settle."""
_ALWAYS_LINKED = ("Invoice", "Bill", "Payment", "Estimate", "CreditMemo")
"""Types that answer LinkedTxn even when it is empty."""


def check(books: Books, key: Key, record: Record) -> list[Link]:
    """The links that a record states; refused where the other record is not there or not open enough."""
    links = stated(key[0], record)
    by_target: dict[Key, list[Link]] = {}
    for link in links:
        by_target.setdefault(link.target, []).append(link)
    for target, parts in by_target.items():
        _check_target(books, key, record, target, parts)
    return links


def _check_target(books: Books, source: Key, source_record: Record, target: Key, parts: list[Link]) -> None:
    record = books.find(*target)
    if record is None or not _may_link(books, source_record, source, record):
        raise refusals.invalid_link(*target)
    if source[0] == "Deposit":
        _check_undeposited(books, source, target, parts)
    taken = books.links.settled(target, but_by=source) + sum((part.amount for part in parts), ZERO)
    if target[0] in _OPEN and source[0] != "Deposit" and taken > record["TotalAmt"]:
        raise refusals.broken_rule(
            f"More than the open balance of {target[0]} {target[1]} is applied.", element="Line"
        )


def _may_link(books: Books, source: Record, key: Key, record: Record) -> bool:
    """Only what is in the same currency is linked, and what is of the same customer, or of one of its jobs."""
    if "CurrencyRef" in record and record["CurrencyRef"]["value"] != source["CurrencyRef"]["value"]:
        return False
    field = {"Payment": "CustomerRef", "BillPayment": "VendorRef"}.get(key[0], "")
    if field not in record:
        return True
    return _root(books, record[field]["value"]) == _root(books, source[field]["value"])


def _root(books: Books, name: str) -> str:
    """The customer at the top; any other name stands for itself."""
    customer = books.find("Customer", name) or {}
    above = customer.get("ParentRef")
    return _root(books, above["value"]) if above else name


def _check_undeposited(books: Books, source: Key, target: Key, parts: list[Link]) -> None:
    """A deposit takes what lies in Undeposited Funds, whole, and once."""
    drawer = books.account("UndepositedFunds")["Id"]
    postings = books.ledger.entries.get(target, ())
    lies_there = sum((posting.foreign for posting in postings if posting.account == drawer), ZERO)
    if target[0] == "JournalEntry":
        return
    taken_by_another = any(
        other[0] == "Deposit" and other != source for other in books.links.sources_of(target)
    )
    if taken_by_another or lies_there != sum((part.amount for part in parts), ZERO):
        raise refusals.invalid_link(*target)


def complete(books: Books, key: Key, record: Record) -> None:
    """Set what follows from links: LinkedTxn, Balance, statuses."""
    type_name = key[0]
    sources = books.links.sources_of(key)
    linked = [dict(origin) for origin in origins(type_name, record)]
    for source in sources:
        found = books.find(*source)
        if found:
            linked.append({"TxnId": source[1], "TxnType": spelling(source[0], found)})
    if linked or type_name in _ALWAYS_LINKED:
        record["LinkedTxn"] = linked
    else:
        record.pop("LinkedTxn", None)
    _set_open_amounts(books, key, record)
    _set_status(type_name, record, closed=bool(sources))


def _set_open_amounts(books: Books, key: Key, record: Record) -> None:
    if key[0] == "Payment":
        record["UnappliedAmt"] = unapplied(record)
    if key[0] not in _OPEN:
        return
    record["Balance"] = record["TotalAmt"] - books.links.settled(key)
    if record["Balance"] < 0:
        raise refusals.broken_rule(
            "The total is less than what was applied to this transaction.", element="TotalAmt"
        )
    if key[0] == "CreditMemo":
        record["RemainingCredit"] = record["Balance"]
    if books.multicurrency and key[0] != "VendorCredit":
        record["HomeBalance"] = cents(record["Balance"] * record.get("ExchangeRate", 1))


def _set_status(type_name: str, record: Record, *, closed: bool) -> None:
    if type_name == "PurchaseOrder":
        record["POStatus"] = "Closed" if closed else "Open"
    elif type_name == "Estimate" and closed:
        record["TxnStatus"] = "Closed"
    elif type_name == "Estimate" and record.get("TxnStatus") == "Closed" and record.get("LinkedTxn") == []:
        record["TxnStatus"] = "Pending"


def refresh(books: Books, keys: Iterable[Key], moment: datetime) -> None:
    """Bring records up to date at whose end a link changed; their SyncToken moves."""
    for key in keys:
        stored = books.store(key[0]).get(key[1])
        if stored is not None:
            record = stored.copy()
            complete(books, key, record)
            books.put(key[0], touched(record, moment), moment)


def release(books: Books, key: Key, moment: datetime) -> None:
    """Take a record out of everything that settles it or comes from it."""
    for source in list(books.links.sources_of(key)):
        stored = books.store(source[0]).get(source[1])
        if stored is not None:
            record = _without(source[0], stored.copy(), key)
            books.links.state(source, stated(source[0], record))
            complete(books, source, record)
            books.put(source[0], touched(record, moment), moment)


def _without(type_name: str, record: Record, gone: Key) -> Record:
    allowed = SETTLES.get(type_name, ())
    lines = record.get("Line", [])
    if type_name in SETTLES:
        record["Line"] = [
            line
            for line in lines
            if all(target_of(type_name, li, allowed) != gone for li in line.get("LinkedTxn", ()))
        ]
    record["LinkedTxn"] = [li for li in record.get("LinkedTxn", ()) if (li["TxnType"], li["TxnId"]) != gone]
    return record


def touched(record: Record, moment: datetime) -> Record:
    """The record one token on."""
    record["SyncToken"] = str(int(record["SyncToken"]) + 1)
    record["MetaData"] = {**record["MetaData"], "LastUpdatedTime": moment.isoformat()}
    return record
