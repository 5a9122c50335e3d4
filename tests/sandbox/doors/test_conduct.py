"""What goes over the wire when something is planned, read from the bare socket where the client would hide it."""

import socket
import time
from urllib.parse import urlsplit

import httpx2
import pytest

from tieout.sandbox.server import running_sandbox

from .clients import fault, gateway_fault, signed_in


def wire(sandbox, method="GET", path="/companyinfo/1", body=b""):
    """Everything that the sandbox sends back on a connection of its own; a reset raises."""
    address = urlsplit(sandbox.base_url)
    head = (
        f"{method} /v3/company/{sandbox.realm}{path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {sandbox.keys.access_token}\r\nContent-Type: application/json\r\n"
        "Accept: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    received = b""
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(head.encode() + body)
        while part := connection.recv(65_536):
            received += part
    return received


def names(company):
    found = company.get("/query", params={"query": "select * from Customer"}).json()["QueryResponse"]
    return [customer["DisplayName"] for customer in found.get("Customer", [])]


def test_a_truncated_answer_announces_more_than_it_sends(sandbox):
    sandbox.control.add_faults([{"on": "read", "do": "truncate"}])
    head, _, body = wire(sandbox).partition(b"\r\n\r\n")
    told = next(
        int(line.split()[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    assert head.startswith(b"HTTP/1.1 200")
    assert len(body) == told // 2
    assert body.startswith(b'{"CompanyInfo"')


def test_a_reset_is_a_reset_and_nothing_is_done(sandbox, company):
    sandbox.control.add_faults([{"on": "write", "do": "reset"}])
    with pytest.raises(ConnectionResetError):
        wire(sandbox, "POST", "/customer", b'{"DisplayName": "Ann"}')
    assert names(company) == []
    assert sandbox.control.requests[0].status == 0


@pytest.mark.parametrize("deed", ["drop-after-commit", "truncate"])
def test_an_answer_can_be_lost_after_the_work_is_done(sandbox, company, deed):
    sandbox.control.add_faults([{"on": "write", "do": deed}])
    params, body = {"requestid": "r-1"}, {"DisplayName": "Ann"}
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        company.post("/customer", params=params, json=body)
    assert names(company) == ["Ann"]
    again = company.post("/customer", params=params, json=body)
    assert again.json()["Customer"]["DisplayName"] == "Ann"
    assert names(company) == ["Ann"]


def test_a_dropped_answer_is_a_reset(sandbox):
    sandbox.control.add_faults([{"on": "write", "do": "drop-after-commit"}])
    with pytest.raises(ConnectionResetError):
        wire(sandbox, "POST", "/customer", b'{"DisplayName": "Ann"}')


def test_a_fault_instead_of_the_work_leaves_its_request_id_free(sandbox, company):
    sandbox.control.add_faults([{"on": "write", "do": "500"}])
    params, body = {"requestid": "r-1"}, {"DisplayName": "Ann"}
    assert company.post("/customer", params=params, json=body).status_code == 500
    assert names(company) == []
    assert company.post("/customer", params=params, json=body).status_code == 200


def test_a_fault_can_hide_in_http_200(sandbox, company):
    sandbox.control.add_faults([{"on": "read", "do": "fault-200"}])
    assert fault(company.get("/preferences")) == (200, "10000")


def test_throttling_speaks_as_the_gateway(sandbox, company):
    sandbox.control.add_faults(
        [{"on": "read", "do": "throttle", "seconds": 3}, {"on": "read", "do": "throttle-403"}]
    )
    told = company.get("/preferences")
    assert gateway_fault(told) == (429, "3001")
    assert told.headers["retry-after"] == "3"
    assert told.headers["intuit_tid"]
    older = company.get("/preferences")
    assert gateway_fault(older) == (403, "3001")
    assert "errorCode=003001; statusCode=403" in older.text


def test_slow_takes_its_time_and_then_answers(sandbox, company):
    sandbox.control.add_faults([{"on": "read", "do": "slow", "seconds": 0.3}])
    began = time.perf_counter()
    assert company.get("/preferences").status_code == 200
    assert time.perf_counter() - began >= 0.3


def test_a_huge_answer_is_huge(sandbox, company):
    sandbox.control.add_faults([{"on": "read", "do": "huge"}])
    with company.stream("GET", "/preferences", headers={"accept-encoding": "identity"}) as answer:
        assert answer.headers["content-length"] == "200000000"
        beginning = next(answer.iter_bytes(20))
    assert beginning == b'{"QueryResponse":{"f'


def test_places_and_types_are_told_apart(sandbox, company):
    count = {"query": "select count(*) from Invoice"}
    sandbox.control.add_faults(
        [
            {"on": "query", "type": "Invoice", "do": "503"},
            {"on": "cdc", "type": "Bill", "do": "503"},
            {"on": "batch", "type": "Vendor", "do": "503"},
            {"on": "read", "type": "CompanyInfo", "do": "503"},
            {"on": "write", "type": "Item", "do": "503"},
            {"on": "token", "do": "503"},
        ]
    )
    cdc = {"changedSince": "2100-01-01"}
    vendor = {"BatchItemRequest": [{"bId": "1", "Query": "select * from Vendor"}]}
    customer = {"BatchItemRequest": [{"bId": "1", "operation": "create", "Customer": {}}]}
    calls = [
        (200, lambda: company.get("/query", params={"query": "select count(*) from Customer"})),
        (503, lambda: company.get("/query", params=count)),
        (200, lambda: company.get("/query", params=count)),
        (200, lambda: company.get("/cdc", params={"entities": "Invoice", **cdc})),
        (503, lambda: company.get("/cdc", params={"entities": "Invoice,Bill", **cdc})),
        (200, lambda: company.post("/batch", json=customer)),
        (503, lambda: company.post("/batch", json=vendor)),
        (200, lambda: company.get("/preferences")),
        (503, lambda: company.get("/companyinfo/1")),
        (400, lambda: company.post("/customer", json={})),
        (503, lambda: company.post("/item", json={})),
        (503, lambda: company.post(f"{sandbox.base_url}/oauth2/v1/tokens/bearer")),
        (401, lambda: company.post(f"{sandbox.base_url}/oauth2/v1/tokens/bearer")),
    ]
    assert [call().status_code for _, call in calls] == [status for status, _ in calls]


def test_a_rotated_token_can_get_lost_on_its_way(sandbox):
    sandbox.control.rotate_always()
    sandbox.control.add_faults([{"on": "token", "do": "drop-after-commit"}])
    keys = sandbox.keys
    form = {"grant_type": "refresh_token", "refresh_token": keys.refresh_token}
    with httpx2.Client(
        base_url=sandbox.base_url, auth=(keys.client_id, keys.client_secret), timeout=60
    ) as web:
        with pytest.raises(httpx2.ReadError):
            web.post("/oauth2/v1/tokens/bearer", data=form)
        assert web.post("/oauth2/v1/tokens/bearer", data=form).json()["error"] == "invalid_grant"


def test_faults_can_be_planned_from_the_start():
    planned = [{"on": "any", "do": "not-json"}]
    with running_sandbox("empty", faults=planned) as sandbox, signed_in(sandbox) as company:
        assert company.get("/preferences").text.startswith("<!DOCTYPE html>")
        assert company.get("/preferences").status_code == 200
