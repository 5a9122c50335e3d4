"""What transactions post: tax, costs, exchange gains, discounts, bundles, opening balances."""

from decimal import Decimal

import pytest

from tieout.sandbox.clock import MovableClock
from tieout.sandbox.companies import open_company

from .shop import NOON, Shop, abroad, refused


def entry(shop, type_name, record):
    """Amounts of a record's entry by the name of the account."""
    names = {id_: name for name, id_ in accounts(shop).items()}
    posted = {}
    for posting in shop.company.books.ledger.entries.get((type_name, record["Id"]), ()):
        name = names[posting.account]
        posted[name] = posted.get(name, 0) + posting.amount
    return posted


def accounts(shop):
    return {stored.record["Name"]: stored.id for stored in shop.company.books.store("Account")}


def mugs(shop, item, quantity, price="9.00"):
    amount = Decimal(price) * quantity
    return shop.sold(amount, Qty=quantity, UnitPrice=Decimal(price), ItemRef={"value": item})


def crate(item, quantity, price):
    kind = "ItemBasedExpenseLineDetail"
    part = {"ItemRef": {"value": item}, "Qty": quantity, "UnitPrice": Decimal(price)}
    return {"Amount": Decimal(price) * quantity, "DetailType": kind, kind: part}


@pytest.fixture
def euros(shop):
    """A shop with a customer and a vendor who reckon in euros."""
    shop.change("Preferences", shop.read("Preferences", "1"), CurrencyPrefs={"MultiCurrencyEnabled": True})
    shop.add("CompanyCurrency", Code="EUR")
    shop.zoe = shop.add("Customer", DisplayName="Zoé", CurrencyRef={"value": "EUR"})["Id"]
    return shop


def test_a_posting_says_what_it_is_about(shop):
    red, north = shop.add("Class", Name="Red")["Id"], shop.add("Department", Name="North")["Id"]
    line = shop.sold("30.00", Qty=3, UnitPrice=10, ClassRef={"value": red}) | {"Description": "Three hours"}
    invoice = shop.invoice(line, DepartmentRef={"value": north}, PrivateNote="by phone", TxnDate="2026-11-02")
    ledger = shop.company.books.ledger
    income, receivable = ledger.entries["Invoice", invoice["Id"]]
    customer = ("Customer", shop.customer)
    assert (income.account, income.amount, income.item, income.quantity) == (
        shop.accounts["Services"], -30, shop.service, 3,
    )  # fmt: skip
    assert (income.line, income.class_, income.department, income.memo) == ("1", red, north, "Three hours")
    assert (income.party, income.name) == (customer, None)
    assert (receivable.amount, receivable.name, receivable.memo) == (30, customer, "by phone")
    heading = ledger.headings["Invoice", invoice["Id"]]
    assert (heading.date, heading.number, heading.currency) == ("2026-11-02", "1001", "USD")


def test_entries_of_sales_are_made_when_somebody_looks(shop):
    before = shop.read("Customer", shop.customer)["Balance"]
    made = [shop.invoice(shop.sold("10.00")) for _ in range(3)]
    assert [id_ for _, id_ in shop.company._books.put_off] == [record["Id"] for record in made]
    shop.delete("Invoice", made[0])
    assert not shop.company._books.put_off
    assert not entry(shop, "Invoice", made[0])
    assert sum(entry(shop, "Invoice", made[1]).values()) == 0
    assert shop.read("Customer", shop.customer)["Balance"] == before + 20


def test_goods_are_costed_first_in_first_out(shop):
    item = shop.goods("Mug", cost="4.00", on_hand=2)
    shop.bill(crate(item, 3, "5.00"), TxnDate="2026-03-01")
    shop.bill(crate(item, 3, "6.00"), TxnDate="2026-02-01")
    invoice = shop.invoice(mugs(shop, item, 6), TxnDate="2026-04-01")
    assert entry(shop, "Invoice", invoice) == {
        "Services": -54, "Accounts Receivable (A/R)": 54, "Cost of Goods Sold": 31, "Inventory Asset": -31,
    }  # fmt: skip
    assert shop.read("Item", item)["QtyOnHand"] == 2


