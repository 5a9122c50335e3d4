"""Multi-currency in the Desktop sandbox: off, nobody speaks of currencies; on, the books stay in the home currency."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tieout.catalog.qbxml import edition, newest
from tieout.catalog.qbxml.rets import mirrored
from tieout.errors import SetupError
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.records import Record
from tieout.sandbox.desktop.refusals import Refused
from tieout.sandbox.desktop.session import DesktopSession

from .shop import Shop, ref
from .test_books_balance import Clerk
from .test_reports import ALL, last
from .test_session import document, statuses

D = Decimal
SCHEMAS = Path(__file__).resolve().parents[4] / "shared" / "schemas" / "qbxml"
WITH_LINES = (
    "Bill",
    "CreditMemo",
    "Estimate",
    "Invoice",
    "ItemReceipt",
    "SalesOrder",
    "SalesReceipt",
    "VendorCredit",
)
HOUR: dict[str, Any] = {"ItemRef": ref("Hour"), "Quantity": D(1), "Rate": D("100")}


@pytest.fixture
def shop() -> Shop:
    """Ann and the mill are in euros."""
    return Shop(currency="Euro")


def refused(code: int, act: Any, *said: Any, **more: Any) -> str:
    with pytest.raises(Refused) as caught:
        act(*said, **more)
    assert caught.value.code == code
    return caught.value.text


def test_a_file_without_it_refuses_whatever_speaks_of_currencies() -> None:
    shop = Shop()
    add = shop.company.add
    refused(3250, add, "Customer", {"Name": "Zoe", "CurrencyRef": ref("Euro")})
    refused(3250, shop.sell, "Ann", HOUR, ExchangeRate=D("1.1"))
    refused(3250, add, "JournalEntry", {"IsHomeCurrencyAdjustment": True})
    assert "CurrencyRef" not in shop.seen("Invoice", shop.sell("Ann", HOUR, ExchangeRate=D(1)))
    answer = DesktopSession(shop.company).process(document("<PreferencesQueryRq/><CurrencyQueryRq/>"))
    assert "<IsMultiCurrencyOn>false</IsMultiCurrencyOn>" in answer
    assert statuses(answer) == ["0", "3250"]


def test_it_came_with_version_eight() -> None:
    with pytest.raises(SetupError, match="has no multi-currency"):
        DesktopCompany(edition=edition("US", "7.0"), multicurrency=True)
    shop = Shop(currency="Euro", edition=edition("US", "8.0"))
    shop.sell("Ann", HOUR)
    asked = "<InvoiceQueryRq/><CustomerQueryRq/>"
    session = DesktopSession(shop.company)
    assert "<CurrencyRef>" in session.process(document(asked, version="8.0"))
    assert "Currency" not in session.process(document(asked, version="7.0"))


def test_preferences_and_the_list_tell_of_it(shop: Shop) -> None:
    session = DesktopSession(shop.company)
    answer = session.process(document("<PreferencesQueryRq/>"))
    assert "<IsMultiCurrencyOn>true</IsMultiCurrencyOn>" in answer
    assert re.search("<HomeCurrencyRef>.*US Dollar.*</HomeCurrencyRef>", answer, re.DOTALL)
    active = session.process(document("<CurrencyQueryRq/>"))
    every = session.process(document("<CurrencyQueryRq><ActiveStatus>All</ActiveStatus></CurrencyQueryRq>"))
    assert active.count("<CurrencyRet>") < every.count("<CurrencyRet>")
    canadian = Shop(currency="Euro", edition=newest("CA"))
    assert canadian.named("Customer", "Bob")["CurrencyRef"]["FullName"] == "Canadian Dollar"
    euro = canadian.company.find(("Currency",), ref("Euro")) or {}
    assert euro["ExchangeRate"] == D("1.479452")


def test_currencies_of_quickbooks_keep_their_names_and_those_of_users_go_while_unused(shop: Shop) -> None:
    company = shop.company
    made = company.add("Currency", {"Name": "Shell", "CurrencyCode": "SHL"})
    assert (made["IsUserDefinedCurrency"], made["ExchangeRate"], made["IsActive"]) == (True, 1, True)
    refused(3100, company.add, "Currency", {"Name": "Sea shell", "CurrencyCode": "shl"})
    changed = shop.change("Currency", made, Name="Cowry", CurrencyFormat={"DecimalPlaces": "0"})
    assert changed["CurrencyFormat"]["ThousandSeparator"] == "Comma"
    euro, dollar = (company.find(("Currency",), ref(name)) or {} for name in ("Euro", "US Dollar"))
    refused(3170, shop.change, "Currency", euro, Name="Ecu")
    refused(3170, shop.change, "Currency", dollar, IsActive=False)
    assert shop.change("Currency", euro, IsActive=False)["IsActive"] is False
    refused(3160, company.delete, "Currency", euro["ListID"])
    buyer = company.add("Customer", {"Name": "Zoe", "CurrencyRef": ref("Cowry")})
    refused(3160, company.delete, "Currency", made["ListID"])
    company.delete("Customer", buyer["ListID"])
    company.delete("Currency", made["ListID"])


def test_everybody_has_one_currency_and_keeps_it_once_there_are_transactions(shop: Shop) -> None:
    add = shop.company.add
    zoe = add("Customer", {"Name": "Zoe"})
    assert zoe["CurrencyRef"]["FullName"] == "US Dollar"
    assert shop.change("Customer", zoe, CurrencyRef=ref("Euro"))["CurrencyRef"]["FullName"] == "Euro"
    shop.sell("Zoe", HOUR, kind="Estimate")
    refused(3180, shop.change, "Customer", zoe, CurrencyRef=ref("US Dollar"))
    shop.change("Customer", zoe, CurrencyRef=ref("Euro"), CompanyName="Zoe & Co.")
    assert shop.named("Customer", "Ann:Kitchen")["CurrencyRef"]["FullName"] == "Euro"
    refused(3210, add, "Customer", {"Name": "X", "ParentRef": ref("Ann"), "CurrencyRef": ref("US Dollar")})
    refused(3140, add, "Vendor", {"Name": "X", "CurrencyRef": ref("Ducat")})
    refused(3210, add, "Account", {"Name": "X", "AccountType": "Income", "CurrencyRef": ref("Euro")})


def test_prices_are_in_the_buyers_currency_and_entries_in_the_home_currency(shop: Shop) -> None:
    sold = shop.sell("Ann", {"ItemRef": ref("Hour"), "Quantity": D(2)}, ExchangeRate=D("1.25"))
    told = shop.seen("Invoice", sold)
    assert (told["InvoiceLineRet"][0]["Rate"], told["Subtotal"]) == (D(32), D(64))
    assert (told["CurrencyRef"]["FullName"], told["ExchangeRate"]) == ("Euro", D("1.25"))
    assert (told["BalanceRemaining"], told["BalanceRemainingInHomeCurrency"]) == (D(64), D(80))
    assert told["ARAccountRef"]["FullName"] == "Accounts Receivable - EUR"
    assert (shop.balance("Consulting"), shop.balance("Accounts Receivable - EUR")) == (D(-80), D(80))
    assert shop.named("Account", "Accounts Receivable - EUR")["Balance"] == 64
    assert (shop.named("Customer", "Ann")["Balance"], shop.named("Customer", "Bob")["Balance"]) == (64, 0)


def test_a_transaction_takes_the_rate_of_the_list_and_says_its_own(shop: Shop) -> None:
    sold = shop.sell("Ann", HOUR)
    assert sold["ExchangeRate"] == D("1.08")
    changed = shop.change("Invoice", sold, ExchangeRate=D("1.2"))
    assert shop.seen("Invoice", changed)["BalanceRemainingInHomeCurrency"] == 120
    assert shop.change("Invoice", changed, Memo="again")["ExchangeRate"] == D("1.2")
    assert shop.sell("Bob", HOUR)["ExchangeRate"] == 1
    refused(3210, shop.sell, "Bob", HOUR, ExchangeRate=D("1.1"))
    refused(3210, shop.sell, "Ann", HOUR, ExchangeRate=D(0))


def test_accounts_are_in_the_home_currency_or_the_transactions(shop: Shop) -> None:
    add = shop.company.add
    for code, name in (("EUR", "Euro"), ("CAD", "Canadian Dollar")):
        add("Account", {"Name": f"Bank {code}", "AccountType": "Bank", "CurrencyRef": ref(name)})
    text = refused(3140, shop.sell, "Ann", HOUR, ARAccountRef=ref("Accounts Receivable"))
    assert text == (
        'There is an invalid reference to QuickBooks Account "Accounts Receivable" in the Invoice.  QuickBooks error '
        "message: The currency of the account must be either in home currency or the transaction currency."
    )
    invoice = shop.sell("Ann", HOUR)
    said = {"CustomerRef": ref("Ann"), "TotalAmount": D(1)}
    refused(3140, add, "ReceivePayment", {**said, "DepositToAccountRef": ref("Bank CAD")})
    for account in ("Bank EUR", "Checking"):
        add("ReceivePayment", {**said, "DepositToAccountRef": ref(account)})
    refused(3140, shop.sell, "Bob", HOUR, ARAccountRef=invoice["ARAccountRef"])
    line = {"AccountRef": ref("Office Supplies"), "Amount": D(10)}
    spent = add("Check", {"AccountRef": ref("Bank EUR"), "ExpenseLineAdd": [line]})
    assert (spent["CurrencyRef"]["FullName"], shop.balance("Office Supplies")) == ("Euro", D("10.80"))
    refused(
        3140,
        add,
        "Check",
        {"AccountRef": ref("Bank EUR"), "PayeeEntityRef": ref("Bob"), "ExpenseLineAdd": [line]},
    )


def test_what_rates_leave_over_is_an_exchange_gain(shop: Shop) -> None:
    invoice = shop.sell("Ann", HOUR, ExchangeRate=D("1.1"))
    for amount, rate in (("33.33", "1.2"), ("66.67", "1.3")):
        paid = {"TxnID": invoice["TxnID"], "PaymentAmount": D(amount)}
        said = {"CustomerRef": ref("Ann"), "TotalAmount": D(amount), "ExchangeRate": D(rate)}
        made = shop.company.add("ReceivePayment", {**said, "AppliedToTxnAdd": [paid]})
        told = shop.seen("ReceivePayment", made)
        assert told["TotalAmountInHomeCurrency"] == (D(amount) * D(rate)).quantize(D("0.01"))
    assert shop.seen("Invoice", invoice)["IsPaid"]
    assert shop.balance("Accounts Receivable - EUR") == 0
    assert shop.balance("Undeposited Funds") == D("40.00") + D("86.67")
    assert shop.balance("Exchange Gain or Loss") == D("110.00") - D("126.67")


def test_a_changed_rate_of_the_invoice_changes_the_gain(shop: Shop) -> None:
    invoice = shop.sell("Ann", HOUR, ExchangeRate=D("1.1"))
    payment = shop.pay(invoice, "100")
    assert shop.balance("Exchange Gain or Loss") == D("110") - D("108")
    shop.change("Invoice", invoice, ExchangeRate=D("1.0"))
    assert shop.balance("Exchange Gain or Loss") == D("100") - D("108")
    shop.company.delete("ReceivePayment", payment["TxnID"])
    assert shop.balance("Exchange Gain or Loss") == 0


def test_a_credit_of_another_rate_settles_an_invoice_wholly(shop: Shop) -> None:
    invoice = shop.sell("Ann", HOUR, ExchangeRate=D("1.1"))
    memo = shop.sell("Ann", HOUR, kind="CreditMemo", ExchangeRate=D("1.3"))
    told = shop.seen("CreditMemo", memo)
    assert (told["CreditRemaining"], told["CreditRemainingInHomeCurrency"]) == (100, 130)
    credit = {"CreditTxnID": memo["TxnID"], "AppliedAmount": D(100)}
    applied = {"TxnID": invoice["TxnID"], "SetCredit": [credit]}
    shop.company.add("ReceivePayment", {"CustomerRef": ref("Ann"), "AppliedToTxnAdd": [applied]})
    assert shop.balance("Accounts Receivable - EUR") == 0
    assert shop.balance("Exchange Gain or Loss") == -20
    assert shop.named("Customer", "Ann")["Balance"] == 0


def test_bills_are_paid_from_a_bank_at_home_or_abroad(shop: Shop) -> None:
    add = shop.company.add
    add(
        "Account",
        {"Name": "Bank EUR", "AccountType": "Bank", "CurrencyRef": ref("Euro"), "OpenBalance": D(500)},
    )
    bill = shop.buy(quantity=2, cost="30")
    told = shop.seen("Bill", bill)
    assert (told["AmountDue"], told["AmountDueInHomeCurrency"]) == (60, D("64.80"))
    assert shop.company.average_cost(shop.named("ItemInventory", "Chair")["ListID"]) == D("32.40")
    for bank, amount in (("Bank EUR", D(25)), ("Checking", D(35))):
        paid = {"TxnID": bill["TxnID"], "PaymentAmount": amount}
        said = {"PayeeEntityRef": ref("Mill"), "BankAccountRef": ref(bank), "ExchangeRate": D("1.2")}
        add("BillPaymentCheck", {**said, "AppliedToTxnAdd": [paid]})
    assert (shop.named("Account", "Bank EUR")["Balance"], shop.balance("Bank EUR")) == (D(475), D(510))
    assert (shop.balance("Checking"), shop.balance("Accounts Payable - EUR")) == (-42, 0)
    assert shop.balance("Exchange Gain or Loss") == D("7.20")


def test_a_deposit_takes_payments_out_of_the_drawer_for_what_they_came_in_at(shop: Shop) -> None:
    money = {"CustomerRef": ref("Ann"), "TotalAmount": D(50), "ExchangeRate": D("1.1")}
    payment = shop.company.add("ReceivePayment", money)
    lines = [{"PaymentTxnID": payment["TxnID"]}]
    said = {"DepositToAccountRef": ref("Checking"), "DepositLineAdd": lines, "ExchangeRate": D("1.2")}
    made = shop.company.add("Deposit", said)
    told = shop.seen("Deposit", made)
    assert (told["DepositTotal"], told["DepositTotalInHomeCurrency"]) == (50, 60)
    assert told["CurrencyRef"]["FullName"] == "Euro"
    assert (shop.balance("Undeposited Funds"), shop.balance("Checking")) == (0, 60)
    assert shop.balance("Exchange Gain or Loss") == -5


def test_nothing_settles_or_holds_what_is_in_another_currency(shop: Shop) -> None:
    add = shop.company.add
    euros = add("ReceivePayment", {"CustomerRef": ref("Ann"), "TotalAmount": D(50)})
    dollars = add("ReceivePayment", {"CustomerRef": ref("Bob"), "TotalAmount": D(50)})
    said = {"DepositToAccountRef": ref("Checking"), "CurrencyRef": ref("US Dollar")}
    refused(3210, add, "Deposit", {**said, "DepositLineAdd": [{"PaymentTxnID": euros["TxnID"]}]})
    both = [{"PaymentTxnID": each["TxnID"]} for each in (euros, dollars)]
    refused(3210, add, "Deposit", {**said, "CurrencyRef": ref("Euro"), "DepositLineAdd": both})
    owed = {"AccountRef": ref("Accounts Receivable"), "EntityRef": ref("Bob")}
    entry = journal(shop, owed, {"AccountRef": ref("Sales")}, "10")
    paid = {"TxnID": entry["TxnID"], "PaymentAmount": D(10)}
    money = {"CustomerRef": ref("Ann"), "TotalAmount": D(10), "AppliedToTxnAdd": [paid]}
    text = refused(3210, add, "ReceivePayment", money)
    assert "It is in another currency." in text
    refund = {"CustomerRef": ref("Bob"), "RefundFromAccountRef": ref("Checking")}
    part = {"TxnID": euros["TxnID"], "RefundAmount": D(5)}
    refused(3210, add, "ARRefundCreditCard", {**refund, "RefundAppliedToTxnAdd": [part]})


def test_special_accounts_are_made_in_a_currency(shop: Shop) -> None:
    session = DesktopSession(shop.company)

    def add(special: str, currency: str) -> str:
        inside = f"<SpecialAccountType>{special}</SpecialAccountType><CurrencyRef><FullName>{currency}</FullName></CurrencyRef>"
        said = f"<SpecialAccountAddRq><SpecialAccountAdd>{inside}</SpecialAccountAdd></SpecialAccountAddRq>"
        return session.process(document(said))

    assert "<FullName>Accounts Payable - CAD</FullName>" in add("AccountsPayable", "Canadian Dollar")
    assert statuses(add("AccountsPayable", "Canadian Dollar")) == ["3100"]
    assert statuses(add("PettyCash", "Canadian Dollar")) == ["3210"]
    assert statuses(add("PettyCash", "Ducat")) == ["3140"]
    assert "<FullName>US Dollar</FullName>" in add("PettyCash", "US Dollar")


def journal(shop: Shop, debit: Record, credit: Record, amount: str, **said: Any) -> Record:
    lines = ({**each, "Amount": D(amount)} for each in (debit, credit))
    sides = zip(("JournalDebitLine", "JournalCreditLine"), ([each] for each in lines), strict=True)
    return shop.company.add("JournalEntry", {**dict(sides), **said})


def test_journal_entries_are_in_one_currency_or_adjust_the_home_currency(shop: Shop) -> None:
    shop.sell("Ann", HOUR, ExchangeRate=D("1.1"))
    owed = {"AccountRef": ref("Accounts Receivable - EUR"), "EntityRef": ref("Ann")}
    sales = {"AccountRef": ref("Sales")}
    refused(3140, journal, shop, owed, sales, "10")
    theirs = {**owed, "EntityRef": ref("Bob")}
    text = refused(3140, journal, shop, theirs, sales, "10", CurrencyRef=ref("Euro"))
    assert 'Customer "Bob"' in text
    euro = {"CurrencyRef": ref("Euro"), "ExchangeRate": D("1.2")}
    journal(shop, owed, sales, "10", **euro)
    assert (shop.named("Customer", "Ann")["Balance"], shop.balance("Accounts Receivable - EUR")) == (110, 122)
    journal(shop, owed, sales, "12", IsAmountsEnteredInHomeCurrency=True, **euro)
    assert (shop.named("Customer", "Ann")["Balance"], shop.balance("Accounts Receivable - EUR")) == (120, 134)
    gains = {"AccountRef": ref("Sales")}
    journal(shop, owed, gains, "6", IsHomeCurrencyAdjustment=True)
    assert (shop.named("Customer", "Ann")["Balance"], shop.balance("Accounts Receivable - EUR")) == (120, 140)


def test_a_price_level_of_items_has_a_currency(shop: Shop) -> None:
    price = {"ItemRef": ref("Hour"), "CustomPrice": D(30)}
    level = {"Name": "Europe", "CurrencyRef": ref("Euro"), "PriceLevelPerItem": [price]}
    shop.company.add("PriceLevel", level)
    line = {"ItemRef": ref("Hour"), "Quantity": D(1), "PriceLevelRef": ref("Europe")}
    assert shop.sell("Ann", line)["InvoiceLineRet"][0]["Rate"] == 30
    said = {"Name": "Less", "PriceLevelFixedPercentage": D(-5), "CurrencyRef": ref("Euro")}
    refused(3210, shop.company.add, "PriceLevel", said)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_reports_are_in_the_home_currency(shop: Shop, seed: int) -> None:
    Clerk(seed, shop).work(60)
    company, ledger = shop.company, shop.company.books.ledger
    for report, kind, sign in (("AR", "AccountsReceivable", 1), ("AP", "AccountsPayable", -1)):
        open_ = last(company, f"{report}AgingSummary", ReportPeriod={"ToReportDate": "2027-12-31"})[-1]
        accounts = [each["ListID"] for each in company.all_of("Account") if each["AccountType"] == kind]
        assert D(open_ or 0) == sign * sum(ledger.accounts[account] for account in accounts)
    for basis in ("Accrual", "Cash"):
        _, debit, credit = last(company, "TrialBalance", ReportBasis=basis, **ALL)
        assert debit == credit


@pytest.mark.parametrize("version", ["8.0", "13.0", "16.0"])
def test_answers_agree_with_the_published_schemas(shop: Shop, version: str) -> None:
    etree = pytest.importorskip("lxml.etree", reason="SCHEMAS NOT COMPARED: lxml is not installed")
    if not SCHEMAS.is_dir():
        pytest.skip(f"SCHEMAS NOT COMPARED: there is no {SCHEMAS}")
    invoice, memo = shop.sell("Ann", HOUR), shop.sell("Ann", HOUR, kind="CreditMemo")
    for kind in ("Estimate", "SalesOrder", "SalesReceipt"):
        shop.sell("Ann", HOUR, kind=kind)
    for kind in ("Bill", "ItemReceipt", "VendorCredit"):
        shop.buy(kind=kind)
    shop.pay(invoice, "10")
    refund = {"CustomerRef": ref("Ann"), "RefundFromAccountRef": ref("Checking")}
    part = {"TxnID": memo["TxnID"], "RefundAmount": D(5)}
    shop.company.add("ARRefundCreditCard", {**refund, "RefundAppliedToTxnAdd": [part]})
    schema = etree.XMLSchema(file=str(SCHEMAS / f"qbxmlops{version.replace('.', '')}.xsd"))
    types = (*mirrored(edition("US", version)), "ReceivePaymentToDeposit", "Transaction", "Preferences")
    lines = "<IncludeLineItems>true</IncludeLineItems>"
    asked = [f"<{name}QueryRq>{lines if name in WITH_LINES else ''}</{name}QueryRq>" for name in types]
    payee = "<PayeeEntityRef><FullName>Mill</FullName></PayeeEntityRef>"
    asked.append(f"<BillToPayQueryRq>{payee}</BillToPayQueryRq>")
    answer = DesktopSession(shop.company).process(document("".join(asked), version=version))
    assert set(statuses(answer)) == {"0", "1"}
    assert len(re.findall("<[a-zA-Z]*InHomeCurrency>", answer)) > 15
    schema.assertValid(etree.fromstring(answer.encode()))
