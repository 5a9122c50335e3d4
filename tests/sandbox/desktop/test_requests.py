"""Requests of every other sort, over the wire: deletions, merges, extensions, facts, and queries over several types."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from tieout.catalog.qbxml import edition
from tieout.sandbox.desktop.session import DesktopSession

from .shop import Shop, ref
from .test_session import document, statuses

D = Decimal


@pytest.fixture
def shop() -> Shop:
    return Shop()


def ask(shop: Shop, inside: str, version: str = "16.0") -> str:
    return DesktopSession(shop.company).process(document(inside, version=version))


def values(name: str, answer: str) -> list[str]:
    return re.findall(f"<{name}>(.*?)</{name}>", answer)


def delete(shop: Shop, txn_id: str) -> str:
    return ask(shop, f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{txn_id}</TxnID></TxnDelRq>")


def test_deletions_are_told_by_time_and_for_ninety_days(shop: Shop) -> None:
    first, second = shop.sell("Ann", RefNumber="1"), shop.sell("Ann", RefNumber="2")
    delete(shop, first["TxnID"])
    shop.clock.advance(10 * 86400)
    middle = shop.company.stamp()
    shop.clock.advance(86400)
    delete(shop, second["TxnID"])
    query = "<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType>{}</TxnDeletedQueryRq>"
    range_ = f"<DeletedDateRangeFilter><FromDeletedDate>{middle}</FromDeletedDate></DeletedDateRangeFilter>"
    assert values("RefNumber", ask(shop, query.format(""))) == ["1", "2"]
    assert values("RefNumber", ask(shop, query.format(range_))) == ["2"]
    shop.clock.advance(80 * 86400)
    assert values("RefNumber", ask(shop, query.format(""))) == ["2"]


def test_merging_moves_everything_to_the_one_that_stays(shop: Shop) -> None:
    shop.sell("Ann")
    shop.sell("Bob")
    ann, bob = shop.named("Customer", "Ann"), shop.named("Customer", "Bob")
    merge = (
        "<ListMergeRq><ListMergeType>Customer</ListMergeType>"
        "<MergeFrom><ListID>{}</ListID><EditSequence>{}</EditSequence></MergeFrom>"
        "<MergeTo><ListID>{}</ListID><EditSequence>{}</EditSequence></MergeTo></ListMergeRq>"
    )
    stale = merge.format(bob["ListID"], "1", ann["ListID"], ann["EditSequence"])
    assert statuses(ask(shop, stale)) == ["3200"]
    backwards = merge.format(ann["ListID"], ann["EditSequence"], bob["ListID"], bob["EditSequence"])
    assert statuses(ask(shop, backwards)) == ["3500"]
    answer = ask(shop, merge.format(bob["ListID"], bob["EditSequence"], ann["ListID"], ann["EditSequence"]))
    assert statuses(answer) == ["0"]
    assert values("FullName", answer) == ["Bob", "Ann"]
    assert shop.named("Customer", "Ann")["Balance"] == D(160)
    assert shop.company.find(("Customer",), ref("Bob")) is None


DEFINE = (
    "<DataExtDefAddRq><DataExtDefAdd><OwnerID>{owner}</OwnerID><DataExtName>Color</DataExtName>"
    "<DataExtType>STR255TYPE</DataExtType><AssignToObject>Customer</AssignToObject></DataExtDefAdd></DataExtDefAddRq>"
)
PUT = (
    "<DataExt{verb}Rq><DataExt{verb}><OwnerID>{owner}</OwnerID><DataExtName>Color</DataExtName>"
    "<ListDataExtType>Customer</ListDataExtType><ListObjRef><FullName>Bob</FullName></ListObjRef>{value}"
    "</DataExt{verb}></DataExt{verb}Rq>"
)
GREEN = "<DataExtValue>green</DataExtValue>"
PRIVATE = "{7d543f23-f3b1-4dea-8ff4-37bd26d15e6c}"


def test_private_data_has_a_definition_first_and_shows_to_its_owner(shop: Shop) -> None:
    put = PUT.format(verb="Add", owner=PRIVATE, value=GREEN)
    assert statuses(ask(shop, put)) == ["3120"]
    assert statuses(ask(shop, DEFINE.format(owner=PRIVATE))) == ["0"]
    before = shop.named("Customer", "Bob")["EditSequence"]
    assert statuses(ask(shop, put)) == ["0"]
    assert shop.named("Customer", "Bob")["EditSequence"] != before
    query = "<CustomerQueryRq><FullName>Bob</FullName>{}</CustomerQueryRq>"
    assert "green" not in ask(shop, query.format("<OwnerID>0</OwnerID>"))
    shown = ask(shop, query.format(f"<OwnerID>{PRIVATE}</OwnerID>"))
    assert values("OwnerID", shown) == [PRIVATE.upper()]
    changed = GREEN.replace("green", "red")
    assert statuses(ask(shop, PUT.format(verb="Mod", owner=PRIVATE, value=changed))) == ["0"]
    assert "red" in ask(shop, query.format(f"<OwnerID>{PRIVATE}</OwnerID>"))
    empty = PUT.format(verb="Mod", owner=PRIVATE, value="<DataExtValue></DataExtValue>")
    assert statuses(ask(shop, empty)) == ["3190"]
    assert statuses(ask(shop, PUT.format(verb="Del", owner=PRIVATE, value=""))) == ["0"]
    assert "red" not in ask(shop, query.format(f"<OwnerID>{PRIVATE}</OwnerID>"))
    assert values("DataExtName", ask(shop, "<DataExtDefQueryRq/>")) == ["Color"]
    gone = f"<DataExtDefDelRq><OwnerID>{PRIVATE}</OwnerID><DataExtName>Color</DataExtName></DataExtDefDelRq>"
    assert statuses(ask(shop, gone + "<DataExtDefQueryRq/>")) == ["0", "1"]


def test_the_file_has_private_data_too(shop: Shop) -> None:
    define = DEFINE.format(owner=PRIVATE).replace("Customer<", "Company<")
    put = PUT.format(verb="Add", owner=PRIVATE, value=GREEN)
    put = re.sub("<ListDataExtType>.*</ListObjRef>", "<OtherDataExtType>Company</OtherDataExtType>", put)
    assert statuses(ask(shop, define + put)) == ["0", "0"]
    assert "green" in ask(shop, f"<CompanyQueryRq><OwnerID>{PRIVATE}</OwnerID></CompanyQueryRq>")


@pytest.mark.parametrize("version", ["16.0", "6.0", "2.1"])
def test_the_file_tells_of_itself(shop: Shop, version: str) -> None:
    answer = ask(
        shop, "<CompanyQueryRq/><PreferencesQueryRq/><CompanyActivityQueryRq/><HostQueryRq/>", version
    )
    assert statuses(answer) == ["0"] * 4
    assert "<DefaultItemSalesTaxRef>" in answer


def test_windows_are_shown_to_nobody_and_refused_for_what_is_not_there(shop: Shop) -> None:
    invoice = shop.sell("Ann")
    display = (
        "<TxnDisplayModRq><TxnDisplayModType>Invoice</TxnDisplayModType><TxnID>{}</TxnID></TxnDisplayModRq>"
    )
    new = "<ListDisplayAddRq><ListDisplayAddType>Customer</ListDisplayAddType></ListDisplayAddRq>"
    answer = ask(shop, display.format(invoice["TxnID"]) + display.format("1-1") + new)
    assert statuses(answer) == ["0", "3120", "0"]


def test_special_accounts_and_items_are_made_once(shop: Shop) -> None:
    account = "<SpecialAccountAddRq><SpecialAccountAdd><SpecialAccountType>PettyCash</SpecialAccountType></SpecialAccountAdd></SpecialAccountAddRq>"
    item = "<SpecialItemAddRq><SpecialItemAdd><SpecialItemType>FinanceCharge</SpecialItemType></SpecialItemAdd></SpecialItemAddRq>"
    answer = ask(shop, account + account + item + item)
    assert statuses(answer) == ["0", "3100", "0", "3100"]
    assert values("SpecialAccountType", answer) == ["PettyCash"]


def test_a_transaction_can_be_marked_as_cleared(shop: Shop) -> None:
    invoice = shop.sell("Ann")
    mark = "<ClearedStatusModRq><ClearedStatusMod><TxnID>{}</TxnID><ClearedStatus>Cleared</ClearedStatus></ClearedStatusMod></ClearedStatusModRq>"
    assert statuses(ask(shop, mark.format(invoice["TxnID"]) + mark.format("1-1"))) == ["0", "3120"]


def test_what_is_in_use_is_not_deleted(shop: Shop) -> None:
    shop.sell("Ann:Kitchen")
    for kind, name in (("Customer", "Ann"), ("Account", "Accounts Receivable"), ("ItemService", "Hour")):
        list_id = shop.named(kind, name)["ListID"]
        gone = f"<ListDelRq><ListDelType>{kind}</ListDelType><ListID>{list_id}</ListID></ListDelRq>"
        assert statuses(ask(shop, gone)) == ["3160"], kind


def test_entities_items_and_terms_come_from_several_lists(shop: Shop) -> None:
    answer = ask(shop, "<EntityQueryRq/><ItemQueryRq/><TermsQueryRq/>")
    assert statuses(answer) == ["0", "0", "0"]
    assert {"CustomerRet", "VendorRet", "ItemServiceRet", "ItemGroupRet", "StandardTermsRet"} <= set(
        re.findall(r"<(\w+Ret)>", answer)
    )
    named = ask(shop, "<EntityQueryRq><FullName>Bob</FullName><FullName>Nobody</FullName></EntityQueryRq>")
    assert statuses(named) == ["500"]


def test_an_iterator_goes_from_one_list_into_the_next(shop: Shop) -> None:
    session = DesktopSession(shop.company)
    start = "<EntityQueryRq iterator='Start'><MaxReturned>4</MaxReturned></EntityQueryRq>"
    answer = session.process(document(start))
    assert (answer.count("<CustomerRet>"), answer.count("<VendorRet>")) == (3, 1)
    (left,) = re.findall(r'iteratorRemainingCount="(\d+)"', answer)
    (iterator,) = re.findall('iteratorID="(.*?)"', answer)
    go_on = start.replace("'Start'", f"'Continue' iteratorID='{iterator}'")
    assert session.process(document(go_on)).count("<VendorRet>") == int(left)


def test_what_is_to_be_paid_and_to_be_deposited(shop: Shop) -> None:
    shop.buy()
    shop.buy(quantity=1, kind="VendorCredit")
    to_pay = "<BillToPayQueryRq><PayeeEntityRef><FullName>Mill</FullName></PayeeEntityRef></BillToPayQueryRq>"
    answer = ask(shop, to_pay)
    assert (values("AmountDue", answer), values("CreditRemaining", answer)) == (["500.00"], ["50.00"])
    shop.pay(shop.sell("Ann"), "80.00")
    assert values("Amount", ask(shop, "<ReceivePaymentToDepositQueryRq/>")) == ["80.00"]
    shop.sell("Ann", {"ItemRef": ref("Chair"), "Quantity": D(1)})
    owed = ask(shop, "<SalesTaxPayableQueryRq/>")
    assert values("Amount", owed) == ["7.43", "7.43"]


def test_transactions_of_all_types(shop: Shop) -> None:
    invoice = shop.sell("Ann", TxnDate="2026-01-05", RefNumber="7")
    shop.sell("Bob", kind="Estimate", TxnDate="2026-01-04")
    shop.pay(invoice, "80.00")
    query = "<TransactionQueryRq>{}</TransactionQueryRq>"
    assert values("TxnType", ask(shop, query.format(""))) == ["Estimate", "Invoice", "ReceivePayment"]
    for inside, found in (
        ("<TransactionPostingStatusFilter>NonPosting</TransactionPostingStatusFilter>", ["Estimate"]),
        ("<RefNumber>7</RefNumber>", ["Invoice"]),
        (
            "<TransactionTypeFilter><TxnTypeFilter>Invoice</TxnTypeFilter></TransactionTypeFilter>",
            ["Invoice"],
        ),
        (
            "<TransactionEntityFilter><FullName>Ann</FullName></TransactionEntityFilter>",
            ["Invoice", "ReceivePayment"],
        ),
    ):
        assert values("TxnType", ask(shop, query.format(inside))) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (
            "<RefNumberRangeFilter><FromRefNumber>9</FromRefNumber><ToRefNumber>10</ToRefNumber></RefNumberRangeFilter>",
            2,
        ),
        ("<EntityFilter><FullNameWithChildren>Ann</FullNameWithChildren></EntityFilter>", 2),
        ("<EntityFilter><FullName>Ann</FullName></EntityFilter>", 1),
        ("<AccountFilter><FullName>Accounts Receivable</FullName></AccountFilter>", 3),
        ("<TxnDateRangeFilter><DateMacro>LastFiscalYear</DateMacro></TxnDateRangeFilter>", 0),
        ("<PaidStatus>PaidOnly</PaidStatus>", 1),
    ],
)
def test_filters(shop: Shop, query: str, found: int) -> None:
    for number, name in (("9", "Ann"), ("10", "Ann:Kitchen"), ("100", "Bob")):
        invoice = shop.sell(name, RefNumber=number)
    shop.pay(invoice, "80.00", customer="Bob")
    assert ask(shop, f"<InvoiceQueryRq>{query}</InvoiceQueryRq>").count("<InvoiceRet>") == found


def test_customers_by_what_they_owe(shop: Shop) -> None:
    shop.sell("Bob")
    query = "<CustomerQueryRq><TotalBalanceFilter><Operator>GreaterThan</Operator><Amount>0.00</Amount></TotalBalanceFilter></CustomerQueryRq>"
    assert values("Name", ask(shop, query)) == ["Bob"]


def test_a_range_that_runs_backwards(shop: Shop) -> None:
    query = "<InvoiceQueryRq><TxnDateRangeFilter><FromTxnDate>2026-02-01</FromTxnDate><ToTxnDate>2026-01-01</ToTxnDate></TxnDateRangeFilter></InvoiceQueryRq>"
    assert statuses(ask(shop, query)) == ["3030"]


@pytest.mark.parametrize(
    ("country", "version"), [("CA", "3.0"), ("UK", "3.0"), ("CA", "16.0"), ("UK", "16.0")]
)
def test_other_countries_are_answered_in_their_words(country: str, version: str) -> None:
    spoken = edition(country, version)
    shop = Shop()
    shop.company.edition = spoken
    shop.sell("Bob")
    queries = "".join(
        f"<{name}QueryRq/>" for name in ("Customer", "Account", "Invoice", "ItemInventory", "Preferences")
    )
    answer = ask(shop, queries, spoken.wire)
    assert statuses(answer)[:4] == ["0"] * 4


def test_a_later_request_of_the_set_can_name_what_an_earlier_one_made(shop: Shop) -> None:
    invoice = shop.sell("Bob")
    pay = (
        "<ReceivePaymentAddRq><ReceivePaymentAdd defMacro='TxnID:Paid'><CustomerRef><FullName>Bob</FullName>"
        "</CustomerRef><TotalAmount>80.00</TotalAmount><AppliedToTxnAdd><TxnID>{}</TxnID>"
        "<PaymentAmount>80.00</PaymentAmount></AppliedToTxnAdd></ReceivePaymentAdd></ReceivePaymentAddRq>"
    )
    deposit = (
        "<DepositAddRq><DepositAdd><DepositToAccountRef><FullName>Checking</FullName></DepositToAccountRef>"
        "<DepositLineAdd><PaymentTxnID useMacro='TxnID:{}'/></DepositLineAdd></DepositAdd></DepositAddRq>"
    )
    answer = ask(shop, deposit.format("Paid") + pay.format(invoice["TxnID"]) + deposit.format("Paid"))
    assert statuses(answer) == ["9100", "0", "0"]
    assert shop.balance("Checking") == D(80)
