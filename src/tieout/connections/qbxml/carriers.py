"""How a new record is found again when no answer comes: by its name or number, or by a mark in its memo."""

from __future__ import annotations

from typing import Any

from ...catalog.qbxml import Edition, RecordType
from ...catalog.qbxml.rets import Ret, ret_of
from ...operations import Change, mark_of
from ...protocols.qbxml_records import elements_in
from .prepared import Fields
from .what_is_there import naming_filter, wanted_name

_MEMOS = ("Memo", "Notes", "Desc")


def carrier_of(edition: Edition, kind: RecordType, body: Fields) -> dict[str, Any]:
    """Its own name or number, where it is asked for by that; empty where it has none."""
    ret = ret_of(kind.name, edition)
    naming = naming_filter_of(ret)
    value = str(body.get("RefNumber") or "") if naming == "RefNumber" else wanted_name(body)
    if naming and value:
        return {"by": "name", "value": value}
    if kind.name == "DataExtDef":
        return {
            "by": "definition",
            "owner": str(body.get("OwnerID")),
            "name": str(body.get("DataExtName")),
        }
    return {}


def marked(
    edition: Edition, kind: RecordType, root: str, body: dict[str, Any], change: Change, *, marks: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body with a mark in its memo, if it has one and there is room, and how it is found by it."""
    ret = ret_of(kind.name, edition)
    known = elements_in(kind.name, root, edition)
    field = next((each for each in _MEMOS if each in known and each in ret.fields), "")
    if not field or not marks:
        return body, ({"by": "contents"} if ret.key == "ListID" else {})
    mark = mark_of(change.id)
    text = f"{body.get(field) or ''} {mark}".strip()
    declared = known[field].value
    if declared is not None and declared.length is not None and len(text) > declared.length:
        return body, {}
    return {**body, field: text}, {"by": "mark", "field": field, "value": mark}


def naming_filter_of(ret: Ret) -> str:
    """The field by which people name records of a type, where it has a query."""
    return naming_filter(ret) if ret.name else ""
