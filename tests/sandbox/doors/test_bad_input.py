"""Whatever is sent, the answer is Intuit's where it is known and a fault where it is not; never a mistake of ours."""

import json
import socket
from urllib.parse import quote, urlsplit

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tieout.catalog.rest import record_types
from tieout.sandbox.doors.service import SERVICES
from tieout.sandbox.server import running_sandbox

from .clients import fault, gateway_fault, signed_in

JSON, XML = {"content-type": "application/json"}, {"content-type": "application/xml"}
EASY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox("small-shop") as running:
        yield running


@pytest.fixture(scope="module")
def shop(sandbox):
    with signed_in(sandbox) as client:
        yield client


# What is sent


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"DisplayName": "A", "DisplayName": "B"}', "2010"),
        ('{"DisplayName": "Cut o', "2010"),
        ('{"DisplayName": "Trailing"} {}', "2010"),
        ('[{"DisplayName": "A"}]', "2010"),
        ('"A"', "2010"),
        ("null", "2010"),
        ("", "2010"),
        ("DisplayName=A", "2010"),
        ('{"DisplayName": NaN}', "2010"),
        ('{"DisplayName": "\\ud800"}', "2010"),
        ('{"DisplayName": ["A"]}', "2010"),
        ('{"DisplayName": {"value": "A"}}', "2010"),
        ('{"BillAddr": "4581 Finch St."}', "2010"),
        ('{"DisplayName": "A", "Active": "perhaps"}', "2230"),
        ('{"DisplayName": "A", "OpenBalanceDate": "0000-01-01"}', "2070"),
        ('{"DisplayName": "A", "OpenBalanceDate": "2026-02-30"}', "2070"),
        ('{"DisplayName": "A", "OpenBalanceDate": "yesterday"}', "2060"),
        ('{"DisplayName": "A", "OpenBalanceDate": 20260101}', "2060"),
        ('{"DisplayName": "A", "ParentRef": {"value": "x"}, "Job": true}', "2500"),
    ],
)
def test_a_body_that_is_wrong(shop, body, code):
    assert fault(shop.post("/customer", content=body, headers=JSON, timeout=60)) == (400, code)


@pytest.mark.parametrize("price", ["12.5", 12.5, "012.50"])
def test_numbers_are_taken_as_texts_too(shop, price):
    account = shop.get("/query", params={"query": "select * from Account where Name = 'Services'"}).json()
    income = {"value": account["QueryResponse"]["Account"][0]["Id"]}
    item = {"Name": f"Priced {price!r}", "Type": "Service", "UnitPrice": price, "IncomeAccountRef": income}
    assert shop.post("/item", json=item).json()["Item"]["UnitPrice"] == 12.5
    assert fault(shop.post("/item", json={**item, "Name": "No price", "UnitPrice": "a lot"})) == (400, "2100")
    assert fault(shop.post("/item", json={**item, "Name": "No price", "UnitPrice": True})) == (400, "2100")


def test_texts_are_taken_as_numbers_too(shop):
    made = shop.post("/customer", json={"DisplayName": 4711, "Notes": True, "Taxable": "false"}).json()[
        "Customer"
    ]
    assert (made["DisplayName"], made["Notes"], made["Taxable"]) == ("4711", "true", False)


def test_fifty_megabytes_are_read_and_one_more_are_not(shop):
    body = b'{"DisplayName": "' + b"x" * 49_999_980 + b'"}'
    assert fault(shop.post("/customer", content=body, headers=JSON, timeout=60)) == (400, "2050")
    assert fault(shop.post("/customer", content=body + b" " * 1000, headers=JSON, timeout=60)) == (
        413,
        "2050",
    )


def test_a_request_that_breaks_off_does_no_harm(sandbox, shop):
    address = urlsplit(sandbox.base_url)
    head = (
        f"POST /v3/company/{sandbox.realm}/customer HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {sandbox.keys.access_token}\r\nContent-Type: application/json\r\n"
        'Content-Length: 1000\r\n\r\n{"DisplayName": "Cut off"'
    )
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(head.encode())
    counted = shop.get(
        "/query", params={"query": "select count(*) from Customer where DisplayName = 'Cut off'"}
    )
    assert counted.json()["QueryResponse"] == {"totalCount": 0}


