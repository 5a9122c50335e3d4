"""The record types of the QuickBooks Online REST API v3, read from the TOML files beside this one.

A type's file has a head (what can be done with it) and `[fields]`, in the published schema's order, each
`Name = "type marks"`:

    type    str N · id · bool · int · decimal · double · date · datetime · time · uri · bytes · any
            ref Target|Target · enum NAME · SHAPE      a trailing * or + repeats it, ! is required by the schema
    marks   filter sort      usable in a query's WHERE, in ORDERBY; of a path, every part must say so
            readonly         set by QuickBooks, ignored when sent
            computed         changes without moving MetaData.LastUpdatedTime
            attribute        an attribute in XML, a member in JSON
            text             the text in XML, a member in JSON
            one-of           at most one of the neighbours so marked is present
            also             may accompany the one-of before it
            substituted      in its place stands one of the types that the head's `wraps` names
            @desktop         Online has not been seen to send it (most often, the schema speaks of Desktop only)
            @online          the schema speaks of Desktop only, and Online serves it all the same
            since N          minor version that brought it

Words of a head; lists are words with spaces between them, and `A|B` in one means at least one of them:

    url kind actions         see `RecordType`; a type is asked for as `query` where that is not its name
    posts                    writing one moves balances of accounts, names or items
    webhook                  events told: created updated deleted merged voided emailed
    void delete              how it is voided; what a deletion must send: `Id SyncToken` or `full`
    required                 what a create must have; `required_if = { "Field=value" = "words" }` adds to it
    required_update          what a full update must have besides Id and SyncToken
    required_sparse          header fields that a sparse update must repeat
    lines                    `DetailType`s of its lines; LinkedTxn is a line without a detail that links
    carrier                  the fields by which a new record is found again when no answer came: the first that has
                             a value and can be asked for, else a mark in the memo among them
    unclearable              fields that a sparse update cannot clear
    number                   the field that QuickBooks numbers by itself when it is not sent
    name unique              the field that names it; the types among which that name is unique
    total balance            the fields whose sums two sides must agree on
    party                    the field that names the customer or vendor
    countries                ISO codes of the only countries that have it
    key                      the fields that identify a record where it has no Id
    singleton                there is exactly one
    wraps                    the transaction inside it is one of these types, under that type's name, and
                             Id, SyncToken and MetaData are that transaction's
    json_names               JSON's spelling of fields where it is not the schema's; `fields` has JSON's
    note                     a trap, in a sentence

Shapes used by several types are in `_shapes.toml`, a type's own under `[shapes.NAME]`; value sets in
`_enums.toml`. `tools/gather_rest_catalog.py` writes the fields from the published schemas and keeps the rest.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from ...errors import SetupError
from ..fingerprints import fingerprint_of
from ..nearest import did_you_mean

SCALARS = frozenset(
    ["str", "id", "bool", "int", "decimal", "double", "date", "datetime", "time", "uri", "bytes", "any"]
)

_SPEC = re.compile(
    r"(?P<base>ref(?: [A-Z]\w*(?:\|[A-Z]\w*)*)?|enum \w+|str(?: \d+)?|\w+)(?P<many>[*+]?)(?P<required>!?)"
    r"(?P<marks>(?: (?:since \d+|[\w@-]+))*)"
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record type or shape, as declared."""

    name: str
    type: str
    """A scalar of `SCALARS`, `ref`, `enum`, or the name of a shape."""
    length: int | None = None
    targets: tuple[str, ...] = ()
    """Record types a `ref` points to; the value set's name of an `enum`."""
    many: bool = False
    required: bool = False
    marks: frozenset[str] = frozenset()
    since: int | None = None

    @property
    def is_shape(self) -> bool:
        return self.type not in SCALARS and self.type not in ("ref", "enum")

    @property
    def served(self) -> bool:
        """Whether Online is known to send it."""
        return "@desktop" not in self.marks

    def has(self, mark: str) -> bool:
        return mark in self.marks


Shape = Mapping[str, Field]
"""Fields by name, in the schema's order."""


