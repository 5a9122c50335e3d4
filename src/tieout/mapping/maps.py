"""A map: one document in, records out. A JSONata expression, a Python function, or nothing at all.

What comes out is a record, a list of records, or nothing, which skips the document. MapError names the place in the map, the
document and the field.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from ..catalog.nearest import did_you_mean, nearest
from ..catalog.rest import RecordType
from ..errors import MapError, SetupError, TieoutError
from .exact_jsonata import Expression, JsonataError, Symbol, symbols_of
from .functions import NAMES, World
from .lists import with_lists
from .shaping import names_in

Functions = Mapping[str, tuple[str, Callable[..., Any]]]

_BOUND = re.compile(r"\$\w+\s*:=|(?:function|λ)\s*\([^)]*\)|[@#]\s*\$\w+")
"""Where a map names a value of its own."""
_NAMES = re.compile(r"\$(\w+)")


class Map(Protocol):
    """One document in, records out."""

    @property
    def name(self) -> str: ...

    def records(self, document: Mapping[str, Any], place: str = "") -> list[dict[str, Any]]:
        """What becomes of a document; empty when it is skipped."""
        ...


@dataclass(frozen=True, slots=True)
class SameRecord:
    """Where no map is named: the document is the record."""

    name: str = ""

    def records(self, document: Mapping[str, Any], place: str = "") -> list[dict[str, Any]]:  # noqa: ARG002 - as every map
        return [dict(document)]


@dataclass(frozen=True)
class JsonataMap:
    """A JSONata expression with its name, such as `order_to_invoice.jsonata`."""

    name: str
    source: str
    functions: Functions = field(default_factory=dict, repr=False)
    kind: RecordType | None = None
    """What the records are, where the catalog knows it."""

    def __post_init__(self) -> None:
        try:
            _ = self.expression
        except JsonataError as error:
            raise SetupError(
                f"{self._at(error.position)}: {_sentence(error)}",
                advice="Correct the map; `tieout map FILE SAMPLE.json` tries it.",
            ) from error
        self._refuse_unknown_variables()

    def _refuse_unknown_variables(self) -> None:
        """What nobody has given a value, `$foo(1)` or `$custmer.Id`, would be nothing, or stop at every document."""
        known = (
            self.expression.known
            | NAMES
            | {name for each in _BOUND.findall(self.source) for name in _NAMES.findall(each)}
        )
        for node in symbols_of(self.expression.ast):
            if node.type == "variable" and node.value not in known:
                raise SetupError(
                    f"{self._at(node.position)}: there is no ${node.value}.{did_you_mean(f'${node.value}', [f'${name}' for name in known])}",
                    advice="Correct the name; docs/maps.md lists the functions, and `$name := …` gives a name to a value.",
                )

    @cached_property
    def expression(self) -> Expression:
        return Expression(self.source, self.functions)

    def records(self, document: Mapping[str, Any], place: str = "") -> list[dict[str, Any]]:
        try:
            found = self.expression.result(document)
        except JsonataError as error:
            raise self._error(_sentence(error), error.position, document, place) from error
        except MapError as error:
            raise self._error(str(error), -1, document, place, error.advice) from error
        except SetupError as error:
            raise SetupError(f"{self.name}: {error}", advice=error.advice) from error
        except TieoutError:
            raise  # the world that a function asked is not there: no fault of map or document
        made = records_in(found, self.name, document, place)
        return made if self.kind is None else [with_lists(each, self.kind) for each in made]

    @cached_property
    def asked(self) -> Mapping[str, int]:
        """Every name that the map takes from a document, and the line where it does so first."""
        found: dict[str, int] = {}
        for node in symbols_of(self.expression.ast):
            if node.type == "name" and isinstance(node.value, str):
                line = self.line(node.position)
                found[node.value] = min(line, found.get(node.value, line))
        return found

    def answers(self, name: str) -> bool:
        """Whether a name may be that of an answer of `$find`, which a variable may hold, or of an object that the map makes itself."""
        made = {path[-1] for _, path in self.literal_keys}
        return (
            name in made
            or re.search(rf"(\)|\$[A-Za-z]\w*)\s*\.\s*{re.escape(name)}\b", self.source) is not None
        )

    def line(self, position: int) -> int:
        """The line of a position, from 1."""
        return self.source.count("\n", 0, max(position - 1, 0)) + 1

    def _at(self, position: int) -> str:
        return f"{self.name}, line {self.line(position)}" if position >= 0 else self.name

    def _error(
        self, text: str, position: int, document: Mapping[str, Any], place: str, advice: str | None = None
    ) -> MapError:
        made = self._field_at(position)
        whose = f"{place}: " if place else ""
        about = f" (for {made})" if made else ""
        return MapError(
            f"{whose}{self._at(position)}{about}: {text}",
            advice=advice or "Correct the map, or the document where it came from.",
            record=document,
            field=made,
        )

    def _field_at(self, position: int) -> str:
        """The literal key under which a position stands, dotted."""
        around = [path for begin, path, end in self._spans if begin <= position <= end]
        return ".".join(around[-1]) if around else ""

    @property
    def literal_keys(self) -> list[tuple[int, tuple[str, ...]]]:
        """Position and path of every key that the result's objects spell out, in the order of the source."""
        return [(begin, path) for begin, path, _ in self._spans]

    @cached_property
    def _spans(self) -> list[tuple[int, tuple[str, ...], int]]:
        """The same, and where the value of each key ends."""
        return sorted(_keys_of(self.expression.ast, ()))


