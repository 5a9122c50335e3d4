from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from tieout.catalog.rest import record_type
from tieout.errors import SetupError
from tieout.operations import And, Compare, In, IsNull, Like, Not, Or, Predicate
from tieout.protocols.query_language import parse_where

INVOICE = record_type("Invoice")

PACIFIC = timezone(timedelta(hours=-8))


@pytest.mark.parametrize(
    ("text", "predicate"),
    [
        ("Balance > 0", Compare("Balance", ">", Decimal(0))),
        ("balance <> -1.50", Compare("Balance", "!=", Decimal("-1.50"))),
        ("Balance != '12.00'", Compare("Balance", "!=", Decimal("12.00"))),
        ("TxnDate >= '2026-01-31'", Compare("TxnDate", ">=", date(2026, 1, 31))),
        ("DocNumber = 0012", Compare("DocNumber", "=", "0012")),
        ("Id in (1, '2')", In("Id", ("1", "2"))),
        ("DocNumber NOT IN ('a')", Not(In("DocNumber", ("a",)))),
        ("DocNumber LIKE 'INV-%'", Like("DocNumber", "INV-%")),
        ("DocNumber not like '%x'", Not(Like("DocNumber", "%x"))),
        ("PrivateNote IS NULL", IsNull("PrivateNote")),
        ("PrivateNote is not null", Not(IsNull("PrivateNote"))),
        ("ApplyTaxAfterDiscount = TRUE", Compare("ApplyTaxAfterDiscount", "=", True)),
        ("ApplyTaxAfterDiscount = 'false'", Compare("ApplyTaxAfterDiscount", "=", False)),
        ("CustomerRef = '5'", Compare("CustomerRef", "=", "5")),
        ("customerref.VALUE = 5", Compare("CustomerRef", "=", "5")),
        ("CustomerRef.name = 'Amy''s'", Compare("CustomerRef.name", "=", "Amy's")),
        ("BillEmail = 'a@b.c'", Compare("BillEmail.Address", "=", "a@b.c")),
        ("Line.amount > 10", Compare("Line.Amount", ">", Decimal(10))),
        (
            "Metadata.LastUpdatedTime > '2026-01-31T08:00:00-08:00'",
            Compare("MetaData.LastUpdatedTime", ">", datetime(2026, 1, 31, 8, tzinfo=PACIFIC)),
        ),
        (
            "MetaData.CreateTime < '2026-01-31'",
            Compare("MetaData.CreateTime", "<", datetime(2026, 1, 31, tzinfo=UTC)),
        ),
        (
            "TotalAmt BETWEEN 1 AND 2 AND Balance = 0",
            And(
                (
                    And((Compare("TotalAmt", ">=", Decimal(1)), Compare("TotalAmt", "<=", Decimal(2)))),
                    Compare("Balance", "=", Decimal(0)),
                )
            ),
        ),
    ],
)
def test_reads_sql_with_the_catalogs_spelling_and_types(text: str, predicate: Predicate) -> None:
    assert parse_where(text, INVOICE) == predicate


def test_and_binds_closer_than_or_and_not_closest() -> None:
    a, b, c = (Compare(name, "=", Decimal(1)) for name in "abc")
    assert parse_where("a = 1 or b = 1 and not c = 1", None) == Or((a, And((b, Not(c)))))
    assert parse_where("(a = 1 or b = 1) and c = 1", None) == And((Or((a, b)), c))
    assert parse_where("not (a = 1 and b = 1)", None) == Not(And((a, b)))


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r"'it\'s'", "it's"),
        ("'it''s'", "it's"),
        (r"'C:\\new'", r"C:\new"),
        (r"'C:\new'", r"C:\new"),
        ("''", ""),
        ("'two\nlines 🧾 ’'", "two\nlines 🧾 ’"),
        ("'x'' or ''1''=''1'", "x' or '1'='1"),
    ],
)
def test_text_is_whatever_stands_between_its_quotes(literal: str, value: str) -> None:
    assert parse_where(f"DocNumber = {literal}", INVOICE) == Compare("DocNumber", "=", value)


