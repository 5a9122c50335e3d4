import threading
import time
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tieout.catalog.rest import record_types
from tieout.sandbox.server import running_sandbox

from .clients import fault, gateway_fault, signed_in

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def shop():
    """A company that many tests share; they leave its clock and its tokens alone."""
    with running_sandbox("small-shop") as sandbox, signed_in(sandbox) as client:
        yield client


# Who is calling


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer short", "Basic abc", "Bearer " + "x" * 5000])
def test_a_malformed_token_is_refused_by_the_gateway(shop, header):
    answer = shop.get("/companyinfo/1", headers={"Authorization": header})
    assert gateway_fault(answer) == (401, "3200")
    assert answer.json()["fault"]["type"] == "AUTHENTICATION"
    assert "Malformed bearer token: too short or too long" in answer.text


def test_an_unknown_token_is_refused(shop):
    answer = shop.get("/companyinfo/1", headers={"Authorization": "Bearer " + "x" * 40})
    assert gateway_fault(answer) == (401, "3200")


def test_an_expired_token_is_refused(sandbox, company):
    sandbox.control.advance_clock(3600)
    answer = company.get("/companyinfo/1")
    assert gateway_fault(answer) == (401, "3200")
    assert "Token expired" in answer.text


def test_a_revoked_token_is_refused(sandbox, company):
    sandbox.control.revoke_tokens()
    answer = company.get("/companyinfo/1")
    assert gateway_fault(answer) == (401, "3200")
    assert "Token revoked" in answer.text


def test_another_company_is_refused(shop):
    answer = shop.get(str(shop.base_url).replace("0101/", "0999/companyinfo/1"))
    assert gateway_fault(answer) == (403, "3100")
    assert "errorCode=003100; statusCode=403" in answer.text


# What every answer carries


def test_every_answer_names_its_transaction(shop):
    answers = [
        shop.get("/companyinfo/1"),
        shop.get("/invoice/0"),
        shop.get("/companyinfo/1", headers={"Authorization": "x"}),
    ]
    assert len({answer.headers["intuit_tid"] for answer in answers}) == 3
    for answer in answers:
        assert answer.headers["qbo-version"]
        assert answer.headers["via"]
        assert answer.headers["strict-transport-security"]
        assert "no-store" in answer.headers["cache-control"]
        assert answer.headers["content-type"] == "application/json;charset=UTF-8"


def test_answers_are_squeezed_for_who_takes_that():
    plain, squeezed = {"accept-encoding": "identity"}, {"accept-encoding": "gzip"}
    everything = {"query": "select * from Invoice"}
    with running_sandbox("small-shop") as sandbox, signed_in(sandbox) as client:
        answer = client.get("/query", params=everything, headers=squeezed)
        assert answer.headers["content-encoding"] == "gzip"
        assert len(answer.json()["QueryResponse"]["Invoice"]) == 100
        assert "content-encoding" not in client.get("/query", params=everything, headers=plain).headers
    with running_sandbox("empty", compress=False) as sandbox, signed_in(sandbox) as client:
        assert "content-encoding" not in client.get("/preferences", headers=squeezed).headers


# Addresses


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("/companyinfo/9130350000000101", "CompanyInfo"),
        ("/preferences", "Preferences"),
        ("/exchangerate?sourcecurrencycode=EUR&asofdate=2026-01-31", "ExchangeRate"),
        ("/customer/1", "Customer"),
    ],
)
def test_records_are_read_at_their_addresses(shop, address, key):
    answer = shop.get(address)
    assert (answer.status_code, list(answer.json())) == (200, [key, "time"])


