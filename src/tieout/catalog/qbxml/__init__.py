"""The record types of qbXML: QuickBooks Desktop, the Web Connector and the retired Online Edition.

A type's file has a head, its own types, and its shapes:

    messages  = "Add Mod@2.1+ Query"   requests about it, each while the schemas have it; `Do` where the request's
                                       name ends with no verb, as ListMerge's
    published = "Mod@6.0+"             of these, the ones that Intuit documents for a part of that time only
    online    = "Add Query"            the ones that the retired Online Edition served; its schemas list all

    [fields]  Name = "type | type @condition"      only what differs from `_words.toml`
    [shapes]  Element = "tokens"                   the content of one element, in the schema's order

`notation` says how tokens and types are written, `editions` how conditions are. What several types share is
in files beside them: `_words.toml` (the type of a name), `_shapes.toml`, `_enums.toml` (value sets), and
`_templates.toml` (attributes, and messages that look alike for most types, where {R} is the type's name).
`tools/gather_qbxml_catalog.py` writes all of it from the published schemas; `_base_types.toml` is written by hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from ...errors import SetupError
from ..fingerprints import fingerprint_of
from ..nearest import did_you_mean
from .editions import COUNTRIES, EDITIONS, VERSIONS, Edition, edition, newest, when
from .flat import Row, flatten
from .notation import ValueType, tokens
from .shapes import Attribute, Element, Group, Names, Part, Shape, reference, shape_from

__all__ = [
    "COUNTRIES",
    "EDITIONS",
    "VERSIONS",
    "Attribute",
    "Edition",
    "Element",
    "Group",
    "Part",
    "RecordType",
    "Row",
    "Shape",
    "ValueType",
    "edition",
    "fingerprint",
    "newest",
    "record_type",
    "record_types",
    "type_names",
]

_SHARED = "_shapes"


@dataclass(frozen=True, slots=True)
class RecordType:
    """One record type of qbXML and the messages about it."""

    name: str
    in_schema: Mapping[str, frozenset[Edition]]
    """By verb (`Add`, `Mod`, `Query`, `Del`, `Void`, `Do`), the editions whose schema has the request."""
    published: Mapping[str, frozenset[Edition]]
    """By verb, the editions for which Intuit documents it: never send a request outside of them."""
    texts: Mapping[str, str]
    """The shapes' texts by name, the messages' own among them."""
    types: Mapping[str, str]
    """Types of names that hold in this type's shapes only."""

    def can(self, verb: str, edition: Edition) -> bool:
        """Whether a request of this verb is published for the edition."""
        return edition in self.published.get(verb, frozenset())

    def message(self, verb: str, side: str) -> str:
        """The name of a message: `InvoiceAddRq` for ("Add", "Rq")."""
        return f"{self.name}{'' if verb == 'Do' else verb}{side}"

    def shape(self, name: str, edition: Edition) -> Shape:
        """The content of an element: one of this type's own shapes, a shared one, or a reference."""
        if name == "ref" or name.startswith("ref "):
            return reference(name)
        return _shape(self.name if name in self.texts else _SHARED, name, edition)

    def rows(self, name: str, edition: Edition) -> tuple[Row, ...]:
        """The elements inside of a shape as a flat list, in the schema's order."""
        return flatten(self, name, edition)


@cache
def fingerprint() -> str:
    """A short word that changes whenever any fact in the catalog does."""
    return fingerprint_of(__package__)


@cache
def type_names() -> tuple[str, ...]:
    """Every record type, sorted."""
    names = (
        entry.name.removesuffix(".toml")
        for entry in files(__package__).iterdir()
        if entry.name.endswith(".toml")
    )
    return tuple(sorted(name for name in names if not name.startswith("_")))


@cache
def record_type(name: str) -> RecordType:
    """The record type of this name; SetupError with the nearest valid name when there is none."""
    if name not in type_names():
        raise SetupError(
            f"QuickBooks Desktop has no record type {name!r}.{did_you_mean(name, type_names())}",
            advice="`tieout types qbxml` lists the record types.",
        )
    data = _read(name)
    in_schema = _lives(data["messages"])
    return RecordType(
        name=name,
        in_schema=in_schema,
        published=_published(in_schema, _lives(data.get("published", "")), data.get("online", "").split()),
        texts=MappingProxyType(_messages(name, in_schema) | data.get("shapes", {})),
        types=MappingProxyType(data.get("fields", {})),
    )


@cache
def record_types() -> tuple[RecordType, ...]:
    """Every record type, sorted by name."""
    return tuple(record_type(name) for name in type_names())


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


def _lives(text: str) -> Mapping[str, frozenset[Edition]]:
    return MappingProxyType({token.name: when(token.condition) for token in tokens(text)})


def _published(
    in_schema: Mapping[str, frozenset[Edition]],
    narrower: Mapping[str, frozenset[Edition]],
    online: list[str],
) -> Mapping[str, frozenset[Edition]]:
    return MappingProxyType(
        {
            verb: frozenset(
                each for each in life & narrower.get(verb, life) if each.country != "OE" or verb in online
            )
            for verb, life in in_schema.items()
        }
    )


def _messages(name: str, in_schema: Mapping[str, frozenset[Edition]]) -> dict[str, str]:
    """The messages that look like those of most types; a file's own shapes go before them."""
    templates = _templates()["templates"]
    return {
        f"{name}{verb}{side}": templates[f"{verb}{side}"].replace("{R}", name)
        for verb in in_schema
        for side in ("Rq", "Rs")
        if f"{verb}{side}" in templates
    }


@cache
def _templates() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType(_read("_templates"))


@cache
def _shared() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType(_read(_SHARED))


@cache
def _names(owner: str) -> Names:
    return Names(
        own=_shared()["fields"] if owner == _SHARED else record_type(owner).types,
        words=_words(),
        attributes=_templates()["attributes"],
        values=_value_sets(),
    )


@cache
def _words() -> Mapping[str, str]:
    return MappingProxyType(_read("_words")["fields"])


@cache
def _value_sets() -> Mapping[str, str]:
    return MappingProxyType(_read("_enums"))


@cache
def _shape(owner: str, name: str, edition: Edition) -> Shape:
    texts = _shared()["shapes"] if owner == _SHARED else record_type(owner).texts
    return shape_from(name, texts[name], _names(owner), edition)
