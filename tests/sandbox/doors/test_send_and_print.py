"""Sending documents by e-mail, and printing them."""

import io
from datetime import datetime

import pytest
from pypdf import PdfReader

from tieout.catalog.rest import record_types
from tieout.sandbox.server import running_sandbox

from .clients import fault, signed_in

OCTETS = {"content-type": "application/octet-stream"}
PDF = {"accept": "application/pdf"}
SENT = [found for found in record_types() if found.can("send")]
PRINTED = [found for found in record_types() if found.can("pdf")]


@pytest.fixture(scope="module")
def shop():
    with running_sandbox("small-shop") as sandbox, signed_in(sandbox) as client:
        sandbox.company.books.switches.latin_only = False
        yield client


def last(shop, type_name):
    answer = shop.get("/query", params={"query": f"select * from {type_name} maxresults 1000"})
    return answer.json()["QueryResponse"][type_name][-1]


def text_of(answer):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


@pytest.mark.parametrize("found", SENT, ids=lambda found: found.name)
def test_every_type_that_is_sent(shop, found):
    record = last(shop, found.name)
    address = {"sendTo": "zoë+books@example.com"}
    answer = shop.post(f"/{found.url}/{record['Id']}/send", params=address, headers=OCTETS)
    sent = answer.json()[found.name]
    assert int(sent["SyncToken"]) == int(record["SyncToken"]) + 1
    for name in ("EmailStatus", "DeliveryInfo", "BillEmail"):
        assert (name in sent) == (name in found.fields and found.fields[name].served), name
    assert sent == shop.get(f"/{found.url}/{record['Id']}").json()[found.name]


def test_an_invoice_says_when_and_where_it_was_sent(shop):
    record = last(shop, "Invoice")
    at = f"/invoice/{record['Id']}/send"
    sent = shop.post(at, params={"sendTo": "a@example.com"}, headers=OCTETS).json()["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"]) == ("EmailSent", {"Address": "a@example.com"})
    assert sent["DeliveryInfo"]["DeliveryType"] == "Email"
    assert datetime.fromisoformat(sent["DeliveryInfo"]["DeliveryTime"])
    again = shop.post(at, headers=OCTETS).json()["Invoice"]
    assert again["BillEmail"] == {"Address": "a@example.com"}


@pytest.mark.parametrize(("address", "code"), [({}, "6420"), ({"sendTo": "nobody"}, "2210")])
def test_a_document_is_sent_to_an_address(shop, address, code):
    customer = shop.post("/customer", json={"DisplayName": f"Without address {code}"}).json()["Customer"][
        "Id"
    ]
    line = {"DetailType": "DescriptionOnly", "Description": "Nothing"}
    made = shop.post("/estimate", json={"CustomerRef": {"value": customer}, "Line": [line]}).json()[
        "Estimate"
    ]
    answer = shop.post(f"/estimate/{made['Id']}/send", params=address, headers=OCTETS)
    assert fault(answer) == (400, code)
    assert last(shop, "Estimate")["SyncToken"] == made["SyncToken"]


def test_what_cannot_be_sent_or_printed(shop):
    assert fault(shop.post("/bill/1/send", headers=OCTETS)) == (400, "500")
    assert fault(shop.get("/bill/1/pdf", headers=PDF)) == (400, "500")
    assert fault(shop.post("/invoice/0/send", headers=OCTETS)) == (400, "610")
    assert fault(shop.get("/invoice/0/pdf", headers={"accept": "application/pdf, application/json"})) == (
        400,
        "610",
    )
    assert fault(shop.post("/invoice/1/send", json={})) == (400, "1050")
    assert fault(shop.get("/invoice/1/pdf")) == (400, "1050")
    assert shop.get("/invoice/1/send").status_code == 404
    assert shop.post("/invoice/1/pdf").status_code == 404


@pytest.mark.parametrize("found", PRINTED, ids=lambda found: found.name)
def test_every_type_that_is_printed_is_a_pdf_with_its_figures(shop, found):
    record = last(shop, found.name)
    answer = shop.get(f"/{found.url}/{record['Id']}/pdf", headers=PDF)
    assert answer.headers["content-type"] == "application/pdf"
    text = text_of(answer)
    assert "Harbor Lane Goods" in text
    assert f"{record['TotalAmt']:,.2f}" in text
    assert record.get("DocNumber", "") in text


def test_a_long_document_with_awkward_texts_has_several_pages(shop):
    customer = shop.post("/customer", json={"DisplayName": "Zoë (東京) \\ & Co"}).json()["Customer"]["Id"]
    line = {"DetailType": "DescriptionOnly", "Description": "“Quoted” (half) \\ line\nnext " + "long " * 40}
    body = {"CustomerRef": {"value": customer}, "Line": [{**line, "LineNum": n} for n in range(60)]}
    item = {"ItemRef": {"value": last(shop, "Item")["Id"]}}
    body["Line"].append({"DetailType": "SalesItemLineDetail", "Amount": 1234.5, "SalesItemLineDetail": item})
    made = shop.post("/invoice", json=body).json()["Invoice"]
    answer = shop.get(f"/invoice/{made['Id']}/pdf", headers=PDF)
    text = text_of(answer)
    assert len(PdfReader(io.BytesIO(answer.content)).pages) > 5
    assert text.count("“Quoted” (half) \\ line next long") == 60
    assert "Zoë (??) \\ & Co" in text
    assert "1,234.50" in text
