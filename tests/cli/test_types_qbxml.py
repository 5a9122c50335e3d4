"""`tieout types qbxml`: no project, no connection, only the catalog."""

import json
import subprocess
import sys

import pytest

from tieout.catalog.qbxml import type_names

from .conftest import call


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def listed(*words):
    result = call("types", *words, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refused(*words):
    result = call("types", *words)
    assert result.exit_code == 2
    return result.stderr


def test_every_type_is_listed_with_what_can_be_done():
    rows = {row["type"]: row for row in listed("qbxml")}
    assert list(rows) == list(type_names())
    assert rows["Invoice"]["actions"] == "add modify query read delete void display"
    assert rows["Customer"]["actions"] == "add modify query read delete merge display"
    assert rows["Host"]["actions"] == "query read"
    assert (rows["Invoice"]["iterator"], rows["Account"]["iterator"]) == (True, False)
    assert rows["TaxCode"]["actions"] == ""  # Canada's and the United Kingdom's until 3.0


def test_a_version_has_what_it_had():
    rows = {row["type"]: row["actions"] for row in listed("qbxml", "--version", "2.0", "--country", "CA")}
    assert rows["TaxCode"] == "add modify query read delete"
    assert rows["ItemSalesTax"] == ""
    assert rows["Invoice"] == "add query read delete void"


def test_an_added_invoice_is_a_flat_list_in_the_schemas_order():
    rows = listed("qbxml:Invoice", "--message", "add", "--version", "13.0", "--country", "US")
    assert rows[:3] == [
        {"path": "CustomerRef", "type": "(aggregate)", "min": 1, "max": 1, "length": None, "enum": None},
        {"path": "CustomerRef/ListID", "type": "IDTYPE", "min": 0, "max": 1, "length": None, "enum": None},
        {"path": "CustomerRef/FullName", "type": "STRTYPE", "min": 0, "max": 1, "length": 209, "enum": None},
    ]
    paths = [row["path"] for row in rows]
    assert len(paths) == len(set(paths)) == 152
    assert paths.index("InvoiceLineAdd/Rate") < paths.index("InvoiceLineAdd/RatePercent")
    assert "InvoiceLineAdd/ItemRef/FullName" in paths
    by_path = {row["path"]: row for row in rows}
    assert by_path["LinkToTxnID"]["max"] == "unbounded"
    assert by_path["InvoiceLineAdd/OptionForPriceRuleConflict"]["enum"] == ["Zero", "BasePrice"]
    older = listed("qbxml:Invoice", "--message", "add", "--version", "12.0")
    assert "InvoiceLineAdd/OptionForPriceRuleConflict" not in [row["path"] for row in older]


@pytest.mark.parametrize(
    ("message", "first"),
    [
        ("modify", ["TxnID", "EditSequence"]),
        ("query", ["TxnID", "RefNumber"]),
        ("read", ["TxnID", "TimeCreated"]),
        ("delete", ["TxnDelType", "TxnID"]),
        ("void", ["TxnVoidType", "TxnID"]),
    ],
)
def test_paths_are_relative_to_the_record_or_the_request(message, first):
    assert [row["path"] for row in listed("qbxml:Invoice", "--message", message)][:2] == first


def test_a_list_is_deleted_by_the_request_for_lists():
    assert [r["path"] for r in listed("qbxml:Customer", "--message", "delete")] == ["ListDelType", "ListID"]
    assert listed("qbxml:DataExt", "--message", "delete")[0]["path"] == "OwnerID"


def test_an_answer_of_several_types_keeps_their_names():
    paths = [row["path"] for row in listed("qbxml:Item", "--message", "read")]
    assert "ItemServiceRet" in paths
    assert "ItemInventoryRet/ListID" in paths


def test_the_messages_of_a_type():
    rows = {row["message"]: row for row in listed("qbxml:Invoice")}
    assert list(rows) == ["add", "modify", "query", "read", "delete", "void", "display"]
    assert rows["delete"]["request"] == "TxnDelRq"
    assert rows["add"]["elements"] > 150


def test_people_read_a_table():
    table = call("types", "qbxml:Customer", "--message", "query").stdout
    assert "ActiveStatus" in table
    assert "0 to any" in table
    assert "(aggregate)" not in table


def test_what_is_in_a_schema_but_not_published_is_shown_with_a_warning():
    result = call("types", "qbxml:Account", "--message", "modify", "--version", "1.1", "--format", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)[0]["path"] == "ListID"
    shown = call("types", "qbxml:Account", "--message", "modify", "--version", "1.1")
    assert "do not send it" in shown.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["qbxml:Invioce", "--message", "add"], "Did you mean Invoice?"),
        (["qbxml:Invoice", "--message", "modfy"], "Did you mean modify?"),
        (["qbxml:Invoice", "--message", "update"], "Did you mean modify?"),
        (["qbxml:Invoice", "--message", "add", "--version", "13.1"], "The nearest is 13.0."),
        (["qbxml:Invoice", "--message", "add", "--country", "us"], "Did you mean US?"),
        (["qbxml:Invoice", "--message", "modify", "--version", "2.0"], "it came with 2.1 of US"),
        (["qbxml:TaxCode", "--message", "add"], "it came with 2.0 of CA, 2.0 of UK"),
        (["qbxml:Account", "--message", "void"], "no other edition has one"),
        (["rest:Invoice", "--version", "13.0"], "rest has no versions"),
        (["rest:Invoice", "--message", "creat"], "Did you mean create?"),
    ],
)
def test_refusals_name_the_nearest_valid_word(words, says):
    assert says in refused(*words)


def test_help_does_not_read_the_catalog():
    program = "import sys, tieout.cli; sys.exit(any(name.startswith('tieout.catalog.qbxml') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
