"""A process: documents from one place, mapped, written to another, each once.

    documents ▶ meant? seen before? ▶ map ▶ changes ▶ written (journalled) ▶ settled: tracked, linked, written back, archived
                                                                              └ held with what it says until it is done

Documents go through in batches, and what became of a batch is committed before the next is read. Whoever dies in between
leaves the watermark where it was: the source hands the same documents over again, and what was done is known by its key.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from ..connections.base import Connection
from ..errors import RunCancelled, RunStopped, TieoutError
from ..mapping import unseen
from ..operations import Change, Outcome, PlannedChange, Predicate
from ..state.journal import Journal
from ..state.journalled_run import JournalledRun
from ..state.process_log import REFUSED, UNKNOWN, ProcessLog, Standing
from .documents import Document, Source, Until
from .meant_documents import MeantDocuments
from .outgoing import Branch, Case, Maker, there_already
from .settling import Settler
from .write import FINISHED, INCOMPLETE, STOPPED, Writing, command_of, planned_changes, stopped_by

PAUSES = (0.0, 10.0, 30.0, 60.0, 120.0)
"""Seconds before each further attempt."""

LOOKED_AT = 50
"""Documents of which the names are held against those that a map asks for."""

OnRefused = Literal["continue", "stop"]


class RunLeft(RunStopped):
    """Whoever ran it is to end."""

    def __init__(self) -> None:
        super().__init__(
            "What ran it was told to end.", advice="Nothing is half done: run again, it goes on there."
        )


@dataclass(slots=True, kw_only=True)
class Process:
    """A process with all it needs, ready to run."""

    name: str
    source: Source
    branches: Sequence[Branch]
    log: ProcessLog
    journal: Journal
    settler: Settler
    when: Predicate | None = None
    on_refused: OnRefused = "continue"
    retry: int = 0
    """How often documents are given again whose refusal may pass."""
    batch: int = 900
    at_once: bool = False
    """Whether another run of it may be under way; each then has the company for one batch at a time."""
    patience: float = 600
    """Seconds that a run waits for the batch of another."""
    deletions: bool = True
    """Whether what is gone in the source is deleted, where what changed is found."""
    forget: Callable[[str], None] = lambda _type: None
    """Called when records of a type were written, as look-ups may have other answers now."""
    sleep: Callable[[float], None] = time.sleep

    @property
    def targets(self) -> dict[str, Connection]:
        """Where it writes, by identity; the first is the one that its runs are listed under."""
        return {each.target.identity: each.target for each in self.branches}


@dataclass(slots=True)
class ProcessRun:
    """One run: iterate over it for what became of each document."""

    process: Process
    given: Sequence[Document] | None = None
    """Run these again, and read nothing."""
    limit: int | None = None
    only: str = ""
    """The key, or the value of the key, of the one document that is meant."""
    cancelled: Callable[[], bool] = lambda: False
    """Asked between batches, besides the journal, whether a person cancelled the run."""
    leaving: Callable[[], bool] = lambda: False
    """Asked between batches whether whoever runs it is to end; it stops, and is run again to go on."""
    told: Callable[[Mapping[str, int]], None] = lambda _counts: None
    """Called with the counts so far after each batch, and with what is out by then after each outcome."""
    run: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    """in, out, done, refused, unknown, skipped, before (left alone), changed (since it was linked), gone."""
    milliseconds: Counter[str] = field(default_factory=Counter)
    """Time of the steps read, map, write and settle."""
    notices: list[str] = field(default_factory=list)
    settled: list[Outcome] = field(default_factory=list)
    """What became of requests that an earlier run left without an answer."""
    _runs: dict[str, JournalledRun] = field(default_factory=dict)
    _out_of_batch: int = 0
    _stop: bool = False

    @property
    def documents(self) -> MeantDocuments:
        """What it is about."""
        process = self.process
        return MeantDocuments(
            process.source, process.log, process.deletions, self.given, self.limit, self.only
        )

    def __iter__(self) -> Iterator[Case]:
        process, journal = self.process, self.process.journal
        with ExitStack() as stack:
            if not process.at_once:
                stack.enter_context(process.log.alone())
                for identity in sorted(process.targets):
                    stack.enter_context(journal.exclusive(identity))
            primary = next(iter(process.targets))
            begun = journal.clock()
            run = journal.begin(
                primary,
                process.name,
                command=self._command,
                source=process.source.address,
                alone=not process.at_once,
            )
            self.run = run.id
            self._runs = {
                identity: run if identity == primary else journal.joined(run.id, identity)
                for identity in process.targets
            }
            state, reason = STOPPED, "interrupted"
            try:
                yield from self._all()
                if self._stop:
                    raise RunStopped(
                        f"{process.name} stopped at a refused document.",
                        advice=f'`tieout runs {run.id} --refused` says why; on_refused = "continue" would go on.',
                    )
                self._succeed(begun)
                state, reason = (INCOMPLETE if self.counts[REFUSED] or self.counts[UNKNOWN] else FINISHED), ""
            except TieoutError as error:
                state, reason = stopped_by(error), str(error)
                raise
            finally:
                process.log.keep_figures(
                    run.id, {**self.counts, **{f"ms {k}": v for k, v in self.milliseconds.items()}}
                )
                run.end(state, reason)

    @property
    def _command(self) -> str:
        return command_of("process", self.process.log.process)

    # ---- the way of the documents

    def _all(self) -> Iterator[Case]:
        process = self.process
        process.settler.begin(self.run)
        self._write_back(process.settler.owing())
        again: list[Document] = []
        for each in self._batches():
            self._leave_off()
            if self._stop:
                break
            cases = list(self._together(each))
            again += [case.document for case in cases if case.may_pass]
            yield from cases
        for pause in PAUSES[: process.retry]:
            if not again or self._stop:
                break
            process.sleep(pause)
            self._leave_off()
            self.counts.subtract({"in": len(again), REFUSED: len(again)})
            cases = list(self._together(again))
            again = [case.document for case in cases if case.may_pass]
            yield from cases

    def _leave_off(self) -> None:
        """Stop here where somebody wants it: between batches all that was begun is settled."""
        if self.cancelled() or self._runs[next(iter(self._runs))].is_cancelled():
            raise RunCancelled
        if self.leaving():
            raise RunLeft

    def _batches(self) -> Iterator[list[Document]]:
        """Documents, a batch at a time; a cursor is kept once all before it is settled."""
        documents = self.documents
        waiting: list[Document] = []
        for each in self._timed("read", iter(documents)):
            if isinstance(each, Until):
                if waiting:
                    yield waiting
                    waiting = []
                if not documents.is_partial and not self._stop:
                    self.process.log.move(cursor=each.cursor)
                continue
            waiting.append(each)
            if len(waiting) >= self.process.batch:
                yield waiting
                waiting = []
        if waiting:
            yield waiting

    # ---- one batch

    def _together(self, documents: Sequence[Document]) -> Iterator[Case]:
        process = self.process
        self._out_of_batch = 0
        began = time.monotonic()
        maker = Maker(process.log, process.branches, process.when, changed_only=bool(process.source.changed))
        cases = []
        for each in documents:
            cases.append(maker.case(each))
            if cases[-1].error is not None and process.on_refused == "stop":
                break
        if not self.counts["in"]:
            self.notices += _misspelt(process.branches, [each.content for each in documents if not each.gone])
        self.milliseconds["map"] += _since(began)
        began = time.monotonic()
        by_change = {change.id: case for case in cases for _, change in case.changes}
        for identity, connection in process.targets.items():
            with self._company_of_a_batch(identity):
                self._write(identity, connection, cases, by_change)
        self.milliseconds["write"] += _since(began)
        began = time.monotonic()
        self._count(cases)
        process.settler.settle(self.run, cases, self.counts)
        self._write_back(process.settler.owed_by(cases))
        self.told(self.counts)
        self.milliseconds["settle"] += _since(began)
        yield from cases

    @contextmanager
    def _company_of_a_batch(self, identity: str) -> Iterator[None]:
        """The company for as long as a batch is written to it, where the run does not have it anyway."""
        if not self.process.at_once:
            yield
            return
        with self.process.journal.exclusive(identity, wait=self.process.patience):
            self._runs[next(iter(self._runs))].go_on()
            yield

    def _write(
        self, identity: str, connection: Connection, cases: Sequence[Case], by_change: Mapping[str, Case]
    ) -> None:
        changes = [
            change for case in cases for branch, change in case.changes if branch.target.identity == identity
        ]
        if not changes:
            return
        run = self._runs[identity]
        changes = self._not_there_yet(changes, cases, run)
        primary = identity == next(iter(self._runs))
        writing = Writing(
            connection,
            self.process.journal,
            self._unless_stopped(changes),
            self.process.name,
            command=self._command if primary else "",
            within=run,
        )
        for outcome in writing:
            by_change[outcome.change.id].outcomes[outcome.change.id] = outcome
            self._out_of_batch += outcome.state == "done"
            self.told({**self.counts, "out": self.counts["out"] + self._out_of_batch})
            if outcome.state == REFUSED and self.process.on_refused == "stop":
                self._stop = True
        self.settled += writing.settled
        for type_name in {change.type for change in changes}:
            self.process.forget(type_name)

    def _not_there_yet(
        self, changes: Sequence[Change], cases: Sequence[Case], run: JournalledRun
    ) -> list[Change]:
        """The changes without those whose records are there already and are to be left as they are; they are linked."""
        branches = {change.id: branch for case in cases for branch, change in case.changes}
        by_change = {change.id: case for case in cases for _, change in case.changes}
        there: dict[str, str] = {}
        for branch in self.process.branches:
            asked = [each for each in changes if branches[each.id] is branch and run.is_unlinked(each)]
            if branch.exists == "skip" and asked:
                there |= there_already(branch, asked)
        found = [
            Outcome(
                change=each,
                state="done",
                record={"Id": there[each.id]},
                record_id=there[each.id],
                note="was there already",
            )
            for each in changes
            if each.id in there
        ]
        run.note(found)
        for outcome in found:
            by_change[outcome.change.id].outcomes[outcome.change.id] = outcome
        return [each for each in changes if each.id not in there]

    def _unless_stopped(self, changes: Iterable[Change]) -> Iterator[Change]:
        for each in changes:
            if self._stop:
                return
            yield each

    def _write_back(self, cases: Iterable[Standing]) -> None:
        back = self.process.settler.write_back
        owing = list(cases)
        if back is None or not owing:
            return
        identity, journal = back.target.identity, self.process.journal
        with ExitStack() as stack:
            if self.process.at_once:
                stack.enter_context(self._company_of_a_batch(identity))
            elif identity not in self.process.targets:
                stack.enter_context(journal.exclusive(identity))
            if identity not in self._runs:
                self._runs[identity] = journal.joined(self.run, identity)
            writing = Writing(
                back.target,
                self.process.journal,
                [back.change(each) for each in owing],
                self.process.name,
                within=self._runs[identity],
            )
            self.notices += self.process.settler.written_back(owing, list(writing))

    def _count(self, cases: Sequence[Case]) -> None:
        for case in cases:
            self.counts["in"] += 1
            self.counts[case.state] += 1
            self.counts["out"] += sum(each.state == "done" for each in case.outcomes.values())
            if case.state == REFUSED and self.process.on_refused == "stop":
                self._stop = True

    def _timed(self, step: str, items: Iterator[Document | Until]) -> Iterator[Document | Until]:
        while True:
            began = time.monotonic()
            item = next(items, None)
            self.milliseconds[step] += _since(began)
            if item is None:
                return
            yield item

    def _succeed(self, begun: datetime) -> None:
        """Watermarks move, now that all that was handed over is settled or held."""
        source = self.process.source
        self.notices += source.notices
        if self.documents.is_partial:
            return
        marks: dict[str, str] = {"last_run": begun.isoformat()}
        if source.arrived:
            marks["arrived"] = begun.isoformat()
            marks["last_success"] = min(begun, source.clock or begun).isoformat()
        self.process.log.move(**marks)
        source.connection.dealt_with(source.query)


def planned(
    process: Process, *, limit: int | None = None, only: str = ""
) -> Iterator[tuple[Case, list[PlannedChange]]]:
    """What a run would do with each document; nothing is written, and nothing is remembered."""
    meant = ProcessRun(process, limit=limit, only=only).documents
    maker = Maker(process.log, process.branches, process.when, changed_only=bool(process.source.changed))
    documents = (each for each in meant if not isinstance(each, Until))
    while some := list(islice(documents, process.batch)):
        cases = [maker.case(each) for each in some]
        plans: dict[str, PlannedChange] = {}
        for identity, connection in process.targets.items():
            changes = [
                change
                for case in cases
                for branch, change in case.changes
                if branch.target.identity == identity
            ]
            if changes:
                plans |= {
                    each.change.id: each for each in planned_changes(connection, changes, process.journal)
                }
        for case in cases:
            yield case, [plans[change.id] for _, change in case.changes if change.id in plans]


def _misspelt(branches: Sequence[Branch], documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names that a map asks for, that none of the first documents has, and that are nearly one that they have."""
    return [
        f"{branch.map.name}, line {line}: none of the first documents has a {name!r}. Did you mean {meant}?"
        for branch in branches
        for name, line, meant in unseen(branch.map, documents[:LOOKED_AT])
    ]


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
