"""QuickBooks' query language from the server's side: statements read as strictly as QuickBooks reads them.

    SELECT * | COUNT(*) | property {, property}  FROM entity [alias]
    [WHERE condition {AND condition}]  [ORDERBY property [ASC|DESC] {, …}]  [STARTPOSITION n]  [MAXRESULTS n]

`parse_statement` knows the grammar; `queried_type` and `check_statement` know the catalog.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NoReturn, TypeVar

from ..catalog.rest import RecordType, record_types
from ..operations import And, Compare, In, Like, Predicate, Value, conjuncts
from .queried_fields import QueriedField, UnknownField, find_comparable_field, find_field, read_as, text_of
from .query_tokens import (
    AND,
    DECIMAL,
    EOF,
    IDENTIFIER,
    INTEGER,
    OR,
    STRING,
    QueryInvalid,
    QuerySyntaxError,
    Token,
    next_token,
    syntax_error,
)

DEFAULT_LIMIT = 100

_COMPARISONS = ('"="', '"<"', '">"', '"<="', '">="')
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as it was written; after `check_statement` with the catalog's spelling and types."""

    type: str
    count: bool = False
    columns: tuple[str, ...] = ()
    """Empty means all."""
    where: Predicate | None = None
    """An And of the conditions."""
    order: tuple[tuple[str, bool], ...] = ()
    """(property, descending)."""
    start: int = 1
    limit: int = DEFAULT_LIMIT
    """As asked for; QuickBooks gives at most 1000."""


def parse_statement(text: str, today: date | None = None) -> Statement:
    """Read a statement. CURRENT_DATE stands for `today`, the company's day, and is refused without it."""
    if not text.strip():
        raise QuerySyntaxError("QueryParserError: The query provided was empty")
    return _Parser(text, today).statement()


class _Parser:
    def __init__(self, text: str, today: date | None) -> None:
        self._text = text
        self._today = today
        self._next = next_token(text, 0)
        self._tried: set[str] = set()

    def statement(self) -> Statement:
        self._take('"select"')
        count, columns = self._selection()
        self._take('"from"')
        name = self._take(IDENTIFIER).image
        # An alias may follow: `select * from Purchase wher TxnDate > …` is refused at TxnDate, not at wher.
        self._accept(IDENTIFIER)
        statement = Statement(
            type=name,
            count=count,
            columns=columns,
            where=self._where(),
            order=self._order(),
            start=max(self._number_after('"startposition"', 1), 1),
            limit=self._limit(),
        )
        self._tried.add('"iterator"')
        self._take(EOF)
        return statement

    def _accept(self, *kinds: str) -> Token | None:
        token = self._next
        if token.kind not in kinds:
            self._tried.update(kinds)
            return None
        if token.kind != EOF:
            self._next = next_token(self._text, token.end)
            self._tried.clear()
        return token

    def _take(self, *kinds: str) -> Token:
        return self._accept(*kinds) or self._refuse()

    def _refuse(self) -> NoReturn:
        raise syntax_error(self._text, self._next, self._tried)

    def _list_of(self, item: Callable[[], _T]) -> tuple[_T, ...]:
        items = [item()]
        while self._accept('","'):
            items.append(item())
        return tuple(items)

    def _selection(self) -> tuple[bool, tuple[str, ...]]:
        if self._accept('"*"'):
            while self._accept('","'):  # python-quickbooks asks for `*, Sku`
                self._take(IDENTIFIER)
            return False, ()
        if self._accept('"count"'):
            for kind in ('"("', '"*"', '")"'):
                self._take(kind)
            return True, ()
        return False, self._list_of(lambda: self._take(IDENTIFIER).image)

    def _where(self) -> Predicate | None:
        if not self._accept('"where"'):
            return None
        conditions = [self._condition()]
        while self._accept(AND):
            conditions.append(self._condition())
        if self._next.kind != OR:
            # QuickBooks lists OR among what it expects, and does not take it.
            self._tried.add(OR)
        return And(tuple(conditions))

    def _condition(self) -> Predicate:
        field = self._take(IDENTIFIER).image
        if self._accept('"in"'):
            return In(field, self._values())
        if self._accept('"like"'):
            return Like(field, self._take(STRING).value)
        return Compare(field, self._take(*_COMPARISONS).image, self._value())

    def _values(self) -> tuple[Value, ...]:
        self._take('"("')
        values = self._list_of(self._value)
        self._take('")"')
        return values

    def _value(self) -> Value:
        if self._today and self._accept('"current_date"'):
            return self._today
        token = self._take(STRING, INTEGER, DECIMAL, '"true"', '"false"')
        match token.kind:
            case "<STRING>":
                return token.value
            case "<INTEGER>" | "<DECIMAL>":
                return Decimal(token.image)
        return token.kind == '"true"'

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if self._accept('"order"'):
            self._take('"by"')
        elif not self._accept('"orderby"'):
            return ()
        return self._list_of(self._sort_key)

    def _sort_key(self) -> tuple[str, bool]:
        name = self._take(IDENTIFIER).image
        direction = self._accept('"asc"', '"desc"')
        return name, direction is not None and direction.kind == '"desc"'

    def _number_after(self, keyword: str, default: int) -> int:
        return int(Decimal(self._take(INTEGER).image)) if self._accept(keyword) else default

    def _limit(self) -> int:
        # STARTPOSITION 0 has been seen to pass (the .NET SDK sent it for years); MAXRESULTS 0 is refused.
        limit = self._number_after('"maxresults"', DEFAULT_LIMIT)
        if limit < 1:
            raise QueryInvalid(f"QueryValidationError: value {limit} is too small. Min allowed value is 1")
        return limit


