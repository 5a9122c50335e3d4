"""Ledgers, journals and lists of transactions against the records they are made of."""

from __future__ import annotations

from decimal import Decimal

import pytest

from .reading import amount, ask, columns, group, keys, lines, rows_of, titles, walk

ALL = {"start_date": "2020-01-01", "end_date": "2026-11-22"}
POSTING = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Payment", "Bill", "VendorCredit")
POSTING += (
    "BillPayment",
    "Purchase",
    "Deposit",
    "Transfer",
    "JournalEntry",
    "CreditCardPaymentTxn",
    "InventoryAdjustment",
)


def test_the_ledger_of_an_account_ends_with_its_current_balance(year):
    report = ask(year, "GeneralLedger", start_date="2026-01-01", end_date="2026-11-22")
    assert keys(report)[-2:] == ["subt_nat_amount", "rbal_nat_amount"]
    last = {}
    for path, cells, _group in lines(report, "data"):
        opening = cells[0]["value"] == "Beginning Balance"
        before = last.get(path, Decimal(0))
        assert amount(cells[-1]) == before + (amount(cells[-1]) if opening else amount(cells[-2]))
        last[path] = amount(cells[-1])
    banks = [s.record for s in year.books.store("Account") if s.record["CurrentBalance"]]
    banks = [account for account in banks if account["AccountType"] == "Bank"]
    assert {b["Name"]: last[(b["Name"],)] for b in banks} == {b["Name"]: b["CurrentBalance"] for b in banks}


def test_the_ledger_s_debits_are_its_credits(year):
    report = ask(year, "GeneralLedger", columns="tx_date,txn_type,debt_amt,credit_amt", **ALL)
    total = [sum(amount(cells[place]) for _, cells, _ in lines(report, "data")) for place in (2, 3)]
    assert total[0] == total[1] > 0


def test_the_ledger_of_some_accounts(year):
    banks = ask(year, "GeneralLedger", account_type="Bank", **ALL)
    assert {path[0] for path, _, _ in lines(banks, "data")} == {"Checking", "Petty Cash", "Savings"}
    id_ = next(s.id for s in year.books.store("Account") if s.record["Name"] == "Savings")
    savings = ask(year, "GeneralLedger", account=id_, **ALL)
    assert {path for path, _, _ in lines(savings, "data")} == {("Savings",)}


def test_profit_and_loss_detail_comes_to_the_same(year):
    period = {"start_date": "2026-01-01", "end_date": "2026-11-22"}
    report = ask(year, "ProfitAndLossDetail", **period)
    place = keys(report).index("subt_nat_amount")
    net = next(cells for _, cells, found in lines(report, "summary") if found == "NetIncome")
    assert amount(net[place]) == group(ask(year, "ProfitAndLoss", **period), "NetIncome")


def test_every_entry_of_the_journal_is_even(year):
    report = ask(year, "JournalReport", **ALL)
    for entry in rows_of(report):
        *_, debit, credit = entry["Summary"]["ColData"]
        assert amount(debit) == amount(credit)
    assert len(rows_of(report)) == len(year.books.ledger.entries)


def test_the_list_has_every_transaction_of_the_period(year):
    report = ask(year, "TransactionList", start_date="2026-03-01", end_date="2026-03-31")
    wanted = {
        (type_name in ("Estimate", "PurchaseOrder"), stored.id)
        for type_name in (*POSTING, "Estimate", "PurchaseOrder")
        for stored in year.books.store(type_name)
        if "2026-03-01" <= stored.record["TxnDate"] <= "2026-03-31"
        if "Voided" not in stored.record.get("PrivateNote", "")
    }
    posting = keys(report).index("is_no_post")
    shown = {(cells[posting]["value"] == "No", cells[1]["id"]) for _, cells, _ in lines(report, "data")}
    assert shown == wanted


def test_the_list_narrows(year):
    day = {"start_date": "2026-01-01", "end_date": "2026-11-22"}
    invoices = ask(year, "TransactionList", transaction_type="Invoice", **day)
    assert {cells[1]["value"] for _, cells, _ in lines(invoices, "data")} == {"Invoice"}
    unpaid = ask(year, "TransactionList", arpaid="Unpaid", columns="txn_type,nat_open_bal,tx_date", **day)
    open_invoices = [
        stored.record["Balance"]
        for stored in year.books.store("Invoice")
        if stored.record["Balance"] and stored.record["TxnDate"] >= "2026-01-01"
    ]
    assert sorted(amount(cells[1]) for _, cells, _ in lines(unpaid, "data")) == sorted(open_invoices)
    number = next(
        s.record["DocNumber"] for s in year.books.store("Invoice") if s.record["TxnDate"] > "2026-05"
    )
    one = ask(year, "TransactionList", docnum=number, transaction_type="Invoice", **day)
    assert len(lines(one, "data")) == 1


@pytest.mark.parametrize(
    ("group_by", "first"),
    [("Transaction Type", "Bill"), ("Month", "Jan 2026"), ("Account", "Accounts Payable (A/P)")],
)
def test_the_list_groups(year, group_by, first):
    report = ask(year, "TransactionList", start_date="2026-01-01", end_date="2026-03-31", group_by=group_by)
    assert rows_of(report)[0]["Header"]["ColData"][0]["value"] == first
    plain = ask(year, "TransactionList", start_date="2026-01-01", end_date="2026-03-31")
    assert len(lines(report, "data")) == len(lines(plain, "data"))


