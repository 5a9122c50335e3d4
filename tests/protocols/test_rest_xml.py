"""Records in XML: transcripts in both directions, the published schema, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from tieout.errors import LocalProtocolError, RemoteProtocolError, Stale
from tieout.protocols import exact_json, rest, rest_faults, rest_xml

from .transcripts import cases, shared

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Check = Callable[[bytes], None]

PARTY = {"value": "1", "name": "Amy's Bird Sanctuary"}
MONEY = Decimal("100.50")
RECORDS: dict[str, dict[str, Any]] = {
    "Customer": {
        "sparse": True,
        "DisplayName": 'Zoë <&> "Co"',
        "Active": False,
        "PrimaryEmailAddr": {"Address": "a@example.com"},
        "BillAddr": {"Line1": "4581 Finch St.", "City": "Bayshore", "CountrySubDivisionCode": "CA"},
        "ParentRef": {"value": "2"},
        "Job": True,
        "Balance": MONEY,
    },
    "Item": {
        "Name": "Pump",
        "Type": "Inventory",
        "UnitPrice": Decimal("1E+2"),
        "TrackQtyOnHand": True,
        "QtyOnHand": 25,
        "InvStartDate": date(2026, 1, 31),
        "IncomeAccountRef": {"value": "79"},
        "AssetAccountRef": {"value": "81"},
    },
    "Invoice": {
        "CustomerRef": PARTY,
        "TxnDate": "2026-11-20",
        "CustomField": [{"DefinitionId": "1", "Name": "Crew #", "Type": "StringType", "StringValue": "7"}],
        "CustomerMemo": {"value": "Thank you"},
        "Line": [
            {
                "LineNum": 1,
                "Description": "Rock",
                "Amount": MONEY,
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {"ItemRef": {"value": "5"}, "Qty": 1, "UnitPrice": MONEY},
            },
            {"Amount": MONEY, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
            {
                "Amount": 5,
                "DetailType": "DiscountLineDetail",
                "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": Decimal("4.97")},
            },
        ],
        "TxnTaxDetail": {
            "TotalTax": 0,
            "TaxLine": [
                {
                    "Amount": 0,
                    "DetailType": "TaxLineDetail",
                    "TaxLineDetail": {"TaxRateRef": {"value": "3"}, "PercentBased": True, "TaxPercent": 8},
                }
            ],
        },
        "MetaData": {"CreateTime": "2026-11-20T10:00:00-08:00", "LastUpdatedTime": NOON},
        "Id": "130",
        "SyncToken": "0",
        "domain": "QBO",
    },
    "Bill": {
        "VendorRef": {"value": "46"},
        "Line": [
            {
                "Amount": MONEY,
                "DetailType": "AccountBasedExpenseLineDetail",
                "AccountBasedExpenseLineDetail": {
                    "AccountRef": {"value": "7"},
                    "BillableStatus": "NotBillable",
                },
            }
        ],
        "LinkedTxn": [{"TxnId": "1", "TxnType": "PurchaseOrder"}],
        "DueDate": "2026-12-20",
    },
    "Payment": {
        "CustomerRef": PARTY,
        "TotalAmt": MONEY,
        "Line": [{"Amount": MONEY, "LinkedTxn": [{"TxnId": "130", "TxnType": "Invoice"}]}],
    },
    "JournalEntry": {
        "Line": [
            {
                "Amount": MONEY,
                "DetailType": "JournalEntryLineDetail",
                "JournalEntryLineDetail": {
                    "PostingType": "Debit",
                    "Entity": {"Type": "Customer", "EntityRef": PARTY},
                    "AccountRef": {"value": "84"},
                },
            }
        ]
    },
}


@pytest.fixture(scope="module")
def check() -> Check:
    """Validates a document against the published schema."""
    schema = etree.XMLSchema(etree.parse(str(shared("schemas/rest/IntuitRestServiceDef.xsd"))))

    def validate(body: bytes) -> None:
        schema.assertValid(etree.fromstring(body))

    return validate


@cases("rest/xml-*.toml")
def test_a_record_reads_and_writes(case: dict[str, Any]) -> None:
    record = exact_json.decode(case["record"].encode())
    assert rest_xml.to_xml(case["type"], record) == case["body"]
    assert rest_xml.from_xml(case["body"]) == (case["type"], record)


@cases("rest/xml-*.toml")
def test_transcripts_fit_the_published_schema(case: dict[str, Any], check: Check) -> None:
    check(case["body"])


@pytest.mark.parametrize("type_name", RECORDS)
def test_what_is_written_fits_the_published_schema(type_name: str, check: Check) -> None:
    body = rest_xml.to_xml(type_name, RECORDS[type_name])
    check(body)
    name, record = rest_xml.from_xml(body)
    assert name == type_name
    assert rest_xml.to_xml(type_name, record) == body


def test_answers_fit_the_published_schema(check: Check) -> None:
    check(rest_xml.write_entity_xml("Customer", RECORDS["Customer"], NOON))
    check(rest_xml.write_query_xml("Bill", [RECORDS["Bill"]] * 2, 1, 2, NOON))
    check(rest_xml.write_query_xml("Bill", [], 1, None, NOON))
    check(rest_xml.write_count_xml(7, NOON))
    fault = rest_faults.Fault("ValidationFault", (rest_faults.FaultError("M", "D", "2020", "Name"),))
    check(rest_faults.write_fault_xml(fault, NOON))


def test_the_recorded_items_fit_the_published_schema(check: Check) -> None:
    body = shared("samples/online/exquickbooks/api_query.json").read_bytes()
    for item in exact_json.decode(rest.read_query(body).records):
        written = rest_xml.to_xml("Item", item)
        check(written)
        assert rest_xml.from_xml(written) == ("Item", item)


def test_members_are_written_in_the_schemas_order() -> None:
    forward = RECORDS["Invoice"]
    backward = dict(reversed(forward.items()))
    assert rest_xml.to_xml("Invoice", backward) == rest_xml.to_xml("Invoice", forward)


def test_all_records_of_an_answer() -> None:
    body = rest_xml.write_query_xml("Term", [{"Id": "1", "DueDays": 30}, {"Id": "2"}], 1, None, NOON)
    assert b'startPosition="1" maxResults="2"' in body
    assert list(rest_xml.records_in(body)) == [("Term", {"Id": "1", "DueDays": 30}), ("Term", {"Id": "2"})]
    assert rest_xml.from_xml(body) == ("Term", {"Id": "1", "DueDays": 30})


def test_members_that_json_spells_otherwise() -> None:
    record = {"id": "EUC-09", "name": "Shipping", "applicableTo": ["Service"]}
    body = rest_xml.to_xml("TaxClassification", record)
    assert b"<Name>Shipping</Name><ApplicableTo>Service</ApplicableTo>" in body
    assert rest_xml.from_xml(body) == ("TaxClassification", record)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"DisplayNam": "x"}, r"Customer has no field 'DisplayNam'\. Did you mean DisplayName\?"),
        ({"BillAddr": {"Line9": "x"}}, r"Customer\.BillAddr has no field 'Line9'"),
        ({"BillAddr": "4581 Finch St."}, r"Customer\.BillAddr has parts"),
        ({"ParentRef": "1"}, r"Customer\.ParentRef is a reference"),
        ({"CustomField": {"Name": "x"}}, r"Customer\.CustomField is repeated"),
        ({"CustomField": [{"Name": "x"}, {"Nam": "x"}]}, r"Customer\.CustomField\[1\] has no field 'Nam'"),
        ({"Balance": 1.5}, r"Customer\.Balance cannot be 1\.5"),
        ({"Balance": Decimal("NaN")}, r"Customer\.Balance cannot be"),
        ({"Notes": "a\x00b"}, r"Customer\.Notes has a character"),
        ({"ParentRef": {"value": "1", "name": "\x1b"}}, r"Customer\.ParentRef\.name has a character"),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_place(record: dict[str, Any], said: str) -> None:
    with pytest.raises(LocalProtocolError, match=said):
        rest_xml.to_xml("Customer", record)


def test_absent_members_are_left_out_and_empty_ones_kept() -> None:
    body = rest_xml.to_xml(
        "Vendor", {"AcctNum": "", "Notes": None, "PrimaryPhone": {}, "TermRef": {"value": ""}}
    )
    inside = body.partition(b'v3">')[2].decode()
    assert "Notes" not in inside
    for name in ("AcctNum", "PrimaryPhone", "TermRef"):
        assert f"<{name}></{name}>" in inside


def test_what_the_catalog_does_not_know_is_kept() -> None:
    body = b"<Customer><New>1</New><New>2</New><Deep><a>x</a></Deep><Balance>much</Balance><Job>yes</Job></Customer>"
    record = {"New": ["1", "2"], "Deep": {"a": "x"}, "Balance": "much", "Job": "yes"}
    assert rest_xml.from_xml(body) == ("Customer", record)


def test_a_fault_is_raised() -> None:
    fault = rest_faults.Fault("ValidationFault", (rest_faults.FaultError("Stale Object Error", "", "5010"),))
    with pytest.raises(Stale):
        rest_xml.from_xml(rest_faults.write_fault_xml(fault, NOON))


@pytest.mark.parametrize(
    "body", [b"<Nonsense/>", b"<IntuitResponse/>", b"{}", b"<!DOCTYPE Customer><Customer/>", b"<Customer>"]
)
def test_what_holds_no_record_is_refused(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        rest_xml.from_xml(body)


def test_texts_survive() -> None:
    for text in ("", " two  spaces ", "a\r\nb\tc\n", "]]> & <b> \"'", "日本語 🧾"):
        record = {"Notes": text, "ParentRef": {"value": "1", "name": text}}
        assert rest_xml.from_xml(rest_xml.to_xml("Customer", record)) == ("Customer", record)
