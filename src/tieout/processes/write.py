"""Changes written so that each is written once, whatever happens meanwhile. Knows no protocol.

    find out what became of requests without an answer ▶ leave alone what is done ▶ write the rest ▶ outcomes, committed

One run writes to a company at a time. A run that died left its requests open in the journal, and the next one asks the
connection what became of them before it sends anything.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import takewhile
from uuid import uuid4

from ..connections.base import Connection
from ..errors import Invalid, NotFound, OutcomeUnknown, RunCancelled, SetupError, TieoutError
from ..operations import Act, Change, Outcome, PlannedChange, Put, digest_of
from ..state.journal import Journal
from ..state.journal_records import Known, Link
from ..state.journalled_run import JournalledRun

FINISHED = "finished"
INCOMPLETE = "incomplete"
STOPPED = "stopped"
CANCELLED = "cancelled"
ENDED = (FINISHED, INCOMPLETE)
"""A run that came to all of its changes, though some were refused: the next one begins anew."""

SKIPPED_IN_A_ROW = 300
"""Changes left alone one after the other after which their outcomes are told before anything else is sent."""


Item = Change | Outcome
"""A change, or what became of it before anything was sent: a record of a file that cannot be read, say."""


@dataclass(slots=True)
class Writing:
    """A run that writes: iterate over it for its outcomes."""

    connection: Connection
    journal: Journal
    changes: Iterable[Item]
    name: str
    command: str = ""
    """A digest of what was asked for: the same command, run again, finishes the work of one that was cut short."""
    source: str = ""
    again: bool = False
    """Send once more what is done already."""
    wait: float = 0
    """Seconds to wait while another run writes to the same company."""
    within: JournalledRun | None = None
    """A run that has begun already, and whose holder has the company's lock; it goes on afterwards."""
    run: str = ""
    """The id of the run, once it has begun."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many are done, refused, unknown, and how many of those were `before`."""
    settled: list[Outcome] = field(default_factory=list)
    """What became of requests that an earlier run left without an answer."""

    def __iter__(self) -> Iterator[Outcome]:
        if self.within is not None:
            self.run = self.within.id
            yield from self._written(self.within)
            return
        with self.journal.exclusive(self.connection.identity, wait=self.wait):
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
                state, reason = stopped_by(error), str(error)
                raise
            finally:
                run.end(state, reason)

    def _written(self, run: JournalledRun) -> Iterator[Outcome]:
        cut_short = self._cut_short(run)
        self.settled = _settle_open(self.connection, run)
        items = _Peekable(judged(self.changes, run, cut_short, again=self.again))
        unsaved = _Unsaved(run)
        cancelled = run.is_cancelled if self.within is None else lambda: False
        try:
            while items.has_more():
                if cancelled():
                    raise RunCancelled
                while isinstance(found := items.peek(), Outcome):
                    items.take()
                    yield self._counted(unsaved.keep(found), before=True)
                aside: deque[Outcome] = deque()
                for outcome in self.connection.write(_to_send(items, aside, cancelled), run):
                    yield self._counted(outcome)
                    while aside:
                        yield self._counted(unsaved.keep(aside.popleft()), before=True)
                while aside:
                    yield self._counted(unsaved.keep(aside.popleft()), before=True)
        finally:
            unsaved.save()

    def _counted(self, outcome: Outcome, *, before: bool = False) -> Outcome:
        self.counts[outcome.state] += 1
        self.counts["before"] += before and outcome.state == "done"
        return outcome

    def _cut_short(self, run: JournalledRun) -> frozenset[str]:
        """The runs of the same command that this one finishes; SetupError when they were about another company."""
        before = self.journal.before(self.command, run.id) if self.command else []
        if before and before[0][2] != FINISHED and before[0][1] != run.identity and not self.again:
            anew = (
                "give the process another name" if self.within is not None else "begin anew here with --again"
            )
            raise SetupError(
                f"{self.connection.name} is another company than when this command was begun: run {before[0][0]} wrote to "
                f"{before[0][1]} and did not come to its end; now it is {run.identity}.",
                advice=f"Put the connection back to that company and run it again, or {anew}.",
            )
        stopped = takewhile(lambda each: each[2] not in ENDED and each[1] == run.identity, before)
        return frozenset(found for found, *_ in stopped)


def stopped_by(error: TieoutError) -> str:
    """How a run ended that an error stopped."""
    return CANCELLED if isinstance(error, RunCancelled) else STOPPED


def judged(
    changes: Iterable[Item], run: JournalledRun, cut_short: Collection[str], *, again: bool
) -> Iterator[Item]:
    """Each change as it is to be sent, or its outcome where nothing is to be sent."""
    seen: set[bytes] = set()
    for item in changes:
        if isinstance(item, Outcome):
            yield item
            continue
        short = sha256(item.id.encode()).digest()[:8]
        if short in seen:
            yield _given_twice(item)
            continue
        seen.add(short)
        yield _judge(item, run, cut_short, again=again)


def _judge(change: Change, run: JournalledRun, cut_short: Collection[str], *, again: bool) -> Item:
    link = run.link(change.type, change.key) if change.key else None
    known = run.known(change.id)
    if again and known is not None and known.state == "done":
        # Another change of its own: QuickBooks would answer the same one from memory, and do nothing.
        return _named_by_link(replace(change, id=_digest(change.id, "again", run.id)), link)
    if link is not None and change.makes_a_record and not again:
        return _was_before(change, link.record_id, link.run)
    if known is not None and known.state == "unknown":
        return _still_unknown(change, known.run)
    if known is not None and known.state == "done" and _stays_done(change, known, cut_short):
        return _was_before(change, known.record_id, known.run)
    return _named_by_link(change, link)


