"""What identifies a record in a table."""

from __future__ import annotations

from ...catalog.rest import RecordType
from ...protocols.table_names import column_name


def key_columns(of: RecordType) -> tuple[str, ...]:
    """The columns of a record's key: `id`, or what the catalog names where QuickBooks gives no Id."""
    return tuple(column_name((name,)) for name in of.words("key") or ("Id",))
