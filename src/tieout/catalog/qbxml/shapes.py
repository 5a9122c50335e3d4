"""What an element of a message contains in one edition: its attributes, its elements in order, its choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from .editions import Edition
from .notation import Token, ValueType, tokens, type_text, value_type


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of an element with content."""

    name: str
    value: ValueType
    required: bool


@dataclass(frozen=True, slots=True)
class Element:
    """A position in a shape: a simple element has a `value`, one with content the name of its `shape`."""

    name: str
    least: int
    most: int | None
    """None where there is no limit."""
    value: ValueType | None = None
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A choice among its parts, or a sequence of them as one alternative of a choice."""

    kind: Literal["choice", "sequence"]
    least: int
    most: int | None
    parts: tuple[Part, ...]


Part = Element | Group


@dataclass(frozen=True, slots=True)
class Shape:
    """The content of an element in one edition."""

    name: str
    attributes: tuple[Attribute, ...]
    parts: tuple[Part, ...]
    text: ValueType | None = None
    """The type of its own text, for the few elements that have text and attributes."""

    def elements(self) -> Iterator[Element]:
        """Every element, those of choices too, in the schema's order."""
        return (element for element, _ in self.occurrences())

    def occurrences(self) -> Iterator[tuple[Element, bool]]:
        """Every element, and whether it may come several times."""
        return _occurrences(self.parts, several=False)


def _occurrences(parts: tuple[Part, ...], *, several: bool) -> Iterator[tuple[Element, bool]]:
    for part in parts:
        many = several or part.most is None or part.most > 1
        if isinstance(part, Element):
            yield part, many
        else:
            yield from _occurrences(part.parts, several=many)


@dataclass(frozen=True, slots=True)
class Names:
    """What a shape's names mean where it stands: the types of elements and attributes, and the value sets."""

    own: Mapping[str, str]
    """Types that hold in one file only; they go before the common ones."""
    words: Mapping[str, str]
    attributes: Mapping[str, str]
    values: Mapping[str, str]

    def type_of(self, name: str, edition: Edition) -> str:
        """The type of an element of this name; an element that has none has a shape called like itself."""
        spec = self.own.get(name) or self.words.get(name)
        return type_text(spec).of(edition) if spec else f">{name}"


def shape_from(name: str, text: str, names: Names, edition: Edition) -> Shape:
    """The shape that a text describes, in one edition."""
    living = [token for token in _living(tokens(text), edition) if token.name]
    texts = [token for token in living if token.name == "#text"]
    inside = iter([token for token in living if not token.is_attribute and token.name != "#text"])
    return Shape(
        name=name,
        attributes=tuple(_attribute(each, names, edition) for each in living if each.is_attribute),
        parts=_parts(inside, names, edition)[0],
        text=value_type(texts[0].type, names.values, edition) if texts else None,
    )


def reference(name: str) -> Shape:
    """The shape of a reference, `ref 159`: an id, or a full name of that length."""
    length = int(name.removeprefix("ref") or 0) or None
    by_id = Element("ListID", 0, 1, ValueType("id"))
    by_name = Element("FullName", 0, 1, ValueType("str", length))
    return Shape(name, (), (by_id, by_name))


def _living(found: tuple[Token, ...], edition: Edition) -> Iterator[Token]:
    """The tokens in force; a bracket that is not takes its partner with it, never what stands between."""
    open_brackets: list[bool] = []
    for token in found:
        if token.closes:
            if open_brackets.pop():
                yield token
            continue
        lives = token.lives(edition)
        if token.opens:
            open_brackets.append(lives)
        if lives:
            yield token


def _parts(found: Iterator[Token], names: Names, edition: Edition) -> tuple[tuple[Part, ...], Token | None]:
    """The parts up to the bracket that closes them, and that bracket."""
    parts: list[Part] = []
    for token in found:
        if token.closes:
            return tuple(parts), token
        if token.opens:
            inside, closing = _parts(found, names, edition)
            assert closing is not None
            least, most = closing.occurs(edition)
            parts.append(Group("choice" if token.name == "(" else "sequence", least, most, inside))
        else:
            parts.append(_element(token, names, edition))
    return tuple(parts), None


def _element(token: Token, names: Names, edition: Edition) -> Element:
    least, most = token.occurs(edition)
    text = token.type or names.type_of(token.name, edition)
    if text.startswith(">"):
        return Element(token.name, least, most, shape=text[1:])
    if text == "ref" or text.startswith("ref "):
        return Element(token.name, least, most, shape=text)
    return Element(token.name, least, most, value_type(text, names.values, edition))


def _attribute(token: Token, names: Names, edition: Edition) -> Attribute:
    name = token.name[1:]
    text = token.type or type_text(names.attributes[name]).of(edition)
    return Attribute(name, value_type(text.removesuffix("!"), names.values, edition), text.endswith("!"))
