"""Changes written so that each is written once, whatever happens meanwhile. Knows no protocol.

    find out what became of requests without an answer ▶ leave alone what is done ▶ write the rest ▶ outcomes, committed

One run writes to a company at a time. A run that died left its requests open in the journal, and the next one asks the
connection what became of them before it sends anything.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Protocol
from uuid import uuid4

from ..connections.base import Connection
from ..errors import Invalid, NotFound, OutcomeUnknown, SetupError, TieoutError
from ..operations import Act, Add, Change, Delete, Outcome, Put
from ..state.journal import Journal, JournalledRun

FINISHED = "finished"
INCOMPLETE = "incomplete"
STOPPED = "stopped"

SKIPPED_IN_A_ROW = 300
"""Changes left alone one after the other after which their outcomes are told before anything else is sent."""


class WritesRecords(Protocol):
    """As much of a connection as is needed here."""

    name: str

    @property
    def identity(self) -> str: ...


@dataclass(slots=True)
class Writing:
    """A run that writes: iterate over it for its outcomes."""

    connection: Connection
    journal: Journal
    changes: Iterable[Change]
    name: str
    command: str = ""
    """A digest of what was asked for: the same command, run again, finishes the work of one that was cut short."""
    source: str = ""
    again: bool = False
    """Send once more what is done already."""
    run: str = ""
    """The id of the run, once it has begun."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many are done, refused, unknown, and how many of those were `before`."""
    settled: list[Outcome] = field(default_factory=list)
    """What became of requests that an earlier run left without an answer."""

    def __iter__(self) -> Iterator[Outcome]:
        with self.journal.exclusive(self.connection.identity):
            run = self.journal.begin(
                self.connection.identity, self.name, command=self.command, source=self.source
            )
            self.run = run.id
            state, reason = STOPPED, "interrupted"
            try:
                yield from self._written(run)
                state = (
                    FINISHED
                    if self.counts["done"] == self.counts.total() - self.counts["before"]
                    else INCOMPLETE
                )
                reason = ""
            except TieoutError as error:
                reason = str(error)
                raise
            finally:
                run.end(state, reason)

    def _written(self, run: JournalledRun) -> Iterator[Outcome]:
        resuming = self._resumes(run)
        self.settled = _settle_open(self.connection, run)
        items = _Peekable(self._judged(run, resuming))
        while items.has_more():
            while isinstance(items.peek(), Outcome):
                yield self._counted(items.take(), before=True)
            aside: list[Outcome] = []
            for outcome in self.connection.write(_to_send(items, aside), run):
                yield self._counted(outcome)
                yield from self._emptied(aside)
            yield from self._emptied(aside)

    def _emptied(self, aside: list[Outcome]) -> Iterator[Outcome]:
        while aside:
            yield self._counted(aside.pop(0), before=True)

    def _counted(self, outcome: Any, *, before: bool = False) -> Outcome:
        told: Outcome = outcome
        self.counts[told.state] += 1
        self.counts["before"] += before and told.state == "done"
        return told

    def _resumes(self, run: JournalledRun) -> bool:
        """Whether the same command was cut short last time; SetupError when it was about another company."""
        last = self.journal.before(self.command, run.id) if self.command else None
        if last is None:
            return False
        last_run, identity, state = last
        if state == FINISHED:
            return False
        if identity != run.identity and not self.again:
            raise SetupError(
                f"{self.connection.name} is another company than when this command was begun: run {last_run} wrote to "
                f"{identity} and did not come to its end; now it is {run.identity}.",
                advice="Put the connection back to that company and run it again, or begin anew here with --again.",
            )
        return identity == run.identity

    def _judged(self, run: JournalledRun, resuming: bool) -> Iterator[Change | Outcome]:
        """Each change as it is to be sent, or its outcome where nothing is to be sent."""
        seen: set[bytes] = set()
        for change in self.changes:
            short = bytes.fromhex(sha256(change.id.encode()).hexdigest()[:16])
            if short in seen:
                yield _given_twice(change)
                continue
            seen.add(short)
            yield self._judge(run, change, resuming)

    def _judge(self, run: JournalledRun, change: Change, resuming: bool) -> Change | Outcome:
        link = self.journal.link(run.identity, change.type, change.key) if change.key else None
        if link is not None and isinstance(change, Add):
            return _was_before(change, link.record_id, link.run)
        known = run.known(change.id)
        if known is not None and known.state in ("unknown", "sent"):
            return _still_unknown(change, known.run)
        for_good = resuming or isinstance(change, Add | Delete)
        if known is not None and known.state == "done" and for_good and not self.again:
            return _was_before(change, known.record_id, known.run)
        if change.key and not change.record.get("Id") and not isinstance(change, Add):
            if link is not None:
                return replace(change, record={**change.record, "Id": link.record_id})
            if not isinstance(change, Put):
                return _not_linked(change)
        return change


