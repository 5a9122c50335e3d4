from datetime import date
from decimal import Decimal

import pytest

from tieout.catalog.qbxml import edition
from tieout.errors import Invalid, SetupError
from tieout.protocols.qbxml_writer import MessageSet, Request, write_message_set

US13 = edition("US", "13.0")


def written(verb, content, kind="Invoice", each=US13, **more):
    return write_message_set(MessageSet(each, (Request(kind, verb, content, "1"),), **more)).decode("ascii")


def invoice(**more):
    return {"InvoiceAdd": {"CustomerRef": {"FullName": "Ann"}, **more}}


def test_elements_come_in_the_order_of_the_message():
    text = written("Add", invoice(Memo="m", TxnDate=date(2026, 11, 25), RefNumber="17"))
    assert text.index("<TxnDate>2026-11-25") < text.index("<RefNumber>17") < text.index("<Memo>m")


def test_the_version_is_spelled_as_its_country_does():
    assert '<?qbxml version="13.0"?>' in written("Add", invoice())
    assert '<?qbxml version="CA3.0"?>' in written("Query", {}, each=edition("CA", "3.0"))


def test_the_text_is_ascii_with_entities():
    assert "<Memo>Caf&#233; &amp; S&#246;hne &lt;3&#8364;</Memo>" in written(
        "Add", invoice(Memo="Café & Söhne <3€")
    )


def test_amounts_have_two_decimals_and_prices_their_own():
    line = {
        "ItemRef": "1-1",
        "Quantity": Decimal("1.5"),
        "Rate": Decimal("2.12345"),
        "Amount": Decimal("10.5"),
    }
    text = written("Add", invoice(InvoiceLineAdd=[line]))
    assert "<Amount>10.50</Amount>" in text
    assert "<Rate>2.12345</Rate>" in text
    assert "<Quantity>1.5</Quantity>" in text


def test_lines_and_groups_alternate_as_told():
    lines = {
        "InvoiceLineAdd": [{"ItemRef": "1-1"}, {"ItemRef": "1-2"}],
        "InvoiceLineGroupAdd": [{"ItemGroupRef": "1-3"}],
        "#order": ["InvoiceLineAdd", "InvoiceLineGroupAdd", "InvoiceLineAdd"],
    }
    text = written("Add", invoice(**lines))
    assert text.index("1-1") < text.index("1-3") < text.index("1-2")


def test_none_clears_a_field():
    assert "<Memo/>" in written("Mod", {"InvoiceMod": {"TxnID": "1-1", "EditSequence": "5", "Memo": None}})


def test_message_set_ids_and_what_happens_on_errors():
    text = written("Add", invoice(), on_error="stopOnError", new_id="abc", old_id="xyz")
    assert '<QBXMLMsgsRq onError="stopOnError" newMessageSetID="abc" oldMessageSetID="xyz">' in text
    with pytest.raises(Invalid, match="newMessageSetID has 24 characters"):
        written("Add", invoice(), new_id="x" * 24)


def test_subscriptions_have_an_envelope_of_their_own():
    content = {"SubscriberID": "{5A5A5A5A-0000-1111-2222-333344445555}"}
    text = written("Query", content, kind="DataEventSubscription")
    assert "<QBXMLSubscriptionMsgsRq>" in text


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (
            {"CustomerReff": "1"},
            r"InvoiceAddRq/InvoiceAdd/CustomerReff: there is no such element\. Did you mean CustomerRef\?",
        ),
        ({"Memo": "m"}, "CustomerRef is missing"),
        (
            {"CustomerRef": "1", "InvoiceLineAdd": [{"Rate": 1, "RatePercent": 2}]},
            "Rate and RatePercent exclude each other",
        ),
        (
            {"CustomerRef": "1", "RefNumber": "123456789012"},
            "RefNumber has 12 characters; QuickBooks takes 11",
        ),
        ({"CustomerRef": "1", "IsPending": "maybe"}, "IsPending must be true or false, not 'maybe'"),
        ({"CustomerRef": "1", "TxnDate": "2026-02-30"}, "TxnDate must be a date such as"),
        (
            {"CustomerRef": "1", "InvoiceLineAdd": [{"Amount": Decimal("1.234")}]},
            r"Amount is 1\.234, which is no whole number of cents",
        ),
        ({"CustomerRef": "1", "InvoiceLineAdd": [{"Amount": 1.5}]}, "Amount must be an exact number"),
        ({"CustomerRef": "1", "Memo": "你好"}, "QuickBooks Desktop cannot keep"),
        ({"CustomerRef": "1", "Memo": "a\x07b"}, "holds the control character 0x07"),
        ({"CustomerRef": "1", "BillAddress": "Main St"}, "BillAddress must be an object"),
        ({"CustomerRef": "1", "Memo": {"a": "b"}}, "Memo is a single value"),
        ({"CustomerRef": "1", "Memo": ["a", "b"]}, "Memo stands 2 times; QuickBooks takes 1"),
    ],
)
def test_what_quickbooks_would_refuse_without_a_place_is_refused_with_one(content, complaint):
    with pytest.raises(Invalid, match=complaint):
        written("Add", {"InvoiceAdd": content})


def test_what_another_version_or_country_has_is_told_so():
    with pytest.raises(Invalid, match=r"it came with qbXML 9\.0, and this company speaks US 6\.0"):
        written("Add", invoice(ExternalGUID="0"), each=edition("US", "6.0"))
    with pytest.raises(Invalid, match=r"InvoiceModRq came with qbXML 2\.1; this company speaks US 2\.0"):
        written("Mod", {"InvoiceMod": {"TxnID": "1-1", "EditSequence": "5"}}, each=edition("US", "2.0"))


def test_a_request_that_nobody_published_is_refused():
    with pytest.raises(Invalid, match="QuickBooks has no InvoiceDelRq"):
        written("Del", {})
    with pytest.raises(SetupError, match="Did you mean Invoice"):
        written("Add", {}, kind="Invoices")
