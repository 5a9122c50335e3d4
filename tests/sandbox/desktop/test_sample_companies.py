"""The companies that a file can hold at first, in editions old and new."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tieout.catalog.qbxml import edition
from tieout.catalog.qbxml.rets import mirrored
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.sample_companies import COMPANIES
from tieout.sandbox.desktop.session import DesktopSession
from tieout.sandbox.desktop.special_accounts import AT_FIRST

from .test_books_balance import check
from .test_session import document, statuses

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
VERSIONS = {
    "US": ("1.0", "2.1", "4.1", "7.0", "16.0"),
    "CA": ("2.0", "3.0", "16.0"),
    "UK": ("2.0", "3.0", "16.0"),
}


def opened(name: str, **settings: object) -> DesktopCompany:
    return COMPANIES[name](DesktopCompany(clock=lambda: NOW, **settings))  # type: ignore[arg-type]


def test_the_shop_has_a_year_of_everything() -> None:
    company = opened("shop")
    for kind in (
        "Invoice", "ReceivePayment", "SalesReceipt", "CreditMemo", "Estimate", "SalesOrder", "Charge", "Bill", "Check",
        "BillPaymentCheck", "BillPaymentCreditCard", "VendorCredit", "ItemReceipt", "PurchaseOrder", "CreditCardCharge",
        "CreditCardCredit", "Deposit", "Transfer", "JournalEntry", "InventoryAdjustment", "BuildAssembly",
        "ARRefundCreditCard", "SalesTaxPaymentCheck", "TimeTracking", "Customer", "Vendor", "Employee", "Class",
    ):  # fmt: skip
        assert company.records[kind], kind
    check(company)
    modified = sorted(each["TimeModified"] for each in company.all_of("Invoice"))
    assert modified[0] < "2026-01"
    assert "2026-11" < modified[-1] < NOW.isoformat()
    assert len({stamp[:7] for stamp in modified}) >= 12
    assert company.deleted
    assert any(each.get("Memo", "").startswith("VOID:") for each in company.all_of("Invoice"))


def test_it_is_the_same_each_time() -> None:
    assert opened("shop").records == opened("shop").records


@pytest.mark.parametrize("name", COMPANIES)
@pytest.mark.parametrize(
    ("country", "version"), [(country, each) for country, all_ in VERSIONS.items() for each in all_]
)
def test_editions_open_and_show_all_that_they_keep(name: str, country: str, version: str) -> None:
    spoken = edition(country, version)
    company = opened(name, edition=spoken)
    accounts = [each.get("SpecialAccountType") for each in company.all_of("Account")]
    assert all(accounts.count(special) == 1 for special in AT_FIRST)
    kinds = [kind for kind in mirrored(spoken) if company.records.get(kind)]
    answer = DesktopSession(company).process(
        document("".join(f"<{kind}QueryRq/>" for kind in kinds), version=spoken.wire)
    )
    assert set(statuses(answer)) == {"0"}
    check(company)
