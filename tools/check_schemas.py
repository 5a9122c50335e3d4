"""Compare the qbXML catalog with Intuit's published schemas: every version, country and message.

    python tools/check_schemas.py [SCHEMA_FOLDER]

Prints how many messages, shapes and types were compared and how many differ, and the first differences.
Exit code 1 when any does, 2 when there are no schemas. The schemas are read by `qbxml_schema.py`, which knows
nothing of the catalog's files; the test of the catalog compares with another reading still.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qbxml_schema import RawShape, Schema, Simple, read_schemas

from tieout.catalog.qbxml import (
    Edition,
    Element,
    Group,
    Part,
    RecordType,
    Shape,
    ValueType,
    record_types,
)
from tieout.catalog.qbxml.envelope import envelope, envelope_names
from tieout.catalog.qbxml.flat import DEEPEST

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT.parent / "shared" / "schemas" / "qbxml"
SHOWN = 10

Line = tuple[object, ...]


@dataclass
class Count:
    """How many of a kind were compared, and where they differ."""

    what: str
    compared: int = 0
    differing: list[str] = field(default_factory=list)

    def compare(self, place: str, ours: object, theirs: object) -> None:
        self.compared += 1
        if ours != theirs:
            self.differing.append(f"{place}\n    catalog {ours}\n    schema  {theirs}")

    def __str__(self) -> str:
        return f"{self.compared:>9,} {self.what}, {len(self.differing):,} differing"


@dataclass
class Counts:
    """What is compared."""

    lives: Count = field(default_factory=lambda: Count("messages present or absent in an edition"))
    messages: Count = field(default_factory=lambda: Count("messages as flat lists"))
    rows: int = 0
    shapes: Count = field(default_factory=lambda: Count("shapes with their brackets"))
    attributes: Count = field(default_factory=lambda: Count("shapes with their attributes"))
    types: Count = field(default_factory=lambda: Count("types with lengths, ranges, defaults and value sets"))

    def all(self) -> tuple[Count, ...]:
        return self.lives, self.messages, self.shapes, self.attributes, self.types


def check(schemas: dict[Edition, Schema]) -> Counts:
    """Compare every message of the catalog with every edition's schema."""
    counts = Counts()
    for edition, schema in schemas.items():
        seen: set[str] = set()
        for kind in record_types():
            for verb, life in kind.in_schema.items():
                for name in (kind.message(verb, "Rq"), kind.message(verb, "Rs")):
                    place = f"{edition} {name}"
                    counts.lives.compare(place, edition in life, name in schema.messages)
                    if edition in life and name in schema.messages:
                        _compare_message(counts, kind, name, edition, schema, seen)
        _compare_envelopes(counts, edition, schema)
    return counts


def _compare_envelopes(counts: Counts, edition: Edition, schema: Schema) -> None:
    """What stands around the messages."""
    ours = set(envelope_names(edition))
    theirs = {name for name in schema.shapes if name.startswith(("QBXML", "Signon"))}
    for name in sorted(ours | theirs):
        counts.lives.compare(f"{edition} {name}", name in ours, name in theirs)
    for name in sorted(ours & theirs):
        _compare_shape(counts, f"{edition} {name}", envelope(name, edition), schema.shapes[name])


def _compare_message(
    counts: Counts, kind: RecordType, name: str, edition: Edition, schema: Schema, seen: set[str]
) -> None:
    ours = [(row.path, row.least, row.most, bool(row.type)) for row in kind.rows(name, edition)]
    theirs = list(_flat(schema, name, "", 1))
    counts.messages.compare(f"{edition} {name}", ours, theirs)
    counts.rows += len(theirs)
    pending = [name]
    while pending:
        each = pending.pop()
        if each in seen:
            continue
        seen.add(each)
        shape, raw = kind.shape(each, edition), schema.shapes[each]
        _compare_shape(counts, f"{edition} {each}", shape, raw)
        pending += [element.shape for element in shape.elements() if not _is_reference(element.shape)]


def _is_reference(name: str) -> bool:
    return name in ("", "ref") or name.startswith("ref ")


def _flat(schema: Schema, name: str, above: str, depth: int) -> Iterator[Line]:
    for mark, content in schema.shapes[name].slots:
        if mark.kind == "element":
            path = f"{above}{mark.name}"
            yield path, *content.occurs, content.simple is not None
            if content.shape and depth < DEEPEST:
                yield from _flat(schema, content.shape, f"{path}/", depth + 1)


def _compare_shape(counts: Counts, place: str, shape: Shape, raw: RawShape) -> None:
    theirs = [_their_line(mark.kind, mark.name, content.occurs) for mark, content in raw.slots]
    text = [("#text",)] if shape.text else []
    counts.shapes.compare(place, [*_our_lines(shape.parts), *text], theirs)
    counts.attributes.compare(
        place,
        [(each.name, each.required, _ours(each.value)) for each in shape.attributes],
        [(each.name, each.required, _theirs(each.type)) for each in raw.attributes],
    )
    simple = [(mark.name, content.simple) for mark, content in raw.slots if content.simple is not None]
    ours = [(each.name, each.value) for each in shape.elements() if each.value is not None]
    ours += [("", shape.text)] if shape.text else []
    for (our_name, value), (their_name, their_type) in zip(ours, simple, strict=False):
        counts.types.compare(
            f"{place} {our_name}", (our_name, _ours(value)), (their_name, _theirs(their_type))
        )


def _our_lines(parts: tuple[Part, ...]) -> Iterator[Line]:
    for part in parts:
        if isinstance(part, Element):
            yield part.name, part.least, part.most
        else:
            yield from _group_lines(part)


def _group_lines(group: Group) -> Iterator[Line]:
    opening, closing = "()" if group.kind == "choice" else "[]"
    yield (opening,)
    yield from _our_lines(group.parts)
    yield closing, group.least, group.most


def _their_line(kind: str, name: str, occurs: tuple[int, int | None]) -> Line:
    if kind == "element":
        return name, *occurs
    return (kind, *occurs) if kind in ")]" else (kind,)


def _ours(value: ValueType) -> Line:
    return value.base, value.length, value.low, value.high, tuple(sorted(value.values)), value.default


def _theirs(simple: Simple) -> Line:
    return simple.base, simple.length, simple.low, simple.high, tuple(sorted(simple.values)), simple.default


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SCHEMAS
    if not any(folder.glob("qbxmlops*.xsd")):
        print(f"SCHEMAS NOT COMPARED: there are no qbXML schemas in {folder}", file=sys.stderr)
        return 2
    schemas = read_schemas(folder)
    counts = check(schemas)
    print(f"{len(schemas):>9,} editions, {counts.rows:,} rows of flat lists")
    for count in counts.all():
        print(count)
        for place in count.differing[:SHOWN]:
            print(f"  {place}")
    return 1 if any(count.differing for count in counts.all()) else 0


if __name__ == "__main__":
    sys.exit(main())
