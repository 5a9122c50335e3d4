"""Changing transactions line by line, voiding them, and renaming what they name."""

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


@pytest.fixture
def invoice(shop: Shop) -> Record:
    lines = [{"ItemRef": ref("Hour"), "Quantity": D(n), "Desc": f"line {n}"} for n in (1, 2, 3)]
    return shop.sell("Ann", *lines, Memo="As agreed")


def ids(record: Record) -> list[str]:
    return [line["TxnLineID"] for line in record["InvoiceLineRet"]]


def test_a_listed_line_keeps_what_is_not_said_and_an_unlisted_one_goes(shop: Shop, invoice: Record) -> None:
    first, _, third = ids(invoice)
    changed = shop.change(
        "Invoice",
        invoice,
        InvoiceLineMod=[
            {"TxnLineID": third, "Quantity": D(5)},
            {"TxnLineID": first},
            {"TxnLineID": "-1", "ItemRef": ref("Hour"), "Amount": D("9.00")},
        ],
    )
    lines = changed["InvoiceLineRet"]
    assert [line["TxnLineID"] for line in lines[:2]] == [third, first]
    assert lines[2]["TxnLineID"] not in ids(invoice)
    assert [(line.get("Desc"), line["Amount"]) for line in lines] == [
        ("line 3", D(200)),
        ("line 1", D(40)),
        (None, D(9)),
    ]
    assert changed["Subtotal"] == D(249)
    assert shop.balance("Accounts Receivable") == D(249)


def test_lines_stay_where_none_is_listed(shop: Shop, invoice: Record) -> None:
    changed = shop.change("Invoice", invoice, Memo="Otherwise")
    assert changed["InvoiceLineRet"] == invoice["InvoiceLineRet"]
    assert changed["Memo"] == "Otherwise"


def test_a_line_that_is_not_there(shop: Shop, invoice: Record) -> None:
    with pytest.raises(Refused) as refused:
        shop.change("Invoice", invoice, InvoiceLineMod=[{"TxnLineID": "999999"}])
    assert refused.value.code == 3120


def test_what_cannot_be_cleared(shop: Shop, invoice: Record) -> None:
    for said in (
        {"CustomerRef": {}},
        {"TxnDate": None},
        {"InvoiceLineMod": [{"TxnLineID": ids(invoice)[0], "Amount": None}]},
    ):
        with pytest.raises(Refused, match="Cannot clear the element") as refused:
            shop.change("Invoice", invoice, **said)
        assert refused.value.code == 3190
    assert "Memo" not in shop.change("Invoice", invoice, Memo=None)


def test_groups_go_with_the_lines_that_are_not_listed(shop: Shop) -> None:
    said = {
        "CustomerRef": ref("Ann"),
        "InvoiceLineAdd": [{"ItemRef": ref("Hour")}],
        "InvoiceLineGroupAdd": [{"ItemGroupRef": ref("Set")}],
    }
    invoice = shop.company.add("Invoice", said)
    (group,) = invoice["InvoiceLineGroupRet"]
    inner = [{"TxnLineID": group["InvoiceLineRet"][0]["TxnLineID"], "Quantity": D(1)}]
    kept = shop.change(
        "Invoice",
        invoice,
        InvoiceLineGroupMod=[{"TxnLineID": group["TxnLineID"], "InvoiceLineMod": inner}],
    )
    assert "InvoiceLineRet" not in kept
    assert kept["InvoiceLineGroupRet"][0]["TotalAmount"] == kept["Subtotal"] == D(90)
    plain = shop.change("Invoice", invoice, InvoiceLineMod=[{"TxnLineID": "-1", "ItemRef": ref("Hour")}])
    assert "InvoiceLineGroupRet" not in plain


def test_a_bill_has_two_sorts_of_lines_which_go_apart(shop: Shop) -> None:
    said = {
        "VendorRef": ref("Mill"),
        "ExpenseLineAdd": [{"AccountRef": ref("Office Supplies"), "Amount": D("5.00")}],
        "ItemLineAdd": [{"ItemRef": ref("Chair"), "Quantity": D(1), "Cost": D(50)}],
    }
    bill = shop.company.add("Bill", said)
    assert shop.change("Bill", bill, ClearItemLines=True)["AmountDue"] == D(5)
    assert shop.named("ItemInventory", "Chair")["QuantityOnHand"] == 0
    assert shop.change("Bill", bill, ClearExpenseLines=True)["AmountDue"] == 0


def test_a_journal_entry_is_changed_by_lines_that_say_their_side(shop: Shop) -> None:
    debit = {"AccountRef": ref("Office Supplies"), "Amount": D("5.00")}
    credit = {"AccountRef": ref("Checking"), "Amount": D("5.00")}
    entry = shop.company.add("JournalEntry", {"JournalDebitLine": [debit], "JournalCreditLine": [credit]})
    lines = [
        {"TxnLineID": entry["JournalDebitLine"][0]["TxnLineID"], "Amount": D("8.00")},
        {"TxnLineID": entry["JournalCreditLine"][0]["TxnLineID"]},
        {"TxnLineID": "-1", "JournalLineType": "Credit", "AccountRef": ref("Card"), "Amount": D("3.00")},
    ]
    changed = shop.change("JournalEntry", entry, JournalLineMod=lines)
    assert len(changed["JournalCreditLine"]) == 2
    assert (shop.balance("Office Supplies"), shop.balance("Card")) == (D(8), D(-3))


