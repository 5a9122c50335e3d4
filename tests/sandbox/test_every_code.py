"""Every fault code of Intuit's table: provoked by what a client sends, or listed with the reason why it cannot be.

Where Intuit has published no more than a code and its name, what leads to it is the sandbox's own choice.
"""

from decimal import Decimal

import pytest

from tieout.catalog.faults import fault_facts
from tieout.sandbox.company.refusals import Refusal
from tieout.sandbox.server import running_sandbox

from .doors.clients import fault, gateway_fault, signed_in
from .shop import abroad, refused

NOT_PROVOKED = {
    "0": "it is the code of success",
    "100": "of OAuth 1; today's gateway says 3200",
    "110": "of OAuth 1; today's gateway says 3200",
    "120": "of OAuth 1; today's gateway says 3100",
    "130": "Intuit moves companies between clusters, a client does not",
    "140": "Intuit locks a company out",
    "150": "Intuit maintains a company",
    "1000": "what QuickBooks says when it does not know what failed",
    "1010": "what QuickBooks says when it does not know what failed",
    "1020": "what QuickBooks says when it does not know what failed",
    "2180": "no field is known whose range of texts is refused with it",
    "3201": "named by one client's documentation; no request is known that gets it",
    "3202": "of OAuth 1: an empty field in its header",
    "4002": "no statement is known that parses, is valid, and cannot be processed",
    "5000": "no field of minor version 75 is known to be refused as deprecated",
    "6020": "HTTP servers refuse such a request before QuickBooks sees it",
    "6110": "needs Intuit's merchant service",
    "6120": "needs Intuit's merchant service",
    "6460": "needs Intuit's merchant service",
    "10200": "Intuit resets a company",
}
"""Codes that no request of a client leads to here."""
PROVOKED = {}


def provokes(code):
    """The function sends what is refused with this code."""

    def register(function):
        PROVOKED.setdefault(str(code), []).append(function)
        return function

    return register


@provokes(500)
def delete_a_list_record(shop):
    shop.company.delete("Customer", {"Id": shop.customer, "SyncToken": "0"})


@provokes(500)
def void_a_purchase(shop):
    shop.void("Purchase", shop.purchase())


@provokes(610)
def read_what_is_not_there(shop):
    shop.company.read("Invoice", "999")


@provokes(610)
def name_an_inactive_record(shop):
    shop.change("Item", shop.read("Item", shop.service), Active=False)
    shop.invoice()


@provokes(620)
def pay_the_invoice_of_another_customer(shop):
    other = shop.add("Customer", DisplayName="Bo")["Id"]
    shop.pay("100.00", ("Invoice", shop.invoice(customer=other), "100.00"))


@provokes(620)
def deposit_what_went_to_the_bank(shop):
    bank = {"DepositToAccountRef": shop.account("Checking")}
    payment = shop.add("Payment", CustomerRef={"value": shop.customer}, TotalAmt=5, **bank)
    shop.deposit(payment)


@provokes(620)
def deposit_a_part_of_a_payment(shop):
    shop.deposit({**shop.pay("10.00"), "TotalAmt": Decimal("9.00")})


@provokes(630)
def list_a_currency_twice(shop):
    for _ in range(2):
        shop.add("CompanyCurrency", Code="EUR")


@provokes(700)
def put_an_item_below_a_service(shop):
    income = shop.account("Services")
    shop.add("Item", Name="Part", Type="Service", IncomeAccountRef=income, ParentRef={"value": shop.service})


@provokes(800)
def delete_time_that_was_invoiced(shop):
    time = shop.hours(Hours=1)
    shop.invoice(LinkedTxn=[{"TxnId": time["Id"], "TxnType": "TimeActivity"}])
    shop.delete("TimeActivity", shop.read("TimeActivity", time["Id"]))


@provokes(900)
def put_a_class_below_itself(shop):
    outer = shop.add("Class", Name="Outer")
    inner = shop.add("Class", Name="Inner", ParentRef={"value": outer["Id"]})
    shop.change("Class", outer, ParentRef={"value": inner["Id"]})


