"""The companies that the sandbox opens, checked from outside: against the catalog, and by adding up."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tieout.catalog.rest import enums, record_type, record_types
from tieout.errors import SetupError
from tieout.protocols import exact_json
from tieout.sandbox.companies import open_company
from tieout.sandbox.company.references import BUILT_IN_ITEMS, name_of, references

NOON = datetime(2026, 11, 22, 20, tzinfo=UTC)
KINDS = {"small-shop": {}, "busy": {"invoices": 300}, "landscaping": {}, "empty": {}}


@pytest.fixture(scope="module", params=KINDS)
def company(request):
    return open_company(request.param, clock=lambda: NOON, **KINDS[request.param])


@pytest.fixture(scope="module")
def shop():
    return open_company("small-shop", clock=lambda: NOON)


def all_records(company):
    for found in record_types():
        for stored in company.books.store(found.name):
            wrapped = found.words("wraps") and next(iter(stored.record))
            yield record_type(wrapped) if wrapped else found, stored.contents


def misfits(found, shape, part, place):
    for name, value in part.items():
        declared = shape.get(name)
        if declared is None:
            yield f"{place}.{name} is not in the catalog"
            continue
        for item in value if declared.many else [value]:
            inner = found.inner(declared)
            if inner is not None:
                yield from misfits(found, inner, item, f"{place}.{name}")
            elif not fits(declared, item):
                yield f"{place}.{name} = {item!r}"


def fits(declared, value):
    kinds = {"decimal": (int, Decimal), "int": (int,), "bool": (bool,)}.get(declared.type, (str,))
    if declared.type == "enum":
        return value in enums()[declared.targets[0]]
    if declared.length is not None and len(value) > declared.length:
        return False
    return declared.type == "any" or (
        isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
    )


def test_every_record_is_in_the_catalogs_shape(company):
    wrong = [
        text
        for found, record in all_records(company)
        for text in misfits(found, found.fields, record, found.name)
    ]
    assert wrong == []


def test_every_reference_leads_somewhere_and_has_its_name(company):
    for found, record in all_records(company):
        for reference in references(found, record):
            targets = reference.declared.targets
            if targets == ("CompanyCurrency",) or reference.id in BUILT_IN_ITEMS:
                continue
            there = [r for t in targets if (r := company.books.find(t, reference.id))]
            assert there, (found.name, reference)
            if "name" in reference.value:
                assert reference.value["name"] in {name_of(record) for record in there}, (
                    found.name,
                    reference,
                )


def test_the_trial_balance_is_zero(company):
    assert sum(company.books.ledger.accounts.values()) == 0


def test_customers_owe_what_their_documents_leave_open(company):
    owed = defaultdict(Decimal)
    for type_name, field, sign in (
        ("Invoice", "Balance", 1),
        ("CreditMemo", "Balance", -1),
        ("Payment", "UnappliedAmt", -1),
    ):
        for stored in company.books.store(type_name):
            owed[stored.record["CustomerRef"]["value"]] += sign * stored.record[field]
    balances = {stored.id: stored.record["Balance"] for stored in company.books.store("Customer")}
    assert {id_: balance for id_, balance in balances.items() if balance} == {
        k: v for k, v in owed.items() if v
    }


def test_vendors_are_owed_what_is_open(company):
    owed = defaultdict(Decimal)
    for type_name, sign in (("Bill", 1), ("VendorCredit", -1)):
        for stored in company.books.store(type_name):
            owed[stored.record["VendorRef"]["value"]] += sign * stored.record["Balance"]
    balances = {stored.id: stored.record["Balance"] for stored in company.books.store("Vendor")}
    assert {id_: balance for id_, balance in balances.items() if balance} == {
        k: v for k, v in owed.items() if v
    }


def test_totals_are_the_sums_of_their_lines(company):
    for stored in company.books.store("Invoice"):
        invoice = stored.record
        total = invoice["TxnTaxDetail"]["TotalTax"]
        for line in invoice["Line"]:
            sign = {"DiscountLineDetail": -1, "SubTotalLineDetail": 0}.get(line["DetailType"], 1)
            total += sign * line.get("Amount", 0)
        assert total == invoice["TotalAmt"], stored.id


def test_links_are_told_at_both_ends(company):
    for stored in company.books.store("Invoice"):
        for linked in stored.record["LinkedTxn"]:
            if linked["TxnType"] == "Payment":
                payment = company.books.find("Payment", linked["TxnId"])
                assert stored.id in [li["TxnId"] for line in payment["Line"] for li in line["LinkedTxn"]]


def test_the_prepared_bytes_are_the_records(company):
    for store in company.books.stores():
        assert all(exact_json.decode(stored.encoded) == stored.record for stored in store), store.type


def test_a_company_is_the_same_for_the_same_seed(company):
    kind = next(
        kind for kind in KINDS if company.name == open_company(kind, clock=lambda: NOON, invoices=1).name
    )
    again = open_company(kind, clock=lambda: NOON, **KINDS[kind])
    for store in company.books.stores():
        assert [s.encoded for s in store] == [s.encoded for s in again.books.store(store.type)], store.type


def test_another_seed_makes_another_company():
    first, second = (open_company("busy", invoices=20, seed=seed, clock=lambda: NOON) for seed in (1, 2))
    assert first.query("select * from Invoice").records != second.query("select * from Invoice").records


def test_the_shop_has_everything_that_a_us_company_can_have(shop):
    elsewhere = {"ChangeOrder", "JournalCode", "TaxPayment", "TaxService"}
    empty = {store.type for store in shop.books.stores() if not len(store)}
    assert empty == elsewhere


def test_the_shop_is_no_toy(shop):
    assert len(shop.books.store("Customer")) >= 25
    assert len(shop.books.store("Account")) >= 40
    assert (
        sum(len(shop.books.store(found.name)) for found in record_types() if found.kind == "transaction")
        >= 400
    )


def test_the_shop_has_awkward_names(shop):
    names = [stored.record["DisplayName"] for stored in shop.books.store("Customer")]
    for piece in ("'", '"', "\\", "東京", "🍵", "(deleted)", "<b>"):
        assert any(piece in name for name in names), piece
    assert max(map(len, names)) == 500
    assert any(name.startswith(" ") for name in names)
    assert any(not stored.active for stored in shop.books.store("Customer"))


def test_the_shop_deals_abroad(shop):
    currencies = {stored.record["CurrencyRef"]["value"] for stored in shop.books.store("Invoice")}
    assert currencies == {"USD", "EUR"}
    abroad = [s.record for s in shop.books.store("Invoice") if s.record["CurrencyRef"]["value"] == "EUR"]
    assert all(r["HomeTotalAmt"] == round(r["TotalAmt"] * r["ExchangeRate"], 2) for r in abroad)


def test_the_shops_year_ends_now(shop):
    moments = [stored.updated for store in shop.books.stores() for stored in store]
    assert max(moments) <= NOON
    assert (NOON - max(moments)).days <= 1
    assert (NOON - min(moments)).days >= 360


def test_busy_makes_as_many_as_asked():
    company = open_company("busy", invoices=120, clock=lambda: NOON)
    assert company.query("select count(*) from Invoice").total == 120
    assert len(company.books.store("Customer")) == 20
    assert company.query("select count(*) from Item").total == 200


def test_the_next_invoice_of_busy_follows_on():
    company = open_company("busy", invoices=5, clock=lambda: NOON)
    sample = company.read("Invoice", "2").record
    lines = [line for line in sample["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    made = company.create("Invoice", {"CustomerRef": sample["CustomerRef"], "Line": lines}).record
    assert (made["DocNumber"], made["TotalAmt"]) == ("1006", sample["TotalAmt"])


def test_a_busy_invoice_can_be_changed_and_deleted():
    company = open_company("busy", invoices=30, clock=lambda: NOON)
    paid = company.read("Invoice", "1").record
    company.void("Invoice", {"Id": "1", "SyncToken": paid["SyncToken"]}, "operation=void")
    company.delete("Invoice", {"Id": "2", "SyncToken": "0"})
    assert sum(company.books.ledger.accounts.values()) == 0
    test_customers_owe_what_their_documents_leave_open(company)


def test_a_company_that_does_not_exist():
    with pytest.raises(SetupError, match="Did you mean busy"):
        open_company("buzy")


@pytest.mark.parametrize(
    ("country", "currency", "code"), [("GB", "GBP", "20.0% S"), ("CA", "CAD", "HST ON"), ("AU", "AUD", "GST")]
)
def test_a_company_abroad_has_its_country_s_currency_taxes_and_reports(country, currency, code):
    company = open_company("busy", invoices=40, clock=lambda: NOON, country=country)
    assert company.read("CompanyInfo", "1").record["Country"] == country
    assert code in {stored.record["Name"] for stored in company.books.store("TaxCode")}
    assert {stored.contents["CurrencyRef"]["value"] for stored in company.books.store("Invoice")} == {
        currency
    }
    assert sum(company.books.ledger.accounts.values()) == 0
    written = company.update(
        "Invoice",
        {"sparse": True, "Id": "1", "SyncToken": company.read("Invoice", "1").contents["SyncToken"]},
    )
    kept = open_company("busy", invoices=40, clock=lambda: NOON, country=country).read("Invoice", "1")
    assert {**written.contents, "SyncToken": "", "MetaData": ""} == {
        **kept.contents,
        "SyncToken": "",
        "MetaData": "",
    }


@pytest.mark.parametrize(
    ("kind", "country", "told"),
    [
        ("small-shop", "GB", "is in the United States"),
        ("landscaping", "CA", "is in the United States"),
        ("empty", "FR", "no companies in 'FR'"),
        ("empty", "UK", "no companies in 'UK'"),
    ],
)
def test_a_company_that_cannot_be_there_is_refused(kind, country, told):
    with pytest.raises(SetupError, match=told):
        open_company(kind, country=country)
