"""Acts of QuickBooks Desktop: merge, data-ext, cleared-status, display; deactivate and reactivate are modifications.

merge           into=ID                                   the record is taken up by another of its list
data-ext        name=…, value=…, owner=0, line=TXNLINEID   a custom field; an empty value takes it away
cleared-status  status=Cleared | NotCleared | Pending, line=TXNLINEID
display         the record in QuickBooks' own window; without an id, an empty form for a new one
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...catalog.nearest import did_you_mean
from ...catalog.qbxml import Edition, RecordType, record_type
from ...catalog.qbxml.actions import targets
from ...catalog.qbxml.rets import ret_of
from ...errors import Invalid, NotAllowed, NotFound
from ...operations import Act
from ...protocols.qbxml_writer import Request, write_request
from .prepared import Fields, Prepared, mark_in_set, named_id

ACTS = ("deactivate", "reactivate", "merge", "data-ext", "cleared-status", "display")

_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "merge": ("into", "same-ship-address"),
    "data-ext": ("field", "value", "owner", "line"),
    "cleared-status": ("status", "line"),
    "display": (),
}

AGAIN = "again"
"""How what makes no difference when it is done twice is found again: it is not, and done once more."""

Records = Mapping[tuple[str, str], Fields]


def read_for_act(change: Act, record_id: str) -> Iterator[tuple[str, str]]:
    """The records, by type and id, that must be read before an act."""
    if record_id and change.name in ("deactivate", "reactivate", "merge", "data-ext"):
        yield change.type, record_id
    if change.name == "merge" and change.arguments.get("into"):
        yield change.type, str(change.arguments["into"])


def prepare_act(kind: RecordType, change: Act, edition: Edition, current: Records) -> Prepared:
    """An act ready to be sent; the refusals of this house where it cannot be."""
    for name in change.arguments:
        if name not in _ARGUMENTS[change.name]:
            raise Invalid(
                f"{change.name} has no argument {name!r}.{did_you_mean(name, _ARGUMENTS[change.name])}",
                element=name,
                advice=f"Its arguments are {', '.join(_ARGUMENTS[change.name]) or 'none'}.",
            )
    record_id = named_id(change.record)
    match change.name:
        case "merge":
            return _merge(kind, change, edition, record_id, current)
        case "data-ext":
            return _data_ext(kind, change, edition, record_id, current)
        case "cleared-status":
            return _cleared_status(kind, change, edition, record_id)
    return _display(kind, change, edition, record_id)


def _merge(kind: RecordType, change: Act, edition: Edition, record_id: str, current: Records) -> Prepared:
    _require_target(kind, "ListMerge", "Do", edition, "merges no")
    into = _argument(change, "into")
    ends = {"MergeFrom": record_id, "MergeTo": into}
    content: dict[str, Any] = {"ListMergeType": kind.name}
    for name, end in ends.items():
        record = current.get((kind.name, end))
        if record is None:
            raise NotFound(
                f"The company file has no {kind.name} {end}.", element=name, advice="Check the id."
            )
        content[name] = {"ListID": end, "EditSequence": record["EditSequence"]}
    if "same-ship-address" in change.arguments:
        content["SameShipAddrOk"] = change.arguments["same-ship-address"]
    return _prepared(
        kind,
        change,
        Request("ListMerge", "Do", content),
        edition,
        record_id=record_id,
        before=current[(kind.name, record_id)],
        carrier={"by": "gone", "id": record_id},
        writes=frozenset({f"{kind.name}:{record_id}", f"{kind.name}:{into}"}),
    )


def _data_ext(kind: RecordType, change: Act, edition: Edition, record_id: str, current: Records) -> Prepared:
    """Set, changed or taken away: QuickBooks has a request for each, and refuses the wrong one."""
    before = current.get((kind.name, record_id))
    if before is None:
        raise NotFound(
            f"The company file has no {kind.name} {record_id}.", element="Id", advice="Check the id."
        )
    owner, name = str(change.arguments.get("owner", "0")), _argument(change, "field")
    value = str(change.arguments.get("value", ""))
    told: dict[str, Any] = {"OwnerID": owner, "DataExtName": name}
    if ret_of(kind.name, edition).key == "TxnID":
        told |= {"TxnDataExtType": kind.name, "TxnID": record_id}
        if change.arguments.get("line"):
            told["TxnLineID"] = change.arguments["line"]
    else:
        told |= {"ListDataExtType": _list_word(kind), "ListObjRef": {"ListID": record_id}}
    is_there = any(
        str(each.get("OwnerID", "0")).casefold() == owner.casefold()
        and str(each.get("DataExtName", "")).casefold() == name.casefold()
        for each in before.get("DataExtRet", ())
    )
    verb = ("Mod" if is_there else "Add") if value else "Del"
    content = {f"DataExt{verb}": told | ({"DataExtValue": value} if value else {})}
    return _prepared(
        kind,
        change,
        Request("DataExt", verb, content),
        edition,
        record_id=record_id,
        before=before,
        carrier={"by": "data-ext", "id": record_id, "owner": owner, "name": name, "value": value},
        writes=frozenset({f"{kind.name}:{record_id}"}),
    )


def _list_word(kind: RecordType) -> str:
    """Items of every kind are one word of the value set."""
    return "Item" if kind.name.startswith("Item") else kind.name


def _cleared_status(kind: RecordType, change: Act, edition: Edition, record_id: str) -> Prepared:
    content: dict[str, Any] = {"TxnID": _id(change, record_id)}
    if change.arguments.get("line"):
        content["TxnLineID"] = change.arguments["line"]
    content["ClearedStatus"] = _argument(change, "status")
    return _prepared(
        kind,
        change,
        Request("ClearedStatus", "Mod", {"ClearedStatusMod": content}),
        edition,
        record_id=record_id,
        carrier={"by": AGAIN, "id": record_id},
        writes=frozenset({f"{kind.name}:{record_id}"}),
    )


def _display(kind: RecordType, change: Act, edition: Edition, record_id: str) -> Prepared:
    verb = "Mod" if record_id else "Add"
    owner = next(
        (each for each in ("TxnDisplay", "ListDisplay") if kind.name in targets(each, verb, edition)), ""
    )
    if not owner:
        raise NotAllowed(
            f"QuickBooks shows no {kind.name} on request in qbXML {edition}.", advice="Open it in QuickBooks."
        )
    content: dict[str, Any] = {f"{owner}{verb}Type": kind.name}
    if record_id:
        content["TxnID" if owner == "TxnDisplay" else "ListID"] = record_id
    return _prepared(
        kind,
        change,
        Request(owner, verb, content),
        edition,
        record_id=record_id,
        carrier={"by": AGAIN, "id": record_id},
    )


def _prepared(kind: RecordType, change: Act, request: Request, edition: Edition, **told: Any) -> Prepared:
    marked = Request(request.type, request.verb, request.content, mark_in_set(change))
    return Prepared(
        change=change,
        kind=kind,
        operation=change.name,
        edition=edition,
        request=marked,
        written=write_request(marked, edition),
        **told,
    )


def _require_target(kind: RecordType, owner: str, verb: str, edition: Edition, words: str) -> None:
    if not record_type(owner).can(verb, edition) or kind.name not in targets(owner, verb, edition):
        able = targets(owner, verb, edition)
        raise NotAllowed(
            f"QuickBooks {words} {kind.name} in qbXML {edition}.",
            advice=f"It does so with {', '.join(able)}." if able else "Use a newer QuickBooks.",
        )


def _id(change: Act, record_id: str) -> str:
    if not record_id:
        raise Invalid(
            f"Id: nothing says which {change.type} is meant.",
            element="Id",
            advice="Give its ListID or TxnID.",
        )
    return record_id


def _argument(change: Act, name: str) -> str:
    if not change.arguments.get(name):
        raise Invalid(f"{name}: {change.name} needs it.", element=name, advice=f"Give it: --param {name}=…")
    return str(change.arguments[name])
