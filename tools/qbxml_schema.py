"""One edition's published qbXML schema, read into shapes: what each element with content holds, nothing left out.

Groups are unfolded where they stand; a sequence is kept only as one alternative of a choice. Element names are
unique within a shape of every edition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from tieout.catalog.qbxml import EDITIONS, Edition
from tieout.catalog.qbxml.notation import SCHEMA_NAMES

XSD = "{http://www.w3.org/2001/XMLSchema}"
PREFIX = {"US": "", "CA": "QBC", "UK": "QBU", "OE": "QBO"}
BASES = {schema: ours for ours, schema in SCHEMA_NAMES.items()}
MESSAGE_SETS = ("QBXMLMsgsRq", "QBXMLMsgsRs", "QBXMLSubscriptionMsgsRq", "QBXMLSubscriptionMsgsRs")
SIGN_ON = ("SignonMsgsRq", "SignonMsgsRs")

Occurrence = tuple[int, int | None]
"""Least and most; None where there is no limit."""


@dataclass(frozen=True)
class Simple:
    """A simple type with its facets and default."""

    base: str
    length: int | None = None
    low: str = ""
    high: str = ""
    values: tuple[str, ...] = ()
    default: str | None = None


@dataclass(frozen=True)
class Mark:
    """What stands in a position: an element, one of a pair of brackets, or text."""

    kind: str
    """`element`, `(` `)` of a choice, `[` `]` of a sequence, or `#text`."""
    name: str = ""
    """The element's name; of brackets, the first element inside, which tells them apart."""


@dataclass(frozen=True)
class Content:
    """What an edition says of a position."""

    occurs: Occurrence = (1, 1)
    simple: Simple | None = None
    shape: str = ""


@dataclass(frozen=True)
class RawAttribute:
    name: str
    type: Simple
    required: bool


@dataclass(frozen=True)
class RawShape:
    attributes: tuple[RawAttribute, ...]
    slots: tuple[tuple[Mark, Content], ...]


@dataclass
class Schema:
    """The shapes of one edition by name, and which of them are messages."""

    edition: Edition
    shapes: dict[str, RawShape] = field(default_factory=dict)
    messages: set[str] = field(default_factory=set)


def read_schemas(folder: Path) -> dict[Edition, Schema]:
    """Every edition's schema."""
    return {edition: _Reader(folder, edition).read() for edition in EDITIONS}


