"""How far a mirror has come: the cursor of the change stream, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...errors import SetupError
from ..base import Cursor

VERSION = 1


@dataclass(slots=True)
class Progress:
    """What has been handed over. A type is scanned once, then followed."""

    since: datetime | None = None
    """Everything up to here was handed over, by the server's clock."""
    began: datetime | None = None
    """When the scan that is not settled yet began."""
    followed: set[str] = field(default_factory=set)
    """Types that are complete up to `since`."""
    scanned: set[str] = field(default_factory=set)
    """Types read once by position, which may have slipped; counted and settled after the scan."""
    position: dict[str, int] = field(default_factory=dict)
    """Where the scan of a large type goes on."""
    seen: dict[str, str] = field(default_factory=dict)
    """By type, a digest of what was handed over of the time that is asked for again."""
    uncounted: dict[str, int] = field(default_factory=dict)
    """By type, by how much COUNT(*) differs from the ids that are there, as TaxCode's does."""
    watched: dict[str, int] = field(default_factory=dict)
    """How many there are of the types that are not mirrored, but move balances that are."""
    refused: dict[str, str] = field(default_factory=dict)
    """Types that this company does not serve, and why."""

    @classmethod
    def read(cls, cursor: Cursor | None) -> Progress:
        """The progress that a cursor tells; nothing yet when there is none."""
        if cursor is None:
            return cls()
        if cursor.get("version") != VERSION:
            raise SetupError(
                f"The cursor is of version {cursor.get('version')}; this tieout knows {VERSION}.",
                advice="Upgrade tieout, or mirror into a new file.",
            )
        return cls(
            since=_moment(cursor["since"]),
            began=_moment(cursor["began"]),
            followed=set(cursor["followed"]),
            scanned=set(cursor["scanned"]),
            position=dict(cursor["position"]),
            seen=dict(cursor["seen"]),
            uncounted=dict(cursor["uncounted"]),
            watched=dict(cursor.get("watched", {})),
            refused=dict(cursor["refused"]),
        )

    def cursor(self) -> Cursor:
        """The progress as JSON; read back, it is this."""
        told: dict[str, Any] = {
            "version": VERSION,
            "since": self.since.isoformat() if self.since else None,
            "began": self.began.isoformat() if self.began else None,
            "followed": sorted(self.followed),
            "scanned": sorted(self.scanned),
            "position": dict(self.position),
            "seen": dict(self.seen),
            "uncounted": dict(self.uncounted),
            "watched": dict(self.watched),
            "refused": dict(self.refused),
        }
        return told

    def forget(self, types: Iterable[str]) -> None:
        """Have these types read afresh."""
        for name in types:
            self.followed.discard(name)
            self.scanned.discard(name)
            self.position.pop(name, None)
            self.seen.pop(name, None)
            self.refused.pop(name, None)

    def keep_only(self, types: Iterable[str]) -> None:
        """Forget types that are not asked for any more: when they come back, nobody followed them meanwhile."""
        self.forget((self.followed | self.scanned | set(self.position)) - set(types))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
