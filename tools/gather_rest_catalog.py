"""Gather the REST catalog's fields from Intuit's published schemas, keeping what people wrote.

    python tools/gather_rest_catalog.py SCHEMA_FOLDER [CATALOG_FOLDER]

Every `<Type>.toml` of the catalog folder is a record type to gather: the program writes its `[fields]` and
`[shapes.NAME]`, and `_shapes.toml` and `_enums.toml` for what several types share. A new record type begins
as a file with a head and an empty `[fields]`.

Names, order, types, repetition and the marks attribute, text, one-of, also and substituted come from the
schemas. A file's head, and of a field already in it the length, the targets of a `ref` and all other marks,
were written by people, who know more than the schema does, and stay. Of the schema's prose only two things
are taken, and only as proposals: a maximum length for a field not seen before, and `@desktop` where the
prose speaks of no other product (`@online`, written by a person, says that Online serves it all the same).
Running the program again gives the same files byte for byte.
"""

from __future__ import annotations

import re
import string
import sys
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from xml.etree import ElementTree

CATALOG = Path(__file__).resolve().parent.parent / "src" / "tieout" / "catalog" / "rest"
SCHEMAS = ("IntuitBaseTypes", "IntuitNamesTypes", "Finance", "IntuitRestServiceDef", "SalesTax")
XS = "{http://www.w3.org/2001/XMLSchema}"

SCALARS = {
    "xs:string": "str",
    "xs:boolean": "bool",
    "xs:decimal": "decimal",
    "xs:float": "double",
    "xs:double": "double",
    "xs:int": "int",
    "xs:long": "int",
    "xs:integer": "int",
    "xs:positiveInteger": "int",
    "xs:nonNegativeInteger": "int",
    "xs:date": "date",
    "xs:dateTime": "datetime",
    "xs:time": "time",
    "xs:anyURI": "uri",
    "xs:base64Binary": "bytes",
    "id": "id",
    "IdType": "id",
    "syncToken": "str",
    "ExternalKey": "str",
    "quantity": "decimal",
    "ratio": "decimal",
    "ReferenceType": "ref",
    "IntuitAnyType": "any",
}
GATHERED = ("attribute", "text", "one-of", "also", "substituted")
"""Marks that the schema decides, in the order in which they are written."""
HAND = ("filter", "sort", "readonly", "computed", "since", "@online", "@desktop")
"""Marks that people decide, in the order in which they are written."""

Line = tuple[str, str]
"""A field's name and its specification, as they stand in a file."""


@dataclass(frozen=True)
class Declared:
    """One field as the schema declares it."""

    name: str
    base: str
    occurrence: str = ""
    gathered: frozenset[str] = frozenset()
    prose: str = ""


@dataclass(frozen=True)
class Hand:
    """What a person decided about one field."""

    argument: str = ""
    """The length of a `str`, the targets of a `ref`."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Each mark as it is written: `since` brings its number."""


