"""Whatever is written, voided or deleted: statements balance, and what is owed document by document is the account."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ..shop import Shop
from .reading import amount, ask, group, lines

ACTIONS = ("invoice", "receipt", "payment", "bill", "pay bill", "credit", "void", "delete", "last year")
WHOLE = {"start_date": "2024-01-01", "end_date": "2026-12-31"}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 99_999)), min_size=1, max_size=12))
def test_reports_of_any_books_tie_out(steps):
    shop = Shop()
    for action, number in steps:
        _do(shop, action, Decimal(number) / 100)
    for method in ("Accrual", "Cash"):
        sheet = ask(shop.company, "BalanceSheet", accounting_method=method, **WHOLE)
        if sheet["Rows"]:
            assert group(sheet, "TotalAssets") == group(sheet, "TotalLiabilitiesAndEquity")
    assert _aged(shop, "AgedReceivables") == _balance(shop, "Accounts Receivable")
    assert _aged(shop, "AgedPayables") == -_balance(shop, "Accounts Payable")
    trial = lines(ask(shop.company, "TrialBalance", **WHOLE), "summary")
    assert all(amount(cells[1]) == amount(cells[2]) for _, cells, _ in trial)


def _aged(shop, name):
    report = ask(shop.company, name)
    return sum(amount(cells[-1]) for _, cells, found in lines(report, "summary") if found == "GrandTotal")


def _balance(shop, account_type):
    accounts = (stored.record for stored in shop.company.books.store("Account"))
    return sum(a["CurrentBalance"] for a in accounts if a["AccountType"] == account_type)


def _do(shop, action, amount):
    invoices = [s.record for s in shop.company.books.store("Invoice") if s.record["Balance"]]
    bills = [s.record for s in shop.company.books.store("Bill") if s.record["Balance"]]
    match action:
        case "invoice":
            shop.invoice(shop.sold(amount), shop.sold("0.01"))
        case "last year":
            shop.invoice(shop.sold(amount), TxnDate="2025-03-31")
        case "receipt":
            shop.add("SalesReceipt", Line=[shop.sold(amount)], CustomerRef={"value": shop.customer})
        case "payment" if invoices:
            paid = min(amount, invoices[0]["Balance"])
            shop.pay(amount, ("Invoice", invoices[0], paid))
        case "bill":
            shop.bill(shop.spent(amount))
        case "pay bill" if bills:
            _pay_bill(shop, bills[0])
        case "credit":
            shop.add("CreditMemo", Line=[shop.sold(amount)], CustomerRef={"value": shop.customer})
        case "void" if invoices:
            shop.void("Invoice", invoices[-1])
        case "delete" if bills:
            shop.delete("Bill", bills[-1])


def _pay_bill(shop, bill):
    line = {"Amount": bill["Balance"], "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
    shop.add(
        "BillPayment",
        VendorRef={"value": shop.vendor},
        PayType="Check",
        CheckPayment={"BankAccountRef": shop.account("Checking")},
        TotalAmt=bill["Balance"],
        Line=[line],
    )
