"""What a mirror is not to hold: record types, and fields such as tax numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import arro3.core as arrow

from ...protocols import rest
from ...protocols.table_names import table_name
from ..base import Page


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """Fields to leave out, as dotted paths by record type (`{"Vendor": {"TaxIdentifier"}}`)."""

    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def hides(self, type_name: str, table: str, column: str) -> bool:
        """Whether a column of one of the type's tables is left out."""
        whole = f"{table}_{column}"
        return any(
            _is_or_is_in(whole, table_name(type_name, path.split(".")))
            for path in self.fields.get(type_name, ())
        )

    def trim(self, page: Page, *, raw: bool) -> dict[str, Any]:
        """The page's tables without what is left out; with `_raw`, each record's text, where it is wanted."""
        tables = {name: self._trim_table(page.type, name, table) for name, table in page.tables().items()}
        if raw:
            name = table_name(page.type)
            texts = arrow.Array(self._texts(page), arrow.DataType.utf8())
            tables[name] = tables[name].append_column("_raw", arrow.ChunkedArray([texts]))
        return tables

    def _trim_table(self, type_name: str, name: str, table: Any) -> Any:
        if type_name not in self.fields:
            return table
        return table.select([c for c in table.column_names if not self.hides(type_name, name, c)])

    def _texts(self, page: Page) -> list[str]:
        hidden = [path.split(".") for path in self.fields.get(page.type, ())]
        if not hidden:
            return page.texts()
        return [str(rest.encode(_without(record, hidden)), "utf-8") for record in page.records()]


def _is_or_is_in(column: str, hidden: str) -> bool:
    return column == hidden or column.startswith(f"{hidden}_")


def _without(record: Mapping[str, Any], paths: Iterable[Sequence[str]]) -> Any:
    kept: Any = record
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
