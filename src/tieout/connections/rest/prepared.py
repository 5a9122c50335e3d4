"""A change made ready to be sent, and what its answer means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

from ...catalog.rest import RecordType, Shape
from ...errors import TieoutError
from ...operations import Change, Outcome
from ...protocols import rest

LISTS = "*lists*"
"""Changes of lists are made one after the other: parallel ones meet locks (explore the API, "serially")."""

REQUEST_ID = 32
"""Characters of our request ids; a batch takes 36 (batch operations)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What will be sent for a change."""

    change: Change
    kind: RecordType
    operation: str
    """create, update, delete, void, send, upload."""
    body: Mapping[str, Any]
    options: str = ""
    """Words for `include`: `void`, `allowduplicatedocnum`."""
    before: Mapping[str, Any] | None = None
    """The record as it was read for this."""
    carrier: Mapping[str, Any] = field(default_factory=dict)
    content: bytes = b""
    params: Mapping[str, str] = field(default_factory=dict)
    outdated: bool = False
    """Whether an earlier change of ours touched the record after it was read for this."""

    @property
    def alone(self) -> bool:
        """Whether it goes in a request of its own: lists, files, e-mails, and what could not be found again in a batch."""
        return self.kind.kind != "transaction" or self.operation in ("send", "upload") or not self.carrier

    @property
    def writes(self) -> frozenset[str]:
        """What no other change may touch at the same time."""
        own = {f"{self.kind.name}:{self.body['Id']}"} if self.body.get("Id") else set()
        return frozenset(own | ({LISTS} if self.kind.kind != "transaction" else set()))

    @property
    def touches(self) -> frozenset[str]:
        """Records that it names: whoever writes one of them before or after it keeps its place."""
        return frozenset(_named(self.kind, self.kind.fields, self.body)) | self.writes

    def encoded(self) -> bytes:
        return rest.encode(dict(self.body))


def request_id(parts: Iterator[tuple[str, int, bytes]]) -> str:
    """A digest of change, attempt and payload: a resend has the same, a corrected record another."""
    digest = sha256()
    for change, attempt, body in parts:
        digest.update(b"%b\0%d\0%d\0%b" % (change.encode(), attempt, len(body), body))
    return digest.hexdigest()[:REQUEST_ID]


def done(change: Change, kind: RecordType, record: Mapping[str, Any], note: str = "") -> Outcome:
    """It was done, and this is the record now."""
    inner = next((record[name] for name in kind.wraps if name in record), record)
    total = inner.get(str(kind.head.get("total", "")))
    return Outcome(
        change=change,
        state="done",
        record=record,
        record_id=str(inner.get("Id", "")),
        total=Decimal(total) if isinstance(total, int | Decimal) else None,
        note=note,
    )


def refused(change: Change, error: TieoutError) -> Outcome:
    """QuickBooks, or we, will not do it."""
    if getattr(error, "record", False) is None:
        error.record = change.record  # type: ignore[attr-defined]
    return Outcome(change=change, state="refused", error=error, record_id=str(change.record.get("Id", "")))


def _named(kind: RecordType, shape: Shape, part: Mapping[str, Any]) -> Iterator[str]:
    """The records that a body refers to, in its lines too."""
    for name, value in part.items():
        declared = shape.get(name)
        for item in value if isinstance(value, list) else (value,):
            if declared is None or not isinstance(item, Mapping):
                continue
            if declared.type == "ref":
                for target in declared.targets:
                    yield f"{target}:{item.get('value')}"
            elif name == "LinkedTxn":
                yield f"{item.get('TxnType')}:{item.get('TxnId')}"
            elif (inner := kind.inner(declared)) is not None:
                yield from _named(kind, inner, item)
