"""Subscriptions to events, which go to ProcessSubscription and not to ProcessRequest; and what a subscriber lost.

    DataEventSubscription    changes of lists and transactions
    UIEventSubscription      opening and closing the company file
    UIExtensionSubscription  menus of QuickBooks

An application has one SubscriberID, and one subscription of each kind. Nobody listens to the sandbox, so every event of a subscriber that
tracks lost ones is lost: DataEventRecoveryInfo tells when the first was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...catalog.qbxml import record_type
from ...protocols.qbxml_answers import Reply
from ...protocols.qbxml_reader import RequestRead
from . import refusals
from .records import Record

if TYPE_CHECKING:
    from .company import DesktopCompany

_KINDS = {
    "Data": "DataEventSubscription",
    "UI": "UIEventSubscription",
    "UIExtension": "UIExtensionSubscription",
}

NOTHING_FOUND = "A query request did not find a matching object in QuickBooks"


class Subscriptions:
    """What applications subscribed to, by kind and SubscriberID."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Record] = {}
        self._looked: dict[str, str] = {}
        """By SubscriberID, the moment up to which it said that it knows of lost events."""

    def answer(self, company: DesktopCompany, asked: RequestRead) -> Reply:
        """The answer to one request of a subscription message set; Refused where there are no events."""
        if "simple start" in company.product.casefold():
            raise refusals.unavailable()
        kind = record_type(asked.type)
        match asked.verb:
            case "Add":
                record = self._add(company, asked.type, asked.content[f"{asked.type}Add"])
                return Reply(kind, "Add", asked.id, content={f"{asked.type}Ret": record})
            case "Query":
                found = self._kept.get((asked.type, _own(asked.content)))
                if found is None:
                    return Reply(kind, "Query", asked.id, 1, "Info", NOTHING_FOUND)
                return Reply(kind, "Query", asked.id, content={f"{asked.type}Ret": found})
        key = _KINDS[str(asked.content["SubscriptionType"])], _own(asked.content)
        if self._kept.pop(key, None) is None:
            raise refusals.not_there(key[1])
        return Reply(kind, "Del", asked.id)

    def _add(self, company: DesktopCompany, name: str, said: Mapping[str, Any]) -> Record:
        key = name, _own(said)
        if key in self._kept:
            raise refusals.not_saved("Subscription", "There is a subscription already.", key[1])
        record = {**said, "SubscriberID": key[1], "TimeCreated": company.stamp()}
        if name == "DataEventSubscription":
            record.setdefault("TrackLostEvents", "None")
        self._kept[key] = record
        return record

    # ---- lost events

    def lost(self, company: DesktopCompany, asked: Mapping[str, Any]) -> Record | None:
        """When the first event was lost that the subscriber does not know of; nothing where none was."""
        subscription = self._tracked(asked)
        since = self._looked.get(_own(asked)) or str(subscription["TimeCreated"])
        moments = [at for at in _changes(company, subscription) if at > since]
        if not moments:
            return None
        return {"SubscriberID": _own(asked), "DataEventRecoveryTime": min(moments)}

    def forget_lost(self, company: DesktopCompany, asked: Mapping[str, Any]) -> None:
        self._tracked(asked)
        self._looked[_own(asked)] = company.stamp()

    def _tracked(self, asked: Mapping[str, Any]) -> Record:
        found = self._kept.get(("DataEventSubscription", _own(asked)))
        if found is None or found["TrackLostEvents"] == "None":
            raise refusals.not_there(_own(asked))
        return found


def _own(said: Mapping[str, Any]) -> str:
    return str(said["SubscriberID"]).upper()


def _changes(company: DesktopCompany, subscription: Mapping[str, Any]) -> list[str]:
    """When what it is subscribed to was added, modified or deleted."""
    found = []
    for owner in ("List", "Txn"):
        for part in subscription.get(f"{owner}EventSubscription", ()):
            deeds = part[f"{owner}EventOperation"]
            for kind in part[f"{owner}EventType"]:
                records = company.records.get(kind, {}).values()
                if "Add" in deeds:
                    found += [each["TimeCreated"] for each in records]
                if "Modify" in deeds:
                    found += [
                        each["TimeModified"]
                        for each in records
                        if each["TimeModified"] != each["TimeCreated"]
                    ]
                if "Delete" in deeds:
                    found += [gone.at.isoformat(timespec="seconds") for gone in company.deletions(kind)]
    return found
