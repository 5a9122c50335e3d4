"""Users' SQL predicates, `TxnDate >= '2026-01-01' and Balance > 0`, read into operations' predicates.

    any       = all { OR all }
    all       = negated { AND negated }
    negated   = NOT negated | "(" any ")" | field test
    test      = ( = | != | <> | < | <= | > | >= ) value
              | IS [NOT] NULL
              | [NOT] ( IN "(" value { , value } ")" | LIKE text | BETWEEN value AND value )
    value     = 'text' | number | true | false

A quote inside text is doubled or has a backslash before it; a backslash is doubled. Dates are quoted text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from ..catalog.rest import Field, RecordType
from ..errors import SetupError
from ..operations import And, Compare, In, IsNull, Like, Not, Or, Predicate, Value
from .queried_fields import UnknownField, find_comparable_field, read_as

# Possessive, so that an unclosed quote is found at its opening and in one pass.
_TOKEN = re.compile(
    r"""(?P<text>'(?:''|\\.|[^'\\])*+')
      | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?![\w.]))
      | (?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)
      | (?P<sign><=|>=|<>|!=|[=<>(),])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"''|\\(['\\])")
_COMPARISONS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_WORDS = ("and", "or", "not", "in", "like", "between", "is", "null")
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """text, number, name, sign or end."""
    text: str
    column: int


@dataclass(frozen=True, slots=True)
class _NamedField:
    path: str
    declared: Field | None


def parse_where(text: str, record_type: RecordType | None) -> Predicate:
    """The predicate that `text` states, with the catalog's spelling and types; SetupError names the column."""
    return _Parser(text, record_type).parse()


def _tokens(text: str) -> Iterator[_Token]:
    at = _after_space(text, 0)
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _refusal(at + 1, _unreadable(text[at]))
        yield _Token(str(match.lastgroup), match[0], at + 1)
        at = _after_space(text, match.end())
    yield _Token("end", "", len(text) + 1)


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _unreadable(character: str) -> str:
    match character:
        case "'":
            return "this quote is not closed; a quote inside text is written twice"
        case '"' | "’" | "‘":
            return f"text goes in straight single quotes ('), not {character}"
        case ";":
            return "a predicate is one condition; it cannot contain ;"
    if character.isalnum():
        return "text goes in single quotes (')"
    return f"{character} means nothing here"


def _refusal(column: int, what: str) -> SetupError:
    return SetupError(f"where, column {column}: {what}")


def _unquoted(literal: str) -> str:
    return _ESCAPED.sub(lambda match: match[1] or "'", literal[1:-1])


class _Parser:
    def __init__(self, text: str, record_type: RecordType | None) -> None:
        self._record_type = record_type
        self._tokens = tuple(_tokens(text))
        self._at = 0
        self._depth = 0

    def parse(self) -> Predicate:
        predicate = self._any()
        if self._next.kind != "end":
            raise self._expected("AND, OR or the end")
        return predicate

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _accept(self, *words: str) -> str | None:
        """Take the next token when it is one of these keywords or signs."""
        word = self._next.text.casefold()
        return self._take().text.casefold() if word in words and self._next.kind in ("name", "sign") else None

    def _require(self, word: str) -> None:
        if not self._accept(word):
            raise self._expected(word.upper())

    def _expected(self, what: str) -> SetupError:
        return _refusal(self._next.column, f"expected {what}, found {self._next.text or 'nothing more'}")

    def _any(self) -> Predicate:
        parts = self._parts("or", self._all)
        return parts[0] if len(parts) == 1 else Or(parts)

    def _all(self) -> Predicate:
        parts = self._parts("and", self._negated)
        return parts[0] if len(parts) == 1 else And(parts)

    def _parts(self, joint: str, parse_part: Callable[[], Predicate]) -> tuple[Predicate, ...]:
        parts = [parse_part()]
        while self._accept(joint):
            parts.append(parse_part())
        return tuple(parts)

    def _negated(self) -> Predicate:
        opening = self._next.column
        word = self._accept("not", "(")
        if word is None:
            return self._test(self._field())
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _refusal(opening, f"more than {_DEEPEST} conditions inside one another")
        part = self._any_in_parentheses() if word == "(" else Not(self._negated())
        self._depth -= 1
        return part

    def _any_in_parentheses(self) -> Predicate:
        part = self._any()
        self._require(")")
        return part

    def _field(self) -> _NamedField:
        token = self._next
        if token.kind != "name" or token.text.casefold() in _WORDS:
            raise self._expected("a field")
        self._take()
        if self._record_type is None:
            return _NamedField(token.text, None)
        try:
            found = find_comparable_field(token.text, self._record_type)
        except UnknownField as error:
            raise _refusal(token.column, str(error)) from None
        if found.declared.is_shape:
            parts = self._record_type.inner(found.declared) or {}
            raise _refusal(token.column, f"{found.path} is made of parts; name one of {', '.join(parts)}")
        return _NamedField(found.path, found.declared)

    def _test(self, field: _NamedField) -> Predicate:
        if sign := self._accept(*_COMPARISONS):
            return Compare(field.path, _COMPARISONS[sign], self._value(field))
        if self._accept("is"):
            return self._null_test(field)
        if self._stands_alone(field):
            return Compare(field.path, "=", True)
        if self._accept("not"):
            return Not(self._word_test(field))
        return self._word_test(field)

    def _stands_alone(self, field: _NamedField) -> bool:
        """`Active` for `Active = true`, as SQL has it."""
        token = self._next
        ends = token.kind == "end" or token.text.casefold() in ("and", "or", ")")
        return ends and field.declared is not None and field.declared.type == "bool"

    def _null_test(self, field: _NamedField) -> Predicate:
        negated = self._accept("not")
        self._require("null")
        return Not(IsNull(field.path)) if negated else IsNull(field.path)

    def _word_test(self, field: _NamedField) -> Predicate:
        match self._accept("in", "like", "between"):
            case "in":
                return In(field.path, self._values(field))
            case "like":
                return Like(field.path, self._pattern())
            case "between":
                return self._between(field)
        raise self._expected(f"a comparison after {field.path}")

    def _between(self, field: _NamedField) -> Predicate:
        low = self._value(field)
        self._require("and")
        return And((Compare(field.path, ">=", low), Compare(field.path, "<=", self._value(field))))

    def _values(self, field: _NamedField) -> tuple[Value, ...]:
        self._require("(")
        values = [self._value(field)]
        while self._accept(","):
            values.append(self._value(field))
        self._require(")")
        return tuple(values)

    def _pattern(self) -> str:
        if self._next.kind != "text":
            raise self._expected("a pattern in single quotes")
        return _unquoted(self._take().text)

    def _value(self, field: _NamedField) -> Value:
        token = self._next
        word = token.text.casefold()
        if token.kind == "name" and word == "null":
            raise _refusal(token.column, f"nothing equals NULL; write {field.path} IS NULL")
        if token.kind not in ("text", "number") and word not in ("true", "false"):
            raise self._expected("a number, true, false or text in single quotes")
        self._take()
        if field.declared is None or field.declared.type == "any":
            return _by_its_look(token)
        try:
            return read_as(field.declared, _unquoted(token.text) if token.kind == "text" else token.text)
        except ValueError as error:
            raise _refusal(token.column, f"{field.path} wants {error}") from None


def _by_its_look(token: _Token) -> Value:
    match token.kind:
        case "text":
            return _unquoted(token.text)
        case "number":
            return Decimal(token.text)
    return token.text.casefold() == "true"