class Schemas:
    """The schema folder, read."""

    def __init__(self, folder: Path) -> None:
        self.complex: dict[str, ElementTree.Element] = {}
        self.groups: dict[str, ElementTree.Element] = {}
        self.enums: dict[str, tuple[str, ...]] = {}
        for name in SCHEMAS:
            for node in ElementTree.parse(folder / f"{name}.xsd").getroot():
                self._keep(node.get("name", ""), node)

    def _keep(self, name: str, node: ElementTree.Element) -> None:
        if node.tag == f"{XS}complexType":
            self.complex[name] = node
        elif node.tag == f"{XS}group":
            self.groups[name] = node
        elif node.tag == f"{XS}simpleType":
            values = tuple(value.get("value", "") for value in node.iter(f"{XS}enumeration"))
            if values:
                self.enums[name] = values

    def fields(self, name: str) -> tuple[Declared, ...]:
        """Attributes, then elements, of a complex type and of all it extends, in the schema's order."""
        declared = (*self._inherited(name),)
        attributes = [each for each in declared if "attribute" in each.gathered]
        return (*attributes, *(each for each in declared if "attribute" not in each.gathered))

    def _inherited(self, name: str) -> Iterator[Declared]:
        node = self.complex[name]
        simple = node.find(f"{XS}simpleContent/{XS}extension")
        extension = node.find(f"{XS}complexContent/{XS}extension")
        if simple is not None:
            text = SCALARS[simple.get("base", "")]
            yield Declared("value", text, gathered=frozenset({"text"}), prose=_prose(node))
            yield from self._own(simple)
        elif extension is not None:
            yield from self._inherited(extension.get("base", ""))
            yield from self._own(extension)
        else:
            yield from self._own(node)

    def _own(self, node: Iterable[ElementTree.Element]) -> Iterator[Declared]:
        for child in node:
            if child.tag == f"{XS}attribute":
                required = "!" if child.get("use") == "required" else ""
                yield Declared(
                    child.get("name", ""),
                    self._base(child),
                    required,
                    frozenset({"attribute"}),
                    _prose(child),
                )
            elif child.tag == f"{XS}element":
                yield self._element(child)
            elif child.tag == f"{XS}choice":
                yield from self._choice(child)
            elif child.tag == f"{XS}group":
                yield from self._own(self.groups[child.get("ref", "")])
            elif child.tag in (f"{XS}sequence", f"{XS}all"):
                yield from self._own(child)

    def _choice(self, node: ElementTree.Element) -> Iterator[Declared]:
        for branch in node:
            for place, member in enumerate(self._own([branch])):
                marks = frozenset({"one-of", "also"} if place else {"one-of"})
                yield replace(
                    member, occurrence=member.occurrence.strip("!"), gathered=member.gathered | marks
                )

    def _element(self, node: ElementTree.Element) -> Declared:
        many, needed = node.get("maxOccurs", "1") != "1", node.get("minOccurs", "1") != "0"
        occurrence = ("+" if needed else "*") if many else ("!" if needed else "")
        if node.get("ref"):
            return Declared(node.get("ref", ""), "any", occurrence, frozenset({"substituted"}))
        return Declared(node.get("name", ""), self._base(node), occurrence, prose=_prose(node))

    def _base(self, node: ElementTree.Element) -> str:
        declared = node.get("type", "")
        if declared in SCALARS:
            return SCALARS[declared]
        if declared in self.enums:
            return f"enum {declared}"
        if declared in self.complex:
            return declared
        raise ValueError(f"{node.get('name')} has the unknown type {declared!r}")

    def reached(self, name: str) -> set[str]:
        """The complex types inside a type, at any depth."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            inner = {each.base for each in self.fields(waiting.pop()) if each.base in self.complex} - found
            found |= inner
            waiting += sorted(inner)
        return found


def _prose(node: ElementTree.Element) -> str:
    annotation = node.find(f"{XS}annotation")
    return "" if annotation is None else " ".join(" ".join(annotation.itertext()).split())


_ELSEWHERE = re.compile(
    r"only (?:for|in|by) QuickBooks (?:for )?Windows|QBW only|Not (?:applicable to|supported (?:in|by)) QBO",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"(?:Max\.? ?length:?|QBO: max=)\s*([\d,]+)", re.IGNORECASE)


def is_of_desktop(prose: str) -> bool:
    """Whether the documentation of a field speaks of QuickBooks Desktop alone."""
    products = {product.upper() for product in re.findall(r"Product:\s*([A-Za-z]+)", prose)}
    return (bool(products) and products <= {"QBW", "QBD"}) or bool(_ELSEWHERE.search(prose))


def proposed_length(prose: str) -> str:
    """The maximum length that the documentation gives for Online, else for all products."""
    parts = re.split(r"Product:\s*", prose)
    for product in ("QBO", "ALL"):
        for part in parts:
            length = _LENGTH.search(part)
            if length and part.upper().startswith(product):
                return length[1].replace(",", "")
    return ""


def specification(declared: Declared, hand: Hand | None) -> str:
    """The right-hand side of one field: the schema's part, with the hand's part kept."""
    if hand is None:
        argument = proposed_length(declared.prose) if declared.base == "str" else ""
        hand = Hand(argument)
    marks = dict(hand.marks)
    if is_of_desktop(declared.prose) and "@online" not in marks:
        marks["@desktop"] = "@desktop"
    argument = hand.argument if declared.base in ("str", "ref") else ""
    return " ".join(
        (
            f"{declared.base} {argument}".rstrip() + declared.occurrence,
            *(mark for mark in GATHERED if mark in declared.gathered),
            *(marks[mark] for mark in HAND if mark in marks),
        )
    )


_ARGUMENT = {"str": string.digits, "ref": string.ascii_uppercase, "enum": string.ascii_letters}
"""What the argument of a type begins with; marks begin with a small letter or @."""


def read_hand(specification: str) -> Hand:
    """What a person decided, out of a specification as it stands in a file."""
    first, *words = specification.split()
    base = first.rstrip("*+!")
    argument = words.pop(0).rstrip("*+!") if words and words[0][0] in _ARGUMENT.get(base, "") else ""
    marks: dict[str, str] = {}
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        if word in HAND:
            marks[word] = f"since {following}" if word == "since" else word
        elif word not in GATHERED and not word.isdigit():
            raise ValueError(f"{word!r} in {specification!r} is no mark")
    return Hand("" if base == "enum" else argument, marks)


class Catalog:
    """The catalog folder: what stands in it, and how it is written again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.types = sorted(path.stem for path in folder.glob("[A-Z]*.toml"))
        self.heads = {path.name: _head(path.read_text("utf-8")) for path in folder.glob("*.toml")}
        self.hand: dict[tuple[str, str], Hand] = {}
        for name in self.types:
            data = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
            self._remember({name: data["fields"], **data.get("shapes", {})})
        shapes = folder / "_shapes.toml"
        if shapes.exists():
            self._remember(tomllib.loads(shapes.read_text("utf-8")))

    def _remember(self, tables: Mapping[str, Mapping[str, str]]) -> None:
        for owner, table in tables.items():
            self.hand.update({(owner, name): read_hand(spec) for name, spec in table.items()})

    def lines(self, owner: str, declared: Iterable[Declared]) -> list[Line]:
        """The fields of a type or shape as they are to stand in its file."""
        return [(each.name, specification(each, self.hand.get((owner, each.name)))) for each in declared]

    def write(self, name: str, body: str) -> None:
        head = self.heads.get(name, "")
        (self.folder / name).write_text(head + body, "utf-8")


