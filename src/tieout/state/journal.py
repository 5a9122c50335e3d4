"""The journal: what was sent, what became of it, and which record of ours is which of QuickBooks'.

Before a request is sent it is committed here with all its members; when its answer is known, the outcomes and the links
are committed with its end. Whoever dies in between leaves an open request behind, and the next run finds out what became
of it before it sends anything. The engine of schedules may forget its progress; this is the history.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..errors import RecordRefused
from ..operations import Act, Add, Change, Delete, Member, Modify, Outcome, Put, Sent, Void
from .database import State

_VERBS: Mapping[str, type[Change]] = {
    each.__name__.lower(): each for each in (Add, Modify, Delete, Void, Put)
}


CANCEL_LOOKED_AT = 1.0
"""Seconds between looks whether a run was cancelled."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal knows of a change."""

    state: str
    attempt: int
    record_id: str
    run: str
    note: str
    contents: str


@dataclass(frozen=True, slots=True)
class Link:
    """A record of ours, by its key, and QuickBooks'."""

    type: str
    key: str
    record_id: str
    total: Decimal | None
    run: str
    at: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run, as it is told of."""

    id: str
    name: str
    identity: str
    source: str
    started: str
    ended: str | None
    state: str
    reason: str
    pid: int
    host: str
    done: int
    refused: int
    unknown: int

    @property
    def has_no_end(self) -> bool:
        return self.state in ("running", "cancelling")

    @property
    def standing(self) -> str:
        """Its state; one that has no end was killed, unless its operating system's process is at work here."""
        if not self.has_no_end or self.host != socket.gethostname():
            return self.state
        with suppress(OSError):
            os.kill(self.pid, 0)
            return self.state
        return "interrupted"


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A change and what became of it, as it is told of."""

    id: str
    verb: str
    type: str
    key: str
    place: str
    state: str
    attempt: int
    record_id: str
    total: str | None
    kind: str
    code: str
    element: str
    message: str
    advice: str
    record: str
    """As it was given, JSON; of what is done, nothing."""
    note: str
    at: str
    request: str


def utc_now() -> datetime:
    return datetime.now(UTC)


class Journal:
    """The journal of every company. Threads share it."""

    def __init__(
        self,
        state: State,
        *,
        keep_documents: bool = False,
        redact: Callable[[bytes], bytes] = lambda body: body,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._state = state
        self._redact = redact
        self.keeps_documents = keep_documents
        self.clock = clock

    def exclusive(self, identity: str, *, wait: float = 0) -> AbstractContextManager[None]:
        """Keep other writers away from a company; Busy when one is still there after so many seconds."""
        return self._state.exclusive(f"writing to {identity}", wait=wait)

    def begin(
        self, identity: str, name: str, *, command: str = "", source: str = "", alone: bool = True
    ) -> JournalledRun:
        """A run begins; where it is alone, those of the same company that never ended were killed."""
        now = self.clock()
        run = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"  # many runs may begin in one second
        with self._state.transaction():
            self._state.rows(
                "begin_run",
                id=run,
                title=name,
                identity=identity,
                command=command,
                source=source,
                host=socket.gethostname(),
                pid=os.getpid(),
                started=_written(now),
            )
            if alone:
                self._state.rows("note_interrupted", identity=identity, id=run)
        return JournalledRun(self, self._state, identity, run)

    def joined(self, run: str, identity: str) -> JournalledRun:
        """A run that has begun, writing to this company too."""
        return JournalledRun(self, self._state, identity, run)

    def cancel(self, run: str) -> bool:
        """Let a run that is under way stop between two steps; whether there is one."""
        return bool(self._state.rows("cancel_run", id=run))

    def looking_at(self, identity: str) -> JournalledRun:
        """A run of a company that only looks: it begins nothing, and nothing is to be told to it."""
        return JournalledRun(self, self._state, identity, "")

    def before(self, command: str, run: str) -> list[tuple[str, str, str]]:
        """Run, company and state of the runs of the same command, newest first."""
        return [
            (found, identity, state)
            for found, identity, state in self._state.rows("runs_of_command", command=command, id=run)
        ]

    def link(self, identity: str, type_name: str, key: str) -> Link | None:
        """The record that a key stands for."""
        found = self._state.rows("link", identity=identity, type=type_name, key=key)
        return _link(type_name, key, *found[0]) if found else None

    def links(self, identity: str) -> list[Link]:
        """Every link of a company."""
        return [_link(*row) for row in self._state.rows("links", identity=identity)]

    def forget(self, identity: str, type_name: str, key: str) -> bool:
        """Let a key stand for nothing, so that its record may be added again; whether there was such a link."""
        with self._state.transaction():
            there = self.link(identity, type_name, key) is not None
            self._state.rows("forget_link", identity=identity, type=type_name, key=key)
            self._state.rows("forget_changes_of_link", identity=identity, type=type_name, key=key)
        return there

    def runs(self, run: str = "", *, most: int = 50) -> list[RunRecord]:
        """The last runs, newest first; only this one when it is named."""
        return [RunRecord(*row) for row in self._state.rows("last_runs", id=run, most=most)]

    def changes(self, run: str, state: str = "") -> list[ChangeRecord]:
        """The changes of a run, all or those that ended in one way."""
        return [ChangeRecord(*row) for row in self._state.rows("changes_of_run", run=run, state=state)]

    def unknown(self, identity: str) -> list[ChangeRecord]:
        """Changes of which nobody knows what became of them."""
        return [ChangeRecord(*row) for row in self._state.rows("unknown_changes", identity=identity)]

    def settle(self, identity: str, change: ChangeRecord, *, record_id: str, total: Decimal | None) -> None:
        """A person found out what became of a change: this record, or nothing when there is none."""
        now = _written(self.clock())
        done = bool(record_id)
        with self._state.transaction():
            self._state.rows(
                "settle_change",
                identity=identity,
                id=change.id,
                state="done" if done else "released",
                record_id=record_id,
                note="settled by a person",
                refusals=0 if done else 1,
                at=now,
            )
            if done and change.key:
                link = {"type": change.type, "key": change.key, "record_id": record_id}
                self._state.rows(
                    "set_link", identity=identity, **link, total=_text(total), run="settled", at=now
                )

    def documents(self, run: str) -> list[tuple[str, str, str, bytes]]:
        """Request, time, way (`out`, `in`) and body of the documents of a run that were kept."""
        return [
            (request, at, way, zlib.decompress(body))
            for request, at, way, body in self._state.rows("documents_of_run", run=run)
        ]

    def purge_documents(self, before: datetime) -> None:
        """Forget the documents that are older."""
        self._state.rows("purge_documents", before=_written(before))

    def redacted(self, body: bytes) -> bytes:
        """A document without what nobody should read in a journal, compressed."""
        return zlib.compress(self.without_secrets(body), 1)

    def without_secrets(self, body: bytes) -> bytes:
        """A document without what nobody should read in a journal."""
        return self._redact(body)


class JournalledRun:
    """One run writing to one company: the port `Intents`, handed to whoever sends."""

    def __init__(self, journal: Journal, state: State, identity: str, run: str) -> None:
        self.journal = journal
        self.identity = identity
        self.id = run
        self._state = state
        self._attempts: dict[str, int] = {}
        self._cancelled = False
        self._looked = time.monotonic()

    def go_on(self) -> None:
        """The run is under way, whoever took it for killed because it did not have the company meanwhile."""
        self._state.rows("run_goes_on", id=self.id)

    def is_cancelled(self) -> bool:
        """Whether a person cancelled the run; it is looked up each second."""
        now = time.monotonic()
        if not self._cancelled and now - self._looked >= CANCEL_LOOKED_AT:
            self._looked = now
            self._cancelled = self._state.value("run_state", id=self.id) == "cancelling"
        return self._cancelled

    def known(self, change_id: str) -> Known | None:
        """What the journal knows of a change."""
        found = self._state.rows("change", identity=self.identity, id=change_id)
        if not found:
            return None
        known = Known(*found[0])
        if known.attempt:
            self._attempts[change_id] = known.attempt
        return known

    def is_unlinked(self, change: Change) -> bool:
        """Whether a change is an add that has no record yet."""
        return isinstance(change, Add) and (
            not change.key or self.journal.link(self.identity, change.type, change.key) is None
        )

    def attempt(self, change: Change) -> int:
        """How often a change that was asked for by `known` was definitely refused so far."""
        return self._attempts.get(change.id, 0)

    def is_of_another(self, change: Change, record_id: str) -> bool:
        """Whether a record was made by another change than this one."""
        return bool(
            self._state.value(
                "maker_of", identity=self.identity, type=change.type, record_id=record_id, id=change.id
            )
        )

    def sending(self, sent: Sent) -> None:
        """Commit what is about to be sent; when this returns, it is on the disk."""
        at = _written(self.journal.clock())
        with self._state.transaction():
            self._state.rows(
                "open_request",
                identity=self.identity,
                id=sent.id,
                run=self.id,
                at=_written(sent.at),
                envelope=json.dumps(dict(sent.envelope)),
                body=zlib.compress(sent.body, 1),
                members=json.dumps([_member_written(each) for each in sent.members]),
            )
            if self.journal.keeps_documents:
                self._keep(sent.id, at, "out", sent.body)

    def answered(self, sent: Sent, outcomes: Sequence[Outcome], answer: bytes = b"") -> None:
        """Commit what became of every member; `released` ones, which have no outcome, may be sent anew."""
        at = _written(self.journal.clock())
        ended = {outcome.change.id for outcome in outcomes}
        released = [each.change for each in sent.members if each.change.id not in ended]
        with self._state.transaction():
            self._state.rows("close_request", identity=self.identity, id=sent.id)
            self._end(outcomes, at, sent.id, {each.change.id: each.contents for each in sent.members})
            self._state.many(
                "change_ended",
                [
                    self._ended_row(Outcome(change=c, state="unknown"), at, sent.id, "released")
                    for c in released
                ],
            )
            if answer and self.journal.keeps_documents:
                self._keep(sent.id, at, "in", answer)

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Commit outcomes that needed no request: refused before anything was sent, or nothing to do."""
        if outcomes:
            with self._state.transaction():
                self._end(outcomes, _written(self.journal.clock()), "")

    def open_requests(self) -> list[Sent]:
        """Requests of this company that have no answer, oldest first."""
        rows = self._state.rows("open_requests", identity=self.identity)
        return [
            Sent(
                id=request,
                members=tuple(_member_read(each) for each in json.loads(members)),
                envelope=json.loads(envelope),
                body=zlib.decompress(body),
                at=datetime.fromisoformat(at),
            )
            for request, at, envelope, body, members in rows
        ]

    def end(self, state: str = "finished", reason: str = "") -> None:
        """The run is over."""
        now = _written(self.journal.clock())
        self._state.rows("end_run", id=self.id, ended=now, state=state, reason=reason)

    def _end(
        self, outcomes: Sequence[Outcome], at: str, request: str, contents: Mapping[str, str] | None = None
    ) -> None:
        for each in outcomes:
            if each.state == "refused":
                self._attempts[each.change.id] = self._attempts.get(each.change.id, 0) + 1
        self._state.many(
            "change_ended",
            [
                self._ended_row(each, at, request, each.state, (contents or {}).get(each.change.id, ""))
                for each in outcomes
            ],
        )
        self._state.many("set_link", [self._link_row(each, at) for each in outcomes if _links(each)])
        changed = [each for each in outcomes if each.state == "done" and each.total is not None]
        self._state.many(
            "set_link_total",
            [
                {
                    "identity": self.identity,
                    "type": each.change.type,
                    "record_id": each.record_id,
                    "total": _text(each.total),
                }
                for each in changed
                if not isinstance(each.change, Add)
            ],
        )

    def _ended_row(
        self, outcome: Outcome, at: str, request: str, state: str, contents: str = ""
    ) -> dict[str, Any]:
        error = outcome.error
        return {
            **self._told(outcome.change),
            "contents": outcome.change.contents or contents,
            "state": state,
            "refusals": 1 if state == "refused" else 0,
            "request": request,
            "record_id": outcome.record_id,
            "total": _text(outcome.total),
            "kind": type(error).__name__ if error else "",
            "code": error.code if isinstance(error, RecordRefused) else "",
            "element": error.element if isinstance(error, RecordRefused) else "",
            "message": str(error) if error else "",
            "advice": error.advice if error else "",
            "record": "" if state == "done" else _given(outcome.change),
            "note": outcome.note,
            "at": at,
        }

    def _told(self, change: Change) -> dict[str, Any]:
        return {
            "identity": self.identity,
            "id": change.id,
            "run": self.id,
            "verb": change.verb,
            "type": change.type,
            "key": change.key,
            "place": change.place,
        }

    def _link_row(self, outcome: Outcome, at: str) -> dict[str, Any]:
        return {
            "identity": self.identity,
            "type": outcome.change.type,
            "key": outcome.change.key,
            "record_id": outcome.record_id,
            "total": _text(outcome.total),
            "run": self.id,
            "at": at,
        }

    def _keep(self, request: str, at: str, way: str, body: bytes) -> None:
        kept = self.journal.redacted(body)
        self._state.rows(
            "keep_document", identity=self.identity, request=request, at=at, way=way, run=self.id, body=kept
        )


