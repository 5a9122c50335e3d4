"""What is remembered of a document once it is known what became of it: tracked fields, contents, the way back, the archive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..connections.base import Connection
from ..errors import SetupError
from ..mapping import value_at
from ..operations import Change, Modify, Outcome
from ..protocols import exact_json
from ..state.journal import Journal
from ..state.process_log import (
    CHANGED,
    DONE,
    OWING,
    REFUSED,
    SKIPPED,
    UNKNOWN,
    DocumentChange,
    ProcessLog,
    RunDocument,
    Settled,
    Standing,
)
from ..state.times import written_time
from .documents import document_from, plain
from .outgoing import BEFORE, LEFT, Case, records_text

_UNSAFE = re.compile(r"[^\w.=-]+")


@dataclass(frozen=True, slots=True)
class Tracked:
    """A tracked field: what it is made of, joined left to right."""

    name: str
    parts: tuple[str, ...]
    """Dotted paths, of the document or else of the record it became; `in.` and `out.` say which; 'text' is itself."""

    def value(self, given: Mapping[str, Any], made: Mapping[str, Any]) -> str:
        return "".join(self._part(part, given, made) for part in self.parts)

    def _part(self, part: str, given: Mapping[str, Any], made: Mapping[str, Any]) -> str:
        if part[0] == part[-1] == "'" and len(part) > 1:
            return part[1:-1]
        side, _, rest_of_path = part.partition(".")
        if side in ("in", "out") and rest_of_path:
            found = value_at(given if side == "in" else made, rest_of_path)
        else:
            found = value_at(given, part)
            found = value_at(made, part) if found is None else found
        return "" if found is None else str(plain(found))


@dataclass(frozen=True, slots=True)
class WriteBack:
    """Tells the source what a document became: a row there is modified."""

    target: Connection
    type: str
    fields: Mapping[str, str]
    """Dotted paths of the document by the field that they go to; `Id` is the id of the record it became."""
    process: str

    def change(self, standing: Standing) -> Change:
        given = document_from(standing.given)
        values = {
            name: _first_id(standing) if path == "Id" else value_at(given, path)
            for name, path in self.fields.items()
        }
        told = sha256(f"{self.process}\0{standing.document}\0write back".encode()).hexdigest()[:32]
        return Modify(type=self.type, record=values, id=told, place=standing.place)


@dataclass(slots=True, kw_only=True)
class Settler:
    """Settles the documents of one process."""

    log: ProcessLog
    journal: Journal
    tracked: Sequence[Tracked] = ()
    keeps_contents: bool = False
    """Whether documents and what they became are kept, beyond those that are held."""
    write_back: WriteBack | None = None
    archive: Path | None = None
    run: str = ""
    _archived: int = field(default=0)

    def begin(self, run: str) -> None:
        self.run, self._archived = run, 0

    def settle(self, run: str, cases: Sequence[Case], counts: Mapping[str, int]) -> None:
        """Commit what became of documents, and the counts of the run with them."""
        settled, at = Settled(), self.journal.clock()
        for case in cases:
            if case.state in (BEFORE, LEFT):
                continue
            if case.state == SKIPPED:
                if case.standing is not None and (case.standing.given or case.document.gone):
                    settled.gone.append(case.document.id)  # it was held, and is not meant any more
                continue
            settled.documents.append(self._row(run, case, at))
            settled.changes += self._changes(case)
            self._stand(settled, run, case)
            if self.archive is not None and case.state == DONE:
                self._keep(self.archive, case, at)
        if settled.documents or settled.gone:
            self.log.settle(settled, run, counts)

    def owing(self) -> list[Standing]:
        """Documents that are done and not yet written back, such as those of a run that was killed."""
        return self.log.standings(OWING) if self.write_back is not None else []

    def owed_by(self, cases: Sequence[Case]) -> Iterator[Standing]:
        """Those among them."""
        for case in cases:
            if self.write_back is not None and case.state == DONE and not case.document.gone:
                standing = self.log.standing(case.document.id)
                if standing is not None and standing.state == OWING:
                    yield standing

    def written_back(self, owing: Sequence[Standing], outcomes: Sequence[Outcome]) -> list[str]:
        """Commit which of them are; sentences about those that are not."""
        settled, notices = Settled(), []
        for standing, outcome in zip(owing, outcomes, strict=True):
            if outcome.state == "done":
                settled.standings.append(
                    Standing(
                        standing.document,
                        standing.digest,
                        DONE,
                        standing.run,
                        standing.place,
                        "",
                        standing.record,
                    )
                )
            else:
                notices.append(
                    f"{standing.document} is not written back, and will be tried again: {outcome.error}"
                )
        self.log.settle(settled, self.run)
        return notices

    # ---- the rows

    def _row(self, run: str, case: Case, at: datetime) -> RunDocument:
        why, held = case.why, case.state in (REFUSED, UNKNOWN)
        made = self._made(case)
        tracked = {
            each.name: each.value(case.document.content, made[0] if made else {}) for each in self.tracked
        }
        kept = self.keeps_contents
        return RunDocument(
            run=run,
            document=case.document.id,
            process=self.log.process,
            place=case.document.place,
            state=case.state,
            tracked=json.dumps(tracked, ensure_ascii=False),
            why=str(why) if why is not None else case.note or self._note(case),
            advice=why.advice if why is not None else "",
            given=self._text(case.document.content) if kept or held else "",
            made=self._text(made) if kept or held else "",
            at=written_time(at),
        )

    def _made(self, case: Case) -> list[Mapping[str, Any]]:
        """The records as they are there, or as they were to be."""
        found: list[Mapping[str, Any]] = []
        for _, change in case.changes:
            outcome = case.outcomes.get(change.id)
            told = outcome.record if outcome is not None and outcome.record is not None else {}
            found.append({**change.record, **told})
        return found or list(case.made)

    def _note(self, case: Case) -> str:
        if case.document.gone:
            return "it is gone in the source"
        return next((each.note for each in case.outcomes.values() if each.note), "")

    def _text(self, value: Any) -> str:
        return self.journal.without_secrets(exact_json.encode(plain(value))).decode()

    def _changes(self, case: Case) -> Iterator[DocumentChange]:
        for branch, change in case.changes:
            outcome = case.outcomes.get(change.id)
            record = outcome.record_id if outcome is not None else ""
            yield DocumentChange(case.document.id, branch.target.identity, change.id, change.type, record)

    def _stand(self, settled: Settled, run: str, case: Case) -> None:
        document, state = case.document, case.state
        if document.gone and state == DONE:
            settled.gone.append(document.id)
            return
        if state == CHANGED:
            state = case.standing.state if case.standing is not None else DONE
        elif state == DONE and self.write_back is not None and case.records:
            state = OWING
        held = state in (REFUSED, UNKNOWN, OWING)
        names = {branch.target.identity: branch.target.name for branch, _ in case.changes}
        settled.standings.append(
            Standing(
                document.id,
                document.digest,
                state,
                run,
                document.place,
                document.text if held and not document.gone else "",
                records_text(case.records, names),
            )
        )

    def _keep(self, folder: Path, case: Case, at: datetime) -> None:
        """A file for the document: time, number, operation and key are in its name."""
        self._archived += 1
        what = case.changes[0][1].verb if case.changes else "none"
        key = _UNSAFE.sub("_", case.document.id)[:80]
        name = f"{at:%Y%m%dT%H%M%S}-{self._archived:06}-{what}-{key}.json"
        told = {"run": self.run, "document": plain(case.document.content), "records": plain(self._made(case))}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            beside = folder / f".{name}.part"
            beside.write_bytes(exact_json.encode(told))
            beside.replace(folder / name)
        except OSError as error:
            raise SetupError(
                f"{folder} cannot be written: {error.strerror}.", advice="Name another folder in `archive`."
            ) from error


def _first_id(standing: Standing) -> str:
    became = json.loads(standing.record or "[]")
    return str(became[0][1]) if became else ""
