"""What a query of a type gives back: the record's element, what a record is known by, and whether a mirror keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from . import RecordType, record_type, record_types
from .actions import message
from .editions import Edition
from .shapes import Shape

KEYS = ("TxnID", "ListID")
"""Of transactions, and of what stands in lists."""

VIEWS = frozenset(
    (
        "BillToPay",
        "Entity",
        "Item",
        "ListDeleted",
        "ReceivePaymentToDeposit",
        "Terms",
        "Transaction",
        "TxnDeleted",
    )
)
"""Types whose records are those of other types, seen another way, or that tell of records that are gone."""


@dataclass(frozen=True, slots=True, eq=False)
class Ret:
    """The records that a type's query answers with."""

    kind: RecordType
    edition: Edition
    name: str
    """`InvoiceRet`."""
    key: str
    """`TxnID`, `ListID`; empty where there is one record, or none has an id."""
    fields: frozenset[str]
    """What stands in it at the top."""

    @property
    def shape(self) -> Shape:
        return self.kind.shape(self.name, self.edition)


@cache
def ret_of(name: str, edition: Edition) -> Ret:
    """The Ret of a type; its name is empty where the edition has no query of its own for the type."""
    kind = record_type(name)
    asked = message(kind, "read", edition)
    root = asked.root if asked is not None and asked.root.endswith("Ret") else ""
    fields = (
        frozenset(each.name for each in kind.shape(root, edition).elements()) if root else frozenset[str]()
    )
    key = next((each for each in KEYS if each in fields), "")
    return Ret(kind, edition, root, key, fields)


@cache
def mirrored(edition: Edition) -> tuple[str, ...]:
    """The types that a mirror keeps: those with records of their own that have ids, and whose query may ask for all."""
    return tuple(
        kind.name
        for kind in record_types()
        if kind.can("Query", edition)
        and kind.name not in VIEWS
        and ret_of(kind.name, edition).key
        and not any(part.least for part in kind.shape(kind.message("Query", "Rq"), edition).parts)
    )
