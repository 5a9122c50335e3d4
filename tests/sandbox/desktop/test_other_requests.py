"""Requests about what is no record: stock by site, assemblies, bar codes, tax lines, form 1099, events."""

from __future__ import annotations

import json
import re
import socket
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tieout.catalog.qbxml import newest
from tieout.protocols.qbxml_reader import Answered, Ret, read_answers
from tieout.protocols.qbxml_writer import MessageSet, Request, write_message_set
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import running_desktop
from tieout.sandbox.desktop.refusals import CallRefused
from tieout.sandbox.desktop.session import DesktopSession
from tieout.sandbox.desktop.small_company import small_company

US = newest("US")


class Shop:
    """A company with stock, a clock and somebody who asks."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.company = small_company(DesktopCompany(clock=lambda: self.now))
        self.session = DesktopSession(self.company)

    def do(self, kind: str, verb: str, content: dict[str, Any]) -> tuple[int, list[Any]]:
        """The status, and the records."""
        document = write_message_set(MessageSet(US, (Request(kind, verb, content),)))
        status, records = -1, []
        for event in read_answers([self.session.process(document.decode()).encode()], US):
            if isinstance(event, Answered):
                status = event.status
            elif isinstance(event, Ret):
                records.append(event.record)
        return status, records

    def add(self, kind: str, **content: Any) -> dict[str, Any]:
        status, (record,) = self.do(kind, "Add", {f"{kind}Add": content})
        assert status == 0
        return dict(record)

    def goods(self, name: str, **more: Any) -> dict[str, Any]:
        accounts = {
            name: {"FullName": self.account(kind)}
            for name, kind in (
                ("IncomeAccountRef", "Income"),
                ("COGSAccountRef", "CostOfGoodsSold"),
                ("AssetAccountRef", "OtherCurrentAsset"),
            )
        }
        return self.add(more.pop("kind", "ItemInventory"), Name=name, **accounts, **more)

    def account(self, kind: str) -> str:
        found = next((each for each in self.company.all_of("Account") if each["AccountType"] == kind), None)
        return (
            str(found["FullName"])
            if found
            else str(self.add("Account", Name=kind, AccountType=kind)["FullName"])
        )

    def bring(self, item: str, quantity: int, **more: Any) -> None:
        line = {"ItemRef": {"FullName": item}, "QuantityAdjustment": {"QuantityDifference": quantity}}
        account = {"FullName": self.account("Expense")}
        self.add("InventoryAdjustment", AccountRef=account, InventoryAdjustmentLineAdd=[line], **more)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def on_hand(records: list[Any]) -> dict[tuple[str, str], int]:
    return {
        (
            (each.get("ItemInventoryRef") or each["ItemInventoryAssemblyRef"])["FullName"],
            each.get("InventorySiteRef", {}).get("FullName", ""),
        ): int(each["QuantityOnHand"])
        for each in records
    }


def test_stock_lies_at_sites_and_moves_between_them(shop: Shop) -> None:
    shop.goods("Lamp", ReorderPoint=3)
    shop.bring("Lamp", 10)
    _, found = shop.do("ItemSites", "Query", {})
    assert on_hand(found) == {("Lamp", ""): 10}
    for name in ("North", "South"):
        shop.add("InventorySite", Name=name)
    shop.bring("Lamp", 5, InventorySiteRef={"FullName": "North"})
    shop.add(
        "TransferInventory",
        FromInventorySiteRef={"FullName": "North"},
        ToInventorySiteRef={"FullName": "South"},
        TransferInventoryLineAdd=[{"ItemRef": {"FullName": "Lamp"}, "QuantityToTransfer": 2}],
    )
    _, found = shop.do("ItemSites", "Query", {})
    assert on_hand(found) == {("Lamp", ""): 10, ("Lamp", "North"): 3, ("Lamp", "South"): 2}
    assert len({each["ListID"] for each in found}) == 3
    south = {"ItemSiteFilter": {"SiteFilter": {"FullName": ["South"]}}}
    status, found = shop.do("ItemSites", "Query", south)
    assert (status, on_hand(found)) == (0, {("Lamp", "South"): 2})
    (again,) = shop.do("ItemSites", "Query", {"ListID": [found[0]["ListID"]]})[1]
    assert again == found[0]
    assert shop.do("ItemSites", "Query", {"ItemTypeFilter": "Assembly"}) == (1, [])


def test_orders_and_pending_builds_show_at_sites(shop: Shop) -> None:
    shop.goods("Shade")
    part = {"ItemInventoryRef": {"FullName": "Shade"}, "Quantity": 2}
    shop.goods("Lamp", kind="ItemInventoryAssembly", ItemInventoryAssemblyLine=[part])
    shop.bring("Shade", 5)
    build = {
        "ItemInventoryAssemblyRef": {"FullName": "Lamp"},
        "QuantityToBuild": 4,
        "MarkPendingIfRequired": True,
    }
    shop.add("BuildAssembly", **build)
    order = {"ItemRef": {"FullName": "Shade"}, "Quantity": 3, "Rate": "1.00"}
    shop.add("SalesOrder", CustomerRef={"FullName": "Elm Bakery"}, SalesOrderLineAdd=[order])
    by_item = {
        (each.get("ItemInventoryRef") or each["ItemInventoryAssemblyRef"])["FullName"]: each
        for each in shop.do("ItemSites", "Query", {})[1]
    }
    assert int(by_item["Shade"]["QuantityOnSalesOrders"]) == 3
    assert int(by_item["Shade"]["QuantityRequiredByPendingBuildTxns"]) == 8
    assert int(by_item["Lamp"]["QuantityToBeBuiltByPendingBuildTxns"]) == 4
    asked = {"ItemInventoryAssemblyRef": {"FullName": "Lamp"}, "TxnDate": "2026-03-02"}
    status, (told,) = shop.do("ItemAssembliesCanBuild", "Query", asked)
    assert (status, int(told["QuantityCanBuild"])) == (0, 2)
    asked["ItemInventoryAssemblyRef"] = {"FullName": "Shade"}
    assert shop.do("ItemAssembliesCanBuild", "Query", asked)[0] == 3140


def test_whose_bar_code_it_is(shop: Shop) -> None:
    item = shop.goods("Lamp", BarCode={"BarCodeValue": "4006381333931"})
    status, (found,) = shop.do("BarCode", "Query", {"BarCodeValue": ["4006381333931"]})
    assert (status, found) == (0, {"ListType": "ItemInventory", "ListID": item["ListID"], "FullName": "Lamp"})
    assert shop.do("BarCode", "Query", {"BarCodeValue": ["4006381333931", "1"]})[0] == 500
    assert shop.do("BarCode", "Query", {"BarCodeValue": ["1"]}) == (1, [])


def test_the_boxes_of_form_1099(shop: Shop) -> None:
    expense = shop.account("Expense")
    box = {
        "MappingCategory": "BOX1",
        "MappingAccount": [{"AccountRef": {"FullName": expense}}],
        "Threshold": "600.00",
    }
    said = {"IsFiling1099Misc": True, "CategoryAccountMappingMod": [box]}
    status, (told,) = shop.do(
        "Form1099CategoryAccountMapping", "Mod", {"Form1099CategoryAccountMappingMod": said}
    )
    assert status == 0
    assert shop.do("Form1099CategoryAccountMapping", "Query", {}) == (0, [told])
    assert told["CategoryAccountMapping"][0]["AccountRef"][0]["FullName"] == expense
    twice = {"CategoryAccountMappingMod": [{**box, "MappingCategory": "BOX2"}]}
    assert (
        shop.do("Form1099CategoryAccountMapping", "Mod", {"Form1099CategoryAccountMappingMod": twice})[0]
        == 3210
    )


def test_what_must_be_there_and_is_empty_is_missed(shop: Shop) -> None:
    document = (
        '<?xml version="1.0"?><?qbxml version="16.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
        "<CheckAddRq><CheckAdd><AccountRef/></CheckAdd></CheckAddRq></QBXMLMsgsRq></QBXML>"
    )
    answer = shop.session.process(document)
    assert 'statusCode="3150"' in answer
    assert "AccountRef" in answer


# ---- events

SUBSCRIBER = "{2DE83982-AE00-4C5B-BE51-76750FD7AA52}"
CALLBACK = {"AppName": "tieout", "ProgID": "tieout.Events"}


def subscription(**more: Any) -> Request:
    said = {
        "SubscriberID": SUBSCRIBER,
        "COMCallbackInfo": CALLBACK,
        "DeliveryPolicy": "DeliverAlways",
        "TrackLostEvents": "All",
        "ListEventSubscription": [{"ListEventType": ["Customer"], "ListEventOperation": ["Add", "Delete"]}],
        **more,
    }
    return Request("DataEventSubscription", "Add", {"DataEventSubscriptionAdd": said})


def subscribed(shop: Shop, request: Request) -> str:
    return shop.session.subscribe(write_message_set(MessageSet(US, (request,))).decode())


def test_subscriptions_are_kept_told_and_taken_away(shop: Shop) -> None:
    asked = Request("DataEventSubscription", "Query", {"SubscriberID": SUBSCRIBER})
    assert 'statusCode="1"' in subscribed(shop, asked)
    made = subscribed(shop, subscription())
    assert "<QBXMLSubscriptionMsgsRs>" in made
    assert 'statusCode="0"' in made
    assert 'statusCode="3180"' in subscribed(shop, subscription())
    assert "<ListEventType>Customer</ListEventType>" in subscribed(shop, asked)
    gone = Request("Subscription", "Del", {"SubscriberID": SUBSCRIBER, "SubscriptionType": "Data"})
    assert 'statusCode="0"' in subscribed(shop, gone)
    assert 'statusCode="3120"' in subscribed(shop, gone)


def test_subscriptions_and_requests_have_doors_of_their_own(shop: Shop) -> None:
    document = write_message_set(MessageSet(US, (subscription(),))).decode()
    with pytest.raises(CallRefused, match="parsing"):
        shop.session.process(document)
    with pytest.raises(CallRefused, match="parsing"):
        shop.session.subscribe(write_message_set(MessageSet(US, (Request("Host", "Query"),))).decode())


def test_simple_start_has_no_events(shop: Shop) -> None:
    shop.company.product = "QuickBooks Simple Start 2008"
    assert 'statusCode="3250"' in subscribed(shop, subscription())


def test_lost_events_are_told_from_the_first_on(shop: Shop) -> None:
    lost = {"SubscriberID": SUBSCRIBER}
    assert shop.do("DataEventRecoveryInfo", "Query", lost)[0] == 3120
    subscribed(shop, subscription())
    assert shop.do("DataEventRecoveryInfo", "Query", lost) == (1, [])
    shop.now += timedelta(hours=1)
    shop.add("Vendor", Name="Nobody asked")
    shop.now += timedelta(hours=1)
    shop.add("Customer", Name="Ann")
    status, (told,) = shop.do("DataEventRecoveryInfo", "Query", lost)
    assert (status, str(told["DataEventRecoveryTime"])[:16]) == (0, "2026-03-02T11:00")
    assert shop.do("DataEventRecoveryInfo", "Del", lost)[0] == 0
    assert shop.do("DataEventRecoveryInfo", "Query", lost) == (1, [])


def test_the_door_takes_subscriptions_without_a_session() -> None:
    length = struct.Struct(">I")
    with running_desktop(small_company(DesktopCompany())) as door:
        port, token = re.findall(r":(\d+)\?token=(.+)", door.address)[0]
        with socket.create_connection(("127.0.0.1", int(port)), timeout=60) as connection:
            stream = connection.makefile("rwb")

            def call(**asked: Any) -> dict[str, Any]:
                content = json.dumps({"id": 1, **asked}).encode()
                stream.write(length.pack(len(content)) + content)
                stream.flush()
                (size,) = length.unpack(stream.read(4))
                return dict(json.loads(stream.read(size)))

            call(do="hello", token=token)
            document = write_message_set(MessageSet(US, (subscription(),))).decode()
            assert 'statusCode="0"' in call(do="subscribe", xml=document)["xml"]
