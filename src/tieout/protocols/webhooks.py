"""What QuickBooks Online tells by webhook, in both forms: an array of CloudEvents 1.0, and the envelope of before 2026.

The signature is the base64 of an HMAC-SHA256, keyed by the verifier token, over the raw bytes (Intuit Developer, Webhooks).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..catalog.rest import type_names
from ..errors import RemoteProtocolError

SIGNATURE = "intuit-signature"
LARGEST = 4_000_000
"""Bytes of a delivery; Intuit publishes no limit, and one event has some 300."""

_LEGACY_VERBS = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "merge": "merged",
    "void": "voided",
    "emailed": "emailed",
}


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """Something that happened to a record."""

    id: str
    """The same when the event is delivered again."""
    company: str
    type: str
    record: str
    verb: str
    """created updated deleted merged voided emailed, or what else QuickBooks says."""
    at: str


def is_signed(body: bytes, signature: str, verifier_token: str) -> bool:
    """Whether whoever has the token signed exactly these bytes."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(given, hmac.digest(verifier_token.encode(), body, "sha256"))


def read_events(body: bytes) -> list[WebhookEvent]:
    """The events of a delivery; RemoteProtocolError when it is none."""
    try:
        told = json.loads(body)
        if isinstance(told, list):
            return [_cloud_event(each) for each in told]
        return list(_legacy_events(told))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RemoteProtocolError(f"This is no webhook of QuickBooks: {type(error).__name__}.") from error


def _cloud_event(told: Mapping[str, Any]) -> WebhookEvent:
    _, name, verb, *_ = str(told["type"]).split(".")
    return WebhookEvent(
        id=str(told["id"]),
        company=str(told["intuitaccountid"]),
        type=_type(name),
        record=str(told["intuitentityid"]),
        verb="voided" if verb == "void" else verb,
        at=str(told["time"]),
    )


def _legacy_events(told: Mapping[str, Any]) -> Iterator[WebhookEvent]:
    """The envelope gives no ids: what an event says makes its own."""
    for notification in told["eventNotifications"]:
        for each in notification["dataChangeEvent"]["entities"]:
            said = [notification["realmId"], each["name"], each["id"], each["operation"], each["lastUpdated"]]
            verb = str(each["operation"]).casefold()
            yield WebhookEvent(
                id=hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32],
                company=str(notification["realmId"]),
                type=_type(str(each["name"])),
                record=str(each["id"]),
                verb=_LEGACY_VERBS.get(verb, verb),
                at=str(each["lastUpdated"]),
            )


def _type(name: str) -> str:
    """The record type as the catalog spells it; CloudEvents know small letters only."""
    return next((each for each in type_names() if each.casefold() == name.casefold()), name)