def _head(text: str) -> str:
    """Everything above the first table of fields, shapes or values."""
    head = re.match(r"(?s).*?(?=^\[fields\])", text, re.MULTILINE) or re.match(r"(?:#[^\n]*\n|\n)*", text)
    return head[0] if head else ""


def table(name: str, lines: Iterable[Line]) -> str:
    return "\n".join([f"[{name}]", *(f'{field} = "{spec}"' for field, spec in lines), ""])


def array(name: str, values: Iterable[str]) -> str:
    quoted = ", ".join(f'"{value}"' for value in values)
    line = f"{name} = [{quoted}]"
    if len(line) <= 110:
        return line
    wrapped = textwrap.wrap(quoted.replace(" ", "\0").replace(",\0", ", "), 106, break_on_hyphens=False)
    return "\n".join([f"{name} = [", *(f"  {part}".replace("\0", " ") for part in wrapped), "]"])


def gather(schemas: Schemas, catalog: Catalog) -> None:
    """Write every file of the catalog."""
    reached = {name: schemas.reached(name) for name in catalog.types}
    uses = Counter(shape for shapes in reached.values() for shape in shapes)

    def section(title: str, name: str) -> str:
        return table(title, catalog.lines(name, schemas.fields(name)))

    for name, shapes in reached.items():
        own = sorted(shape for shape in shapes if uses[shape] == 1)
        body = [section("fields", name), *(section(f"shapes.{shape}", shape) for shape in own)]
        catalog.write(f"{name}.toml", "\n".join(body))
    shared = sorted(shape for shape, count in uses.items() if count > 1)
    catalog.write("_shapes.toml", "\n".join(section(shape, shape) for shape in shared))
    bases = {each.base for name in {*catalog.types, *uses} for each in schemas.fields(name)}
    values = sorted(base.removeprefix("enum ") for base in bases if base.startswith("enum "))
    catalog.write("_enums.toml", "\n".join(array(name, schemas.enums[name]) for name in values) + "\n")


def main(arguments: list[str]) -> None:
    if not 1 <= len(arguments) <= 2:
        raise SystemExit(__doc__)
    gather(Schemas(Path(arguments[0])), Catalog(Path(arguments[1]) if arguments[1:] else CATALOG))


if __name__ == "__main__":
    main(sys.argv[1:])