def queried_type(name: str) -> RecordType:
    """The record type that statements call by this name, in any case."""
    folded = name.casefold()
    for record_type in record_types():
        if folded == record_type.query_name.casefold() and record_type.can("query"):
            return record_type
    raise QueryInvalid(f"QueryValidationError: Metadata not found for Entity: {name}")


def check_statement(statement: Statement, record_type: RecordType) -> Statement:
    """The statement with the catalog's spelling and types; QueryInvalid for what this record type cannot do."""
    parts = tuple(_checked(part, record_type) for part in conjuncts(statement.where))
    return replace(
        statement,
        type=record_type.name,
        columns=tuple(_property(name, record_type).path for name in statement.columns),
        where=And(parts) if parts else None,
        order=tuple((_sortable(name, record_type).path, descending) for name, descending in statement.order),
    )


def _property(
    name: str, record_type: RecordType, find: Callable[[str, RecordType], QueriedField] = find_field
) -> QueriedField:
    try:
        found = find(name, record_type)
    except UnknownField:
        found = None
    if found is None or not found.declared.served:
        raise QueryInvalid(
            f"QueryValidationError: Property {name} not found for Entity {record_type.query_name}"
        )
    return found


def _queryable(name: str, record_type: RecordType) -> QueriedField:
    found = _property(name, record_type, find_comparable_field)
    if not found.filterable or found.declared.is_shape:
        raise QueryInvalid(f"QueryValidationError: property '{found.path}' is not queryable")
    return found


def _sortable(name: str, record_type: RecordType) -> QueriedField:
    found = _property(name, record_type)
    if not found.declared.has("sort"):
        # The words are ours: no refusal of an ORDERBY is on record.
        raise QueryInvalid(f"QueryValidationError: property '{found.path}' is not sortable")
    return found


def _checked(part: Predicate, record_type: RecordType) -> Predicate:
    assert isinstance(part, Compare | In | Like), part
    found = _queryable(part.field, record_type)
    _check_operator(part, found)
    match part:
        case Compare(_, op, value):
            return Compare(found.path, op, _typed(value, found))
        case In(_, values):
            return In(found.path, tuple(_typed(value, found) for value in values))
        case Like(_, pattern):
            return Like(found.path, pattern)


def _check_operator(part: Compare | In | Like, found: QueriedField) -> None:
    """Id takes only = and IN, and LIKE is for text (Data queries, "Where clause"). The words are ours."""
    is_id, is_text = found.declared.type == "id", found.declared.type in ("str", "enum")
    if isinstance(part, Like) and not is_text:
        raise QueryInvalid(
            f"QueryValidationError: operator LIKE is not supported for property '{found.path}'"
        )
    if isinstance(part, Compare) and is_id and part.op != "=":
        raise QueryInvalid(
            f"QueryValidationError: operator {part.op} is not supported for property '{found.path}'"
        )


def _typed(value: Value, found: QueriedField) -> Value:
    try:
        return read_as(found.declared, text_of(value))
    except ValueError:
        # The words are ours: no refusal of an ill-typed literal is on record.
        raise QueryInvalid(
            f"QueryValidationError: value {text_of(value)} is invalid for property '{found.path}'"
        ) from None
