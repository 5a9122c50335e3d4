"""What to change, as values, and what became of it. Nothing here reads or sends anything.

Add · Modify · Delete · Void · Put ("make it so") · Act (all else: send, upload, …). A refusal is data, an `Outcome`; only
the verbs for people raise it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

from ..errors import OutcomeUnknown, TieoutError

Lines = Literal["keep", "replace"]
"""What becomes of lines that a change does not name."""

State = Literal["done", "refused", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing to change."""

    type: str
    record: Mapping[str, Any] = field(default_factory=dict)
    """Wire names; money as Decimal. Id, and a stamp such as SyncToken where the caller has one."""
    id: str = ""
    """What makes it the same change when it is given again; it stays through kills and corrections."""
    key: str = ""
    """What makes the record the same one: `order_no=17`. The link between it and QuickBooks' id is kept."""
    place: str = ""
    """Where it came from: `orders.csv, line 7`."""

    @property
    def verb(self) -> str:
        """add, modify, delete, void, put, or the name of an act."""
        return type(self).__name__.lower()

    @property
    def is_done_for_good(self) -> bool:
        """Whether, once done, it is left alone when it is given again: what it made, or took away, is what it wanted."""
        return False

    @property
    def makes_a_record(self) -> bool:
        """Whether it makes one that is not there yet, so that its key names none before."""
        return False

    @property
    def contents(self) -> str:
        """A digest of what is to be done, to tell a corrected change from the one before it; none where that is no matter."""
        if self.is_done_for_good or not self.record:
            return ""
        said = {name: value for name, value in self.record.items() if not (name == "Id" and self.key)}
        return digest_of(said, *self._manner)

    @property
    def _manner(self) -> tuple[str, ...]:
        return ()


def digest_of(said: Mapping[str, Any], *words: str) -> str:
    """A digest of a record, whatever order its fields come in, and of words."""
    text = json.dumps(said, sort_keys=True, default=str)
    return sha256("\0".join((*words, text)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(Change):
    """Make a record that is not there yet."""

    @property
    def makes_a_record(self) -> bool:
        return True

    @property
    def is_done_for_good(self) -> bool:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Modify(Change):
    """Change a record: the fields that are given, or all of it when `full`."""

    full: bool = False
    """Fields that are not given are cleared."""
    lines: Lines = "keep"
    """`keep`: lines given with their ids are changed, others added, those not named kept. `replace`: all others go."""

    @property
    def _manner(self) -> tuple[str, ...]:
        return ("full" if self.full else "", self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Change):
    """Take a record away for good."""

    @property
    def is_done_for_good(self) -> bool:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Void(Change):
    """Keep a record with all its amounts at zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put(Change):
    """Make it so: modify the record if it is there, add it otherwise.

    It is found by its Id, by the link of its `key`, or by its name or number.
    """

    lines: Lines = "replace"

    @property
    def _manner(self) -> tuple[str, ...]:
        return (self.lines,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Change):
    """Something that is no add, modify, delete, void or put; the kind says which acts it knows."""

    name: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    """Of a file to attach."""

    @property
    def verb(self) -> str:
        return self.name

    @property
    def is_done_for_good(self) -> bool:
        return bool(self.content)

    @property
    def makes_a_record(self) -> bool:
        return self.name == "upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a change."""

    change: Change
    state: State
    record: Mapping[str, Any] | None = None
    """The whole record as it is now; of a deletion, what is left of it."""
    record_id: str = ""
    total: Decimal | None = None
    error: TieoutError | None = None
    """Why not, unless done."""
    note: str = ""
    """What a person should know of it: `was there already`."""
    content: bytes = b""
    """A file that was asked for."""

    def raise_unless_done(self) -> Outcome:
        """Itself when done; the refusal, or OutcomeUnknown, raised."""
        if self.state == "done":
            return self
        raise self.error or OutcomeUnknown(
            f"Nobody knows what became of {self.change.place or self.change.type}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """What would be done for a change; nothing was sent."""

    change: Change
    operation: str
    """What the connection would do: create, update, delete …, or `nothing`."""
    record_id: str = ""
    sent: Mapping[str, Any] = field(default_factory=dict)
    """The record as it would be sent."""
    differences: tuple[tuple[str, Any, Any], ...] = ()
    """Dotted place, value there now, value then; None where there is none."""
    error: TieoutError | None = None
    """Why it would be refused."""
    note: str = ""
