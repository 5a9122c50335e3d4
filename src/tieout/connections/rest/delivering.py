"""Requests sent so that each record is written once: committed before, looked up when no answer comes, then sent again.

    prepared ▶ Sent, committed ▶ QuickBooks ▶ answer ▶ outcomes, committed
                                     └ none ▶ look up: there ▶ done
                                                       not there ▶ the same bytes again, within the replay window
                                                       nobody can tell ▶ the same bytes again within it, unknown after

A repeated `requestid` gets the first answer, and nothing is done twice; how long QuickBooks remembers is not published, so
nothing is left to that memory which a look can tell.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ...catalog.rest import record_type
from ...errors import (
    Busy,
    ConnectionFailed,
    OutcomeUnknown,
    RecordRefused,
    RemoteProtocolError,
    Stale,
    TieoutError,
)
from ...operations import Change, Member, Modify, Outcome, Sent
from ...protocols import exact_json, rest
from ...protocols.rest import BatchItem, Request
from ...protocols.rest_faults import error_from, read_fault
from ...protocols.rest_writes import (
    BatchWrite,
    bodies_of,
    send_request,
    upload_request,
    write_batch_request,
)
from ..base import Intents
from ..merging import both_versions, collisions, other_version, said
from .company import Company
from .differences import differences
from .http import NotSent, Response
from .looking_up import Found, Nothing, is_new, look_up
from .prepared import Prepared, done, refused, request_id
from .preparing import Preparer

REPLAY_WINDOW = timedelta(hours=1)
"""How long QuickBooks is trusted to remember a `requestid`; it publishes no number."""

ATTEMPTS = 5
"""How often one request is sent, and how often a stale change is made anew."""

log = logging.getLogger("tieout.rest")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Sends what was made ready, and tells what became of it. Threads share it."""

    company: Company
    preparer: Preparer
    intents: Intents
    clock: Callable[[], datetime]
    replay_window: timedelta = REPLAY_WINDOW

    def deliver(self, some: Sequence[Prepared]) -> list[Outcome]:
        """Send these in one request, but for those that an earlier one wrote of which nothing is known here any more; an outcome for
        each, in their order.
        """
        known = {each.change.id: each for each in self._written_since_a_backup(some)}
        self.intents.note(list(known.values()))
        left = [each for each in some if each.change.id not in known]
        sent = iter(self._delivered(left, ATTEMPTS) if left else [])
        return [known.get(each.change.id) or next(sent) for each in some]

    def _written_since_a_backup(self, some: Sequence[Prepared]) -> list[Outcome]:
        """Of records that are to be made, those that are there already, where an older backup was restored."""
        since = self.intents.restored_to
        if since is None:
            return []
        sent = self._sent(some)
        doubtful = tuple(
            each for each in sent.members if not each.attempt and is_new(each.change, each.carrier)
        )
        if not doubtful:
            return []
        sought = replace(sent, members=doubtful, at=since)
        return _told(sought, look_up(self.company, sought, self.intents.is_of_another))

    def _delivered(self, some: Sequence[Prepared], tries: int) -> list[Outcome]:
        sent = self._sent(some)
        self.intents.sending(sent)
        answered = self._send(sent)
        outcomes, answer = answered or (self.resolve(sent), b"")
        can_be_found = all(member.carrier for member in sent.members)  # should this be lost with the power
        self.intents.answered(sent, outcomes, answer, at_once=not can_be_found)
        by_change = {outcome.change.id: outcome for outcome in outcomes}
        return [self._concluded(each, by_change.get(each.change.id), tries - 1) for each in some]

    def resolve(self, sent: Sent) -> list[Outcome]:
        """What became of a request that has no answer. Members without an outcome were not done, and may be sent anew."""
        for failures in range(ATTEMPTS):
            found = look_up(self.company, sent, self.intents.is_of_another)
            something_is_there = any(not isinstance(each, Nothing) for each in found.values())
            if something_is_there or self._is_old(sent):
                return _told(sent, self._when_it_rests(sent, found))
            log.info("request %s had no answer; it is sent again", sent.id)
            self.company.client.wait_after_failure(failures)
            answered = self._send(sent)
            if answered:
                return answered[0]
        found = look_up(self.company, sent, self.intents.is_of_another)
        return _told(sent, found) or _given_up(sent)

    def _when_it_rests(self, sent: Sent, found: Mapping[str, Found]) -> Mapping[str, Found]:
        """What is there once nothing more comes: QuickBooks may still be at work on the rest of a batch."""
        for failures in range(ATTEMPTS):
            there = _those_there(found)
            if len(there) == len(found) or self._is_old(sent):
                break
            self.company.client.wait_after_failure(failures + 2)
            found = look_up(self.company, sent, self.intents.is_of_another)
            if _those_there(found) == there:
                break
        return found

    def _is_old(self, sent: Sent) -> bool:
        """Whether QuickBooks may have forgotten the request by now."""
        return self.clock() - sent.at >= self.replay_window

    # ---- sending

    def _send(self, sent: Sent) -> tuple[list[Outcome], bytes] | None:
        """The outcomes, and the answer; None when no answer came."""
        try:
            response = self._patiently(_request_of(sent))
        except OutcomeUnknown:
            return None
        except RecordRefused as error:
            if error.code == "600":  # the first request with this id is still being carried out
                return None
            return _all_refused(sent, error), b""
        try:
            return self._read(sent, response), response.body
        except OutcomeUnknown:
            return None
        except RecordRefused as error:  # inside HTTP 200
            return _all_refused(sent, error), response.body
        except (ConnectionFailed, RemoteProtocolError):
            return None

    def _patiently(self, request: Request) -> Response:
        """A request that was throttled, or found no connection, was not carried out, so it is sent again."""
        for failures in range(ATTEMPTS - 1):
            try:
                return self.company.client.write(request)
            except Busy as error:
                log.info("throttled: waiting %s s", error.wait)
                self.company.client.rest(error.wait)
            except NotSent as error:
                log.info("not sent: %s", error)
                self.company.client.wait_after_failure(failures)
        return self.company.client.write(request)

    def _read(self, sent: Sent, response: Response) -> list[Outcome]:
        if sent.envelope.get("batch"):
            answer = rest.read_batch(response.body, tid=response.tid)
            items = {item.bid: item for item in answer.items}
            outcomes = [_of_item(each, items.get(each.mark), response.tid) for each in sent.members]
            lost = [
                each.change.id
                for each, outcome in zip(sent.members, outcomes, strict=True)
                if outcome is None
            ]
            return self._with_lost(sent, [o for o in outcomes if o is not None], lost)
        member = sent.members[0]
        kind = record_type(member.change.type)
        if sent.envelope.get("upload"):
            return [done(member.change, kind, exact_json.decode(_uploaded(response)))]
        if kind.name == "TaxService":
            return [done(member.change, kind, exact_json.decode(response.body))]
        raw, _ = rest.read_entity(response.body, kind.name, tid=response.tid)
        return [done(member.change, kind, exact_json.decode(raw))]

    def _with_lost(self, sent: Sent, outcomes: list[Outcome], lost: Sequence[str]) -> list[Outcome]:
        """Members that an answer passes over in silence are looked up."""
        if not lost:
            return outcomes
        found = look_up(self.company, sent, self.intents.is_of_another)
        some = {change: found[change] for change in lost}
        return [*outcomes, *(each for each in _told(sent, some) if each.change.id in some)]

    # ---- concluding

    def _concluded(self, prepared: Prepared, outcome: Outcome | None, tries: int) -> Outcome:
        """The end of one member: those that were surely not done go once more, alone; stale ones are made anew."""
        if outcome is None:
            if tries <= 0:
                return _unknown(prepared.change)
            return self._delivered([prepared], tries)[0]
        if isinstance(outcome.error, Stale) and tries > 0:
            return self._made_anew(prepared, outcome, tries)
        return outcome if outcome.change is prepared.change else replace(outcome, change=prepared.change)

    def _made_anew(self, prepared: Prepared, outcome: Outcome, tries: int) -> Outcome:
        """Somebody changed the record meanwhile: where both changes get along, ours is applied to what is there now."""
        anew = next(iter(self.preparer.prepare([prepared.change], always_read=True)))
        if isinstance(anew, Outcome):
            return self._noted(anew)
        if prepared.change.record.get("SyncToken"):  # the caller wants no other version than that one
            return self._noted(refused(prepared.change, _other_version(outcome, prepared, anew)))
        collides = _collision(prepared, anew)
        if collides:
            return self._noted(refused(prepared.change, _both_versions(outcome, prepared, anew, collides)))
        return self._delivered([anew], tries)[0]

    def _noted(self, outcome: Outcome) -> Outcome:
        self.intents.note([outcome])
        return outcome

    # ---- requests

    def _sent(self, some: Sequence[Prepared]) -> Sent:
        bodies = [each.encoded() for each in some]
        attempts = [self.intents.attempt(each.change) for each in some]
        name = request_id(
            (each.change.id, attempt, body + each.content)
            for each, attempt, body in zip(some, attempts, bodies, strict=True)
        )
        marks = [str(at) for at in range(1, len(some) + 1)] if len(some) > 1 else [""]
        members = tuple(
            Member(each.change, attempt, each.operation, mark, each.carrier)
            for each, attempt, mark in zip(some, attempts, marks, strict=True)
        )
        request = self._request(some, bodies, marks, name)
        envelope: dict[str, Any] = {
            "method": request.method,
            "path": request.path,
            "params": dict(request.params),
            "content_type": request.content_type,
        }
        if len(some) > 1:
            envelope["batch"] = True
        if some[0].operation == "upload":
            envelope["upload"] = True
        return Sent(name, members, envelope, request.body, self.clock())

    def _request(
        self, some: Sequence[Prepared], bodies: Sequence[bytes], marks: Sequence[str], name: str
    ) -> Request:
        realm, version = self.company.realm, self.company.minor_version
        if len(some) > 1:
            writes = [
                BatchWrite(mark, each.kind, each.operation, body, each.options)
                for each, body, mark in zip(some, bodies, marks, strict=True)
            ]
            return write_batch_request(realm, writes, version, name)
        only = some[0]
        params = {**only.params, "requestid": name}
        if only.operation == "send":
            return send_request(realm, only.kind, str(only.body["Id"]), version, params)
        if only.operation == "upload":
            return upload_request(realm, only.body, only.content, version, params)
        if only.operation in ("delete", "void"):
            params["operation"] = only.operation
        elif only.options == "void":
            params["operation"] = "update"
        if only.options:
            params["include"] = only.options
        return rest.entity_request(realm, only.kind, bodies[0], version, params=params)


