"""Names beside references: a record that was renamed is shown by its new name wherever it is named."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...protocols.kept_types import Layout, key_columns
from ...protocols.table_names import table_name
from ..mirrors.sql_text import quoted
from .mirror_store import Store


def follow_names(
    store: Store, layout: Layout, changed: Collection[str], columns: Mapping[str, Collection[str]]
) -> None:
    """Carry the names of the changed types' records to all tables that have such references."""
    for target in changed:
        of, named = layout.kept(target), table_name(target)
        called = [quoted(c) for c in of.called if c in columns.get(named, ())]
        if not called:
            continue
        first = called[0] if len(called) == 1 else f"coalesce({', '.join(called)})"
        key = quoted(key_columns(of)[0])
        now = f"SELECT {key} AS id, {first} AS called FROM {quoted(named)} WHERE _deleted_at IS NULL"
        for reference in layout.references_to(target):
            at, value, name, kind = map(
                store.named, (reference.table, reference.id, reference.name, reference.type)
            )
            if {value, name, *filter(None, (kind,))} <= set(columns.get(at, ())):
                table, name = quoted(at), quoted(name)
                which = f" AND {table}.{quoted(kind)} = '{target}'" if kind else ""
                store.execute(
                    f"UPDATE {table} SET {name} = n.called FROM ({now}) AS n "
                    f"WHERE {table}.{quoted(value)} = n.id AND {table}.{name} <> n.called{which}"
                )