@provokes(2010)
def send_an_unknown_property(shop):
    shop.add("Customer", DisplayName="Bo", Colour="red")


@provokes(2020)
def leave_out_the_customer(shop):
    shop.add("Invoice", Line=[shop.sold("1.00")])


@provokes(2030)
def read_by_a_word(shop):
    shop.company.read("Invoice", "abc")


@provokes(2030)
def update_by_a_word(shop):
    shop.change("Invoice", {"Id": "1/2", "SyncToken": "0"}, PrivateNote="x")


@provokes(2040)
def name_with_a_colon(shop):
    shop.add("Vendor", DisplayName="a:b")


@provokes(2040)
def letters_outside_of_latin_1(shop):
    shop.add("Vendor", DisplayName="東京")


@provokes(2050)
def number_a_document_at_length(shop):
    shop.invoice(DocNumber="9" * 22)


@provokes(2050)
def number_an_account_at_length(shop):
    shop.add("Account", Name="Jar", AccountType="Bank", AcctNum="12345678")


@provokes(2060)
def write_a_date_another_way(shop):
    shop.invoice(TxnDate="22.11.2026")


@provokes(2070)
def name_a_day_there_is_not(shop):
    shop.invoice(TxnDate="2026-02-30")


@provokes(2080)
def spell_a_whole_number(shop):
    shop.add("Term", Name="Late", DueDays="ten")


@provokes(2090)
def split_a_whole_number(shop):
    shop.add("Term", Name="Late", DueDays=Decimal("1.5"))


@provokes(2100)
def spell_an_amount(shop):
    shop.invoice(shop.sold("1.00") | {"Amount": "ten"})


@provokes(2110)
def send_no_number(shop):
    shop.invoice(shop.sold("1.00") | {"Amount": "NaN"})


@provokes(2120)
def pay_an_invoice_as_if_it_were_somebody(shop):
    shop.purchase(EntityRef={"value": "1", "type": "Invoice"})


@provokes(2140)
def sell_for_more_than_there_is(shop):
    shop.invoice(shop.sold("100000000000.00"))


@provokes(2150)
def give_more_than_all_as_a_discount(shop):
    part = {"PercentBased": True, "DiscountPercent": 101}
    shop.invoice(shop.sold("1.00"), {"DetailType": "DiscountLineDetail", "DiscountLineDetail": part})


@provokes(2160)
def begin_with_less_than_nothing(shop):
    shop.goods("Mug", cost="4.00", on_hand=-1)


@provokes(2170)
def pay_by_a_way_there_is_not(shop):
    shop.purchase(PaymentType="Barter")


@provokes(2190)
def budget_backwards(shop):
    shop.budget("Rent", first="2026-12-01", last="2026-01-01")


@provokes(2200)
def send_a_website_that_is_none(shop):
    shop.add("Customer", DisplayName="Bo", WebAddr={"URI": "not a site"})


@provokes(2210)
def send_an_email_address_that_is_none(shop):
    shop.add("Customer", DisplayName="Bo", PrimaryEmailAddr={"Address": "bo.example.com"})


@provokes(2220)
def pay_in_a_currency_that_is_none(shop):
    shop.invoice(CurrencyRef={"value": "euro"})


@provokes(2230)
def say_perhaps(shop):
    shop.add("Customer", DisplayName="Bo", Taxable="perhaps")


@provokes(2240)
def pay_on_the_32nd(shop):
    shop.add("Term", Name="Late", DayOfMonthDue=32)


@provokes(2250)
def enter_nothing(shop):
    entry = shop.journal()
    shop.change("JournalEntry", entry, Line=[])


@provokes(2260)
def post_on_neither_side(shop):
    line = shop.journal_line("Debit", "Rent", "1.00")
    del line["JournalEntryLineDetail"]["PostingType"]
    shop.add("JournalEntry", Line=[line])


