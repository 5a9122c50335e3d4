"""Changes made ready to be sent: what is missing read, what is wrong refused, each with its reason.

Many are made ready together, so that what has to be read of them takes few requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ...catalog.rest import RecordType, record_type
from ...errors import (
    AlreadyExists,
    Invalid,
    NotAllowed,
    NotFound,
    RecordRefused,
    SetupError,
    Stale,
    TieoutError,
)
from ...operations import Act, Add, Change, Delete, Modify, Outcome, Put, Void, mark_of
from ...protocols.rest_records import check_name, cleared, completed, missing, refuse_clearing
from ...protocols.rest_sent_fields import as_sent
from ...protocols.rest_writes import UPLOADED_AT_MOST, UPLOADED_TYPES
from .company import Company, can_filter
from .differences import differences, emptied
from .line_merging import merged_lines, without_subtotals
from .prepared import Prepared, done, refused
from .what_is_there import (
    Named,
    Records,
    current_records,
    inner,
    known_kind,
    naming_field,
    records_by_name,
    taken_names,
)

ACTS = ("send", "deactivate", "reactivate", "upload")


@dataclass(frozen=True, slots=True)
class Preparer:
    """Makes changes of one company ready."""

    company: Company
    marks: bool = True
    """Whether a record without a number gets a mark into its memo."""

    def prepare(
        self, changes: Sequence[Change], *, always_read: bool = False
    ) -> Iterator[Prepared | Outcome]:
        """Each change ready to be sent, or its outcome when nothing will be; in their order.

        `always_read` reads what is there even where it is not needed for sending, to tell what would become different.
        """
        resolved = list(self._resolved(changes))
        wanted = [each for each in resolved if isinstance(each, Change)]
        needed = [each for each in wanted if _needs_current(each, always_read)]
        current = current_records(self.company, needed)
        taken = taken_names(self.company, wanted, current)
        for given, each in zip(changes, resolved, strict=True):
            if isinstance(each, Outcome):
                yield each
                continue
            try:
                ready = self._ready(each, current, taken)
                yield ready if ready.change is given else replace(ready, change=given)
            except _NothingToDo as nothing:
                yield done(given, record_type(given.type), nothing.record, "it is so already")
            except (TieoutError, SetupError) as error:
                if not isinstance(error, _REFUSALS):
                    raise
                yield refused(given, error)

    def _resolved(self, changes: Sequence[Change]) -> Iterator[Change | Outcome]:
        """Each Put as the Add or Modify that it comes to; all else as it is."""
        found = records_by_name(self.company, [each for each in changes if isinstance(each, Put)])
        for change in changes:
            try:
                yield _as_add_or_modify(change, found) if isinstance(change, Put) else change
            except _REFUSALS as error:
                yield refused(change, error)

    # ---- one change

    def _ready(self, change: Change, current: Records, taken: Mapping[tuple[str, str], str]) -> Prepared:
        kind = record_type(change.type)
        before = current.get((kind.name, str(change.record.get("Id", ""))))
        match change:
            case Add():
                return self._add(kind, change, taken)
            case Modify():
                return self._modify(kind, change, before, taken)
            case Delete():
                return self._delete(kind, change, before)
            case Void():
                return self._void(kind, change, before)
            case Act():
                return self._act(kind, change, before)
        raise SetupError(f"{change.verb} is nothing that can be sent.")

    def _add(self, kind: RecordType, change: Add, taken: Mapping[tuple[str, str], str]) -> Prepared:
        _require(kind, "create")
        if change.record.get("Id"):
            raise Invalid(
                "Id: a record that is added gets its Id from QuickBooks.",
                element="Id",
                advice="Leave Id out, or use put or modify for a record that is there.",
            )
        body = {
            n: v
            for n, v in as_sent(kind, change.record).items()
            if v is not None and n not in ("Id", "SyncToken")
        }
        body = without_subtotals(kind, completed(kind, body))
        lacking = missing(kind, body)
        if lacking:
            raise _lacks(kind, lacking)
        _check_names(kind, body, taken, "")
        carrier = _carrier_of(kind, body)
        if not carrier and self.marks:
            carrier = _marked(kind, body, change)
        return Prepared(change=change, kind=kind, operation="create", body=body, carrier=carrier)

    def _modify(
        self,
        kind: RecordType,
        change: Modify,
        before: Mapping[str, Any] | None,
        taken: Mapping[tuple[str, str], str],
    ) -> Prepared:
        _require(kind, "update")
        if not (kind.head.get("singleton") or kind.words("key")):
            _require_id(change)
        body = as_sent(kind, change.record, before)
        full = change.full or not kind.can("sparse")
        if before is None and _needs_current(change, False) and not kind.words("key"):
            raise _gone(kind, change)
        if not change.full and before is not None:
            body = _with_the_rest(kind, body, before, full=full)
        else:
            body = {name: value for name, value in body.items() if value is not None}
        if isinstance(body.get("Line"), list) and "Line" in change.record:
            body["Line"] = merged_lines(kind, body["Line"], before, change)
        body = without_subtotals(kind, completed(kind, body))
        _check_names(kind, body, taken, f"{kind.name} {body.get('Id')}")
        body |= _stamped(kind, change, before)
        if before is not None and not (
            change.full or differences(body, before) or emptied(change.record, before)
        ):
            raise _NothingToDo(before)
        body["sparse"] = not full
        lacking = missing(kind, body, "sparse" if not full else "update")
        if lacking:
            raise _lacks(kind, lacking)
        return Prepared(
            change=change,
            kind=kind,
            operation="update",
            body=body,
            before=before,
            carrier=_stamp_of(kind, body),
        )

    def _delete(self, kind: RecordType, change: Delete, before: Mapping[str, Any] | None) -> Prepared:
        if not kind.can("delete") and kind.can("deactivate"):
            raise NotAllowed(
                f"QuickBooks deletes no {kind.name}.",
                advice=f"Make it inactive: `tieout act books:{kind.name} deactivate ID`.",
            )
        _require(kind, "delete")
        _require_id(change)
        if before is None and _needs_current(change, False):
            raise _gone(kind, change)
        now = inner(kind, before or {})
        stamp = {
            "Id": str(change.record["Id"]),
            "SyncToken": str(change.record.get("SyncToken") or now.get("SyncToken")),
        }
        body: Mapping[str, Any] = stamp
        if kind.head.get("delete") == "full":
            body = dict(before or {}) if kind.wraps else {**as_sent(kind, before or {}, before), **stamp}
        return Prepared(
            change=change,
            kind=kind,
            operation="delete",
            body=body,
            before=before,
            carrier=_stamp_of(kind, stamp),
        )

    def _void(self, kind: RecordType, change: Void, before: Mapping[str, Any] | None) -> Prepared:
        if not kind.can("void"):
            raise NotAllowed(
                f"QuickBooks voids no {kind.name} over its API; it answers with HTTP 200 and does nothing, or with a fault.",
                advice="Void it in QuickBooks itself"
                + (f", or delete it: `tieout delete books:{kind.name} …`." if kind.can("delete") else "."),
            )
        _require_id(change)
        if before is None and _needs_current(change, False):
            raise _gone(kind, change)
        if before is not None and _is_void(kind, before):
            raise _NothingToDo(before)
        body = {
            "Id": str(change.record["Id"]),
            "SyncToken": str(change.record.get("SyncToken") or (before or {}).get("SyncToken")),
        }
        by_update = "include=void" in str(kind.head["void"])
        if by_update:
            body["sparse"] = True  # type: ignore[assignment]
        return Prepared(
            change=change,
            kind=kind,
            operation="update" if by_update else "void",
            options="void" if by_update else "",
            body=body,
            before=before,
            carrier={**_stamp_of(kind, body), "voided": True},
        )

    def _act(self, kind: RecordType, change: Act, before: Mapping[str, Any] | None) -> Prepared:
        match change.name:
            case "send":
                return _send(kind, change, before)
            case "deactivate" | "reactivate":
                return self._activate(kind, change, before)
            case "upload":
                return self._upload(kind, change)
        raise SetupError(
            f"{kind.name} knows no act {change.name!r}.",
            advice=f"The acts are {', '.join(ACTS)}.",
        )

    def _activate(self, kind: RecordType, change: Act, before: Mapping[str, Any] | None) -> Prepared:
        if not kind.can("deactivate"):
            raise NotAllowed(
                f"A {kind.name} is neither active nor inactive.", advice="Delete it where that is possible."
            )
        record = {**change.record, "Active": change.name == "reactivate"}
        named = {
            name: before[name] for name in (str(kind.head.get("name", "")),) if before and name in before
        }
        modify = Modify(
            type=kind.name, record={**named, **record} if not kind.can("sparse") else record, id=change.id
        )
        return replace(self._modify(kind, modify, before, {}), change=change)

    def _upload(self, kind: RecordType, change: Act) -> Prepared:
        name = str(change.arguments.get("name") or change.record.get("FileName") or "")
        content_type = UPLOADED_TYPES.get(name.rpartition(".")[2].lower())
        if content_type is None:
            raise Invalid(
                f"FileName: QuickBooks takes no files like {name!r}.",
                element="FileName",
                advice=f"It takes {', '.join(UPLOADED_TYPES)}.",
            )
        if not 0 < len(change.content) <= UPLOADED_AT_MOST:
            raise Invalid(
                f"{name} has {len(change.content):,} bytes; QuickBooks takes 1 to {UPLOADED_AT_MOST:,}.",
                element="FileName",
            )
        body = {**as_sent(kind, change.record), "FileName": name, "ContentType": content_type}
        carrier = _marked(kind, body, change) if self.marks else {}
        return Prepared(
            change=change, kind=kind, operation="upload", body=body, content=change.content, carrier=carrier
        )


class _NothingToDo(Exception):
    """The record is so already."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.record = record