@pytest.mark.parametrize("head", ["NONSENSE", "POST /v3 HTTP/1.1\r\nContent-Length: -1", "\x00"])
def test_what_is_not_http_is_a_bad_request(sandbox, head):
    address = urlsplit(sandbox.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 400")


# Where it is sent


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_unsupported(shop, method):
    assert fault(shop.request(method, "/customer/1")) == (400, "500")


@pytest.mark.parametrize(
    "address", ["/", "/fish", "/customer/1/fish", "/customer/1/2/3", "/batch/1", "/upload/1", "/download"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_addresses_are_faults_in_either_language(shop, method, address):
    assert fault(shop.request(method, address, headers=JSON)) == (404, "2000")
    said = shop.request(method, address, headers={"accept": "application/xml", **XML})
    assert said.status_code == 404
    assert etree.fromstring(said.content)[0].tag.endswith("Fault")


@pytest.mark.parametrize(
    ("method", "address", "told"),
    [
        ("GET", "/", (404, "2000")),
        ("POST", "/v4/company/1/invoice", (404, "2000")),
        ("GET", "/v3/company", (404, "2000")),
        ("GET", "/oauth2/v1/tokens/bearer", (405, "500")),
        ("DELETE", "/connect/oauth2", (405, "500")),
    ],
)
def test_addresses_outside_of_companies_are_faults_too(sandbox, method, address, told):
    url = f"{sandbox.base_url}{address}"
    assert fault(httpx2.request(method, url, headers={"accept": "application/json"})) == told
    said = httpx2.request(method, url, headers={"accept": "application/xml"})
    assert etree.fromstring(said.content)[0].tag.endswith("Fault")


@pytest.mark.parametrize("realm", ["9130350000000999", "1", "x", "0" * 400, "%00", "%F0%9F%8D%B5"])
def test_another_company_is_none_of_the_callers(sandbox, shop, realm):
    for address in (f"/v3/company/{realm}/customer/1", f"/manage/entitlements/v3/{realm}"):
        assert gateway_fault(shop.get(f"{sandbox.base_url}{address}")) == (403, "3100")


def test_files_of_another_company_are_not_there(sandbox):
    assert httpx2.get(f"{sandbox.base_url}/attachments/1/1/x.png").status_code == 403


# Anything, anywhere

WORDS = st.sampled_from(
    [
        *(found.url for found in record_types()),
        *SERVICES,
        *("pdf", "send", "reports", "ProfitAndLoss", "1", "0", "-1", "", ".", "..", "9" * 50, "taxcode"),
    ]
) | st.text(max_size=6)
PARAMS = st.dictionaries(
    st.sampled_from(
        [
            "query",
            "operation",
            "include",
            "requestid",
            "minorversion",
            "entities",
            "changedSince",
            "sendTo",
            "sourcecurrencycode",
            "asofdate",
            "level",
            "start_date",
            "columns",
        ]
    ),
    st.sampled_from(
        ["", "void", "delete", "update", "1", "Invoice", "0000-00-00", "2026-11-22", "\x00", "a@b.c"]
    )
    | st.text(max_size=8),
    max_size=3,
)
LEAVES = st.sampled_from(
    [None, True, 0, -1, 1.5, 10**30, "", "1", "\x00", "2026-02-30", "0000-01-01"]
) | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Id", "SyncToken", "Line", "Amount", "value", "BatchItemRequest", "bId", "Query"]
            )
            | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
TAGS = st.sampled_from(
    ["Customer", "Invoice", "Line", "Id", "IntuitBatchRequest", "BatchItemRequest", "Query", "a"]
)
TREES = st.recursive(
    TAGS.map(lambda tag: f"<{tag}/>")
    | st.sampled_from(["1", "&amp;", "&x;", "<![CDATA[x]]>", "<!DOCTYPE a>", "<a"]),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", TAGS, st.lists(inner, max_size=3)
    ),
    max_leaves=6,
)
BODIES = (
    st.binary(max_size=40)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | TREES.map(str.encode)
    | st.just(
        b'--b\r\nContent-Disposition: form-data; name="file_content_1"; filename="a.txt"\r\n\r\nx\r\n--b--'
    )
)
TYPES = st.sampled_from(
    [
        "application/json",
        "application/xml",
        "text/xml",
        "application/text",
        "application/octet-stream",
        "",
        "x",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "application/json; charset=utf-16",
    ]
)
ACCEPTED = st.sampled_from(
    ["application/json", "application/xml", "*/*", "application/pdf", "text/html", "", ";q=x,"]
)


@EASY
@given(
    st.sampled_from(["GET", "POST", "PUT"]),
    st.lists(WORDS, min_size=1, max_size=3),
    PARAMS,
    BODIES,
    TYPES,
    ACCEPTED,
)
def test_nothing_breaks_the_sandbox(shop, method, words, params, body, content_type, accepted):
    address = "/" + "/".join(quote(word, safe="") for word in words)
    headers = {"content-type": content_type, "accept": accepted}
    answer = shop.request(method, address, params=params, content=body, headers=headers)
    assert answer.status_code in (200, 400, 403, 404), answer.text  # 403: `..` leads to another company
    if answer.status_code != 200:
        assert "ault" in answer.text or answer.headers["content-type"].startswith("text/plain")
    if answer.headers["content-type"].startswith("application/json"):
        assert json.loads(answer.content)
    elif answer.headers["content-type"].startswith("application/xml"):
        etree.fromstring(answer.content)


def test_the_books_survived_it_all(sandbox):
    assert sum(sandbox.company.books.ledger.accounts.values()) == 0
