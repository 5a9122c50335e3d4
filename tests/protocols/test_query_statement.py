from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tieout.catalog.rest import record_type
from tieout.operations import And, Compare, In, Like, Predicate
from tieout.protocols.query_language import (
    QueryInvalid,
    QuerySyntaxError,
    Statement,
    check_statement,
    parse_statement,
    queried_type,
)

RECORDED = Path(__file__).parents[3] / "shared/facts/tables/online/real_fault_samples.json"


def refusal(text: str) -> str:
    with pytest.raises(QuerySyntaxError) as refused:
        parse_statement(text)
    return refused.value.detail


def recorded_detail(name: str) -> str:
    if not RECORDED.exists():
        pytest.skip(f"the recorded faults are not here: {RECORDED}")
    samples = {sample["name"]: sample["body"] for sample in json.loads(RECORDED.read_text("utf-8"))}
    return str(samples[name]["Fault"]["Error"][0]["Detail"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        # mcohen01/node-quickbooks issue 56: the unescaped quote of Cutlery 'R Us.
        ("select * from vendor where DisplayName = 'Cutlery 'R Us'", "query_apostrophe"),
        # Boulevard/ExQuickBooks: a nil table name.
        ("SELECT * FROM NULL", "api_query_error"),
    ],
)
def test_complains_as_recorded(text: str, name: str) -> None:
    assert refusal(text) == recorded_detail(name)


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        # Seen on a live sandbox: the misspelt WHERE passes as an alias.
        (
            "select * from Purchase wher TxnDate > '2026-01-01'",
            'Encountered " <IDENTIFIER> "TxnDate "" at line 1, column 29.\nWas expecting one of:\n    <EOF> \n',
        ),
        (
            "update Invoice",
            'Encountered " <IDENTIFIER> "update "" at line 1, column 1.\nWas expecting:\n    "select" ...\n',
        ),
        (
            "select * from",
            'Encountered "<EOF>" at line 1, column 13.\nWas expecting:\n    <IDENTIFIER> ...\n    ',
        ),
        (
            "select *\nfrom Bill where Id = OR",
            'Encountered " <OR> "OR "" at line 2, column 22.\nWas expecting one of:\n',
        ),
        (
            "select * from Bill where Id = '1' or Id = '2'",
            'Encountered " <OR> "or "" at line 1, column 35.\n',
        ),
        ("select * from Bill where Id in ()", 'Encountered " ")" ") "" at line 1, column 33.\n'),
        ("select * from Bill where (Id = '1')", 'Encountered " "(" "( "" at line 1, column 26.\n'),
        ("select * from Bill maxresults '5'", 'Encountered " <STRING> "\\\'5\\\' "" at line 1, column 31.\n'),
        (
            "select * from Bill maxresults 5 startposition 1",
            'Encountered " "startposition" "startposition "" at line 1',
        ),
        (
            "select * from Bill where TxnDate = CURRENT_DATE",
            'Encountered " "current_date" "CURRENT_DATE "" at line 1',
        ),
    ],
)
def test_names_the_token_and_where_it_stands(text: str, opening: str) -> None:
    assert refusal(text).startswith(f"QueryParserError: {opening}")


def test_or_is_not_listed_where_or_is_met() -> None:
    assert "<OR>" not in refusal("select * from Bill where Id = '1' or Id = '2'").partition("expecting")[2]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        # pbrink231/quickbooks-node-promise issue 1: a statement encoded twice.
        (
            "select * from account where AccountSubType %3D %27Inventory%27",
            'at line 1, column 44.  Encountered: "%" (37), after : ""',
        ),
        ("select * from Item where Name = 'x", 'at line 1, column 35.  Encountered: <EOF> after : "\\\'x"'),
        (
            "select * from Item where Name = 'x\\'",
            "at line 1, column 37.  Encountered: <EOF> after : \"\\'x\\\\\\'\"",
        ),
        (
            "select * from Item where Name = 'a\\nb'",
            'at line 1, column 36.  Encountered: "n" (110), after : "\\\'a\\\\"',
        ),
        (
            "select * from Item where Name = ’x’",
            'at line 1, column 33.  Encountered: "\\u2019" (8217), after : ""',
        ),
        ("select * from Item where Name != 'x'", 'at line 1, column 31.  Encountered: "!" (33), after : ""'),
    ],
)
def test_lexical_mistakes_look_like_javacc(text: str, complaint: str) -> None:
    assert refusal(text) == f"QueryParserError: Invalid content. Lexical error {complaint}"


def test_the_first_of_two_mistakes_is_reported() -> None:
    assert 'Encountered " <IDENTIFIER> "nonsense' in refusal("select * from Item i nonsense 'open")


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_statement_is_refused(text: str) -> None:
    assert refusal(text) == "QueryParserError: The query provided was empty"


def test_reads_everything_the_grammar_has() -> None:
    assert parse_statement(
        "SeLeCt Id, MetaData.CreateTime FROM invoice WHERE Balance>'0' AND TotalAmt <= -12.50 and Active=TRUE "
        "AND Id IN ('1', 2) AND DocNumber LIKE 'a\\'b\\\\%' OrderBy TxnDate DESC, Id startposition 11 maxresults 20"
    ) == Statement(
        type="invoice",
        columns=("Id", "MetaData.CreateTime"),
        where=And(
            (
                Compare("Balance", ">", "0"),
                Compare("TotalAmt", "<=", Decimal("-12.50")),
                Compare("Active", "=", True),
                In("Id", ("1", Decimal(2))),
                Like("DocNumber", "a'b\\%"),
            )
        ),
        order=(("TxnDate", True), ("Id", False)),
        start=11,
        limit=20,
    )