def test_without_a_record_type_a_literal_is_what_it_looks_like() -> None:
    assert parse_where("any.field = '1'", None) == Compare("any.field", "=", "1")
    assert parse_where("any.field = 1.0", None) == Compare("any.field", "=", Decimal("1.0"))
    assert parse_where("any.field = true", None) == Compare("any.field", "=", True)


@pytest.mark.parametrize(
    ("text", "column", "complaint"),
    [
        ("Balanse > 0", 1, "Invoice has no field Balanse. Did you mean Balance?"),
        ("Balance > 0 and CustomerRef.nme = 'x'", 17, "CustomerRef has no field nme. Did you mean name?"),
        ("BillAddr = 'x'", 1, "BillAddr is made of parts; name one of"),
        ("DocNumber = 'x", 13, "this quote is not closed"),
        ("DocNumber = 'x''", 13, "this quote is not closed"),
        ('DocNumber = "x"', 13, "text goes in straight single quotes"),
        ("DocNumber = ’x’", 13, "text goes in straight single quotes"),
        ("Balance = 1; drop table", 12, "cannot contain ;"),
        ("Balance = 1 Balance = 2", 13, "expected AND, OR or the end, found Balance"),
        ("Balance = 1)", 12, "expected AND, OR or the end, found )"),
        ("(Balance = 1", 13, "expected ), found nothing more"),
        ("", 1, "expected a field, found nothing more"),
        ("Balance", 8, "expected a comparison after Balance, found nothing more"),
        ("Balance = ", 11, "expected a number, true, false or text in single quotes"),
        ("Balance = TotalAmt", 11, "expected a number, true, false or text in single quotes, found TotalAmt"),
        ("Balance = NULL", 11, "write Balance IS NULL"),
        ("Id IN ()", 8, "expected a number, true, false or text"),
        ("DocNumber LIKE 5", 16, "expected a pattern in single quotes"),
        ("and = 1", 1, "expected a field, found and"),
        ("Balance = 12abc", 11, "text goes in single quotes"),
        ("Balance ~ 1", 9, "~ means nothing here"),
        ("TxnDate = '31/01/2026'", 11, "TxnDate wants a date such as '2026-01-31', not '31/01/2026'"),
        ("TxnDate > 2026-01-31", 11, "TxnDate wants a date such as '2026-01-31', not '2026'"),
        ("MetaData.CreateTime = 'noon'", 23, "MetaData.CreateTime wants a time such as"),
        ("TotalAmt = 'much'", 12, "TotalAmt wants a number, not 'much'"),
        ("TotalAmt = 'NaN'", 12, "TotalAmt wants a number, not 'NaN'"),
        ("ApplyTaxAfterDiscount = 1", 25, "ApplyTaxAfterDiscount wants true or false, not '1'"),
    ],
)
def test_a_mistake_is_refused_with_its_column(text: str, column: int, complaint: str) -> None:
    with pytest.raises(SetupError) as refused:
        parse_where(text, INVOICE)
    assert str(refused.value).startswith(f"where, column {column}: ")
    assert complaint in str(refused.value)


@pytest.mark.parametrize("opening", ["(", "not "])
def test_endless_nesting_is_refused_not_overflowed(opening: str) -> None:
    with pytest.raises(SetupError, match="more than 100 conditions inside one another"):
        parse_where(opening * 50_000 + "Balance = 1", INVOICE)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Active", "Active = true"),
        ("not active or Taxable", "not (Active = true) or Taxable = true"),
        ("(Active) and Balance > 0", "Active = true and Balance > 0"),
    ],
)
def test_a_field_that_is_true_or_false_may_stand_alone(text: str, same: str) -> None:
    customer = record_type("Customer")
    assert parse_where(text, customer) == parse_where(same, customer)


def test_any_other_field_alone_is_refused() -> None:
    with pytest.raises(SetupError, match="expected a comparison after Balance"):
        parse_where("Balance", record_type("Customer"))
