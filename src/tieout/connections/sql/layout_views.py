"""Views in PostgreSQL and SQLite by which a mirror looks like another's tables."""

from __future__ import annotations

from ..mirrors.fivetran_views import DIGEST, LAYOUT, Dialect, digest_in, views
from .mirror_store import Store


def lay_out(store: Store) -> None:
    """Bring the views up to date with the columns that the mirror has; nothing is touched where they are so."""
    made = views(store.families(), Dialect(store.table_in_views, store.view_types))
    there = store.view_rows(LAYOUT, DIGEST)
    if there and there[0][0] == digest_in(made):
        return
    with store.transaction():
        for name, select in made.items():
            store.replace_view(LAYOUT, name, select)
