"""Aging and balances against the records' own open amounts."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from .reading import amount, ask, lines, titles

OWED = {
    "Customer": {"Invoice": ("Balance", 1), "CreditMemo": ("Balance", -1), "Payment": ("UnappliedAmt", -1)},
    "Vendor": {"Bill": ("Balance", 1), "VendorCredit": ("Balance", -1)},
}
AGED = {"Customer": "AgedReceivables", "Vendor": "AgedPayables"}
AGED_DETAIL = {"Customer": "AgedReceivableDetail", "Vendor": "AgedPayableDetail"}


def owed(company, kind):
    """What every party owes by its documents, in the home currency."""
    found = defaultdict(Decimal)
    for type_name, (field, sign) in OWED[kind].items():
        for stored in company.books.store(type_name):
            record = stored.record
            home = (record[field] * Decimal(record.get("ExchangeRate", 1))).quantize(Decimal("0.01"))
            found[record[f"{kind}Ref"]["value"]] += sign * home
    return {party: total for party, total in found.items() if total}


def told(report):
    """The last amount of every party, sub-customers apart."""
    return {
        cells[0]["id"]: amount(cells[-1])
        for kind in ("data", "header")
        for _, cells, _ in lines(report, kind)
        if cells[-1]["value"]
    }


@pytest.mark.parametrize("kind", ["Customer", "Vendor"])
def test_the_aging_tells_what_every_party_owes(year, kind):
    report = ask(year, AGED[kind])
    assert told(report) == owed(year, kind)
    assert titles(report) == ["", "Current", "1 - 30", "31 - 60", "61 - 90", "91 and over", "Total"]
    _, total, group = lines(report, "summary")[-1]
    assert group == "GrandTotal"
    assert sum(map(amount, total[1:-1])) == amount(total[-1]) == sum(owed(year, kind).values())


@pytest.mark.parametrize("kind", ["Customer", "Vendor"])
def test_balances_and_details_tell_the_same(year, kind):
    everything = sum(owed(year, kind).values())
    for name in (f"{kind}Balance", f"{kind}BalanceDetail", AGED_DETAIL[kind]):
        report = ask(year, name)
        _, total, _ = lines(report, "summary")[-1]
        place = titles(report).index("Open Balance") if "Open Balance" in titles(report) else -1
        assert amount(total[place]) == everything, name


def test_an_earlier_day_sees_what_was_open_then(shop):
    invoice = shop.invoice(shop.sold("100.00"), TxnDate="2026-09-01", DueDate="2026-09-10")
    shop.pay("30.00", ("Invoice", invoice, "30.00"))
    then = ask(shop.company, "AgedReceivables", report_date="2026-10-01")
    now = ask(shop.company, "AgedReceivables")
    assert [cell["value"] for cell in lines(then, "data")[0][1]] == [
        "Ada",
        "",
        "100.00",
        "",
        "",
        "",
        "100.00",
    ]
    assert [cell["value"] for cell in lines(now, "data")[0][1]] == ["Ada", "", "", "", "70.00", "", "70.00"]
    assert {"Name": "report_date", "Value": "2026-10-01"} in then["Header"]["Option"]


def test_periods_can_be_cut_otherwise(shop):
    shop.invoice(shop.sold("100.00"), DueDate="2026-11-12")
    report = ask(shop.company, "AgedReceivables", aging_period="7", num_periods="2")
    assert titles(report) == ["", "Current", "1 - 7", "8 and over", "Total"]
    assert [cell["value"] for cell in lines(report, "data")[0][1]] == ["Ada", "", "", "100.00", "100.00"]


def test_the_detail_has_a_section_per_age(shop):
    invoice = shop.invoice(shop.sold("100.00"), DueDate="2026-10-01")
    shop.invoice(shop.sold("5.00"), DueDate="2026-12-01")
    report = ask(
        shop.company, "AgedReceivableDetail", columns="due_date,cust_name,subt_open_bal,past_due,txn_type"
    )
    shown = [(path, [cell["value"] for cell in cells]) for path, cells, _ in lines(report, "data")]
    assert shown == [
        (("31 - 60 days past due",), ["2026-10-01", "Ada", "100.00", "52", "Invoice"]),
        (("Current",), ["2026-12-01", "Ada", "5.00", "-9", "Invoice"]),
    ]
    _, cells, _ = lines(report, "data")[0]
    assert (cells[1]["id"], cells[4]["id"]) == (shop.customer, invoice["Id"])
    overdue = ask(shop.company, "AgedReceivableDetail", past_due="10")
    assert len(lines(overdue, "data")) == 1


def test_paid_documents_are_shown_when_asked_for(shop):
    invoice = shop.invoice(shop.sold("10.00"))
    shop.pay("10.00", ("Invoice", invoice, "10.00"))
    assert ask(shop.company, "CustomerBalanceDetail")["Rows"] == {}
    every = ask(shop.company, "CustomerBalanceDetail", arpaid="All")
    assert [cells[1]["value"] for _, cells, _ in lines(every, "data")] == ["Invoice", "Payment"]
