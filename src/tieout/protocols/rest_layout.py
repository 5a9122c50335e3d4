"""Records of QuickBooks Online as tables: what a mirror must know of them, from the catalog of REST."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from ..catalog.rest import RecordType, Shape, fingerprint, record_type, record_types
from . import exact_json
from .kept_types import Reference
from .rest_tables import RestPage, TypeReader, declared_tables
from .table_names import column_name, table_name

_CALLED = ("fully_qualified_name", "display_name", "name")
_OF_ACCOUNTS = (
    "id",
    "fully_qualified_name",
    "classification",
    "account_sub_type",
    "active",
    "currency_ref_value",
    "current_balance",
)
_DEEPEST = 3
"""Repeated parts inside one another; lines hold lines."""


class RestType:
    """One record type, as a `KeptType`."""

    def __init__(self, of: RecordType) -> None:
        self._of = of
        self.name = of.name
        self.key = of.words("key") or ("Id",)
        self.called = _CALLED if of.kind == "list" else ()
        self.inside = of.wraps
        self.parent = ""  # Online moves the stamps of what lies below

    @property
    def totals(self) -> Mapping[str, str]:
        head = self._of.head
        return {key: column_name(str(head[key]).split(".")) for key in ("total", "balance") if key in head}

    @cached_property
    def fleeting(self) -> frozenset[str]:
        computed = (field for field in self._of.fields.values() if field.has("computed"))
        return frozenset(column_name((field.name,)) for field in computed if field.type != "decimal")

    def declared_tables(self) -> Mapping[str, Any]:
        return declared_tables(self._of)

    def fields_beside(self, path: str) -> Sequence[str]:
        above, _, _ = path.rpartition(".")
        around = self._of.field(above) if above else None
        return tuple((self._of.inner(around) if around else self._of.fields) or ())

    def page_again(self, records: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        if self._of.words("key") or self.inside:
            return None
        return RestPage(TypeReader(self._of), exact_json.encode(list(records))).tables()


class RestLayout:
    """All record types of the REST API."""

    @property
    def fingerprint(self) -> str:
        return fingerprint()

    @property
    def account_columns(self) -> tuple[str, ...]:
        return _OF_ACCOUNTS

    def kept(self, name: str) -> RestType:
        return _kept(name)

    def references_to(self, target: str) -> Sequence[Reference]:
        return _references_to(target)


@cache
def _kept(name: str) -> RestType:
    return RestType(record_type(name))


@cache
def _references_to(target: str) -> tuple[Reference, ...]:
    return tuple(each for each in _references() if target in each.targets)


@cache
def _references() -> tuple[Reference, ...]:
    mirrored = (each for each in record_types() if not each.wraps)
    return tuple(
        r for each in mirrored for r in _references_in(each, each.fields, table_name(each.name), (), 0)
    )


def _references_in(
    of: RecordType, shape: Shape, table: str, path: tuple[str, ...], depth: int
) -> Iterator[Reference]:
    for name, declared in shape.items():
        at = (*path, name)
        if declared.type == "ref" and declared.targets and not declared.many:
            value, called, kind = (column_name((*at, member)) for member in ("value", "name", "type"))
            several = kind if len(declared.targets) > 1 else ""
            yield Reference(table, value, called, frozenset(declared.targets), several)
        elif declared.is_shape and depth < _DEEPEST:
            inner = of.shape(declared.type)
            if declared.many:
                yield from _references_in(of, inner, f"{table}_{column_name(at)}", (), depth + 1)
            else:
                yield from _references_in(of, inner, table, at, depth)


REST = RestLayout()
