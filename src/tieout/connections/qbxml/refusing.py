"""What QuickBooks Desktop would refuse, refused before it is sent, with the field and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...catalog.qbxml import Edition, RecordType
from ...catalog.qbxml.actions import Message, actions, message
from ...catalog.qbxml.clearing import can_be_cleared
from ...catalog.qbxml.rets import ret_of
from ...errors import AlreadyExists, Invalid, NotAllowed, NotFound, Stale
from ...operations import Change, Modify
from ...protocols.qbxml_records import STAMPS, as_list, called, differences, elements_in, id_of, renamed
from .prepared import Fields
from .what_is_there import sharing_names, wanted_name

_PARTICIPLES = {"add": "added", "modify": "modified", "delete": "deleted", "void": "voided"}


def published_message(edition: Edition, kind: RecordType, action: str) -> Message:
    """The message that does this; NotAllowed where the edition has none."""
    found = message(kind, action, edition)
    if found is None or not found.published(edition):
        able = [each for each in actions(kind, edition) if each not in ("query", "read")]
        raise NotAllowed(
            f"QuickBooks does not let {kind.name} be {_PARTICIPLES[action]} over qbXML {edition}.",
            advice=f"What can be done with it: {', '.join(able) or 'reading'}.",
        )
    return found


def require_id(change: Change, record_id: str) -> None:
    """Invalid where a change does not say which record it is about, or says two."""
    given, own = change.record.get("Id"), id_of(change.record)
    if not record_id or (given and own and given != own):
        raise Invalid(
            f"Id: {'nothing says' if not record_id else f'{given} and {own} do not say'} which {change.type} is meant.",
            element="Id",
            advice="Give its ListID or TxnID, as Id too, or the key that it was added with.",
        )


def refuse_unless_so(edition: Edition, kind: RecordType, change: Modify, before: Fields) -> None:
    """A type that cannot be modified may be put as it is."""
    record = {n: v for n, v in change.record.items() if n not in ("Id", *STAMPS)}
    root, ret = kind.message("Add", ""), ret_of(kind.name, edition).name
    differing = next(
        differences(kind, root, ret, edition, renamed(kind, root, edition, record), before),
        None,
    )
    if differing is not None:
        published_message(edition, kind, "modify")


def check_name(
    edition: Edition, kind: RecordType, body: Fields, taken: Mapping[tuple[str, str], list[Fields]], own: str
) -> None:
    """A list's name has no colon, and nobody else has it."""
    name = str(body.get("Name") or "")
    if ret_of(kind.name, edition).key != "ListID" or not name:
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


def refuse_clearing(edition: Edition, kind: RecordType, body: Fields, change: Change) -> None:
    """Invalid at the first field that is to be empty and cannot be."""
    for place, name in _emptied(body):
        if not can_be_cleared(kind, place, edition):
            raise Invalid(
                f"{place}: QuickBooks does not let {name} of {kind.name} be empty.",
                element=place,
                code="3190",
                advice="Leave the field out, or give it another value.",
                record=change.record,
            )


def emptied_by_full(
    edition: Edition, kind: RecordType, root: str, body: Fields, before: Fields
) -> dict[str, Any]:
    """The fields that are there, were not given, and can be empty."""
    known = elements_in(kind.name, root, edition)
    return {
        name: None
        for name, element in known.items()
        if name not in body
        and name not in STAMPS
        and element.least == 0
        and element.most == 1
        and before.get(name) not in (None, "", False)
        and can_be_cleared(kind, name, edition)
    }


def gone(kind: RecordType, record_id: str) -> NotFound:
    """The refusal of a change of a record that is not there."""
    return NotFound(
        f"The company file has no {kind.name} {record_id}.",
        advice="It was deleted, or the id is another file's.",
        element="Id",
    )


def changed_meanwhile(kind: RecordType, change: Change, record_id: str, before: Fields) -> Stale:
    """The refusal of a change whose caller named another version."""
    return Stale(
        f"{kind.name} {record_id} has EditSequence {before['EditSequence']} by now, yours is for "
        f"{change.record['EditSequence']}: somebody else changed it meanwhile.",
        advice="Look at what is there now, or leave EditSequence out.",
        code="3200",
        element="EditSequence",
    )


def _emptied(body: Fields, above: str = "") -> Iterator[tuple[str, str]]:
    """Fields that are set to nothing, as `InvoiceLineMod/ItemRef` where they are a line's."""
    for name, value in body.items():
        if value is None or value == "":
            yield f"{above}{name}", name
        for each in as_list(value):
            if isinstance(each, Mapping) and name.endswith(("LineMod", "GroupMod")):
                yield from _emptied(each, f"{name}/")
