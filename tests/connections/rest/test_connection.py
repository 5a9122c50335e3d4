"""The connection over its real wire, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tieout.catalog.rest import record_type
from tieout.connections.rest import address_of, sign_in_at_sandbox
from tieout.connections.rest.oauth import identity_of
from tieout.errors import (
    NotFound,
    RemoteProtocolError,
    SetupError,
    TieoutError,
    Unauthorized,
    Unreachable,
)
from tieout.operations import Query, holds
from tieout.protocols import exact_json
from tieout.protocols.query_language import parse_where
from tieout.sandbox.server import Sandbox, running_sandbox


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """A company that no test of this file changes."""
    with running_sandbox("small-shop") as sandbox:
        yield sandbox


@pytest.fixture
def books(shop, connect):
    return connect(shop)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox("empty") as sandbox:
        yield sandbox


def records_of(sandbox: Sandbox, name: str) -> list[dict[str, Any]]:
    return [exact_json.decode(stored.encoded) for stored in sandbox.company.books.store(name).everything()]


def read(books, name: str, where: str | None = None, **settings) -> list[dict[str, Any]]:
    predicate = parse_where(where, record_type(name)) if where else None
    pages = books.read(Query((name,), predicate, **settings))
    return [record for page in pages for record in page.records()]


def test_check_says_whose_books_they_are(shop, books):
    health = books.check()
    assert health.company == shop.company.name
    assert health.details["company_id"] == shop.realm
    assert health.details["reads_this_month"] == 1
    assert health.details["sign_in_ends"] > health.details["signed_in_at"]
    assert health.details["minor_version"] == "75"


def test_check_notes_how_an_old_minor_version_is_served(shop, connect):
    details = connect(shop, minor_version=65).check().details
    assert details["minor_version"] == "65 (Intuit serves it as 75)"


def test_every_type_that_can_be_queried_is_served(books):
    assert "Invoice" in books.types()
    assert "TaxService" not in books.types()


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("Invoice", "TotalAmt > 500 AND TxnDate >= '2026-03-01'"),
        ("Invoice", "Balance > 0 OR TotalAmt < 100"),
        ("Invoice", "NOT (TotalAmt BETWEEN 100 AND 900) AND Balance != 0"),
        ("Invoice", "DueDate IS NULL"),
        ("Invoice", "CustomerMemo.value LIKE '%a%' AND TotalAmt > 10"),
        ("Customer", "DisplayName LIKE '%''%'"),
        ("Customer", "DisplayName LIKE '%\\\\%'"),
        ("Customer", "Active = false"),
        ("Customer", "Active = false OR Balance > 0"),
        ("Item", "Type IN ('Service', 'Inventory') AND UnitPrice >= 10"),
        ("Account", "AccountType = 'Bank'"),
    ],
)
def test_a_predicate_means_what_it_says_wherever_it_runs(shop, books, name, where):
    predicate = parse_where(where, record_type(name))
    everything = records_of(shop, name)
    expected = {record["Id"] for record in everything if holds(predicate, record) is True}
    assert {record["Id"] for record in read(books, name, where)} == expected
    assert books.count(name, predicate) == len(expected)


def test_awkward_names_are_found_by_their_own_text(shop, books):
    for customer in records_of(shop, "Customer"):
        text = customer["DisplayName"].replace("\\", "\\\\").replace("'", "\\'")
        found = read(books, "Customer", f"DisplayName = '{text}'")
        assert customer["Id"] in [each["Id"] for each in found]


def test_inactive_records_are_read_too(shop, books):
    inactive = {record["Id"] for record in records_of(shop, "Customer") if not record["Active"]}
    assert inactive
    assert inactive <= {record["Id"] for record in read(books, "Customer")}
    assert inactive.isdisjoint(record["Id"] for record in read(books, "Customer", "Active = true"))


def test_filtered_pages_agree_in_both_views(books):
    predicate = parse_where("Balance != 0 OR TotalAmt < 100", record_type("Invoice"))
    for page in books.read(Query(("Invoice",), predicate)):
        ids = [record["Id"] for record in page.records()]
        assert ids
        assert page.tables()["invoice"].column("id").to_pylist() == ids
        assert set(page.tables()["invoice_line"].column("invoice_id").to_pylist()) <= set(ids)


def test_only_the_fields_asked_for_arrive(books):
    found = read(books, "Invoice", fields=("Id", "CustomerRef.value", "TotalAmt"), limit=3)
    assert [set(record) for record in found] == [{"Id", "CustomerRef", "TotalAmt"}] * 3
    assert all(isinstance(record["TotalAmt"], Decimal | int) for record in found)


def test_the_order_asked_for_is_kept(books):
    totals = [record["TotalAmt"] for record in read(books, "Invoice", order=(("TotalAmt", True),))]
    assert totals == sorted(totals, reverse=True)


@pytest.mark.parametrize("where", [None, "TotalAmt > 0", "TotalAmt > 0 OR Balance > 0"])
def test_a_limit_is_a_limit(shop, books, where):
    shop.control.forget_requests()
    assert len(read(books, "Invoice", where, limit=7)) == 7
    assert len([call for call in shop.control.requests if "query" in call.path]) == 1


def test_a_limit_counts_over_all_types(books):
    pages = books.read(Query(("Term", "Invoice", "Bill"), limit=9))
    assert sum(len(page.records()) for page in pages) == 9


def test_pages_follow_each_other_without_gap_or_overlap(connect):
    with running_sandbox("busy", invoices=2500) as sandbox:
        ids = [record["Id"] for record in read(connect(sandbox), "Invoice")]
        assert len(ids) == 2500
        assert ids == [record["Id"] for record in records_of(sandbox, "Invoice")]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (Query(("Invoyce",)), "Did you mean Invoice"),
        (Query(("Invoice",), fields=("TotalAmnt",)), "Did you mean TotalAmt"),
        (Query(("Invoice",), order=(("Balances", False),)), "Did you mean Balance"),
        (Query(("Invoice",), order=(("PrivateNote", False),)), "order of PrivateNote"),
        (Query(("TaxService",)), "be queried"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(books, query, text):
    with pytest.raises(SetupError, match=text):
        list(books.read(query))
    assert books.requests_made == 0


def test_get_reads_one_record(shop, books):
    invoice = records_of(shop, "Invoice")[0]
    assert books.get("Invoice", invoice["Id"]) == invoice
    assert books.get("CompanyInfo", "")["CompanyName"] == shop.company.name
    assert "SalesFormsPrefs" in books.get("Preferences", "1")


def test_get_says_when_there_is_none(books):
    with pytest.raises(NotFound, match="610"):
        books.get("Invoice", "999999")


def test_counts_of_all_types_cost_two_requests(shop, books):
    counts = books.count_many(books.types())
    assert counts["Customer"] == len(records_of(shop, "Customer"))
    assert counts["Invoice"] == books.count("Invoice")
    assert books.requests_made == 3


def test_raw_sends_what_you_like(sandbox, connect):
    books = connect(sandbox)
    made = books.raw("POST", "customer", exact_json.encode({"DisplayName": "Ada"}))
    customer = exact_json.decode(made.body)["Customer"]
    again = books.raw("GET", f"/v3/company/{sandbox.realm}/customer/{customer['Id']}")
    assert exact_json.decode(again.body)["Customer"]["DisplayName"] == "Ada"


def test_reads_are_metered_requests_are_counted(sandbox, connect):
    books = connect(sandbox)
    sandbox.control.forget_requests()
    sandbox.control.add_faults([{"on": "query", "do": "503"}])
    books.count("Customer")
    assert books.requests_made == len(sandbox.control.requests) == 2
    assert books.check().details["reads_this_month"] == 2


@pytest.mark.parametrize("deed", ["throttle", "401", "500", "503", "reset", "truncate"])
def test_a_read_survives(sandbox, connect, deed):
    sandbox.control.add_faults(
        [{"on": "query", "do": deed, **({"seconds": 0} if deed == "throttle" else {})}]
    )
    assert connect(sandbox).count("Invoice") == 0


@pytest.mark.parametrize(
    ("deed", "error", "text"),
    [
        ("503", Unreachable, "503"),
        ("reset", Unreachable, "broke off"),
        ("truncate", TieoutError, "cut off|broke off"),
        ("not-json", RemoteProtocolError, "HTTP 200"),
        ("huge", RemoteProtocolError, "more than 134,217,728 bytes"),
        ("fault-200", TieoutError, "code"),
    ],
)
def test_trouble_that_stays_is_told(sandbox, connect, deed, error, text):
    sandbox.control.add_faults([{"on": "query", "do": deed, "times": "always"}])
    with pytest.raises(error, match=text):
        connect(sandbox).count("Invoice")


def test_expired_tokens_are_renewed_on_the_way(sandbox, connect):
    books = connect(sandbox)
    sandbox.control.rotate_always()
    for _ in range(3):
        sandbox.control.expire_tokens()
        assert books.count("Invoice") == 0


def test_two_connections_share_a_sign_in(sandbox, connect):
    books, other = connect(sandbox), connect(sandbox)
    sandbox.control.rotate_always()
    for each in (books, other, books, other):
        sandbox.control.expire_tokens()
        assert each.count("Invoice") == 0


def test_a_revoked_sign_in_asks_for_a_person(sandbox, connect):
    books = connect(sandbox)
    sandbox.control.revoke_tokens()
    with pytest.raises(Unauthorized) as caught:
        books.count("Invoice")
    assert caught.value.advice == "Sign in again with `tieout connect books`."


def test_a_company_nobody_signed_in_to(sandbox, connect):
    with pytest.raises(Unauthorized, match=f"There are sign-ins for {sandbox.realm}"):
        connect(sandbox, company="123").count("Invoice")


def test_a_company_that_is_not_ours(connect, vault):
    with running_sandbox(["empty", "small-shop"]) as sandbox:
        ours, theirs = sandbox.companies
        signed_in = sign_in_at_sandbox(sandbox.base_url, company=ours)
        signed_in.keep(vault)
        vault.write(identity_of(sandbox.base_url, theirs), vault.read(identity_of(sandbox.base_url, ours)))
        with pytest.raises(Unauthorized) as caught:
            connect(sandbox, company=theirs).check()
    assert "heck `company`" in caught.value.advice


def test_a_sandbox_that_is_not_there():
    with pytest.raises(Unreachable, match="cannot be reached"):
        sign_in_at_sandbox("http://127.0.0.1:9")


def test_a_company_the_sandbox_has_not(sandbox):
    with pytest.raises(SetupError, match=f"has no company 5; it has {sandbox.realm}"):
        sign_in_at_sandbox(sandbox.base_url, company="5")


def test_addresses():
    assert address_of() == "https://quickbooks.api.intuit.com"
    assert address_of("sandbox") == "https://sandbox-quickbooks.api.intuit.com"
    assert address_of(base_url="http://127.0.0.1:5/") == "http://127.0.0.1:5"
    for wrong in ({"environment": "prodution"}, {"base_url": "localhost:80"}, {"base_url": "ftp://x"}):
        with pytest.raises(SetupError):
            address_of(**wrong)