def _stays_done(change: Change, known: Known, cut_short: Collection[str]) -> bool:
    """What was made or taken away; and what a run that was cut short had come to, if it is still the same."""
    if change.is_done_for_good:
        return True
    return known.run in cut_short and known.contents == change.contents


def _named_by_link(change: Change, link: Link | None) -> Item:
    """The change with the Id that its key stands for."""
    if change.key and not change.record.get("Id") and not change.makes_a_record:
        if link is not None:
            return replace(change, record={**change.record, "Id": link.record_id})
        if not isinstance(change, Put):
            return _not_linked(change)
    return change


def write_changes(
    connection: Connection,
    changes: Iterable[Item],
    journal: Journal,
    *,
    name: str,
    command: str = "",
    source: str = "",
    again: bool = False,
    wait: float = 0,
) -> Writing:
    """A run that writes these changes, which must have ids; nothing is sent before it is iterated over."""
    return Writing(connection, journal, changes, name, command, source, again, wait)


def planned_changes(
    connection: Connection, changes: Iterable[Item], journal: Journal, *, again: bool = False
) -> Iterator[PlannedChange]:
    """What such a run would do for each change; nothing is written, to QuickBooks or to the journal."""
    run = journal.looking_at(connection.identity)
    items = _Peekable(judged(changes, run, (), again=again))
    while items.has_more():
        while isinstance(found := items.peek(), Outcome):
            items.take()
            yield _planned(found)
        aside: deque[Outcome] = deque()
        yield from connection.plan_changes(_to_send(items, aside))
        yield from map(_planned, aside)


def settle_open(connection: Connection, journal: Journal) -> list[Outcome]:
    """Find out what became of all that was sent without an answer, and send nothing new."""
    with journal.exclusive(connection.identity):
        run = journal.begin(connection.identity, f"settle {connection.name}")
        try:
            return _settle_open(connection, run)
        finally:
            run.end(FINISHED)


def identified(changes: Iterable[Item], *, by_contents: bool) -> Iterator[Item]:
    """Each change with an id: of its key where it has one, else of its contents, or one that is never given again."""
    occurrences: Counter[str] = Counter()
    for change in changes:
        if isinstance(change, Outcome) or change.id:
            yield change
        elif change.key:
            yield replace(change, id=_digest(change.verb, change.type, change.key))
        elif by_contents:
            contents = digest_of(change.record, change.verb, change.type, *_more(change))
            occurrences[contents] += 1
            yield replace(change, id=f"{contents}-{occurrences[contents]}")
        else:
            yield replace(change, id=uuid4().hex)


def command_of(*words: str) -> str:
    """What a command is known by, to recognize the same one."""
    return _digest(*words)


def _to_send(
    items: _Peekable, aside: deque[Outcome], cancelled: Callable[[], bool] = lambda: False
) -> Iterator[Change]:
    """What is to be sent; the outcomes between are put aside, and too many of them end it for now."""
    in_a_row = 0
    while items.has_more() and not cancelled():
        item = items.take()
        if isinstance(item, Outcome):
            aside.append(item)
            in_a_row += 1
            if in_a_row >= SKIPPED_IN_A_ROW:
                return
        else:
            in_a_row = 0
            yield item


def _planned(outcome: Outcome) -> PlannedChange:
    operation = {"done": "nothing", "refused": "refuse", "unknown": "settle"}[outcome.state]
    return PlannedChange(
        change=outcome.change,
        operation=operation,
        record_id=outcome.record_id,
        error=outcome.error,
        note=outcome.note,
    )


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
    named = replace(change, id=_digest(change.id, "given twice", change.place))  # the first keeps its own
    return Outcome(change=named, state="refused", error=error)


def _not_linked(change: Change) -> Outcome:
    error = NotFound(
        f"{change.key}: no {change.type} was added with this key.",
        element=change.key.partition("=")[0],
        advice="Name the record by its Id, or add it with this key first.",
        record=change.record,
    )
    return Outcome(change=change, state="refused", error=error)


def _more(change: Change) -> tuple[str, ...]:
    """What an act is known by besides its record."""
    if not isinstance(change, Act):
        return ()
    return (digest_of(change.arguments), sha256(change.content).hexdigest())


def _digest(*words: str) -> str:
    return sha256("\0".join(words).encode()).hexdigest()[:32]


class _Unsaved:
    """Refusals for which nothing was sent, committed some at a time."""

    def __init__(self, run: JournalledRun) -> None:
        self._run = run
        self._outcomes: list[Outcome] = []

    def keep(self, outcome: Outcome) -> Outcome:
        if outcome.state == "refused":
            self._outcomes.append(outcome)
        if len(self._outcomes) >= SKIPPED_IN_A_ROW:
            self.save()
        return outcome

    def save(self) -> None:
        self._run.note(self._outcomes)
        self._outcomes = []


class _Peekable:
    """An iterator whose next item can be looked at."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._next: Item | None = None

    def has_more(self) -> bool:
        return self.peek() is not None

    def peek(self) -> Item | None:
        if self._next is None:
            self._next = next(self._items, None)
        return self._next

    def take(self) -> Item:
        item = self.peek()
        if item is None:
            raise StopIteration
        self._next = None
        return item