@pytest.mark.parametrize("address", ["/nothing", "/customer", "/customer/1/2", "/", "/query/1", "/batch"])
def test_what_is_no_address_is_not_found(shop, address):
    assert shop.get(address).status_code == 404


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/customer/0", "610"),
        ("/exchangerate", "2020"),
        ("/exchangerate?sourcecurrencycode=EUR&asofdate=2026-02-30", "2060"),
        ("/cdc?changedSince=2026-11-20T00:00:00Z", "2020"),
        ("/cdc?entities=Invoice", "2020"),
        ("/cdc?entities=Invoice&changedSince=yesterday", "2060"),
        ("/cdc?entities=Invoice&changedSince=2026-11-20T00:00:00+01:00", "2060"),
        ("/cdc?entities=Invoice&changedSince=0001-01-01T00:00:00%2B14:00", "2060"),
        ("/cdc?entities=Invoice&changedSince=2000-01-01", "2190"),
        ("/cdc?entities=Invoice,Fish&changedSince=2100-01-01", "2000"),
        ("/cdc?entities=TaxCode&changedSince=2100-01-01", "2000"),
        ("/query", "4000"),
        ("/query?query=select", "4000"),
        ("/query?query=select * from Fish", "4001"),
    ],
)
def test_a_read_that_is_wrong_is_refused_with_its_code(shop, address, code):
    assert fault(shop.get(address)) == (400, code)


# Queries


def test_a_query_goes_by_get_and_by_post(shop):
    statement = "select * from Customer where DisplayName = 'Bluebird Books'"
    got = shop.get("/query", params={"query": statement}).json()
    posted = shop.post("/query", content=statement, headers={"content-type": "application/text"}).json()
    assert got["QueryResponse"] == posted["QueryResponse"]
    assert got["QueryResponse"]["maxResults"] == 1


def test_a_posted_query_must_say_that_it_is_text(shop):
    assert fault(shop.post("/query", content="select * from Customer", headers=JSON)) == (400, "1050")


def test_no_rows_are_an_empty_object_and_a_count_is_a_number(shop):
    none = shop.get("/query", params={"query": "select * from Customer where Id = '0'"}).json()
    assert none["QueryResponse"] == {}
    counted = shop.get("/query", params={"query": "select count(*) from Customer"}).json()
    assert counted["QueryResponse"].keys() == {"totalCount"}


# Writes


def test_a_record_is_created_changed_sparsely_and_deactivated(company):
    made = company.post("/customer", json={"DisplayName": "Ann", "Notes": "n"}).json()["Customer"]
    handle = {"Id": made["Id"], "SyncToken": made["SyncToken"]}
    changed = company.post("/customer", json={**handle, "sparse": True, "CompanyName": "A"}).json()[
        "Customer"
    ]
    assert (changed["Notes"], changed["CompanyName"], changed["SyncToken"]) == ("n", "A", "1")
    stale = company.post("/customer", params={"operation": "update"}, json={**handle, "sparse": True})
    assert fault(stale) == (400, "5010")


def test_a_transaction_is_voided_and_deleted(shop):
    customer = shop.get("/customer/1").json()["Customer"]["Id"]
    item = shop.get("/query", params={"query": "select * from Item where Type = 'Service'"}).json()
    line = {
        "DetailType": "SalesItemLineDetail",
        "Amount": 12.5,
        "SalesItemLineDetail": {"ItemRef": {"value": item["QueryResponse"]["Item"][0]["Id"]}},
    }
    made = shop.post("/invoice", json={"CustomerRef": {"value": customer}, "Line": [line]}).json()["Invoice"]
    handle = {"Id": made["Id"], "SyncToken": made["SyncToken"]}
    voided = shop.post("/invoice", params={"operation": "void"}, json=handle).json()["Invoice"]
    assert (voided["TotalAmt"], voided["PrivateNote"]) == (0, "Voided")
    handle["SyncToken"] = voided["SyncToken"]
    deleted = shop.post("/invoice", params={"operation": "delete"}, json=handle).json()["Invoice"]
    assert deleted == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    changes = shop.get("/cdc", params={"entities": "Invoice", "changedSince": made["MetaData"]["CreateTime"]})
    last = changes.json()["CDCResponse"][0]["QueryResponse"][0]["Invoice"][-1]
    assert (last["Id"], last["status"]) == (made["Id"], "Deleted")


