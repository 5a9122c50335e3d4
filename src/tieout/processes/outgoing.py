"""From a document to the changes that it becomes: the branch that it takes, the map, the key of each record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from ..connections.base import Connection
from ..errors import Invalid, MapError, Stale, TieoutError
from ..mapping import Map
from ..operations import Add, Change, Compare, Delete, In, Lines, Modify, Outcome, Predicate, Put, Query, Void
from ..state.process_log import CHANGED, DONE, OWING, REFUSED, SKIPPED, UNKNOWN, ProcessLog, Standing
from .documents import Document, fits
from .files_to_upload import upload
from .write import identified

BEFORE = "before"
"""A document that is left alone: it was brought over, and says what it said then."""

LEFT = "left"
"""A document that was not come to, as the run stopped before."""

Do = Literal["add", "modify", "put", "delete", "void", "upload"]
Exists = Literal["refuse", "skip", "modify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One way out: which documents, how they are mapped, and what is done with what they become."""

    target: Connection
    type: str
    do: Do
    map: Map
    when: Predicate | None = None
    exists: Exists = "refuse"
    """What becomes of a record to add that is there already."""
    match: str = ""
    """The field by which it is looked up."""
    lines: Lines = "replace"
    files: Path = Path()
    """Of `upload`: the folder of the files."""

    @property
    def address(self) -> str:
        return f"{self.target.name}:{self.type}"

    def change(self, record: Mapping[str, Any], key: str, place: str) -> Change:
        """What is to be done with a record; MapError for one whose file is not there."""
        if self.do == "upload":
            return upload(self.files, self.type, record, key=key, place=place)
        told: dict[str, Any] = {"type": self.type, "record": record, "key": key, "place": place}
        match self.do:
            case "add":
                return Put(**told, lines=self.lines) if self.exists == "modify" else Add(**told)
            case "modify":
                return Modify(**told, lines=self.lines)
            case "put":
                return Put(**told, lines=self.lines)
            case "delete":
                return Delete(**told)
        return Void(**told)

    @property
    def is_once(self) -> bool:
        """Whether a document that was brought over is left alone when it comes again."""
        return self.do in ("add", "delete", "void", "upload")


