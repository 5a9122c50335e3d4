"""Message sets sent so that each record is written once: committed before, asked for again when no answer comes, looked up, sent again.

    prepared ▶ Sent, committed ▶ QuickBooks ▶ answer ▶ outcomes, committed ▶ a later message set lets it be forgotten
                                     └ none ▶ what became of it, by its message set id
                                                └ not remembered ▶ look up: there ▶ done
                                                                            not there ▶ sent again, under a new id
                                                                            nobody can tell ▶ unknown

A message set id is QuickBooks' only memory of what was sent (QBSDK Programmer's Guide, Error recovery), kept in the company file.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ...catalog.qbxml import Edition, edition
from ...catalog.qbxml.rets import ret_of
from ...errors import (
    Busy,
    OutcomeUnknown,
    RecordRefused,
    RemoteProtocolError,
    Stale,
    TieoutError,
    Unreachable,
)
from ...operations import Change, Member, Modify, Outcome, Sent
from ...protocols.qbxml_records import STAMPS, differences, id_of, name_in, plain
from ...protocols.qbxml_writer import MessageSet, join_requests
from ..base import Intents
from ..merging import both_versions, collisions, other_version, said
from .company import Company, WriteAnswered, WrittenSet, error_from, read_written
from .hresults import hresult_of, session_is_gone
from .looking_up import Found, LookUp, Nothing, is_new, sought_in
from .patience import ATTEMPTS, Patience
from .prepared import Fields, Prepared, done, refused, set_id, unknown
from .preparing import Preparer
from .recognizing import Recognition
from .what_is_there import Books

NOT_PARSED = "0x80040400"
"""The whole message set was refused, without a place, and nothing of it has run."""

NOT_PROCESSED = 3231

log = logging.getLogger("tieout.qbxml")


Carried = bytes | list[Outcome] | None
"""The answer as it came; or the outcomes, where QuickBooks refused the whole; None when nobody knows whether it was done."""


@dataclass(frozen=True, slots=True)
class Flight:
    """A message set on its way."""

    sent: Sent
    some: tuple[Prepared, ...]
    tries: int
    lets_go_of: str
    """A message set that the company file forgets once this one is there; empty for none."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Sends what was made ready, and tells what became of it. One thread may carry while another concludes."""

    books: Books
    preparer: Preparer
    intents: Intents
    recognition: Recognition
    clock: Callable[[], datetime]
    patience: Patience = field(default_factory=Patience)
    forgettable: deque[str] = field(default_factory=deque)
    """Message sets that the company file need not remember any more."""

    @property
    def company(self) -> Company:
        return self.books.company

    def deliver(self, some: Sequence[Prepared], tries: int = ATTEMPTS) -> list[Outcome]:
        """Send these in one message set; an outcome for each, in their order."""
        flight = self.begin(some, tries)
        return self.conclude(flight, self.carry(flight))

    def looks(self, change: Change) -> bool:
        """Whether something is looked at before this is sent, so that what comes before it must have come to its end."""
        return self.intents.restored_to is not None or self.preparer.reads(change)

    def written_since_a_backup(self, some: Sequence[Prepared]) -> list[Outcome]:
        """Of records that are to be made, those that are there already, where an older backup was restored; to be committed."""
        since = self.intents.restored_to
        if since is None:
            return []
        sent = replace(self._sent(some, ""), at=since)
        doubtful = [each for each in sent.members if not each.attempt and is_new(each.change, each.carrier)]
        return self._looked_up(sent, doubtful, {}) if doubtful else []

    def begin(self, some: Sequence[Prepared], tries: int = ATTEMPTS) -> Flight:
        """A message set of these, committed to the journal."""
        lets_go_of = self.forgettable.popleft() if self.forgettable else ""
        sent = self._sent(some, lets_go_of)
        self.intents.sending(sent)
        return Flight(sent, tuple(some), tries, lets_go_of)

    def carry(self, flight: Flight) -> Carried:
        """Send it, and wait for what comes back. What was surely not done is said to the journal before an error is raised."""
        sent = flight.sent
        for failures in range(self.patience.attempts):
            try:
                self.recognition.require(str(sent.envelope["file"]))
                return self.company.exchanged(sent.body)
            except OutcomeUnknown as error:
                log.info("no answer to message set %s: %s", sent.id, error)
                self.company.renew()
                return None
            except TieoutError as error:
                if hresult_of(error) == NOT_PARSED:
                    return _not_parsed(sent, error)
                if failures == self.patience.attempts - 1 or not _passes(error):
                    self.intents.answered(sent, [])
                    self._still_remembered(flight)
                    raise
                self._wait_after(error, failures)
        return None

    def conclude(self, flight: Flight, carried: Carried) -> list[Outcome]:
        """What became of each, committed; what was surely not done, or met a change of somebody else's, is sent anew."""
        sent = flight.sent
        if not isinstance(carried, bytes):
            self._still_remembered(flight)
        outcomes = carried if isinstance(carried, list) else self._outcomes(sent, carried)
        self.intents.answered(sent, outcomes, carried if isinstance(carried, bytes) else b"")
        self.forgettable.append(sent.id)
        by_change = {outcome.change.id: outcome for outcome in outcomes}
        return [
            self._concluded(each, by_change.get(each.change.id), flight.tries - 1) for each in flight.some
        ]

    def resolve(self, sent: Sent) -> list[Outcome]:
        """What became of a message set that has no answer. Members without an outcome were not done, and may be sent anew."""
        spoken = _edition_of(sent)
        document = join_requests(MessageSet(spoken, new_id=sent.id, old_id=sent.id), ())

        def ask() -> WrittenSet:
            self.recognition.require(str(sent.envelope["file"]))
            try:
                return read_written(self.company.exchanged(document), spoken)
            except (
                OutcomeUnknown,
                RemoteProtocolError,
            ) as error:  # it changes nothing, and may be asked again
                raise Unreachable(str(error)) from error

        told = self.patience.until_answered(self.company, ask)
        log.info("message set %s had no answer; QuickBooks says %s of it", sent.id, told.status)
        return self._read(sent, told)

    def let_forget(self) -> None:
        """Outcomes that are committed here need not be remembered by the company file; these no later message set names."""
        while self.forgettable:
            name = self.forgettable.popleft()
            try:
                self.company.exchanged(join_requests(MessageSet(self.company.edition, old_id=name), ()))
            except TieoutError as error:
                log.info("message set %s stays in the company file: %s", name, error)
                self.company.renew()

    # ---- sending

    def _outcomes(self, sent: Sent, body: bytes | None) -> list[Outcome]:
        """What an answer says; where there is none, or one that cannot be read, what QuickBooks says afterwards."""
        try:
            told = read_written(body, _edition_of(sent)) if body is not None else None
        except RemoteProtocolError as error:
            log.info("the answer to message set %s cannot be read: %s", sent.id, error)
            told = None
        return self._read(sent, told) if told is not None and told.answers else self.resolve(sent)

    def _still_remembered(self, flight: Flight) -> None:
        """Nobody knows whether the company file let go of the message set that this one was to."""
        if flight.lets_go_of:
            self.forgettable.append(flight.lets_go_of)

    def _wait_after(self, error: TieoutError, failures: int) -> None:
        if isinstance(error, Busy):
            self.patience.after_busy(error)
        else:
            self.patience.after_failure(self.company, failures, error)

    def _sent(self, some: Sequence[Prepared], lets_go_of: str) -> Sent:
        spoken = self.company.spoken()
        at = self.clock()
        attempts = [self.intents.attempt(each.change) for each in some]
        name = set_id(
            ((each.change.id, attempt, each.written) for each, attempt in zip(some, attempts, strict=True)),
            at.isoformat(),
        )
        members = tuple(
            Member(each.change, attempt, each.operation, each.request.id, each.carrier)
            for each, attempt in zip(some, attempts, strict=True)
        )
        message = MessageSet(spoken.edition, new_id=name, old_id=lets_go_of)
        body = join_requests(message, (each.written for each in some))
        envelope = {
            "country": spoken.edition.country,
            "version": spoken.edition.version,
            "file": spoken.file,
        }
        return Sent(name, members, envelope, body, at)

    # ---- reading

    def _read(self, sent: Sent, told: WrittenSet) -> list[Outcome]:
        """Outcomes of those of which something is known; the rest was not done."""
        answers = {each.answered.request_id: each for each in told.answers}
        outcomes: list[Outcome] = []
        unsure: list[Member] = []
        without_record: list[Outcome] = []
        for member in sent.members:
            answer = answers.get(member.mark)
            if answer is None or _is_unsure(answer):
                unsure.append(member)
            elif answer.answered.is_refusal:
                if answer.answered.status != NOT_PROCESSED:
                    outcomes.append(refused(member.change, error_from(answer.answered, member.change.record)))
            else:
                outcome = _done(member, answer)
                (outcomes if outcome.record else without_record).append(outcome)
        outcomes += self._with_records(sent, without_record)
        return outcomes + (self._looked_up(sent, unsure, answers) if unsure else [])

    def _with_records(self, sent: Sent, some: Sequence[Outcome]) -> list[Outcome]:
        """Those that are known to be done, with their records, which an answer that was stored does not hold."""
        if not some:
            return []
        wanted: dict[str, set[str]] = {}
        for each in some:
            if each.record_id:
                wanted.setdefault(each.change.type, set()).add(each.record_id)
        there = self.books.by_ids(wanted) if wanted else {}
        nameless = {each.change.id for each in some if not each.record_id}
        members = [each for each in sent.members if each.change.id in nameless]
        found = self._found(sent, members) if members else {}
        outcomes = []
        for each in some:
            record = there.get((each.change.type, each.record_id)) or found.get(each.change.id)
            fields = record if isinstance(record, Mapping) else None
            outcomes.append(done(each.change, fields, each.note, each.record_id) if fields else each)
        return outcomes

    def _looked_up(
        self, sent: Sent, members: Sequence[Member], answers: Mapping[str, WriteAnswered]
    ) -> list[Outcome]:
        found = self._found(sent, members)
        outcomes = []
        for member in members:
            there = found[member.change.id]
            answer = answers.get(member.mark)
            if there is Nothing.CANNOT_TELL:
                outcomes.append(unknown(self._with_content(sent, member)))
            elif not isinstance(there, Nothing):
                outcomes.append(done(member.change, there, "found in QuickBooks"))
            elif answer is not None:  # QuickBooks failed inside, and it is not there
                error = RecordRefused(
                    str(error_from(answer.answered)), advice=error_from(answer.answered).advice
                )
                outcomes.append(refused(member.change, error))
        return outcomes

    def _found(self, sent: Sent, members: Iterable[Member]) -> Mapping[str, Found]:
        return LookUp(self.books, self.intents.is_of_another).found(
            sought_in(sent, _edition_of(sent), members)
        )

    def _with_content(self, sent: Sent, member: Member) -> Change:
        """The change with what was sent for it, when only the message set is left of it."""
        if member.change.record:
            return member.change
        (sought,) = sought_in(sent, _edition_of(sent), [member])
        return replace(member.change, record=dict(sought.body))

    # ---- concluding

    def _concluded(self, prepared: Prepared, outcome: Outcome | None, tries: int) -> Outcome:
        """The end of one member: those that were surely not done go once more, alone; stale ones are made anew."""
        if outcome is None:
            return self.deliver([prepared], tries)[0] if tries > 0 else unknown(prepared.change)
        if isinstance(outcome.error, Stale) and tries > 0:
            return self._made_anew(prepared, tries)
        if isinstance(outcome.error, Busy) and tries > 0:
            self.patience.sleep(min(outcome.error.wait, 2.0 * (ATTEMPTS - tries)))
            return self.deliver([prepared], tries)[0]
        return replace(outcome, change=prepared.change)

    def _made_anew(self, prepared: Prepared, tries: int) -> Outcome:
        """Somebody changed the record meanwhile: where both changes get along, ours is applied to what is there now."""
        anew = next(iter(self.preparer.prepare([prepared.change])))
        if isinstance(anew, Outcome):
            self.intents.note([anew])
            return anew
        error = _refusal_of_stale(prepared, anew)
        if error is not None:
            outcome = refused(prepared.change, error)
            self.intents.note([outcome])
            return outcome
        return self.deliver([anew], tries)[0]


