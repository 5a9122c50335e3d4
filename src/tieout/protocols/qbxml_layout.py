"""Records of QuickBooks Desktop as tables: what a mirror must know of them, from the catalog of qbXML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from ..catalog.qbxml import fingerprint, type_names
from ..catalog.qbxml.editions import Edition
from ..catalog.qbxml.rets import Ret, mirrored, ret_of
from .kept_types import Reference
from .qbxml_columns import columns_of
from .qbxml_tables import declared_ret_tables
from .table_names import column_name, part_table_name, table_name

_TOTALS = ("TotalAmount", "AmountDue", "Amount", "DepositTotal", "CreditAmount")
_BALANCES = ("BalanceRemaining", "Balance", "OpenAmount", "CreditRemaining")
_SNAPSHOTS = ("QuantityOnHand", "QuantityOnSalesOrder", "FromAccountBalance", "ToAccountBalance")
"""What a transaction shows of other records as they are when it is read."""

_OF_ACCOUNTS = (
    "list_id",
    "full_name",
    "account_type",
    "special_account_type",
    "is_active",
    "currency_ref_full_name",
    "balance",
)

_NAMES = ("Customer", "Vendor", "Employee", "OtherName")


class QbxmlType:
    """One record type of one edition, as a `KeptType`."""

    inside: tuple[str, ...] = ()

    def __init__(self, ret: Ret) -> None:
        self._ret = ret
        self.name = ret.kind.name
        self.key = (ret.key,)
        self.called = ("full_name", "name") if ret.key == "ListID" else ()
        self.parent = "parent_ref_list_id" if {"ParentRef", "FullName"} <= ret.fields else ""

    @property
    def totals(self) -> Mapping[str, str]:
        found = {"total": _first(self._ret, _TOTALS), "balance": _first(self._ret, _BALANCES)}
        return {name: column_name((field,)) for name, field in found.items() if field}

    @property
    def fleeting(self) -> frozenset[str]:
        shown = _SNAPSHOTS if self._ret.key == "TxnID" else ()
        return frozenset(column_name((name,)) for name in shown if name in self._ret.fields)

    def declared_tables(self) -> Mapping[str, Any]:
        return declared_ret_tables(self._ret)

    def fields_beside(self, path: str) -> Sequence[str]:
        shape = self._ret.shape
        for name in path.split(".")[:-1]:
            found = next((each for each in shape.elements() if each.name == name), None)
            if found is None or not found.shape:
                return ()
            shape = self._ret.kind.shape(found.shape, self._ret.edition)
        return tuple(each.name for each in shape.elements())

    def page_again(self, _records: Sequence[Mapping[str, Any]]) -> None:
        """What `_extra` holds stays there: the schemas are complete, and what they do not know is private."""
        return


class QbxmlLayout:
    """All record types of one edition of qbXML."""

    account_columns = _OF_ACCOUNTS

    def __init__(self, edition: Edition) -> None:
        self._edition = edition

    @property
    def fingerprint(self) -> str:
        return f"{fingerprint()}-{self._edition.wire}"

    def kept(self, name: str) -> QbxmlType:
        return _kept(name, self._edition)

    def references_to(self, target: str) -> Sequence[Reference]:
        return tuple(each for each in _references(self._edition) if target in each.targets)


@cache
def _kept(name: str, edition: Edition) -> QbxmlType:
    return QbxmlType(ret_of(name, edition))


def _first(ret: Ret, names: Sequence[str]) -> str:
    return next((name for name in names if name in ret.fields), "")


@cache
def _references(edition: Edition) -> tuple[Reference, ...]:
    rets = (ret_of(name, edition) for name in mirrored(edition))
    return tuple(each for ret in rets for each in _references_of(ret))


def _references_of(ret: Ret) -> Iterator[Reference]:
    nodes = columns_of(ret).nodes
    for path in nodes:
        if len(path) > 1 and path[-1] == "FullName" and (*path[:-1], "ListID") in nodes:
            parts = [at for at in range(1, len(path)) if nodes[path[:at]].many or _is_kind(path[:at], ret)]
            start = parts[-1] if parts else 0
            name = part_table_name(ret.kind.name, path[:start]) if start else table_name(ret.kind.name)
            own = path[start:]
            yield Reference(
                name, column_name((*own[:-1], "ListID")), column_name(own), targets_of(path[-2], ret)
            )


def _is_kind(path: tuple[str, ...], ret: Ret) -> bool:
    """Whether a part alternates with others, so that the list it stands in has no name of its own."""
    return path[-1] in columns_of(ret).kinds


def targets_of(reference: str, ret: Ret) -> frozenset[str]:
    """The types of which `reference` may name a record, told by its name; all lists where that tells nothing."""
    word = reference.removesuffix("Ref")
    if word == "Parent":
        return frozenset((ret.kind.name,))
    if word in type_names():
        return _of_kind(word, ret.edition)
    if word.endswith("Entity"):
        return frozenset(_NAMES)
    ends = [name for name in (*mirrored(ret.edition), "Item", "Terms") if word.endswith(name)]
    return _of_kind(max(ends, key=len), ret.edition) if ends else _lists(ret.edition)


def _of_kind(word: str, edition: Edition) -> frozenset[str]:
    """A type; the types that a view such as Item or Terms is of."""
    if word == "Item":
        return frozenset(
            name
            for name in mirrored(edition)
            if name.startswith("Item") and name not in ("ItemReceipt", "ItemSites")
        )
    if word == "Terms":
        return frozenset(("StandardTerms", "DateDrivenTerms"))
    return frozenset(_NAMES) if word == "Entity" else frozenset((word,))


@cache
def _lists(edition: Edition) -> frozenset[str]:
    return frozenset(name for name in mirrored(edition) if ret_of(name, edition).key == "ListID")
