"""What a mirror is not to hold: record types, and fields such as tax numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import arro3.core as arrow

from ..protocols import exact_json
from ..protocols.kept_types import KeptType
from ..protocols.table_names import table_name
from .base import Page


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """Fields to leave out, as dotted paths by record type (`{"Vendor": {"TaxIdentifier"}}`)."""

    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def hides(self, of: KeptType, table: str, column: str) -> bool:
        """Whether a column of one of the type's tables is left out."""
        return any(_belongs_to(f"{table}_{column}", of, path) for path in self.fields.get(of.name, ()))

    def trim(self, of: KeptType, page: Page, *, raw: bool) -> dict[str, Any]:
        """The page's tables without what is left out; with `_raw`, each record's text, where it is wanted."""
        tables = self.trim_tables(of, page.tables())
        if raw:
            name = table_name(page.type)
            texts = arrow.Array(self._texts(of, page), arrow.DataType.utf8())
            tables[name] = tables[name].append_column("_raw", arrow.ChunkedArray([texts]))
        return tables

    def trim_tables(self, of: KeptType, tables: Mapping[str, Any]) -> dict[str, Any]:
        """Tables of the type without what is left out."""
        trimmed = {name: self._trim_table(of, name, table) for name, table in tables.items()}
        return {name: table for name, table in trimmed.items() if table.column_names}

    def _trim_table(self, of: KeptType, name: str, table: Any) -> Any:
        if of.name not in self.fields:
            return table
        shown = table.select([c for c in table.column_names if not self.hides(of, name, c)])
        if "_extra" not in shown.column_names:
            return shown
        return shown.set_column(
            shown.column_names.index("_extra"), "_extra", self._trim_extra(of.name, shown.column("_extra"))
        )

    def _trim_extra(self, type_name: str, column: Any) -> Any:
        """`_extra` without what lies in a field that is left out."""
        hidden = [path.split(".") for path in self.fields[type_name]]
        texts = [text and _without_pointers(text, hidden) for text in column.to_pylist()]
        return arrow.ChunkedArray([arrow.Array(texts, arrow.DataType.utf8())])

    def _texts(self, of: KeptType, page: Page) -> list[str]:
        hidden = [path.split(".") for path in self.fields.get(of.name, ())]
        if not hidden:
            return page.texts()
        # a template's fields are those of the transaction inside it
        hidden += [[inside, *path] for inside in of.inside for path in hidden]
        return [str(exact_json.encode(_without(record, hidden)), "utf-8") for record in page.records()]


def _belongs_to(column: str, of: KeptType, path: str) -> bool:
    """Whether a column, with its table's name before it, holds the field at `path` or a part of it."""
    name = table_name(of.name, path.split("."))
    return _is_or_is_in(column, name) and not any(
        _is_or_is_in(column, other) for other in _longer_names_beside(of, path)
    )


def _is_or_is_in(column: str, name: str) -> bool:
    return column == name or column.startswith(f"{name}_")


@cache
def _longer_names_beside(of: KeptType, path: str) -> tuple[str, ...]:
    """Fields whose names begin as this one's does and are no part of it: `BalanceWithJobs` beside `Balance`."""
    *above, _ = steps = path.split(".")
    names = (table_name(of.name, [*above, name]) for name in of.fields_beside(path))
    return tuple(name for name in names if name.startswith(f"{table_name(of.name, steps)}_"))


def _without_pointers(extra: str, hidden: Sequence[Sequence[str]]) -> str | None:
    """An `_extra` text without the places (JSON Pointers) that lie in a hidden field; None when nothing is left."""
    kept = {
        pointer: _without(value, _inside(pointer, hidden))
        for pointer, value in exact_json.decode(extra.encode()).items()
        if not any(_names(pointer)[: len(path)] == path for path in hidden)
    }
    return str(exact_json.encode(kept), "utf-8") if kept else None


def _inside(pointer: str, hidden: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The hidden fields that lie inside a place, as paths from there."""
    names = _names(pointer)
    return [path[len(names) :] for path in hidden if path[: len(names)] == names]


def _names(pointer: str) -> list[str]:
    """The fields on the way to a place, without the positions in lists."""
    return [part for part in pointer.split("/")[1:] if not part.isdecimal()]


def _without(value: Any, paths: Iterable[Sequence[str]]) -> Any:
    kept = value
    for path in paths:
        kept = _cut(kept, path)
    return kept


def _cut(node: Any, path: Sequence[str]) -> Any:
    if isinstance(node, list):
        return [_cut(item, path) for item in node]
    if not isinstance(node, Mapping) or path[0] not in node:
        return node
    if len(path) == 1:
        return {name: value for name, value in node.items() if name != path[0]}
    return {name: _cut(value, path[1:]) if name == path[0] else value for name, value in node.items()}
