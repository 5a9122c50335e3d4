"""What a webhook says and how it is signed: an array of CloudEvents 1.0, or the envelope of before 2026.

Sources disagree about two words; a subscription chooses: `void` or `voided` at the end of a type, `deletedid` or
`deletedId` in the data of a merge.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

SOURCE = "intuit." + base64.b64encode(hashlib.sha256(b"tieout sandbox").digest()).decode()

_LEGACY_WORDS = {
    "created": "Create",
    "updated": "Update",
    "deleted": "Delete",
    "merged": "Merge",
    "voided": "Void",
    "emailed": "Emailed",
}


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told, how, and how well it goes."""

    url: str
    verifier_token: str = ""
    format: Literal["cloudevents", "legacy"] = "cloudevents"
    types: tuple[str, ...] = ()
    """The record types that are told of; all when none is named."""
    gather_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 1.0
    """How long events are gathered for one delivery; Intuit takes up to five minutes."""
    duplicates: bool = False
    """Every delivery comes twice."""
    reorder: bool = False
    """Every event comes alone, the latest first."""
    blocking: bool = False
    """Nothing else comes until the oldest delivery is acknowledged."""
    void_word: Literal["void", "voided"] = "void"
    deleted_id_key: Literal["deletedid", "deletedId"] = "deletedid"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a record."""

    realm: str
    type: str
    id: str
    verb: str
    """created updated deleted merged voided emailed"""
    at: datetime
    deleted_id: str = ""
    """The record that a merge took away."""
    key: str = field(default_factory=lambda: str(uuid.uuid4()))


def body_of(subscription: Subscription, events: Sequence[Event]) -> bytes:
    """The bytes of a delivery."""
    if subscription.format == "legacy":
        return _encode({"eventNotifications": _notifications(events)})
    return _encode([_cloud_event(subscription, event) for event in events])


def headers_of(subscription: Subscription, body: bytes, now: datetime, transaction: str) -> dict[str, str]:
    return {
        "content-type": "application/json; charset=utf-8",
        "intuit-signature": signature(subscription.verifier_token, body),
        "intuit-created-time": _time(now),
        "intuit-t-id": transaction,
        "intuit-notification-schema-version": "1.0",
    }


def signature(verifier_token: str, body: bytes) -> str:
    """The base64 of an HMAC-SHA256 over the raw bytes of a body."""
    return base64.b64encode(hmac.digest(verifier_token.encode(), body, "sha256")).decode()


def _cloud_event(subscription: Subscription, event: Event) -> dict[str, Any]:
    verb = subscription.void_word if event.verb == "voided" else event.verb
    told: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.key,
        "source": SOURCE,
        "type": f"qbo.{event.type.lower()}.{verb}.v1",
        "time": _time(event.at, nanoseconds=True),
        "intuitentityid": event.id,
        "intuitaccountid": event.realm,
    }
    if event.verb == "created":
        return {**told, "datacontenttype": "application/json", "data": {}}
    if event.verb == "merged":
        merged = {subscription.deleted_id_key: event.deleted_id}
        return {**told, "datacontenttype": "application/json", "data": merged}
    return told  # the recorded update has neither; those of other verbs are not published


def _notifications(events: Sequence[Event]) -> list[dict[str, Any]]:
    by_realm: dict[str, list[dict[str, str]]] = {}
    for event in events:
        by_realm.setdefault(event.realm, []).append(_legacy_entity(event))
    return [
        {"realmId": realm, "dataChangeEvent": {"entities": entities}} for realm, entities in by_realm.items()
    ]


def _legacy_entity(event: Event) -> dict[str, str]:
    told = {
        "name": event.type,
        "id": event.id,
        "operation": _LEGACY_WORDS[event.verb],
        "lastUpdated": _time(event.at),
    }
    return {**told, "deletedId": event.deleted_id} if event.deleted_id else told


def _time(moment: datetime, *, nanoseconds: bool = False) -> str:
    """UTC; CloudEvents may tell it with more digits than many a parser reads."""
    precise = moment.astimezone(UTC).replace(tzinfo=None)
    return (
        f"{precise.isoformat(timespec='microseconds')}000Z"
        if nanoseconds
        else f"{precise.isoformat(timespec='milliseconds')}Z"
    )


def _encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