class _Reader:
    """Walks the files of one edition."""

    def __init__(self, folder: Path, edition: Edition) -> None:
        self.schema = Schema(edition)
        self.known: dict[str, dict[str, Any]] = {
            kind: {} for kind in ("element", "complexType", "simpleType", "group")
        }
        self.wanted: list[tuple[str, Any]] = []
        number = "" if edition.version == "1.0" else edition.version.replace(".", "")
        for part in ("ops", "", "so"):  # the first definition of a name is the one that holds
            path = folder / f"{PREFIX[edition.country]}qbxml{part}{number}.xsd"
            if path.exists():
                self._define(path)

    def _define(self, path: Path) -> None:
        for node in etree.parse(str(path), etree.XMLParser(remove_comments=True)).getroot():
            names = self.known.get(str(node.tag).removeprefix(XSD))
            if names is not None and node.get("name"):
                names.setdefault(str(node.get("name")), node)

    def read(self) -> Schema:
        """The messages, and every shape that can be reached from them and from the sign-on."""
        for name in MESSAGE_SETS:
            if name in self.known["element"]:
                self._message_set(name)
        for name in SIGN_ON:
            if name in self.known["element"]:
                self.wanted.append((name, self.known["element"][name].find(f"{XSD}complexType")))
        while self.wanted:
            name, node = self.wanted.pop()
            if name not in self.schema.shapes:
                self.schema.shapes[name] = RawShape(
                    tuple(self._attributes(node)), tuple(self._slots(name, node))
                )
        return self.schema

    def _message_set(self, name: str) -> None:
        """The messages that a set may hold; of the set itself, the attributes."""
        whole = self.known["element"][name]
        for each in whole.iter(f"{XSD}element"):
            if each is whole:
                continue
            message = self._resolved(each)
            self.wanted.append((message.get("name"), self._complex(message)))
            self.schema.messages.add(message.get("name"))
        self.schema.shapes[name] = RawShape(tuple(self._attributes(whole.find(f"{XSD}complexType"))), ())

    def _resolved(self, node: Any) -> Any:
        return self.known["element"][node.get("ref")] if node.get("ref") else node

    def _complex(self, node: Any) -> Any:
        """The definition of an element with content, or None for a simple one."""
        inside = node.find(f"{XSD}complexType")
        return inside if inside is not None else self.known["complexType"].get(node.get("type"))

    def _attributes(self, node: Any) -> Iterator[RawAttribute]:
        for each in node.xpath(
            './*[local-name()="attribute"]|./*[local-name()="simpleContent"]/*/*[local-name()="attribute"]'
        ):
            yield RawAttribute(each.get("name"), self._simple(each), each.get("use") == "required")

    def _slots(self, owner: str, node: Any) -> Iterator[tuple[Mark, Content]]:
        for child in node:
            kind = child.tag.removeprefix(XSD)
            if kind == "element":
                yield self._element(owner, child)
            elif kind == "simpleContent":
                base = child[0].get("base")
                yield Mark("#text"), Content(simple=Simple(BASES[base]))
            elif kind in ("group", "sequence", "choice"):
                yield from self._bracket(owner, node, child, kind)

    def _bracket(self, owner: str, parent: Any, child: Any, kind: str) -> Iterator[tuple[Mark, Content]]:
        """A choice, or a sequence or group; the latter only where it is an alternative of its own."""
        body = self.known["group"][child.get("ref")] if kind == "group" else child
        inside = list(self._slots(owner, body))
        occurs = _occurs(child)
        in_choice = parent.tag == f"{XSD}choice" and (kind == "sequence" or _parts(inside) > 1)
        if kind != "choice" and occurs == (1, 1) and not in_choice:
            yield from inside
            return
        first = next((mark.name for mark, _ in inside if mark.kind == "element"), "")
        opening, closing = "()" if kind == "choice" else "[]"
        yield Mark(opening, first), Content(occurs)
        yield from inside
        yield Mark(closing, first), Content(occurs)

    def _element(self, owner: str, node: Any) -> tuple[Mark, Content]:
        definition = self._resolved(node)
        name = definition.get("name")
        complex_type = self._complex(definition)
        if complex_type is None:
            return Mark("element", name), Content(_occurs(node), self._simple(definition))
        shape = self._shape_name(owner, node, definition)
        self.wanted.append((shape, complex_type))
        return Mark("element", name), Content(_occurs(node), shape=shape)

    def _shape_name(self, owner: str, node: Any, definition: Any) -> str:
        """An element's own name where it is the schema's one; a local one is another shape, whatever its name."""
        if definition.get("type") in self.known["complexType"]:
            return str(definition.get("type"))
        name = definition.get("name")
        is_global = node.get("ref") is not None or definition is self.known["element"].get(name)
        return name if is_global else f"{owner}.{name}"

    def _simple(self, node: Any) -> Simple:
        inside = node.find(f"{XSD}simpleType")
        if inside is None:
            inside = self.known["simpleType"].get(node.get("type"))
        if inside is None:
            return Simple(BASES[node.get("type")], default=node.get("default"))
        restriction = inside.find(f"{XSD}restriction")
        facets = {each.tag.removeprefix(XSD): each.get("value") for each in restriction}
        values = tuple(each.get("value") for each in restriction.findall(f"{XSD}enumeration"))
        strange = set(facets) - {"enumeration", "maxLength", "minInclusive", "maxInclusive"}
        assert not strange, f"{node.get('name')} has facets that the catalog cannot say: {strange}"
        return Simple(
            base="enum" if values else BASES[restriction.get("base")],
            length=int(facets["maxLength"]) if "maxLength" in facets else None,
            low=facets.get("minInclusive", ""),
            high=facets.get("maxInclusive", ""),
            values=values,
            default=node.get("default"),
        )


def _parts(slots: list[tuple[Mark, Content]]) -> int:
    """How many parts there are side by side."""
    depth = found = 0
    for mark, _ in slots:
        depth -= mark.kind in ")]"
        found += depth == 0 and mark.kind not in ")]"
        depth += mark.kind in "(["
    return found


def _occurs(node: Any) -> Occurrence:
    most = node.get("maxOccurs", "1")
    return int(node.get("minOccurs", "1")), None if most == "unbounded" else int(most)
