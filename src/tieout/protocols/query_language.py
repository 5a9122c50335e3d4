"""QuickBooks' query language from the caller's side: what it can do of a predicate, and the one writer of statements.

`parse_where` reads users' predicates, `split` divides one between QuickBooks and us, `write_query` writes the
statement, `parse_statement` reads it as QuickBooks does. Pushing only what is certain to mean the same there is
always right: what stays here is filtered here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from ..catalog.rest import Field, RecordType
from ..errors import LocalProtocolError
from ..operations import And, Compare, In, IsNull, Like, Not, Or, Predicate, Value, conjuncts
from .queried_fields import UnknownField, find_field, text_of
from .query_statement import Statement, check_statement, parse_statement, queried_type
from .query_tokens import QueryInvalid, QuerySyntaxError
from .where_clause import parse_where

__all__ = [
    "QueryInvalid",
    "QuerySyntaxError",
    "Statement",
    "check_statement",
    "explain",
    "parse_statement",
    "parse_where",
    "predicate_text",
    "queried_type",
    "split",
    "write_query",
]

MOST_PER_PAGE = 1000
"""MAXRESULTS' upper bound (Data queries, "Pagination")."""

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_RANGES = frozenset(("<", ">", "<=", ">="))
_ORDERED = frozenset(("int", "decimal", "date", "datetime"))


def split(
    predicate: Predicate | None, record_type: RecordType | None
) -> tuple[tuple[Predicate, ...], Predicate | None]:
    """The AND-ed parts that QuickBooks can do, and what is left to do here."""
    pushed: list[Predicate] = []
    kept: list[Predicate] = []
    for part in conjuncts(predicate):
        (pushed if _quickbooks_can(part, record_type) else kept).append(part)
    if len(kept) > 1:
        return tuple(pushed), And(tuple(kept))
    return tuple(pushed), kept[0] if kept else None


def explain(predicate: Predicate | None, record_type: RecordType | None) -> list[tuple[str, str]]:
    """Each AND-ed part with who does it: `QuickBooks` or `here`."""
    return [
        (predicate_text(part), "QuickBooks" if _quickbooks_can(part, record_type) else "here")
        for part in conjuncts(predicate)
    ]


def _quickbooks_can(part: Predicate, record_type: RecordType | None) -> bool:
    if record_type is None or not isinstance(part, Compare | In | Like):
        return False
    declared = _pushable_field(part.field, record_type)
    if declared is None:
        return False
    match part:
        case Compare(_, op, value):
            return _can_compare(declared, op) and _is_of_type(value, declared)
        case In(_, values):
            return bool(values) and all(_is_of_type(value, declared) for value in values)
        case Like(_, pattern):
            # The only wildcard there is %; an underscore would be taken literally.
            return declared.type == "str" and "_" not in pattern and bool(pattern.strip())


def _pushable_field(path: str, record_type: RecordType) -> Field | None:
    try:
        found = find_field(path, record_type)
    except UnknownField:
        return None
    return found.declared if found.filterable and not found.repeated and found.declared.served else None


def _can_compare(declared: Field, op: str) -> bool:
    # Id takes = and IN only. Text has no published order, so its ranges stay here, where we know ours.
    return op == "=" or (op in _RANGES and declared.type in _ORDERED)


def _is_of_type(value: Value, declared: Field) -> bool:
    """Whether QuickBooks will read the value's text as what it is here."""
    match declared.type:
        case "id" | "ref" | "str" | "enum":
            # Blank text means NULL there (Data queries, "Where clause").
            return isinstance(value, str) and bool(value.strip())
        case "bool":
            return isinstance(value, bool)
        case "int" | "decimal":
            return isinstance(value, Decimal) and value.is_finite()
        case "date":
            return isinstance(value, date) and not isinstance(value, datetime)
        case "datetime":
            # Stamps have whole seconds, and a zone is needed: without one QuickBooks takes the company's.
            return isinstance(value, datetime) and value.tzinfo is not None and not value.microsecond
    return False


