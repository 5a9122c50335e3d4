"""One run in the journal: what it sends is committed before it goes out, and its outcomes after they are known."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from ..errors import Busy, RecordRefused
from ..operations import Act, Add, Change, Delete, Member, Modify, Outcome, Put, Sent, Void
from .backups import restored_to
from .database import State
from .journal_records import Known, Link, link_of, total_text
from .times import written_time

_VERBS: Mapping[str, type[Change]] = {
    each.__name__.lower(): each for each in (Add, Modify, Delete, Void, Put)
}

CANCEL_LOOKED_AT = 1.0
"""Seconds between looks whether a run was cancelled."""


class JournalledRun:
    """One run writing to one company: the port `Intents`, handed to whoever sends."""

    def __init__(
        self,
        state: State,
        identity: str,
        run: str,
        *,
        clock: Callable[[], datetime],
        keep: Callable[[bytes], bytes] | None,
    ) -> None:
        """`keep` makes of a document what is kept of it; without it no documents are kept."""
        self._clock = clock
        self._kept = keep
        self.identity = identity
        self.id = run
        self._state = state
        self._attempts: dict[str, int] = {}
        self._cancelled = False
        self._looked = time.monotonic()

    @cached_property
    def restored_to(self) -> datetime | None:
        """Since when what was written may not be known here, because an older backup was restored."""
        return restored_to(self._state)

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

    def link(self, type_name: str, key: str) -> Link | None:
        """The record that a key stands for."""
        found = self._state.rows("link", identity=self.identity, type=type_name, key=key)
        return link_of(type_name, key, *found[0]) if found else None

    def is_unlinked(self, change: Change) -> bool:
        """Whether a change is an add that has no record yet."""
        return isinstance(change, Add) and (not change.key or self.link(change.type, change.key) is None)

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
        """Commit what is about to be sent; when this returns, it is on the disk.

        Busy where another run took the company over, as it can when a database that was away forgot who had locked it.
        """
        at = written_time(self._clock())
        with self._state.transaction():
            if self.id and not self._state.rows("hold_run", id=self.id):
                raise Busy(
                    "Another run has taken this company over: the lock of this one was lost.",
                    advice="Nothing was lost; the other run finishes what this one began.",
                )
            self._state.rows(
                "open_request",
                identity=self.identity,
                id=sent.id,
                run=self.id,
                at=written_time(sent.at),
                envelope=json.dumps(dict(sent.envelope)),
                body=zlib.compress(sent.body, 1),
                members=json.dumps([_member_written(each) for each in sent.members]),
            )
            self._keep(sent.id, at, "out", sent.body)

    def answered(
        self, sent: Sent, outcomes: Sequence[Outcome], answer: bytes = b"", *, at_once: bool = True
    ) -> None:
        """Commit what became of every member; `released` ones, which have no outcome, may be sent anew."""
        at = written_time(self._clock())
        ended = {outcome.change.id for outcome in outcomes}
        released = [each.change for each in sent.members if each.change.id not in ended]
        with self._state.transaction(at_once=at_once):
            self._state.rows("close_request", identity=self.identity, id=sent.id)
            self._end(outcomes, at, sent.id, {each.change.id: each.contents for each in sent.members})
            self._state.many(
                "change_ended",
                [
                    self._ended_row(Outcome(change=c, state="unknown"), at, sent.id, "released")
                    for c in released
                ],
            )
            if answer:
                self._keep(sent.id, at, "in", answer)

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Commit outcomes that needed no request: refused before anything was sent, or nothing to do."""
        if outcomes:
            with self._state.transaction():
                self._end(outcomes, written_time(self._clock()), "")

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
        now = written_time(self._clock())
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
                    "total": total_text(each.total),
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
            "total": total_text(outcome.total),
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
            "total": total_text(outcome.total),
            "run": self.id,
            "at": at,
        }

    def _keep(self, request: str, at: str, way: str, body: bytes) -> None:
        if self._kept is not None:
            self._state.rows(
                "keep_document",
                identity=self.identity,
                request=request,
                at=at,
                way=way,
                run=self.id,
                body=self._kept(body),
            )


def _links(outcome: Outcome) -> bool:
    return bool(
        outcome.state == "done"
        and outcome.change.key
        and outcome.record_id
        and (outcome.change.makes_a_record or isinstance(outcome.change, Put))
    )


def _given(change: Change) -> str:
    """A record as it was given; money stays text, so that no digit is lost."""
    return json.dumps(change.record, default=str) if change.record else ""


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
