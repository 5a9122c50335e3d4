"""Changes of a company file made ready to be sent: what is missing read, what is wrong refused, each with its reason.

Many are made ready together, so that what has to be read of them takes few requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...catalog.qbxml import Edition, RecordType, record_type
from ...catalog.qbxml.actions import Message, message
from ...catalog.qbxml.clearing import required
from ...catalog.qbxml.rets import ret_of
from ...errors import AlreadyExists, Invalid, NotAllowed, NotFound, SetupError, Stale
from ...operations import Act, Add, Change, Delete, Modify, Outcome, Put, Void
from ...protocols.qbxml_records import (
    LINE_ID,
    STAMPS,
    differences,
    elements_in,
    id_of,
    name_in,
    renamed,
)
from ...protocols.qbxml_writer import Request, write_request
from .acts import ACTS, prepare_act, read_for_act
from .carriers import carrier_of, marked, naming_filter_of
from .line_merging import names_lines, with_lines
from .prepared import Fields, Prepared, done, mark_in_set, named_id, refused
from .refusing import (
    changed_meanwhile,
    check_name,
    emptied_by_full,
    gone,
    published_message,
    refuse_clearing,
    refuse_unless_so,
    require_id,
)
from .what_is_there import Books, known_kind, sharing_names, wanted_name

Records = Mapping[tuple[str, str], Fields]

REFUSALS = (Invalid, NotAllowed, NotFound, AlreadyExists, Stale, SetupError)


@dataclass(frozen=True, slots=True)
class Preparer:
    """Makes changes of one company file ready."""

    books: Books
    marks: bool = True
    """Whether a record without a number gets a mark into its memo."""

    @property
    def edition(self) -> Edition:
        return self.books.company.edition

    def prepare(
        self, changes: Sequence[Change], *, always_read: bool = False
    ) -> Iterator[Prepared | Outcome]:
        """Each change ready to be sent, or its outcome when nothing will be; in their order."""
        resolved = self._resolved(changes)
        current = self._current([each for each in resolved if isinstance(each, Change)], always_read)
        taken = self._taken([each for each in resolved if isinstance(each, Change)])
        for given, each in zip(changes, resolved, strict=True):
            if isinstance(each, Outcome):
                yield each
                continue
            try:
                yield self._ready(given, each, current, taken)
            except _NothingToDo as nothing:
                yield done(given, nothing.record, "it is so already")
            except REFUSALS as error:
                yield refused(given, error)

    def reads(self, change: Change) -> bool:
        """Whether something must be read before this can be sent."""
        kind = known_kind(change)
        if kind is None or not isinstance(change, Add):
            return True
        return ret_of(kind.name, self.edition).key != "TxnID"

    # ---- what is there

    def _resolved(self, changes: Sequence[Change]) -> list[Change | Outcome]:
        """Each Put as the Add or Modify that it comes to; all else as it is."""
        wanted: dict[str, set[str]] = {}
        for change in changes:
            if isinstance(change, Put) and not named_id(change.record) and wanted_name(change.record):
                wanted.setdefault(change.type, set()).add(wanted_name(change.record))
        found = self.books.by_names(wanted) if wanted else {}
        resolved: list[Change | Outcome] = []
        for change in changes:
            try:
                resolved.append(self._as_add_or_modify(change, found) if isinstance(change, Put) else change)
            except REFUSALS as error:
                resolved.append(refused(change, error))
        return resolved

    def _as_add_or_modify(self, change: Put, found: Mapping[tuple[str, str], list[Fields]]) -> Change:
        record_type(change.type)
        name = wanted_name(change.record)
        there = (
            [] if named_id(change.record) else found.get((change.type, name.casefold()), []) if name else []
        )
        if len(there) > 1:
            ids = ", ".join(map(id_of, there))
            raise Invalid(
                f"{len(there)} records of {change.type} are called {name!r}: {ids}.",
                element="RefNumber",
                advice="Say which one by its Id.",
            )
        if there or named_id(change.record):
            record = {**change.record, **({"Id": id_of(there[0])} if there else {})}
            return Modify(type=change.type, record=record, id=change.id, key=change.key, lines=change.lines)
        return Add(type=change.type, record=change.record, id=change.id, key=change.key)

    def _current(self, changes: Sequence[Change], always: bool) -> Records:
        """The records that these changes are about."""
        wanted: dict[str, set[str]] = {}
        for change in changes:
            for type_name, record_id in self._needed(change, always):
                wanted.setdefault(type_name, set()).add(record_id)
        return self.books.by_ids(wanted) if wanted else {}

    def _needed(self, change: Change, always: bool) -> Iterator[tuple[str, str]]:
        kind, record_id = known_kind(change), named_id(change.record)
        if kind is None or isinstance(change, Add):
            return
        if isinstance(change, Act):
            yield from read_for_act(change, record_id)
        elif record_id and (always or not isinstance(change, Delete) or change.record.get("EditSequence")):
            yield kind.name, record_id

    def _taken(self, changes: Sequence[Change]) -> Mapping[tuple[str, str], list[Fields]]:
        """Records that have the names that these changes give to others."""
        wanted: dict[str, set[str]] = {}
        for change in changes:
            kind = known_kind(change)
            if kind is None or not isinstance(change, Add | Modify):
                continue
            ret = self.books.ret(kind.name)
            name = wanted_name(change.record)
            if ret is not None and ret.key == "ListID" and name and "Name" in change.record:
                for shared in sharing_names(kind.name):
                    wanted.setdefault(shared, set()).add(name)
        # Whoever is changed or goes may give its name away first: then QuickBooks itself judges what comes after it.
        leaving = {named_id(each.record) for each in changes if not isinstance(each, Add)}
        return {
            place: [each for each in records if id_of(each) not in leaving]
            for place, records in (self.books.by_names(wanted) if wanted else {}).items()
        }

    # ---- one change

    def _ready(
        self,
        given: Change,
        change: Change,
        current: Records,
        taken: Mapping[tuple[str, str], list[Fields]],
    ) -> Prepared:
        kind = record_type(change.type)
        record_id = named_id(change.record)
        before = current.get((kind.name, record_id))
        match change:
            case Add():
                return self._add(kind, given, change, taken)
            case Modify():
                return self._modify(kind, given, change, record_id, before, taken)
            case Delete() | Void():
                return self._generic(kind, given, record_id, before)
            case Act(name="deactivate" | "reactivate"):
                record = {"Id": record_id, "IsActive": change.name == "reactivate"}
                modify = Modify(type=change.type, record=record, id=change.id)
                return self._modify(kind, given, modify, record_id, before, {})
            case Act(name=name) if name in ACTS:
                return prepare_act(kind, change, self.edition, current)
        raise SetupError(
            f"{kind.name} knows no act {change.verb!r}.", advice=f"The acts are {', '.join(ACTS)}."
        )

    def _add(
        self, kind: RecordType, given: Change, change: Add, taken: Mapping[tuple[str, str], list[Fields]]
    ) -> Prepared:
        found = published_message(self.edition, kind, "add")
        if named_id(change.record):
            raise Invalid(
                "Id: a record that is added gets its id from QuickBooks.",
                element="Id",
                advice="Leave the id out, or use put or modify for a record that is there.",
            )
        record = {n: v for n, v in change.record.items() if v is not None and n not in ("Id", *STAMPS)}
        body = _without_line_ids(renamed(kind, found.root, self.edition, record))
        check_name(self.edition, kind, body, taken, "")
        carrier = carrier_of(self.edition, kind, body)
        if not carrier:
            body, carrier = marked(self.edition, kind, found.root, body, change, marks=self.marks)
        ret = ret_of(kind.name, self.edition)
        name = wanted_name(body) if naming_filter_of(ret) else ""
        return self._prepared(
            given,
            kind,
            found,
            {found.root: body},
            operation="add",
            body=body,
            root=found.root,
            carrier=carrier,
            writes=frozenset({f"{kind.name}={name.casefold()}"} if name and isinstance(given, Put) else ()),
        )

    def _modify(
        self,
        kind: RecordType,
        given: Change,
        change: Modify,
        record_id: str,
        before: Fields | None,
        taken: Mapping[tuple[str, str], list[Fields]],
    ) -> Prepared:
        require_id(change, record_id)
        if before is None:
            raise gone(kind, record_id)
        ret = ret_of(kind.name, self.edition)
        found = message(kind, "modify", self.edition)
        if found is None or not found.published(self.edition):
            refuse_unless_so(self.edition, kind, change, before)
            raise _NothingToDo(before)
        record = {n: v for n, v in change.record.items() if n not in ("Id", *STAMPS)}
        body = renamed(kind, found.root, self.edition, record)
        body = _without_what_is_so(kind, ret.name, found.root, self.edition, body, before)
        if change.full:
            body = emptied_by_full(self.edition, kind, found.root, body, before) | body
        refuse_clearing(self.edition, kind, body, change)
        if names_lines(kind, self.edition, found.root, body):
            lines = "replace" if change.full else change.lines
            body = with_lines(kind, self.edition, found.root, body, before, lines)
        check_name(self.edition, kind, body, taken, record_id)
        if next(differences(kind, found.root, ret.name, self.edition, body, before), None) is None:
            raise _NothingToDo(before)
        sequence = str(change.record.get("EditSequence") or before.get("EditSequence", ""))
        needed = _needed(kind, ret.name, found.root, self.edition, before)
        body = {**needed, ret.key: record_id, "EditSequence": sequence, **body}
        return self._prepared(
            given,
            kind,
            found,
            {found.root: body},
            operation="modify",
            body=body,
            root=found.root,
            record_id=record_id,
            before=before,
            carrier={"by": "stamp", "id": record_id, "token": sequence},
            writes=frozenset({f"{kind.name}:{record_id}"}),
        )

    def _generic(self, kind: RecordType, given: Change, record_id: str, before: Fields | None) -> Prepared:
        """Deleting and voiding, which have one request for all lists and one for all transactions."""
        verb = "delete" if isinstance(given, Delete) else "void"
        found = published_message(self.edition, kind, verb)
        if found.kind is kind:  # definitions of custom fields, which have no id
            content = {n: v for n, v in given.record.items() if n != "Id"}
            whole = content if found.root == found.request else {found.root: content}
            return self._prepared(given, kind, found, whole, operation=verb)
        require_id(given, record_id)
        if before is not None and verb == "void" and str(before.get("Memo", "")).startswith("VOID:"):
            raise _NothingToDo(before)
        if before is None and (verb == "void" or given.record.get("EditSequence")):
            raise gone(kind, record_id)
        if (
            before is not None
            and given.record.get("EditSequence", before["EditSequence"]) != before["EditSequence"]
        ):
            raise changed_meanwhile(kind, given, record_id, before)
        type_field, id_field = f"{found.kind.name}{found.verb}Type", f"{found.kind.name}ID"
        return self._prepared(
            given,
            kind,
            found,
            {type_field: kind.name, id_field: record_id},
            operation=verb,
            record_id=record_id,
            before=before,
            carrier={"by": "gone" if verb == "delete" else "void", "id": record_id},
            writes=frozenset({f"{kind.name}:{record_id}"}),
        )

    def _prepared(
        self, given: Change, kind: RecordType, found: Message, content: Fields, **told: Any
    ) -> Prepared:
        mark = mark_in_set(given)
        request = Request(found.kind.name, found.verb, content, mark)
        return Prepared(
            change=given,
            kind=kind,
            edition=self.edition,
            request=request,
            written=write_request(request, self.edition),
            **told,
        )


class _NothingToDo(Exception):
    """The record is so already."""

    def __init__(self, record: Fields) -> None:
        self.record = record


def _without_line_ids(body: dict[str, Any]) -> dict[str, Any]:
    """Lines of a new record have no ids yet."""
    return {
        name: [
            {n: v for n, v in each.items() if n != LINE_ID} if isinstance(each, Mapping) else each
            for each in value
        ]
        if isinstance(value, list)
        else value
        for name, value in body.items()
    }


def _without_what_is_so(
    kind: RecordType, ret: str, root: str, edition: Edition, body: Mapping[str, Any], before: Fields
) -> dict[str, Any]:
    """Without fields that no modification takes and that say what is there: a record read, changed and given back."""
    known = elements_in(kind.name, root, edition)
    shown = elements_in(kind.name, ret, edition)
    return {
        name: value
        for name, value in body.items()
        if name in known or name not in shown or before.get(name) != value
    }


def _needed(kind: RecordType, ret: str, root: str, edition: Edition, before: Fields) -> dict[str, Any]:
    """What a modification must say of a record, whether it changes or not."""
    found: dict[str, Any] = {}
    for name in required(kind, root, edition):
        shown = name_in(kind.name, ret, edition, name)
        if name not in STAMPS and shown in before:
            value = before[shown]
            is_reference = isinstance(value, Mapping) and "ListID" in value
            found[name] = {"ListID": value["ListID"]} if is_reference else value
    return found
