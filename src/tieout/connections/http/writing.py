"""Changes written to a web service, one request for each.

PUT, PATCH and DELETE do the same again when they are sent again. A POST makes another record, unless the service knows it by
its idempotency key: then the same bytes are sent again. Else it is looked up by its id, and where there is none, nobody
can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from ...errors import (
    AlreadyExists,
    Busy,
    ConnectionFailed,
    Invalid,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RecordRefused,
    Stale,
    Unauthorized,
    Unreachable,
)
from ...operations import Add, Change, Delete, Member, Modify, Outcome, PlannedChange, Put, Sent
from ...protocols import exact_json
from ..base import Intents
from ..row_page import plain
from .service import LONGEST_WAIT, Answer, Call, NotSent, Refused, Service

ATTEMPTS = 4
REMEMBERED = timedelta(hours=23)
"""How long a service is trusted to know an idempotency key; a day is what most publish."""

_METHODS: Mapping[type[Change], str] = {Add: "POST", Put: "PUT", Modify: "PATCH", Delete: "DELETE"}


@dataclass(frozen=True, slots=True)
class HttpWriter:
    """Writes to one service."""

    name: str
    service: Service
    path: Callable[[str], str]
    id_field: str
    modify: str
    idempotency_header: str

    def write(self, changes: Iterable[Change], intents: Intents) -> Iterator[Outcome]:
        """An outcome for each change, one after the other."""
        for change in changes:
            try:
                call, record_id = self._call(change)
            except RecordRefused as error:
                refused = Outcome(change=change, state="refused", error=error)
                intents.note([refused])
                yield refused
                continue
            call = self._with_key(change, call, intents)
            sent = self._sent(change, call, record_id, intents)
            intents.sending(sent)
            try:
                outcomes, body = self._carried_out(sent, call)
            except (Busy, NotSent, Unauthorized):
                intents.answered(sent, [])  # surely not carried out
                raise
            intents.answered(sent, outcomes, body)
            yield from outcomes

    def plan(self, changes: Iterable[Change]) -> Iterator[PlannedChange]:
        """What would be sent; nothing is."""
        for change in changes:
            try:
                call, record_id = self._call(change)
            except RecordRefused as error:
                yield PlannedChange(change=change, operation="refuse", error=error)
                continue
            yield PlannedChange(
                change=change,
                operation=call.method,
                record_id=record_id,
                sent=plain(change.record),
                note=call.address,
            )

    def resolve(self, sent: Sent) -> list[Outcome]:
        """What became of a request without an answer; nothing when it may be sent anew."""
        told = sent.envelope
        if told["method"] != "POST":
            return []
        if self.idempotency_header in told["headers"] and datetime.now(UTC) - sent.at < REMEMBERED:
            call = Call(told["method"], told["address"], sent.body, told["headers"])
            return self._carried_out(sent, call)[0]
        return self._looked_up(sent)

    # ---- sending

    def _carried_out(self, sent: Sent, call: Call) -> tuple[list[Outcome], bytes]:
        """Send it until there is an answer, where that is safe."""
        change = sent.members[0].change
        again = call.method != "POST" or self.idempotency_header in call.headers
        failures = 0
        while True:
            try:
                answer = self.service.send(call)
            except Refused as error:
                return [self._refused(change, call, error)], b""
            except (NotSent, Busy) as error:
                failures += 1
                if failures >= ATTEMPTS or (isinstance(error, Busy) and error.wait > LONGEST_WAIT):
                    raise
                self.service.wait(error, failures)
            except Unreachable as error:
                failures += 1
                if not again:
                    return self._looked_up(sent), b""
                if failures >= ATTEMPTS:
                    raise
                self.service.wait(error, failures)
            else:
                return [self._done(sent, answer)], answer.body

    def _done(self, sent: Sent, answer: Answer) -> Outcome:
        member = sent.members[0]
        found = answer.json(str(sent.envelope["address"]))
        record = plain(found) if isinstance(found, dict) else {}
        record_id = str(record.get(self.id_field) or member.carrier.get("id") or _last(answer))
        return Outcome(change=member.change, state="done", record=record, record_id=record_id)

    def _refused(self, change: Change, call: Call, error: Refused) -> Outcome:
        told = f"{change.place or change.type}: {call.method} {call.address.partition('?')[0]}: {error}."
        kind: type[RecordRefused] = Invalid
        if error.status in (404, 410):
            kind = NotFound
        elif error.status in (409, 412):
            kind = AlreadyExists if call.method == "POST" else Stale
        elif error.status == 405:
            kind = NotAllowed
        return Outcome(
            change=change, state="refused", error=kind(told, code=str(error.status), record=change.record)
        )

    def _looked_up(self, sent: Sent) -> list[Outcome]:
        """Whether the record is there by now, by its id."""
        member = sent.members[0]
        record_id = str(member.carrier.get("id", ""))
        if not record_id:
            return [_unknown(member)]
        try:
            self.service.read(
                f"{sent.envelope['address'].partition('?')[0].rstrip('/')}/{quote(record_id, safe='')}"
            )
        except Refused as error:
            return [] if error.status in (404, 410) else [_unknown(member)]
        except ConnectionFailed:
            return [_unknown(member)]
        return [Outcome(change=member.change, state="done", record_id=record_id, note="found at the service")]

    # ---- requests

    def _call(self, change: Change) -> tuple[Call, str]:
        """The request for a change, and the record's id, if it has one."""
        if type(change) not in _METHODS:
            raise NotAllowed(
                f"{self.name} knows no {change.verb}.",
                record=change.record,
                advice="Use add, modify, put or delete.",
            )
        record: dict[str, Any] = dict(change.record)
        linked = record.pop("Id", "") if self.id_field != "Id" else ""
        record_id = str(record.get(self.id_field) or linked or "")
        path = self.path(change.type)
        method = self.modify if isinstance(change, Modify) else _METHODS[type(change)]
        if not isinstance(change, Add):
            if not record_id:
                raise Invalid(
                    f"{change.place or self.name}: the record has no {self.id_field}, and a {change.verb} needs one.",
                    record=change.record,
                    element=self.id_field,
                    advice="Give it one, or say with `id_field` what it is called.",
                )
            path = f"{path.partition('?')[0].rstrip('/')}/{quote(record_id, safe='')}"
        body = b"" if isinstance(change, Delete) else exact_json.encode(plain(record))
        return Call(method, self.service.address(path), body), record_id

    def _with_key(self, change: Change, call: Call, intents: Intents) -> Call:
        """The request with what makes it the same one when it is sent again; after a refusal it is another."""
        if not self.idempotency_header:
            return call
        words = (change.id, str(intents.attempt(change)), call.method, call.address, call.body.decode())
        key = sha256("\0".join(words).encode()).hexdigest()[:36]
        return replace(call, headers={self.idempotency_header: key})

    def _sent(self, change: Change, call: Call, record_id: str, intents: Intents) -> Sent:
        member = Member(
            change, intents.attempt(change), call.method, carrier={"id": record_id} if record_id else {}
        )
        envelope = {"method": call.method, "address": call.address, "headers": dict(call.headers)}
        return Sent(uuid4().hex, (member,), envelope, call.body, datetime.now(UTC))


def _last(answer: Answer) -> str:
    """The end of the new record's address, where the service names it so."""
    return answer.headers.get("location", "").rstrip("/").rpartition("/")[2]


def _unknown(member: Member) -> Outcome:
    error = OutcomeUnknown(
        f"{member.operation} of a {member.change.type} was sent, and no answer came; nobody can tell whether it was done.",
        advice="Look at the service, and say what you find with `tieout settle`; where the service knows idempotency "
        "keys, name their header with `idempotency_header`.",
    )
    return Outcome(change=member.change, state="unknown", error=error)
