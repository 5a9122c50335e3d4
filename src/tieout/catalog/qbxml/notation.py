"""The notation of the catalog's files: tokens of a shape, and types that depend on the edition.

    token   [=]NAME [? * + {m,n}] [4.0] [<type>] [@condition]
            =NAME      an attribute, the others are elements in the schema's order
            ?4.0       optional since 4.0, required before
            ( a | b )? a choice, with its occurrence after it;  [ a b ] a sequence inside a choice
            #text<T>   the element's own text
            <type>     a type of its own here, else the file's or the common one for that name
    type    str N · id · bool · int lo..hi · amount · price · quantity · percent · date · datetime
            duration · guid · macro · float · enum NAME · ref N · >SHAPE; then =default; ! is a required attribute

The same name twice in one shape, under conditions that never hold together, means that the element
stands elsewhere, or has another type, in other editions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from .editions import Edition, tenths, when

_TOKEN = re.compile(
    r"(?P<name>=?(?:\{R\})?[\w.]+|[()\[\]|]|\#text)?(?P<many>[?*+]|\{\d+,\d*\})?(?P<soft>\d+\.\d)?"
    r"(?:<(?P<type>>?[^>]*)>)?(?:@(?P<condition>\S+))?"
)
_OCCURRENCE: Mapping[str, tuple[int, int | None]] = {"": (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None)}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a shape's text."""

    name: str
    """An element's or attribute's name, a bracket, `|`, `#text`, or nothing for the life of the whole shape."""
    least: int
    most: int | None
    """None where there is no limit."""
    soft: int
    """Before this version (in tenths), one is required; 0 where that is not so."""
    type: str
    condition: str

    @property
    def is_attribute(self) -> bool:
        return self.name.startswith("=")

    @property
    def opens(self) -> bool:
        return self.name in ("(", "[")

    @property
    def closes(self) -> bool:
        return self.name in (")", "]")

    def lives(self, edition: Edition) -> bool:
        return edition in when(self.condition)

    def occurs(self, edition: Edition) -> tuple[int, int | None]:
        """How often it must and may stand in this edition."""
        return (1 if edition.number < self.soft else self.least), self.most


@cache
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a shape's text; `|` is left out, for brackets say it all."""
    found = (each.groupdict() for each in _TOKEN.finditer(text) if each.group())
    return tuple(_token(parts) for parts in found if parts["name"] != "|")


def _token(parts: Mapping[str, str | None]) -> Token:
    least, most = _occurrence(parts["many"] or "")
    return Token(
        name=parts["name"] or "",
        least=least,
        most=most,
        soft=tenths(parts["soft"] or "0"),
        type=parts["type"] or "",
        condition=parts["condition"] or "",
    )


def _occurrence(text: str) -> tuple[int, int | None]:
    if not text.startswith("{"):
        return _OCCURRENCE[text]
    least, _, most = text[1:-1].partition(",")
    return int(least), int(most) if most else None


@dataclass(frozen=True, slots=True)
class TypeText:
    """A type, as text, with what stands in its place in some editions."""

    usual: str
    others: tuple[tuple[str, str], ...]
    """(condition, type)."""

    def of(self, edition: Edition) -> str:
        return next((text for condition, text in self.others if edition in when(condition)), self.usual)


@cache
def type_text(spec: str) -> TypeText:
    """`str 41 | str 100 @OE` as a `TypeText`."""
    usual, *others = spec.split(" | ")
    pairs = (other.rpartition(" @") for other in others)
    return TypeText(usual, tuple((condition, text) for text, _, condition in pairs))


@dataclass(frozen=True, slots=True)
class ValueType:
    """What a simple element or an attribute may hold."""

    base: str
    """One of the words of `SCHEMA_NAMES`."""
    length: int | None = None
    low: str = ""
    high: str = ""
    """The range of an int; empty where it is open."""
    values: tuple[str, ...] = ()
    default: str | None = None

    @property
    def schema_name(self) -> str:
        """The type's name in Intuit's schemas."""
        return SCHEMA_NAMES[self.base]


SCHEMA_NAMES = {
    "str": "STRTYPE",
    "id": "IDTYPE",
    "bool": "BOOLTYPE",
    "date": "DATETYPE",
    "datetime": "DATETIMETYPE",
    "duration": "TIMEINTERVALTYPE",
    "amount": "AMTTYPE",
    "price": "PRICETYPE",
    "quantity": "QUANTYPE",
    "percent": "PERCENTTYPE",
    "int": "INTTYPE",
    "float": "FLOATTYPE",
    "enum": "ENUMTYPE",
    "guid": "GUIDTYPE",
    "macro": "MACROTYPE",
}


def value_type(text: str, values_of: Mapping[str, str], edition: Edition) -> ValueType:
    """`enum ActiveStatus =ActiveOnly` and the like, with the values that the edition has."""
    body, _, default = text.partition(" =")
    base, _, rest = body.partition(" ")
    low, dots, high = rest.partition("..")
    return ValueType(
        base=base,
        length=int(rest) if rest.isdigit() else None,
        low=low if dots else "",
        high=high,
        values=_values(values_of[rest], edition) if base == "enum" else (),
        default=default or None,
    )


@cache
def _values(text: str, edition: Edition) -> tuple[str, ...]:
    pairs = (word.partition("@") for word in text.split())
    return tuple(value for value, _, condition in pairs if edition in when(condition))
