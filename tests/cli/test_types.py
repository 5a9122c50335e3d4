import csv
import io
import json

from tieout.catalog.rest import record_types, type_names

from .conftest import call


def rows(result):
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_type_is_listed(tieout):
    found = list(csv.DictReader(io.StringIO(tieout("types", "books", "--format", "csv").stdout)))
    assert [row["type"] for row in found] == list(type_names())
    actions = {row["type"]: set(row["actions"].split()) for row in found}
    assert actions == {kind.name: set(kind.actions) for kind in record_types()}


def test_the_catalog_needs_no_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(rows(call("types", "rest", "--format", "jsonl"))) == len(type_names())
    assert call("types", "rest:Invoice").exit_code == 0
    assert call("types", "books:Invoice").exit_code == 2
    assert "Did you mean Invoice?" in call("types", "rest:Invioce").stderr


def test_each_message_says_what_it_may_carry(tieout):
    fields = {row["field"]: row for row in rows(tieout("types", "books:Invoice", "--format", "jsonl"))}
    assert fields["CustomerRef"]["create"] == "required"
    assert fields["CustomerRef"]["type"] == "→ Customer"
    assert (fields["Id"]["create"], fields["Id"]["sparse"]) == ("", "required")
    assert fields["DocNumber"]["length"] == 21
    assert fields["DocNumber"]["query"] == "filter sort"
    assert fields["PrivateNote"]["query"] == ""


def test_one_message_alone(tieout):
    create = {
        row["field"]
        for row in rows(tieout("types", "books:Invoice", "--message", "create", "--format", "jsonl"))
    }
    query = {
        row["field"]
        for row in rows(tieout("types", "books:Invoice", "--message", "query", "--format", "jsonl"))
    }
    assert "Id" not in create
    assert "PrivateNote" not in query
    assert {"CustomerRef", "TxnDate"} <= create & query


def test_a_type_that_cannot_be_written_has_nothing_to_carry(tieout):
    assert rows(tieout("types", "books:ReimburseCharge", "--message", "create", "--format", "jsonl")) == []


def test_what_is_inside_of_fields(tieout):
    top = rows(tieout("types", "books:Invoice", "--format", "jsonl"))
    inside = {row["field"] for row in rows(tieout("types", "books:Invoice", "--all", "--format", "jsonl"))}
    assert {row["field"] for row in top} < inside
    assert "Line.SalesItemLineDetail.Qty" in inside
    assert not any("AccountBasedExpenseLineDetail" in field for field in inside)  # of bills, not of invoices


def test_tables_of_a_mirror(tieout, mirrored):
    assert {"invoice", "invoice_line"} <= {
        r["type"] for r in rows(tieout("types", "warehouse", "--format", "jsonl"))
    }
    columns = {
        r["column"]: r["type"] for r in rows(tieout("types", "warehouse:invoice", "--format", "jsonl"))
    }
    assert columns["total_amt"] == "DECIMAL(38, 9)"
    assert columns["meta_data_create_time"] == "TIMESTAMPTZ"
    assert (columns["id"], columns["txn_date"]) == ("VARCHAR", "DATE")