@dataclass(slots=True)
class Case:
    """A document on its way, and what became of it so far."""

    document: Document
    standing: Standing | None = None
    passed: str = ""
    """Why nothing is to be done: skipped, before, changed."""
    error: TieoutError | None = None
    """Why it could not be mapped."""
    made: list[dict[str, Any]] = field(default_factory=list)
    changes: list[tuple[Branch, Change]] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    note: str = ""

    @property
    def state(self) -> str:
        """done, refused, unknown, skipped, before, changed or left."""
        if self.error is not None:
            return REFUSED
        if self.passed:
            return self.passed
        if self.changes and not self.outcomes:
            return LEFT
        states = {self.outcomes[c.id].state if c.id in self.outcomes else REFUSED for _, c in self.changes}
        return next((each for each in (REFUSED, UNKNOWN) if each in states), DONE)

    @property
    def why(self) -> TieoutError | None:
        """What kept it from being done."""
        return self.error or next(
            (each.error for each in self.outcomes.values() if each.error is not None), None
        )

    @property
    def may_pass(self) -> bool:
        """Whether its refusal may be none the next time."""
        why = self.why
        return self.state == REFUSED and why is not None and (why.retryable or isinstance(why, Stale))

    @property
    def records(self) -> list[tuple[str, str, str]]:
        """Identity, type and id of the records that it became."""
        return [
            (branch.target.identity, change.type, self.outcomes[change.id].record_id)
            for branch, change in self.changes
            if change.id in self.outcomes and self.outcomes[change.id].record_id
        ]


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the changes of documents."""

    log: ProcessLog
    branches: Sequence[Branch]
    when: Predicate | None = None
    changed_only: bool = False

    def case(self, document: Document) -> Case:
        """What is to be done for a document."""
        case = Case(document, self.log.standing(document.id))
        branch = self._branch(document)
        if document.twice:
            case.error = _given_twice(document)
        elif document.gone:
            self._take_away(case)
        elif branch is None:
            case.passed = SKIPPED
        elif not self._is_known(case, branch):
            self._map(case, branch)
        return case

    def _branch(self, document: Document) -> Branch | None:
        """The first way out that the document fits."""
        if document.gone:
            return self.branches[0]
        if not fits(document.content, self.when):
            return None
        return next((each for each in self.branches if fits(document.content, each.when)), None)

    def _is_known(self, case: Case, branch: Branch) -> bool:
        """Whether it was brought over before and is left alone, or has changed since, which a person should know."""
        standing = case.standing
        if standing is None or standing.state not in (DONE, OWING):
            return False
        same = standing.digest == case.document.digest
        if branch.is_once and not self.changed_only:
            case.passed = BEFORE if same else CHANGED
            if not same:
                case.note = f"it has changed since run {standing.run} brought it over; what it became there was left as it is"
        elif self.changed_only and same:
            case.passed = BEFORE
        return bool(case.passed)

    def _map(self, case: Case, branch: Branch) -> None:
        document = case.document
        try:
            made = branch.map.records(document.content, document.place)
        except MapError as error:
            case.error = error
            return
        if not made:
            case.passed = SKIPPED
            return
        case.made = made
        keys = (
            [document.key]
            if len(made) == 1
            else [f"{document.key}#{n}" if document.key else "" for n in range(1, len(made) + 1)]
        )
        try:
            changes = [
                branch.change(record, key, document.place) for record, key in zip(made, keys, strict=True)
            ]
        except MapError as error:
            case.error = error
            return
        case.changes = [(branch, each) for each in self._identified(document, changes)]

    def _identified(self, document: Document, changes: Sequence[Change]) -> Iterator[Change]:
        """Each change with an id that it keeps whenever the document comes again."""
        for number, change in enumerate(changes):
            if change.key:
                yield from (
                    each for each in identified([change], by_contents=False) if isinstance(each, Change)
                )
            else:
                yield _with_id(change, f"{self.log.process}\0{document.id}\0{number}")

    def _take_away(self, case: Case) -> None:
        """Delete what a document became; one that became nothing is only forgotten."""
        standing = case.standing
        for type_name, record_id, connection in _became(standing):
            branch = next(
                (b for b in self.branches if b.type == type_name and b.target.name == connection), None
            )
            if branch is not None:
                change = Delete(type=type_name, record={"Id": record_id}, place=case.document.place)
                case.changes.append(
                    (branch, _with_id(change, f"{self.log.process}\0gone\0{type_name}\0{record_id}"))
                )
        if not case.changes:
            case.passed = SKIPPED


def there_already(branch: Branch, changes: Sequence[Change]) -> dict[str, str]:
    """The ids of the records that are there already, by the change that would add them; names are the same in any case."""
    target, field_name = branch.target, branch.match
    sought = {change.id: target.sought(field_name, change.record) for change in changes}
    values = list({value.casefold(): value for value in sought.values() if value}.values())
    found: dict[str, str] = {}
    for at in range(0, len(values), 30):
        some = tuple(values[at : at + 30])
        wanted = In(branch.match, some) if len(some) > 1 else Compare(branch.match, "=", some[0])
        for page in target.read(Query((branch.type,), wanted)):
            for record in page.records():
                identity = str(record.get(target.id_field_of(branch.type), ""))
                found.setdefault(target.sought(field_name, record).casefold(), identity)
    named = {change: found.get(value.casefold(), "") for change, value in sought.items() if value}
    return {change: identity for change, identity in named.items() if identity}


def records_text(records: Sequence[tuple[str, str, str]], names: Mapping[str, str]) -> str:
    """What a document became, as it is remembered: type, id and connection of each record, JSON."""
    return (
        json.dumps([[t, record_id, names[identity]] for identity, t, record_id in records]) if records else ""
    )


def _became(standing: Standing | None) -> list[tuple[str, str, str]]:
    return json.loads(standing.record) if standing is not None and standing.record else []


def _with_id(change: Change, text: str) -> Change:
    return replace(change, id=sha256(text.encode()).hexdigest()[:32])


def _given_twice(document: Document) -> Invalid:
    return Invalid(
        f"{document.place}: {document.key} was given before in the same run.",
        element=document.key.partition("=")[0],
        advice="One key is one document: take one of the two out, choose a key that tells them apart, or bring their rows together with `group`.",
        record=document.content,
    )