@provokes(2270)
def tax_a_journal_entry_on_neither_side(_shop):
    there = abroad()
    there.journal(TaxCodeRef={"value": "1"})


@provokes(2280)
def tax_a_journal_entry_by_nothing(_shop):
    there = abroad()
    there.journal(TaxCodeRef={"value": "1"}, TaxApplicableOn="Purchase")


@provokes(2290)
def receive_less_than_nothing(shop):
    shop.pay("-1.00")


@provokes(2300)
def enter_more_on_one_side(shop):
    lines = [shop.journal_line("Debit", "Rent", "10.00"), shop.journal_line("Credit", "Checking", "9.99")]
    shop.add("JournalEntry", Line=lines)


@provokes(2500)
def name_a_record_there_is_not(shop):
    shop.invoice(customer="707")


@provokes(2600)
def count_in_two_ways(shop):
    part = {"ItemRef": {"value": shop.goods("Mug", cost="4.00")}, "QtyDiff": 1, "NewQty": 5}
    line = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": part}
    account = shop.account("Cost of Goods Sold")
    shop.add("InventoryAdjustment", TxnDate="2026-11-01", AdjustAccountRef=account, Line=[line])


@provokes(3000)
def fill_in_a_field_there_is_not(shop):
    shop.invoice(CustomField=[{"DefinitionId": "9", "Type": "StringType", "StringValue": "x"}])


@provokes(4000)
def ask_what_cannot_be_read(shop):
    shop.company.query("select * from Invoice where")


@provokes(4001)
def ask_for_what_cannot_be_asked(shop):
    shop.company.query("select * from Invoice where PrivateNote = 'x'")


@provokes(5010)
def change_what_has_changed(shop):
    invoice = shop.invoice()
    for note in ("first", "second"):
        shop.change("Invoice", invoice, PrivateNote=note)


@provokes(5020)
def order_in_a_small_subscription(shop):
    shop.flag("OfferingSku", "QuickBooks Online Essentials")
    shop.add("Class", Name="Red")


@provokes(5030)
def sell_in_euros_without_the_feature(shop):
    shop.invoice(CurrencyRef={"value": "EUR"})


@provokes(6000)
def attach_nothing(shop):
    shop.add("Attachable", Category="Other")


@provokes(6000)
def sell_without_a_vat_rate(_shop):
    there = abroad()
    there.invoice(there.sold("1.00"))


@provokes(6000)
def sell_to_a_european_in_pounds(_shop):
    there = abroad()
    there.add("CompanyCurrency", Code="EUR")
    customer = there.add("Customer", DisplayName="Zoé", CurrencyRef={"value": "EUR"})["Id"]
    there.invoice(there.taxed("1.00"), customer=customer, CurrencyRef={"value": "GBP"})


@provokes(6010)
def open_an_account_of_no_type(shop):
    shop.add("Account", Name="Till")


@provokes(6060)
def open_an_account_with_a_balance_of_no_date(shop):
    shop.add("Account", Name="Jar", AccountType="Bank", OpeningBalance=10)


@provokes(6070)
def miscalculate(shop):
    shop.invoice(shop.sold("10.00", Qty=3, UnitPrice=3))


@provokes(6070)
def include_another_tax_than_the_rates_say(_shop):
    there = abroad()
    there.invoice(there.taxed("100.00", TaxInclusiveAmt=130), GlobalTaxCalculation="TaxInclusive")


@provokes(6080)
def give_no_name(shop):
    shop.add("Customer", Notes="n")


@provokes(6090)
def give_a_discount_of_nothing(shop):
    shop.invoice(shop.sold("1.00"), {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {}})


@provokes(6100)
def tax_a_us_line_by_a_rate(shop):
    shop.invoice(shop.sold("1.00", TaxCodeRef={"value": "5"}))


@provokes(6100)
def tax_a_british_line_as_in_america(_shop):
    there = abroad()
    there.invoice(there.sold("1.00", TaxCodeRef={"value": "TAX"}))


