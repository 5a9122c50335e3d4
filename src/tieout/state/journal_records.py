"""What the journal tells of: runs, their changes, and links from our keys to QuickBooks' ids."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal knows of a change."""

    state: str
    attempt: int
    record_id: str
    run: str
    note: str
    contents: str


@dataclass(frozen=True, slots=True)
class Link:
    """A record of ours, by its key, and QuickBooks'."""

    type: str
    key: str
    record_id: str
    total: Decimal | None
    run: str
    at: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run, as it is told of."""

    id: str
    name: str
    identity: str
    source: str
    started: str
    ended: str | None
    state: str
    reason: str
    pid: int
    host: str
    done: int
    refused: int
    unknown: int

    @property
    def has_no_end(self) -> bool:
        return self.state in ("running", "cancelling")

    @property
    def standing(self) -> str:
        """Its state; one that has no end was killed, unless its operating system's process is at work here."""
        return self.state if not self.has_no_end or is_at_work(self.host, self.pid) else "interrupted"


def is_at_work(host: str, pid: int) -> bool:
    """Whether a process of the operating system is there; of another machine's it is taken for granted."""
    if host != socket.gethostname():
        return True
    with suppress(OSError):
        os.kill(pid, 0)
        return True
    return False


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A change and what became of it, as it is told of."""

    id: str
    verb: str
    type: str
    key: str
    place: str
    state: str
    attempt: int
    record_id: str
    total: str | None
    kind: str
    code: str
    element: str
    message: str
    advice: str
    record: str
    """As it was given, JSON; of what is done, nothing."""
    note: str
    at: str
    request: str


def link_of(type_name: str, key: str, record_id: str, total: str | None, run: str, at: str) -> Link:
    return Link(type_name, key, record_id, None if total is None else Decimal(total), run, at)


def total_text(total: Decimal | None) -> str | None:
    return None if total is None else f"{total:f}"