_REFUSALS = (Invalid, NotAllowed, NotFound, AlreadyExists, Stale, SetupError)


def _needs_current(change: Change, always: bool) -> bool:
    """Whether the record must be read before this can be sent."""
    kind = known_kind(change)
    if isinstance(change, Add) or kind is None or (isinstance(change, Act) and change.name == "upload"):
        return False
    if kind.words("key"):
        return False
    has_stamp = bool(change.record.get("SyncToken"))
    if always or not has_stamp:
        return True
    if isinstance(change, Modify):
        needs_lines = "Line" in change.record and change.lines == "keep"
        return not change.full and (
            needs_lines or not kind.can("sparse") or bool(missing(kind, change.record, "sparse"))
        )
    return isinstance(change, Act) or (isinstance(change, Delete) and kind.head.get("delete") == "full")


def _as_add_or_modify(change: Put, found: Named) -> Add | Modify:
    kind = record_type(change.type)

    def modify(record: Mapping[str, Any]) -> Modify:
        return Modify(
            type=change.type,
            record=record,
            id=change.id,
            key=change.key,
            place=change.place,
            lines=change.lines,
        )

    if change.record.get("Id") or kind.head.get("singleton"):
        return modify(change.record)
    field = naming_field(kind)
    name = str(change.record.get(field) or "")
    there = found.get((kind.name, name.casefold()), []) if name else []
    if isinstance(there, RecordRefused):
        raise there
    if len(there) > 1:
        ids = ", ".join(str(each["Id"]) for each in there)
        raise Invalid(
            f"{field}: {len(there)} records of {kind.name} are called {name!r}: {ids}.",
            element=field,
            advice="Say which one by its Id.",
        )
    if there:
        return modify({**change.record, "Id": there[0]["Id"]})
    return Add(type=change.type, record=change.record, id=change.id, key=change.key, place=change.place)


