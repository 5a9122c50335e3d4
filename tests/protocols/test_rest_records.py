from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tieout.catalog.rest import record_type, record_types
from tieout.errors import Invalid
from tieout.protocols.rest_records import check_name, cleared, completed, lines_total, missing
from tieout.protocols.rest_sent_fields import as_sent

INVOICE, CUSTOMER, ITEM = record_type("Invoice"), record_type("Customer"), record_type("Item")


def refused(kind, record):
    with pytest.raises(Invalid) as found:
        completed(kind, as_sent(kind, record))
    return found.value


def sale(amount=None, **detail):
    line = {"SalesItemLineDetail": {"ItemRef": {"value": "1"}, **detail}}
    return line if amount is None else {"Amount": amount, **line}


# ---- fields


def test_values_are_sent_in_the_types_that_quickbooks_takes():
    record = {
        "CustomerRef": "7",
        "TxnDate": date(2026, 11, 25),
        "DueDate": datetime(2026, 12, 1, 9, tzinfo=UTC),
        "DocNumber": 1001,
        "ApplyTaxAfterDiscount": "TRUE",
        "ExchangeRate": "1.25",
        "Line": [{"LineNum": "2", "Amount": "10.50"}],
    }
    assert as_sent(INVOICE, record) == {
        "CustomerRef": {"value": "7"},
        "TxnDate": "2026-11-25",
        "DueDate": "2026-12-01",
        "DocNumber": "1001",
        "ApplyTaxAfterDiscount": True,
        "ExchangeRate": Decimal("1.25"),
        "Line": [{"LineNum": 2, "Amount": Decimal("10.50")}],
    }


def test_a_record_that_was_read_can_be_sent_back():
    read = {
        "Id": "5",
        "SyncToken": "2",
        "domain": "QBO",
        "sparse": False,
        "MetaData": {"CreateTime": "2026-01-01T00:00:00-08:00"},
        "Balance": Decimal(10),
        "DisplayName": "Ann",
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "BrandNew": {"a": 1},
    }
    sent = as_sent(CUSTOMER, read, read)
    assert {"Id", "SyncToken", "DisplayName", "CurrencyRef", "BrandNew"} <= sent.keys()
    assert not {"domain", "sparse", "MetaData"} & sent.keys()


