"""Records in the form in which QuickBooks writes them, proven whole and taken apart by regular expressions.

    <InvoiceRet>\\n(?:<TxnID>(TEXT)</TxnID>\\n)?(?:<CustomerRef>\\n…</CustomerRef>\\n)?…   then lines, as long as there are any:
    <InvoiceLineRet>\\n(?:<TxnLineID>(TEXT)</TxnLineID>\\n)?…</InvoiceLineRet>\\n            and at last: </InvoiceRet>

QuickBooks writes elements in the order of its schema, each at its place or not at all, without attributes, with the same space between
all of them. Expressions of the elements that a company uses, each beginning where the one before has ended, match such a record from
its first character to its last, or do not match: every tag is written out in them, and a text is whatever holds no `<`. So what matches
is well-formed, and nothing in it is left over.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import Any

from .flat_tables import ALTERNATING, Columns, Part, Path, int_array
from .qbxml_columns import Node, column_of
from .qbxml_learned import ANY_SPACE, Learned
from .seen_members import Projection

LESS = "\x01"
"""Stands for `<` in texts; no XML may hold it."""

_TEXT = r"[^<\x00\x02-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*"
_ENTITY = re.compile("#(?:[0-9]{1,7}|x[0-9a-fA-F]{1,6})")
_ALLOWED = ((0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
_NAMED = {"amp": "&", "lt": LESS, "gt": ">", "quot": '"', "apos": "'"}

Groups = Sequence[Any]
"""What was found in a row: its texts, None for those that are not there, and the items of what repeats."""


class Form:
    """What records of one element look like by what was learned of them."""

    def __init__(self, name: str, learned: Learned) -> None:
        self.learned = learned
        self._row = _Row(name, Node(members=learned.members), learned.seen, learned.gap, before=ANY_SPACE)

    def match(self, text: str, most: int | None = None) -> tuple[list[Groups], int]:
        """The records from the beginning on that have this form, one behind the other, and where the last of them ends."""
        found: list[Groups] = []
        end = 0
        while (most is None or len(found) < most) and (record := self._row.match(text, end)):
            groups, end = record
            found.append(groups)
        return found, end

    def columns(self, records: Sequence[Groups]) -> Columns | None:
        """Records as columns; None where a text is not of its column's type."""
        try:
            return self._row.columns(list(zip(*records, strict=True)))
        except _OtherType:
            return None


class _OtherType(Exception):
    """A text is none of its column's type."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A place in a row for a text."""

    path: Path
    base: str
    is_known: bool = True


class _Row:
    """An element that is a row in a table, or a part of one that holds what repeats: expressions, with what repeats between them."""

    def __init__(
        self,
        name: str,
        node: Node,
        seen: Projection,
        gap: str,
        *,
        path: Path = (),
        before: str = "",
        after: str = "",
    ) -> None:
        self.name = name
        self.places: list[_Text | _Repeated] = []
        self.steps: list[re.Pattern[str] | _Repeated | _Row] = []
        self._gap = gap
        self._written = f"{before}<{re.escape(name)}>"
        if node.members is None:
            self._add_text(("value",), node)
        else:
            self._written += gap
            self._add_members(node.members, seen, path)
        self._written += f"</{re.escape(name)}>{after}"
        self._end_step()

    def _add_members(self, members: Mapping[str, Node], seen: Projection, path: Path) -> None:
        """What may stand in an element, in the catalog's order."""
        for name, node in members.items():
            below = seen.get(name)
            if below is None:
                continue
            if name.startswith(ALTERNATING):
                kinds = {kind: one for kind, one in (node.members or {}).items() if kind in below}
                self._add_repeated(path, [self._item(kind, one, below[kind]) for kind, one in kinds.items()])
            elif node.many:
                self._add_repeated(path, [self._item(name, node, below)])
            elif node.members is not None and _holds_what_repeats(node.members, below):
                self._end_step()
                part = _Row(name, node, below, self._gap, path=(*path, name), after=self._gap)
                self.steps.append(part)
                self.places += part.places
            else:
                self._written += f"(?:<{re.escape(name)}>"
                if node.members is None:
                    self._add_text((*path, name), node)
                else:
                    self._written += self._gap
                    self._add_members(node.members, below, (*path, name))
                self._written += f"</{re.escape(name)}>{self._gap})?"

    def _add_text(self, path: Path, node: Node) -> None:
        self.places.append(_Text(path, node.base, node.is_known))
        self._written += f"({_TEXT})"

    def _item(self, name: str, node: Node, seen: Projection) -> _Row:
        return _Row(name, node, seen, self._gap, after=self._gap)

    def _add_repeated(self, path: Path, kinds: Sequence[_Row]) -> None:
        self._end_step()
        repeated = _Repeated(path, kinds)
        self.steps.append(repeated)
        self.places.append(repeated)

    def _end_step(self) -> None:
        if self._written:
            self.steps.append(re.compile(self._written))
            self._written = ""

    def match(self, text: str, at: int) -> tuple[Groups, int] | None:
        """What stands in the row that begins here, and where it ends; None where there is no such row."""
        found: list[Any] = []
        for step in self.steps:
            if isinstance(step, re.Pattern):
                matched = step.match(text, at)
                if matched is None:
                    return None
                found += matched.groups()
                at = matched.end()
            elif isinstance(step, _Repeated):
                items, at = step.match(text, at)
                found.append(items)
            else:
                part = step.match(text, at)
                groups, at = part if part is not None else ([None] * len(step.places), at)
                found += groups
        return found, at

    def columns(self, groups: Sequence[Groups]) -> Columns:
        """The columns of rows from what was found in them, turned round: the first texts of all, the second texts, …"""
        found = Columns()
        for place, each in zip(self.places, groups or repeat((), len(self.places)), strict=True):
            if isinstance(place, _Repeated):
                found.parts += place.parts(each)
            elif not place.is_known:
                found.others.append((place.path, _with_less(each)))
            elif (column := column_of(_with_less(each), place.base)) is not None:
                found.columns.append((place.path, column))
            else:
                raise _OtherType
        return found


