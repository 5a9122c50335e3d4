"""Faults in every spelling, written as recorded, raised as what they mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tieout import errors
from tieout.protocols import rest_faults
from tieout.protocols.rest_faults import Fault, FaultError, error_from, find_fault

from .transcripts import cases, shared


def fault_of(case: dict[str, Any]) -> Fault:
    told = case["fault"]
    return Fault(told["type"], tuple(FaultError(**error) for error in told["errors"]))


def one(code: str, message: str = "M", detail: str = "", fault_type: str = "ValidationFault") -> Fault:
    return Fault(fault_type, (FaultError(message, detail, code),))


@cases("rest/fault-*.toml")
def test_a_fault_reads_and_writes(case: dict[str, Any]) -> None:
    assert find_fault(case["body"]) == fault_of(case)
    write = getattr(rest_faults, case["writer"])
    assert write(fault_of(case), case["time"]) == case["body"]


@cases("rest/fault-*.toml")
def test_a_fault_is_raised_as_what_it_means(case: dict[str, Any]) -> None:
    error = error_from(case["status"], find_fault(case["body"]), "1-62", None, case["body"])
    assert type(error).__name__ == case["raised"]
    assert error.advice
    first = fault_of(case).first
    assert first.message.split(":")[0] in str(error)
    assert "[intuit_tid 1-62]" in str(error)


def test_recorded_faults_are_found_and_raised() -> None:
    samples = json.loads(shared("facts/tables/online/real_fault_samples.json").read_text("utf-8"))
    raised = {}
    for sample in samples:
        body = json.dumps(sample["body"]).encode()
        if fault := find_fault(body, "application/json;charset=UTF-8"):
            raised[sample["name"]] = type(error_from(sample["http"], fault)).__name__
    assert raised == {
        "api_query_error": "Invalid",
        "item_create_item_error": "Invalid",
        "item_read_item_error": "NotFound",
        "item_update_item_error": "Stale",
        "preferences_update_preferences_error": "Stale",
        "sales_receipt_create_sales_receipt_error": "Invalid",
        "sales_receipt_void_sales_receipt_error": "Stale",
        "void_purchase_or_billpayment": "NotAllowed",
        "void_bill": "Unreachable",
        "purchase_missing_paymenttype": "Invalid",
        "amount_mismatch": "Invalid",
        "query_apostrophe": "Invalid",
        "auth_malformed_bearer": "Unauthorized",
        "wrong_realm_or_env": "Unauthorized",
        "throttle_json": "Busy",
    }


@pytest.mark.parametrize("name", ["api_query_error", "item_update_item_error", "item_create_item_error"])
def test_recorded_bodies_are_written_byte_for_byte(name: str) -> None:
    text = shared(f"samples/online/exquickbooks/{name}.json").read_text("utf-8")
    compact = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False).encode()
    fault = find_fault(compact)
    assert fault
    recorded = datetime.fromisoformat(json.loads(text)["time"])
    assert rest_faults.write_fault(fault, recorded) == compact


def test_a_refusal_carries_all_that_support_asks_for() -> None:
    fault = Fault(
        "ValidationFault",
        (
            FaultError("Amount calculation incorrect.", "Amount is not equal", "6070", "Line.Amount"),
            FaultError("Second", "", "2020"),
        ),
    )
    error = error_from(400, fault, "1-62")
    assert isinstance(error, errors.Invalid)
    assert (error.code, error.element, error.detail, error.tid) == (
        "6070",
        "Line.Amount",
        "Amount is not equal",
        "1-62",
    )
    assert str(error) == (
        "Amount calculation incorrect: Amount is not equal (code 6070, element Line.Amount); "
        "Second (code 2020) [intuit_tid 1-62]"
    )


@pytest.mark.parametrize(("told", "wait"), [("7", 7.0), (None, 60.0), ("", 60.0), ("soon", 60.0)])
def test_a_throttle_waits_as_told(told: str | None, wait: float) -> None:
    error = error_from(429, None, "", told, b"")
    assert isinstance(error, errors.Busy)
    assert error.wait == wait
    assert error.retryable


@pytest.mark.parametrize(
    ("status", "fault", "kind"),
    [
        (401, None, errors.Unauthorized),
        (401, one("2020"), errors.Unauthorized),
        (401, one("003200"), errors.Unauthorized),
        (400, one("3200", fault_type="AUTHENTICATION"), errors.Unauthorized),
        (403, None, errors.Unauthorized),
        (403, one("003100", fault_type="SERVICE"), errors.Unauthorized),
        (403, one("3001", fault_type="SERVICE"), errors.Busy),
        (404, None, errors.SetupError),
        (413, None, errors.Invalid),
        (418, None, errors.RemoteProtocolError),
        (500, None, errors.Unreachable),
        (503, one("2020", fault_type="SystemFault"), errors.Unreachable),
        (500, one("2020"), errors.Invalid),
        (400, one("99999"), errors.Unreachable),
        (400, one("5999"), errors.Invalid),
        (200, Fault("ValidationFault", ()), errors.Invalid),
    ],
)
def test_status_and_fault_decide_together(
    status: int, fault: Fault | None, kind: type[errors.TieoutError]
) -> None:
    assert type(error_from(status, fault)) is kind


def test_the_wrong_company_is_told_what_to_check() -> None:
    assert "`company`" in error_from(403, one("003100", fault_type="SERVICE")).advice


def test_an_answer_without_a_fault_is_quoted_by_its_beginning() -> None:
    page = b"<html>\n<h1>Bad\x00 gateway</h1>" + b"x" * 5000
    error = error_from(502, find_fault(page, "text/html"), "", None, page)
    assert "HTTP 502: '<html> <h1>Bad" in str(error)
    assert len(str(error)) < 300
    assert "nothing at all" in str(error_from(502, None))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"<html><p>down</html>",
        b"<html/>",
        b'{"Fault":null,"fault":null}',
        b'{"Item":{"Id":"1"},"time":"2026-11-22T12:00:00Z"}',
        b'<!DOCTYPE a><IntuitResponse><Fault type="x"/></IntuitResponse>',
        b'{"Fault":{"Error',
    ],
)
def test_no_fault_is_found_where_none_is(body: bytes) -> None:
    assert find_fault(body) is None


@pytest.mark.parametrize(
    "body",
    [
        b'<IntuitResponse><Fault type="T"><Error code="610"><Message>M</Message></Error></Fault></IntuitResponse>',
        b'<Fault type="T"><Error code="610"><Message>M</Message></Error></Fault>',
        b'<q:IntuitResponse xmlns:q="http://schema.intuit.com/finance/v3"><q:QueryResponse><q:Fault type="T">'
        b'<q:Error code="610"><q:Message>M</q:Message></q:Error></q:Fault></q:QueryResponse></q:IntuitResponse>',
        b'{"Fault":{"Error":[{"Message":"M","code":610}],"type":"T"}}',
        b'{"fault":{"error":[{"message":"M","detail":null,"code":"610","element":null}],"type":"T"}}',
    ],
    ids=["xml", "bare", "prefixed", "number", "gateway"],
)
def test_spellings(body: bytes) -> None:
    assert find_fault(body) == Fault("T", (FaultError("M", "", "610"),))


def test_a_written_fault_escapes_what_it_quotes() -> None:
    fault = Fault('a"b', (FaultError("<M> & \n", "]]>\r", "1", '"<'),))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    for write in (rest_faults.write_fault, rest_faults.write_gateway_fault, rest_faults.write_fault_xml):
        assert find_fault(write(fault, now)) == fault