def test_a_void_keeps_the_record_at_zero_and_happens_once(shop: Shop, invoice: Record) -> None:
    voided = shop.company.void("Invoice", invoice["TxnID"])
    assert voided["Memo"] == "VOID: As agreed"
    assert {line["Amount"] for line in voided["InvoiceLineRet"]} == {D(0)}
    assert voided["InvoiceLineRet"][0]["Rate"] == D(40)
    assert shop.balance("Accounts Receivable") == 0
    again = shop.company.void("Invoice", invoice["TxnID"])
    assert (again["Memo"], again["EditSequence"]) == ("VOID: As agreed", voided["EditSequence"])


def test_a_new_name_shows_everywhere_and_stamps_nothing_else(shop: Shop) -> None:
    invoice = shop.sell("Ann:Kitchen")
    shop.clock.advance(60)
    shop.change("Customer", shop.named("Customer", "Ann"), Name="Anna")
    kept = shop.kept("Invoice", invoice)
    assert kept["CustomerRef"]["FullName"] == "Anna:Kitchen"
    assert kept["TimeModified"] == invoice["TimeModified"]
    assert shop.named("Customer", "Anna:Kitchen")["ParentRef"]["FullName"] == "Anna"
    with pytest.raises(Refused) as refused:
        shop.change("Customer", shop.named("Customer", "Anna"), Name="Bob")
    assert refused.value.code == 3100


def test_prices_follow_the_customers_price_level(shop: Shop) -> None:
    shop.company.add("PriceLevel", {"Name": "Friends", "PriceLevelFixedPercentage": D(-25)})
    shop.change("Customer", shop.named("Customer", "Bob"), PriceLevelRef=ref("Friends"))
    assert shop.sell("Bob")["InvoiceLineRet"][0]["Rate"] == D(30)


def test_terms_make_the_due_date(shop: Shop) -> None:
    made = shop.sell("Ann", TermsRef=ref("Net 30"), TxnDate="2026-01-20")
    assert made["DueDate"] == "2026-02-19"
    said = {"Name": "On the 15th", "DayOfMonthDue": 15, "DueNextMonthDays": 5}
    shop.company.add("DateDrivenTerms", said)
    for day, due in (
        ("2026-01-08", "2026-01-15"),
        ("2026-01-12", "2026-02-15"),
        ("2026-12-31", "2027-01-15"),
    ):
        assert shop.sell("Ann", TermsRef=ref("On the 15th"), TxnDate=day)["DueDate"] == due


def test_an_assembly_is_built_from_its_components(shop: Shop) -> None:
    accounts = {
        "IncomeAccountRef": ref("Sales"),
        "COGSAccountRef": ref("Cost of Goods Sold"),
        "AssetAccountRef": ref("Inventory Asset"),
    }
    part = {"ItemInventoryRef": ref("Chair"), "Quantity": D(4)}
    shop.company.add(
        "ItemInventoryAssembly", {"Name": "Seats", **accounts, "ItemInventoryAssemblyLine": [part]}
    )
    said = {"ItemInventoryAssemblyRef": ref("Seats"), "QuantityToBuild": D(2)}
    with pytest.raises(Refused, match="not enough components"):
        shop.company.add("BuildAssembly", said)
    pending = shop.company.add("BuildAssembly", {**said, "MarkPendingIfRequired": True})
    assert (pending["IsPending"], shop.balance("Inventory Asset")) == (True, D(0))
    shop.buy(quantity=10)
    shop.change("BuildAssembly", pending, RemovePending=True)
    seats, chair = shop.named("ItemInventoryAssembly", "Seats"), shop.named("ItemInventory", "Chair")
    assert (seats["QuantityOnHand"], seats["AverageCost"], chair["QuantityOnHand"]) == (D(2), D(200), D(2))
    assert shop.balance("Inventory Asset") == D(500)
    with pytest.raises(Refused) as refused:
        shop.company.add("BuildAssembly", {**said, "QuantityToBuild": D("0.5")})
    assert refused.value.code == 3060


def test_a_statement_charge_is_one_line_by_itself(shop: Shop) -> None:
    said = {"CustomerRef": ref("Bob"), "ItemRef": ref("Hour"), "Quantity": D(2)}
    charge = shop.company.add("Charge", said)
    assert (charge["Rate"], charge["Amount"]) == (D(40), D(80))
    changed = shop.change("Charge", charge, Amount=D("90.00"))
    assert (changed["Rate"], changed["Amount"]) == (D(45), D(90))
    assert shop.named("Customer", "Bob")["Balance"] == D(90)
