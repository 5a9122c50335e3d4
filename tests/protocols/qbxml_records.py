"""Random content of qbXML messages, valid or broken in one place, and a writer that checks nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tieout.catalog.qbxml import Edition, Element, Group, Part, RecordType, Shape, ValueType

DEEPEST = 5
TEXTS = ("Ann", "Caf\xe9 & Sons", "a < b", 'say "hello"', "x")
VALUES = {
    "id": ("80000001-1262123456", ""),
    "bool": ("true", "false", "1", "0"),
    "float": ("1.5", "-3", "0"),
    "amount": ("10.00", "-3.05", "7", "0.00"),
    "price": ("1.25", "100", "0.5"),
    "quantity": ("2", "3.5"),
    "percent": ("5.5", "10"),
    "date": ("2026-11-25",),
    "datetime": ("2026-11-25T14:30:00", "2026-11-25T14:30:00-08:00"),
    "duration": ("PT2H30M", "PT15M0S"),
    "guid": ("{5A5A5A5A-0000-1111-2222-333344445555}", "0"),
    "macro": ("TxnID:a1",),
}
WRONG = {
    "id": "x" * 40,
    "bool": "perhaps",
    "float": "one",
    "int": "1.5",
    "amount": "10.123",
    "price": "cheap",
    "quantity": "1.2345678",
    "percent": "all",
    "date": "2026-13-45",
    "datetime": "noon",
    "duration": "two hours",
    "guid": "{5A5A}",
    "enum": "NoSuchValue",
}


def content_of(
    kind: RecordType, shape: Shape, edition: Edition, chance: Random, depth: int = 0
) -> dict[str, Any]:
    """Something that fits the shape; deeper down only what must be there."""
    content: dict[str, Any] = {}
    for attribute in shape.attributes:
        if attribute.required or chance.random() < 0.1:
            content[f"@{attribute.name}"] = value_of(attribute.value, chance)
    if shape.text is not None:
        content["#text"] = value_of(shape.text, chance)
    for name, value in _parts(kind, shape.parts, edition, chance, depth):
        content.setdefault(name, []).append(value)
    pairs = [(n, v if n[0] in "@#" or len(v) > 1 else v[0]) for n, v in content.items()]
    chance.shuffle(pairs)  # in any order: the writer knows the message's
    return dict(pairs)


def _parts(
    kind: RecordType, parts: Sequence[Part], edition: Edition, chance: Random, depth: int
) -> Iterator[tuple[str, Any]]:
    for part in parts:
        for _ in range(_times(part, chance, depth)):
            if isinstance(part, Element):
                yield part.name, _one(kind, part, edition, chance, depth)
            elif part.kind == "choice":
                yield from _parts(kind, [_certain(chance.choice(part.parts))], edition, chance, depth)
            else:
                yield from _parts(kind, part.parts, edition, chance, depth)


def _certain(part: Part) -> Part:
    return part


def _times(part: Part, chance: Random, depth: int) -> int:
    most = 3 if part.most is None else min(part.most, 3)
    if isinstance(part, Group) and part.kind == "choice" and part.most != 1:
        names = {each.name for each in part.parts if isinstance(each, Element)}
        if len(names) < len(part.parts):
            most = min(most, max(part.least, 1))  # alternatives of several elements are not repeated here
    if depth >= DEEPEST:
        return part.least
    return chance.randint(part.least, max(part.least, most)) if chance.random() < 0.35 else part.least


def _one(kind: RecordType, part: Element, edition: Edition, chance: Random, depth: int) -> Any:
    if part.value is not None:
        return value_of(part.value, chance)
    return content_of(kind, kind.shape(part.shape, edition), edition, chance, depth + 1)


def value_of(declared: ValueType, chance: Random) -> str:
    if declared.values:
        return chance.choice(declared.values)
    if declared.base == "int":
        return str(max(int(declared.low or 1), 1))
    if declared.base in ("str", "enum"):
        return chance.choice(TEXTS)[: declared.length]
    return chance.choice(VALUES[declared.base])


def broken(
    kind: RecordType, shape: Shape, content: Mapping[str, Any], edition: Edition, chance: Random
) -> dict[str, Any]:
    """The content with one thing changed that may, or may not, be against the schema."""
    changed = dict(content)
    elements = list(shape.elements())
    match chance.randrange(5):
        case 0 if elements:
            changed.pop(chance.choice(elements).name, None)
        case 1:
            changed[chance.choice(("Wrong", "CustomerReff", "TxnID", "ListID", "Name"))] = "x"
        case 2 if elements:
            one = chance.choice(elements)
            if one.value is not None:
                changed[one.name] = WRONG.get(one.value.base, "y" * ((one.value.length or 5000) + 1))
        case 3 if elements:
            one = chance.choice(elements)
            changed[one.name] = [_one(kind, one, edition, chance, 1) for _ in range(2)]
        case _ if elements:
            one = chance.choice(elements)
            changed[one.name] = _one(kind, one, edition, chance, 1)
    return changed


def plainly(kind: RecordType, name: str, shape_name: str, content: Any, edition: Edition) -> str:
    """The element in the schema's order and without a check, as somebody careful would write it by hand."""
    if not isinstance(content, Mapping):
        return f"<{name}>{escape(str(content))}</{name}>"
    shape = kind.shape(shape_name, edition) if shape_name else None
    order = {each.name: (at, each.shape) for at, each in enumerate(shape.elements())} if shape else {}
    attributes = "".join(f" {n[1:]}={quoteattr(str(v))}" for n, v in content.items() if n.startswith("@"))
    inside = escape(str(content.get("#text", "")))
    names = sorted((n for n in content if n[0] not in "@#"), key=lambda n: order.get(n, (999, ""))[0])
    for each in names:
        values = content[each] if isinstance(content[each], list) else [content[each]]
        inside += "".join(
            plainly(kind, each, order.get(each, (0, ""))[1], value, edition) for value in values
        )
    return f"<{name}{attributes}>{inside}</{name}>"
