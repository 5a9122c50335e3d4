"""What to read: a Query with its parsed predicate. Nothing here reads or sends anything.

Predicates are SQL's, with three-valued logic: a comparison with an absent field is neither true nor false.
Text compares without regard to case, as QuickBooks does, so a predicate means the same wherever it runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

Value = str | Decimal | bool | date | datetime | None
"""A literal of a predicate; whole numbers are Decimals too."""


@dataclass(frozen=True, slots=True)
class Compare:
    """`field op value` with op one of = != < > <= >=."""

    field: str
    op: str
    value: Value


@dataclass(frozen=True, slots=True)
class In:
    """`field IN (value, …)`."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """`field LIKE 'pattern'`; `%` stands for any text, `_` for one character."""

    field: str
    pattern: str


@dataclass(frozen=True, slots=True)
class IsNull:
    """`field IS NULL`."""

    field: str


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT part`."""

    part: Predicate


@dataclass(frozen=True, slots=True)
class And:
    """All parts."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any part."""

    parts: tuple[Predicate, ...]


Predicate = Compare | In | Like | IsNull | Not | And | Or


@dataclass(frozen=True, slots=True)
class Statement:
    """What to read in the connection's own language: SQL, a pattern of files, a path of a web service.

    Its `:name` parameters are handed over as values, and never put into the text here.
    """

    text: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    """At least those that the text names; times with their zone."""

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that the text names, once each; what is quoted, a comment or a `::cast` is none."""
        return tuple(dict.fromkeys(match[1] for match in _PARAMETER.finditer(self.text) if match[1]))

    def spelled(self, parameter: Callable[[str], str], text: Callable[[str], str] = str) -> str:
        """The text with its parameters as a language spells them, and all that lies between as `text` gives it."""
        pieces, end = [], 0
        for match in _PARAMETER.finditer(self.text):
            if match[1]:
                pieces += [text(self.text[end : match.start()]), parameter(match[1])]
                end = match.end()
        return "".join([*pieces, text(self.text[end:])])


_PARAMETER = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | ::\w+ | \w+:\w | :([A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Query:
    """Read records: of one, several or all types, those that fit `where`.

    `types` empty means every type the connection serves. `fields` empty means all. `order` holds
    (field, descending). `where` None means all records, inactive ones included. With a `statement`, `types` is
    empty or the name that its records are given.
    """

    types: tuple[str, ...] = ()
    where: Predicate | None = None
    fields: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    statement: Statement | None = None


def conjuncts(predicate: Predicate | None) -> Iterator[Predicate]:
    """The parts that all must hold, flattened."""
    if predicate is None:
        return
    if isinstance(predicate, And):
        for part in predicate.parts:
            yield from conjuncts(part)
    else:
        yield predicate


def fields_of(predicate: Predicate | None) -> Iterator[str]:
    """Every field that a predicate names."""
    match predicate:
        case Not(part):
            yield from fields_of(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from fields_of(part)
        case None:
            return
        case _:
            yield predicate.field


def holds(predicate: Predicate, record: Mapping[str, Any]) -> bool | None:
    """Whether a record fits: True, False, or None when an absent field leaves it open."""
    match predicate:
        case And(parts):
            return _all(holds(part, record) for part in parts)
        case Or(parts):
            opened = _all(_negate(holds(part, record)) for part in parts)
            return _negate(opened)
        case Not(part):
            return _negate(holds(part, record))
        case IsNull(field):
            return not _present(field, record)
    found = [value for value in values_at(record, predicate.field) if value is not None]
    if not found:
        return None
    return any(_fits(predicate, value) for value in found)


def values_at(record: Mapping[str, Any], path: str) -> Iterator[Any]:
    """The values at a dotted path; several where a part on the way is repeated. A reference stands for its value."""
    yield from _walk(record, path.split("."))


def _walk(node: Any, parts: list[str]) -> Iterator[Any]:
    if isinstance(node, list):
        for item in node:
            yield from _walk(item, parts)
    elif parts:
        if isinstance(node, Mapping) and parts[0] in node:
            yield from _walk(node[parts[0]], parts[1:])
    elif isinstance(node, Mapping):
        if "value" in node:
            yield node["value"]
    else:
        yield node


def _present(field: str, record: Mapping[str, Any]) -> bool:
    return any(value is not None for value in values_at(record, field))


def _all(answers: Iterator[bool | None]) -> bool | None:
    seen_open = False
    for answer in answers:
        if answer is False:
            return False
        seen_open = seen_open or answer is None
    return None if seen_open else True


def _negate(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _fits(predicate: Compare | In | Like, found: Any) -> bool:
    match predicate:
        case In(_, values):
            return any(_compare(found, "=", value) for value in values)
        case Like(_, pattern):
            return like_pattern(pattern).fullmatch(str(found)) is not None
        case Compare(_, op, value):
            return _compare(found, op, value)


def like_pattern(pattern: str) -> re.Pattern[str]:
    """A LIKE pattern as a regular expression for `fullmatch`."""
    pieces = {"%": ".*", "_": "."}
    return re.compile("".join(pieces.get(c) or re.escape(c) for c in pattern), re.IGNORECASE | re.DOTALL)


def _compare(found: Any, op: str, value: Value) -> bool:
    left, right = comparable(found, value)
    if left is None or right is None:
        return False
    match op:
        case "=":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case ">":
            return bool(left > right)
        case "<=":
            return bool(left <= right)
    return bool(left >= right)


def comparable(found: Any, value: Value) -> tuple[Any, Any]:
    """Both sides in one type: numbers as Decimal, times as UTC, text folded; (None, None) where they cannot compare."""
    try:
        if isinstance(value, bool) or isinstance(found, bool):
            return str(found).casefold(), str(value).casefold()
        if isinstance(found, int | Decimal):
            return Decimal(found), Decimal(str(value))
        if isinstance(value, Decimal):
            return Decimal(str(found)), value
        if isinstance(value, datetime) or isinstance(found, datetime):
            return as_moment(found), as_moment(value)
        if isinstance(value, date) or isinstance(found, date):
            return as_day(found), as_day(value)
    except (ArithmeticError, ValueError):
        return None, None
    return str(found).casefold(), str(value).casefold()


def as_moment(value: Any) -> datetime:
    """A time with zone from a datetime, a date, or either in ISO text; without a zone it is UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise ValueError(f"{value!r} is no time")
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def as_day(value: Any) -> date:
    """A date from a date, a datetime or ISO text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.date()
    if not isinstance(value, date):
        raise ValueError(f"{value!r} is no date")
    return value
