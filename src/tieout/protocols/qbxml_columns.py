"""The columns that records of a Ret may have: the catalog's shapes as a tree, and Arrow types of what was seen of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import arro3.compute as compute
import arro3.core as arrow
from arro3.core import DataType

from ..catalog.qbxml import Element, Group, Part
from ..catalog.qbxml.rets import Ret
from .flat_tables import ALTERNATING, DECIMAL, INSTANT, SCALE, TEXT
from .qbxml_values import DECIMALS

COLUMN_TYPES: Mapping[str, Any] = {
    **dict.fromkeys(DECIMALS, DECIMAL),
    "int": DataType.int64(),
    "bool": DataType.bool(),
    "date": DataType.date32(),
    "datetime": INSTANT,
}
"""By base type; all others are texts."""

PATTERNS = {
    "bool": re.compile("true|false|1|0"),
    "date": re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
    "datetime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(Z|[+-]\d\d:\d\d)?", re.ASCII),
}
"""The texts of these bases that go into columns; a time without an offset is taken for UTC, as it stands."""

_MORE_DIGITS_THAN_SCALE = re.compile(rf"\.\d{{{SCALE + 1}}}")


@dataclass(frozen=True, slots=True)
class Node:
    """What may stand in a place of a record: a value of a base type, or members."""

    base: str = ""
    many: bool = False
    members: Mapping[str, Node] | None = None
    is_known: bool = True
    """Whether the catalog knows it; else it has no column."""


class RetColumns:
    """All columns of a Ret. What may repeat is a list, and kinds that alternate are one list: `|InvoiceLineRet|InvoiceLineGroupRet`."""

    def __init__(self, ret: Ret) -> None:
        self.ret = ret
        self.kinds: dict[str, str] = {}
        """The name of the list in which an element stands that alternates with others, wherever it stands."""
        self._note_kinds(ret.name)
        self.members = self._members(ret.name)

    def _note_kinds(self, shape: str) -> None:
        for group in _alternating(self._parts(shape)):
            name = "".join(f"{ALTERNATING}{element.name}" for element in _elements(group.parts))
            self.kinds |= {element.name: name for element in _elements(group.parts)}
        for element in _elements(self._parts(shape)):
            if element.shape:
                self._note_kinds(element.shape)

    def _parts(self, shape: str) -> tuple[Part, ...]:
        return self.ret.kind.shape(shape, self.ret.edition).parts

    def _members(self, shape: str) -> Mapping[str, Node]:
        members: dict[str, Node] = {}
        for element in _elements(self._parts(shape)):
            base = element.value.base if element.value is not None else ""
            below = self._members(element.shape) if element.shape else None
            kinds = self.kinds.get(element.name)
            if kinds is not None:
                before = members.get(kinds, Node(members={})).members or {}
                members[kinds] = Node(many=True, members={**before, element.name: Node(base, members=below)})
            elif element.most is None or element.most > 1:
                members[element.name] = Node(base, many=True, members=below)
            else:
                members[element.name] = Node(base, members=below)
        return members

    @cached_property
    def nodes(self) -> Mapping[tuple[str, ...], Node]:
        """Every place by its path; the lists of kinds are no part of paths."""
        return dict(_paths(self.members, ()))


@cache
def columns_of(ret: Ret) -> RetColumns:
    """The columns of a Ret."""
    return RetColumns(ret)


def column_of(texts: Sequence[str | None], base: str) -> Any:
    """A column of texts of a base; None where one is none of it, or would lose digits. An empty text is no value."""
    if "" in texts:
        texts = [text or None for text in texts]
    if base in PATTERNS:
        fits = PATTERNS[base].fullmatch
        if not all(fits(text) for text in set(texts) if text is not None):
            return None
    elif base in DECIMALS and _MORE_DIGITS_THAN_SCALE.search("\n".join(filter(None, texts))):
        return None
    column = arrow.Array(texts, TEXT)
    if base not in COLUMN_TYPES:
        return column
    typed = compute.cast(column, COLUMN_TYPES[base])
    return typed if typed.null_count == column.null_count else None


def _paths(members: Mapping[str, Node], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    for name, node in members.items():
        at = path if name.startswith(ALTERNATING) else (*path, name)
        yield at, node
        yield from _paths(node.members or {}, at)


def _elements(parts: tuple[Part, ...]) -> Iterator[Element]:
    for part in parts:
        if isinstance(part, Element):
            yield part
        else:
            yield from _elements(part.parts)


def _alternating(parts: tuple[Part, ...]) -> Iterator[Group]:
    """The choices that repeat."""
    for part in parts:
        if isinstance(part, Group):
            if part.most is None or part.most > 1:
                yield part
            else:
                yield from _alternating(part.parts)