def test_a_purchase_dated_earlier_changes_the_cost_of_what_was_sold(shop):
    item = shop.goods("Mug", cost="4.00")
    invoice = shop.invoice(mugs(shop, item, 2))
    assert entry(shop, "Invoice", invoice)["Cost of Goods Sold"] == 8
    bill = shop.bill(crate(item, 2, "5.50"))
    assert entry(shop, "Invoice", invoice)["Cost of Goods Sold"] == 11
    assert shop.read("Account", shop.accounts["Cost of Goods Sold"])["Classification"] == "Expense"
    assert shop.read("Account", shop.accounts["Inventory Asset"])["CurrentBalance"] == 0
    shop.delete("Bill", bill)
    assert entry(shop, "Invoice", invoice)["Cost of Goods Sold"] == 8
    assert shop.read("Invoice", invoice["Id"])["SyncToken"] == "0"


def test_a_switch_costs_at_the_average(shop):
    shop.company.books.inventory.costing = "average"
    item = shop.goods("Mug", cost="4.00", on_hand=2)
    shop.bill(crate(item, 2, "5.00"))
    invoice = shop.invoice(mugs(shop, item, 2))
    assert entry(shop, "Invoice", invoice)["Cost of Goods Sold"] == 9


def test_a_count_moves_stock(shop):
    item = shop.goods("Mug", cost="4.00", on_hand=5)
    part = {"ItemRef": {"value": item}, "NewQty": 3}
    line = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": part}
    loss = shop.account("Office Supplies")
    counted = shop.add("InventoryAdjustment", TxnDate="2026-11-01", AdjustAccountRef=loss, Line=[line])
    assert counted["Line"][0]["ItemAdjustmentLineDetail"]["QtyDiff"] == -2
    assert entry(shop, "InventoryAdjustment", counted) == {"Inventory Asset": -8, "Office Supplies": 8}
    assert shop.read("Item", item)["QtyOnHand"] == 3


def test_goods_sent_back_leave_at_their_cost(shop):
    item = shop.goods("Mug", cost="4.00", on_hand=5)
    credit = shop.add("VendorCredit", VendorRef={"value": shop.vendor}, Line=[crate(item, 2, "5.00")])
    assert entry(shop, "VendorCredit", credit) == {
        "Inventory Asset": -8, "Cost of Goods Sold": -2, "Accounts Payable (A/P)": 10,
    }  # fmt: skip


def test_a_bundle_is_taken_apart(shop):
    part = {"ItemRef": {"value": shop.service, "name": "Hour"}, "Qty": 2}
    shop.change("Item", shop.read("Item", shop.service), UnitPrice=15)
    bundle = {"Name": "Day", "FullyQualifiedName": "Day", "Type": "Group", "Active": True}
    id_ = shop.company.install("Item", {**bundle, "ItemGroupDetail": {"ItemGroupLine": [part]}}).id
    group = {"GroupItemRef": {"value": id_}, "Quantity": 3}
    invoice = shop.invoice({"DetailType": "GroupLineDetail", "GroupLineDetail": group})
    inner = invoice["Line"][0]["GroupLineDetail"]["Line"][0]["SalesItemLineDetail"]
    assert (inner["Qty"], inner["UnitPrice"], invoice["TotalAmt"]) == (6, 15, 90)
    assert entry(shop, "Invoice", invoice) == {"Services": -90, "Accounts Receivable (A/R)": 90}


def test_shipping_and_discount_have_accounts_of_their_own(shop):
    shipping = shop.sold("7.00", ItemRef={"value": "SHIPPING_ITEM_ID"})
    discount = {"DetailType": "DiscountLineDetail", "Amount": 5, "DiscountLineDetail": {}}
    invoice = shop.invoice(shop.sold("50.00"), shipping, discount)
    assert invoice["TotalAmt"] == 52
    assert entry(shop, "Invoice", invoice) == {
        "Services": -50, "Shipping Income": -7, "Discounts given": 5, "Accounts Receivable (A/R)": 52,
    }  # fmt: skip


