"""What a company file remembers of message sets that were sent with an id, so that a lost answer can be asked for again.

    newMessageSetID alone        done and remembered; known already: what became of it is told, and nothing is done again
    the same id as old and new   what became of it is told
    oldMessageSetID alone        forgotten; `ClearAllMessageSets` forgets all
    two different ids            the old one is forgotten, the new one done and remembered

(QBSDK Programmer's Guide, Error recovery.) What is told of a remembered set are the statuses, and from qbXML 11.0 the ids of
the records, in `ErrorRecovery`; never the records themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from ...protocols.qbxml_answers import Reply

LONGEST_ID = 24
CLEAR_ALL = "ClearAllMessageSets"

DONE, NOT_REMEMBERED, OTHER_REQUESTS, NO_ANSWER, TOO_LONG, NOT_STORED = (
    "0",
    "600",
    "9001",
    "9002",
    "9004",
    "9005",
)
"""The `messageSetStatusCode`."""


@dataclass(slots=True)
class _Remembered:
    checksum: bytes
    answers: list[Reply] | None = None
    """None until all of the set is done: QuickBooks may have died at it."""


@dataclass(slots=True)
class MessageSets:
    """The memory of one company file."""

    remembers: bool = True
    """Whether anything is kept: a file that was restored from a backup knows nothing."""
    stores: bool = True
    """Whether answers can be stored; where the disk is full they cannot."""
    _kept: dict[str, _Remembered] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._kept)

    def forget(self) -> None:
        """All of it."""
        self._kept.clear()

    def answer(
        self, new: str, old: str, requests: str, carry_out: Callable[[], Sequence[Reply]]
    ) -> tuple[Mapping[str, str], Sequence[Reply]]:
        """The attributes of the answer's envelope, and the answers; `requests` is what stands in the set."""
        if not new and not old:
            return {}, carry_out()
        if len(new) > LONGEST_ID or len(old) > LONGEST_ID:
            return _told(new, TOO_LONG), ()
        if not new:
            return self._forgotten(old, requests, carry_out)
        if old and old != new:
            self._forget_one(old)
        known = self._kept.get(new)
        if known is not None:
            return self._told_again(new, known, requests)
        return self._remembered(new, requests, carry_out)

    def _forgotten(
        self, old: str, requests: str, carry_out: Callable[[], Sequence[Reply]]
    ) -> tuple[Mapping[str, str], Sequence[Reply]]:
        if not self._forget_one(old):
            return _told("", NOT_REMEMBERED), ()
        return _told("", DONE), carry_out() if requests.strip() else ()

    def _forget_one(self, old: str) -> bool:
        if old == CLEAR_ALL:
            self.forget()
            return True
        return self._kept.pop(old, None) is not None

    def _told_again(
        self, new: str, known: _Remembered, requests: str
    ) -> tuple[Mapping[str, str], Sequence[Reply]]:
        if requests.strip() and _checksum(requests) != known.checksum:
            return _told(new, OTHER_REQUESTS), ()
        if known.answers is None:
            return _told(new, NO_ANSWER), ()
        return _told(new, DONE), known.answers

    def _remembered(
        self, new: str, requests: str, carry_out: Callable[[], Sequence[Reply]]
    ) -> tuple[Mapping[str, str], Sequence[Reply]]:
        remembered = _Remembered(_checksum(requests))
        if self.remembers:
            self._kept[new] = remembered
        answers = carry_out()
        if not self.stores:
            return _told(new, NOT_STORED), answers
        remembered.answers = [_status_of(each) for each in answers]
        return _told(new, DONE), answers


def _told(new: str, status: str) -> Mapping[str, str]:
    return {**({"newMessageSetID": new} if new else {}), "messageSetStatusCode": status}


def _checksum(requests: str) -> bytes:
    return sha256(requests.encode()).digest()


def _status_of(reply: Reply) -> Reply:
    """An answer as it is told later: its status, and which record it was about."""
    record = next((each for each in reply.content.values() if isinstance(each, Mapping)), reply.content)
    told: dict[str, Any] = {}
    for name in ("ListID", "TxnID"):
        if record.get(name):
            told = {name: record[name]}
    for name in ("TxnNumber", "EditSequence", "ExternalGUID"):
        if told and record.get(name):
            told[name] = record[name]
    return replace(reply, content={"ErrorRecovery": told} if told else {})