def _require(kind: RecordType, action: str) -> None:
    if not kind.can(action):
        able = ", ".join(sorted(kind.actions))
        raise NotAllowed(
            f"QuickBooks Online does not let {kind.name} be {_PARTICIPLES[action]}.",
            advice=f"What can be done with it: {able}.",
        )


_PARTICIPLES = {"create": "added", "update": "modified", "delete": "deleted"}


def _require_id(change: Change) -> None:
    if not change.record.get("Id"):
        raise Invalid(
            f"Id: nothing says which {change.type} is meant.",
            element="Id",
            advice="Give its Id, or the key that it was added with.",
        )


def _gone(kind: RecordType, change: Change) -> NotFound:
    return NotFound(
        f"The company has no {kind.name} {change.record.get('Id')}.",
        advice="It was deleted, or the Id is another company's.",
        element="Id",
    )


def _lacks(kind: RecordType, lacking: str) -> Invalid:
    told = lacking.replace("|", ", or ")
    return Invalid(
        f"{lacking.split('|')[0]}: a {kind.name} needs {told}.",
        element=lacking.split("|")[0],
        advice="Give it.",
    )


def _check_names(
    kind: RecordType, body: Mapping[str, Any], taken: Mapping[tuple[str, str], str], own: str
) -> None:
    check_name(kind, body)
    name = str(body.get(str(kind.head.get("name", ""))) or "").casefold()
    for list_name in kind.words("unique") or (kind.name,):
        holder = taken.get((list_name, name))
        if holder and holder != own and not _may_share(kind):
            raise AlreadyExists(
                f"{kind.head['name']}: {holder} is called {body[str(kind.head['name'])]!r} already.",
                element=str(kind.head["name"]),
                advice="Give another name, or modify the record that is there."
                + (
                    " Customers, vendors and employees share one list of names."
                    if kind.words("unique")
                    else ""
                ),
            )