def write_query(
    type_name: str,
    *,
    pushed: Sequence[Predicate] = (),
    count: bool = False,
    columns: Sequence[str] = (),
    order: Sequence[tuple[str, bool]] = (),
    start: int | None = None,
    limit: int | None = None,
) -> str:
    """The statement; whatever a value holds stays a value. `order` holds (field, descending)."""
    if count and (columns or order):
        raise LocalProtocolError(f"A count of {type_name} has no columns and no order.")
    words = ["SELECT", _selection(count, columns), "FROM", _name(type_name)]
    if conditions := [_condition(part) for whole in pushed for part in conjuncts(whole)]:
        words += ["WHERE", " AND ".join(conditions)]
    if order:
        words += ["ORDERBY", ", ".join(_name(field) + " DESC" * descending for field, descending in order)]
    if start is not None:
        words += ["STARTPOSITION", _bounded("STARTPOSITION", start)]
    if limit is not None:
        words += ["MAXRESULTS", _bounded("MAXRESULTS", limit, MOST_PER_PAGE)]
    return " ".join(words)


def _selection(count: bool, columns: Sequence[str]) -> str:
    if count:
        return "COUNT(*)"
    return ", ".join(map(_name, columns)) or "*"


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise LocalProtocolError(f"{name!r} cannot be a name in QuickBooks' query language.")
    return name


def _bounded(word: str, number: int, most: int | None = None) -> str:
    if number < 1 or (most is not None and number > most):
        raise LocalProtocolError(f"{word} counts from 1{f' to {most}' if most else ''}, not {number}.")
    return str(number)


def _condition(part: Predicate) -> str:
    match part:
        case Compare(field, op, value) if op == "=" or op in _RANGES:
            return f"{_name(field)} {op} {_statement_literal(field, value)}"
        case In(field, values) if values:
            return f"{_name(field)} IN ({', '.join(_statement_literal(field, value) for value in values)})"
        case Like(field, pattern) if "_" not in pattern:
            return f"{_name(field)} LIKE {_quoted(pattern)}"
    raise LocalProtocolError(
        f"QuickBooks' query language cannot say {predicate_text(part)}.",
        advice="Read with `where`, which does here what QuickBooks cannot; nothing was sent.",
    )


def _statement_literal(field: str, value: Value) -> str:
    """Numbers are quoted too: QuickBooks takes them so everywhere, bare ones not with every operator."""
    if value is None or (isinstance(value, Decimal) and not value.is_finite()):
        raise LocalProtocolError(f"{field} cannot be compared with {value} in QuickBooks' query language.")
    return text_of(value) if isinstance(value, bool) else _quoted(text_of(value))


def _quoted(text: str) -> str:
    """Backslashes first, then quotes; doubling quotes fails there (Data queries, "Escape characters")."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def predicate_text(predicate: Predicate) -> str:
    """The predicate as users write it; `parse_where` reads it back."""
    match predicate:
        case And(parts):
            return " AND ".join(_grouped(part, Or, And) for part in parts)
        case Or(parts):
            return " OR ".join(_grouped(part, Or) for part in parts)
        case Not(IsNull(field)):
            return f"{field} IS NOT NULL"
        case Not(In() | Like() as part):
            return _test_text(part, "NOT ")
        case Not(part):
            return f"NOT {_grouped(part, And, Or)}"
        case IsNull(field):
            return f"{field} IS NULL"
        case Compare(field, op, value):
            return f"{field} {op} {_literal_text(value)}"
        case _:
            return _test_text(predicate)


def _grouped(part: Predicate, *looser: type) -> str:
    return f"({predicate_text(part)})" if isinstance(part, looser) else predicate_text(part)


def _test_text(part: In | Like, negation: str = "") -> str:
    match part:
        case In(field, values):
            return f"{field} {negation}IN ({', '.join(map(_literal_text, values))})"
        case Like(field, pattern):
            return f"{field} {negation}LIKE {_quoted(pattern)}"


def _literal_text(value: Value) -> str:
    if value is None:
        return "NULL"
    return text_of(value) if isinstance(value, bool | Decimal) else _quoted(text_of(value))
