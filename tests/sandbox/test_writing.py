"""What writes do when they are not refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tieout.protocols import exact_json

from .shop import NOON, refused


def test_a_record_comes_back_with_what_quickbooks_adds(shop):
    shop.change("Customer", shop.read("Customer", shop.customer), BillAddr={"Line1": "1 Mill St."})
    invoice = shop.invoice(shop.sold("40.00", Qty=2, UnitPrice=20))
    goods, subtotal = invoice["Line"]
    assert (goods["Id"], goods["LineNum"], goods["SalesItemLineDetail"]["TaxCodeRef"]) == (
        "1",
        1,
        {"value": "NON"},
    )
    assert goods["SalesItemLineDetail"]["ItemRef"] == {"value": shop.service, "name": "Hour"}
    assert subtotal == {"Amount": 40, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    assert invoice["CustomerRef"] == {"value": shop.customer, "name": "Ada"}
    assert invoice["BillAddr"] == {"Line1": "1 Mill St."}
    assert invoice["MetaData"]["CreateTime"] == "2026-11-22T12:00:00-08:00"
    assert {n: invoice[n] for n in ("domain", "sparse", "SyncToken", "DocNumber", "TotalAmt", "Balance")} == {
        "domain": "QBO", "sparse": False, "SyncToken": "0", "DocNumber": "1001", "TotalAmt": 40, "Balance": 40,
    }  # fmt: skip


def test_the_prepared_bytes_say_the_same(shop):
    stored = shop.company.create("Vendor", {"DisplayName": 'Çafé \\ "Zoë" ½'})
    assert exact_json.decode(stored.encoded) == stored.record


def test_readonly_fields_are_ignored(shop):
    invoice = shop.invoice(TotalAmt=5, Balance=3, MetaData={"CreateTime": "2001-01-01T00:00:00Z"}, domain="X")
    assert (invoice["TotalAmt"], invoice["Balance"], invoice["domain"]) == (100, 100, "QBO")


def test_an_id_sent_on_create_is_ignored(shop):
    assert shop.add("Class", Name="Red", Id="55", SyncToken="9")["SyncToken"] == "0"


def test_discounts_and_tax(shop):
    agency = shop.add("TaxAgency", DisplayName="State")["Id"]
    rates = [{"TaxRateName": "Sales", "RateValue": 8, "TaxAgencyId": agency, "TaxApplicableOn": "Sales"}]
    code = shop.company.tax_service({"TaxCode": "CA", "TaxRateDetails": rates})
    tax, discount = (
        {"TxnTaxCodeRef": {"value": code["TaxCodeId"]}},
        {"PercentBased": True, "DiscountPercent": 10},
    )
    invoice = shop.invoice(
        shop.sold("100.00", TaxCodeRef={"value": "TAX"}),
        shop.sold("50.00"),
        {"DetailType": "DiscountLineDetail", "DiscountLineDetail": discount},
        TxnTaxDetail=tax,
    )
    assert invoice["TxnTaxDetail"]["TotalTax"] == 8
    assert [line["Amount"] for line in invoice["Line"]] == [100, 50, 150, 15]
    assert invoice["TotalAmt"] == 143
    assert shop.out_of_balance() == 0


def test_a_subtotal_line_echoed_back_does_no_harm(shop):
    invoice = shop.invoice()
    assert shop.change("Invoice", invoice, Line=invoice["Line"])["Line"] == invoice["Line"]


def test_sparse_is_sparse_at_the_header_only(shop):
    bill = shop.bill(shop.spent("60.00", Description="March"), shop.spent("40.00"), PrivateNote="kept")
    first = {**bill["Line"][0]}
    del first["Description"]
    changed = shop.change("Bill", bill, VendorRef={"value": shop.vendor}, Line=[first])
    assert (len(changed["Line"]), changed["TotalAmt"], changed["PrivateNote"]) == (1, 60, "kept")
    assert "Description" not in changed["Line"][0]
    assert changed["Line"][0]["Id"] == bill["Line"][0]["Id"]


def test_sparse_without_lines_keeps_them(shop):
    bill = shop.bill()
    assert shop.change("Bill", bill, VendorRef={"value": shop.vendor})["Line"] == bill["Line"]


def test_sparse_needs_its_mandatory_header_fields(shop):
    bill = shop.bill()
    with refused(2020, "Required parameter VendorRef is missing in the request", element="VendorRef"):
        shop.change("Bill", bill, PrivateNote="x")
    purchase = shop.add(
        "Purchase", PaymentType="Cash", AccountRef=shop.account("Checking"), Line=[shop.spent("5.00")]
    )
    with refused(2020, "Required parameter PaymentType is missing in the request", element="PaymentType"):
        shop.change("Purchase", purchase, PrivateNote="x")
    with refused(2020, element="AccountRef"):
        shop.change("Purchase", purchase, PaymentType="Cash")


def test_empty_values_clear_and_nulls_do_not(shop):
    vendor = shop.add("Vendor", DisplayName="Wim", AcctNum="7", BillAddr={"City": "Delft"}, Notes="n")
    vendor = shop.change("Vendor", vendor, TermRef={"value": "2"})
    assert vendor["TermRef"]["name"] == "Net 10"
    vendor = shop.change("Vendor", vendor, AcctNum="", BillAddr={}, TermRef={"value": ""}, Notes=None)
    assert not {"AcctNum", "BillAddr", "TermRef"} & set(vendor)
    assert vendor["Notes"] == "n"


def test_the_terms_of_a_new_vendor_are_ignored(shop):
    assert "TermRef" not in shop.add("Vendor", DisplayName="Wim", TermRef={"value": "1"})


def test_the_class_of_an_item_cannot_be_cleared_sparsely(shop):
    class_ = shop.add("Class", Name="Red")
    item = shop.change("Item", shop.read("Item", shop.service), ClassRef={"value": class_["Id"]})
    assert shop.change("Item", item, ClassRef={"value": ""})["ClassRef"]["name"] == "Red"


def test_a_full_update_clears_what_it_leaves_out(shop):
    invoice = shop.invoice(PrivateNote="gone soon", DocNumber="X-1")
    customer = {"value": shop.customer}
    replaced = shop.replace("Invoice", invoice, CustomerRef=customer, Line=[shop.sold("7.00")])
    assert "PrivateNote" not in replaced
    assert (replaced["TotalAmt"], replaced["SyncToken"]) == (7, "1")
    assert replaced["MetaData"]["CreateTime"] == invoice["MetaData"]["CreateTime"]
    with refused(2020, element="CustomerRef"):
        shop.replace("Invoice", replaced, Line=[shop.sold("7.00")])


def test_preferences_are_merged_by_group(shop):
    preferences = shop.read("Preferences", "1")
    changed = shop.change("Preferences", preferences, SalesFormsPrefs={"CustomTxnNumbers": True})
    assert changed["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert changed["SalesFormsPrefs"]["AllowEstimates"] is True


def test_the_company_answers_to_its_realm(shop):
    assert shop.read("CompanyInfo", shop.company.realm)["CompanyName"] == "Blank Page Company"


@pytest.mark.parametrize(
    ("type_name", "field", "fields"),
    [
        ("Customer", "DisplayName", {"DisplayName": "Bo"}),
        ("Account", "Name", {"Name": "Till", "AccountType": "Bank"}),
        ("Class", "Name", {"Name": "Red"}),
        ("Term", "Name", {"Name": "Net 5", "DueDays": 5}),
    ],
)
def test_a_name_is_free_again_once_its_record_is_inactive(shop, type_name, field, fields):
    first = shop.add(type_name, **fields)
    put_away = shop.replace(type_name, first, **fields, Active=False)
    assert put_away[field] == f"{first[field]} (deleted)"
    second = shop.add(type_name, **fields)
    with refused(6240):
        shop.replace(type_name, put_away, **fields, Active=True)
    shop.replace(type_name, second, **fields, Active=False)
    assert shop.replace(type_name, put_away, **fields, Active=True)[field] == first[field]


def test_an_account_with_a_balance_can_be_put_away(shop):
    account = shop.add("Account", Name="Jar", AccountType="Bank")
    shop.add(
        "Transfer", FromAccountRef=shop.account("Checking"), ToAccountRef={"value": account["Id"]}, Amount=42
    )
    assert shop.read("Account", account["Id"])["CurrentBalance"] == 42
    gone = shop.change("Account", shop.read("Account", account["Id"]), Active=False)
    assert (gone["Name"], gone["CurrentBalance"]) == ("Jar (deleted)", 0)


def test_names_are_nested(shop):
    parent = shop.add("Customer", DisplayName="Hotel")
    child = shop.add("Customer", DisplayName="Lobby", ParentRef={"value": parent["Id"]}, Job=True)
    assert (child["FullyQualifiedName"], child["Level"], child["Job"]) == ("Hotel:Lobby", 1, True)
    shop.change("Customer", parent, DisplayName="Inn")
    child = shop.read("Customer", child["Id"])
    assert (child["FullyQualifiedName"], child["SyncToken"]) == ("Inn:Lobby", "0")


def test_five_levels_and_no_more(shop):
    above = {}
    for number in range(5):
        above = {"ParentRef": {"value": shop.add("Class", Name=f"C{number}", **above)["Id"]}}
    with refused(6180):
        shop.add("Class", Name="C5", **above)


def test_balances_change_without_moving_the_record(shop):
    before = shop.read("Customer", shop.customer)["MetaData"]
    shop.clock.advance(3600)
    shop.invoice()
    customer = shop.read("Customer", shop.customer)
    assert (customer["Balance"], customer["SyncToken"], customer["MetaData"]) == (100, "0", before)
    encoded = exact_json.decode(shop.company.read("Customer", shop.customer).encoded)
    assert encoded["Balance"] == 100


def test_the_balance_of_a_customer_with_jobs(shop):
    job = shop.add("Customer", DisplayName="Roof", ParentRef={"value": shop.customer}, Job=True)["Id"]
    shop.invoice(customer=job)
    parent = shop.read("Customer", shop.customer)
    assert (parent["Balance"], parent["BalanceWithJobs"]) == (0, 100)


def test_stock_follows_sales_and_purchases(shop):
    names = {
        "IncomeAccountRef": "Services",
        "ExpenseAccountRef": "Cost of Goods Sold",
        "AssetAccountRef": "Inventory Asset",
    }
    fields = {name: shop.account(account) for name, account in names.items()}
    fields |= {"TrackQtyOnHand": True, "QtyOnHand": 10, "InvStartDate": "2026-01-01", "PurchaseCost": 4}
    item = shop.add("Item", Name="Mug", Type="Inventory", **fields)
    sold = shop.sold("18.00", Qty=2, UnitPrice=9, ItemRef={"value": item["Id"]})
    invoice = shop.invoice(sold)
    kind = "ItemBasedExpenseLineDetail"
    shop.bill({"Amount": 20, "DetailType": kind, kind: {"ItemRef": {"value": item["Id"]}, "Qty": 5}})
    after = shop.read("Item", item["Id"])
    assert (after["QtyOnHand"], after["SyncToken"]) == (13, "0")
    shop.delete("Invoice", invoice)
    assert shop.read("Item", item["Id"])["QtyOnHand"] == 15
    assert shop.out_of_balance() == 0


def test_a_payment_settles_an_invoice_and_moves_its_token(shop):
    invoice = shop.invoice()
    shop.clock.advance(60)
    payment = shop.pay("130.00", ("Invoice", invoice, "100.00"))
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (130, 30)
    settled = shop.read("Invoice", invoice["Id"])
    assert (settled["Balance"], settled["SyncToken"]) == (0, "1")
    assert settled["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment"}]
    assert settled["MetaData"]["LastUpdatedTime"] == "2026-11-22T12:01:00-08:00"
    assert shop.balance("Customer", shop.customer) == -30


def test_a_credit_memo_is_used_by_a_payment_of_nothing(shop):
    invoice = shop.invoice()
    credit = shop.add("CreditMemo", CustomerRef={"value": shop.customer}, Line=[shop.sold("30.00")])
    shop.pay("0", ("Invoice", invoice, "30.00"), ("CreditMemo", credit, "30.00"))
    assert shop.balance("Invoice", invoice["Id"]) == 70
    assert shop.read("CreditMemo", credit["Id"])["RemainingCredit"] == 0
    assert shop.balance("Customer", shop.customer) == 70


def test_a_bill_is_paid(shop):
    bill = shop.bill()
    link = {"Amount": 60, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
    check = {"BankAccountRef": shop.account("Checking")}
    fields = {"VendorRef": {"value": shop.vendor}, "TotalAmt": 60, "PayType": "Check", "Line": [link]}
    assert shop.balance("Vendor", shop.vendor) == 60
    paid = shop.add("BillPayment", CheckPayment=check, **fields)
    bill = shop.read("Bill", bill["Id"])
    assert (bill["Balance"], bill["LinkedTxn"]) == (0, [{"TxnId": paid["Id"], "TxnType": "BillPaymentCheck"}])
    assert shop.balance("Vendor", shop.vendor) == 0
    voided = shop.void("BillPayment", paid, "operation=update&include=void").record
    assert (voided["TotalAmt"], voided["Line"], voided["PrivateNote"]) == (0, [], "Voided")
    assert shop.balance("Bill", bill["Id"]) == shop.balance("Vendor", shop.vendor) == 60


def test_an_estimate_becomes_an_invoice(shop):
    estimate = shop.add("Estimate", CustomerRef={"value": shop.customer}, Line=[shop.sold("5.00")])
    invoice = shop.invoice(LinkedTxn=[{"TxnId": estimate["Id"], "TxnType": "Estimate"}])
    closed = shop.read("Estimate", estimate["Id"])
    assert (closed["TxnStatus"], closed["LinkedTxn"]) == (
        "Closed",
        [{"TxnId": invoice["Id"], "TxnType": "Invoice"}],
    )


def test_what_lies_in_a_deposit_cannot_be_changed(shop):
    payment = shop.pay("10.00")
    line = {"Amount": 10, "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment"}]}
    deposit = shop.add("Deposit", DepositToAccountRef=shop.account("Checking"), Line=[line])
    payment = shop.read("Payment", payment["Id"])
    text = (
        "This transaction has been deposited. If you want to change or delete it, "
        "you must edit the deposit it appears on and remove it first"
    )
    with refused(6540, text):
        shop.change("Payment", payment, PrivateNote="x")
    with refused(6540, text):
        shop.delete("Payment", payment)
    shop.company.delete("Deposit", deposit)
    payment = shop.read("Payment", payment["Id"])
    assert payment["LinkedTxn"] == []
    assert shop.delete("Payment", payment)["status"] == "Deleted"


def test_some_deletes_want_the_whole_record(shop):
    transfer = shop.add(
        "Transfer", FromAccountRef=shop.account("Checking"), ToAccountRef=shop.account("Savings"), Amount=1
    )
    with refused(2020, element="FromAccountRef"):
        shop.delete("Transfer", transfer)
    assert shop.company.delete("Transfer", transfer) == {
        "domain": "QBO",
        "status": "Deleted",
        "Id": transfer["Id"],
    }


def test_a_deleted_invoice_is_gone_and_its_payment_is_unapplied(shop):
    invoice = shop.invoice()
    payment = shop.pay("100.00", ("Invoice", invoice, "100.00"))
    invoice = shop.read("Invoice", invoice["Id"])
    assert shop.delete("Invoice", invoice) == {"domain": "QBO", "status": "Deleted", "Id": invoice["Id"]}
    payment = shop.read("Payment", payment["Id"])
    assert (payment["UnappliedAmt"], payment["Line"], payment["SyncToken"]) == (100, [], "1")
    assert shop.balance("Customer", shop.customer) == -100
    with refused(610):
        shop.company.read("Invoice", invoice["Id"])


def test_a_void_keeps_the_record_without_its_amounts(shop):
    invoice = shop.invoice(shop.sold("40.00", Qty=2, UnitPrice=20), PrivateNote="two hours")
    voided = shop.void("Invoice", invoice).record
    assert (voided["TotalAmt"], voided["Balance"], voided["PrivateNote"]) == (0, 0, "Voided - two hours")
    assert voided["SyncToken"] == "1"
    assert [line["Amount"] for line in voided["Line"]] == [0, 0]
    assert voided["Line"][0]["SalesItemLineDetail"]["Qty"] == 0
    assert shop.balance("Customer", shop.customer) == 0


@pytest.mark.parametrize("way", ["operation=void", "operation=update&include=void"])
def test_payments_are_voided_in_two_ways(shop, way):
    invoice = shop.invoice()
    payment = shop.pay("100.00", ("Invoice", invoice, "100.00"))
    voided = shop.void("Payment", payment, way).record
    assert (voided["TotalAmt"], voided["UnappliedAmt"], voided["PrivateNote"]) == (0, 0, "Voided")
    assert shop.balance("Invoice", invoice["Id"]) == 100


@pytest.mark.parametrize("type_name", ["Purchase", "BillPayment", "Customer", "Transfer"])
def test_voids_that_are_refused(shop, type_name):
    with refused(500, "Operation void is not supported.", element="Operation"):
        shop.company.void(type_name, {"Id": "1", "SyncToken": "0"}, "operation=void")


def test_voiding_a_bill_is_a_system_fault_inside_http_200(shop):
    bill = shop.bill()
    text = "System Failure Error: java.lang.UnsupportedOperationException"
    with refused(10000, text, element="SystemFailureError", status=200):
        shop.void("Bill", bill)


def test_voiding_a_journal_entry_answers_nothing_and_does_nothing(shop):
    assert shop.company.void("JournalEntry", {"Id": "1", "SyncToken": "0"}, "operation=void") == {
        "BatchItemResponse": []
    }


def test_a_tax_code_with_its_rates(shop):
    agency = shop.add("TaxAgency", DisplayName="State")["Id"]
    rate = {
        "TaxRateName": "County",
        "RateValue": Decimal("1.5"),
        "TaxAgencyId": agency,
        "TaxApplicableOn": "Sales",
    }
    answer = shop.company.tax_service({"TaxCode": "Here", "TaxRateDetails": [rate]})
    assert answer["TaxRateDetails"] == [{**rate, "TaxRateId": "1"}]
    assert shop.read("TaxCode", answer["TaxCodeId"])["Name"] == "Here"
    text = (
        "The name supplied already exists. : Another tax rate is already using this name. "
        "Please use a different name. Id=1"
    )
    with refused(6240, text):
        shop.company.tax_service({"TaxCode": "There", "TaxRateDetails": [rate]})


def test_rates_of_currencies(shop):
    body = {"SourceCurrencyCode": "EUR", "AsOfDate": "2026-11-01", "Rate": Decimal("1.1")}
    shop.company.update("ExchangeRate", body)
    shop.company.update("ExchangeRate", {**body, "Rate": Decimal("1.2")})
    assert len(shop.company.books.store("ExchangeRate")) == 1
    assert shop.company.exchange_rate("EUR", "2026-11-20")["Rate"] == Decimal("1.2")
    assert shop.company.exchange_rate("EUR", "2026-10-20")["Rate"] == 1


def test_a_template_is_kept_and_posts_nothing(shop):
    invoice = {"CustomerRef": {"value": shop.customer}, "Line": [shop.sold("9.00")]}
    with refused(2020, element="RecurringInfo"):
        shop.company.create("RecurringTransaction", {"Invoice": invoice})
    stored = shop.company.create(
        "RecurringTransaction", {"Invoice": {**invoice, "RecurringInfo": {"Name": "M"}}}
    )
    assert stored.record["Invoice"]["Id"] == stored.id
    assert shop.balance("Customer", shop.customer) == 0
    assert shop.company.query("select * from RecurringTransaction").records == [stored.encoded]
    shop.company.delete("RecurringTransaction", stored.record)
    assert shop.company.query("select count(*) from RecurringTransaction").total == 0


def test_a_refusal_leaves_everything_as_it_was(shop):
    invoice = shop.invoice()
    before = {store.type: [stored.encoded for stored in store] for store in shop.company.books.stores()}
    for attempt in (
        lambda: shop.pay("5.00", ("Invoice", invoice, "500.00")),
        lambda: shop.change("Invoice", invoice, Line=[shop.sold("1.00", Qty=2, UnitPrice=3)]),
        lambda: shop.bill(shop.spent("1.00", LinkedTxn=5)),
    ):
        with pytest.raises(Exception, match=r"\d+ "):
            attempt()
    after = {store.type: [stored.encoded for stored in store] for store in shop.company.books.stores()}
    assert after == before


def test_times_never_go_back(shop):
    shop.clock.advance(-3600)
    assert shop.company.books.now() == NOON.replace(microsecond=0)
    assert shop.company.books.now() > datetime(2026, 11, 22, tzinfo=UTC)
