"""How a mirror stood when it was last left: its cursor and counts, in a file beside the database.

Opening a DuckDB file takes more of a processor than all else of a run that finds nothing new. What stands here is believed only
while the database is, to the byte, the file that it was kept for, and nothing waits in a log beside it. DuckDB numbers its
checkpoints in the first 12 KB (duckdb.org/docs/current/internals/storage), so a copy that was put back is told from what was there.
Whatever is in doubt is read from the database, which has the cursor of its last rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

import msgspec

from ..base import Cursor

_HEADERS = 3 * 4096
"""Bytes of DuckDB's headers: the file's, and two that take turns with each checkpoint."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A mirror as it was left."""

    source: str
    catalog: str
    """The fingerprint of the layout that its tables were made with."""
    types: tuple[str, ...]
    cursor: Cursor
    committed: datetime
    """When the database itself last got a cursor."""
    counts: dict[str, int]
    """Records by type, of those that somebody asked for."""
    stamp: str = ""
    """What the database's file was like."""


class StandingFile:
    """The standing of one schema of a database."""

    def __init__(self, database: Path, schema: str) -> None:
        self._database = database
        self._path = database.with_name(f"{database.name}.{quote(schema, safe='')}.standing")

    def read(self, source: str, catalog: str, types: tuple[str, ...]) -> Standing | None:
        """The standing of a mirror of this source that has these types; None where the database has to be asked."""
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=Standing)
        except (OSError, msgspec.DecodeError):
            return None
        same = (found.source, found.catalog) == (source, catalog) and {*types} <= {*found.types}
        return found if same and found.stamp == self._stamp() else None

    def keep(self, standing: Standing) -> bool:
        """Keep what holds for the database as it is now; whether that could be done."""
        stamp = self._stamp()
        return bool(stamp) and self.keep_again(replace(standing, stamp=stamp))

    def keep_again(self, standing: Standing) -> bool:
        """Keep what holds for the database as it was when this was read; whether that could be done."""
        beside = self._path.with_name(f"{self._path.name}.new")
        try:
            beside.write_bytes(msgspec.json.encode(standing))
            beside.replace(self._path)
        except OSError:
            return False
        return True

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def _stamp(self) -> str:
        """What tells the file from any other; empty when there is none, or a log waits beside it."""
        if self._database.with_name(f"{self._database.name}.wal").exists():
            return ""
        try:
            about = self._database.stat()
            with self._database.open("rb") as file:
                headers = blake2b(file.read(_HEADERS), digest_size=16).hexdigest()
        except OSError:
            return ""
        return f"{about.st_size} {about.st_mtime_ns} {headers}"


def now() -> datetime:
    return datetime.now(UTC)
