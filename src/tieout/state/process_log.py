"""What a process remembers: how far it has come, how each document stands, and what became of it in each run.

A document that was refused is held here with its contents until it is done. Watermarks and held documents move in one
transaction with what became of the documents, and only forward.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .database import State
from .document_fields import enter_fields
from .watermarks import Watermarks

DONE, REFUSED, UNKNOWN, SKIPPED, CHANGED, OWING = "done", "refused", "unknown", "skipped", "changed", "owing"
HELD = (REFUSED, UNKNOWN)
KNOWN = ("run", "document", "process", "company", "state", "place", "at")
"""What documents can be found by besides their tracked fields and keys."""


@dataclass(frozen=True, slots=True)
class LogName:
    """By what the memory of a process is kept: the process, its environment, and the company where it runs for several."""

    process: str
    environment: str = ""
    company: str = ""

    def __str__(self) -> str:
        environment = f"@{self.environment}" if self.environment else ""
        return f"{self.process}{environment}{f'/{self.company}' if self.company else ''}"

    @classmethod
    def parse(cls, text: str) -> LogName:
        before, _, company = text.partition("/")
        process, _, environment = before.partition("@")
        return cls(process, environment, company)

    @property
    def told(self) -> str:
        """For people: `orders of 4620816365`."""
        return f"{self.process} of {self.company}" if self.company else self.process


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
    def log_name(self) -> LogName:
        """The process, and the company that it ran for."""
        return LogName.parse(self.process)

    @property
    def title(self) -> str:
        """By what people know it: its key, or its place where it has none."""
        return self.document if "=" in self.document else self.place

    @property
    def fields(self) -> dict[str, str]:
        """The tracked fields."""
        return dict(json.loads(self.tracked))

    @property
    def known_by(self) -> dict[str, str]:
        """Its tracked fields and the parts of its key, whose names are not KNOWN."""
        return {name: value for name, value in {**self._keys, **self.fields}.items() if name not in KNOWN}

    @property
    def searched(self) -> dict[str, str]:
        """What it can be found by: its tracked fields, its key, and what is known of it."""
        name = self.log_name
        known = {
            "run": self.run,
            "document": self.document,
            "process": str(replace(name, company="")),
            "company": name.company,
            "state": self.state,
            "place": self.place,
            "at": self.at,
        }
        return {**self._keys, **known, **self.fields}

    @property
    def _keys(self) -> dict[str, str]:
        return dict(part.split("=", 1) for part in self.document.split(", ") if "=" in part)


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

    def count(self) -> int:
        """How many documents it knows."""
        return int(self._state.value("count_process_documents", process=self.process) or 0)

    def settle(self, settled: Settled, run: str, counts: Mapping[str, int] | None = None) -> None:
        """Commit what became of documents, and what that makes of the counts of the run."""
        with self._state.transaction():
            self._state.many("set_figure", _figures(run, counts or {}))
            self._state.many("keep_run_document", [asdict(each) for each in settled.documents])
            enter_fields(self._state, settled.documents)
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
        with self._state.transaction():
            self._state.many("set_figure", _figures(run, figures))

    def next(self, sequence: str) -> int:
        """The next number of a sequence of the project; none is given out twice."""
        return int(self._state.value("next_of_sequence", title=sequence))


def _figures(run: str, figures: Mapping[str, int]) -> list[dict[str, str | int]]:
    return [{"run": run, "title": name, "value": value} for name, value in figures.items()]
