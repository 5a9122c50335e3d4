"""Changes written to files. A file is read, changed in memory and put in its own place at once.

    changes ▶ the file as it will be ▶ Sent, with the digests of the file before and after ▶ replaced ▶ outcomes

Whoever dies in between left the file as it was, or as it was to be, and its digest says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from itertools import groupby, islice
from typing import Any
from uuid import uuid4

from ...errors import AlreadyExists, Invalid, NotAllowed, NotFound, OutcomeUnknown, RecordRefused, SetupError
from ...operations import Add, Change, Delete, Member, Modify, Outcome, PlannedChange, Put, Sent
from ...protocols import exact_json
from ..base import Intents, Record
from ..row_page import plain
from .folder import Folder, is_half_written
from .formats import ENDINGS, Format

TOGETHER = 10_000
"""Changes after which a file is written."""

_VERBS: Mapping[type[Change], str] = {Add: "add", Modify: "modify", Put: "put", Delete: "delete"}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(slots=True)
class _Contents:
    """The records of a file, by their ids where they have some."""

    records: dict[str, Record]
    where: str
    id_field: str
    document: str = ""
    """The name of the file, where it is one record."""

    def apply(self, change: Change) -> str:
        """Do it in memory; the record's id, or RecordRefused."""
        record, named = _split(change, self.id_field, linked=not self.document)
        named = self.document or named
        match change:
            case Add():
                if named and named in self.records:
                    raise AlreadyExists(
                        f"{self.where} {'is there' if self.document else f'has a record with {self.id_field} {named}'} already.",
                        record=change.record,
                        element=self.id_field,
                        advice='Write do = "put" to replace it.',
                    )
                self.records[named or f"\0{uuid4().hex}"] = record
                return named
            case Put() | Modify() | Delete() if not named:
                raise Invalid(
                    f"{change.place or self.where}: the record has no {self.id_field}, and a {change.verb} needs one.",
                    record=change.record,
                    element=self.id_field,
                    advice="Give it one, or say with `id_field` what it is called.",
                )
            case Put():
                self.records[named] = record
                return named
        if named not in self.records:
            raise NotFound(
                f"{self.where} {'is not there' if self.document else f'has no record with {self.id_field} {named}'}.",
                record=change.record,
                element=self.id_field,
                advice="Add it first.",
            )
        if isinstance(change, Delete):
            del self.records[named]
        else:
            self.records[named] = (
                record if getattr(change, "full", False) else {**self.records[named], **record}
            )
        return named


