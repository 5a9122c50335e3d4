"""python-quickbooks, the client most people use, works against the sandbox as against Intuit's."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    ObjectNotFoundException,
    QuickbooksException,
    UnsupportedException,
    ValidationException,
)
from quickbooks.objects.account import Account
from quickbooks.objects.base import Address, EmailAddress, PhoneNumber
from quickbooks.objects.bill import Bill
from quickbooks.objects.billpayment import BillPayment, BillPaymentLine, CheckPayment
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import (
    AccountBasedExpenseLine,
    AccountBasedExpenseLineDetail,
    SalesItemLine,
    SalesItemLineDetail,
)
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.payment import Payment, PaymentLine
from quickbooks.objects.preferences import Preferences
from quickbooks.objects.vendor import Vendor

_numbers = count(1)


def a_name(what):
    """A name that no other test has."""
    return f"{what} {next(_numbers)}"


def account(books, account_type):
    return Account.filter(AccountType=account_type, qb=books)[0]


def new_customer(**fields):
    customer = Customer()
    customer.DisplayName = a_name("Customer")
    for name, value in fields.items():
        setattr(customer, name, value)
    return customer


def new_item(books):
    item = Item()
    item.Name = a_name("Item")
    item.Type = "Service"
    item.UnitPrice = 40
    item.IncomeAccountRef = account(books, "Income").to_ref()
    return item


def new_invoice(customer, item, quantity=2, price=40):
    line = SalesItemLine()
    line.Amount = quantity * price
    line.Description = "Work"
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = item.to_ref()
    line.SalesItemLineDetail.Qty = quantity
    line.SalesItemLineDetail.UnitPrice = price
    invoice = Invoice()
    invoice.CustomerRef = customer.to_ref()
    invoice.Line.append(line)
    return invoice


def new_bill(books, vendor, amount=75):
    line = AccountBasedExpenseLine()
    line.Amount = amount
    line.DetailType = "AccountBasedExpenseLineDetail"
    line.AccountBasedExpenseLineDetail = AccountBasedExpenseLineDetail()
    line.AccountBasedExpenseLineDetail.AccountRef = account(books, "Expense").to_ref()
    bill = Bill()
    bill.VendorRef = vendor.to_ref()
    bill.Line.append(line)
    return bill


@pytest.fixture
def customer(books):
    return new_customer().save(qb=books)


@pytest.fixture
def item(books):
    return new_item(books).save(qb=books)


@pytest.fixture
def invoice(books, customer, item):
    return new_invoice(customer, item).save(qb=books)


@pytest.fixture
def vendor(books):
    vendor = Vendor()
    vendor.DisplayName = a_name("Vendor")
    return vendor.save(qb=books)


def payment_of(invoice, amount):
    line = PaymentLine()
    line.Amount = amount
    line.LinkedTxn.append(invoice.to_linked_txn())
    payment = Payment()
    payment.CustomerRef = invoice.CustomerRef
    payment.TotalAmt = amount
    payment.Line.append(line)
    return payment


# The company


def test_company_and_preferences_are_read(books, sandbox):
    assert CompanyInfo.get(sandbox.realm, qb=books).CompanyName == "Harbor Lane Goods"
    assert Preferences.get(qb=books).CurrencyPrefs.HomeCurrency.value == "USD"


def test_a_refused_token_is_an_authorization_exception(books):
    books.session.access_token = "x" * 40
    with pytest.raises(AuthorizationException):
        Customer.all(qb=books)


# Customers


def test_a_customer_with_everything_is_created_and_read_back(books):
    customer = new_customer(GivenName="Zoë", FamilyName="O'Hara", CompanyName="Zoë & Söhne \\ Co")
    customer.BillAddr = Address()
    customer.BillAddr.Line1 = "1 Main St"
    customer.BillAddr.City = "Bayshore"
    customer.PrimaryPhone = PhoneNumber()
    customer.PrimaryPhone.FreeFormNumber = "555-0100"
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = "zoe@example.com"
    saved = customer.save(qb=books)
    read = Customer.get(saved.Id, qb=books)
    assert (read.GivenName, read.FamilyName, read.CompanyName) == ("Zoë", "O'Hara", "Zoë & Söhne \\ Co")
    assert (read.BillAddr.City, read.PrimaryPhone.FreeFormNumber) == ("Bayshore", "555-0100")
    assert read.SyncToken == "0"


def test_a_customer_is_changed_and_deactivated(books, customer):
    customer.CompanyName = "New"
    changed = customer.save(qb=books)
    assert (changed.CompanyName, changed.SyncToken) == ("New", "1")
    changed.Active = False
    assert changed.save(qb=books).Active is False
    assert Customer.filter(Id=customer.Id, qb=books) == []
    assert len(Customer.filter(Id=customer.Id, Active=False, qb=books)) == 1


def test_a_stale_customer_is_refused(books, customer):
    Customer.get(customer.Id, qb=books).save(qb=books)
    with pytest.raises(QuickbooksException) as caught:
        customer.save(qb=books)
    assert caught.value.error_code == 5010


def test_a_duplicate_name_is_refused(books, customer):
    twin = new_customer(DisplayName=customer.DisplayName)
    with pytest.raises(QuickbooksException) as caught:
        twin.save(qb=books)
    assert caught.value.error_code == 6240


def test_a_customer_that_is_not_there_is_not_found(books):
    with pytest.raises(ObjectNotFoundException):
        Customer.get("999999", qb=books)


# Queries


def test_names_with_quotes_are_found(books):
    saved = new_customer(DisplayName=a_name("O'Hara's \"Bar\"")).save(qb=books)
    assert [found.Id for found in Customer.filter(DisplayName=saved.DisplayName, qb=books)] == [saved.Id]


def test_queries_count_page_order_and_choose(books):
    everything = Customer.count(qb=books)
    first = Customer.all(order_by="Id", max_results=3, qb=books)
    second = Customer.all(order_by="Id", start_position=4, max_results=3, qb=books)
    ids = [found.Id for found in first + second]
    assert len(set(ids)) == 6 <= everything
    assert {found.Id for found in Customer.choose(ids, qb=books)} == set(ids)
    assert len(Invoice.where("TotalAmt > '0.00'", max_results=5, qb=books)) == 5
    assert Customer.where("DisplayName LIKE 'Zzz%'", qb=books) == []


def test_items_are_listed_with_their_sku_asked_for(books, item):
    assert item.Id in {found.Id for found in Item.all(max_results=1000, qb=books)}


def test_a_query_that_is_wrong_is_a_validation_exception(books):
    with pytest.raises(ValidationException) as caught:
        Customer.where("Name ~ 1", qb=books)
    assert caught.value.error_code == 4000
    with pytest.raises(ValidationException) as caught:
        Invoice.where("PrivateNote = 'x'", qb=books)
    assert caught.value.error_code == 4001


# Items


def test_an_item_is_created_and_changed(books, item):
    item.UnitPrice = 41.5
    assert item.save(qb=books).UnitPrice == 41.5
    assert Item.get(item.Id, qb=books).UnitPrice == 41.5


# Invoices


def test_an_invoice_is_created_read_changed_and_deleted(books, invoice):
    assert (invoice.TotalAmt, invoice.Balance) == (80, 80)
    assert invoice.DocNumber
    read = Invoice.get(invoice.Id, qb=books)
    assert [line.DetailType for line in read.Line] == ["SalesItemLineDetail", "SubTotalLineDetail"]
    read.PrivateNote = "changed"
    changed = read.save(qb=books)
    assert (changed.PrivateNote, changed.TotalAmt) == ("changed", 80)
    assert changed.delete(qb=books)["Invoice"]["status"] == "Deleted"
    with pytest.raises(ObjectNotFoundException):
        Invoice.get(invoice.Id, qb=books)


def test_an_invoice_is_voided(books, invoice):
    voided = invoice.void(qb=books)["Invoice"]
    assert (voided["TotalAmt"], voided["Balance"], voided["PrivateNote"]) == (0, 0, "Voided")


def test_money_survives_as_decimals(books, customer, item, monkeypatch):
    monkeypatch.setattr(books, "use_decimal", True)
    saved = new_invoice(customer, item, quantity=3, price=Decimal("33.35")).save(qb=books)
    assert saved.TotalAmt == Decimal("100.05")


def test_an_amount_that_is_not_the_product_is_refused(books, customer, item):
    wrong = new_invoice(customer, item)
    wrong.Line[0].Amount = 81
    with pytest.raises(QuickbooksException) as caught:
        wrong.save(qb=books)
    assert caught.value.error_code == 6070


def test_a_repeated_request_id_makes_one_invoice(books, customer, item):
    first = new_invoice(customer, item).save(qb=books, request_id="order-7")
    again = new_invoice(customer, item).save(qb=books, request_id="order-7")
    assert again.Id == first.Id
    assert Invoice.count(f"CustomerRef = '{customer.Id}'", qb=books) == 1


# Payments


def test_a_payment_settles_an_invoice_and_voiding_it_opens_the_invoice(books, invoice):
    payment = payment_of(invoice, 80).save(qb=books)
    settled = Invoice.get(invoice.Id, qb=books)
    assert settled.Balance == 0
    assert settled.LinkedTxn[0].TxnId == payment.Id
    payment = Payment.get(payment.Id, qb=books)
    assert payment.void(qb=books)["Payment"]["TotalAmt"] == 0
    assert Invoice.get(invoice.Id, qb=books).Balance == 80


def test_a_payment_is_changed_and_deleted(books, invoice):
    payment = payment_of(invoice, 30).save(qb=books)
    assert Invoice.get(invoice.Id, qb=books).Balance == 50
    payment.PrivateNote = "by check"
    changed = payment.save(qb=books)
    assert changed.PrivateNote == "by check"
    changed.delete(qb=books)
    assert Invoice.get(invoice.Id, qb=books).Balance == 80


# Bills


def test_a_bill_is_created_changed_paid_and_deleted(books, vendor):
    bill = new_bill(books, vendor).save(qb=books)
    assert (bill.TotalAmt, bill.Balance) == (75, 75)
    bill.PrivateNote = "checked"
    bill = bill.save(qb=books)
    assert bill.PrivateNote == "checked"

    line = BillPaymentLine()
    line.Amount = 75
    line.LinkedTxn.append(bill.to_linked_txn())
    payment = BillPayment()
    payment.VendorRef = vendor.to_ref()
    payment.PayType = "Check"
    payment.CheckPayment = CheckPayment()
    payment.CheckPayment.BankAccountRef = account(books, "Bank").to_ref()
    payment.TotalAmt = 75
    payment.Line.append(line)
    payment = payment.save(qb=books)
    assert Bill.get(bill.Id, qb=books).Balance == 0

    assert payment.void(qb=books)["BillPayment"]["TotalAmt"] == 0
    bill = Bill.get(bill.Id, qb=books)
    assert bill.Balance == 75
    assert bill.delete(qb=books)["Bill"]["status"] == "Deleted"


def test_a_bill_without_a_vendor_is_refused(books, vendor):
    bill = new_bill(books, vendor)
    bill.VendorRef = None
    with pytest.raises(ValidationException) as caught:
        bill.save(qb=books)
    assert caught.value.error_code == 2020
    assert "VendorRef" in caught.value.detail


def test_what_cannot_be_voided_is_unsupported(books, customer):
    url = f"{books.api_url}/company/{books.company_id}/customer"
    body = f'{{"Id": "{customer.Id}", "SyncToken": "0"}}'
    with pytest.raises(UnsupportedException):
        books.post(url, body, params={"operation": "void"})


# Batches and changes


def test_batches_create_update_and_delete(books, customer, item):
    made = batch_create([new_customer() for _ in range(32)], qb=books)
    assert len(made.successes) == 32
    for each in made.successes:
        each.CompanyName = "Batch"
    changed = batch_update(made.successes, qb=books)
    assert {each.CompanyName for each in changed.successes} == {"Batch"}

    invoices = batch_create([new_invoice(customer, item), new_invoice(customer, item)], qb=books)
    assert len(batch_delete(invoices.successes, qb=books).successes) == 2


def test_one_bad_item_of_a_batch_fails_alone(books):
    good, twin = new_customer(), new_customer()
    twin.DisplayName = good.DisplayName
    answer = batch_create([good, twin], qb=books)
    assert len(answer.successes) == 1
    assert answer.faults[0].Error[0].code == "6240"
    assert answer.faults[0].original_object is twin


def test_changes_tell_what_is_new_and_what_is_gone(books, invoice, customer):
    gone = new_invoice(customer, Item.get(invoice.Line[0].SalesItemLineDetail.ItemRef.value, qb=books)).save(
        qb=books
    )
    gone.delete(qb=books)
    since = (datetime.now().astimezone() - timedelta(minutes=1)).isoformat(timespec="seconds")
    changed = change_data_capture([Invoice, Customer, Bill], since, qb=books)
    by_id = {each.Id: each for each in changed.Invoice}
    assert by_id[invoice.Id].TotalAmt == 80
    assert by_id[gone.Id].status == "Deleted"
    assert customer.Id in {each.Id for each in changed.Customer}


def test_changes_of_too_long_ago_are_refused(books):
    since = (datetime.now().astimezone() - timedelta(days=31)).isoformat(timespec="seconds")
    with pytest.raises(ValidationException):
        change_data_capture([Invoice], since, qb=books)
