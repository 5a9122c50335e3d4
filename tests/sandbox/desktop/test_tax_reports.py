"""What was sold with tax and without, collected and owed: by agency and tax item, and as the books say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .shop import Shop, ref
from .test_reports import ALL, last, made

D = Decimal
CHAIRS = {"ItemRef": ref("Chair"), "Quantity": D(2)}  # 180.00, taxed
HOUR = {"ItemRef": ref("Hour"), "Quantity": D(1)}  # 40.00, not taxed


def taxed_shop() -> Shop:
    """Whose usual tax is one to the state."""
    shop = Shop()
    shop.buy(quantity=10)
    return shop


def row(shop: Shop, label: str, **content: Any) -> list[str | None]:
    found = [cells for _, cells, _ in made(shop.company, "SalesTaxLiability", **{**ALL, **content})]
    return next(cells[1:] for cells in found if cells[0] == label)


def test_a_tax_item_tells_what_is_sold_under_it_and_what_is_owed() -> None:
    shop = taxed_shop()
    shop.sell("Ann", CHAIRS, HOUR)
    shop.sell("Bob", CHAIRS, kind="CreditMemo")
    shop.sell("Bob", CHAIRS, kind="SalesReceipt")
    assert row(shop, "State tax") == ["220.00", "40.00", "180.00", "8.25", "14.85", "14.85"]
    paid = {"ItemSalesTaxRef": ref("State tax"), "Amount": D("10.00")}
    said = {"PayeeEntityRef": ref("State"), "BankAccountRef": ref("Checking"), "IsToBePrinted": True}
    shop.company.add("SalesTaxPaymentCheck", {**said, "SalesTaxPaymentCheckLineAdd": [paid]})
    assert row(shop, "State tax")[-2:] == ["14.85", "4.85"]
    assert row(shop, "TOTAL")[-1] == str(-shop.balance("Sales Tax Payable"))
    assert last(shop.company, "SalesTaxRevenueSummary", **ALL) == ["TOTAL", "180.00", "40.00", "220.00"]


def test_a_sale_under_two_taxes_counts_once_in_the_totals() -> None:
    shop = taxed_shop()
    add = shop.company.add
    add("Vendor", {"Name": "City"})
    add("ItemSalesTax", {"Name": "City tax", "TaxRate": D("1"), "TaxVendorRef": ref("City")})
    add("ItemSalesTax", {"Name": "County tax", "TaxRate": D("2"), "TaxVendorRef": ref("State")})
    each = [ref(name) for name in ("State tax", "County tax", "City tax")]
    add("ItemSalesTaxGroup", {"Name": "All", "ItemSalesTaxRef": each})
    shop.sell("Ann", CHAIRS, HOUR, ItemSalesTaxRef=ref("All"))
    rows = [cells for _, cells, _ in made(shop.company, "SalesTaxLiability", **ALL)]
    assert [(cells[0], cells[1], cells[3]) for cells in rows] == [
        (None, None, None),
        ("City tax", "220.00", "180.00"),
        ("Total City", "220.00", "180.00"),
        (None, None, None),
        ("State tax", "220.00", "180.00"),
        ("County tax", "220.00", "180.00"),
        ("Multiple taxes", "-220.00", "-180.00"),
        ("Total State", "220.00", "180.00"),
        ("Multiple taxes", "-220.00", "-180.00"),
        ("TOTAL", "220.00", "180.00"),
    ]
    assert rows[-1][5] == "20.25" == str(-shop.balance("Sales Tax Payable"))


def test_what_no_tax_item_moved_is_owed_too() -> None:
    shop = taxed_shop()
    shop.company.add("Charge", {"CustomerRef": ref("Ann"), "ItemRef": ref("Hour"), "Quantity": D(3)})
    account, state = {"AccountRef": ref("Sales Tax Payable")}, {"EntityRef": ref("State")}
    shop.company.add(
        "JournalEntry",
        {
            "JournalDebitLine": [{"AccountRef": ref("Office Supplies"), "Amount": D("7.00")}],
            "JournalCreditLine": [{**account, **state, "Amount": D("7.00")}],
        },
    )
    rows = [cells for kind, cells, _ in made(shop.company, "SalesTaxLiability", **ALL) if kind == "DataRow"]
    assert rows == [
        ["No tax item", "0.00", "0.00", "0.00", None, "0.00", "7.00"],
        ["No tax item", "120.00", "120.00", "0.00", None, "0.00", "0.00"],
    ]


def test_on_a_cash_basis_tax_is_owed_as_it_is_paid() -> None:
    shop = taxed_shop()
    invoice = shop.sell("Ann", CHAIRS)  # 194.85
    cash = {"ReportBasis": "Cash"}
    assert row(shop, "TOTAL", **cash)[-1] == "0.00"
    shop.pay(invoice, "97.43")
    assert row(shop, "State tax", **cash) == ["90.00", "0.00", "90.00", "8.25", "7.43", "7.43"]