def write_changes(
    connection: Connection,
    changes: Iterable[Change],
    journal: Journal,
    *,
    name: str,
    command: str = "",
    source: str = "",
    again: bool = False,
) -> Writing:
    """A run that writes these changes, which must have ids; nothing is sent before it is iterated over."""
    return Writing(connection, journal, changes, name, command, source, again)


def settle_open(connection: Connection, journal: Journal) -> list[Outcome]:
    """Find out what became of all that was sent without an answer, and send nothing new."""
    with journal.exclusive(connection.identity):
        run = journal.begin(connection.identity, f"settle {connection.name}")
        try:
            return _settle_open(connection, run)
        finally:
            run.end(FINISHED)


def identified(changes: Iterable[Change], *, by_contents: bool) -> Iterator[Change]:
    """Each change with an id: of its key where it has one, else of its contents, or one that is never given again."""
    occurrences: Counter[str] = Counter()
    for change in changes:
        if change.id:
            yield change
        elif change.key:
            yield replace(change, id=_digest(change.verb, change.type, change.key))
        elif by_contents:
            contents = _digest(change.verb, change.type, _canonical(_contents(change)))
            occurrences[contents] += 1
            yield replace(change, id=f"{contents}-{occurrences[contents]}")
        else:
            yield replace(change, id=uuid4().hex)


def command_of(*words: str) -> str:
    """What a command is known by, to recognize the same one."""
    return _digest(*words)


def _to_send(items: _Peekable, aside: list[Outcome]) -> Iterator[Change]:
    """What is to be sent; the outcomes between are put aside, and too many of them end it for now."""
    in_a_row = 0
    while items.has_more():
        item = items.take()
        if isinstance(item, Outcome):
            aside.append(item)
            in_a_row += 1
            if in_a_row >= SKIPPED_IN_A_ROW:
                return
        else:
            in_a_row = 0
            yield item


def _settle_open(connection: Connection, run: JournalledRun) -> list[Outcome]:
    settled: list[Outcome] = []
    for sent in run.open_requests():
        outcomes = connection.resolve(sent, run)
        run.answered(sent, outcomes)
        settled += outcomes
    return settled


def _was_before(change: Change, record_id: str, run: str) -> Outcome:
    return Outcome(
        change=change,
        state="done",
        record={"Id": record_id} if record_id else None,
        record_id=record_id,
        note=f"was there already, from run {run}",
    )


def _still_unknown(change: Change, run: str) -> Outcome:
    error = OutcomeUnknown(
        f"{change.verb} of a {change.type} was sent in run {run}, and nobody knows what became of it; it is not sent again.",
        advice="Look in QuickBooks, and say what you find with `tieout settle`.",
    )
    return Outcome(change=change, state="unknown", error=error)


def _given_twice(change: Change) -> Outcome:
    error = Invalid(
        f"{change.key or change.id}: this key was given before in the same input.",
        element=change.key.partition("=")[0],
        advice="One key is one record: take one of the two out, or choose a key that tells them apart.",
        record=change.record,
    )
    return Outcome(change=change, state="refused", error=error)


def _not_linked(change: Change) -> Outcome:
    error = NotFound(
        f"{change.key}: no {change.type} was added with this key.",
        element=change.key.partition("=")[0],
        advice="Name the record by its Id, or add it with this key first.",
        record=change.record,
    )
    return Outcome(change=change, state="refused", error=error)


def _contents(change: Change) -> Mapping[str, Any]:
    more = (
        {"arguments": dict(change.arguments), "content": sha256(change.content).hexdigest()}
        if isinstance(change, Act)
        else {}
    )
    return {"record": change.record, **more}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _digest(*words: str) -> str:
    return sha256("\0".join(words).encode()).hexdigest()[:32]


class _Peekable:
    """An iterator whose next item can be looked at."""

    def __init__(self, items: Iterator[Change | Outcome]) -> None:
        self._items = items
        self._next: Change | Outcome | None = None

    def has_more(self) -> bool:
        return self.peek() is not None

    def peek(self) -> Change | Outcome | None:
        if self._next is None:
            self._next = next(self._items, None)
        return self._next

    def take(self) -> Change | Outcome:
        item = self.peek()
        if item is None:
            raise StopIteration
        self._next = None
        return item
