"""What a process remembers: how far it has come, how each document stands, and what became of it in each run.

A document that was refused is held here with its contents until it is done. Watermarks and held documents move in one
transaction with what became of the documents, and only forward.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from .database import State
from .watermarks import Watermarks

DONE, REFUSED, UNKNOWN, SKIPPED, CHANGED, OWING = "done", "refused", "unknown", "skipped", "changed", "owing"
HELD = (REFUSED, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a document of a process stands now."""

    document: str
    digest: str
    state: str
    run: str
    place: str
    given: str
    """JSON, until it is done."""
    record: str = ""
    """The id of the record that it became."""


@dataclass(frozen=True, slots=True)
class RunDocument:
    """What became of a document in a run."""

    run: str
    document: str
    process: str
    place: str
    state: str
    tracked: str
    why: str
    advice: str
    given: str
    made: str
    at: str

    @property
    def fields(self) -> dict[str, str]:
        """The tracked fields."""
        return dict(json.loads(self.tracked))

    @property
    def searched(self) -> dict[str, str]:
        """What it can be found by: its tracked fields, its key, and what is known of it."""
        keys = dict(part.split("=", 1) for part in self.document.split(", ") if "=" in part)
        known = {
            "run": self.run,
            "document": self.document,
            "process": self.process,
            "state": self.state,
            "place": self.place,
            "at": self.at,
        }
        return {**keys, **known, **self.fields}


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A change that a document became."""

    document: str
    identity: str
    change: str
    type: str
    record: str
    request: str = ""
    state: str = ""


@dataclass(slots=True)
class Settled:
    """Documents of which is known what became of them, committed together."""

    standings: list[Standing] = field(default_factory=list)
    documents: list[RunDocument] = field(default_factory=list)
    changes: list[DocumentChange] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


class ProcessLog:
    """The memory of one process."""

    def __init__(self, state: State, process: str) -> None:
        self._state = state
        self._watermarks = Watermarks(state)
        self.process = process

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other runs of this process away; Busy when there is one."""
        with self._state.exclusive(f"process {self.process}"):
            yield

    # ---- how far it has come

    @property
    def mark(self) -> Mapping[str, Any]:
        """`last_run`, `last_success`, `cursor` and `arrived`, as far as there were such."""
        return self._watermarks.get(self._key) or {}

    def move(self, **marks: Any) -> None:
        """These marks stand where the run has come to."""
        self._watermarks.set(self._key, {**self.mark, **marks})

    @property
    def _key(self) -> str:
        return f"process:{self.process}"

    # ---- documents

    def standing(self, document: str) -> Standing | None:
        """How a document stands; None of one that was never seen."""
        found = self._state.rows("process_document", process=self.process, document=document)
        return Standing(*found[0]) if found else None

    def standings(self, *states: str) -> list[Standing]:
        """The documents that stand so; all of them when no state is named."""
        return [
            Standing(*row)
            for state in states or ("",)
            for row in self._state.rows("process_documents", process=self.process, state=state)
        ]

    def held(self) -> int:
        """How many documents wait for a person."""
        return int(self._state.value("count_held", process=self.process) or 0)

    def count(self) -> int:
        """How many documents it knows."""
        return int(self._state.value("count_process_documents", process=self.process) or 0)

    def settle(self, settled: Settled, run: str) -> None:
        """Commit what became of documents."""
        with self._state.transaction():
            self._state.many("keep_run_document", [asdict(each) for each in settled.documents])
            told = [
                {k: v for k, v in asdict(each).items() if k not in ("request", "state")}
                for each in settled.changes
            ]
            self._state.many("keep_document_change", [{"run": run, **each} for each in told])
            self._state.many(
                "keep_process_document",
                [{"process": self.process, **asdict(each)} for each in settled.standings],
            )
            self._state.many(
                "forget_process_document",
                [{"process": self.process, "document": each} for each in settled.gone],
            )

    # ---- runs

    def keep_figures(self, run: str, figures: Mapping[str, int]) -> None:
        """Counts and milliseconds of a run."""
        rows = [{"run": run, "title": name, "value": value} for name, value in figures.items()]
        with self._state.transaction():
            self._state.many("set_figure", rows)

    def next(self, sequence: str) -> int:
        """The next number of a sequence of the project; none is given out twice."""
        return int(self._state.value("next_of_sequence", title=sequence))


class RunDocuments:
    """The documents of all runs, for those who look."""

    def __init__(self, state: State) -> None:
        self._state = state

    def figures(self, run: str = "") -> dict[str, dict[str, int]]:
        """Counts and milliseconds by run, of one or of all."""
        found: dict[str, dict[str, int]] = {}
        rows = (
            [(run, *row) for row in self._state.rows("figures_of_run", run=run)]
            if run
            else self._state.rows("all_figures")
        )
        for each, name, value in rows:
            found.setdefault(each, {})[name] = int(value)
        return found

    def figures_of_last(self, most: int) -> dict[str, dict[str, int]]:
        """Counts and milliseconds of the newest runs."""
        found: dict[str, dict[str, int]] = {}
        for run, name, value in self._state.rows("figures_of_last_runs", most=most):
            found.setdefault(run, {})[name] = int(value)
        return found

    def page(self, run: str, *, held: bool, before: int, most: int) -> tuple[list[RunDocument], int]:
        """A part of the documents of a run, without what they say, and how many there are; `held` leaves out those that were done."""
        rows = self._state.rows("run_documents_page", run=run, held=int(held), before=before, most=most)
        count = self._state.value("count_run_documents", run=run, held=int(held))
        return [RunDocument(*row) for row in rows], int(count)

    def one(self, run: str, document: str) -> RunDocument | None:
        """A document of a run; None when it has none such."""
        found = self._state.rows("run_document", run=run, document=document)
        return RunDocument(*found[0]) if found else None

    def of(self, run: str = "", process: str = "") -> list[RunDocument]:
        """The documents of a run, or of all of them, newest first."""
        return [RunDocument(*row) for row in self._state.rows("run_documents", run=run, process=process)]

    def of_record(self, type_name: str, record_id: str) -> list[RunDocument]:
        """The documents that made or changed a record."""
        return [
            RunDocument(*row)
            for row in self._state.rows("documents_of_record", type=type_name, record=record_id)
        ]

    def changes(self, run: str) -> list[DocumentChange]:
        """The changes that a run's documents became."""
        return [DocumentChange(*row) for row in self._state.rows("document_changes", run=run)]

    def purge(self, before: datetime) -> None:
        """Forget the contents of documents that are older."""
        with self._state.transaction():
            self._state.rows("purge_given", before=before.isoformat(timespec="milliseconds"))
