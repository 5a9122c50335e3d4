"""JSONata whose numbers are exact decimals: the one file that knows `jsonata-python`.

The library counts `int` and `float` as numbers and computes in binary. Here a number with a point is an `Exact`: a float to
the library's type checks, a Decimal to every operator and function that computes. What goes in and comes out is Decimal.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation, Overflow
from operator import ge, gt, le, lt
from typing import Any
from uuid import UUID

from .exact import EXACT, ROUNDED, Exact, decimal_of, is_number, number, written

_LIMIT = sys.getrecursionlimit()
from jsonata.functions import Functions  # noqa: E402 - the library raises the limit of the whole program when imported
from jsonata.jexception import JException  # noqa: E402
from jsonata.jsonata import Jsonata  # noqa: E402
from jsonata.parser import Parser  # noqa: E402
from jsonata.utils import Utils  # noqa: E402

sys.setrecursionlimit(_LIMIT)

_LITERAL = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?$")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[Ee][-+]?[0-9]+)?")

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}

_ABSENT = object()
_NO_CALLBACKS = {"__evaluate_entry": None, "__evaluate_exit": None}
"""Bound where they are looked for first: the library asks for them at every node."""

Symbol = Parser.Symbol


class JsonataError(Exception):
    """What is wrong with an expression or with what it was given; `position` counts characters, -1 where nobody knows."""

    def __init__(self, text: str, position: int = -1) -> None:
        super().__init__(text)
        self.position = position


class Expression(Jsonata):
    """A parsed expression; `functions` are bound by name and signature, such as `("find", "<sss:x>")`."""

    input: Any
    environment: Any

    def __init__(
        self, source: str, functions: Mapping[str, tuple[str, Callable[..., Any]]] | None = None
    ) -> None:
        self.source = source
        try:
            with _current(self):
                super().__init__(source)
        except JException as error:
            raise JsonataError(str(error), error.location) from error
        except (RecursionError, IndexError, AttributeError, TypeError) as error:
            raise JsonataError(f"this cannot be read: {error}") from error
        self._texts: dict[int, str] = {}
        self._paths: dict[int, tuple[str, ...]] = {}
        for node in symbols_of(self.ast):
            if node.type == "number":
                node.value = self._literal(node)
            elif node.type == "string" and not _is_filtered(node):
                self._texts[id(node)] = node.value
            elif names := _plain_path(node):
                self._paths[id(node)] = names
        for name, method in _NATIVE.items():
            self.environment.bind(name, method)
        for name, (signature, function) in (functions or {}).items():
            self.environment.bind(name, _registered(name, signature, function))
        self.set_validate_input(False)
        self.set_output_convert_nulls(False)

    @property
    def known(self) -> frozenset[str]:
        """The names that have a value from the start; the empty one and `$` are the document."""
        return frozenset((*Jsonata.static_frame.bindings, *self.environment.bindings, "", "$"))

    def result(self, document: Any) -> Any:
        """What the expression makes of a document, numbers with a point as Decimals; None for nothing and for null."""
        try:
            with _current(self):
                return _out(self.evaluate(_in(document), _NO_CALLBACKS), "")
        except JException as error:
            raise JsonataError(_told(error), error.location) from error
        except (Inexact, Overflow) as error:
            raise JsonataError("a number has more digits than can be kept exactly") from error
        except InvalidOperation as error:
            raise JsonataError("this is no arithmetic that has a result") from error
        except RecursionError as error:
            raise JsonataError("it calls itself too often") from error
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise JsonataError(
                f"a function cannot do this: {error}"
            ) from error  # the library lets them through

    def eval(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002 - the library's word
        """The library looks for an instance of the thread here, which may be another expression's.

        Most nodes of a map are texts and fields of an object; their values need nothing else.
        """
        node = id(expr)
        if node in self._texts:
            return self._texts[node]
        if type(input) is dict and node in self._paths:
            found: Any = input
            for name in self._paths[node]:
                found = found.get(name, _ABSENT) if type(found) is dict else None
            if found is _ABSENT:
                return None
            if type(found) in (str, int, Exact, dict):
                return found
        saved = self.input, self.environment
        try:
            return self._eval(expr, input, environment)
        except JException as error:
            if error.location < 0 and getattr(expr, "position", -1) is not None:
                error.location = getattr(expr, "position", -1)
            raise
        finally:
            self.input, self.environment = saved

    def get_per_thread_instance(self) -> Expression:
        return self

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str | None) -> Any:
        for code, side in (("T2001", lhs), ("T2002", rhs)):
            if side is not None and not Utils.is_numeric(side):
                raise JException(code, -1, op, side)
        if lhs is None or rhs is None:
            return None
        left, right = decimal_of(lhs), decimal_of(rhs)
        match op:
            case "+":
                return number(EXACT.add(left, right))
            case "-":
                return number(EXACT.subtract(left, right))
            case "*":
                return number(EXACT.multiply(left, right))
        if not right:
            raise JsonataError("this divides by zero")
        if op == "/":
            return number(ROUNDED.divide(left, right))
        return number(EXACT.remainder(left, right))

    def evaluate_equality_expression(self, lhs: Any, rhs: Any, op: str | None) -> bool:
        if lhs is None or rhs is None:
            return False
        return bool(Utils.is_deep_equal(lhs, rhs)) == (op == "=")

    def evaluate_comparison_expression(self, lhs: Any, rhs: Any, op: str | None) -> Any:
        for side in (lhs, rhs):
            if not (side is None or isinstance(side, str) or is_number(side)):
                raise JException("T2010", -1, op, side)
        if lhs is None or rhs is None:
            return None
        if isinstance(lhs, str) != isinstance(rhs, str):
            raise JException("T2009", -1, lhs, rhs, op)
        sides = (lhs, rhs) if isinstance(lhs, str) else (decimal_of(lhs), decimal_of(rhs))
        return _COMPARED[str(op)](*sides)

    def evaluate_unary(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002 - the library's word
        if str(expr.value) != "-":
            return super().evaluate_unary(expr, input, environment)
        value = self.eval(expr.expression, input, environment)
        if value is None:
            return None
        if not Utils.is_numeric(value):
            raise JException("D1002", expr.position, expr.value, value)
        return number(-decimal_of(value))

    def evaluate_range_expression(self, lhs: Any, rhs: Any) -> Any:
        return super().evaluate_range_expression(*map(_whole_if_it_can, (lhs, rhs)))

    def evaluate_string_concat(self, lhs: Any, rhs: Any) -> str:
        return (string(lhs) or "") + (string(rhs) or "")

    def _literal(self, node: Any) -> int | Exact:
        """The number as it stands in the source; the tokenizer has read it in binary."""
        found = _LITERAL.search(self.source[: node.position])
        exact = Decimal(found[0]) if found else decimal_of(node.value)
        if node.value < 0:
            exact = -exact
        return number(exact if float(exact) == float(node.value) else decimal_of(node.value))


@contextmanager
def _current(expression: Expression) -> Iterator[None]:
    """The library's functions call back the expression that is evaluated in this thread."""
    before = getattr(Jsonata.CURRENT, "jsonata", None)
    Jsonata.CURRENT.jsonata = expression
    try:
        yield
    finally:
        if before is None:
            del Jsonata.CURRENT.jsonata
        else:
            Jsonata.CURRENT.jsonata = before


