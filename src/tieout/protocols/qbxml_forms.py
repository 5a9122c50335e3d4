"""Records in the form in which QuickBooks writes them, proven whole and taken apart by one regular expression.

    <InvoiceRet>\\n(?:<TxnID>(TEXT)</TxnID>\\n)?(?:<CustomerRef>\\n…</CustomerRef>\\n)?((?:<InvoiceLineRet>\\n…</InvoiceLineRet>\\n)*)…</InvoiceRet>

QuickBooks writes elements in the order of its schema, each at its place or not at all, without attributes, with the same space between
all of them. An expression of the elements that a company uses matches such a record from its first byte to its last, or does not match:
every tag is written out in it, and a text is whatever holds no `<`. So what matches is well-formed, and nothing in it is left over.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, compress, repeat
from typing import Any

from .flat_tables import ALTERNATING, Columns, Part, Path, int_array
from .qbxml_columns import Node, column_of
from .qbxml_learned import ANY_SPACE, Learned
from .seen_members import Projection

LESS = "\x01"
"""Stands for `<` in texts; no XML may hold it."""

_TEXT = r"[^<\x00\x02-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*"
_GROUP = re.compile(r"\((?!\?)")
_ENTITY = re.compile("#(?:[0-9]{1,7}|x[0-9a-fA-F]{1,6})")
_ALLOWED = ((0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
_NAMED = {"amp": "&", "lt": LESS, "gt": ">", "quot": '"', "apos": "'"}

Texts = Sequence[str | None]
"""The texts of a record that stand in its table, and its repeated parts as they stand in the markup."""


class Form:
    """What records of one element look like by what was learned of them."""

    def __init__(self, name: str, learned: Learned) -> None:
        self.learned = learned
        self._row = _Row(name, Node(members=learned.members), learned.seen, learned.gap)
        self._pattern = re.compile(f"{ANY_SPACE}{self._row.markup}")

    def match(self, text: str, most: int | None = None) -> tuple[list[Texts], int]:
        """The records from the beginning on that have this form, one behind the other, and where the last of them ends."""
        found: list[Texts] = []
        end = 0
        while (most is None or len(found) < most) and (record := self._pattern.match(text, end)):
            found.append(record.groups())
            end = record.end()
        return found, end

    def columns(self, records: Sequence[Texts]) -> Columns | None:
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
    """An element that is a row in a table: the expression that matches it, and what stands for what in its groups."""

    def __init__(self, name: str, node: Node, seen: Projection, gap: str) -> None:
        self.path: Path = (name,)
        self.places: list[_Text | _Repeated] = []
        self._gap = gap
        if node.members is None:
            self.places.append(_Text(("value",), node.base))
            inside = f"({_TEXT})"
        else:
            inside = gap + self._members(node.members, seen, ())
        self.markup = f"<{re.escape(name)}>{inside}</{re.escape(name)}>"

    @property
    def markup_without_groups(self) -> str:
        return _GROUP.sub("(?:", self.markup)

    def _members(self, members: Mapping[str, Node], seen: Projection, path: Path) -> str:
        """What may stand in an element, in the catalog's order."""
        found = []
        for name, node in members.items():
            below = seen.get(name)
            if below is None:
                continue
            begins, ends = f"<{re.escape(name)}>", f"</{re.escape(name)}>{self._gap}"
            if name.startswith(ALTERNATING):
                kinds = {kind: one for kind, one in (node.members or {}).items() if kind in below}
                found.append(
                    self._repeated([_Row(k, one, below[k], self._gap) for k, one in kinds.items()], path)
                )
            elif node.many:
                found.append(self._repeated([_Row(name, node, below, self._gap)], path))
            elif node.members is not None:
                inside = self._members(node.members, below, (*path, name))
                found.append(f"(?:{begins}{self._gap}{inside}{ends})?")
            else:
                self.places.append(_Text((*path, name), node.base, node.is_known))
                found.append(f"(?:{begins}({_TEXT}){ends})?")
        return "".join(found)

    def _repeated(self, kinds: Sequence[_Row], path: Path) -> str:
        self.places.append(_Repeated(path, kinds, self._gap))
        either = "|".join(kind.markup_without_groups for kind in kinds)
        return f"((?:(?:{either}){self._gap})*)"

    def columns(self, groups: Sequence[Texts]) -> Columns:
        """The columns of rows from their groups, turned round: the first texts of all, the second texts, …"""
        found = Columns()
        for place, texts in zip(self.places, groups or repeat((), len(self.places)), strict=True):
            if isinstance(place, _Repeated):
                found.parts += place.parts(texts)
            elif not place.is_known:
                found.others.append((place.path, _with_less(texts)))
            elif (column := column_of(_with_less(texts), place.base)) is not None:
                found.columns.append((place.path, column))
            else:
                raise _OtherType
        return found


def _with_less(texts: Texts) -> Texts:
    if LESS not in "".join(filter(None, texts)):
        return texts
    return [text and text.replace(LESS, "<") for text in texts]


class _Repeated:
    """A place in a row for what repeats, of one kind or of several that alternate."""

    def __init__(self, path: Path, kinds: Sequence[_Row], gap: str) -> None:
        self._path = path
        self._kinds = kinds
        # a group around the first character tells which of the kinds it is, and that there is a group at all
        self._items = re.compile("|".join(f"(<){kind.markup[1:]}{gap}" for kind in kinds))

    def parts(self, blocks: Texts) -> Iterator[Part]:
        """The items in the markup of each owner."""
        found = [self._items.findall(block or "") for block in blocks]
        counts = list(map(len, found))
        owner = array("i", chain.from_iterable(map(repeat, range(len(counts)), counts)))
        position = array("i", chain.from_iterable(range(1, count + 1) for count in counts if count))
        groups = list(zip(*chain.from_iterable(found), strict=True))
        at = 0
        for kind in self._kinds:
            here: Sequence[Texts] = ((), *repeat((), len(kind.places)))
            if groups:
                here = groups[at : at + 1 + len(kind.places)]
            at += 1 + len(kind.places)
            is_here, *texts = here
            yield self._part(kind, is_here, texts, owner, position)

    def _part(
        self, kind: _Row, is_here: Texts, texts: list[Texts], owner: array[int], position: array[int]
    ) -> Part:
        if not all(is_here):
            texts = [list(compress(each, is_here)) for each in texts]
            owner, position = array("i", compress(owner, is_here)), array("i", compress(position, is_here))
        columns = kind.columns(texts)
        return Part((*self._path, *kind.path), columns, int_array(owner), int_array(position))


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
