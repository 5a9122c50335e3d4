"""Money through JSONata, digit for digit."""

import operator
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.mapping.exact_jsonata import Expression, JsonataError

amounts = st.decimals(min_value=-(10**15), max_value=10**15, places=4, allow_nan=False, allow_infinity=False)
literals = st.decimals(min_value=0, max_value=10**20, places=6, allow_nan=False, allow_infinity=False)

PLUS, MINUS, TIMES, NEGATED = map(Expression, ("a + b", "a - b", "a * b", "-a"))
DIVIDED, REST = Expression("a / b"), Expression("a % b")
SUM, ROUND, TEXT, NUMBER = map(Expression, ("$sum(x)", "$round(a, 2)", "$string(a)", "$number(t)"))
COMPARED = {op: Expression(f"a {op} b") for op in ("=", "!=", "<", "<=", ">", ">=")}
SAME_IN_PYTHON = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


@given(amounts, amounts)
def test_arithmetic_is_that_of_decimals(a, b):
    both = {"a": a, "b": b}
    assert PLUS.result(both) == a + b
    assert MINUS.result(both) == a - b
    assert TIMES.result(both) == Context(prec=60).multiply(a, b)
    assert NEGATED.result(both) == -a
    if b:
        assert DIVIDED.result(both) == Context(prec=40).divide(a, b)
        assert REST.result(both) == Context(prec=60).remainder(a, b)


@given(amounts, st.one_of(amounts, st.integers(-1000, 1000)))
def test_comparisons_are_those_of_decimals(a, b):
    for op, made in COMPARED.items():
        assert made.result({"a": a, "b": b}) is getattr(operator, SAME_IN_PYTHON[op])(a, b)


@given(st.lists(amounts, min_size=1))
def test_a_sum_is_exact_in_any_order(values):
    assert SUM.result({"x": values}) == sum(values) == SUM.result({"x": values[::-1]})


@given(amounts)
def test_rounding_and_text_keep_every_digit(a):
    assert ROUND.result({"a": a}) == a.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    text = TEXT.result({"a": a})
    assert Decimal(text) == a
    assert NUMBER.result({"t": text}) == a
    assert NUMBER.result({"t": str(a)}) == a


@given(literals)
def test_literals_are_read_as_they_stand(a):
    assert Expression(f"{a:f}").result({}) == a
    assert Expression(f"0 - {a:f}").result({}) == -a
    assert Expression(f"[-{a:f}, {a:f}]").result({}) == [-a, a]


@given(amounts)
def test_what_is_handed_through_keeps_its_places(a):
    found = Expression("{'Amount': a, 'Line': [$[0].{'Amount': a}], 'also': $lookup($, 'a')}").result(
        {"a": a}
    )
    assert str(found["Amount"]) == str(found["also"]) == str(a)
    assert type(found["Amount"]) is Decimal


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("0.1 + 0.2 = 0.3", True),
        ("$sum([0.1, 0.2]) in [0.3]", True),
        ("$map([1.1, 2.2], function($v) { $v * 3 })", [Decimal("3.3"), Decimal("6.6")]),
        ("$reduce([1.1, 2.2], function($a, $b) { $a + $b })", Decimal("3.3")),
        ("$sort([0.3, 0.1, 2])", [Decimal("0.1"), Decimal("0.3"), 2]),
        ("[{'p': 2.5}, {'p': 1.5}]^(p).p", [Decimal("1.5"), Decimal("2.5")]),
        ("$distinct([0.1, 0.10, 0.2])", [Decimal("0.1"), Decimal("0.2")]),
        ("$max([0.3, 0.1 + 0.2]) & ''", "0.3"),
        ("$average([1, 2])", Decimal("1.5")),
        ("$floor(-1.5) + $ceil(1.2) + $abs(-0.5)", Decimal("0.5")),
        ("$power(1.1, 2)", Decimal("1.21")),
        ("$formatNumber(1234.5, '#,##0.00')", "1,234.50"),
        ("$string({'a': 10.50, 'b': [true, null]})", '{"a":10.5,"b":[true,null]}'),
        ("$eval('0.1 + 0.2')", Decimal("0.3")),
        ("[1..3].($ * 0.1)", [Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]),
        ("[1..n]", [1, 2, 3]),
        ("day", "2026-11-01"),
        ("nothing", None),
        ("1e3 + 1", 1001),
    ],
)
def test_functions_and_operators(source, result):
    assert Expression(source).result({"n": Decimal("3.00"), "day": date(2026, 11, 1)}) == result


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("1 / 0", "divides by zero"),
        ("$number('ten')", "Unable to cast"),
        ("'a' + 1", "left side of the [+] operator"),
        ("1 < 'a'", "must be of the same data type"),
        ("$string", "a function, not a value"),
        ("{'a': {'b': $sum}}", "a.b is a function"),
        ("$nothing(1)", "non-function"),
        ("$error('no stock')", "no stock"),
        ("($f := function($n) { 1 + $f($n) }; $f(1))", "calls itself too often"),
    ],
)
def test_what_cannot_be_computed_is_an_error(source, complaint):
    with pytest.raises(JsonataError, match=complaint):
        Expression(source).result({})


def test_two_expressions_do_not_disturb_each_other():
    inner = Expression("$sum(x)")
    outer = Expression("$ask(x) + $sum(x)", {"ask": ("<x:x>", lambda x: inner.result({"x": x}))})
    assert outer.result({"x": [Decimal("0.1"), Decimal("0.2")]}) == Decimal("0.6")


def test_the_document_is_left_as_it_was():
    document = {"a": [{"b": None}]}
    Expression("$ ~> |a|{'c': 1}|").result(document)
    assert document == {"a": [{"b": None}]}


@pytest.mark.parametrize(
    "source",
    [
        *("a.b.c", "a.b.l", "a.b.n", "a.b.t", "a.b.d", "a.x", "a.b.x", "s", "s.x", "l.b", "one.b", "one", "l", "a.b.c.d"),
        *("a.n.x", "a.b.n.x", "l[0].b", "a.b.l[]", "a.(b.c)", "(a).b", "a.b.{'k': c}", "one[].b", "a.b.d.x + 1"),
        *("[a.b.c]", "nothing", "a@$v.b.c", "l#$i.b", "a.b.*", "**.x", "l.b[0]", "'x'[0]"),
    ],
)  # fmt: skip
def test_the_short_way_gives_what_the_library_gives(source):
    document = {
        "a": {"b": {"c": Decimal("1.5"), "l": [1], "n": None, "t": True, "d": {"x": 1}}},
        "l": [{"b": 1}, {"b": 2}],
        "one": [{"b": 1}],
        "s": "x",
    }
    short, long = Expression(source), Expression(source)
    long._paths, long._texts = {}, {}
    assert short.result(document) == long.result(document)