@dataclass(frozen=True, slots=True)
class RecordType:
    """One record type of the REST API."""

    name: str
    url: str
    kind: str
    """`transaction`, `list`, `setup` or `system`."""
    actions: frozenset[str]
    """Of: create read query update sparse delete void deactivate send pdf cdc."""
    fields: Shape
    shapes: Mapping[str, Shape]
    head: Mapping[str, Any] = field(default_factory=dict)
    _words: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def can(self, action: str) -> bool:
        return action in self.actions

    @property
    def query_name(self) -> str:
        """The name in a query statement; the answer's member always has the type's own name."""
        return str(self.head.get("query", self.name))

    @property
    def wraps(self) -> tuple[str, ...]:
        """The types of which one stands inside, under its own name: RecurringTransaction's Invoice, Bill …"""
        return self.words("wraps")

    def words(self, key: str) -> tuple[str, ...]:
        """The words of a head entry such as `required`, empty when it is absent."""
        known = self._words.get(key)
        if known is None:
            known = self._words[key] = tuple(str(self.head.get(key, "")).split())
        return known

    @property
    def posts(self) -> bool:
        """Whether writing one moves balances of accounts, names or items."""
        return bool(self.head.get("posts", False))

    def unwrapped(self) -> RecordType:
        """A type whose JSON wraps another's (RecurringTransaction) as one flat type with a `Type`; else itself."""
        wrapped = [record_type(name) for name in self.words("wraps")]
        if not wrapped:
            return self
        fields = {"Type": Field("Type", "str")} | {n: f for t in wrapped for n, f in t.fields.items()}
        shapes = {n: s for t in wrapped for n, s in t.shapes.items()}
        return replace(self, fields=MappingProxyType(fields), shapes=MappingProxyType(shapes))

    def shape(self, name: str) -> Shape:
        """The fields of a shape: this type's own, or a shared one."""
        return self.shapes[name] if name in self.shapes else shared_shapes()[name]

    def field(self, path: str) -> Field | None:
        """The field at a dotted path (`CustomerRef.value`, `Line.Amount`), or None."""
        shape: Shape | None = self.fields
        found: Field | None = None
        for part in path.split("."):
            if shape is None or part not in shape:
                return None
            found = shape[part]
            shape = self.inner(found)
        return found

    def names_at(self, path: Sequence[str]) -> Collection[str] | None:
        """The fields below a path of others, the type's own below none; None below what holds none."""
        if not path:
            return self.fields
        found = self.field(".".join(path))
        return self.inner(found) if found is not None else None

    def filterable(self, path: str) -> bool:
        """Whether a query's WHERE can use this path, such as `CustomerRef` or `MetaData.LastUpdatedTime`."""
        return self._marked(path, "filter")

    def sortable(self, path: str) -> bool:
        """Whether a query's ORDERBY can use this path."""
        return self._marked(path, "sort")

    def _marked(self, path: str, mark: str) -> bool:
        shape: Shape | None = self.fields
        for part in path.split("."):
            if shape is None or part not in shape:
                return False
            if shape is not REF and not shape[part].has(mark):
                return False
            shape = self.inner(shape[part])
        return True

    def inner(self, declared: Field) -> Shape | None:
        """The fields inside a reference or shape; None for scalars."""
        if declared.type == "ref":
            return REF
        return self.shape(declared.type) if declared.is_shape else None


def parse_field(name: str, spec: str) -> Field:
    """Read one `Name = "type marks"` entry."""
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise ValueError(f"{name} = {spec!r} is no field declaration")
    base, _, argument = match["base"].partition(" ")
    words = match["marks"].split()
    since = int(words[words.index("since") + 1]) if "since" in words else None
    return Field(
        name=name,
        type=base,
        length=int(argument) if base == "str" and argument else None,
        targets=tuple(argument.split("|")) if base in ("ref", "enum") and argument else (),
        many=bool(match["many"]),
        required=bool(match["required"]) or match["many"] == "+",
        marks=frozenset(w for w in words if w != "since" and not w.isdigit()),
        since=since,
    )


REF: Shape = MappingProxyType({n: parse_field(n, "str") for n in ("value", "name", "type")})
"""A reference as JSON spells it; in XML `name` and `type` are attributes and `value` is the text."""


def detail_member(detail_type: str) -> str:
    """The member of a line that holds the detail of this `DetailType`; they differ in one case."""
    return "DescriptionLineDetail" if detail_type == "DescriptionOnly" else detail_type


def _shape(table: Mapping[str, str]) -> Shape:
    return MappingProxyType({name: parse_field(name, spec) for name, spec in table.items()})


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


@cache
def shared_shapes() -> Mapping[str, Shape]:
    """Shapes used by several record types."""
    return MappingProxyType({name: _shape(table) for name, table in _read("_shapes").items()})


@cache
def enums() -> Mapping[str, tuple[str, ...]]:
    """Value sets by name."""
    return MappingProxyType({name: tuple(values) for name, values in _read("_enums").items()})


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
    return tuple(sorted(n for n in names if not n.startswith("_")))


@cache
def record_type(name: str) -> RecordType:
    """The record type of this name; SetupError with the nearest valid name when there is none."""
    if name not in type_names():
        raise SetupError(
            f"QuickBooks Online has no record type {name!r}.{did_you_mean(name, type_names())}",
            advice="`tieout types books` lists the record types.",
        )
    data = _read(name)
    spelled = data.get("json_names", {})
    fields = _shape({spelled.get(n, n): spec for n, spec in data.pop("fields").items()})
    shapes = {n: _shape(t) for n, t in data.pop("shapes", {}).items()}
    for wrapped in map(record_type, data.get("wraps", "").split()):
        shapes |= {wrapped.name: wrapped.fields, **wrapped.shapes}
        fields = _substituted(fields, wrapped.name)
    return RecordType(
        name=name,
        url=data.pop("url"),
        kind=data.pop("kind"),
        actions=frozenset(data.pop("actions").split()),
        fields=MappingProxyType({n: f for n, f in fields.items() if not f.has("substituted")}),
        shapes=MappingProxyType(shapes),
        head=MappingProxyType(data),
    )


def _substituted(fields: Shape, wrapped: str) -> Shape:
    """The fields with a member for a wrapped type, at most one of which is present."""
    return MappingProxyType({**fields, wrapped: Field(wrapped, wrapped, marks=frozenset({"one-of"}))})


@cache
def record_types() -> tuple[RecordType, ...]:
    """Every record type, sorted by name."""
    return tuple(record_type(name) for name in type_names())