def _edition_of(sent: Sent) -> Edition:
    return edition(str(sent.envelope["country"]), str(sent.envelope["version"]))


def _passes(error: TieoutError) -> bool:
    """Whether the same message set may be sent again later: nothing of it was done."""
    if isinstance(error, Busy):
        return bool(hresult_of(error))  # QuickBooks said it, and not another of us who has the file
    return isinstance(error, Unreachable) or session_is_gone(error)


def _is_unsure(answer: WriteAnswered) -> bool:
    """Whether QuickBooks failed inside, so that nobody knows whether the request was done."""
    return 1000 <= answer.answered.status < 2000 and answer.answered.severity == "Error"


def _done(member: Member, answer: WriteAnswered) -> Outcome:
    """It was done; without a record where the answer holds none."""
    parts = answer.parts
    note = answer.answered.message.strip() if answer.answered.severity == "Warn" else ""
    record = next((value for name, value in parts.items() if name.endswith("Ret")), None)
    if record is not None and id_of(record):
        return done(member.change, record, note)
    told = parts.get("ErrorRecovery") or {name: plain(value) for name, value in parts.items()}
    record_id = str(member.carrier.get("id") or id_of(told))
    if member.operation == "delete":
        return done(member.change, {**told, "status": "Deleted"}, note, record_id)
    if member.operation == "merge":
        return done(member.change, dict(parts.get("MergedTo") or {}), note, record_id)
    if record is not None or member.carrier.get("by") == "again":
        return done(member.change, record or told or {"status": "Done"}, note, record_id)
    return Outcome(change=member.change, state="done", record_id=record_id, note=note)