def _keys_of(node: Any, path: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...], int]]:
    """The keys of what a node gives: of objects, in lists and paths, under conditions, in blocks and `$map`."""
    if not isinstance(node, Symbol):
        return
    match node.type:
        case "unary" if node.value == "{":
            for key, value in node.lhs_object:
                if key.type == "string":
                    yield key.position, (*path, key.value), max(each.position for each in symbols_of(value))
                    yield from _keys_of(value, (*path, key.value))
        case "unary" if node.value == "[":
            for each in node.expressions:
                yield from _keys_of(each, path)
        case "condition":
            yield from _keys_of(node.then, path)
            yield from _keys_of(node._else, path)
        case "block":
            yield from _keys_of(node.expressions[-1] if node.expressions else None, path)
        case "path":
            yield from _keys_of(node.steps[-1] if node.group is None else None, path)
        case "function" if node.procedure.value == "map":
            for each in node.arguments:
                yield from _keys_of(each.body if each.type == "lambda" else None, path)


@dataclass(frozen=True, slots=True)
class PythonMap:
    """A function `module:name` that takes a document and gives a record, a list of them, or None."""

    name: str
    function: Callable[..., Any]
    world: World | None = None
    """Handed to a function that takes a second argument."""

    def records(self, document: Mapping[str, Any], place: str = "") -> list[dict[str, Any]]:
        try:
            found = self._made(dict(document))
        except TieoutError as error:
            if not isinstance(error, MapError):
                raise
            raise MapError(
                f"{self._where(place)}: {error}", advice=error.advice, record=document, field=error.field
            ) from error
        except KeyError as error:
            missing = str(error.args[0]) if error.args else ""
            raise MapError(
                f"{self._where(place, error)}: the document has no {missing!r}.{did_you_mean(missing, document)}",
                advice="Ask for it with .get where it may be absent.",
                record=document,
                field=missing,
            ) from error
        except Exception as error:
            raise MapError(
                f"{self._where(place, error)}: {type(error).__name__}: {error}",
                advice="Correct the function, or the document where it came from.",
                record=document,
            ) from error
        return records_in(found, self.name, document, place)

    def _made(self, document: dict[str, Any]) -> Any:
        return self.function(document) if self.world is None else self.function(document, self.world)

    def _where(self, place: str, error: BaseException | None = None) -> str:
        """The document and the line of the function, as far as they are known."""
        frames = traceback.extract_tb(error.__traceback__)[2:] if error is not None else []
        line = f", line {frames[-1].lineno} of {frames[-1].filename}" if frames else ""
        return f"{place}: {self.name}{line}" if place else f"{self.name}{line}"


def unseen(made: Map, documents: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, int, str]]:
    """Names that a JSONata map asks for and no document has, with the line and the name that was probably meant.

    A name without such is of a field that not all documents have; so is one whose like the map asks for too: `line1`, `line2`.
    """
    there = names_in(documents)
    if isinstance(made, JsonataMap):
        others = there - made.asked.keys()
        for name, line in made.asked.items():
            meant = nearest(name, others) if name not in there and not made.answers(name) else None
            if meant is not None:
                yield name, line, meant


def records_in(found: Any, name: str, document: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    """The records that a map gave; MapError for what is none."""
    if found is None:
        return []
    records = found if isinstance(found, list | tuple) else [found]
    for each in records:
        if not isinstance(each, Mapping):
            whose = f"{place}: " if place else ""
            raise MapError(
                f"{whose}{name} gives {_shown(each)} where a record belongs.",
                advice="Let it give an object, a list of objects, or nothing to skip the document.",
                record=document,
            )
    return [dict(each) for each in records if each]


def _shown(value: Any) -> str:
    return "null" if value is None else f"{value!r}"[:80]


def _sentence(error: Exception) -> str:
    return f"{str(error).strip().rstrip('.')}."
