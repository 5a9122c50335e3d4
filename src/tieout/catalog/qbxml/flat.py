"""A shape as a flat list: every element inside it by its path, in the schema's order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .shapes import Element, Part

if TYPE_CHECKING:
    from . import RecordType
    from .editions import Edition

DEEPEST = 12
"""Rows of reports hold rows: elements deeper than this are not listed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One element of a message."""

    path: str
    type: str
    """The type's name in Intuit's schemas; empty for an element with content."""
    least: int
    most: int | None
    length: int | None
    values: tuple[str, ...]
    choices: int
    """How many choices it stands in."""


def flatten(kind: RecordType, name: str, edition: Edition) -> tuple[Row, ...]:
    """The elements inside of a shape; paths are relative to the element that has this shape."""
    return tuple(_inside(kind, name, edition, above="", choices=0, depth=1))


def _inside(
    kind: RecordType, name: str, edition: Edition, *, above: str, choices: int, depth: int
) -> Iterator[Row]:
    for element, inner in _elements(kind.shape(name, edition).parts, choices):
        path = f"{above}{element.name}"
        yield _row(path, element, inner)
        if element.shape and depth < DEEPEST:
            yield from _inside(kind, element.shape, edition, above=f"{path}/", choices=inner, depth=depth + 1)


def _elements(parts: tuple[Part, ...], choices: int) -> Iterator[tuple[Element, int]]:
    for part in parts:
        if isinstance(part, Element):
            yield part, choices
        else:
            yield from _elements(part.parts, choices + (part.kind == "choice"))


def _row(path: str, element: Element, choices: int) -> Row:
    value = element.value
    return Row(
        path=path,
        type=value.schema_name if value else "",
        least=element.least,
        most=element.most,
        length=value.length if value else None,
        values=value.values if value else (),
        choices=choices,
    )