def state_tax(shop, rate=8):
    agency = shop.add("TaxAgency", DisplayName="State")["Id"]
    rates = [{"TaxRateName": "Sales", "RateValue": rate, "TaxAgencyId": agency, "TaxApplicableOn": "Sales"}]
    return shop.company.tax_service({"TaxCode": "CA", "TaxRateDetails": rates})["TaxCodeId"]


@pytest.mark.parametrize(("after_discount", "tax"), [(False, 8), (True, 6)])
def test_tax_before_and_after_a_discount(shop, after_discount, tax):
    part = {"PercentBased": True, "DiscountPercent": 25}
    invoice = shop.invoice(
        shop.sold("100.00", TaxCodeRef={"value": "TAX"}),
        {"DetailType": "DiscountLineDetail", "DiscountLineDetail": part},
        TxnTaxDetail={"TxnTaxCodeRef": {"value": state_tax(shop)}},
        ApplyTaxAfterDiscount=after_discount,
    )
    assert (invoice["TxnTaxDetail"]["TotalTax"], invoice["TotalAmt"]) == (tax, 75 + tax)


def test_tax_follows_lines_that_change_and_keeps_an_override(shop):
    code = {"TxnTaxCodeRef": {"value": state_tax(shop)}}
    taxed = {"TaxCodeRef": {"value": "TAX"}}
    invoice = shop.invoice(shop.sold("100.00", **taxed), TxnTaxDetail=code)
    invoice = shop.change("Invoice", invoice, Line=[shop.sold("50.00", **taxed)])
    assert invoice["TxnTaxDetail"]["TotalTax"] == 4
    invoice = shop.change("Invoice", invoice, TxnTaxDetail={**code, "TotalTax": Decimal("3.50")})
    invoice = shop.change("Invoice", invoice, PrivateNote="x")
    assert (invoice["TxnTaxDetail"]["TotalTax"], invoice["TotalAmt"]) == (Decimal("3.50"), Decimal("53.50"))


def test_automated_sales_tax_finds_its_rates(shop):
    group = {"PartnerTaxEnabled": True, "TaxGroupCodeRef": {"value": state_tax(shop)}}
    shop.change("Preferences", shop.read("Preferences", "1"), TaxPrefs=group)
    line = shop.sold("100.00", TaxCodeRef={"value": "TAX"})
    assert shop.invoice(line)["TotalAmt"] == 108
    church = shop.add("Customer", DisplayName="St. Mary", Taxable=False)["Id"]
    assert shop.invoice(line, customer=church)["TotalAmt"] == 100