def _those_there(found: Mapping[str, Found]) -> set[str]:
    return {change for change, each in found.items() if not isinstance(each, Nothing)}


def _request_of(sent: Sent) -> Request:
    told = sent.envelope
    return Request(told["method"], told["path"], told["params"], sent.body, told["content_type"])


def _told(sent: Sent, found: Mapping[str, Found]) -> list[Outcome]:
    """Outcomes of those of which something is known; the rest was not done."""
    outcomes = []
    bodies = _bodies(sent)
    for member in sent.members:
        there = found.get(member.change.id, Nothing.NOT_THERE)
        if there is Nothing.CANNOT_TELL:
            outcomes.append(_unknown(_with_record(member, bodies)))
        elif not isinstance(there, Nothing):
            outcomes.append(
                done(member.change, record_type(member.change.type), there, "found in QuickBooks")
            )
    return outcomes


def _given_up(sent: Sent) -> list[Outcome]:
    """One record that QuickBooks failed at each time is not sent for ever; those of a batch go alone first."""
    if len(sent.members) > 1:
        return []
    told = f"QuickBooks gave no answer {ATTEMPTS + 1} times, and the record is not there."
    advice = "Look at the record for anything unusual, and run the same command again later."
    return [refused(sent.members[0].change, RecordRefused(told, advice=advice))]