def _not_parsed(sent: Sent, error: TieoutError) -> list[Outcome]:
    """One record that QuickBooks cannot parse is refused for it; those of a set go alone, to find out which it was."""
    return [refused(sent.members[0].change, error)] if len(sent.members) == 1 else []


def _refusal_of_stale(prepared: Prepared, anew: Prepared) -> TieoutError | None:
    """Why ours cannot be applied to what somebody else made of the record; None where it can."""
    before, now, record = prepared.before or {}, anew.before or {}, prepared.change.record
    what = f"{prepared.kind.name} {prepared.record_id}"
    edition, ret = anew.edition, ret_of(prepared.kind.name, anew.edition).name

    def differing(body: Fields) -> list[tuple[str, object, object]]:
        return list(differences(prepared.kind, prepared.root, ret, edition, body, now))

    if record.get("EditSequence"):  # the caller wants no other version than that one
        names = dict.fromkeys(place.split(".")[0] for place, *_ in differing(prepared.body))
        return other_version(
            what,
            "EditSequence",
            theirs=str(now.get("EditSequence", "another")),
            ours=str(record["EditSequence"]),
            there=", ".join(f"{name} is {said(now, name)}" for name in list(names)[:3]),
            code="3200",
            record=record,
        )
    if not isinstance(prepared.change, Modify):
        return None
    ours = {
        name_in(prepared.kind.name, ret, edition, name): name
        for name in prepared.body
        if name not in STAMPS and not name.startswith("#")
    }
    colliding = collisions(
        ours, before, now, lambda name: not differing({ours[name]: prepared.body[ours[name]]})
    )
    if not colliding:
        return None
    wanted = {shown: prepared.body[name] for shown, name in ours.items()}
    return both_versions(what, colliding, before=before, now=now, wanted=wanted, code="3200", record=record)