def test_vat_on_top():
    shop = abroad("GB")
    invoice = shop.invoice(shop.taxed("100.00"), GlobalTaxCalculation="TaxExcluded")
    assert (invoice["TotalAmt"], invoice["TxnTaxDetail"]["TotalTax"]) == (120, 20)
    line = invoice["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]
    assert (line["TaxPercent"], line["NetAmountTaxable"]) == (20, 100)
    assert entry(shop, "Invoice", invoice) == {
        "Services": -100, "Sales Tax Control": -20, "Accounts Receivable (A/R)": 120,
    }  # fmt: skip


def test_vat_inside():
    shop = abroad("GB")
    given = shop.taxed("8.33", TaxInclusiveAmt=Decimal("9.99"))
    left_out = shop.taxed("100.00")
    invoice = shop.invoice(given, left_out, GlobalTaxCalculation="TaxInclusive")
    assert [line["SalesItemLineDetail"]["TaxInclusiveAmt"] for line in invoice["Line"][:2]] == [
        Decimal("9.99"),
        120,
    ]
    assert invoice["TotalAmt"] == Decimal("129.99")


def test_a_discount_lowers_vat():
    shop = abroad("GB")
    part = {"PercentBased": True, "DiscountPercent": 50}
    invoice = shop.invoice(
        shop.taxed("100.00"), {"DetailType": "DiscountLineDetail", "DiscountLineDetail": part}
    )
    assert (invoice["GlobalTaxCalculation"], invoice["TotalAmt"]) == ("TaxExcluded", 60)


def test_no_vat_where_it_does_not_apply():
    shop = abroad("GB")
    invoice = shop.invoice(shop.sold("100.00"), GlobalTaxCalculation="NotApplicable")
    assert (invoice["TotalAmt"], "TxnTaxDetail" in invoice) == (100, False)


def test_tax_on_purchases_is_had_back():
    shop = abroad("CA")
    line = shop.spent("100.00")
    line["AccountBasedExpenseLineDetail"]["TaxCodeRef"] = {"value": "2"}
    bill = shop.bill(line)
    assert bill["TotalAmt"] == 113
    assert entry(shop, "Bill", bill) == {
        "Rent": 100, "Sales Tax Control": 13, "Accounts Payable (A/P)": -113,
    }  # fmt: skip


def test_tax_in_a_journal_entry():
    shop = abroad("GB")
    taxed = {"TaxCodeRef": {"value": "1"}, "TaxApplicableOn": "Purchase", "TaxAmount": 2}
    lines = [
        shop.journal_line("Debit", "Rent", "10.00", **taxed),
        shop.journal_line("Credit", "Checking", "12.00"),
    ]
    made = shop.add("JournalEntry", Line=lines)
    assert entry(shop, "JournalEntry", made) == {"Rent": 10, "Sales Tax Control": 2, "Checking": -12}


def test_a_gain_is_realized_when_the_rate_has_risen(euros):
    shop = euros
    invoice = shop.invoice(shop.sold("100.00"), customer=shop.zoe, ExchangeRate=Decimal("1.10"))
    assert (invoice["CurrencyRef"]["value"], invoice["HomeTotalAmt"]) == ("EUR", 110)
    line = {"Amount": 40, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    rate = {"ExchangeRate": Decimal("1.20")}
    payment = shop.add("Payment", CustomerRef={"value": shop.zoe}, TotalAmt=40, Line=[line], **rate)
    assert entry(shop, "Payment", payment) == {
        "Undeposited Funds": 48, "Accounts Receivable (A/R) - EUR": -44, "Exchange Gain or Loss": -4,
    }  # fmt: skip
    assert shop.balance("Customer", shop.zoe) == 60
    shop.change("Invoice", shop.read("Invoice", invoice["Id"]), ExchangeRate=Decimal("1.30"))
    assert entry(shop, "Payment", payment)["Exchange Gain or Loss"] == 4


def test_a_deposit_at_another_rate(euros):
    shop = euros
    rate = {"ExchangeRate": Decimal("1.20")}
    payment = shop.add("Payment", CustomerRef={"value": shop.zoe}, TotalAmt=40, **rate)
    line = {"Amount": 40, "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment"}]}
    bank, currency = shop.account("Checking"), {"CurrencyRef": {"value": "EUR"}}
    deposit = shop.add(
        "Deposit", DepositToAccountRef=bank, Line=[line], **currency, ExchangeRate=Decimal("1.25")
    )
    assert entry(shop, "Deposit", deposit) == {
        "Undeposited Funds": -48, "Checking": 50, "Exchange Gain or Loss": -2,
    }  # fmt: skip


def test_a_bank_account_in_euros_takes_euros(euros):
    shop = euros
    bank = shop.add("Account", Name="Sparkasse", AccountType="Bank", CurrencyRef={"value": "EUR"})
    moved = shop.add(
        "Transfer",
        FromAccountRef=shop.account("Checking"),
        ToAccountRef={"value": bank["Id"]},
        Amount=100,
        ExchangeRate=Decimal("1.10"),
    )
    assert moved["CurrencyRef"]["value"] == "EUR"
    assert entry(shop, "Transfer", moved) == {"Sparkasse": 110, "Checking": -110}
    assert shop.read("Account", bank["Id"])["CurrentBalance"] == 100
    with refused(6000):
        shop.purchase(AccountRef={"value": bank["Id"]}, CurrencyRef={"value": "USD"})


