"""Changes of a company file made ready to be sent: what is missing read, what is wrong refused, each with its reason.

Many are made ready together, so that what has to be read of them takes few requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...catalog.qbxml import Edition, RecordType, record_type
from ...catalog.qbxml.actions import Message, actions, message
from ...catalog.qbxml.clearing import can_be_cleared
from ...catalog.qbxml.rets import ret_of
from ...errors import AlreadyExists, Invalid, NotAllowed, NotFound, SetupError, Stale, TieoutError
from ...operations import Act, Add, Change, Delete, Modify, Outcome, Put, Void, mark_of
from ...protocols.qbxml_records import (
    LINE_ID,
    STAMPS,
    as_list,
    called,
    differences,
    elements_in,
    id_of,
    renamed,
)
from ...protocols.qbxml_writer import Request, write_request
from .acts import ACTS, prepare_act, read_for_act
from .line_merging import names_lines, with_lines
from .prepared import Fields, Prepared, done, mark_in_set, named_id, refused
from .what_is_there import Books, known_kind, naming_filter, sharing_names, wanted_name

Records = Mapping[tuple[str, str], Fields]

REFUSALS = (Invalid, NotAllowed, NotFound, AlreadyExists, Stale, SetupError)

_MEMOS = ("Memo", "Notes", "Desc")
_PARTICIPLES = {"add": "added", "modify": "modified", "delete": "deleted", "void": "voided"}


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
        return self.books.by_names(wanted) if wanted else {}

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
        found = self._message(kind, "add")
        if named_id(change.record):
            raise Invalid(
                "Id: a record that is added gets its id from QuickBooks.",
                element="Id",
                advice="Leave the id out, or use put or modify for a record that is there.",
            )
        record = {n: v for n, v in change.record.items() if v is not None and n not in ("Id", *STAMPS)}
        body = _without_line_ids(renamed(kind, found.root, self.edition, record))
        self._check_name(kind, body, taken, "")
        carrier = self._carrier(kind, body)
        if not carrier:
            body, carrier = self._marked(kind, found.root, body, change)
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
        self._require_id(change, record_id)
        if before is None:
            raise _gone(kind, record_id)
        ret = ret_of(kind.name, self.edition)
        found = message(kind, "modify", self.edition)
        if found is None or not found.published(self.edition):
            self._refuse_unless_so(kind, change, before)
            raise _NothingToDo(before)
        record = {n: v for n, v in change.record.items() if n not in ("Id", *STAMPS)}
        body = renamed(kind, found.root, self.edition, record)
        body = _without_what_is_so(kind, ret.name, found.root, self.edition, body, before)
        if change.full:
            body = self._cleared(kind, found.root, body, before) | body
        self._refuse_clearing(kind, body, change)
        if names_lines(kind, self.edition, found.root, body):
            lines = "replace" if change.full else change.lines
            body = with_lines(kind, self.edition, found.root, body, before, lines)
        self._check_name(kind, body, taken, record_id)
        if next(differences(kind, found.root, ret.name, self.edition, body, before), None) is None:
            raise _NothingToDo(before)
        sequence = str(change.record.get("EditSequence") or before.get("EditSequence", ""))
        body = {ret.key: record_id, "EditSequence": sequence, **body}
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
        found = self._message(kind, verb)
        if found.kind is kind:  # definitions of custom fields, which have no id
            content = {n: v for n, v in given.record.items() if n != "Id"}
            whole = content if found.root == found.request else {found.root: content}
            return self._prepared(given, kind, found, whole, operation=verb)
        self._require_id(given, record_id)
        if before is not None and verb == "void" and str(before.get("Memo", "")).startswith("VOID:"):
            raise _NothingToDo(before)
        if before is None and (verb == "void" or given.record.get("EditSequence")):
            raise _gone(kind, record_id)
        if (
            before is not None
            and given.record.get("EditSequence", before["EditSequence"]) != before["EditSequence"]
        ):
            raise _changed(kind, given, record_id, before)
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

    # ---- rules

    def _message(self, kind: RecordType, action: str) -> Message:
        found = message(kind, action, self.edition)
        if found is None or not found.published(self.edition):
            able = [each for each in actions(kind, self.edition) if each not in ("query", "read")]
            raise NotAllowed(
                f"QuickBooks does not let {kind.name} be {_PARTICIPLES[action]} over qbXML {self.edition}.",
                advice=f"What can be done with it: {', '.join(able) or 'reading'}.",
            )
        return found

    def _require_id(self, change: Change, record_id: str) -> None:
        given, own = change.record.get("Id"), id_of(change.record)
        if not record_id or (given and own and given != own):
            raise Invalid(
                f"Id: {'nothing says' if not record_id else f'{given} and {own} do not say'} which {change.type} is meant.",
                element="Id",
                advice="Give its ListID or TxnID, as Id too, or the key that it was added with.",
            )

    def _refuse_unless_so(self, kind: RecordType, change: Modify, before: Fields) -> None:
        """A type that cannot be modified may be put as it is."""
        record = {n: v for n, v in change.record.items() if n not in ("Id", *STAMPS)}
        root, ret = kind.message("Add", ""), ret_of(kind.name, self.edition).name
        differing = next(
            differences(kind, root, ret, self.edition, renamed(kind, root, self.edition, record), before),
            None,
        )
        if differing is not None:
            self._message(kind, "modify")

    def _check_name(
        self, kind: RecordType, body: Fields, taken: Mapping[tuple[str, str], list[Fields]], own: str
    ) -> None:
        name = str(body.get("Name") or "")
        if ret_of(kind.name, self.edition).key != "ListID" or not name:
            return
        if ":" in name:
            raise Invalid(
                f"Name: {name!r} has a colon, which stands between a parent and its child.",
                element="Name",
                advice="Take it out; name the parent in ParentRef.",
            )
        full = wanted_name(body)
        for shared in sharing_names(kind.name):
            for holder in taken.get((shared, full.casefold()), ()):
                if id_of(holder) != own:
                    raise AlreadyExists(
                        f"Name: {shared} {id_of(holder)} is called {called(holder)!r} already.",
                        element="Name",
                        code="3100",
                        advice="Give another name, or modify the record that is there."
                        + (
                            " Customers, vendors, employees and other names share one list."
                            if len(sharing_names(kind.name)) > 1
                            else ""
                        ),
                    )

    def _refuse_clearing(self, kind: RecordType, body: Fields, change: Change) -> None:
        for place, name in _emptied(body):
            if not can_be_cleared(kind, place, self.edition):
                raise Invalid(
                    f"{place}: QuickBooks does not let {name} of {kind.name} be empty.",
                    element=place,
                    code="3190",
                    advice="Leave the field out, or give it another value.",
                    record=change.record,
                )

    def _cleared(self, kind: RecordType, root: str, body: Fields, before: Fields) -> dict[str, Any]:
        """The fields that are there, were not given, and can be empty."""
        known = elements_in(kind.name, root, self.edition)
        return {
            name: None
            for name, element in known.items()
            if name not in body
            and name not in STAMPS
            and element.least == 0
            and element.most == 1
            and before.get(name) not in (None, "", False)
            and can_be_cleared(kind, name, self.edition)
        }

    # ---- how it is found again

    def _carrier(self, kind: RecordType, body: Fields) -> dict[str, Any]:
        ret = ret_of(kind.name, self.edition)
        naming = naming_filter_of(ret)
        value = str(body.get("RefNumber") or "") if naming == "RefNumber" else wanted_name(body)
        return {"by": "name", "value": value} if naming and value else {}

    def _marked(
        self, kind: RecordType, root: str, body: dict[str, Any], change: Change
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The body with a mark in its memo, if it has one and there is room, and how it is found by it."""
        ret = ret_of(kind.name, self.edition)
        known = elements_in(kind.name, root, self.edition)
        field = next((each for each in _MEMOS if each in known and each in ret.fields), "")
        if not field or not self.marks:
            return body, ({"by": "contents"} if ret.key == "ListID" else {})
        mark = mark_of(change.id)
        text = f"{body.get(field) or ''} {mark}".strip()
        declared = known[field].value
        if declared is not None and declared.length is not None and len(text) > declared.length:
            return body, {}
        return {**body, field: text}, {"by": "mark", "field": field, "value": mark}