def test_a_tax_service_answer_stands_bare(shop):
    agency = shop.get("/query", params={"query": "select * from TaxAgency"}).json()["QueryResponse"][
        "TaxAgency"
    ]
    rate = {
        "TaxRateName": "Bay",
        "RateValue": "8",
        "TaxAgencyId": agency[0]["Id"],
        "TaxApplicableOn": "Sales",
    }
    answer = shop.post("/taxservice/taxcode", json={"TaxCode": "Bay", "TaxRateDetails": [rate]})
    assert answer.json()["TaxCode"] == "Bay"


def test_an_unknown_operation_is_refused(shop):
    assert fault(shop.post("/customer", params={"operation": "fly"}, json={})) == (400, "500")


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_a_write_must_be_json_or_xml(shop, content_type):
    answer = shop.post("/customer", content=b"{}", headers={"content-type": content_type})
    assert fault(answer) == (400, "1050")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"Id": "1", "Id": "2"}', b'"\xff"', b'{"GivenName": "\\ud800"}']
)
def test_a_write_that_is_no_clear_json_is_a_fault(shop, body):
    assert fault(shop.post("/customer", content=body, headers=JSON)) == (400, "2010")
    assert fault(shop.post("/batch", content=body, headers=JSON)) == (400, "2010")


def test_a_request_has_a_largest_size(shop):
    answer = shop.post("/customer", content=b" " * 50_000_001, headers=JSON)
    assert answer.status_code == 413
    assert "50,000,000" in answer.text


# Batches


def batch(client, *items, **params):
    return client.post("/batch", json={"BatchItemRequest": list(items)}, params=params)


def test_a_batch_mixes_everything_and_keeps_order_and_ids(company):
    answer = batch(
        company,
        {"bId": "z", "operation": "create", "Customer": {"DisplayName": "Ann"}},
        {"bId": "a", "operation": "create", "Customer": {"DisplayName": "Ann"}},
        {"bId": "q", "Query": "select * from Customer"},
        {"bId": "n", "Query": "select count(*) from Customer"},
        {"bId": "?", "Query": "select * from Customer where"},
    )
    items = answer.json()["BatchItemResponse"]
    assert [item["bId"] for item in items] == ["z", "a", "q", "n", "?"]
    assert items[1]["Fault"]["Error"][0]["code"] == "6240"
    assert items[2]["QueryResponse"]["Customer"][0]["Id"] == items[0]["Customer"]["Id"]
    assert items[3]["QueryResponse"] == {"totalCount": 1}
    assert items[4]["Fault"]["Error"][0]["code"] == "4000"


def test_a_batch_updates_voids_and_deletes(shop):
    found = shop.get("/query", params={"query": "select * from SalesReceipt maxresults 2"}).json()
    first, second = ({k: r[k] for k in ("Id", "SyncToken")} for r in found["QueryResponse"]["SalesReceipt"])
    answer = batch(
        shop,
        {"bId": "1", "operation": "update", "optionsData": "void", "SalesReceipt": first},
        {"bId": "2", "operation": "delete", "SalesReceipt": second},
        {"bId": "3", "operation": "void", "JournalEntry": {"Id": "1", "SyncToken": "0"}},
    )
    voided, deleted, nothing = answer.json()["BatchItemResponse"]
    assert voided["SalesReceipt"]["PrivateNote"].startswith("Voided")
    assert deleted["SalesReceipt"]["status"] == "Deleted"
    assert nothing == {"bId": "3"}


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], "2020"),
        ([{"bId": str(n), "Query": "select * from Customer"} for n in range(31)], "1040"),
        ([{"Query": "select * from Customer"}], "2020"),
        ([{"bId": 1, "Query": "select * from Customer"}], "2010"),
        (["x"], "2010"),
    ],
)
def test_a_batch_that_is_wrong_is_refused_whole(shop, items, code):
    assert fault(batch(shop, *items)) == (400, code)


@pytest.mark.parametrize(
    "item",
    [
        {"bId": "1"},
        {"bId": "1", "operation": "create", "Fish": {}},
        {"bId": "1", "operation": "create", "Customer": {}, "Vendor": {}},
        {"bId": "1", "operation": "create", "Customer": []},
        {"bId": "1", "operation": 1, "Customer": {}},
        {"bId": "1", "Query": 1},
    ],
)
def test_an_item_that_is_wrong_is_refused_alone(shop, item):
    answer = batch(shop, item, {"bId": "2", "Query": "select count(*) from Customer"})
    refused, counted = answer.json()["BatchItemResponse"]
    assert refused["Fault"]["Error"][0]["code"] in ("2010", "2020")
    assert "QueryResponse" in counted


