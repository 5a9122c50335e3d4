"""Elements that an Add must have and has empty, such as `<AccountRef/>`: they are well-formed, and name nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ...catalog.qbxml import Edition, Element, RecordType, record_type
from . import refusals


def refuse_empty(kind: RecordType, shape: str, edition: Edition, content: Mapping[str, Any]) -> None:
    """Refused with 3150 at the first one, in lines and in what is one of several alternatives too."""
    for element in _elements(kind.name, shape, edition):
        if element.name not in content:
            continue
        value = content[element.name]
        if element.least and _says_nothing(value):
            raise refusals.missing(element.name)
        if element.shape and not element.shape.startswith("ref"):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, Mapping):
                    refuse_empty(kind, element.shape, edition, each)


def _says_nothing(value: Any) -> bool:
    """Of a reference, whether it has neither an id nor a name."""
    if isinstance(value, Mapping) and value.keys() <= {"ListID", "FullName"}:
        return not any(value.values())
    return value is None or value in ("", [])


@cache
def _elements(kind: str, shape: str, edition: Edition) -> tuple[Element, ...]:
    """Those that an edition requires, or that may have such ones in them."""
    found = record_type(kind).shape(shape, edition).elements()
    return tuple(each for each in found if each.least or each.shape)