def test_sorting_by_a_column(year):
    period = {"start_date": "2026-01-01", "end_date": "2026-03-31"}
    report = ask(year, "TransactionList", sort_by="subt_nat_amount", sort_order="descend", **period)
    amounts = [amount(cells[-1]) for _, cells, _ in lines(report, "data")]
    assert amounts == sorted(amounts, reverse=True)


def test_splits_show_both_sides(shop):
    bill = shop.bill(shop.spent("60.00"), shop.spent("15.00", account="Travel"))
    report = ask(shop.company, "TransactionListWithSplits", group_by="Transaction Type")
    shown = [[cell["value"] for cell in cells[-2:]] for _, cells, _ in lines(report, "data")]
    assert shown == [["Rent", "60.00"], ["Travel", "15.00"], ["Accounts Payable (A/P)", "75.00"]]
    assert lines(report, "data")[0][1][1] == {"value": "Bill", "id": bill["Id"]}


def test_lists_by_party_have_a_section_for_each(shop):
    shop.invoice()
    shop.bill()
    customers = ask(shop.company, "TransactionListByCustomer")
    vendors = ask(shop.company, "TransactionListByVendor")
    assert [(path, cells[1]["value"]) for path, cells, _ in lines(customers, "data")] == [
        (("Ada",), "Invoice")
    ]
    assert [(path, cells[1]["value"]) for path, cells, _ in lines(vendors, "data")] == [(("Vera",), "Bill")]


def test_too_many_cells_are_cut_with_a_word(year):
    whole = ask(year, "GeneralLedger", **ALL)
    cut = ask(year, "GeneralLedger", most_cells=800, **ALL)
    shown = [cells for _, _, cells, _ in walk(rows_of(cut))]
    assert [cell["value"] for cell in shown[-1]] == [
        "Unable to display more data. Please reduce the date range."
    ]
    assert sum(len(cells) for cells in shown) <= 801
    assert [cells for _, _, cells, _ in walk(rows_of(whole))][: len(shown) - 1] == shown[:-1]


def test_sales_by_product_are_the_lines_of_sales_forms(year):
    wanted, quantities = {}, {}
    for type_name, sign in {"Invoice": 1, "SalesReceipt": 1, "CreditMemo": -1, "RefundReceipt": -1}.items():
        for stored in year.books.store(type_name):
            rate = Decimal(stored.record.get("ExchangeRate", 1))
            for line in stored.record["Line"]:
                part = line.get("SalesItemLineDetail", {})
                if "ItemRef" in part:
                    id_ = part["ItemRef"]["value"]
                    home = (line["Amount"] * rate).quantize(Decimal("0.01"))
                    wanted[id_] = wanted.get(id_, 0) + sign * home
                    quantities[id_] = quantities.get(id_, 0) + sign * part.get("Qty", 0)
    report = ask(year, "ItemSales", **ALL)
    shown = {
        cells[0]["id"]: (amount(cells[1]), amount(cells[2]))
        for _, cells, _ in lines(report, "data")
        if "id" in cells[0]
    }
    assert {id_: pair[1] for id_, pair in shown.items()} == {
        id_: total for id_, total in wanted.items() if total
    }
    assert {id_: pair[0] for id_, pair in shown.items()} == {id_: quantities[id_] for id_ in shown}
    assert [c["ColTitle"] for c in columns(report)[1]["Columns"]["Column"]][:2] == ["Quantity", "Amount"]


@pytest.mark.parametrize("name", ["CustomerSales", "ClassSales", "DepartmentSales"])
def test_sales_come_to_the_same_whatever_they_are_told_by(year, name):
    assert group(ask(year, name, **ALL), "GrandTotal") == group(ask(year, "ProfitAndLoss", **ALL), "Income")


def test_income_by_customer_and_expenses_by_vendor(year):
    statement = ask(year, "ProfitAndLoss", **ALL)
    assert group(ask(year, "CustomerIncome", **ALL), "GrandTotal", 3) == group(statement, "NetIncome")
    spent = group(statement, "COGS") + group(statement, "Expenses") + group(statement, "OtherExpenses")
    assert group(ask(year, "VendorExpenses", **ALL), "GrandTotal") == spent


def test_stock_is_what_items_have_on_hand_and_worth_what_the_account_says(year):
    report = ask(year, "InventoryValuationSummary")
    items = {s.id: s.record["QtyOnHand"] for s in year.books.store("Item") if s.record["Type"] == "Inventory"}
    shown = {c[0]["id"]: (amount(c[2]), amount(c[3])) for _, c, found in lines(report, "data") if not found}
    assert {id_: pair[0] for id_, pair in shown.items()} == items
    asset = next(s.record for s in year.books.store("Account") if s.record["AccountSubType"] == "Inventory")
    assert (
        sum(pair[1] for pair in shown.values()) == group(report, "GrandTotal", 3) == asset["CurrentBalance"]
    )
    detail = ask(year, "InventoryValuationDetail", **ALL)
    on_hand, worth = keys(detail).index("qty_on_hand"), keys(detail).index("home_asset_value")
    left = [(amount(c[on_hand]), amount(c[worth])) for _, c, _ in lines(detail, "summary")]
    assert sorted(left) == sorted(shown.values())


def test_the_list_of_accounts(year):
    report = ask(year, "AccountList", account_type="Bank")
    assert [cells[0]["value"] for _, cells, _ in lines(report, "data")] == [
        "Checking",
        "Petty Cash",
        "Savings",
    ]
    assert titles(report) == ["Account", "Type", "Detail type", "Description", "Balance"]