@provokes(6130)
def bill_the_parent_for_what_the_job_owes(shop):
    job = shop.add("Customer", DisplayName="Roof", ParentRef={"value": shop.customer}, Job=True)
    shop.invoice(customer=job["Id"])
    shop.change("Customer", job, BillWithParent=True)


@provokes(6140)
def number_two_documents_alike(shop):
    for _ in range(2):
        shop.invoice(DocNumber="A-7")


@provokes(6150)
def be_a_job_of_nobody(shop):
    shop.add("Customer", DisplayName="Roof", Job=True)


@provokes(6160)
def tax_a_sale_by_a_pseudo_code(shop):
    shop.invoice(TxnTaxDetail={"TxnTaxCodeRef": {"value": "TAX"}})


@provokes(6170)
def tax_what_is_not_taxed(_shop):
    there = abroad()
    there.invoice(there.sold("1.00"), GlobalTaxCalculation="NotApplicable", TxnTaxDetail={"TotalTax": 1})


@provokes(6170)
def tax_a_british_sale_by_one_code(_shop):
    there = abroad()
    there.invoice(there.taxed("1.00"), TxnTaxDetail={"TxnTaxCodeRef": {"value": "1"}})


@provokes(6180)
def go_six_levels_down(shop):
    above = {}
    for number in range(6):
        above = {"ParentRef": {"value": shop.add("Class", Name=f"C{number}", **above)["Id"]}}


@provokes(6190)
def write_without_a_subscription(shop):
    shop.flag("SubscriptionStatus", "EXPIRED")
    shop.invoice()


@provokes(6200)
def write_into_closed_books(shop):
    shop.close_books("2026-10-31")
    shop.invoice(TxnDate="2026-10-31")


@provokes(6200)
def move_out_of_closed_books(shop):
    invoice = shop.invoice(TxnDate="2026-10-31")
    shop.close_books("2026-10-31")
    shop.change("Invoice", invoice, TxnDate="2026-11-01")


@provokes(6200)
def delete_from_closed_books(shop):
    invoice = shop.invoice(TxnDate="2026-10-31")
    shop.close_books("2026-10-31")
    shop.delete("Invoice", invoice)


@provokes(6210)
def write_into_books_closed_with_a_password(shop):
    shop.company.books.switches.closing_password = True
    shop.close_books("2026-10-31")
    shop.bill(TxnDate="2026-10-01")


@provokes(6220)
def put_a_debtor_away(shop):
    shop.invoice()
    shop.change("Customer", shop.read("Customer", shop.customer), Active=False)


@provokes(6230)
def tax_a_customer_by_a_code_there_is_not(shop):
    shop.add("Customer", DisplayName="Bo", DefaultTaxCodeRef={"value": "99"})


@provokes(6240)
def take_a_name_twice(shop):
    shop.add("Vendor", DisplayName="Ada")


@provokes(6250)
def sell_to_a_vendor(shop):
    shop.invoice(customer=shop.vendor)


@provokes(6270)
def sell_before_the_first_day(shop):
    mug = shop.goods("Mug", cost="4.00", since="2026-06-01")
    shop.invoice(shop.sold("9.00", Qty=1, UnitPrice=9, ItemRef={"value": mug}), TxnDate="2026-05-31")


@provokes(6280)
def put_a_customer_with_unbilled_time_away(shop):
    shop.hours(Hours=1, BillableStatus="Billable", HourlyRate=50)
    shop.change("Customer", shop.read("Customer", shop.customer), Active=False)


@provokes(6290)
def take_a_vendor_for_an_employee(shop):
    shop.hours(Hours=1, EmployeeRef={"value": shop.vendor})


@provokes(6300)
def name_a_vendor_as_an_employee(shop):
    shop.hours(Hours=1, VendorRef={"value": shop.vendor})


@provokes(6310)
def bill_nobody_for_time(shop):
    shop.hours(Hours=1, BillableStatus="Billable", HourlyRate=50, CustomerRef={})


