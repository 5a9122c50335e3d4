"""What a mirror is not to hold: record types, and fields such as tax numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import arro3.core as arrow

from ...catalog.rest import record_type
from ...protocols import rest
from ...protocols.table_names import table_name
from ..base import Page


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """Fields to leave out, as dotted paths by record type (`{"Vendor": {"TaxIdentifier"}}`)."""

    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def hides(self, type_name: str, table: str, column: str) -> bool:
        """Whether a column of one of the type's tables is left out."""
        return any(
            _belongs_to(f"{table}_{column}", type_name, path) for path in self.fields.get(type_name, ())
        )

    def trim(self, page: Page, *, raw: bool) -> dict[str, Any]:
        """The page's tables without what is left out; with `_raw`, each record's text, where it is wanted."""
        tables = {name: self._trim_table(page.type, name, table) for name, table in page.tables().items()}
        tables = {name: table for name, table in tables.items() if table.column_names}
        if raw:
            name = table_name(page.type)
            texts = arrow.Array(self._texts(page), arrow.DataType.utf8())
            tables[name] = tables[name].append_column("_raw", arrow.ChunkedArray([texts]))
        return tables

    def _trim_table(self, type_name: str, name: str, table: Any) -> Any:
        if type_name not in self.fields:
            return table
        shown = table.select([c for c in table.column_names if not self.hides(type_name, name, c)])
        if "_extra" not in shown.column_names:
            return shown
        return shown.set_column(
            shown.column_names.index("_extra"), "_extra", self._trim_extra(type_name, shown.column("_extra"))
        )

    def _trim_extra(self, type_name: str, column: Any) -> Any:
        """`_extra` without what lies in a field that is left out."""
        hidden = [path.split(".") for path in self.fields[type_name]]
        texts = [text and _without_pointers(text, hidden) for text in column.to_pylist()]
        return arrow.ChunkedArray([arrow.Array(texts, arrow.DataType.utf8())])

    def _texts(self, page: Page) -> list[str]:
        hidden = [path.split(".") for path in self.fields.get(page.type, ())]
        if not hidden:
            return page.texts()
        wraps = record_type(page.type).wraps  # a template's fields are those of the transaction inside it
        hidden += [[inside, *path] for inside in wraps for path in hidden]
        return [str(rest.encode(_without(record, hidden)), "utf-8") for record in page.records()]


def _belongs_to(column: str, type_name: str, path: str) -> bool:
    """Whether a column, with its table's name before it, holds the field at `path` or a part of it."""
    name = table_name(type_name, path.split("."))
    return _is_or_is_in(column, name) and not any(
        _is_or_is_in(column, other) for other in _longer_names_beside(type_name, path)
    )


def _is_or_is_in(column: str, name: str) -> bool:
    return column == name or column.startswith(f"{name}_")


@cache
def _longer_names_beside(type_name: str, path: str) -> tuple[str, ...]:
    """Fields whose names begin as this one's does and are no part of it: `BalanceWithJobs` beside `Balance`."""
    *above, _ = steps = path.split(".")
    kind = record_type(type_name)
    around = kind.field(".".join(above)) if above else None
    beside = kind.inner(around) if around else kind.fields
    names = (table_name(type_name, [*above, name]) for name in beside or ())
    return tuple(name for name in names if name.startswith(f"{table_name(type_name, steps)}_"))


def _without_pointers(extra: str, hidden: Sequence[Sequence[str]]) -> str | None:
    """An `_extra` text without the places (JSON Pointers) that lie in a hidden field; None when nothing is left."""
    kept = {
        pointer: _without(value, _inside(pointer, hidden))
        for pointer, value in rest.decode(extra.encode()).items()
        if not any(_names(pointer)[: len(path)] == path for path in hidden)
    }
    return str(rest.encode(kept), "utf-8") if kept else None


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
