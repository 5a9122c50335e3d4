"""Each rule, with the recorded text where there is one."""

from decimal import Decimal

import pytest

from .shop import abroad, refused

PARSE = "Property Name:failed to parse json object; a property specified is unsupported or invalid"
GONE = (
    "Object Not Found : Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)


def test_an_unknown_property(shop):
    with refused(2010, PARSE, element="Colour"):
        shop.add("Customer", DisplayName="Bo", Colour="red")


def test_a_line_of_a_purchase_takes_no_department(shop):
    line = shop.spent("5.00")
    line["AccountBasedExpenseLineDetail"]["DepartmentRef"] = {"value": "1"}
    with refused(2010, PARSE):
        shop.add("Purchase", PaymentType="Cash", AccountRef=shop.account("Checking"), Line=[line])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"BillAddr": "12 Main St"}, 2010),
        ({"DisplayName": ["Bo"]}, 2010),
        ({"DisplayName": "B" * 501}, 2050),
        ({"Taxable": "perhaps"}, 2230),
        ({"OpenBalanceDate": "22.11.2026"}, 2060),
        ({"OpenBalanceDate": "2026-02-30"}, 2070),
        ({"OpenBalanceDate": "0000-01-01"}, 2070),
        ({"JobInfo": {"Status": "Lost"}}, 2170),
    ],
)
def test_values_of_the_wrong_kind(shop, fields, code):
    with refused(code):
        shop.add("Customer", **{"DisplayName": "Bo", **fields})


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("ten", 2100),
        (True, 2100),
        ("1E+400", 2110),
        ("NaN", 2110),
        (Decimal("1E+40"), 2110),
        (Decimal("1E+11"), 2140),
    ],
)
def test_amounts_that_are_none(shop, amount, code):
    line = shop.sold("1.00") | {"Amount": amount}
    with refused(code):
        shop.invoice(line)


def test_a_number_as_text_is_read(shop):
    assert shop.invoice(shop.sold("1.00") | {"Amount": "12.50"})["TotalAmt"] == Decimal("12.50")


def test_a_document_number_too_long(shop):
    text = "String length specified does not match the supported length. Min:0 Max:21 supported. Supplied length:45"
    with refused(2050, text, element="DocNumber"):
        shop.invoice(DocNumber="9" * 45)


@pytest.mark.parametrize(
    ("type_name", "fields", "name"),
    [
        ("Item", {"Type": "Service"}, "Name"),
        ("Invoice", {"Line": []}, "CustomerRef"),
        ("Purchase", {"Line": [{}]}, "PaymentType"),
        ("Bill", {"Line": [{}]}, "VendorRef"),
        ("Transfer", {"Amount": 1}, "FromAccountRef"),
        ("TimeActivity", {"NameOf": "Employee", "Hours": 1}, "EmployeeRef"),
    ],
)
def test_a_required_field(shop, type_name, fields, name):
    with refused(2020, f"Required parameter {name} is missing in the request", element=name):
        shop.add(type_name, **fields)


def test_nothing_at_all(shop):
    with refused(6080):
        shop.add("Customer")
    with refused(2020, element="CustomerRef"):
        shop.add("Invoice")


