"""What can be done with a record type, and the request that does it.

Adding, modifying and querying have requests of each type's own. Deleting, voiding and merging have one for
all lists and one for all transactions, which name the type that they are about; so a type can be deleted
where that request's value set has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from . import RecordType, record_type, record_types, type_names
from .editions import EDITIONS, Edition

ACTIONS = ("add", "modify", "query", "read", "delete", "void", "merge", "display")

_OWN = {
    "add": "Add",
    "modify": "Mod",
    "query": "Query",
    "read": "Query",
    "delete": "Del",
    "void": "Void",
    "merge": "Do",
}
"""The verb of a type's own request, by action."""

_GENERIC = {
    "delete": (("Txn", "Del"), ("List", "Del")),
    "void": (("Txn", "Void"),),
    "merge": (("ListMerge", "Do"),),
    "display": (("TxnDisplay", "Add"), ("ListDisplay", "Add")),
}
"""The requests for many types, by action: (record type, verb)."""

_SEVERAL = MappingProxyType({"BillPayment": ("BillPaymentCheck", "BillPaymentCreditCard")})
"""A word of a value set that stands for several types."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request about a record type, and the element in it whose content is the record."""

    action: str
    kind: RecordType
    """The type that the request belongs to; `Txn` when an invoice is deleted."""
    verb: str
    root: str
    """The name of the shape that holds what a caller gives or gets: `InvoiceAdd`, `InvoiceQueryRq`, `InvoiceRet`."""

    @property
    def request(self) -> str:
        return self.kind.message(self.verb, "Rq")

    def published(self, edition: Edition) -> bool:
        return self.kind.can(self.verb, edition)


def message(kind: RecordType, action: str, edition: Edition) -> Message | None:
    """The message that does this, as far as the edition's schema has one."""
    verb = _OWN.get(action, "")
    if edition in kind.in_schema.get(verb, frozenset()):
        return Message(action, kind, verb, _root(kind, verb, action, edition))
    for owner, generic in _GENERIC.get(action, ()):
        request = record_type(owner)
        if edition in request.in_schema[generic] and kind.name in targets(owner, generic, edition):
            return Message(action, request, generic, request.message(generic, "Rq"))
    return None


def _root(kind: RecordType, verb: str, action: str, edition: Edition) -> str:
    """The record's own element where the message has one, else the request or the answer itself."""
    if action == "query" or verb == "Do":
        return kind.message(verb, "Rq")
    whole = kind.message(verb, "Rs" if action == "read" else "Rq")
    held = list(kind.shape(whole, edition).elements())
    if action == "read":
        return held[0].shape if len(held) == 1 and held[0].shape else whole
    own = kind.message(verb, "")
    return next((each.shape for each in held if each.name == own and each.shape), whole)


def actions(kind: RecordType, edition: Edition) -> tuple[str, ...]:
    """What Intuit publishes that one can do with a type in an edition.

    Requests for many types name some that the edition has no other request for; those cannot be used.
    """
    if not any(kind.can(verb, edition) for verb in kind.in_schema):
        return ()
    found = ((action, message(kind, action, edition)) for action in ACTIONS)
    return tuple(action for action, each in found if each is not None and each.published(edition))


def editions_of(kind: RecordType, action: str) -> frozenset[Edition]:
    """The editions in which this can be done with a type."""
    return frozenset(each for each in EDITIONS if action in actions(kind, each))


@cache
def targets(owner: str, verb: str, edition: Edition) -> tuple[str, ...]:
    """The record types that a generic request such as ("Txn", "Del") is for."""
    kind = record_type(owner)
    if edition not in kind.in_schema[verb]:
        return ()
    inside = kind.shape(kind.message(verb, "Rq"), edition).elements()
    words = next((each.value.values for each in inside if each.value and each.value.values), ())
    named = [name for word in words for name in _SEVERAL.get(word, (word,))]
    return tuple(name for name in named if name in type_names())


def generic_requests() -> Mapping[str, tuple[str, str]]:
    """The requests that are for many types, by name: their record type and verb."""
    found = [pair for pairs in _GENERIC.values() for pair in pairs]
    opening = [("TxnDisplay", "Mod"), ("ListDisplay", "Mod")]
    return {record_type(owner).message(verb, "Rq"): (owner, verb) for owner, verb in [*found, *opening]}


def iterates(kind: RecordType, edition: Edition) -> bool:
    """Whether its query can be answered in parts, by an iterator; the Online Edition's schema has them, and it has not."""
    return edition.country != "OE" and "iterator" in _query_attributes(kind, edition)


def counts(kind: RecordType, edition: Edition) -> bool:
    """Whether its query can be answered with the number of records alone, by metaData."""
    return "metaData" in _query_attributes(kind, edition)


def _query_attributes(kind: RecordType, edition: Edition) -> frozenset[str]:
    if edition not in kind.in_schema.get("Query", frozenset()):
        return frozenset()
    return frozenset(each.name for each in kind.shape(kind.message("Query", "Rq"), edition).attributes)


def reports(edition: Edition) -> Mapping[str, tuple[str, ...]]:
    """By report query, the reports that it can be asked for."""
    return {
        kind.name: types
        for kind in record_types()
        if kind.name.endswith("Report") and kind.can("Query", edition)
        for types in [_report_types(kind, edition)]
    }


@cache
def report_names() -> frozenset[str]:
    """The reports of all editions."""
    return frozenset(name for each in EDITIONS for names in reports(each).values() for name in names)


def _report_types(kind: RecordType, edition: Edition) -> tuple[str, ...]:
    query = kind.shape(kind.message("Query", "Rq"), edition)
    named = (each.value for each in query.elements() if each.name == f"{kind.name}Type")
    return next((tuple(filter(None, value.values)) for value in named if value), ())