def _links(outcome: Outcome) -> bool:
    return bool(
        outcome.state == "done"
        and outcome.change.key
        and outcome.record_id
        and (outcome.change.makes_a_record or isinstance(outcome.change, Put))
    )


def _link(type_name: str, key: str, record_id: str, total: str | None, run: str, at: str) -> Link:
    return Link(type_name, key, record_id, None if total is None else Decimal(total), run, at)


def _given(change: Change) -> str:
    """A record as it was given; money stays text, so that no digit is lost."""
    return json.dumps(change.record, default=str) if change.record else ""


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _text(total: Decimal | None) -> str | None:
    return None if total is None else f"{total:f}"


def _member_written(member: Member) -> dict[str, Any]:
    change = member.change
    return {
        "verb": change.verb,
        "type": change.type,
        "id": change.id,
        "key": change.key,
        "place": change.place,
        "attempt": member.attempt,
        "operation": member.operation,
        "mark": member.mark,
        "carrier": dict(member.carrier),
        "contents": change.contents or member.contents,
    }


def _member_read(told: Mapping[str, Any]) -> Member:
    named = {"type": told["type"], "id": told["id"], "key": told["key"], "place": told["place"]}
    verb = _VERBS.get(told["verb"])
    change: Change = verb(**named) if verb else Act(name=told["verb"], **named)
    return Member(
        change, told["attempt"], told["operation"], told["mark"], told["carrier"], told.get("contents", "")
    )
