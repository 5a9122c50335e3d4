"""JSON and XML: who gets which, that both say the same, and that Intuit's published schema agrees."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from tieout.catalog.rest import record_type, record_types
from tieout.protocols import exact_json, rest_xml
from tieout.sandbox.server import running_sandbox

from .clients import fault, signed_in

SCHEMAS = Path(__file__).parents[4] / "shared" / "schemas" / "rest"
XML = {"accept": "application/xml"}
SENT_XML = {**XML, "content-type": "application/xml"}
ASKED = [found for found in record_types() if found.can("query")]
NAMESPACE = "{http://schema.intuit.com/finance/v3}"


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox("small-shop", compress=False) as running:
        yield running


@pytest.fixture(scope="module")
def shop(sandbox):
    with signed_in(sandbox) as client:
        yield client


@cache
def schema(name):
    if not SCHEMAS.exists():
        pytest.skip(f"NOT TESTED: {SCHEMAS} is absent, so answers were not held to the published schema")
    return etree.XMLSchema(etree.parse(str(SCHEMAS / name)))


def valid(answer, name="IntuitRestServiceDef.xsd"):
    """The answer's document, once the schema has passed it."""
    document = etree.fromstring(answer.content)
    schema(name).assertValid(document)
    return document


def everything(found):
    return {"query": f"select * from {found.query_name} maxresults 1000"}


def records(answer, found):
    return exact_json.decode(answer.content)["QueryResponse"].get(found.name, [])


def without_empty_lists(value):
    """XML has no list that is empty."""
    if isinstance(value, dict):
        return {name: without_empty_lists(part) for name, part in value.items() if part != []}
    return [without_empty_lists(part) for part in value] if isinstance(value, list) else value


# Who gets which


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "xml"),
        ("", "xml"),
        ("application/xml", "xml"),
        ("text/xml", "xml"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "xml"),
        ("application/json;q=0.5, application/xml", "xml"),
        ("application/xml;q=0, application/json", "json"),
        ("application/json", "json"),
        ("application/json, application/xml", "json"),
        ("application/json;charset=UTF-8", "json"),
        ("application/pdf, application/json", "json"),
        ("*/*", "json"),
        ("application/*", "json"),
    ],
)
def test_the_accept_header_decides(shop, accept, kind):
    request = shop.build_request("GET", "/preferences")
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    assert shop.send(request).headers["content-type"] == f"application/{kind};charset=UTF-8"


def test_what_is_neither_is_refused_before_anything_is_done(shop):
    only_html = {"accept": "text/html"}
    answer = shop.post("/customer", json={"DisplayName": "Nobody's"}, headers=only_html)
    assert fault(answer) == (400, "1050")
    found = shop.get("/query", params={"query": "select * from Customer where DisplayName = 'Nobody\\'s'"})
    assert found.json()["QueryResponse"] == {}


# Every type


@pytest.mark.parametrize("found", ASKED, ids=lambda found: found.name)
def test_every_record_is_the_same_in_both_and_fits_the_schema(shop, found):
    in_json = shop.get("/query", params=everything(found))
    in_xml = shop.get("/query", params=everything(found), headers=XML)
    document = valid(in_xml)
    read = records(in_json, found)
    assert [(found.name, without_empty_lists(record)) for record in read] == list(
        rest_xml.records_in(in_xml.content)
    )
    for record in read:
        schema("IntuitRestServiceDef.xsd").assertValid(etree.fromstring(rest_xml.to_xml(found.name, record)))
    told = document[0].get("maxResults")
    assert (int(told) if told else 0) == len(read)


@pytest.mark.parametrize(
    "found", [found for found in ASKED if found.can("read")], ids=lambda found: found.name
)
def test_one_record_by_its_address_fits_the_schema(shop, found):
    read = records(shop.get("/query", params=everything(found)), found)
    if not read:
        pytest.skip(f"a shop in the US has no {found.name}")
    last = read[-1].get("Id") or next(iter(read[-1].values()))["Id"]
    document = valid(shop.get(f"/{found.url}/{last}", headers=XML))
    assert document[0].tag == NAMESPACE + found.name
    in_json = exact_json.decode(shop.get(f"/{found.url}/{last}").content)[found.name]
    assert in_json == read[-1]


