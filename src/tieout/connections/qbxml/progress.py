"""How far a mirror of a company file has come: the cursor of the change stream, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ...errors import SetupError
from ..base import Cursor

VERSION = 1


@dataclass(slots=True)
class Progress:
    """What has been handed over. A type is scanned once, then followed."""

    since: dict[str, datetime | None] = field(default_factory=dict)
    """By followed type, the TimeModified up to which all was handed over; None where nothing was there yet."""
    scanning: dict[str, datetime] = field(default_factory=dict)
    """By type whose scan is under way, the TimeModified up to which it came."""
    seen: set[str] = field(default_factory=set)
    """Digests of the versions that were handed over and will be told again, for the times overlap."""
    whole: dict[str, str] = field(default_factory=dict)
    """By type that is read whole each time, a digest of what was handed over."""
    deleted_since: datetime | None = None
    """When deletions were asked for last, by this machine's clock."""
    restored: str | None = None
    """When the company file was last restored from a backup; None where nobody asked yet."""
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
            since={name: _moment(text) for name, text in cursor["since"].items()},
            scanning={name: datetime.fromisoformat(text) for name, text in cursor["scanning"].items()},
            seen=set(cursor["seen"]),
            whole=dict(cursor["whole"]),
            deleted_since=_moment(cursor["deleted_since"]),
            restored=cursor.get("restored"),
            refused=dict(cursor["refused"]),
        )

    def cursor(self) -> Cursor:
        return {
            "version": VERSION,
            "since": {name: _text(moment) for name, moment in self.since.items()},
            "scanning": {name: moment.isoformat() for name, moment in self.scanning.items()},
            "seen": sorted(self.seen),
            "whole": dict(self.whole),
            "deleted_since": _text(self.deleted_since),
            "restored": self.restored,
            "refused": dict(self.refused),
        }

    def forget(self, names: Iterable[str]) -> None:
        """Begin anew with these types."""
        for name in names:
            by_type: tuple[dict[str, Any], ...] = (self.since, self.scanning, self.whole, self.refused)
            for each in by_type:
                each.pop(name, None)

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget the types that are not mirrored any more."""
        kept = set(names)
        self.forget({*self.since, *self.scanning, *self.whole, *self.refused} - kept)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
