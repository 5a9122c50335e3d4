"""Lines of a change and lines that are there: QuickBooks replaces all of them when it is sent one.

So a change that names some lines is sent with the others as they are, unless its caller wants them gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ...catalog.rest import RecordType
from ...operations import Modify
from ...protocols.rest_sent_fields import as_sent
from ..merging import check_named_lines

SUBTOTAL = "SubTotalLineDetail"
_OF_A_PRODUCT = ("UnitPrice", "Qty")


def merged_lines(
    kind: RecordType, given: list[dict[str, Any]], before: Mapping[str, Any] | None, change: Modify
) -> list[dict[str, Any]]:
    """All lines to send: those given, and under `keep` those that are there and were not named."""
    if change.lines == "replace" or change.full or before is None:
        return given
    there = {str(line.get("Id")): line for line in before.get("Line") or () if line.get("Id")}
    named = [str(line["Id"]) for line in given if line.get("Id")]
    check_named_lines(
        named,
        there,
        what=f"{kind.name} {before.get('Id')}",
        element="Line.Id",
        new="a line without Id is added",
    )
    changed = {str(line["Id"]): line for line in given if line.get("Id")}
    told = {str(line["Id"]): line for line in change.record["Line"] if line.get("Id")}
    kept = [
        _without_cleared(_changed(kind, line, changed.get(identity), before), told.get(identity, {}))
        for identity, line in there.items()
    ]
    added = [line for line in given if not line.get("Id")]
    return [line for line in kept + added if line.get("DetailType") != SUBTOTAL]


def without_subtotals(kind: RecordType, body: dict[str, Any]) -> dict[str, Any]:
    """QuickBooks makes the line of the subtotal itself, and may refuse one that is sent back (6070)."""
    if isinstance(body.get("Line"), list):
        body["Line"] = [line for line in body["Line"] if line.get("DetailType") != SUBTOTAL]
    for name in kind.wraps:
        if isinstance(body.get(name), dict):
            without_subtotals(kind, body[name])
    return body


def _changed(
    kind: RecordType, line: Mapping[str, Any], change: Mapping[str, Any] | None, before: Mapping[str, Any]
) -> dict[str, Any]:
    whole: dict[str, Any] = as_sent(kind, {"Line": [line]}, before)["Line"][0]
    if change is None:
        return whole
    merged = deepcopy(whole)
    for name, value in change.items():
        if isinstance(value, Mapping) and isinstance(merged.get(name), Mapping) and "value" not in value:
            merged[name] = {**merged[name], **value}
            if "Amount" not in change and any(part in value for part in _OF_A_PRODUCT):
                merged.pop("Amount", None)  # worked out anew from price and quantity
        else:
            merged[name] = value
    return merged


def _without_cleared(line: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """A line without the parts that its change sets to nothing."""
    for name, value in told.items():
        if value is None:
            line.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(line.get(name), dict):
            line[name] = _without_cleared(dict(line[name]), value)
    return line