@pytest.mark.parametrize(
    "address",
    [
        "/preferences",
        "/companyinfo/1",
        "/exchangerate?sourcecurrencycode=EUR",
        "/taxclassification",
        "/taxclassification?level=1",
        "/query?query=select count(*) from Invoice",
        "/query?query=select * from Customer where Id = '0'",
        "/query?query=select Id, DisplayName from Customer",
        "/customer/0",
        "/query?query=select",
        "/nowhere",
    ],
)
def test_other_answers_fit_the_schema(shop, address):
    valid(shop.get(address, headers=XML))


def test_tax_classifications_are_listed_by_level_and_have_the_names_that_json_has(shop):
    listed = shop.get("/taxclassification").json()["QueryResponse"]["TaxClassification"]
    assert {"id", "code", "description", "level", "applicableTo"} <= listed[0].keys()
    level = listed[0]["level"]
    chosen = shop.get("/taxclassification", params={"level": level}).json()["QueryResponse"][
        "TaxClassification"
    ]
    assert [each["id"] for each in chosen] == [each["id"] for each in listed if each["level"] == level]
    assert shop.get("/taxclassification", params={"level": "9"}).json()["QueryResponse"] == {}
    one = shop.get(f"/taxclassification/{listed[0]['id']}").json()["TaxClassification"]
    assert one["code"] == listed[0]["code"]


def test_batches_and_changes_fit_the_schema(shop):
    items = [
        {"bId": "1", "Query": "select * from Invoice maxresults 5"},
        {"bId": "2", "Query": "select count(*) from Invoice"},
        {"bId": "3", "operation": "create", "Customer": {"DisplayName": "In a batch"}},
        {"bId": "4", "operation": "create", "Customer": {"DisplayName": "In a batch"}},
        {"bId": "5", "operation": "void", "JournalEntry": {"Id": "1", "SyncToken": "0"}},
    ]
    document = valid(shop.post("/batch", json={"BatchItemRequest": items}, headers=XML))
    assert [each.get("bId") for each in document] == ["1", "2", "3", "4", "5"]
    assert document[3][0].tag == NAMESPACE + "Fault"
    gone = shop.post("/customer", json={"DisplayName": "Soon gone"}).json()["Customer"]
    since = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    changes = {"entities": "Invoice,Customer,Bill,CreditCardPayment", "changedSince": since}
    document = valid(shop.get("/cdc", params=changes, headers=XML))
    assert len(document[0]) == 4
    assert gone["Id"] in [each.text for each in document.iter(NAMESPACE + "Id")]


def test_the_deleted_are_told_of_in_xml(shop):
    made = shop.post("/attachable", json={"Note": "Short-lived"}).json()["Attachable"]
    handle = rest_xml.to_xml("Attachable", made)
    deleted = shop.post("/attachable", params={"operation": "delete"}, content=handle, headers=SENT_XML)
    assert valid(deleted)[0].get("status") == "Deleted"
    changes = {"entities": "Attachable", "changedSince": made["MetaData"]["CreateTime"]}
    document = valid(shop.get("/cdc", params=changes, headers=XML))
    assert [each.get("status") for each in document[0][0]][-1] == "Deleted"


# Requests in XML


@pytest.mark.parametrize(
    "found",
    [found for found in ASKED if found.can("update") and not found.can("delete") and found.kind != "system"],
    ids=lambda found: found.name,
)
def test_a_record_is_sent_back_in_xml(shop, found):
    read = records(shop.get("/query", params=everything(found)), found)
    if not read:
        pytest.skip(f"a shop in the US has no {found.name}")
    answer = shop.post(f"/{found.url}", content=rest_xml.to_xml(found.name, read[-1]), headers=SENT_XML)
    assert answer.status_code == 200, answer.text
    _, kept = rest_xml.from_xml(answer.content)
    assert {**kept, "SyncToken": "", "MetaData": ""} == {**read[-1], "SyncToken": "", "MetaData": ""}


def test_an_invoice_goes_in_and_comes_back_in_xml(shop):
    item = shop.get("/query", params={"query": "select * from Item where Type = 'Service'"}).json()
    item = item["QueryResponse"]["Item"][0]["Id"]
    body = f"""<Invoice xmlns="http://schema.intuit.com/finance/v3"><Line><Amount>12.50</Amount>
      <DetailType>SalesItemLineDetail</DetailType><SalesItemLineDetail><ItemRef>{item}</ItemRef></SalesItemLineDetail>
      </Line><CustomerRef>1</CustomerRef></Invoice>"""
    answer = shop.post("/invoice", content=body, headers=SENT_XML)
    assert valid(answer)[0].findtext(NAMESPACE + "TotalAmt") == "12.50"
    assert valid(answer)[0].find(NAMESPACE + "CustomerRef").get("name") == "Amber Coast Bakery"
    assert shop.post("/invoice", content=body, headers={"content-type": "text/xml"}).json()["Invoice"]["Id"]