@dataclass(frozen=True, slots=True)
class FileWriter:
    """Writes to one folder."""

    name: str
    folder: Folder
    form: Format
    id_field: str

    def write(self, changes: Iterable[Change], intents: Intents) -> Iterator[Outcome]:
        """An outcome for each change."""
        if self.form.whole:
            for change in changes:
                yield from self._write_together([change], self._document_name(change), intents)
            return
        feed = iter(changes)
        while some := list(islice(feed, TOGETHER)):
            for type_name, group in groupby(some, lambda each: each.type):
                yield from self._write_together(list(group), self._name(type_name), intents)

    def plan(self, changes: Iterable[Change]) -> Iterator[PlannedChange]:
        """What would be written, and to which file; nothing is."""
        for change in changes:
            name = self._document_name(change) if self.form.whole else self._name(change.type)
            contents = self._contents(name, self.folder.read(name))
            try:
                _refuse_others(change)
                record_id = contents.apply(change)
            except RecordRefused as error:
                yield PlannedChange(change=change, operation="refuse", error=error)
                continue
            yield PlannedChange(
                change=change,
                operation=_VERBS[type(change)],
                record_id=record_id,
                sent=change.record,
                note=name,
            )

    def resolve(self, sent: Sent) -> list[Outcome]:
        """What became of it, by the digest of the file as it is now."""
        name = str(sent.envelope["file"])
        now = self.folder.read(name)
        if _digest(now) == sent.envelope["after"]:
            return [_found(each) for each in sent.members]
        if _digest(now) == sent.envelope["before"]:
            return []
        there = self._contents(name, now).records
        return [outcome for each in sent.members if (outcome := _judged(each, there, name)) is not None]

    def _write_together(self, changes: Sequence[Change], name: str, intents: Intents) -> Iterator[Outcome]:
        """One file with all of the changes that it can take."""
        before = self.folder.read(name)
        contents = self._contents(name, before)
        done, refused = [], []
        for change in changes:
            try:
                _refuse_others(change)
                record_id = contents.apply(change)
                record = None if isinstance(change, Delete) else change.record
                done.append(Outcome(change=change, state="done", record_id=record_id, record=record))
            except RecordRefused as error:
                refused.append(Outcome(change=change, state="refused", error=error))
        intents.note(refused)
        yield from refused
        if done:
            after = self._body(list(contents.records.values()), changes[0].type, name, before)
            sent = self._sent(done, name, before, after, intents)
            intents.sending(sent)
            if after is None:
                self.folder.delete(name)
            else:
                self.folder.replace(name, after)
            intents.answered(sent, done)
            yield from done

    def _body(
        self, records: Sequence[Record], type_name: str, name: str, before: bytes | None
    ) -> bytes | None:
        """The file as it will be; None when it goes away."""
        if not self.form.whole:
            return self.form.write(records, type_name, name, before)
        return self.form.write_document(records[0], type_name, name) if records else None

    def _sent(
        self, done: Sequence[Outcome], name: str, before: bytes | None, after: bytes | None, intents: Intents
    ) -> Sent:
        members = tuple(
            Member(
                each.change,
                intents.attempt(each.change),
                _VERBS[type(each.change)],
                carrier={"id": each.record_id} if each.record_id else {},
            )
            for each in done
        )
        envelope = {"file": name, "before": _digest(before), "after": _digest(after)}
        body = exact_json.encode([plain(each.change.record) for each in done])
        return Sent(uuid4().hex, members, envelope, body, datetime.now(UTC))

    def _contents(self, name: str, body: bytes | None) -> _Contents:
        records: dict[str, Record] = {}
        for number, given in enumerate(self.form.read(BytesIO(body), name) if body else ()):
            if given.error is not None:
                raise given.error
            record_id = name if self.form.whole else given.record.get(self.id_field)
            records[f"\0{number}" if record_id in (None, "") else str(record_id)] = dict(given.record)
        return _Contents(records, f"{self.name}: {name}", self.id_field, name if self.form.whole else "")

    def _name(self, type_name: str) -> str:
        """The file of a type: the one that is there, else a new one."""
        try:
            there = [each.name for each in self.folder.files()]
        except SetupError:  # the folder is made when it is needed
            there = []
        found = [
            name
            for name in there
            if name.partition(".")[0] == type_name and self.form.of(name) and not is_half_written(name)
        ]
        if len(found) > 1:
            raise SetupError(
                f"{self.folder.address} has {' and '.join(found)}.",
                advice="Move all but one of them away, or name the `format`.",
            )
        return found[0] if found else f"{type_name}.{self._ending()}"

    def _document_name(self, change: Change) -> str:
        """A file for the record, named by its key, its id, or the change; a name that is not one for a file is bent."""
        named = change.record.get(self.id_field, "")
        key = change.key.partition("=")[2] or str(named) or change.id
        safe = _UNSAFE.sub("_", key).strip(".") or "_"
        if safe != key:
            safe = f"{safe[:80]}-{sha256(key.encode()).hexdigest()[:8]}"
        return f"{change.type}-{safe}.{self._ending()}"

    def _ending(self) -> str:
        if not self.form.named:
            raise SetupError(
                f"Nothing says in which format {self.name} is to be written.",
                advice='Name it in its connection: format = "csv".',
            )
        return next(ending for ending, form in ENDINGS.items() if form == self.form.named)


def _split(change: Change, id_field: str, *, linked: bool) -> tuple[Record, str]:
    """The record without what the journal calls it, and its id; that of its link, where it has none of its own."""
    record: dict[str, Any] = dict(change.record)
    known = record.pop("Id", "") if id_field != "Id" else ""
    named = record.get(id_field)
    if named in (None, "") and known and linked:
        record = {id_field: known, **record}
        named = known
    return record, "" if named in (None, "") else str(named)


def _refuse_others(change: Change) -> None:
    if type(change) not in _VERBS:
        raise NotAllowed(
            f"A file knows no {change.verb}.", record=change.record, advice="Use add, modify, put or delete."
        )


def _digest(body: bytes | None) -> str:
    return "" if body is None else sha256(body).hexdigest()


def _found(member: Member) -> Outcome:
    return Outcome(
        change=member.change,
        state="done",
        record_id=str(member.carrier.get("id", "")),
        note="found in the file",
    )


def _judged(member: Member, there: Mapping[str, Record], name: str) -> Outcome | None:
    """Somebody else changed the file meanwhile: what has an id is looked for, of the rest nobody knows."""
    record_id = str(member.carrier.get("id", ""))
    if member.operation == "add" and record_id:
        return _found(member) if record_id in there else None
    if record_id:
        return None  # it may be done again: the same comes of it
    error = OutcomeUnknown(
        f"{name} was changed by somebody else while a record was written to it; nobody can tell whether it is there.",
        advice="Look into the file, and say what you find with `tieout settle`.",
    )
    return Outcome(change=member.change, state="unknown", error=error)