@provokes(6310)
def bill_nobody_for_an_expense(shop):
    shop.bill(shop.billable("60.00"))


@provokes(6320)
def bill_time_without_the_feature(shop):
    preferences = shop.read("Preferences", "1")
    shop.change("Preferences", preferences, TimeTrackingPrefs={"BillCustomers": False})
    shop.hours(Hours=1, BillableStatus="Billable", HourlyRate=50)


@provokes(6330)
def bill_time_without_a_rate(shop):
    shop.hours(Hours=1, BillableStatus="Billable")


@provokes(6340)
def work_for_sixty_minutes(shop):
    shop.hours(Minutes=60)


@provokes(6350)
def work_no_time(shop):
    shop.hours()


@provokes(6360)
def begin_and_never_end(shop):
    shop.hours(StartTime="2026-11-02T09:00:00-08:00")


@provokes(6370)
def end_before_the_beginning(shop):
    shop.hours(StartTime="2026-11-02T09:00:00-08:00", EndTime="2026-11-02T08:00:00-08:00")


@provokes(6380)
def rest_for_longer_than_the_work(shop):
    shop.hours(Hours=1, BreakHours=2)


@provokes(6390)
def work_a_span_and_a_duration(shop):
    shop.hours(Hours=1, StartTime="2026-11-02T09:00:00-08:00", EndTime="2026-11-02T10:00:00-08:00")


@provokes(6400)
def delete_an_expense_that_was_billed(shop):
    bill = shop.bill(shop.billable("60.00", status="HasBeenBilled", CustomerRef={"value": shop.customer}))
    shop.delete("Bill", bill)


@provokes(6430)
def pay_by_card_from_the_bank(shop):
    shop.purchase(PaymentType="CreditCard")


@provokes(6430)
def keep_goods_on_a_bank_account(shop):
    shop.accounts["Inventory Asset"] = shop.accounts["Checking"]
    shop.goods("Mug", cost="4.00")


@provokes(6440)
def spend_on_nothing(shop):
    line = shop.spent("1.00")
    line["AccountBasedExpenseLineDetail"] = {"BillableStatus": "NotBillable"}
    shop.bill(line)


@provokes(6450)
def void_what_the_bank_confirmed(shop):
    payment = shop.pay("1.00")
    shop.company.books.switches.matched.add(("Payment", payment["Id"]))
    shop.void("Payment", payment)


@provokes(6470)
def tax_more_than_all(shop):
    rate = {
        "TaxRateName": "All",
        "RateValue": 101,
        "TaxAgencyId": shop.add("TaxAgency", DisplayName="State")["Id"],
    }
    shop.company.tax_service({"TaxCode": "All", "TaxRateDetails": [rate]})


@provokes(6480)
def delete_what_the_bank_confirmed(shop):
    purchase = shop.purchase()
    shop.company.books.switches.matched.add(("Purchase", purchase["Id"]))
    shop.delete("Purchase", purchase)


@provokes(6490)
def budget_by_two_lists(shop):
    class_ = {"ClassRef": {"value": shop.add("Class", Name="Red")["Id"]}}
    shop.budget("Rent", **class_, CustomerRef={"value": shop.customer})


@provokes(6500)
def budget_nothing(shop):
    budget = shop.budget("Rent")
    shop.replace("Budget", budget, **{**budget, "BudgetDetail": []})


@provokes(6510)
def budget_the_bank_as_an_expense(shop):
    shop.budget("Checking")


@provokes(6520)
def sell_goods_without_counting(shop):
    shop.invoice(shop.sold("9.00", ItemRef={"value": shop.goods("Mug", cost="4.00")}))


@provokes(6530)
def send_the_number_of_a_card(shop):
    charge = {"CreditChargeInfo": {"Number": "4111 1111 1111 1111"}}
    shop.add("Payment", CustomerRef={"value": shop.customer}, TotalAmt=1, CreditCardPayment=charge)


