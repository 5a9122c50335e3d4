"""The smallest request that a schema allows, made from the catalog alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tieout.catalog.qbxml import Edition, Element, Group, Part, RecordType, ValueType

VALUES = {
    "amount": "1.00",
    "bool": True,
    "date": "2026-01-01",
    "datetime": "2026-01-01T00:00:00",
    "duration": "PT1H",
    "float": 1.0,
    "guid": "{2DE83982-AE00-4C5B-BE51-76750FD7AA52}",
    "id": "80000001-1",
    "int": 1,
    "macro": "TxnID:1",
    "percent": "1",
    "price": "1.00",
    "quantity": "1",
    "str": "x",
}


def minimal(kind: RecordType, shape_name: str, edition: Edition, **chosen: str) -> dict[str, Any]:
    """Content with what is required and no more; of a choice its first alternative. `chosen` gives values by name."""
    shape = kind.shape(shape_name, edition)
    found: dict[str, Any] = {
        f"@{each.name}": _value(each.value, chosen.get(each.name))
        for each in shape.attributes
        if each.required
    }
    _fill(found, kind, shape.parts, edition, chosen)
    return found


def _fill(
    found: dict[str, Any], kind: RecordType, parts: Sequence[Part], edition: Edition, chosen: dict[str, str]
) -> None:
    for part in parts:
        if part.least:
            _put(found, kind, part, edition, chosen)


def _put(
    found: dict[str, Any], kind: RecordType, part: Part, edition: Edition, chosen: dict[str, str]
) -> None:
    if isinstance(part, Group):
        if part.kind == "choice":
            _put(found, kind, part.parts[0], edition, chosen)
        else:
            _fill(found, kind, part.parts, edition, chosen)
        return
    one = _one(kind, part, edition, chosen)
    found[part.name] = one if part.most == 1 else [one]


def _one(kind: RecordType, element: Element, edition: Edition, chosen: dict[str, str]) -> Any:
    if element.value is not None:
        return _value(element.value, chosen.get(element.name))
    return minimal(kind, element.shape, edition, **chosen)


def _value(value: ValueType, chosen: str | None) -> Any:
    return chosen or (value.values[0] if value.values else VALUES[value.base])
