"""Messages of the REST API: transcripts in both directions, exact numbers, and answers that are not what they seem."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.catalog.rest import record_type
from tieout.errors import LocalProtocolError, NotAllowed, RemoteProtocolError, Stale, Unauthorized
from tieout.protocols import exact_json, rest, rest_answer_writer, rest_faults
from tieout.protocols.rest_faults import Fault, FaultError

from .transcripts import cases, shared

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=-8)))
STALE = b'{"Error":[{"Message":"Stale Object Error","code":"5010"}],"type":"ValidationFault"}'


def raw(texts: list[str]) -> list[bytes]:
    return [text.encode() for text in texts]


@cases("rest/query-*.toml")
def test_a_page_of_a_query(case: dict[str, Any]) -> None:
    records = raw(case["records"])
    value = rest.query_answer(case["type"], records, case["start"], case.get("total"), case["time"])
    assert rest.read_query(case["body"]) == value
    written = rest_answer_writer.write_query_answer(
        case["type"], records, case["start"], case.get("total"), case["time"]
    )
    assert written == case["body"]


@cases("rest/cdc-*.toml")
def test_changes(case: dict[str, Any]) -> None:
    parts = [
        rest.cdc_part(
            part["type"],
            raw(part["records"]),
            [(each[0], [*each, None][1]) for each in part.get("deleted", [])],
        )
        for part in case["parts"]
    ]
    assert rest_answer_writer.write_cdc_answer(parts, case["time"]) == case["body"]
    answer = rest.read_cdc(case["body"])
    assert answer == rest.CdcAnswer(case["time"], tuple(part for part in parts if part.size))


@cases("rest/batch-*.toml")
def test_a_batch(case: dict[str, Any]) -> None:
    items = tuple(batch_item(item, case["time"]) for item in case["items"])
    assert rest.read_batch(case["body"]) == rest.BatchAnswer(case["time"], items)
    assert rest_answer_writer.write_batch_answer(items, case["time"]) == case["body"]


def batch_item(item: dict[str, Any], when: datetime) -> rest.BatchItem:
    if told := item.get("answer"):
        page = rest.query_answer(told.get("type"), raw(told["records"]), 1, told.get("total"), when)
        return rest.BatchItem(item["bid"], answer=page)
    if fault := item.get("fault"):
        found = tuple(FaultError(**error) for error in fault["errors"])
        return rest.BatchItem(item["bid"], fault=Fault(fault["type"], found))
    key, record = item["entity"]
    return rest.BatchItem(item["bid"], entity=(key, record.encode()))


@cases("rest/entity-*.toml")
def test_one_record(case: dict[str, Any]) -> None:
    record = case["record"].encode()
    assert rest.read_entity(case["body"], case["key"]) == (record, case["time"])
    assert rest_answer_writer.write_entity_answer(case["key"], record, case["time"]) == case["body"]


def test_a_count() -> None:
    body = rest_answer_writer.write_count_answer(1234, NOON)
    assert body == b'{"QueryResponse":{"totalCount":1234},"time":"2026-11-22T12:00:00.000-08:00"}'
    answer = rest.read_query(body)
    assert (answer.type, answer.records, answer.total) == (None, b"[]", 1234)


def test_the_recorded_query() -> None:
    body = shared("samples/online/exquickbooks/api_query.json").read_bytes()
    answer = rest.read_query(body)
    assert (answer.type, answer.start, answer.count, answer.total) == ("Item", 1, 19, None)
    assert json.loads(answer.records) == json.loads(body)["QueryResponse"]["Item"]
    compact = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
    page = rest.read_query(compact)
    records = [bytes(record) for record in exact_json.split(page.records)]
    assert (
        rest_answer_writer.write_query_answer("Item", records, page.start, page.total, page.time) == compact
    )


numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(values)
@settings(max_examples=150)
def test_what_is_written_reads_the_same(value: Any) -> None:
    written = exact_json.encode(value)
    assert exact_json.decode(written) == value
    assert exact_json.encode(exact_json.decode(written)) == written


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e20, max_value=1e20))
@settings(max_examples=150)
def test_a_decimal_keeps_every_digit_and_has_no_exponent(number: Decimal) -> None:
    written = exact_json.encode(number)
    assert b"e" not in written.lower()
    assert json.loads(written, parse_float=Decimal, parse_int=Decimal) == number


def test_numbers_are_exact() -> None:
    decoded = exact_json.decode(b'{"a":0.1,"b":1234567890.123456789,"c":3,"d":1e2,"e":12.50}')
    assert [repr(decoded[key]) for key in "abcde"] == [
        "Decimal('0.1')",
        "Decimal('1234567890.123456789')",
        "3",
        "Decimal('1E+2')",
        "Decimal('12.50')",
    ]
    assert exact_json.encode(decoded) == b'{"a":0.1,"b":1234567890.123456789,"c":3,"d":100,"e":12.50}'


@pytest.mark.parametrize(
    "number", [19.99, float("nan"), Decimal("NaN"), Decimal("-Infinity"), Decimal("1E+999999")], ids=repr
)
def test_what_is_not_exact_is_refused_with_its_place(number: Any) -> None:
    with pytest.raises(LocalProtocolError, match=r"\$\.Line\[1\]\.Amount is "):
        exact_json.encode({"Line": [{"Amount": Decimal("1.10")}, {"Amount": number}]})


@pytest.mark.parametrize("value", [object(), {"a": "\ud800"}], ids=["object", "surrogate"])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(LocalProtocolError, match="cannot be written as JSON"):
        exact_json.encode(value)


def test_an_answer_cut_off_anywhere_is_told_by_its_length() -> None:
    body = rest_answer_writer.write_query_answer("Item", [b'{"Id":"1","Name":"\xc3\xa9"}'] * 2, 1, None, NOON)
    for length in range(len(body)):
        with pytest.raises(RemoteProtocolError, match=f"cut off at byte {length}:"):
            rest.read_query(body[:length])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>Bad gateway</html>", r"not JSON: .*\(byte 0\); it was 24 bytes long"),
        (b'{"QueryResponse":{}}]', r"not JSON: trailing characters \(byte 21\)"),
        (b'{"QueryResponse":[],"time":"2026-11-22T12:00:00Z"}', r"not as expected: .*QueryResponse"),
        (b'{"QueryResponse":{}}', "no 'time'"),
        (b'{"QueryResponse":{},"time":"soon"}', "not as expected: .*time"),
        (b'{"time":"2026-11-22T12:00:00Z"}', "no 'QueryResponse'"),
        (b"[" * 100_000, "nested too deeply|not as expected"),
    ],
)
def test_what_is_no_query_answer(body: bytes, said: str) -> None:
    with pytest.raises(RemoteProtocolError, match=said):
        rest.read_query(body)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"1e99999999999999999999", b'"\xff"', b"\xff", b""])
def test_what_cannot_be_decoded(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        exact_json.decode(body)


@pytest.mark.parametrize(
    "read",
    [
        rest.read_query,
        rest.read_batch,
        rest.read_cdc,
        lambda body, tid: rest.read_entity(body, "Item", tid=tid),
    ],
    ids=["query", "batch", "cdc", "entity"],
)
def test_a_fault_with_http_200_is_raised(read: Any) -> None:
    with pytest.raises(Stale, match=r"Stale Object Error \(code 5010\) \[intuit_tid 1-62\]"):
        read(b'{"Fault":%b,"time":"2026-11-22T12:00:00Z"}' % STALE, tid="1-62")
    gateway = b'{"warnings":null,"fault":{"error":[{"message":"m","code":"3200","element":null}],"type":"A"},"time":0}'
    with pytest.raises(Unauthorized):
        read(gateway, tid="")


def test_a_fault_inside_a_query_response_is_raised() -> None:
    with pytest.raises(Stale):
        rest.read_query(b'{"QueryResponse":{"Fault":%b},"time":"2026-11-22T12:00:00Z"}' % STALE)
    cdc = b'{"CDCResponse":[{"QueryResponse":[{"Fault":%b}]}],"time":"2026-11-22T12:00:00Z"}' % STALE
    with pytest.raises(Stale):
        rest.read_cdc(cdc)
    with pytest.raises(Stale):
        rest.read_cdc(b'{"CDCResponse":[{"Fault":%b}],"time":"2026-11-22T12:00:00Z"}' % STALE)


def test_a_fault_of_a_batched_query_is_data() -> None:
    body = (
        b'{"BatchItemResponse":[{"QueryResponse":{"Fault":%b},"bId":"1"}],"time":"2026-11-22T12:00:00Z"}'
        % STALE
    )
    (item,) = rest.read_batch(body).items
    assert item.answer is None
    assert item.fault
    assert item.fault.first.code == "5010"


def test_null_faults_are_none() -> None:
    body = b'{"Item":{"Id":"1"},"Fault":null,"fault":null,"time":"2026-11-22T12:00:00Z"}'
    assert rest.read_entity(body, "Item")[0] == b'{"Id":"1"}'
    query = b'{"QueryResponse":{"Fault":null},"Fault":null,"fault":null,"time":"2026-11-22T12:00:00Z"}'
    assert rest.read_query(query).count == 0


def test_success_without_the_record_is_none() -> None:
    """What voiding a JournalEntry answered in a live test: HTTP 200 and nothing done."""
    with pytest.raises(RemoteProtocolError, match="no 'JournalEntry'"):
        rest.read_entity(b'{"BatchItemResponse":[],"time":"2026-08-16T12:00:00Z"}', "JournalEntry")


def test_records_are_the_bytes_that_came() -> None:
    spaced = b'{"QueryResponse" : {"maxResults": 1, "Item" : [ {"Id" : "1", "New": [1.10 ]} ]}, "time":"2026-11-22T12:00:00Z"}'
    answer = rest.read_query(spaced)
    assert answer.records == b'[ {"Id" : "1", "New": [1.10 ]} ]'
    assert (answer.type, answer.start, answer.count) == ("Item", 1, 1)


def test_records_are_counted_when_the_answer_does_not() -> None:
    body = b'{"QueryResponse":{"Item":[{},{},{}]},"time":"2026-11-22T12:00:00Z"}'
    assert rest.read_query(body).count == 3


def test_deleted_objects_are_found_anywhere_between_live_ones() -> None:
    body = (
        b'{"CDCResponse":[{"QueryResponse":[{"Bill":[{"Id":"1","Memo":"Deleted"},'
        b'{"Id" : "2", "status" : "Deleted"}, {"Id":"3","status":"Pending"}]}]}],"time":"2026-11-22T12:00:00Z"}'
    )
    (part,) = rest.read_cdc(body).types
    assert part.live == b'[{"Id":"1","Memo":"Deleted"},{"Id":"3","status":"Pending"}]'
    assert (part.deleted, part.size) == ((("2", None),), 3)


def test_live_objects_without_deleted_ones_stay_as_they_came() -> None:
    body = b'{"CDCResponse":[{"QueryResponse":[{"Bill":[ {"Id":"1"} ]}]}],"time":"2026-11-22T12:00:00Z"}'
    assert rest.read_cdc(body).types[0].live == b'[ {"Id":"1"} ]'


objects = st.lists(
    st.dictionaries(
        st.sampled_from(["Name", "status", "Amount", "Line"]), st.text() | numbers, max_size=4
    ).map(lambda record: exact_json.encode({"Id": "7"} | {k: v for k, v in record.items() if k != "status"})),
    max_size=5,
)
moments = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)


@given(objects, st.lists(st.tuples(st.text("0123456789", min_size=1), st.none() | moments), max_size=3))
@settings(max_examples=60)
def test_both_directions_agree(live: list[bytes], deleted: list[rest.Deleted]) -> None:
    page = rest.query_answer("Item", live, 41, 50, NOON)
    assert rest.read_query(rest_answer_writer.write_query_answer("Item", live, 41, 50, NOON)) == page
    part = rest.cdc_part("Item", live, deleted)
    answer = rest.read_cdc(rest_answer_writer.write_cdc_answer([part], NOON))
    assert answer.types == ((part,) if part.size else ())
    item = rest.BatchItem('a"b', answer=page)
    assert rest.read_batch(rest_answer_writer.write_batch_answer([item], NOON)).items == (item,)


def test_a_query_is_posted_as_text() -> None:
    request = rest.query_request("4620816365", "select * from Item where Name = 'Zoë'", 75)
    assert (request.method, request.path) == ("POST", "/v3/company/4620816365/query")
    assert request.params == {"minorversion": "75"}
    assert (request.body.decode(), request.content_type) == (
        "select * from Item where Name = 'Zoë'",
        "application/text",
    )


def test_a_batch_of_queries() -> None:
    request = rest.batch_request("1", {"a": "select * from Item", "b": "select * from Bill"}, 75)
    assert (request.path, request.content_type) == ("/v3/company/1/batch", "application/json")
    assert request.body == (
        b'{"BatchItemRequest":[{"bId":"a","Query":"select * from Item"},{"bId":"b","Query":"select * from Bill"}]}'
    )


@pytest.mark.parametrize("size", [0, 31])
def test_a_batch_has_one_to_thirty_items(size: int) -> None:
    with pytest.raises(LocalProtocolError, match=f"not {size}"):
        rest.batch_request("1", {str(at): "select * from Item" for at in range(size)}, 75)


def test_changes_are_asked_with_the_zone_and_never_later_than_meant() -> None:
    since = NOON + timedelta(microseconds=999_999)
    request = rest.cdc_request("1", ["Bill", "Invoice"], since, 75)
    assert (request.method, request.path) == ("GET", "/v3/company/1/cdc")
    assert request.params == {
        "entities": "Bill,Invoice",
        "changedSince": "2026-11-22T12:00:00-08:00",
        "minorversion": "75",
    }


def test_changes_without_a_zone_or_a_type_are_refused() -> None:
    with pytest.raises(LocalProtocolError):
        rest.cdc_request("1", ["Bill"], datetime(2026, 11, 22), 75)
    with pytest.raises(LocalProtocolError):
        rest.cdc_request("1", [], NOON, 75)


def test_one_record_is_read_at_its_own_address() -> None:
    request = rest.read_request("1", record_type("CreditCardPaymentTxn"), "1/../2", 75)
    assert (request.method, request.path) == ("GET", "/v3/company/1/creditcardpayment/1%2F..%2F2")
    with pytest.raises(LocalProtocolError, match="empty"):
        rest.read_request("1", record_type("Item"), "", 75)


def test_a_write_carries_its_parameters() -> None:
    request = rest.entity_request(
        "1", record_type("Invoice"), b'{"Id":"1"}', 75, params={"operation": "delete", "requestid": "r1"}
    )
    assert (request.method, request.path, request.body) == ("POST", "/v3/company/1/invoice", b'{"Id":"1"}')
    assert request.params == {"operation": "delete", "requestid": "r1", "minorversion": "75"}


def test_the_company_is_read_by_its_realm() -> None:
    assert rest.company_info_request("42", 75).path == "/v3/company/42/companyinfo/42"


@pytest.mark.parametrize("realm", ["", "Craig's", "1/2", "４２"])
def test_a_realm_is_a_number(realm: str) -> None:
    with pytest.raises(LocalProtocolError, match="no company id"):
        rest.query_request(realm, "select * from Item", 75)


def test_an_unsupported_operation_is_a_refusal() -> None:
    fault = Fault(
        "ValidationFault", (FaultError("Unsupported Operation", "Operation void is not supported.", "500"),)
    )
    item = rest.BatchItem("1", fault=fault)
    assert rest.read_batch(rest_answer_writer.write_batch_answer([item], NOON)).items == (item,)
    with pytest.raises(NotAllowed):
        rest.read_entity(b'{"Fault":%b}' % rest_faults.write_fault_object(fault), "Purchase")


def test_no_records_are_none_whatever_the_answer_counts() -> None:
    body = b'{"QueryResponse":{"startPosition":1,"maxResults":1000},"time":"2026-11-22T00:00:00Z"}'
    assert rest.read_query(body).count == 0
