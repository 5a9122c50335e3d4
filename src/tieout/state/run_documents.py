"""The documents of all runs, for those who look: what became of them, and which wait for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from .database import State
from .process_log import DocumentChange, LogName, RunDocument
from .times import written_time


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

    def of_unknown_changes(self) -> dict[str, LogName]:
        """The process and company whose document became a change that is unknown, by the company that it was sent to."""
        rows = self._state.rows("processes_of_unknown_changes")
        return {identity: LogName.parse(process) for identity, process in rows}

    def purge(self, before: datetime) -> None:
        """Forget the contents of documents that are older."""
        with self._state.transaction():
            self._state.rows("purge_given", before=written_time(before))

    def held(self, environment: str) -> dict[LogName, int]:
        """How many documents wait for a person, by process and company."""
        counted = ((LogName.parse(name), int(count)) for name, count in self._state.rows("count_held"))
        return {name: count for name, count in counted if name.environment == environment}

    def held_page(self, counts: Mapping[LogName, int], *, before: int, most: int) -> list[RunDocument]:
        """A part of what waits of these, as `held` counted it: by process and company, then by document."""
        found: list[RunDocument] = []
        for name, count in counts.items():
            if before >= count:
                before -= count
                continue
            rows = self._state.rows("held_page", process=str(name), before=before, most=most - len(found))
            found += [RunDocument(*row) for row in rows]
            before = 0
            if len(found) >= most:
                break
        return found


def held_by_process(counts: Mapping[LogName, int]) -> Mapping[str, int]:
    """How many wait for a person in each process, of all companies together."""
    found: Counter[str] = Counter()
    for name, count in counts.items():
        found[name.process] += count
    return found
