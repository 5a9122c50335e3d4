"""The columns that records of a Ret may have: the catalog's shapes as a tree, and Arrow types of what was seen of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import arro3.core as arrow
from arro3.core import DataType

from ..catalog.qbxml import Element, Group, Part
from ..catalog.qbxml.rets import Ret
from .flat_tables import ALTERNATING, DECIMAL, INSTANT, TEXT
from .qbxml_json import Repeated
from .qbxml_values import DECIMALS
from .seen_members import Projection

COLUMN_TYPES: Mapping[str, Any] = {
    **dict.fromkeys(DECIMALS, DECIMAL),
    "int": DataType.int64(),
    "bool": DataType.bool(),
    "date": DataType.date32(),
    "datetime": INSTANT,
}
"""By base type; all others are texts."""

CHECKED = (*DECIMALS, "bool", "date", "datetime")
"""Bases for which arrow-rs' reader of JSON takes more than qbXML means, `e5` for 0: they are read as texts, and cast."""


@dataclass(frozen=True, slots=True)
class Node:
    """What may stand in a place of a record: a value of a base type, or members."""

    base: str = ""
    many: bool = False
    members: Mapping[str, Node] | None = None

    @property
    def read_as(self) -> Any:
        """The Arrow type to which JSON is decoded."""
        return TEXT if self.base in CHECKED else COLUMN_TYPES.get(self.base, TEXT)


class RetColumns:
    """All columns of a Ret. What may repeat is a list, and kinds that alternate are one list: `|InvoiceLineRet|InvoiceLineGroupRet`."""

    def __init__(self, ret: Ret) -> None:
        self.ret = ret
        self.kinds: dict[str, str] = {}
        """The name of the list in which an element stands that alternates with others, wherever it stands."""
        self._repeated: dict[str, Repeated] = {}
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
                self._note_repeated(element.name, kinds, below)
            elif element.most is None or element.most > 1:
                self._note_repeated(element.name, element.name, below)
                members[element.name] = Node(base, many=True, members=below)
            else:
                members[element.name] = Node(base, members=below)
        return members

    def _note_repeated(self, name: str, of: str, below: Mapping[str, Node] | None) -> None:
        self._repeated.setdefault(name, Repeated(name, of, below is not None))  # after all that it may hold

    @property
    def repeated(self) -> list[Repeated]:
        """The elements that may repeat, those first that may hold others."""
        return list(reversed(self._repeated.values()))

    @cached_property
    def nodes(self) -> Mapping[tuple[str, ...], Node]:
        """Every place by its path; the lists of kinds are no part of paths."""
        return dict(_paths(self.members, ()))


@cache
def columns_of(ret: Ret) -> RetColumns:
    """The columns of a Ret."""
    return RetColumns(ret)


def struct_of(members: Mapping[str, Node], seen: Projection) -> Any:
    """The Arrow type as which the seen members are read, in the catalog's order."""
    fields = []
    for name, node in members.items():
        below = seen.get(name)
        if below is None:
            continue
        one = node.read_as if node.members is None else struct_of(node.members, below)
        if node.members is None or one.num_fields:
            fields.append(arrow.Field(name, DataType.list(arrow.Field("item", one)) if node.many else one))
    return DataType.struct(fields)


def note_members(members: Mapping[str, Node], node: Any, seen: Projection) -> None:
    """Add the known members of an object, or of each object in an array, to what was seen."""
    if isinstance(node, list):
        for item in node:
            note_members(members, item, seen)
    elif isinstance(node, dict):
        for name, value in node.items():
            declared = members.get(name)
            if declared is None:
                continue
            below = seen.get(name)
            if below is None:
                below = seen[name] = Projection()
            if declared.members is not None:
                note_members(declared.members, value, below)


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
