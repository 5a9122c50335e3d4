"""Webhooks: what happens in the companies is posted to who subscribed, from a thread of its own.

Acknowledged is what is answered with 200 within three seconds. Anything else is tried again after 10, 20 and 30 s,
5 and 20 min, 2, 4 and 6 h, and then every 6 h (schedule of February 2026), on the sandbox's clock.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Condition, Thread
from typing import Any

import httpx2
import msgspec

from ...catalog.rest import record_type
from ...errors import SetupError
from ..clock import Clock
from ..company.change_log import Listener
from .addresses import is_this_machine
from .settings import read_settings
from .webhook_messages import Event, Subscription, body_of, headers_of

RETRIES = (10, 20, 30, 300, 1200, 7200, 14400, 21600)
"""Seconds before the next try; the last of them again and again."""
ACKNOWLEDGED_WITHIN = 3.0
"""Seconds."""
REMEMBERED = 1000
"""Deliveries that are kept for who looks at them."""
EXAMPLE = '{"url": "http://127.0.0.1:8000/webhooks", "verifier_token": "…", "format": "cloudevents"}'
HAPPENING = '{"realm": "…", "type": "Customer", "id": "1", "event": "merged", "deleted_id": "27"}'
_LOOK = 0.05
"""Seconds between looks at a clock that somebody may move."""


class Happening(msgspec.Struct, frozen=True):
    """Something that somebody did in the product."""

    realm: str
    type: str
    id: str
    event: str
    deleted_id: str = ""


@dataclass(slots=True, eq=False)
class Delivery:
    """Events on their way to a subscriber."""

    subscription: Subscription
    events: list[Event]
    body: bytes
    due: datetime
    copies: int = 1
    """How often it is still to be acknowledged."""
    transaction: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempts: list[str] = field(default_factory=list)
    """What came of each try: a status, or what went wrong."""

    def tried(self, outcome: str, now: datetime) -> None:
        self.attempts.append(outcome)
        if outcome == "200":
            self.copies -= 1
            return
        failures = sum(attempt != "200" for attempt in self.attempts)
        self.due = now + timedelta(seconds=RETRIES[min(failures, len(RETRIES)) - 1])


class Subscriber:
    """One subscription: what is gathered for it, what is on its way, what is done."""

    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        self.done: deque[Delivery] = deque(maxlen=REMEMBERED)
        self.pending: list[Delivery] = []
        self._gathered: list[Event] = []
        self._opens = datetime.min

    def wants(self, event: Event) -> bool:
        return not self.subscription.types or event.type in self.subscription.types

    def gather(self, event: Event, now: datetime) -> None:
        if not self._gathered:
            self._opens = now + timedelta(seconds=self.subscription.gather_seconds)
        self._gathered.append(event)

    def pack(self, now: datetime) -> None:
        """Make deliveries of what was gathered long enough."""
        if not self._gathered or now < self._opens:
            return
        events, self._gathered = self._gathered, []
        parcels = [[event] for event in reversed(events)] if self.subscription.reorder else [events]
        for parcel in parcels:
            body = body_of(self.subscription, parcel)
            self.pending.append(
                Delivery(self.subscription, parcel, body, now, 1 + self.subscription.duplicates)
            )

    def next_due(self, now: datetime) -> Delivery | None:
        """What is to be posted now, the oldest first; nothing behind the oldest where that blocks."""
        ready = self.pending[:1] if self.subscription.blocking else self.pending
        return next((delivery for delivery in ready if delivery.due <= now), None)

    @property
    def waits(self) -> bool:
        return bool(self._gathered or self.pending)

    def tried(self, delivery: Delivery, outcome: str, now: datetime) -> None:
        delivery.tried(outcome, now)
        if not delivery.copies:
            self.pending.remove(delivery)
            self.done.append(delivery)


class Webhooks:
    """All subscriptions, and the thread that serves them; it runs once there is one, until `stop`."""

    def __init__(self, clock: Clock, is_connected: Callable[[str], bool], *, anywhere: bool = False) -> None:
        self._clock = clock
        self._is_connected = is_connected
        self._anywhere = anywhere
        self._subscribers: list[Subscriber] = []
        self._changed = Condition()
        self._stopping = False
        self._thread: Thread | None = None

    def subscribe(self, settings: object) -> Subscription:
        """Post events from now on, as settings say; without a verifier token one is made."""
        wanted = read_settings(settings, Subscription, EXAMPLE)
        self._check(wanted)
        for name in wanted.types:
            record_type(name)
        token = wanted.verifier_token or secrets.token_urlsafe(24)
        kept = msgspec.structs.replace(wanted, verifier_token=token)
        with self._changed:
            self._subscribers.append(Subscriber(kept))
            if self._thread is None:
                self._thread = Thread(target=self._serve, name="sandbox webhooks", daemon=True)
                self._thread.start()
        return kept

    def _check(self, wanted: Subscription) -> None:
        host = _host(wanted.url)
        if not host:
            raise SetupError(f"Webhooks go to an http or https address, not to {wanted.url!r}.")
        if not (self._anywhere or is_this_machine(host)):
            raise SetupError(
                f"Webhooks stay on this machine; {host} is not certainly it.",
                advice="Start the sandbox with --webhooks-anywhere, or webhooks_anywhere=True, to let them out.",
            )

    def listener(self, realm: str) -> Listener:
        """What the changes of a company are told to."""

        def listen(type_name: str, id_: str, verb: str) -> None:
            if self._subscribers:
                self.tell(Event(realm, type_name, id_, verb, self._clock()))

        return listen

    def happen(self, settings: object) -> None:
        """Tell of something that cannot be done over the wire: a merge, a void in the product, an e-mail."""
        wanted = read_settings(settings, Happening, HAPPENING)
        found = record_type(wanted.type)
        if wanted.event not in found.words("webhook"):
            known = ", ".join(found.words("webhook")) or "nothing"
            raise SetupError(f"QuickBooks tells of {found.name}: {known}; not {wanted.event!r}.")
        at = self._clock()
        self.tell(Event(wanted.realm, found.name, wanted.id, wanted.event, at, wanted.deleted_id))

    def unsubscribe_all(self) -> None:
        with self._changed:
            self._subscribers = []

    def tell(self, event: Event) -> None:
        """Something happened; it is told if QuickBooks has a webhook for it and somebody is signed in."""
        known = event.verb in record_type(event.type).words("webhook")
        if not known or not self._subscribers or not self._is_connected(event.realm):
            return
        with self._changed:
            for subscriber in self._subscribers:
                if subscriber.wants(event):
                    subscriber.gather(event, self._clock())
            self._changed.notify()

    @property
    def state(self) -> list[dict[str, Any]]:
        """Every subscription and what became of its deliveries."""
        with self._changed:
            return [_told(subscriber) for subscriber in self._subscribers]

    def stop(self) -> None:
        """End the thread; what is on its way is dropped."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _serve(self) -> None:
        with httpx2.Client(timeout=ACKNOWLEDGED_WITHIN, trust_env=False) as http:
            while found := self._wait_for_work():
                subscriber, delivery = found
                outcome = self._post(http, delivery)
                with self._changed:
                    subscriber.tried(delivery, outcome, self._clock())

    def _wait_for_work(self) -> tuple[Subscriber, Delivery] | None:
        """What is to be posted next, once there is something; None when the sandbox stops."""
        with self._changed:
            while not self._stopping:
                if found := self._next_due():
                    return found
                waits = any(subscriber.waits for subscriber in self._subscribers)
                self._changed.wait(_LOOK if waits else None)
        return None

    def _next_due(self) -> tuple[Subscriber, Delivery] | None:
        now = self._clock()
        for subscriber in self._subscribers:
            subscriber.pack(now)
            if delivery := subscriber.next_due(now):
                return subscriber, delivery
        return None

    def _post(self, http: httpx2.Client, delivery: Delivery) -> str:
        """Post a delivery: the status it was answered with, or what went wrong."""
        headers = headers_of(delivery.subscription, delivery.body, self._clock(), delivery.transaction)
        began = time.monotonic()
        try:
            url = delivery.subscription.url
            with http.stream("POST", url, content=delivery.body, headers=headers) as answer:
                status = str(answer.status_code)
        except httpx2.HTTPError as error:
            return type(error).__name__
        return status if time.monotonic() - began <= ACKNOWLEDGED_WITHIN else f"{status}, too late"


def _host(url: str) -> str:
    """The host of an address that can be posted to; empty when it is none."""
    try:
        address = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError):
        return ""
    reachable = address.scheme in ("http", "https") and (address.port or 80) < 65_536
    return address.host if reachable else ""


def _told(subscriber: Subscriber) -> dict[str, Any]:
    settings: dict[str, Any] = msgspec.to_builtins(subscriber.subscription)
    return {
        **settings,
        "acknowledged": list(map(_delivery_told, subscriber.done)),
        "pending": list(map(_delivery_told, subscriber.pending)),
    }


def _delivery_told(delivery: Delivery) -> dict[str, Any]:
    return {
        "transaction": delivery.transaction,
        "events": [f"{event.type} {event.id} {event.verb}" for event in delivery.events],
        "attempts": delivery.attempts,
        "due": delivery.due.isoformat(),
    }
