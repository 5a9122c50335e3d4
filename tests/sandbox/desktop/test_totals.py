"""What lines and transactions come to, and what that does to accounts, customers, vendors and stock."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tieout.sandbox.desktop.refusals import Refused

from .shop import Shop, ref

D = Decimal


@pytest.fixture
def shop() -> Shop:
    return Shop()


def chairs(quantity: int, **more: object) -> dict[str, object]:
    return {"ItemRef": ref("Chair"), "Quantity": D(quantity), **more}


def test_a_sale_has_its_items_prices_and_its_tax(shop: Shop) -> None:
    invoice = shop.sell("Ann", chairs(3), {"ItemRef": ref("Hour"), "Quantity": D("1.5")})
    amounts = [line["Amount"] for line in invoice["InvoiceLineRet"]]
    assert amounts == [D("270.00"), D("60.00")]
    assert invoice["Subtotal"] == D("330.00")
    assert (invoice["SalesTaxPercentage"], invoice["SalesTaxTotal"]) == (D("8.25"), D("22.28"))
    assert shop.seen("Invoice", invoice)["BalanceRemaining"] == D("352.28")
    assert shop.balance("Accounts Receivable") == D("352.28")
    assert shop.balance("Sales Tax Payable") == D("-22.28")
    assert (shop.balance("Sales"), shop.balance("Consulting")) == (D("-270.00"), D("-60.00"))


@pytest.mark.parametrize(
    ("said", "rate", "amount"),
    [
        ({"Quantity": D(4), "Rate": D("2.5")}, "2.5", "10.00"),
        ({"Quantity": D(3), "Amount": D("10.00")}, "3.33333", "10.00"),
        ({"Quantity": D(3), "Rate": D("9"), "Amount": D("30.00")}, "10.00", "30.00"),
        ({"Rate": D("7.125")}, "7.125", "7.13"),
        ({"Quantity": D(2)}, "40", "80.00"),
        ({}, "40", "40.00"),
    ],
)
def test_of_quantity_rate_and_amount_two_give_the_third(
    shop: Shop, said: dict[str, Decimal], rate: str, amount: str
) -> None:
    (line,) = shop.sell("Ann", {"ItemRef": ref("Hour"), **said})["InvoiceLineRet"]
    assert (line["Rate"], line["Amount"]) == (D(rate), D(amount))


def test_discounts_and_subtotals_are_about_what_stands_above(shop: Shop) -> None:
    lines = [chairs(1), chairs(1), {"ItemRef": ref("Subtotal")}, {"ItemRef": ref("Ten off")}]
    invoice = shop.sell("Ann", *lines)
    assert [line["Amount"] for line in invoice["InvoiceLineRet"]] == [D(90), D(90), D(180), D("-18.00")]
    assert invoice["InvoiceLineRet"][3]["RatePercent"] == D(-10)
    assert invoice["Subtotal"] == D("162.00")
    assert invoice["SalesTaxTotal"] == D("13.37")
    assert shop.balance("Discounts") == D("18.00")


def test_a_group_brings_its_lines(shop: Shop) -> None:
    group = {"ItemGroupRef": ref("Set"), "Quantity": D(2)}
    said = {"CustomerRef": ref("Bob"), "InvoiceLineGroupAdd": [group]}
    (made,) = shop.company.add("Invoice", said)["InvoiceLineGroupRet"]
    assert [line["Quantity"] for line in made["InvoiceLineRet"]] == [D(8), D(2)]
    assert made["TotalAmount"] == D("800.00")
    assert made["Desc"] == "A set"


def test_a_customer_has_a_balance_of_its_own_and_one_with_its_jobs(shop: Shop) -> None:
    shop.sell("Ann")
    shop.sell("Ann:Kitchen")
    shop.sell("Bob")
    ann, kitchen = shop.named("Customer", "Ann"), shop.named("Customer", "Ann:Kitchen")
    assert (ann["Balance"], ann["TotalBalance"]) == (D(80), D(160))
    assert (kitchen["Balance"], kitchen["TotalBalance"]) == (D(80), D(80))


def test_balances_move_and_the_lists_do_not(shop: Shop) -> None:
    before = [shop.named("Customer", "Ann"), shop.named("Account", "Accounts Receivable")]
    shop.clock.advance(60)
    shop.sell("Ann")
    after = [shop.named("Customer", "Ann"), shop.named("Account", "Accounts Receivable")]
    for was, now in zip(before, after, strict=True):
        assert (was["TimeModified"], was["EditSequence"]) == (now["TimeModified"], now["EditSequence"])
        assert now["Balance"] - was["Balance"] == D(80)


def test_stock_is_costed_at_the_average_of_what_is_on_hand(shop: Shop) -> None:
    shop.buy(quantity=10, cost="50")
    shop.buy(quantity=10, cost="60")
    assert shop.named("Vendor", "Mill")["Balance"] == D("1100.00")
    chair = shop.named("ItemInventory", "Chair")
    assert (chair["QuantityOnHand"], chair["AverageCost"]) == (D(20), D(55))
    shop.sell("Ann", chairs(4))
    assert shop.balance("Cost of Goods Sold") == D("220.00")
    assert shop.balance("Inventory Asset") == D("880.00")
    assert shop.named("ItemInventory", "Chair")["QuantityOnHand"] == D(16)


def test_a_purchase_written_later_for_an_earlier_day_costs_the_sale_anew(shop: Shop) -> None:
    shop.sell("Ann", chairs(2), TxnDate="2026-03-10")
    assert shop.balance("Cost of Goods Sold") == D("100.00")
    line = {"ItemRef": ref("Chair"), "Quantity": D(2), "Cost": D("30")}
    shop.company.add("Bill", {"VendorRef": ref("Mill"), "TxnDate": "2026-03-01", "ItemLineAdd": [line]})
    assert shop.balance("Cost of Goods Sold") == D("60.00")
    assert shop.balance("Inventory Asset") == 0


def test_every_other_type_reaches_its_accounts(shop: Shop) -> None:
    add = shop.company.add
    office = [{"AccountRef": ref("Office Supplies"), "Amount": D("12.00")}]
    add("Check", {"AccountRef": ref("Checking"), "ExpenseLineAdd": office})
    add("CreditCardCharge", {"AccountRef": ref("Card"), "ExpenseLineAdd": office})
    add("CreditCardCredit", {"AccountRef": ref("Card"), "ExpenseLineAdd": office})
    shop.sell("Bob", kind="SalesReceipt")
    shop.sell("Bob", chairs(1), kind="CreditMemo")
    add("Charge", {"CustomerRef": ref("Bob"), "ItemRef": ref("Hour"), "Quantity": D(2)})
    side = {"Amount": D("5.00")}
    debit, credit = {"AccountRef": ref("Office Supplies"), **side}, {"AccountRef": ref("Checking"), **side}
    add("JournalEntry", {"JournalDebitLine": [debit], "JournalCreditLine": [credit]})
    transfer = {"TransferFromAccountRef": ref("Undeposited Funds"), "TransferToAccountRef": ref("Checking")}
    add("Transfer", {**transfer, "Amount": D("30.00")})
    assert shop.balance("Office Supplies") == D("17.00")
    assert shop.balance("Checking") == D("13.00")
    assert shop.balance("Card") == 0
    assert shop.balance("Undeposited Funds") == D("50.00")
    assert shop.named("Customer", "Bob")["Balance"] == D("80.00") - D("97.43")


def test_what_does_not_post_moves_nothing(shop: Shop) -> None:
    for kind in ("Estimate", "SalesOrder"):
        shop.sell("Ann", chairs(2), kind=kind)
    shop.sell("Ann", chairs(2), IsPending=True)
    line = {"ItemRef": ref("Chair"), "Quantity": D(5), "Rate": D("50")}
    shop.company.add("PurchaseOrder", {"VendorRef": ref("Mill"), "PurchaseOrderLineAdd": [line]})
    assert shop.company.books.ledger.trial_balance() == {}
    chair = shop.named("ItemInventory", "Chair")
    assert (chair["QuantityOnOrder"], chair["QuantityOnSalesOrder"]) == (D(5), D(2))


def test_opening_balances_are_transactions(shop: Shop) -> None:
    add = shop.company.add
    add("Account", {"Name": "Savings", "AccountType": "Bank", "OpenBalance": D("900.00")})
    add("Account", {"Name": "Loan", "AccountType": "LongTermLiability", "OpenBalance": D("400.00")})
    add("Customer", {"Name": "Cid", "OpenBalance": D("70.00")})
    add("Vendor", {"Name": "Vic", "OpenBalance": D("30.00")})
    assert shop.balance("Opening Balance Equity") == D("-500.00")
    assert shop.named("Account", "Loan")["Balance"] == D("400.00")
    assert shop.named("Customer", "Cid")["Balance"] == D("70.00")
    assert shop.named("Vendor", "Vic")["Balance"] == D("30.00")


def test_counted_stock(shop: Shop) -> None:
    shop.buy(quantity=10)
    lines = [{"ItemRef": ref("Chair"), "QuantityAdjustment": {"NewQuantity": D(8)}}]
    said = {"AccountRef": ref("Cost of Goods Sold"), "InventoryAdjustmentLineAdd": lines}
    adjusted = shop.company.add("InventoryAdjustment", said)
    (line,) = shop.seen("InventoryAdjustment", adjusted)["InventoryAdjustmentLineRet"]
    assert (line["QuantityDifference"], line["ValueDifference"]) == (D(-2), D("-100.00"))
    assert shop.named("ItemInventory", "Chair")["QuantityOnHand"] == D(8)


def test_a_journal_entry_must_balance_and_name_who_owes(shop: Shop) -> None:
    debit = {"AccountRef": ref("Accounts Receivable"), "Amount": D("5.00")}
    credit = {"AccountRef": ref("Checking"), "Amount": D("5.00")}
    with pytest.raises(Refused, match="balance"):
        shop.company.add(
            "JournalEntry", {"JournalDebitLine": [debit], "JournalCreditLine": [{**credit, "Amount": D(4)}]}
        )
    with pytest.raises(Refused, match="needs a customer"):
        shop.company.add("JournalEntry", {"JournalDebitLine": [debit], "JournalCreditLine": [credit]})
    debit["EntityRef"] = ref("Bob")
    shop.company.add("JournalEntry", {"JournalDebitLine": [debit], "JournalCreditLine": [credit]})
    assert shop.named("Customer", "Bob")["Balance"] == D(5)


def test_what_is_refused_leaves_nothing_behind(shop: Shop) -> None:
    invoice = shop.sell("Ann", chairs(1))
    before = (dict(shop.company.books.ledger.accounts), shop.seen("Invoice", invoice))
    with pytest.raises(Refused):
        shop.change(
            "Invoice",
            invoice,
            InvoiceLineMod=[{"TxnLineID": invoice["InvoiceLineRet"][0]["TxnLineID"], "Amount": D("-5.00")}],
        )
    assert (dict(shop.company.books.ledger.accounts), shop.seen("Invoice", invoice)) == before
