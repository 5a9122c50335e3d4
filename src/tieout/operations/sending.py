"""What is about to be sent, as a value that can be kept and sent again byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from .changes import Change


@dataclass(frozen=True, slots=True)
class Member:
    """One change in a request."""

    change: Change
    attempt: int
    operation: str
    """create, update, delete, void …: what was decided for the change."""
    mark: str = ""
    """What the answer calls it: a batch's bId."""
    carrier: Mapping[str, Any] = field(default_factory=dict)
    """How to look it up when no answer comes; the kind's own words, JSON. Empty: it cannot be found again."""
    contents: str = ""
    """The digest of what the change is to do, where only the request is left of it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request: its id, its members in order, its envelope and its body."""

    id: str
    """What QuickBooks knows it by: a `requestid`, a message set id."""
    members: tuple[Member, ...]
    envelope: Mapping[str, Any]
    """Everything but the body; the kind's own words, JSON."""
    body: bytes
    at: datetime
    """When it was first sent, by our clock."""


def mark_of(change_id: str) -> str:
    """What is written into the memo of a record without a number, so that it is found again if no answer comes."""
    return f"[tieout {sha256(change_id.encode()).hexdigest()[:12]}]"
