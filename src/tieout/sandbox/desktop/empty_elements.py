"""Elements that an Add must have and has empty, such as `<AccountRef/>`: they are well-formed, and name nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ...catalog.qbxml import Edition, Element, RecordType, record_type
from . import refusals


def refuse_empty(kind: RecordType, shape: str, edition: Edition, content: Mapping[str, Any]) -> None:
    """Refused with 3150 at the first one, in lines too."""
    for element in _with_content(kind.name, shape, edition):
        value = content.get(element.name)
        if element.least and not value:
            raise refusals.missing(element.name)
        if not element.shape.startswith("ref"):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, Mapping):
                    refuse_empty(kind, element.shape, edition, each)


@cache
def _with_content(kind: str, shape: str, edition: Edition) -> tuple[Element, ...]:
    """The elements of a shape that have elements of their own, but for alternatives."""
    parts = record_type(kind).shape(shape, edition).parts
    return tuple(part for part in parts if isinstance(part, Element) and part.shape)
