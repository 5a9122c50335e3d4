from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.catalog.rest import record_type
from tieout.errors import LocalProtocolError
from tieout.operations import And, Compare, In, IsNull, Like, Not, Or, Predicate, Value, conjuncts, holds
from tieout.protocols.query_language import (
    check_statement,
    explain,
    parse_statement,
    parse_where,
    predicate_text,
    split,
    write_query,
)

INVOICE = record_type("Invoice")

texts = st.text() | st.sampled_from(
    ["'", "\\", "\\'", "''", "x' OR '1' = '1", "trailing\\", "%'--", "’", "🧾\r\n"]
)


@pytest.mark.parametrize(
    "where",
    [
        "Balance > 0",
        "Id = '5'",
        "Id IN ('5', '6')",
        "CustomerRef = '5'",
        "DocNumber LIKE '10%'",
        "DocNumber = '1037'",
        "TxnDate <= '2026-01-31'",
        "MetaData.LastUpdatedTime >= '2026-01-31T08:00:00-08:00'",
    ],
)
def test_quickbooks_does_what_it_can(where: str) -> None:
    predicate = parse_where(where, INVOICE)
    assert split(predicate, INVOICE) == ((predicate,), None)


@pytest.mark.parametrize(
    "where",
    [
        "Balance != 0",
        "NOT Balance = 0",
        "Balance = 0 OR Balance = 1",
        "DocNumber IS NULL",
        "DocNumber = ' '",
        "DocNumber > '5'",
        "DocNumber LIKE '10_7'",
        "TxnDate LIKE '2026%'",
        "Id > '5'",
        "PrivateNote = 'x'",
        "CustomerRef.name = 'x'",
        "Line.Amount > 5",
        "BillEmail.Address = 'a@b.c'",
        "MetaData.LastUpdatedTime > '2026-01-31T08:00:00.5Z'",
    ],
)
def test_the_rest_is_left_to_do_here(where: str) -> None:
    predicate = parse_where(where, INVOICE)
    assert split(predicate, INVOICE) == ((), predicate)


def test_a_predicate_is_divided_at_its_ands() -> None:
    where = "TotalAmt BETWEEN 1 AND 2 AND (Balance = 0 AND PrivateNote = 'x') AND NOT Id = '1'"
    predicate = parse_where(where, INVOICE)
    assert explain(predicate, INVOICE) == [
        ("TotalAmt >= 1", "QuickBooks"),
        ("TotalAmt <= 2", "QuickBooks"),
        ("Balance = 0", "QuickBooks"),
        ("PrivateNote = 'x'", "here"),
        ("NOT Id = '1'", "here"),
    ]
    pushed, rest = split(predicate, INVOICE)
    assert [predicate_text(part) for part in pushed] == ["TotalAmt >= 1", "TotalAmt <= 2", "Balance = 0"]
    assert rest == And((Compare("PrivateNote", "=", "x"), Not(Compare("Id", "=", "1"))))


def test_nothing_is_pushed_for_no_predicate_or_an_unknown_type() -> None:
    balance = Compare("Balance", ">", Decimal(0))
    assert split(None, INVOICE) == ((), None)
    assert split(balance, None) == ((), balance)
    assert explain(None, INVOICE) == []


@pytest.mark.parametrize("value", ["2026-01-31", datetime(2026, 1, 31, tzinfo=UTC), Decimal(1), True, None])
def test_a_value_of_another_type_is_not_pushed(value: Value) -> None:
    predicate = Compare("TxnDate", "=", value)
    assert split(predicate, INVOICE) == ((), predicate)


def test_writes_every_clause() -> None:
    assert (
        write_query(
            "Invoice",
            pushed=(
                Compare("Balance", ">", Decimal("1E+2")),
                Compare("Active", "=", True),
                Compare("TxnDate", "<", date(2026, 1, 31)),
                Compare(
                    "MetaData.LastUpdatedTime",
                    ">=",
                    datetime(2026, 1, 31, 8, tzinfo=timezone(timedelta(hours=-8))),
                ),
                In("Id", ("1", "2")),
                Like("DocNumber", r"Adam's \ %"),
            ),
            columns=("Id", "TotalAmt"),
            order=(("TxnDate", True), ("Id", False)),
            start=1,
            limit=1000,
        )
        == "SELECT Id, TotalAmt FROM Invoice WHERE Balance > '100' AND Active = true AND TxnDate < '2026-01-31'"
        " AND MetaData.LastUpdatedTime >= '2026-01-31T08:00:00-08:00' AND Id IN ('1', '2')"
        r" AND DocNumber LIKE 'Adam\'s \\ %'"
        " ORDERBY TxnDate DESC, Id STARTPOSITION 1 MAXRESULTS 1000"
    )
    assert write_query("Bill", count=True) == "SELECT COUNT(*) FROM Bill"
    assert write_query("Bill") == "SELECT * FROM Bill"