def _may_share(kind: RecordType) -> bool:
    """Below different parents the same name may stand, so QuickBooks itself is asked."""
    return "ParentRef" in kind.fields and not kind.words("unique")


def _carrier_of(kind: RecordType, body: Mapping[str, Any]) -> dict[str, Any]:
    """By which field a new record is found again: the first of its carriers that has a value and can be asked for."""
    for field in _carriers(kind.name):
        if body.get(field):
            return {"by": "field", "field": field, "value": str(body[field])}
    if kind.kind == "list" and kind.words("carrier"):
        return {"by": "contents"}
    return {}


_MEMOS = ("PrivateNote", "Description", "Note")


@cache
def _carriers(type_name: str) -> tuple[str, ...]:
    """The carriers of a type that can be asked for."""
    kind = record_type(type_name)
    return tuple(word for word in kind.words("carrier") if can_filter(kind, word) and word not in _MEMOS)


def _marked(kind: RecordType, body: dict[str, Any], change: Change) -> dict[str, Any]:
    """Put a mark into the memo of a record that has no other carrier, if there is room."""
    field = next((word for word in kind.words("carrier") if word in _MEMOS), "")
    if not field:
        return {}
    memo, mark = str(body.get(field) or ""), mark_of(change.id)
    text = f"{memo} {mark}".strip()
    if len(text) > (kind.fields[field].length or len(text)):
        return {}
    body[field] = text
    return {"by": "mark", "field": field, "value": mark}


def _stamp_of(kind: RecordType, body: Mapping[str, Any]) -> dict[str, Any]:
    """A record that is there already is found again by its id, and its stamp tells whether it was changed."""
    if kind.words("key"):
        return {"by": "contents"}
    return {"by": "stamp", "id": str(body.get("Id", "")), "token": str(body.get("SyncToken", ""))}


def _stamped(kind: RecordType, change: Change, before: Mapping[str, Any] | None) -> dict[str, Any]:
    current = before or {}
    token = change.record.get("SyncToken") or current.get("SyncToken") or ("0" if kind.words("key") else "")
    identity = change.record.get("Id") or current.get("Id")
    stamp = {"SyncToken": str(token)}
    return {"Id": str(identity), **stamp} if identity else stamp


def _with_the_rest(
    kind: RecordType, body: dict[str, Any], before: Mapping[str, Any], *, full: bool
) -> dict[str, Any]:
    """A change of single fields with what QuickBooks wants beside them; a type without sparse updates is sent whole."""
    if full:
        for name in (name for name, value in body.items() if value is None):
            refuse_clearing(kind, name)
        whole = {**as_sent(kind, before, before), **body}
        return {name: value for name, value in whole.items() if value not in (None, "")}
    given = {name: cleared(kind, name) if value is None else value for name, value in body.items()}
    needed = {
        name: before[name]
        for word in kind.words("required_sparse")
        for name in word.split("|")
        if name not in given and name in before
    }
    return {**needed, **given}


def _send(kind: RecordType, change: Act, before: Mapping[str, Any] | None) -> Prepared:
    if not kind.can("send"):
        raise NotAllowed(
            f"QuickBooks sends no {kind.name} by e-mail.", advice="Print it instead: `tieout act … pdf`."
        )
    _require_id(change)
    if before is None:
        raise _gone(kind, change)
    to = str(change.arguments.get("to", ""))
    told = before.get("POEmail" if kind.name == "PurchaseOrder" else "BillEmail") or {}
    if not to and not told.get("Address"):
        raise Invalid(
            "to: the record has no e-mail address, and none is given.",
            element="to",
            advice="Give one: --param to=…",
        )
    body = {"Id": str(change.record["Id"]), "SyncToken": str(before.get("SyncToken", ""))}
    was = str((before.get("DeliveryInfo") or {}).get("DeliveryTime", ""))
    carrier = {"by": "delivery", "id": body["Id"], "was": was} if "DeliveryInfo" in kind.fields else {}
    return Prepared(
        change=change,
        kind=kind,
        operation="send",
        body=body,
        before=before,
        params={"sendTo": to} if to else {},
        carrier=carrier,
    )


def _is_void(kind: RecordType, record: Mapping[str, Any]) -> bool:
    """Voiding leaves amounts of zero and says so in the memo."""
    return str(record.get("PrivateNote", "")).startswith("Voided") and not record.get(
        str(kind.head.get("total", ""))
    )