def _holds_what_repeats(members: Mapping[str, Node], seen: Projection) -> bool:
    return any(
        name in seen and (node.many or _holds_what_repeats(node.members or {}, seen[name]))
        for name, node in members.items()
    )


class _Repeated:
    """A place in a row for what repeats, of one kind or of several that alternate."""

    def __init__(self, path: Path, kinds: Sequence[_Row]) -> None:
        self._path = path
        self._kinds = kinds

    def match(self, text: str, at: int) -> tuple[Sequence[tuple[int, Groups]], int]:
        """The items that stand here, each with its kind, and where the last ends."""
        items: list[tuple[int, Groups]] = []
        while True:
            for kind, row in enumerate(self._kinds):
                if (found := row.match(text, at)) is not None:
                    items.append((kind, found[0]))
                    at = found[1]
                    break
            else:
                return items, at

    def parts(self, blocks: Sequence[Sequence[tuple[int, Groups]] | None]) -> Iterator[Part]:
        """The items of each owner, by kind."""
        for kind, row in enumerate(self._kinds):
            rows: list[Groups] = []
            owners, positions = array("i"), array("i")
            for owner, block in enumerate(blocks):
                for position, (which, groups) in enumerate(block or (), 1):
                    if which == kind:
                        rows.append(groups)
                        owners.append(owner)
                        positions.append(position)
            columns = row.columns(list(zip(*rows, strict=True)))
            yield Part((*self._path, row.name), columns, int_array(owners), int_array(positions))


def _with_less(texts: Sequence[str | None]) -> Sequence[str | None]:
    if LESS not in "".join(filter(None, texts)):
        return texts
    return [text and text.replace(LESS, "<") for text in texts]


def extras_of(rows: Columns, count: int) -> list[dict[str, str]]:
    """The texts that have no column, by their JSON Pointers in each record."""
    found: list[dict[str, str]] = [{} for _ in range(count)]
    for path, texts in rows.others:
        for extra, text in zip(found, texts, strict=True):
            if text:
                extra[_pointer(path)] = text
    for part in rows.parts:
        below = extras_of(part.rows, len(part.owner))
        if any(below):
            index = Counter[int]()
            for owner, inside in zip(part.owner.to_pylist(), below, strict=True):
                place = f"{_pointer(part.path)}/{index[owner]}"
                found[owner] |= {place + pointer: text for pointer, text in inside.items()}
                index[owner] += 1
    return found


def _pointer(path: Path) -> str:
    return "".join(f"/{name}" for name in path)


def written(record: Mapping[str, Any], members: Mapping[str, Node], gap: str) -> str:
    """The inside of a record of these members in QuickBooks' form, as `Form.match` reads it."""
    found = []
    for name, node in members.items():
        value = record.get(name)
        if value is None:
            continue
        for item in value if node.many else [value]:
            if name.startswith(ALTERNATING):
                ((kind, inner),) = item.items()
                found.append(_element(kind, inner, (node.members or {})[kind], gap))
            else:
                found.append(_element(name, item, node, gap))
    return "".join(found)


def _element(name: str, value: Any, node: Node, gap: str) -> str:
    if node.members is not None:
        return f"<{name}>{gap}{written(value, node.members, gap)}</{name}>{gap}"
    text = "" if value is None else str(value).replace("<", LESS)
    return f"<{name}>{text}</{name}>{gap}"


def characters(markup: bytes) -> str | None:
    """Markup as XML means it, LESS for what is no tag's `<`; None where expat must tell what it means."""
    if LESS.encode() in markup or (b"]" in markup and b"]]>" in markup):
        return None
    try:
        text = markup.decode()
    except UnicodeDecodeError:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "&" not in text:
        return text
    parts: list[str] = []
    for part in f";{text}".split("&"):  # as if there were an entity of no characters before it
        entity, ends, behind = part.partition(";")
        character = _character(entity) if parts else ""
        if not ends or character is None or behind.rfind("<") > behind.rfind(">"):
            return None  # an entity in a tag would be no entity
        parts += (character, behind)
    return "".join(parts)


@lru_cache(1000)
def _character(entity: str) -> str | None:
    """`#233` → `é`; None for what is no entity of XML, or no character that it may hold."""
    if entity in _NAMED:
        return _NAMED[entity]
    if not _ENTITY.fullmatch(entity):
        return None
    number = int(f"0{entity[1:]}", 0) if "x" in entity else int(entity[1:])
    is_allowed = number in (9, 10, 13) or any(first <= number <= last for first, last in _ALLOWED)
    return (LESS if number == ord("<") else chr(number)) if is_allowed else None