class _NothingToDo(Exception):
    """The record is so already."""

    def __init__(self, record: Fields) -> None:
        self.record = record


def naming_filter_of(ret: Any) -> str:
    """The field by which people name records of a type, where it has a query."""
    return naming_filter(ret) if ret.name else ""


def _gone(kind: RecordType, record_id: str) -> NotFound:
    return NotFound(
        f"The company file has no {kind.name} {record_id}.",
        advice="It was deleted, or the id is another file's.",
        element="Id",
    )


def _changed(kind: RecordType, change: Change, record_id: str, before: Fields) -> TieoutError:
    return Stale(
        f"{kind.name} {record_id} has EditSequence {before['EditSequence']} by now, yours is for "
        f"{change.record['EditSequence']}: somebody else changed it meanwhile.",
        advice="Look at what is there now, or leave EditSequence out.",
        code="3200",
        element="EditSequence",
    )


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


def _emptied(body: Fields, above: str = "") -> Iterator[tuple[str, str]]:
    """Fields that are set to nothing, as `InvoiceLineMod/ItemRef` where they are a line's."""
    for name, value in body.items():
        if value is None or value == "":
            yield f"{above}{name}", name
        for each in as_list(value):
            if isinstance(each, Mapping) and name.endswith(("LineMod", "GroupMod")):
                yield from _emptied(each, f"{name}/")
