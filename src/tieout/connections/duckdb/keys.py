"""What identifies a record in a table."""

from __future__ import annotations

from collections.abc import Sequence

from ...catalog.rest import RecordType
from ...protocols.table_names import column_name
from .database import quoted


def key_columns(of: RecordType) -> tuple[str, ...]:
    """The columns of a record's key: `id`, or what the catalog names where QuickBooks gives no Id."""
    return tuple(column_name((name,)) for name in of.words("key") or ("Id",))


def joined_key(columns: Sequence[str], side: str = "") -> str:
    """SQL for a key as one text, its values joined by `|`."""
    return f"concat_ws('|', {', '.join(f'{side}{quoted(c)}::VARCHAR' for c in columns)})"
