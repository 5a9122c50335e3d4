"""Faults on demand: what shall go wrong, at which calls, how often.

[{"on": "query", "type": "Invoice", "after": 2, "times": 1, "do": "throttle"}]

on       query · read · write · cdc · batch · token · any
type     only calls about this record type
after    how many matching calls go well first (0)
times    how many then go wrong (1), or "always"
share    of those that are due, so many go wrong: 0.3 is three in ten, by chance and the same every time (1)
seconds  how long `slow` takes (2), or what Retry-After says of `throttle` (not said)
do       throttle · throttle-403 · throttle-xml · 401 · 500 · 503 · fault-200 · not-json · huge    instead of the work
         reset                   the connection breaks before the work
         slow                    a wait, then the work; after 120 s the gateway answers 504, and the work is done unseen
         truncate                the work, then half of the answer
         drop-after-commit       the work, then no answer
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from random import Random
from typing import Any

from ...catalog.nearest import did_you_mean
from ...catalog.rest import record_type
from ...errors import SetupError
from ...protocols.rest_faults import Fault, FaultError, write_fault
from . import gateway
from .calls import Answer

PLACES = ("query", "read", "write", "cdc", "batch", "token", "any")
ANSWERED = ("throttle", "throttle-403", "throttle-xml", "401", "500", "503", "fault-200", "not-json", "huge")
"""Done instead of the work."""
DEEDS = (*ANSWERED, "reset", "slow", "truncate", "drop-after-commit")
HUGE = 200_000_000
"""Bytes of a huge answer."""
ADVICE = 'An entry is like {"on": "query", "type": "Invoice", "after": 2, "times": 1, "do": "throttle"}.'

Types = Callable[[], Iterable[str]]
"""Tells the record types of a call, when a planned fault asks for one."""


@dataclass(slots=True)
class PlannedFault:
    """One entry of the plan; `after` and `times` say what is left of them."""

    on: str
    do: str
    type: str = ""
    after: int = 0
    times: int | None = 1
    """None is always."""
    share: float = 1.0
    seconds: float | None = None

    def concerns(self, place: str, types: Types) -> bool:
        return self.on in (place, "any") and (not self.type or self._names_type(types()))

    def waits(self) -> bool:
        """Whether this matching call still goes well; it is counted."""
        self.after -= 1
        return self.after >= 0

    def happens(self, chance: Callable[[], float]) -> bool:
        """Whether there is some of it left, and its turn has come; one less then."""
        if self.share < 1 and chance() >= self.share:
            return False
        if self.times is not None:
            self.times -= 1
        return self.times is None or self.times >= 0

    def _names_type(self, types: Iterable[str]) -> bool:
        declared = record_type(self.type)
        wanted = {declared.name.lower(), declared.url.lower()}
        return any(name.lower() in wanted for name in types)


class FaultPlan:
    """What shall go wrong."""

    def __init__(self, entries: object = (), *, seed: int = 1) -> None:
        self._chance = Random(seed)
        self._planned: list[PlannedFault] = []
        self.add(entries)

    def add(self, entries: object) -> None:
        """Plan more, from a list as the faults file holds it; all of it or, with an error, nothing."""
        self._planned = [*self._planned, *read_plan(entries)]

    def clear(self) -> None:
        self._planned = []

    def take(self, place: str, types: Types) -> PlannedFault | None:
        """What goes wrong with this call: the first entry that is due. All that wait for later count the call."""
        concerned = [planned for planned in self._planned if planned.concerns(place, types)]
        due = [planned for planned in concerned if not planned.waits()]
        return next((planned for planned in due if planned.happens(self._chance.random)), None)


def parse_plan(text: str) -> list[Any]:
    """The list that a faults file holds."""
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise SetupError(f"The faults are not JSON: {error}", advice=ADVICE) from None
    read_plan(entries)
    return list(entries)


def read_plan(entries: object) -> list[PlannedFault]:
    if not isinstance(entries, list | tuple):
        raise SetupError("The faults must be a list of entries.", advice=ADVICE)
    return [_read_entry(f"Fault {number}", entry) for number, entry in enumerate(entries, 1)]


def _read_entry(place: str, entry: object) -> PlannedFault:
    if not isinstance(entry, Mapping):
        raise SetupError(f"{place} must be an object such as {{'on': 'query', 'do': '503'}}.", advice=ADVICE)
    _check_keys(place, entry)
    _check_word(place, "on", entry.get("on"), PLACES)
    _check_word(place, "do", entry.get("do"), DEEDS)
    times = entry.get("times", 1)
    return PlannedFault(
        on=entry["on"],
        do=entry["do"],
        type=_type_name(place, entry.get("type", "")),
        after=_whole(place, "after", entry.get("after", 0), 0),
        times=None if times == "always" else _whole(place, "times", times, 1),
        share=_share(place, entry.get("share", 1)),
        seconds=_seconds(place, entry.get("seconds")),
    )


def _check_keys(place: str, entry: Mapping[Any, Any]) -> None:
    known = [field.name for field in fields(PlannedFault)]
    for key in entry:
        if key not in known:
            raise SetupError(f"{place} has no setting {key!r}.{did_you_mean(str(key), known)}", advice=ADVICE)


def _check_word(place: str, key: str, value: object, valid: tuple[str, ...]) -> None:
    if value not in valid:
        hint = did_you_mean(str(value), valid)
        raise SetupError(
            f"{place}: {key} = {value!r} must be one of {', '.join(valid)}.{hint}", advice=ADVICE
        )


def _type_name(place: str, name: object) -> str:
    if not isinstance(name, str):
        raise SetupError(f"{place}: type = {name!r} must be the name of a record type.", advice=ADVICE)
    try:
        return record_type(name).name if name else ""
    except SetupError as error:
        raise SetupError(f"{place}: {error}", advice=ADVICE) from None


def _whole(place: str, key: str, value: object, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise SetupError(
            f"{place}: {key} = {value!r} must be a whole number, {least} or more.", advice=ADVICE
        )
    return value


def _share(place: str, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1:
        raise SetupError(f"{place}: share = {value!r} must be a number above 0, 1 at most.", advice=ADVICE)
    return float(value)


def _seconds(place: str, value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 3600:
        raise SetupError(f"{place}: seconds = {value!r} must be a number from 0 to 3600.", advice=ADVICE)
    return float(value)


def answer_instead(planned: PlannedFault, now: datetime) -> Answer | None:
    """The answer of a fault that is done instead of the work; None for the other deeds."""
    match planned.do:
        case "throttle":
            return _with_retry_after(gateway.throttled(429, now), planned.seconds)
        case "throttle-403":
            return gateway.throttled(403, now)
        case "throttle-xml":
            return _with_retry_after(gateway.throttled(429, now, as_xml=True), planned.seconds)
        case "401":
            return gateway.not_signed_in("Token expired: as planned", now)
        case "500":
            return Answer(500, write_fault(_SYSTEM_FAULT, now))
        case "fault-200":
            return Answer(200, write_fault(_SYSTEM_FAULT, now))
        case "503":
            return Answer(503, _UNAVAILABLE, "text/html")
        case "not-json":
            return Answer(200, _MAINTENANCE, "text/html;charset=UTF-8")
    return None


def _with_retry_after(answer: Answer, seconds: float | None) -> Answer:
    headers = {} if seconds is None else {"Retry-After": str(int(seconds))}
    return Answer(answer.status, answer.body, answer.content_type, headers)


_SYSTEM_FAULT = Fault(
    "SystemFault",
    (
        FaultError(
            "An application error has occurred while processing your request",
            "System Failure Error: as planned",
            "10000",
            "SystemFailureError",
        ),
    ),
)
_UNAVAILABLE = (
    b"<html><head><title>503 Service Unavailable</title></head><body>Service Unavailable</body></html>"
)
TIMED_OUT = Answer(
    504,
    b"<html><head><title>504 Gateway Time-out</title></head><body>504 Gateway Time-out</body></html>",
    "text/html",
)
_MAINTENANCE = b"<!DOCTYPE html><html><body><h1>We'll be right back</h1></body></html>"
