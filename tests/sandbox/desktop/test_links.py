"""Payments, credits, deposits and orders: what they settle, and what is undone when they go."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tieout.sandbox.desktop.records import Record
from tieout.sandbox.desktop.refusals import Refused

from .shop import Shop, ref

D = Decimal


@pytest.fixture
def shop() -> Shop:
    return Shop()


def left(shop: Shop, invoice: Record) -> Decimal:
    found: Decimal = shop.seen("Invoice", invoice)["BalanceRemaining"]
    return found


def test_a_payment_settles_and_both_sides_say_so(shop: Shop) -> None:
    invoice = shop.sell("Ann", RefNumber="17")
    payment = shop.pay(invoice, "50.00", total="60.00")
    paid = shop.seen("Invoice", invoice)
    assert (paid["AppliedAmount"], paid["BalanceRemaining"], paid["IsPaid"]) == (
        D("-50.00"),
        D("30.00"),
        False,
    )
    (link,) = paid["LinkedTxn"]
    assert (link["TxnID"], link["TxnType"], link["LinkType"], link["Amount"]) == (
        payment["TxnID"],
        "ReceivePayment",
        "AMTTYPE",
        D("-50.00"),
    )
    told = shop.seen("ReceivePayment", payment)
    (applied,) = told["AppliedToTxnRet"]
    assert (applied["RefNumber"], applied["Amount"], applied["BalanceRemaining"]) == ("17", D(50), D(30))
    assert told["UnusedPayment"] == D("10.00")
    assert shop.balance("Undeposited Funds") == D("60.00")
    assert shop.named("Customer", "Ann")["Balance"] == D("20.00")


def test_a_discount_settles_too(shop: Shop) -> None:
    invoice = shop.sell("Ann")
    shop.pay(invoice, "78.00", DiscountAmount=D("2.00"), DiscountAccountRef=ref("Discounts"))
    assert shop.seen("Invoice", invoice)["IsPaid"] is True
    assert (shop.balance("Discounts"), shop.balance("Accounts Receivable")) == (D(2), D(0))


def test_nobody_pays_more_than_is_due_or_for_somebody_else(shop: Shop) -> None:
    invoice = shop.sell("Ann")
    with pytest.raises(Refused, match="You cannot pay more than the amount due") as refused:
        shop.pay(invoice, "80.01")
    assert refused.value.code == 3210
    with pytest.raises(Refused, match="somebody else"):
        shop.pay(invoice, "10.00", customer="Bob")
    with pytest.raises(Refused, match="less than what is applied"):
        shop.pay(invoice, "10.00", total="9.00")
    assert left(shop, invoice) == D(80)


def test_a_customer_pays_for_its_jobs_and_the_job_owes_less(shop: Shop) -> None:
    invoice = shop.sell("Ann:Kitchen")
    shop.pay(invoice, "80.00")
    assert shop.named("Customer", "Ann:Kitchen")["Balance"] == 0
    assert shop.named("Customer", "Ann")["TotalBalance"] == 0


def test_where_quickbooks_applies_by_itself_it_takes_the_oldest(shop: Shop) -> None:
    newer = shop.sell("Ann", TxnDate="2026-02-02")
    older = shop.sell("Ann", {"ItemRef": ref("Hour")}, TxnDate="2026-01-01")
    said = {"CustomerRef": ref("Ann"), "TotalAmount": D("50.00"), "IsAutoApply": True}
    shop.company.add("ReceivePayment", said)
    assert (left(shop, older), left(shop, newer)) == (D(0), D(70))


def test_a_payment_that_goes_leaves_the_invoice_open(shop: Shop) -> None:
    invoice = shop.sell("Ann")
    payment = shop.pay(invoice, "80.00")
    shop.company.delete("ReceivePayment", payment["TxnID"])
    told = shop.seen("Invoice", invoice)
    assert (told["BalanceRemaining"], told["IsPaid"]) == (D(80), False)
    assert "LinkedTxn" not in told
    assert shop.balance("Undeposited Funds") == 0


@pytest.mark.parametrize("way", ["delete", "void"])
def test_an_invoice_that_goes_leaves_the_payment_unused(shop: Shop, way: str) -> None:
    invoice = shop.sell("Ann")
    payment = shop.pay(invoice, "80.00")
    getattr(shop.company, way)("Invoice", invoice["TxnID"])
    told = shop.seen("ReceivePayment", payment)
    assert (told["UnusedPayment"], told["AppliedToTxnRet"]) == (D(80), [])
    assert shop.named("Customer", "Ann")["Balance"] == D(-80)


def test_an_invoice_that_becomes_smaller_lets_go_of_what_is_too_much(shop: Shop) -> None:
    invoice = shop.sell("Ann")
    payment = shop.pay(invoice, "80.00")
    line = invoice["InvoiceLineRet"][0]["TxnLineID"]
    shop.change("Invoice", invoice, InvoiceLineMod=[{"TxnLineID": line, "Quantity": D(1)}])
    assert left(shop, invoice) == 0
    assert shop.seen("ReceivePayment", payment)["UnusedPayment"] == D(40)


def test_a_changed_payment_says_anew_what_it_pays(shop: Shop) -> None:
    first, second = shop.sell("Ann"), shop.sell("Ann")
    payment = shop.pay(first, "80.00")
    applied = [
        {"TxnID": first["TxnID"], "PaymentAmount": D("30.00")},
        {"TxnID": second["TxnID"], "PaymentAmount": D("50.00")},
    ]
    shop.change("ReceivePayment", payment, AppliedToTxnMod=applied)
    assert (left(shop, first), left(shop, second)) == (D(50), D(30))


def test_a_credit_alone_makes_no_transaction(shop: Shop) -> None:
    invoice = shop.sell("Ann")
    credit = shop.sell("Ann", {"ItemRef": ref("Hour")}, kind="CreditMemo")
    set_credit = {"CreditTxnID": credit["TxnID"], "AppliedAmount": D("40.00")}
    applied = {"TxnID": invoice["TxnID"], "SetCredit": [set_credit]}
    made = shop.company.add("ReceivePayment", {"CustomerRef": ref("Ann"), "AppliedToTxnAdd": [applied]})
    assert made == {}
    assert not shop.company.records.get("ReceivePayment")
    assert left(shop, invoice) == D(40)
    told = shop.seen("CreditMemo", credit)
    assert told["CreditRemaining"] == 0
    assert told["LinkedTxn"][0]["TxnID"] == invoice["TxnID"]
    with pytest.raises(Refused, match="more than the credit"):
        shop.company.add("ReceivePayment", {"CustomerRef": ref("Ann"), "AppliedToTxnAdd": [applied]})
    shop.company.delete("CreditMemo", credit["TxnID"])
    assert left(shop, invoice) == D(80)


def test_an_overpayment_is_a_credit_too(shop: Shop) -> None:
    first, second = shop.sell("Ann"), shop.sell("Ann")
    payment = shop.pay(first, "80.00", total="100.00")
    set_credit = {"CreditTxnID": payment["TxnID"], "AppliedAmount": D("20.00")}
    applied = {"TxnID": second["TxnID"], "SetCredit": [set_credit]}
    shop.company.add("ReceivePayment", {"CustomerRef": ref("Ann"), "AppliedToTxnAdd": [applied]})
    assert left(shop, second) == D(60)
    assert shop.seen("ReceivePayment", payment)["UnusedPayment"] == 0


def pay_bill(shop: Shop, bill: Record, amount: str, **more: object) -> Record:
    applied = {"TxnID": bill["TxnID"], "PaymentAmount": D(amount), **more}
    said = {"PayeeEntityRef": ref("Mill"), "BankAccountRef": ref("Checking"), "AppliedToTxnAdd": [applied]}
    return shop.company.add("BillPaymentCheck", said)


def test_a_bill_is_paid_by_check(shop: Shop) -> None:
    bill = shop.buy()
    check = pay_bill(shop, bill, "200.00")
    assert check["Amount"] == D("200.00")
    told = shop.seen("Bill", bill)
    assert (told["AmountDue"], told["OpenAmount"], told["IsPaid"]) == (D(500), D(300), False)
    assert shop.named("Vendor", "Mill")["Balance"] == D(300)
    assert shop.balance("Checking") == D(-200)
    pay_bill(shop, bill, "290.00", DiscountAmount=D("10.00"), DiscountAccountRef=ref("Discounts"))
    assert shop.seen("Bill", bill)["IsPaid"] is True
    assert shop.balance("Accounts Payable") == 0
    with pytest.raises(Refused, match="more than the amount due"):
        pay_bill(shop, bill, "0.01")


def test_a_vendor_credit_is_used_for_a_bill(shop: Shop) -> None:
    bill, credit = shop.buy(), shop.buy(quantity=2, kind="VendorCredit")
    set_credit = {"CreditTxnID": credit["TxnID"], "AppliedAmount": D("100.00")}
    pay_bill(shop, bill, "400.00", SetCredit=[set_credit])
    assert shop.seen("Bill", bill)["IsPaid"] is True
    assert shop.seen("VendorCredit", credit)["OpenAmount"] == 0
    assert shop.named("Vendor", "Mill")["Balance"] == 0


def deposit(shop: Shop, *payments: Record) -> Record:
    lines = [{"PaymentTxnID": each["TxnID"]} for each in payments]
    return shop.company.add("Deposit", {"DepositToAccountRef": ref("Checking"), "DepositLineAdd": lines})


def test_payments_are_deposited_once_and_stay_while_they_are(shop: Shop) -> None:
    payment = shop.pay(shop.sell("Ann"), "80.00")
    receipt = shop.sell("Bob", kind="SalesReceipt")
    made = deposit(shop, payment, receipt)
    assert made["DepositTotal"] == D(160)
    assert [line["TxnType"] for line in made["DepositLineRet"]] == ["ReceivePayment", "SalesReceipt"]
    assert (shop.balance("Checking"), shop.balance("Undeposited Funds")) == (D(160), D(0))
    with pytest.raises(Refused, match="deposited"):
        deposit(shop, payment)
    with pytest.raises(Refused, match="deposited") as refused:
        shop.company.delete("ReceivePayment", payment["TxnID"])
    assert refused.value.code == 3176
    line = receipt["SalesReceiptLineRet"][0]["TxnLineID"]
    with pytest.raises(Refused, match="deposited"):
        shop.change("SalesReceipt", receipt, SalesReceiptLineMod=[{"TxnLineID": line, "Quantity": D(9)}])
    shop.change("SalesReceipt", receipt, Memo="Thanks")
    shop.company.delete("Deposit", made["TxnID"])
    assert shop.balance("Undeposited Funds") == D(160)
    shop.company.delete("ReceivePayment", payment["TxnID"])


def test_a_refund_by_card_uses_up_a_credit(shop: Shop) -> None:
    credit = shop.sell("Ann", kind="CreditMemo")
    applied = [{"TxnID": credit["TxnID"], "RefundAmount": D("80.00")}]
    said = {
        "CustomerRef": ref("Ann"),
        "RefundFromAccountRef": ref("Checking"),
        "RefundAppliedToTxnAdd": applied,
    }
    refund = shop.company.add("ARRefundCreditCard", said)
    assert refund["TotalAmount"] == D(80)
    assert shop.seen("CreditMemo", credit)["CreditRemaining"] == 0
    assert shop.named("Customer", "Ann")["Balance"] == 0
    with pytest.raises(Refused):
        shop.company.delete("CreditMemo", credit["TxnID"])


def test_an_order_is_invoiced_whole_or_in_parts(shop: Shop) -> None:
    lines = [{"ItemRef": ref("Chair"), "Quantity": D(5)}, {"ItemRef": ref("Hour"), "Quantity": D(1)}]
    order = shop.sell("Ann", *lines, kind="SalesOrder")
    chairs = {"TxnID": order["TxnID"], "TxnLineID": order["SalesOrderLineRet"][0]["TxnLineID"]}
    part = shop.sell("Ann", {"LinkToTxn": chairs, "Quantity": D(2)})
    assert part["InvoiceLineRet"][0]["ItemRef"]["FullName"] == "Chair"
    told = shop.seen("SalesOrder", order)
    assert told["SalesOrderLineRet"][0]["Invoiced"] == D(2)
    assert told["IsFullyInvoiced"] is False
    rest = shop.company.add("Invoice", {"CustomerRef": ref("Ann"), "LinkToTxnID": [order["TxnID"]]})
    assert [line["Quantity"] for line in rest["InvoiceLineRet"]] == [D(3), D(1)]
    assert shop.seen("SalesOrder", order)["IsFullyInvoiced"] is True
    assert shop.seen("Invoice", rest)["LinkedTxn"][0]["LinkType"] == "QUANTYPE"
    with pytest.raises(Refused, match="nothing left"):
        shop.company.add("Invoice", {"CustomerRef": ref("Ann"), "LinkToTxnID": [order["TxnID"]]})
    shop.company.delete("Invoice", rest["TxnID"])
    assert shop.seen("SalesOrder", order)["IsFullyInvoiced"] is False


def test_an_order_is_named_once(shop: Shop) -> None:
    order = shop.sell("Ann", kind="SalesOrder")
    own = {"TxnID": order["TxnID"], "TxnLineID": order["SalesOrderLineRet"][0]["TxnLineID"]}
    for code, said in (
        (3177, {"LinkToTxnID": [order["TxnID"]] * 2}),
        (3000, {"LinkToTxnID": [order["TxnID"]], "InvoiceLineAdd": [{"LinkToTxn": own}]}),
        (3120, {"LinkToTxnID": ["1-1"]}),
    ):
        with pytest.raises(Refused) as refused:
            shop.company.add("Invoice", {"CustomerRef": ref("Ann"), **said})
        assert refused.value.code == code


def test_goods_of_a_purchase_order_are_received(shop: Shop) -> None:
    line = {"ItemRef": ref("Chair"), "Quantity": D(5), "Rate": D("45")}
    order = shop.company.add("PurchaseOrder", {"VendorRef": ref("Mill"), "PurchaseOrderLineAdd": [line]})
    bill = shop.company.add("Bill", {"VendorRef": ref("Mill"), "LinkToTxnID": [order["TxnID"]]})
    assert bill["AmountDue"] == D(225)
    told = shop.seen("PurchaseOrder", order)
    assert (told["IsFullyReceived"], told["PurchaseOrderLineRet"][0]["ReceivedQuantity"]) == (True, D(5))
    assert shop.named("ItemInventory", "Chair")["QuantityOnOrder"] == 0


@pytest.mark.parametrize("touches", [True, False])
def test_whether_a_payment_changes_the_stamp_of_what_it_pays_is_a_switch(touches: bool) -> None:
    shop = Shop()
    shop.company.payments_touch = touches
    invoice = shop.sell("Ann")
    before = shop.kept("Invoice", invoice)["TimeModified"]
    shop.clock.advance(60)
    shop.pay(invoice, "80.00")
    assert (shop.kept("Invoice", invoice)["TimeModified"] != before) is touches