def test_the_currency_of_a_customer_stays(euros):
    shop = euros
    with refused(6000):
        shop.change("Customer", shop.read("Customer", shop.zoe), CurrencyRef={"value": "USD"})
    with refused(6000):
        shop.change(
            "Preferences", shop.read("Preferences", "1"), CurrencyPrefs={"MultiCurrencyEnabled": False}
        )


def test_a_job_is_relieved_of_what_its_customer_pays(shop):
    job = shop.add("Customer", DisplayName="Roof", Job=True, ParentRef={"value": shop.customer})["Id"]
    invoice = shop.invoice(customer=job)
    shop.pay("100.00", ("Invoice", invoice, "100.00"))
    assert shop.balance("Customer", job) == shop.balance("Customer", shop.customer) == 0


@pytest.mark.parametrize(
    ("account_type", "side"), [("Bank", 1), ("Credit Card", -1), ("Long Term Liability", -1)]
)
def test_an_opening_balance_is_a_journal_entry(shop, account_type, side):
    fields = {"OpeningBalance": 250, "OpeningBalanceDate": "2026-01-01"}
    account = shop.add("Account", Name="Jar", AccountType=account_type, **fields)
    made = shop.company.books.store("JournalEntry").everything()[-1].record
    assert entry(shop, "JournalEntry", made) == {"Jar": side * 250, "Opening Balance Equity": -side * 250}
    assert made["TxnDate"] == "2026-01-01"
    assert shop.read("Account", account["Id"])["CurrentBalance"] == side * 250


@pytest.mark.parametrize(
    ("type_name", "balance", "made", "control", "side"),
    [
        ("Customer", "250.00", "Invoice", "Accounts Receivable (A/R)", 1),
        ("Customer", "-30.50", "CreditMemo", "Accounts Receivable (A/R)", 1),
        ("Vendor", "99.99", "Bill", "Accounts Payable (A/P)", -1),
        ("Vendor", "-5.00", "VendorCredit", "Accounts Payable (A/P)", -1),
    ],
)
def test_a_customer_s_or_vendor_s_opening_balance_is_open_and_against_equity(
    shop, type_name, balance, made, control, side
):
    balance = Decimal(balance)
    name = shop.add(type_name, DisplayName="Old friend", Balance=balance, OpenBalanceDate="2026-01-31")
    [opened] = shop.company.books.store(made).everything()
    record = opened.record
    assert entry(shop, made, record) == {control: side * balance, "Opening Balance Equity": -side * balance}
    assert (record["TxnDate"], record["TotalAmt"], record["Balance"]) == (
        "2026-01-31",
        abs(balance),
        abs(balance),
    )
    assert shop.read(type_name, name["Id"])["Balance"] == balance
    assert "OpenBalanceDate" not in name
    changed = shop.change(type_name, name, Balance=1, OpenBalanceDate="2026-02-28")  # on create only
    assert (changed["Balance"], "OpenBalanceDate" in changed) == (balance, False)
    assert shop.out_of_balance() == 0


def test_an_opening_balance_is_paid_like_any_invoice(shop):
    customer = shop.add("Customer", DisplayName="Old friend", Balance=Decimal("80.00"))
    [opened] = shop.company.books.store("Invoice").everything()
    assert opened.record["TxnDate"] == shop.company.books.today().isoformat()
    shop.pay("80.00", ("Invoice", opened.record, "80.00"), customer=customer["Id"])
    assert shop.read("Customer", customer["Id"])["Balance"] == 0
    assert shop.read("Invoice", opened.id)["Balance"] == 0