@pytest.mark.parametrize(
    "arguments",
    [
        {"pushed": (Compare("Balance", "!=", Decimal(0)),)},
        {"pushed": (Not(Compare("Balance", "=", Decimal(0))),)},
        {"pushed": (Or((Compare("Id", "=", "1"), Compare("Id", "=", "2"))),)},
        {"pushed": (IsNull("DocNumber"),)},
        {"pushed": (In("Id", ()),)},
        {"pushed": (Like("DocNumber", "1_"),)},
        {"pushed": (Compare("Balance", "=", None),)},
        {"pushed": (Compare("Balance", "=", Decimal("NaN")),)},
        {"pushed": (Compare("Id = '1' OR Id", "=", "2"),)},
        {"columns": ("Id, *",)},
        {"order": (("Id DESC", False),)},
        {"count": True, "columns": ("Id",)},
        {"start": 0},
        {"limit": 0},
        {"limit": 1001},
    ],
)
def test_refuses_what_the_grammar_cannot_carry(arguments: dict[str, Any]) -> None:
    with pytest.raises(LocalProtocolError):
        write_query("Invoice", **arguments)


def test_refuses_a_type_name_that_is_more_than_a_name() -> None:
    with pytest.raises(LocalProtocolError, match="cannot be a name"):
        write_query("Invoice WHERE Id = '1'")


@given(texts, texts)
def test_whatever_a_value_holds_stays_a_value(value: str, other: str) -> None:
    conditions = (Compare("Name", "=", value), In("Id", (other, value)), Like("Name", value.replace("_", "")))
    statement = parse_statement(write_query("Item", pushed=conditions, limit=5))
    assert statement.where == And(conditions)
    assert (statement.type, statement.limit) == ("Item", 5)


days = st.dates(date(2025, 12, 30), date(2026, 1, 3))
moments = st.datetimes(
    datetime(2026, 1, 1),
    datetime(2026, 1, 1, 3),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-1))]),
).map(lambda moment: moment.replace(microsecond=0, second=0, minute=0))
amounts = st.integers(-2, 2).map(Decimal) | st.sampled_from([Decimal("0.5"), Decimal("-1.25")])
names = st.sampled_from(["a", "A", "ab", "b_", "1", "10", "it's", "\\", " "])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "Id": names,
    "DocNumber": names,
    "PrivateNote": names,
    "CustomerRef": names,
    "CustomerRef.name": names,
    "TxnDate": days,
    "DueDate": days,
    "Balance": amounts,
    "TotalAmt": amounts,
    "ApplyTaxAfterDiscount": st.booleans(),
    "MetaData.LastUpdatedTime": moments,
}
fields = st.sampled_from(sorted(VALUES))


@st.composite
def conditions(draw: st.DrawFn) -> Predicate:
    field = draw(fields)
    value = VALUES[field]
    return draw(
        st.builds(Compare, st.just(field), st.sampled_from(["=", "!=", "<", ">", "<=", ">="]), value)
        | st.builds(In, st.just(field), st.lists(value, min_size=1, max_size=3).map(tuple))
        | st.builds(Like, st.just(field), st.sampled_from(["a%", "%", "_b", "1%", "%'%", "\\"]))
        | st.just(IsNull(field))
    )


def _joined(parts: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, parts)


predicates = st.recursive(conditions(), _joined, max_leaves=6)
conjunctions = st.lists(conditions() | predicates, min_size=1, max_size=4).map(
    lambda parts: And(tuple(parts))
)


@st.composite
def invoices(draw: st.DrawFn) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for field in draw(st.sets(fields)):
        value = draw(VALUES[field])
        outer, _, inner = field.partition(".")
        place = record.setdefault(outer, {}) if outer in ("CustomerRef", "MetaData") else record
        place[inner or ("value" if place is not record else outer)] = (
            value.isoformat() if isinstance(value, date) else value
        )
    return record


@given(conjunctions, st.lists(invoices(), max_size=4))
def test_pushed_and_rest_together_mean_the_whole(predicate: Predicate, records: list[dict[str, Any]]) -> None:
    pushed, rest = split(predicate, INVOICE)
    there = check_statement(parse_statement(write_query("Invoice", pushed=pushed)), INVOICE).where
    for record in records:
        sent = there is None or holds(there, record) is True
        kept = sent and (rest is None or holds(rest, record) is True)
        assert kept == (holds(predicate, record) is True)


@given(conjunctions)
def test_every_part_is_either_pushed_or_kept(predicate: Predicate) -> None:
    pushed, rest = split(predicate, INVOICE)
    assert sorted(map(repr, [*pushed, *conjuncts(rest)])) == sorted(map(repr, conjuncts(predicate)))


@given(predicates)
def test_predicate_text_is_read_back(predicate: Predicate) -> None:
    assert parse_where(predicate_text(predicate), INVOICE) == predicate