def test_a_batch_answers_with_a_thousand_records_at_most():
    with running_sandbox("busy", invoices=600) as sandbox, signed_in(sandbox) as client:
        page = "select * from Invoice maxresults 600"
        first, second = batch(client, {"bId": "1", "Query": page}, {"bId": "2", "Query": page}).json()[
            "BatchItemResponse"
        ]
        assert first["QueryResponse"]["maxResults"] == 600
        assert second["Fault"]["Error"][0]["code"] == "10100"


# requestid


def test_a_repeated_request_gets_the_first_answer_byte_for_byte(company):
    params, body = {"requestid": "a" * 50}, {"DisplayName": "Ann"}
    first = company.post("/customer", params=params, json=body)
    again = company.post("/customer", params=params, json=body)
    assert first.status_code == 200
    assert again.content == first.content
    assert again.headers["intuit_tid"] != first.headers["intuit_tid"]
    assert fault(company.post("/customer", json=body)) == (400, "6240")


def test_a_refusal_is_remembered_too(company):
    refused = company.post("/customer", params={"requestid": "r"}, json={})
    assert (
        company.post("/customer", params={"requestid": "r"}, json={"DisplayName": "A"}).content
        == refused.content
    )


@pytest.mark.parametrize(
    ("address", "request_id"), [("/customer", ""), ("/customer", "a" * 51), ("/batch", "a" * 37)]
)
def test_a_request_id_has_a_longest_form(company, address, request_id):
    assert fault(company.post(address, params={"requestid": request_id}, json={})) == (400, "2130")


def test_with_a_request_id_a_batch_item_has_a_short_id(company):
    item = {"bId": "12345678901", "Query": "select count(*) from Customer"}
    assert batch(company, item).status_code == 200
    assert fault(batch(company, item, requestid="a" * 36)) == (400, "2130")
    item["bId"] = "1234567890"
    assert batch(company, item, requestid="b" * 36).status_code == 200


def test_the_same_request_in_flight_is_refused(sandbox, company):
    sandbox.control.add_faults([{"on": "write", "do": "slow", "seconds": 100}])
    params, body, answers = {"requestid": "r"}, {"DisplayName": "Ann"}, []
    slow = threading.Thread(
        target=lambda: answers.append(company.post("/customer", params=params, json=body)), daemon=True
    )
    slow.start()
    while not any(replay._in_flight for replay in sandbox.control._replays):
        time.sleep(0.01)
    with signed_in(sandbox) as other:
        assert fault(other.post("/customer", params=params, json=body)) == (400, "600")
        while slow.is_alive():
            sandbox.control.advance_clock(100)
            slow.join(0.05)
        assert other.post("/customer", params=params, json=body).content == answers[0].content


# Whatever comes


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["1", "-1", "0000-00-00", "2026-02-30", "9" * 40, "true", "1e400"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "Id", "x"]), inner, max_size=2)
    ),
    max_leaves=6,
)
TYPES = [found for found in record_types() if found.name != "TaxService"]


@st.composite
def bodies(draw):
    found = draw(st.sampled_from(TYPES))
    names = st.sampled_from([*found.fields, "nope"])
    return found.url, draw(st.dictionaries(names, JUNK, max_size=5))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies(), st.sampled_from(["", "create", "update", "delete", "void", "send"]))
def test_no_body_breaks_the_sandbox(shop, sent, operation):
    url, body = sent
    answer = shop.post(f"/{url}", json=body, params={"operation": operation} if operation else {})
    assert answer.status_code in (200, 400), answer.text


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_no_address_and_no_statement_breaks_the_sandbox(shop, text):
    assert shop.get("/query", params={"query": text}).status_code == 400
    address = f"{shop.base_url}{quote(text, safe='/')}"
    assert shop.get(address).status_code in (200, 400, 404)