def _plain_path(node: Any) -> tuple[str, ...]:
    """The names of a path that does nothing but go from object to field; empty for all others."""
    steps = node.steps if node.type == "path" else [node]
    if _is_filtered(node) or any(each.type != "name" or _is_filtered(each) for each in steps):
        return ()
    return tuple(each.value for each in steps)


def _is_filtered(node: Any) -> bool:
    """Whether more is done than to take the value."""
    return any(
        getattr(node, name, None)
        for name in (
            "predicate",
            "stages",
            "group",
            "focus",
            "index",
            "tuple",
            "ancestor",
            "keep_array",
            "keep_singleton_array",
        )
    )


def symbols_of(node: Any) -> Iterator[Any]:
    """Every node of a syntax tree."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list | tuple):
            waiting += each
        elif isinstance(each, Symbol) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [part for name, part in vars(each).items() if name != "_outer_instance"]


def _whole_if_it_can(value: Any) -> Any:
    return number(value.decimal) if isinstance(value, Exact) else value


# ---- functions that compute


def string(value: Any, prettify: bool | None = None) -> str | None:
    """`$string`: text as it is, numbers in the shortest decimal form, all else as JSON."""
    if isinstance(value, Utils.JList) and value.outer_wrapper:
        value = value[0]
    if value is None or isinstance(value, str):
        return value
    if Utils.is_function(value) or isinstance(value, Symbol):
        return ""
    return _json(value, "  " if prettify else "")


def _json(value: Any, indent: str, inside: str = "") -> str:
    if value is None or value is Utils.NULL_VALUE or Utils.is_function(value) or isinstance(value, Symbol):
        return '""' if value is not None and value is not Utils.NULL_VALUE else "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return written(decimal_of(value))
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    deeper, colon = inside + indent, ": " if indent else ":"
    if isinstance(value, Mapping):
        members = [
            f"{json.dumps(str(name), ensure_ascii=False)}{colon}{_json(each, indent, deeper)}"
            for name, each in value.items()
        ]
        return _enclosed("{", members, "}", indent, inside)
    return _enclosed("[", [_json(each, indent, deeper) for each in value], "]", indent, inside)


def _enclosed(opens: str, members: list[str], closes: str, indent: str, inside: str) -> str:
    if not indent or not members:
        return opens + ",".join(members) + closes
    lines = f",\n{inside}{indent}".join(members)
    return f"{opens}\n{inside}{indent}{lines}\n{inside}{closes}"


def _to_number(value: Any = None) -> Any:
    if value is None or is_number(value):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        for prefix, base in (("0x", 16), ("0b", 2), ("0o", 8)):
            if text[:2].lower() == prefix:
                return int(text[2:], base)
        if _NUMBER.fullmatch(text):
            return Exact(Decimal(text))
    raise JException("D3030", -1, value)


def _sum(values: Any = None) -> Any:
    if values is None:
        return None
    total = Decimal(0)
    for each in values:
        total = EXACT.add(total, decimal_of(each))
    return number(total)


def _average(values: Any = None) -> Any:
    return number(ROUNDED.divide(decimal_of(_sum(values)), Decimal(len(values)))) if values else None


def _round(value: Any = None, places: Any = None) -> Any:
    """To so many places, half to even, as JSONata says."""
    if value is None:
        return None
    exponent = Decimal(1).scaleb(-int(places or 0))
    return number(decimal_of(value).quantize(exponent, ROUND_HALF_EVEN, Context(prec=400)))


def _floor(value: Any = None) -> Any:
    return None if value is None else math.floor(decimal_of(value))


def _ceil(value: Any = None) -> Any:
    return None if value is None else math.ceil(decimal_of(value))


def _abs(value: Any = None) -> Any:
    return None if value is None else number(decimal_of(value).copy_abs())


def _sqrt(value: Any = None) -> Any:
    if value is None:
        return None
    if decimal_of(value) < 0:
        raise JException("D3060", -1, value)
    return number(ROUNDED.sqrt(decimal_of(value)))


def _power(value: Any = None, exponent: Any = None) -> Any:
    if value is None:
        return None
    return number(ROUNDED.power(decimal_of(value), decimal_of(exponent)))


def _format_number(value: Any = None, picture: Any = None, options: Any = None) -> Any:
    return None if value is None else Functions.format_number(decimal_of(value), picture, options)


def _clone(value: Any = None) -> Any:
    return None if value is None else _in(_out(value, ""))


_EXACT_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "string": string,
    "number": _to_number,
    "sum": _sum,
    "average": _average,
    "round": _round,
    "floor": _floor,
    "ceil": _ceil,
    "abs": _abs,
    "sqrt": _sqrt,
    "power": _power,
    "formatNumber": _format_number,
    "clone": _clone,
}


class _Native(Jsonata.JNativeFunction):
    """A function of the library, or one in its place, whose result is left as it is."""

    def __init__(self, name: str, its: Any) -> None:
        Jsonata.JFunction.__init__(self, None, None)
        self.function_name = name
        self.signature = its.signature
        self.method = _EXACT_FUNCTIONS.get(name, its.method)
        self.nargs = its.nargs

    def call(self, _input: Any, args: Any) -> Any:
        given = list(args)
        return self.method(*given, *[None] * (self.nargs - len(given)))


_NATIVE = {name: _Native(name, its) for name, its in Jsonata.static_frame.bindings.items()}


def _registered(name: str, signature: str, function: Callable[..., Any]) -> Any:
    def call(*args: Any) -> Any:
        given = [_out(each, name) for each in args]
        while given and given[-1] is None:  # what was left out; the function has its defaults
            given.pop()
        return _in(function(*given))

    made = Jsonata.JFunction(Jsonata.JLambda(call), signature)
    made.function_name = name
    return made


# ---- between documents and the library


def _in(value: Any) -> Any:
    """A value as the library takes it: a copy, which an expression may change."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise JsonataError(f"{value} is no number")
        return Exact(value)
    if isinstance(value, Exact):
        return value
    if isinstance(value, float):
        return Exact(Decimal(repr(value)))
    if isinstance(value, Mapping):
        return {str(name): _in(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_in(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise JsonataError(f"a value of the type {type(value).__name__} has no place in a document")


def _out(value: Any, path: str) -> Any:
    """A value of the library as documents have it."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if value is Utils.NULL_VALUE:
        return None
    if isinstance(value, float):
        return decimal_of(value)
    if isinstance(value, dict):
        return {name: _out(each, f"{path}.{name}") for name, each in value.items()}
    if isinstance(value, list):
        return [_out(each, path) for each in value]
    place = f"{path[1:]} is" if path else "what it gives is"
    raise JsonataError(f"{place} a function, not a value; call it with its arguments in parentheses")


def _told(error: JException) -> str:
    return str(error).strip() or str(error.error)
