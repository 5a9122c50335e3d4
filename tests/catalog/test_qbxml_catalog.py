"""The catalog says of every qbXML message what Intuit's published schemas say: an independent flattening of both.

The schemas are not part of this repository. They are looked for in `shared/schemas/qbxml` beside it, with
the witness: a program that walks them and knows nothing of ours. `make check-schemas` compares every edition,
and the brackets and attributes too.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tieout.catalog.qbxml import (
    EDITIONS,
    Edition,
    Element,
    Group,
    RecordType,
    Row,
    edition,
    record_type,
    record_types,
)
from tieout.catalog.qbxml.editions import when
from tieout.errors import SetupError

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT.parent / "shared" / "schemas" / "qbxml"
PREFIX = {"US": "", "CA": "QBC", "UK": "QBU", "OE": "QBO"}
SAMPLE = [
    *(("US", version) for version in ("1.0", "1.1", "2.1", "4.1", "7.0", "9.0", "13.0", "16.0")),
    *(("CA", version) for version in ("2.0", "3.0", "8.0", "16.0")),
    *(("UK", version) for version in ("2.0", "3.0", "7.0", "12.0")),
    *(("OE", version) for version in ("2.0", "6.0")),
]
ENVELOPES = ("QBXMLMsgsRq", "QBXMLMsgsRs", "QBXMLSubscriptionMsgsRq", "QBXMLSubscriptionMsgsRs")

Flat = tuple[str, str, str, str, int | None, tuple[str, ...], int]
"""Path, type, least, most, length, the set of values, choices around it."""


@pytest.fixture(scope="module")
def witness() -> ModuleType:
    pytest.importorskip("lxml.etree", reason="SCHEMAS NOT COMPARED: lxml is not installed")
    program = SCHEMAS / "flatten_xsd.py"
    if not program.exists():
        pytest.skip(
            f"SCHEMAS NOT COMPARED: there is no {program.relative_to(ROOT.parent)} beside the repository"
        )
    found = importlib.util.spec_from_file_location("flatten_xsd", program)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def published_schema(witness: ModuleType, each: Edition) -> dict[str, list[Any]]:
    """Every message that the schema of an edition has, flat."""
    number = "" if each.version == "1.0" else each.version.replace(".", "")
    read = witness.Set(str(SCHEMAS), PREFIX[each.country], number)
    messages: dict[str, list[Any]] = {}
    for envelope in ENVELOPES:
        if envelope in read.el:
            messages |= read.messages(envelope)
    return messages


def theirs(row: list[Any]) -> Flat:
    path, kind, least, most, length, values, choices = row
    inside = path.partition("/")[2]
    return inside, kind, least, most, length, tuple(sorted(values or ())), (choices or "").count("|c")


def ours(row: Row) -> Flat:
    most = "unbounded" if row.most is None else str(row.most)
    kind = row.type or "(aggregate)"
    return row.path, kind, str(row.least), most, row.length, tuple(sorted(row.values)), row.choices


def messages_of(kind: RecordType) -> list[tuple[str, frozenset[Edition]]]:
    return [
        (kind.message(verb, side), life) for verb, life in kind.in_schema.items() for side in ("Rq", "Rs")
    ]


@pytest.mark.parametrize(("country", "version"), SAMPLE)
def test_every_message_is_the_schemas_own(witness: ModuleType, country: str, version: str) -> None:
    each = edition(country, version)
    schema = published_schema(witness, each)
    differing = []
    compared = 0
    for kind in record_types():
        for name, life in messages_of(kind):
            assert (each in life) == (name in schema), f"{name} lives otherwise in {each}"
            if name not in schema:
                continue
            compared += 1
            if [theirs(row) for row in schema[name][1:]] != [ours(row) for row in kind.rows(name, each)]:
                differing.append(name)
    assert differing == []
    assert compared > 150


def test_every_published_edition_is_sampled_by_its_country() -> None:
    assert {each.country for each in EDITIONS} == {country for country, _ in SAMPLE}
    assert len(EDITIONS) == 50


# ---- without the schemas


def test_requests_are_those_that_intuit_publishes() -> None:
    """232 of QuickBooks Desktop and 7 of subscriptions; 3 more of Canada's and the United Kingdom's 2.0 and 3.0."""
    verbs = [(kind, verb) for kind in record_types() for verb in kind.in_schema]
    assert len(verbs) == 242
    early = {kind.name for kind, verb in verbs if all(each.number <= 30 for each in kind.in_schema[verb])}
    assert early == {"TaxCode"}
    by_verb = {verb: sum(v == verb for _, v in verbs) for verb in ("Add", "Mod", "Void", "Do")}
    assert by_verb == {"Add": 74, "Mod": 57, "Void": 1, "Do": 1}


def test_the_retired_online_edition_served_a_part() -> None:
    online = edition("OE", "6.0")
    served = {
        kind.message(verb, "Rq")
        for kind in record_types()
        for verb in kind.in_schema
        if kind.can(verb, online)
    }
    assert {"InvoiceAddRq", "CustomerModRq", "HostQueryRq", "TxnDelRq"} <= served
    assert not {"InvoiceModRq", "SalesOrderAddRq", "ListDelRq"} & served


def test_a_schema_may_contain_what_is_not_published() -> None:
    first = edition("US", "1.0")
    accounts = {kind.name: kind for kind in record_types()}["Account"]
    assert first in accounts.in_schema["Mod"]
    assert not accounts.can("Mod", first)
    assert accounts.can("Mod", edition("US", "6.0"))


def test_an_invoice_has_its_elements_in_order() -> None:
    invoice = record_type("Invoice")
    rows = {row.path: row for row in invoice.rows("InvoiceAdd", edition("US", "13.0"))}
    assert list(rows)[:4] == ["CustomerRef", "CustomerRef/ListID", "CustomerRef/FullName", "ClassRef"]
    assert (rows["CustomerRef"].least, rows["CustomerRef"].most) == (1, 1)
    assert (rows["RefNumber"].type, rows["RefNumber"].length) == ("STRTYPE", 11)
    assert (rows["LinkToTxnID"].least, rows["LinkToTxnID"].most) == (0, None)
    assert rows["InvoiceLineAdd"].choices == 1
    assert "InvoiceLineAdd/ItemRef/FullName" in rows
    assert "TaxCodeRef" not in rows
    canadian = [row.path for row in invoice.rows("InvoiceAdd", edition("CA", "3.0"))]
    assert canadian.index("ExchangeRate") > canadian.index("InvoiceLineAdd")  # it stood elsewhere then


def test_attributes_choices_and_sequences_of_a_query() -> None:
    query = record_type("Customer").shape("CustomerQueryRq", edition("US", "16.0"))
    assert [each.name for each in query.attributes] == ["requestID", "metaData", "iterator", "iteratorID"]
    assert query.attributes[1].value.default == "NoMetaData"
    assert query.attributes[2].value.values == ("Start", "Continue", "Stop")
    choice = query.parts[0]
    assert isinstance(choice, Group)
    assert (choice.kind, choice.least, choice.most) == ("choice", 0, 1)
    assert [part.name if isinstance(part, Element) else part.kind for part in choice.parts] == [
        "ListID",
        "FullName",
        "sequence",
    ]
    assert "iterator" not in [
        each.name
        for each in record_type("Customer").shape("CustomerQueryRq", edition("US", "4.1")).attributes
    ]


@pytest.mark.parametrize(
    ("country", "version", "says"),
    [
        ("US", "13.1", "The nearest is 13.0."),
        ("CA", "5.0", "There is no qbXML 5.0 of Canada. The nearest is 6.0."),
        ("USA", "13.0", "Did you mean US?"),
    ],
)
def test_an_edition_that_is_none_is_refused(country: str, version: str, says: str) -> None:
    with pytest.raises(SetupError, match=says.replace("?", r"\?")):
        edition(country, version)


def test_a_misspelt_type_is_answered_with_the_nearest() -> None:
    with pytest.raises(SetupError, match=r"Did you mean SalesReceipt\?"):
        record_type("SaleReceipt")


def test_an_edition_is_spelled_as_messages_spell_it() -> None:
    assert edition("US", "13").wire == "13.0"
    assert edition("CA", "3.0").wire == "CA3.0"
    assert edition("UK", "8.0").wire == "8.0"


@pytest.mark.parametrize(
    ("condition", "holds", "fails"),
    [
        ("8.0+", ["US 8.0", "CA 16.0"], ["US 7.0"]),
        ("-1.1,3.0+", ["US 1.0", "US 3.0"], ["US 2.1"]),
        ("6.0-7.0", ["US 6.0", "UK 7.0"], ["US 5.0", "US 8.0"]),
        ("US/OE;CA/UK/6.0+", ["US 1.0", "OE 2.0", "CA 6.0"], ["CA 3.0", "UK 2.0"]),
        ("CA/3.0", ["CA 3.0"], ["UK 3.0", "CA 2.0"]),
        ("", ["US 1.0", "OE 6.0"], []),
    ],
)
def test_conditions(condition: str, holds: list[str], fails: list[str]) -> None:
    found = {str(each) for each in when(condition)}
    assert found >= set(holds)
    assert not found & set(fails)