def test_a_line_says_of_what_kind_it_is(shop):
    text = "Required parameter Line.DetailType is missing in the request"
    with refused(2020, text, element="Line.DetailType"):
        shop.add("SalesReceipt", Line=[{"Amount": 1}])
    with refused(2020, element="Line.Amount"):
        shop.add("SalesReceipt", Line=[{"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}])


@pytest.mark.parametrize(
    ("field", "table"), [("CustomerRef", "Names"), ("DepartmentRef", "Depts"), ("SalesTermRef", "Terms")]
)
def test_a_reference_to_nothing(shop, field, table):
    fields = {"CustomerRef": {"value": shop.customer}, "Line": [shop.sold("1.00")], field: {"value": "707"}}
    with refused(2500, f"Invalid Reference Id : {table} element id 707 not found"):
        shop.add("Invoice", **fields)


def test_a_reference_to_an_account_that_is_not_there(shop):
    line = shop.spent("1.00")
    line["AccountBasedExpenseLineDetail"]["AccountRef"] = {"value": "7000"}
    with refused(2500, "Invalid Reference Id : Accounts element id 7000 not found"):
        shop.bill(line)


def test_a_reference_to_an_inactive_record(shop):
    customer = shop.add("Customer", DisplayName="Bo")
    shop.change("Customer", customer, Active=False)
    with refused(610, GONE):
        shop.invoice(customer=customer["Id"])


def test_a_record_keeps_references_that_became_inactive(shop):
    item = shop.read("Item", shop.service)
    invoice = shop.invoice()
    shop.change("Item", item, Name="Hour", Type="Service", Active=False)
    assert shop.change("Invoice", invoice, PrivateNote="x")["PrivateNote"] == "x"


def test_reading_what_is_not_there(shop):
    with refused(610, GONE):
        shop.company.read("Invoice", "99")


def test_a_stale_token(shop):
    invoice = shop.invoice()
    shop.change("Invoice", invoice, PrivateNote="first")
    text = (
        "Stale Object Error : You and Robin Hale were working on this at the same time. "
        "Robin Hale finished before you did, so your work was not saved."
    )
    for write in (shop.change, shop.replace):
        with refused(5010, text):
            write("Invoice", invoice, PrivateNote="second")
    with refused(5010, text):
        shop.delete("Invoice", invoice)
    with refused(5010, text):
        shop.void("Invoice", invoice)


def test_names_are_unique_across_three_lists(shop):
    text = (
        "The name supplied already exists. : Another customer, vendor or employee is already using this name. "
        f"Please use a different name. Id={shop.customer}"
    )
    for type_name in ("Customer", "Vendor"):
        with refused(6240, text):
            shop.add(type_name, DisplayName="ADA")
    with refused(6240, text):
        shop.add("Employee", GivenName="Ada")


@pytest.mark.parametrize(
    ("type_name", "fields"),
    [
        ("Item", {"Name": "hour", "Type": "Category"}),
        ("Account", {"Name": "rent", "AccountType": "Expense"}),
        ("Term", {"Name": "net 30", "DueDays": 3}),
    ],
)
def test_names_are_unique_within_their_list(shop, type_name, fields):
    with refused(6240):
        shop.add(type_name, **fields)


@pytest.mark.parametrize("name", ["a:b", "a\tb", "a\nb", "   "])
def test_names_on_one_line_without_colons(shop, name):
    with refused(2040):
        shop.add("Vendor", DisplayName=name)


def test_account_names_take_no_quotes(shop):
    with refused(2040):
        shop.add("Account", Name='The "Till"', AccountType="Bank")


def test_an_account_has_a_type(shop):
    with refused(6010):
        shop.add("Account", Name="Till")


def test_a_sub_account_is_of_its_parents_type(shop):
    text = (
        "Business Validation Error: For subaccounts, you must select the same account type as their parent."
    )
    with refused(6000, text):
        shop.add("Account", Name="Till", AccountType="Bank", ParentRef=shop.account("Rent"))


def test_a_document_number_taken_by_another_sales_form(shop):
    invoice = shop.invoice(DocNumber="A-7")
    text = (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        f"DocNumber=A-7 is assigned to TxnType=Invoice with TxnId={invoice['Id']}"
    )
    with refused(6140, text):
        shop.invoice(DocNumber="A-7")
    with refused(6140, text):
        shop.add(
            "CreditMemo", CustomerRef={"value": shop.customer}, Line=[shop.sold("1.00")], DocNumber="A-7"
        )


def test_a_document_number_may_be_taken_when_allowed(shop):
    shop.invoice(DocNumber="A-7")
    assert shop.invoice(DocNumber="A-7", include={"allowduplicatedocnum"})["DocNumber"] == "A-7"
    preferences = shop.read("Preferences", "1")
    shop.change("Preferences", preferences, SalesFormsPrefs={"CustomTxnNumbers": True})
    assert shop.invoice(DocNumber="A-7")["DocNumber"] == "A-7"
    assert "DocNumber" not in shop.invoice()


def test_the_number_of_a_deleted_document_is_free(shop):
    shop.delete("Invoice", shop.invoice(DocNumber="A-7"))
    assert shop.invoice(DocNumber="A-7")["DocNumber"] == "A-7"


def test_the_amount_is_the_product_to_the_cent(shop):
    text = "Amount is not equal to UnitPrice * Qty. Supplied value:1,000"
    with refused(6070, text, element="Line.Amount"):
        shop.invoice(shop.sold("1000.00", Qty=10, UnitPrice=Decimal("99.99")))
    with refused(6070, "Amount is not equal to UnitPrice * Qty. Supplied value:3.33"):
        shop.invoice(shop.sold("3.33", Qty=Decimal("3.333"), UnitPrice=Decimal("1.001")))
    assert shop.invoice(shop.sold("3.34", Qty=Decimal("3.335"), UnitPrice=1))["TotalAmt"] == Decimal("3.34")


def test_debits_equal_credits(shop):
    sides = [("Debit", "Rent", "10.00"), ("Credit", "Checking", "9.99")]
    with refused(2300):
        shop.add("JournalEntry", Line=[journal(shop, *side) for side in sides])


@pytest.mark.parametrize(
    ("account", "who"), [("Accounts Receivable (A/R)", "customer"), ("Accounts Payable (A/P)", "vendor")]
)
def test_receivables_and_payables_have_a_name(shop, account, who):
    of = {"customer": "Receivable", "vendor": "Payable"}[who]
    text = (
        f"Business Validation Error: When you use Accounts {of}, you must choose a {who} in the Name field."
    )
    with refused(6000, text):
        shop.add(
            "JournalEntry", Line=[journal(shop, "Debit", account, "1"), journal(shop, "Credit", "Rent", "1")]
        )


def journal(shop, side, account, amount):
    part = {"PostingType": side, "AccountRef": shop.account(account)}
    return {"Amount": Decimal(amount), "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": part}


def test_us_lines_know_two_tax_codes(shop):
    agency = shop.add("TaxAgency", DisplayName="State")["Id"]
    rate = {"TaxRateName": "Sales", "RateValue": 8, "TaxAgencyId": agency}
    code = shop.company.tax_service({"TaxCode": "CA", "TaxRateDetails": [rate]})["TaxCodeId"]
    with refused(6100):
        shop.invoice(shop.sold("1.00", TaxCodeRef={"value": code}))


def test_an_attachable_has_a_note_or_content(shop):
    with refused(6000, "You must have at least a note string or file attachment"):
        shop.add("Attachable", Category="Other")


def test_other_currencies_need_the_feature(shop):
    with refused(5030):
        shop.invoice(CurrencyRef={"value": "EUR"})


def test_record_types_of_other_countries(shop):
    with refused(5030):
        shop.add("JournalCode", Name="VT")


def test_lists_are_not_deleted(shop):
    with refused(500, "Operation delete is not supported.", element="Operation"):
        shop.company.delete("Customer", {"Id": shop.customer, "SyncToken": "0"})


def test_a_customer_with_a_balance_stays_active(shop):
    shop.invoice()
    customer = shop.read("Customer", shop.customer)
    with refused(6220):
        shop.change("Customer", customer, Active=False)


def test_more_than_is_open_cannot_be_applied(shop):
    invoice = shop.invoice()
    with refused(6000):
        shop.pay("101.00", ("Invoice", invoice, "101.00"))
    with refused(6000):
        shop.pay("10.00", ("Invoice", invoice, "11.00"))
    with refused(620):
        shop.pay("10.00", ("Invoice", {"Id": "77"}, "10.00"))
    assert shop.read("Invoice", invoice["Id"])["SyncToken"] == "0"


def test_a_transaction_has_only_so_many_lines(shop):
    taxed, plain = shop.sold("1.00", TaxCodeRef={"value": "TAX"}), shop.sold("1.00")
    assert shop.invoice(*[plain] * 10_000)["TotalAmt"] == 10_000
    assert shop.invoice(*[taxed] * 750)["TotalAmt"] == 750
    with refused(6000, element="Line"):
        shop.invoice(*[plain] * 10_001)
    with refused(6000, element="Line"):
        shop.invoice(*[plain] * 750, taxed)


@pytest.mark.parametrize("country", ["CA", "GB"])
def test_items_have_both_accounts_in_canada_and_the_united_kingdom(shop, country):
    one_account = {"Name": "Half", "Type": "Service", "IncomeAccountRef": shop.account("Services")}
    there = abroad(country)
    with refused(2020, element="ExpenseAccountRef"):
        there.add("Item", **one_account)
    there.add("Item", **one_account, ExpenseAccountRef=there.account("Rent"))
    shop.add("Item", **one_account)