def test_a_batch_goes_in_in_xml(shop):
    body = b"""<IntuitBatchRequest xmlns="http://schema.intuit.com/finance/v3">
      <BatchItemRequest bId="a" operation="create"><Vendor><DisplayName>By XML</DisplayName></Vendor></BatchItemRequest>
      <BatchItemRequest bId="b"><Query>select count(*) from Vendor where DisplayName = 'By XML'</Query></BatchItemRequest>
      <BatchItemRequest bId="c" operation="create"><Vendor><Fish/></Vendor></BatchItemRequest>
      <BatchItemRequest bId="d" operation="create"><Vendor/><Vendor/></BatchItemRequest>
    </IntuitBatchRequest>"""
    made, counted, unknown, twice = valid(shop.post("/batch", content=body, headers=SENT_XML))
    assert made[0].findtext(NAMESPACE + "DisplayName") == "By XML"
    assert counted[0].get("totalCount") == "1"
    assert unknown[0][0].get("code") == twice[0][0].get("code") == "2010"


def test_a_planned_fault_knows_what_a_batch_in_xml_is_about(sandbox, shop):
    sandbox.control.add_faults([{"on": "batch", "type": "Vendor", "do": "503"}])
    item = '<IntuitBatchRequest><BatchItemRequest bId="1" operation="create">{}</BatchItemRequest></IntuitBatchRequest>'
    customer, vendor = (item.format(f"<{name}><Fish/></{name}>") for name in ("Customer", "Vendor"))
    assert shop.post("/batch", content=customer, headers=SENT_XML).status_code == 200
    assert shop.post("/batch", content=vendor, headers=SENT_XML).status_code == 503


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<Customer>",
        b"<Fish/>",
        b"<Vendor><DisplayName>x</DisplayName></Vendor>",
        b"<Customer><Fish>1</Fish></Customer>",
        b"<Customer><DisplayName>x</DisplayName><DisplayName>y</DisplayName></Customer>",
        b'<!DOCTYPE Customer [<!ENTITY x "y">]><Customer><DisplayName>&x;</DisplayName></Customer>',
        b'<!DOCTYPE Customer SYSTEM "file:///etc/passwd"><Customer/>',
        b'<?xml version="1.0" encoding="klingon"?><Customer/>',
        b'<?xml version="1.0" encoding="shift_jis"?><Customer/>',
        b"<Customer>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</Customer>",
        b"\xff\xfe<\x00",
        b"{}",
    ],
    ids=range(13),
)
def test_a_write_that_is_no_clear_xml_is_a_fault(shop, body):
    headers = {"content-type": "application/xml"}
    assert fault(shop.post("/customer", content=body, headers=headers)) == (400, "2010")
    assert fault(shop.post("/batch", content=body, headers=headers)) == (400, "2010")


def test_tax_service_speaks_json_alone(shop):
    answer = shop.post("/taxservice/taxcode", content=b"<TaxService/>", headers={"content-type": "text/xml"})
    assert fault(answer) == (400, "1050")


# Entitlements


def test_entitlements_are_xml_of_a_schema_of_their_own(sandbox, shop):
    at = f"{sandbox.base_url}/manage/entitlements/v3/{sandbox.realm}"
    document = valid(shop.get(at), "EntitlementResponse.xsd")
    assert document.findtext("PlanName") == "QuickBooks Online Plus"
    assert {each.findtext("name"): each.findtext("term") for each in document.iter("Entitlement")}[
        "Multicurrency"
    ] == "On"
    assert shop.get(at, headers={"authorization": "Bearer x"}).status_code == 401
    assert fault(shop.post(at)) == (404, "2000")


def test_every_wrapped_type_of_a_template_is_written():
    template = record_type("RecurringTransaction")
    for name in template.wraps:
        wrapped = {name: {"Id": "1", "RecurringInfo": {"Name": "Monthly", "RecurType": "Automated"}}}
        body = rest_xml.to_xml("RecurringTransaction", wrapped)
        assert rest_xml.from_xml(body) == ("RecurringTransaction", wrapped)