def _all_refused(sent: Sent, error: RecordRefused) -> list[Outcome]:
    """A whole request was refused: that of one record for its sake; the members of a batch go alone then."""
    return [refused(sent.members[0].change, error)] if len(sent.members) == 1 else []


def _of_item(member: Member, item: BatchItem | None, tid: str) -> Outcome | None:
    """What a batch says of one member; None when it says nothing."""
    if item is None:
        return None
    if item.fault is not None:
        error = error_from(400, item.fault, tid)
        return refused(member.change, error) if isinstance(error, RecordRefused) else None
    if item.entity is None:
        return None
    return done(member.change, record_type(member.change.type), exact_json.decode(item.entity[1]))


def _uploaded(response: Response) -> bytes:
    """The Attachable that an upload answers with; the fault of a file is a refusal."""
    answers = exact_json.decode(response.body).get("AttachableResponse") or [{}]
    if "Attachable" in answers[0]:
        return exact_json.encode(answers[0]["Attachable"])
    fault = read_fault(exact_json.encode(answers[0].get("Fault") or {}))
    raise error_from(400, fault, response.tid)


def _bodies(sent: Sent) -> Mapping[str, bytes]:
    if sent.envelope.get("upload"):
        return {}
    return dict(bodies_of(sent.body)) if sent.envelope.get("batch") else {"": sent.body}