@pytest.mark.parametrize(
    ("type_name", "fields"),
    [
        ("Account", {"Name": "Jar", "AccountType": "Bank", "OpeningBalance": 5}),
        ("Customer", {"DisplayName": "Old", "Balance": 5}),
        ("Vendor", {"DisplayName": "Old", "Balance": 5}),
    ],
)
def test_nothing_is_opened_in_closed_books(shop, type_name, fields):
    shop.close_books("2026-06-30")
    before = len(shop.company.books.store(type_name))
    day = "OpeningBalanceDate" if type_name == "Account" else "OpenBalanceDate"
    with refused(6200):
        shop.add(type_name, **fields, **{day: "2026-06-30"})
    assert len(shop.company.books.store(type_name)) == before
    shop.add(type_name, **fields, **{day: "2026-07-01"})


def test_an_opening_balance_abroad_is_in_the_customer_s_currency(euros):
    euros.add("ExchangeRate", SourceCurrencyCode="EUR", AsOfDate="2026-01-01", Rate=Decimal("1.25"))
    for type_name in ("Customer", "Vendor"):
        opened = {"Balance": 100, "OpenBalanceDate": "2026-02-01", "CurrencyRef": {"value": "EUR"}}
        made = euros.add(type_name, DisplayName=f"{type_name} GmbH", **opened)
        assert euros.balance(type_name, made["Id"]) == 100
    [invoice] = euros.company.books.store("Invoice").everything()
    assert entry(euros, "Invoice", invoice.record)["Opening Balance Equity"] == -125
    assert euros.out_of_balance() == 0


def test_an_opening_balance_is_not_taxed_anywhere():
    there = abroad()
    customer = there.add("Customer", DisplayName="Old friend", Balance=100)
    vendor = there.add("Vendor", DisplayName="Old supplier", Balance=40)
    assert there.balance("Customer", customer["Id"]) == 100
    assert there.balance("Vendor", vendor["Id"]) == 40


def test_references_show_current_names(shop):
    class_ = shop.add("Class", Name="Red")
    outer = shop.add("Customer", DisplayName="Hotel")
    lobby = shop.add("Customer", DisplayName="Lobby", ParentRef={"value": outer["Id"]}, Job=True)["Id"]
    invoice = shop.invoice(shop.sold("1.00", ClassRef={"value": class_["Id"]}), customer=lobby)
    shop.change("Customer", outer, DisplayName="Inn")
    shop.change("Class", class_, Active=False)
    shown = shop.read("Invoice", invoice["Id"])
    assert shown["CustomerRef"]["name"] == "Inn:Lobby"
    assert shown["Line"][0]["SalesItemLineDetail"]["ClassRef"]["name"] == "Red (deleted)"
    assert (shown["SyncToken"], shown["MetaData"]) == (invoice["SyncToken"], invoice["MetaData"])


def test_records_kept_as_bytes_show_current_names_too():
    company = open_company("busy", invoices=30, clock=MovableClock(lambda: NOON))
    customer = company.read("Customer", company.read("Invoice", "1").record["CustomerRef"]["value"]).record
    company.update("Customer", {**customer, "DisplayName": "Renamed"})
    assert company.read("Invoice", "1").record["CustomerRef"]["name"] == "Renamed"


def test_an_estimate_opens_again_without_its_invoice(shop):
    estimate = shop.add("Estimate", CustomerRef={"value": shop.customer}, Line=[shop.sold("5.00")])
    invoice = shop.invoice(LinkedTxn=[{"TxnId": estimate["Id"], "TxnType": "Estimate"}])
    shop.delete("Invoice", invoice)
    assert shop.read("Estimate", estimate["Id"])["TxnStatus"] == "Pending"


def test_a_text_that_was_there_may_come_again():
    shop = Shop()
    shop.company.books.switches.latin_only = False
    vendor = shop.add("Vendor", DisplayName="東京")
    shop.company.books.switches.latin_only = True
    assert shop.replace("Vendor", vendor, DisplayName="東京", Notes="½ paid")["DisplayName"] == "東京"