def test_order_by_may_be_two_words_and_the_rest_may_be_absent() -> None:
    assert parse_statement(" select * from Bill order by Id asc ") == Statement(
        "Bill", order=(("Id", False),)
    )
    assert parse_statement("select count( * ) from Bill") == Statement("Bill", count=True)


def test_typographic_quotes_and_newlines_are_ordinary_text() -> None:
    statement = parse_statement("select * from Item where Name = 'Amy’s\n🧾'")
    assert statement.where == And((Compare("Name", "=", "Amy’s\n🧾"),))


def test_current_date_is_the_companys_today() -> None:
    statement = parse_statement("select * from Bill where DueDate < current_date", today=date(2026, 11, 22))
    assert statement.where == And((Compare("DueDate", "<", date(2026, 11, 22)),))


def test_maxresults_starts_at_1_and_startposition_forgives_0() -> None:
    with pytest.raises(QueryInvalid) as refused:
        parse_statement("select * from Bill startposition 1 maxresults 0")
    assert refused.value.detail == "QueryValidationError: value 0 is too small. Min allowed value is 1"
    assert parse_statement("select * from Bill startposition 0").start == 1


def checked_where(condition: str, type_name: str = "Invoice") -> Predicate:
    statement = parse_statement(f"select * from {type_name} where {condition}")
    where = check_statement(statement, record_type(type_name)).where
    assert isinstance(where, And)
    return where.parts[0]


@pytest.mark.parametrize(
    ("condition", "predicate"),
    [
        ("balance > 0", Compare("Balance", ">", Decimal(0))),
        ("Balance > '0'", Compare("Balance", ">", Decimal(0))),
        ("DocNumber = 12", Compare("DocNumber", "=", "12")),
        ("TxnDate = '2026-01-31'", Compare("TxnDate", "=", date(2026, 1, 31))),
        ("CustomerRef.value IN ('5')", In("CustomerRef", ("5",))),
        (
            "Metadata.LastUpdatedTime > '2026-01-31T00:00:00Z'",
            Compare("MetaData.LastUpdatedTime", ">", datetime(2026, 1, 31, tzinfo=UTC)),
        ),
    ],
)
def test_checking_gives_the_catalogs_spelling_and_types(condition: str, predicate: Predicate) -> None:
    assert checked_where(condition) == predicate


def test_an_email_address_is_found_in_both_ways_people_ask() -> None:
    whole = checked_where("PrimaryEmailAddr = 'a@b.c'", "Customer")
    assert whole == checked_where("PrimaryEmailAddr.Address = 'a@b.c'", "Customer")


def test_an_attachment_is_found_by_what_it_is_attached_to() -> None:
    assert (
        checked_where("AttachableRef.EntityRef.Type = 'Bill'", "Attachable").field
        == "AttachableRef.EntityRef.type"
    )
    assert (
        checked_where("AttachableRef.EntityRef.value = '9'", "Attachable").field == "AttachableRef.EntityRef"
    )


@pytest.mark.parametrize(
    ("tail", "complaint"),
    [
        ("where NoSuchField = '1'", "Property NoSuchField not found for Entity Invoice"),
        ("where PrivateNote = 'x'", "property 'PrivateNote' is not queryable"),
        ("where DepartmentRef = '1'", "property 'DepartmentRef' is not queryable"),
        ("where CustomerRef.name = 'x'", "property 'CustomerRef.name' is not queryable"),
        ("where BillEmail.Address = 'x'", "property 'BillEmail.Address' is not queryable"),
        ("where MetaData = 'x'", "property 'MetaData' is not queryable"),
        ("where Id > '5'", "operator > is not supported for property 'Id'"),
        ("where TxnDate like '2026%'", "operator LIKE is not supported for property 'TxnDate'"),
        ("where TxnDate = 'today'", "value today is invalid for property 'TxnDate'"),
        ("orderby NoSuchField", "Property NoSuchField not found for Entity Invoice"),
        ("orderby CustomerRef", "property 'CustomerRef' is not sortable"),
    ],
)
def test_what_a_type_cannot_do_is_refused(tail: str, complaint: str) -> None:
    statement = parse_statement(f"select * from Invoice {tail}")
    with pytest.raises(QueryInvalid) as refused:
        check_statement(statement, record_type("Invoice"))
    assert refused.value.detail == f"QueryValidationError: {complaint}"


def test_columns_and_order_are_checked_and_spelled() -> None:
    statement = parse_statement("select id, billaddr from invoice orderby metadata.lastupdatedtime desc")
    checked = check_statement(statement, record_type("Invoice"))
    assert (checked.type, checked.columns) == ("Invoice", ("Id", "BillAddr"))
    assert checked.order == (("MetaData.LastUpdatedTime", True),)
    with pytest.raises(QueryInvalid, match="Property Foo not found for Entity Invoice"):
        check_statement(parse_statement("select Foo from Invoice"), record_type("Invoice"))


def test_entities_are_called_by_their_query_name_in_any_case() -> None:
    assert queried_type("INVOICE") is record_type("Invoice")
    assert queried_type("creditcardpayment") is record_type("CreditCardPaymentTxn")


@pytest.mark.parametrize("name", ["TaxService", "Invoices"])
def test_what_cannot_be_queried_has_no_metadata(name: str) -> None:
    # ruckus/quickbooks-ruby issue 628 has this text for TaxService.
    with pytest.raises(QueryInvalid) as refused:
        queried_type(name)
    assert refused.value.detail == f"QueryValidationError: Metadata not found for Entity: {name}"