@provokes(6540)
def change_what_was_deposited(shop):
    payment = shop.pay("10.00")
    shop.deposit(payment)
    shop.change("Payment", shop.read("Payment", payment["Id"]), PrivateNote="x")


CASES = [(code, function) for code, functions in PROVOKED.items() for function in functions]


@pytest.mark.parametrize(("code", "provoke"), CASES, ids=lambda value: getattr(value, "__name__", value))
def test_a_code_is_provoked(shop, code, provoke):
    before = shop.out_of_balance()
    with pytest.raises(Refusal) as caught:
        provoke(shop)
    assert caught.value.fault.first.code == code, caught.value
    assert shop.out_of_balance() == before == 0


def test_voiding_a_bill_is_an_application_error(shop):
    with refused(10000, status=200):
        shop.void("Bill", shop.bill())


JSON = {"content-type": "application/json"}


def send_plain_text(client):
    return client.post("/customer", content=b"{}", headers={"content-type": "text/plain"})


def send_a_batch_of_31(client):
    items = [{"bId": str(n), "Query": "select * from Term"} for n in range(31)]
    return client.post("/batch", json={"BatchItemRequest": items})


def ask_for_no_type(client):
    return client.get("/nonsense/1")


def send_an_id_of_request_too_long(client):
    return client.post("/customer", params={"requestid": "x" * 51}, json={"DisplayName": "Bo"})


def send_to_nobody(client):
    customer = client.post("/customer", json={"DisplayName": "Bo"}).json()["Customer"]["Id"]
    line = {"DetailType": "DescriptionOnly", "Description": "x"}
    body = {"CustomerRef": {"value": customer}, "Line": [line]}
    invoice = client.post("/invoice", json=body).json()["Invoice"]["Id"]
    return client.post(f"/invoice/{invoice}/send", headers={"content-type": "application/octet-stream"})


def attach_to_a_tax_code(client):
    about = {"EntityRef": {"value": "TAX", "type": "TaxCode"}}
    return client.post("/attachable", json={"Note": "n", "AttachableRef": [about]})


AT_THE_DOOR = {
    "1040": send_a_batch_of_31,
    "1050": send_plain_text,
    "2000": ask_for_no_type,
    "2130": send_an_id_of_request_too_long,
    "6050": attach_to_a_tax_code,
    "6420": send_to_nobody,
}


@pytest.fixture(scope="module")
def client():
    with running_sandbox("empty") as sandbox, signed_in(sandbox) as client:
        yield client


@pytest.mark.parametrize(("code", "send"), AT_THE_DOOR.items(), ids=AT_THE_DOOR)
def test_a_code_of_the_door(client, code, send):
    assert fault(send(client))[1] == code


def test_codes_of_the_gateway(client):
    assert gateway_fault(client.get("/invoice/1", headers={"Authorization": "Bearer x"})) == (401, "3200")
    other = str(client.base_url).replace("0303", "0999")
    assert gateway_fault(client.get(f"{other}invoice/1")) == (403, "3100")


ELSEWHERE = {
    "600": "tests/sandbox/doors/test_rest_door.py: two requests at once",
    "3001": "tests/sandbox/doors/test_gateway.py",
    "3100": "test_codes_of_the_gateway",
    "3200": "test_codes_of_the_gateway",
    "6030": "tests/sandbox/doors/test_attachments.py",
    "6040": "tests/sandbox/doors/test_attachments.py",
    "6041": "tests/sandbox/doors/test_attachments.py",
    "10000": "test_voiding_a_bill_is_an_application_error",
    "10100": "tests/sandbox/doors/test_rest_door.py: a batch that is too big",
}


def test_every_code_is_accounted_for():
    accounted = [set(PROVOKED), set(AT_THE_DOOR), set(ELSEWHERE), set(NOT_PROVOKED)]
    assert set().union(*accounted) == {fact.code for fact in fault_facts()}
    assert sum(map(len, accounted)) == len(set().union(*accounted))