@pytest.mark.parametrize(
    ("kind", "record", "element", "told"),
    [
        (CUSTOMER, {"DisplayNam": "x"}, "DisplayNam", "Did you mean DisplayName?"),
        (CUSTOMER, {"BillAddr": {"Citty": "x"}}, "BillAddr.Citty", "Did you mean City?"),
        (INVOICE, {"Line": [sale(1), {"Amout": 1}]}, "Line.2.Amout", "Did you mean Amount?"),
        (CUSTOMER, {"BillAddr": "Bern"}, "BillAddr", "must be an object, not 'Bern'"),
        (INVOICE, {"Line": ["x"]}, "Line.1", "must be an object"),
        (INVOICE, {"Line": [None]}, "Line.1", "must be an object"),
        (INVOICE, {"CustomerRef": {"name": "Ann"}}, "CustomerRef", "knows 'Ann' by its Id"),
        (INVOICE, {"CustomerRef": True}, "CustomerRef", "must be an object"),
        (INVOICE, {"DocNumber": "x" * 22}, "DocNumber", "has 22 characters; QuickBooks takes 21"),
        (CUSTOMER, {"Notes": ["x"]}, "Notes", "must be a text"),
        (CUSTOMER, {"Notes": "half \ud83d"}, "Notes", "half a character"),
        (INVOICE, {"TxnDate": "2026-02-30"}, "TxnDate", "must be a date"),
        (INVOICE, {"TxnDate": "25/11/2026"}, "TxnDate", "must be a date"),
        (INVOICE, {"TxnDate": "20261125"}, "TxnDate", "must be a date"),
        (INVOICE, {"TxnDate": "2026-W48-3"}, "TxnDate", "must be a date"),
        (INVOICE, {"TxnDate": "2026-11-25 and more"}, "TxnDate", "must be a date"),
        (INVOICE, {"TxnDate": 20261125}, "TxnDate", "must be a date"),
        (INVOICE, {"ExchangeRate": 1.1}, "ExchangeRate", "floats lose cents"),
        (INVOICE, {"ExchangeRate": "much"}, "ExchangeRate", "must be a number"),
        (INVOICE, {"ExchangeRate": "1_000"}, "ExchangeRate", "must be a number"),
        (INVOICE, {"ExchangeRate": True}, "ExchangeRate", "must be a number"),
        (INVOICE, {"ExchangeRate": Decimal("NaN")}, "ExchangeRate", "must be a number"),
        (INVOICE, {"ExchangeRate": "Infinity"}, "ExchangeRate", "must be a number"),
        (INVOICE, {"Line": [sale("1,000.00")]}, "Line.1.Amount", "must be a number"),
        (INVOICE, {"Line": [sale(Decimal("10.005"))]}, "Line.1.Amount", "no whole number of cents"),
        (INVOICE, {"Line": [sale(Decimal("1E+30"))]}, "Line.1.Amount", "QuickBooks takes"),
        (INVOICE, {"Line": [sale(10**40)]}, "Line.1.Amount", "QuickBooks takes"),
        (INVOICE, {"Line": [{"LineNum": "1.5"}]}, "Line.1.LineNum", "must be a whole number"),
        (INVOICE, {"ApplyTaxAfterDiscount": "perhaps"}, "ApplyTaxAfterDiscount", "must be true or false"),
        (INVOICE, {"EmailStatus": "Sent"}, "EmailStatus", "is none of its values"),
        (INVOICE, {"EmailStatus": ["NotSet"]}, "EmailStatus", "is none of its values"),
        (INVOICE, {"EmailStatus": "emailsent"}, "EmailStatus", "Did you mean EmailSent?"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(kind, record, element, told):
    error = refused(kind, record)
    assert error.element == element or error.element == element.split(".")[-1]
    assert told in f"{error} {error.advice}"


def test_prices_and_quantities_have_more_decimals_than_cents():
    line = completed(INVOICE, as_sent(INVOICE, {"Line": [sale(UnitPrice="0.12345", Qty="1.5")]}))["Line"][0]
    assert line["SalesItemLineDetail"]["UnitPrice"] == Decimal("0.12345")
    assert line["Amount"] == Decimal("0.19")


# ---- amounts and lines


def test_an_amount_is_worked_out_from_price_and_quantity_half_away_from_zero():
    for price, quantity, amount in (("0.125", "1", "0.13"), ("-0.125", "1", "-0.13"), ("3", "2.5", "7.5")):
        (line,) = completed(INVOICE, {"Line": [sale(UnitPrice=Decimal(price), Qty=Decimal(quantity))]})[
            "Line"
        ]
        assert line["Amount"] == Decimal(amount)
        assert line["DetailType"] == "SalesItemLineDetail"


@pytest.mark.parametrize("amount", [Decimal("10.01"), Decimal("9.99"), 11])
def test_an_amount_that_is_no_product_is_refused_to_the_cent(amount):
    error = refused(INVOICE, {"Line": [sale(1), sale(amount, UnitPrice=Decimal("2.5"), Qty=4)]})
    assert error.element == "Line.2.Amount"
    assert "UnitPrice 2.5 times Qty 4 is 10.00" in str(error)


def test_an_amount_inside_a_group_is_held_against_its_product_too():
    inner = sale(5, UnitPrice=2, Qty=2)
    group = {"GroupLineDetail": {"GroupItemRef": {"value": "3"}, "Line": [inner]}}
    error = refused(INVOICE, {"Line": [group]})
    assert "line 1 of its group" in str(error)


def test_a_product_that_no_amount_can_hold_is_refused_and_does_not_break():
    error = refused(INVOICE, {"Line": [sale(UnitPrice=Decimal("1E20"), Qty=Decimal("1E20"))]})
    assert error.element.startswith("Line.1")


def test_the_kind_of_a_line_is_that_of_its_detail():
    lines = [sale(1), {"DescriptionLineDetail": {}, "Description": "x"}, {"Amount": 1}]
    found = completed(INVOICE, as_sent(INVOICE, {"Line": lines}))["Line"]
    assert [line.get("DetailType") for line in found] == ["SalesItemLineDetail", "DescriptionOnly", None]


def test_debits_and_credits_are_equal():
    def line(side, amount):
        return {
            "Amount": Decimal(amount),
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": "1"}},
        }

    kind = record_type("JournalEntry")
    good = {"Line": [line("Debit", "10.10"), line("Credit", "4.04"), line("Credit", "6.06")]}
    assert completed(kind, as_sent(kind, good))["Line"]
    error = refused(kind, {"Line": [line("Debit", "10.10"), line("Credit", "10.01")]})
    assert "debits are 10.10 and credits 10.01" in str(error)


def test_the_sum_of_lines_is_unknown_where_a_line_tells_no_amount():
    assert lines_total({"Line": [sale(1), sale(Decimal("2.5"))]}) == Decimal("3.5")
    assert lines_total({"Line": [sale(1), {"GroupLineDetail": {}}]}) is None
    assert lines_total({"Line": [sale(1), {"DetailType": "DescriptionOnly"}]}) == 1
    assert lines_total({"Line": [sale(1), {"DetailType": "SubTotalLineDetail", "Amount": 9}]}) == 1
    assert lines_total({}) is None


# ---- clearing, names, what must be there


@pytest.mark.parametrize(
    ("name", "empty"),
    [("PrivateNote", ""), ("ClassRef", {"value": ""}), ("ShipAddr", {}), ("Line", None), ("CustomField", [])],
)
def test_nothing_is_said_by_what_quickbooks_takes_for_it(name, empty):
    if empty is None:
        with pytest.raises(Invalid, match=f"{name} of Invoice cannot be cleared"):
            cleared(INVOICE, name)
    else:
        assert cleared(INVOICE, name) == empty


@pytest.mark.parametrize(
    ("kind", "name"),
    [(ITEM, "ClassRef"), (ITEM, "Name"), (CUSTOMER, "DisplayName"), (INVOICE, "CustomerRef")],
)
def test_what_cannot_be_cleared_is_refused_by_name(kind, name):
    with pytest.raises(Invalid, match=f"{name} of {kind.name} cannot be cleared") as refusal:
        cleared(kind, name)
    assert refusal.value.element == name


def test_a_date_is_cleared_by_a_full_change_only():
    with pytest.raises(Invalid) as refusal:
        cleared(INVOICE, "DueDate")
    assert "--full" in refusal.value.advice


@pytest.mark.parametrize(
    ("type_name", "name", "told"),
    [
        ("Customer", "Ann:Bob", "the character ':'"),
        ("Vendor", "Ann\tBob", "a tab"),
        ("Item", "A\nB", "a line break"),
        ("Account", 'The "best"', "the character '\"'"),
        ("Class", "a:b", "the character ':'"),
    ],
)
def test_names_hold_no_characters_that_part_them(type_name, name, told):
    kind = record_type(type_name)
    with pytest.raises(Invalid) as refusal:
        check_name(kind, {kind.head["name"]: name})
    assert told in str(refusal.value)
    check_name(kind, {kind.head["name"]: "Ann & Bob's — 3/4"})


def test_what_must_be_there_is_named():
    assert missing(INVOICE, {"CustomerRef": {"value": "1"}}) == "Line"
    assert missing(INVOICE, {"CustomerRef": {"value": "1"}, "Line": [sale(1)]}) == ""
    assert missing(record_type("Account"), {"Name": "x"}) == "AccountType|AccountSubType"
    assert missing(ITEM, {"Name": "x", "Type": "Service"}) == "IncomeAccountRef|ExpenseAccountRef"
    assert missing(record_type("Bill"), {"PrivateNote": "x"}, "sparse") == "VendorRef"


@pytest.mark.parametrize("kind", record_types(), ids=lambda kind: kind.name)
def test_no_value_whatever_breaks_the_check_of_any_field(kind):
    """Nonsense is refused, or sent as text; it never raises anything else."""
    nonsense = (
        None, "", "x", "9" * 50, 0, -1, 10**50, Decimal("1E+60"), Decimal("-Infinity"), 1.5, True, [], {}, [None], [[]], {"value": None},
        {"value": {"value": 1}}, "2026-02-30", "\ud800", b"x", object(), {"": ""},
    )  # fmt: skip
    for name in kind.fields:
        for value in nonsense:
            try:
                completed(kind, as_sent(kind, {name: value}))
            except Invalid as error:
                assert name in str(error)
