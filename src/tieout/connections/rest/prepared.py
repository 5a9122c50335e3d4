"""A change made ready to be sent, and what its answer means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

from ...catalog.rest import Field, RecordType, record_type
from ...errors import TieoutError
from ...operations import Change, Outcome
from ...protocols import exact_json

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
        found = set(self.writes)
        _collect_named(self.kind, "", self.body, found)
        return frozenset(found)

    def encoded(self) -> bytes:
        return exact_json.encode(dict(self.body))


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


def _collect_named(kind: RecordType, shape: str, part: Mapping[str, Any], found: set[str]) -> None:
    """The records that a body refers to, in its lines too."""
    naming = _naming(kind.name, shape)
    for name, value in part.items():
        declared = naming.get(name)
        if declared is None:
            continue
        for item in value if isinstance(value, list) else (value,):
            if not isinstance(item, (dict, Mapping)):
                continue
            if declared.type == "ref":
                for target in declared.targets:
                    found.add(f"{target}:{item.get('value')}")
            elif name == "LinkedTxn":
                found.add(f"{item.get('TxnType')}:{item.get('TxnId')}")
            else:
                _collect_named(kind, declared.type, item, found)


@cache
def _naming(type_name: str, shape: str) -> Mapping[str, Field]:
    """The fields of a type, or of a shape in it, that name records or may hold some that do."""
    kind = record_type(type_name)
    fields = kind.shape(shape) if shape else kind.fields
    return {name: field for name, field in fields.items() if _names(kind, field, ())}


def _names(kind: RecordType, declared: Field, above: tuple[str, ...]) -> bool:
    if declared.type == "ref" or declared.name == "LinkedTxn":
        return True
    if not declared.is_shape or declared.type in above:
        return False
    return any(_names(kind, each, (*above, declared.type)) for each in kind.shape(declared.type).values())
