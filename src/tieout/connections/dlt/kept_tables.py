"""A mirror in a destination of dlt as tables of texts, so that it can be compared like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from typing import Any

from ...protocols.kept_types import Layout
from ..mirrors.own_tables import TABLES
from .mirror import kind_of
from .pipeline import Pipeline

_FAMILIES = {
    "bool": "bool",
    "bigint": "whole",
    "date": "day",
    "decimal": "number",
    "timestamp": "moment",
}
_ROWS = 5_000


class DltTables:
    """The tables of a dataset. Those of types without records are not there, and look as if they were empty."""

    def __init__(self, pipeline: Pipeline, layout: Layout) -> None:
        self._pipeline = pipeline
        self._layout = layout
        self.name = pipeline.name

    def named(self, name: str) -> str:
        return name

    def transaction(self) -> AbstractContextManager[None]:
        return (
            nullcontext()
        )  # what a merge replaces while it is read shows as a difference, and is looked at again

    def families(self) -> Mapping[str, Mapping[str, str]]:
        there = {name: self._families(name) for name in self._pipeline.tables()}
        for type_name, table in self._kept():
            if table not in there:
                empty = self._layout.kept(type_name).declared_tables()[table]
                there[table] = {each.name: _family(kind_of(each.type)) for each in empty.schema}
                there[table]["_deleted_at"] = "moment"
        return there

    def _families(self, table: str) -> dict[str, str]:
        columns = self._pipeline.columns(table).items()
        return {name: _family(told) for name, told in columns if not name.startswith(("_dlt_", "_tieout_"))}

    def _kept(self) -> list[tuple[str, str]]:
        found = self._pipeline.rows(TABLES, ("record_type", "table_name"))
        return [(str(each), str(table)) for some in found for each, table in some]

    def texts(self, name: str, columns: Sequence[str]) -> Iterator[Sequence[tuple[str | None, ...]]]:
        for some in self._pipeline.rows(name, columns, _ROWS):
            yield [tuple(_text(each) for each in row) for row in some]


def _family(told: Mapping[str, Any]) -> str:
    return _FAMILIES.get(str(told.get("data_type")), "text")


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