def _with_record(member: Member, bodies: Mapping[str, bytes]) -> Change:
    """The change with what was sent for it, when only the request is left of it."""
    if member.change.record or not bodies.get(member.mark):
        return member.change
    return replace(member.change, record=exact_json.decode(bodies[member.mark]))


def _unknown(change: Change) -> Outcome:
    told = f"{change.verb} of a {change.type} was sent, and nobody can tell what became of it."
    error = OutcomeUnknown(told, advice="Look in QuickBooks, and say what you find with `tieout settle`.")
    return Outcome(change=change, state="unknown", error=error)


def _collision(prepared: Prepared, anew: Prepared) -> list[str]:
    """Fields that the caller sets and somebody else changed meanwhile, to something else."""
    if not isinstance(prepared.change, Modify) or prepared.before is None or anew.before is None:
        return []
    fields = [name for name in prepared.change.record if name not in ("Id", "SyncToken", "sparse")]
    if prepared.change.full:
        fields = [name for name in prepared.kind.fields if not prepared.kind.fields[name].has("readonly")]
    there = anew.before
    return collisions(
        [name for name in fields if name != "MetaData"],
        prepared.before,
        there,
        lambda name: not differences({name: prepared.body.get(name)}, there),
    )


def _other_version(outcome: Outcome, prepared: Prepared, anew: Prepared) -> TieoutError:
    fields = dict.fromkeys(place.split(".")[0] for place, *_ in differences(prepared.body, anew.before or {}))
    return other_version(
        f"{prepared.kind.name} {prepared.body.get('Id')}",
        "SyncToken",
        theirs=str((anew.before or {}).get("SyncToken", "another")),
        ours=str(prepared.change.record["SyncToken"]),
        there=", ".join(f"{name} is {said(anew.before, name)}" for name in list(fields)[:3]),
        code="5010",
        record=prepared.change.record,
        tid=getattr(outcome.error, "tid", ""),
    )


def _both_versions(
    outcome: Outcome, prepared: Prepared, anew: Prepared, fields: Sequence[str]
) -> TieoutError:
    return both_versions(
        f"{prepared.kind.name} {prepared.body.get('Id')}",
        fields,
        before=prepared.before or {},
        now=anew.before or {},
        wanted=prepared.body,
        code="5010",
        record=prepared.change.record,
        tid=getattr(outcome.error, "tid", ""),
    )
