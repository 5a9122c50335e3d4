"""Tables that hold reports: each is replaced as a whole by the next run, and nobody else's is touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import SetupError
from ..mirrors.own_tables import REPORTS
from ..mirrors.sql_text import quoted
from .mirror_store import Store, family_of


def keep_tables(store: Store, tables: Mapping[str, Any]) -> None:
    """Put Arrow tables in the place of those of the same name that were kept before, in one transaction."""
    with store.transaction():
        store.execute(f"CREATE TABLE IF NOT EXISTS {REPORTS} (table_name TEXT)")
        ours = {name for (name,) in store.execute(f"SELECT table_name FROM {REPORTS}")}
        there = store.families()
        for name, table in tables.items():
            if name in there and name not in ours:
                raise SetupError(
                    f"{store.name} has a table {name} that tieout did not make.",
                    advice='Rename it, or give the connection a schema of its own: `schema = "…"`.',
                )
            told = {each.name: store.types[family_of(each.type)] for each in table.schema}
            if name in there and {column: store.types[of] for column, of in there[name].items()} == told:
                store.execute(f"DELETE FROM {quoted(name)}")  # views of it stay
            else:
                _make(store, name, told)
            if name not in ours:
                store.execute(f"INSERT INTO {REPORTS} VALUES (?)", name)
            store.load(name, table)


def _make(store: Store, name: str, columns: Mapping[str, str]) -> None:
    store.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
    told = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
    store.execute(f"CREATE TABLE {quoted(name)} ({told})")
