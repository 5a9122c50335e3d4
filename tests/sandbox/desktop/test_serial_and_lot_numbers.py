"""Serial and lot numbers in the Desktop sandbox: off at first; then one of the two sorts, and what does not fit is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tieout.catalog.qbxml import edition
from tieout.errors import SetupError
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.records import Record
from tieout.sandbox.desktop.serial_and_lot_numbers import on_hand
from tieout.sandbox.desktop.session import DesktopSession

from .shop import Shop, ref
from .test_currencies import refused
from .test_reports import made
from .test_session import document, statuses

D = Decimal
SCHEMAS = Path(__file__).resolve().parents[4] / "shared" / "schemas" / "qbxml"


@pytest.fixture
def serials() -> Shop:
    return Shop(tracking="SerialNumber")


@pytest.fixture
def lots() -> Shop:
    return Shop(tracking="LotNumber", expiration_dates=True)


def chairs(quantity: int, **numbers: str) -> dict[str, Any]:
    return {"ItemRef": ref("Chair"), "Quantity": D(quantity), **numbers}


def buy(shop: Shop, quantity: int, kind: str = "Bill", **numbers: str) -> Record:
    line = {**chairs(quantity, **numbers), "Cost": D(50)}
    return shop.company.add(kind, {"VendorRef": ref("Mill"), "ItemLineAdd": [line]})


def adjust(shop: Shop, **how: Any) -> Record:
    line = {"ItemRef": ref("Chair"), **how}
    said = {"AccountRef": ref("Cost of Goods Sold"), "InventoryAdjustmentLineAdd": [line]}
    return shop.company.add("InventoryAdjustment", said)


def there(shop: Shop) -> dict[str, Decimal]:
    return {number: left for (_, number), left in on_hand(shop.company).items() if left}


def test_a_file_that_tracks_none_refuses_both() -> None:
    shop = Shop()
    refused(3250, buy, shop, 1, SerialNumber="A")
    refused(3250, shop.sell, "Ann", chairs(1, LotNumber="A"))
    refused(3250, adjust, shop, SerialNumberAdjustment={"AddSerialNumber": "A"})
    answer = DesktopSession(shop.company).process(document("<PreferencesQueryRq/>", version="16.0"))
    assert "<IsTrackingSerialOrLotNumber>None</IsTrackingSerialOrLotNumber>" in answer


def test_one_that_tracks_serial_numbers_has_no_lots_and_no_dates(serials: Shop) -> None:
    refused(3250, buy, serials, 1, LotNumber="A")
    refused(3250, buy, serials, 1, SerialNumber="A", ExpirationDateForSerialLotNumber="2027-01-31")
    refused(3250, adjust, serials, LotNumberAdjustment={"LotNumber": "A", "CountAdjustment": 1})
    answer = DesktopSession(serials.company).process(document("<PreferencesQueryRq/><HostQueryRq/>"))
    assert "<IsTrackingSerialOrLotNumber>SerialNumber</IsTrackingSerialOrLotNumber>" in answer
    assert "Enterprise" in answer


@pytest.mark.parametrize(
    ("version", "settings"),
    [
        ("10.0", {"tracking": "LotNumber"}),
        ("15.0", {"tracking": "LotNumber", "expiration_dates": True}),
        ("16.0", {"expiration_dates": True}),
    ],
)
def test_it_needs_a_version_that_has_it(version: str, settings: dict[str, Any]) -> None:
    with pytest.raises(SetupError):
        DesktopCompany(edition=edition("US", version), **settings)


def test_there_is_a_number_for_each_and_each_is_sold_once(serials: Shop) -> None:
    refused(3210, buy, serials, 2, SerialNumber="A")
    refused(3210, buy, serials, 2, SerialNumber="A,A")
    buy(serials, 3, SerialNumber="A, B,\nC")
    assert there(serials) == {"A": 1, "B": 1, "C": 1}
    assert "B" in refused(3210, buy, serials, 1, SerialNumber="B")
    sold = serials.sell("Ann", chairs(2, SerialNumber="A,C"))
    assert serials.seen("Invoice", sold)["InvoiceLineRet"][0]["SerialNumber"] == "A,C"
    refused(3210, serials.sell, "Bob", chairs(1, SerialNumber="A"))
    refused(3210, serials.sell, "Bob", {"ItemRef": ref("Hour"), "Quantity": D(1), "SerialNumber": "B"})
    assert there(serials) == {"B": 1}
    serials.sell("Ann", chairs(1, SerialNumber="A"), kind="CreditMemo")
    assert there(serials) == {"A": 1, "B": 1}


def test_numbers_follow_what_becomes_of_their_transaction(serials: Shop) -> None:
    buy(serials, 3, SerialNumber="A,B,C")
    sold = serials.sell("Ann", chairs(2, SerialNumber="A,B"))
    line = sold["InvoiceLineRet"][0]["TxnLineID"]
    refused(3210, serials.change, "Invoice", sold, InvoiceLineMod=[{"TxnLineID": line, "Quantity": D(1)}])
    said = {"TxnLineID": line, "Quantity": D(1), "SerialNumber": "B"}
    sold = serials.change("Invoice", sold, InvoiceLineMod=[said])
    assert there(serials) == {"A": 1, "C": 1}
    serials.company.void("Invoice", sold["TxnID"])
    assert there(serials) == {"A": 1, "B": 1, "C": 1}
    back = buy(serials, 1, kind="VendorCredit", SerialNumber="C")
    assert there(serials) == {"A": 1, "B": 1}
    serials.company.delete("VendorCredit", back["TxnID"])
    assert there(serials) == {"A": 1, "B": 1, "C": 1}
    serials.sell("Ann", chairs(1), kind="SalesReceipt")  # of those that have no number
    assert there(serials) == {"A": 1, "B": 1, "C": 1}


def test_serial_numbers_are_adjusted(serials: Shop) -> None:
    made = adjust(serials, SerialNumberAdjustment={"AddSerialNumber": "A,B"})
    line = serials.seen("InventoryAdjustment", made)["InventoryAdjustmentLineRet"][0]
    assert (line["SerialNumber"], line["SerialNumberAddedOrRemoved"], line["QuantityDifference"]) == (
        "A,B", "Added", 2,
    )  # fmt: skip
    made = adjust(serials, SerialNumberAdjustment={"RemoveSerialNumber": "A"})
    line = serials.seen("InventoryAdjustment", made)["InventoryAdjustmentLineRet"][0]
    assert (line["SerialNumberAddedOrRemoved"], line["QuantityDifference"]) == ("Removed", -1)
    refused(3210, adjust, serials, SerialNumberAdjustment={"RemoveSerialNumber": "A"})
    refused(3210, adjust, serials, QuantityAdjustment={"QuantityDifference": D(3), "SerialNumber": "D"})
    adjust(serials, QuantityAdjustment={"NewQuantity": D(2), "SerialNumber": "D"})
    assert there(serials) == {"B": 1, "D": 1}


def test_lots_have_quantities_and_dates_that_go_out_with_them(lots: Shop) -> None:
    day = {"ExpirationDateForSerialLotNumber": "2027-01-31"}
    buy(lots, 10, LotNumber="L1", **day)
    adjust(lots, LotNumberAdjustment={"LotNumber": "L2", "CountAdjustment": 5})
    refused(3210, buy, lots, 1, LotNumber="L3", ExpirationDateForSerialLotNumber="soon")
    sold = lots.sell("Ann", chairs(4, LotNumber="L1"))
    assert lots.seen("Invoice", sold)["InvoiceLineRet"][0].items() >= day.items()
    assert there(lots) == {"L1": 6, "L2": 5}
    refused(3210, lots.sell, "Ann", chairs(7, LotNumber="L1"))
    adjust(lots, LotNumberAdjustment={"LotNumber": "L2", "CountAdjustment": -2})
    assert there(lots) == {"L1": 6, "L2": 3}
    assert lots.named("ItemInventory", "Chair")["QuantityOnHand"] == 9


def test_orders_and_pending_sales_take_nothing_out(lots: Shop) -> None:
    buy(lots, 2, LotNumber="L1")
    lots.sell("Ann", chairs(5, LotNumber="L1"), kind="SalesOrder")
    waiting = lots.sell("Ann", chairs(5, LotNumber="L1"), IsPending=True)
    assert there(lots) == {"L1": 2}
    refused(3210, lots.change, "Invoice", waiting, IsPending=False)


def test_what_is_built_gets_numbers(serials: Shop) -> None:
    accounts = {"COGSAccountRef": ref("Cost of Goods Sold"), "AssetAccountRef": ref("Inventory Asset")}
    part = {"ItemInventoryRef": ref("Chair"), "Quantity": D(2)}
    item = {
        "Name": "Bench",
        "IncomeAccountRef": ref("Sales"),
        **accounts,
        "ItemInventoryAssemblyLine": [part],
    }
    serials.company.add("ItemInventoryAssembly", item)
    buy(serials, 4)
    said = {"ItemInventoryAssemblyRef": ref("Bench"), "QuantityToBuild": D(2)}
    refused(3210, serials.company.add, "BuildAssembly", {**said, "SerialNumber": "X"})
    serials.company.add("BuildAssembly", {**said, "SerialNumber": "X,Y"})
    bench = {"ItemRef": ref("Bench"), "Quantity": D(1), "SerialNumber": "Y"}
    serials.sell("Ann", bench)
    assert there(serials) == {"X": 1}


def test_they_are_told_and_transferred_by_site(serials: Shop) -> None:
    for name in ("North", "South"):
        serials.company.add("InventorySite", {"Name": name})
    line = {**chairs(2, SerialNumber="A,B"), "InventorySiteRef": ref("North")}
    serials.company.add("Bill", {"VendorRef": ref("Mill"), "ItemLineAdd": [line]})
    buy(serials, 1, SerialNumber="C")
    sites = {"FromInventorySiteRef": ref("North"), "ToInventorySiteRef": ref("South")}
    moved = {"ItemRef": ref("Chair"), "QuantityToTransfer": D(1), "SerialNumber": "B"}
    serials.company.add("TransferInventory", {**sites, "TransferInventoryLineAdd": [moved]})
    lost = {**moved, "SerialNumber": "X"}
    refused(3210, serials.company.add, "TransferInventory", {**sites, "TransferInventoryLineAdd": [lost]})
    _, *rows = made(serials.company, "SerialNumberInStockBySite")
    assert [cells for _, cells, item in rows if item == "Chair"] == [
        ["A", "1", "0", "0", "1"],
        ["B", "0", "1", "0", "1"],
        ["C", "0", "0", "1", "1"],
    ]
    refused(3250, made, serials.company, "LotNumberInStockBySite")


@pytest.mark.parametrize("version", ["11.0", "13.0", "16.0"])
def test_answers_agree_with_the_published_schemas(lots: Shop, version: str) -> None:
    etree = pytest.importorskip("lxml.etree", reason="SCHEMAS NOT COMPARED: lxml is not installed")
    if not SCHEMAS.is_dir():
        pytest.skip(f"SCHEMAS NOT COMPARED: there is no {SCHEMAS}")
    buy(lots, 10, LotNumber="L1", ExpirationDateForSerialLotNumber="2027-01-31")
    lots.sell("Ann", chairs(4, LotNumber="L1"))
    adjust(lots, LotNumberAdjustment={"LotNumber": "L2", "CountAdjustment": 5})
    schema = etree.XMLSchema(file=str(SCHEMAS / f"qbxmlops{version.replace('.', '')}.xsd"))
    lines = "<IncludeLineItems>true</IncludeLineItems>"
    names = ("Bill", "Invoice", "InventoryAdjustment")
    asked = "".join(f"<{name}QueryRq>{lines}</{name}QueryRq>" for name in names)
    said = document(f"<PreferencesQueryRq/>{asked}", version=version)
    answer = DesktopSession(lots.company).process(said)
    assert statuses(answer) == ["0"] * 4
    assert (answer.count("<LotNumber>"), "2027-01-31" in answer) == (3, version == "16.0")
    schema.assertValid(etree.fromstring(answer.encode()))
