import csv
import io
import json
from decimal import Decimal

import duckdb
import pytest

from .conftest import call


def read(text):
    return json.loads(text, parse_float=Decimal)


def test_a_table_shows_what_invoices_are_known_by(tieout):
    result = tieout("query", "books:Invoice", "--order", "Id", "--limit", 3)
    assert result.exit_code == 0
    head = result.stdout.splitlines()[0].split()
    assert head == ["Id", "DocNumber", "TxnDate", "CustomerRef.name", "TotalAmt", "Balance"]
    assert result.stderr == "3 records.\n"


def test_json_is_one_document_with_exact_money(tieout, sandbox):
    records = read(tieout("query", "books:Invoice", "--format", "json").stdout)
    stored = {s.id: s.record["TotalAmt"] for s in sandbox.company.books.store("Invoice")}
    assert {r["Id"]: r["TotalAmt"] for r in records} == stored
    assert any(isinstance(r["TotalAmt"], Decimal) for r in records)


def test_jsonl_is_a_record_a_line(tieout):
    lines = tieout("query", "books:Customer", "--format", "jsonl").stdout.splitlines()
    names = [json.loads(line)["DisplayName"] for line in lines]
    assert len(names) == len(set(names)) > 10


def test_csv_has_the_columns_of_the_table_and_survives_awkward_names(tieout, sandbox):
    text = tieout("query", "books:Customer", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    stored = {s.id: s.record["DisplayName"] for s in sandbox.company.books.store("Customer")}
    assert {row["id"]: row["display_name"] for row in rows} == stored


def test_fields_are_the_columns_in_that_order(tieout):
    result = tieout("query", "books:Invoice", "--fields", "TotalAmt,CustomerRef,Id", "--format", "csv")
    assert result.stdout.splitlines()[0] == "total_amt,customer_ref_value,customer_ref_name,id"
    table = tieout("query", "books:Invoice", "--fields", "TotalAmt, CustomerRef.name", "--limit", 1)
    assert table.stdout.split()[:2] == ["TotalAmt", "CustomerRef.name"]


@pytest.mark.parametrize("chosen", ["table", "csv", "json"])
def test_fields_may_be_written_in_any_case(tieout, chosen):
    exact, loose = (
        tieout("query", "books:Invoice", "--fields", fields, "--format", chosen, "--limit", 2).stdout
        for fields in ("DocNumber,CustomerRef.value,Balance", "docnumber,customerref.VALUE,balance")
    )
    assert exact == loose != ""


def test_parquet_holds_every_record_with_exact_decimals(tieout, tmp_path, sandbox):
    file = tmp_path / "it's.parquet"
    result = tieout("query", "books:Invoice", "--format", "parquet", "--output", file)
    assert result.exit_code == 0
    found = duckdb.read_parquet(str(file))
    stored = [s.record["TotalAmt"] for s in sandbox.company.books.store("Invoice")]
    assert found.aggregate("sum(total_amt)").fetchall() == [(sum(stored),)]


def test_parquet_needs_a_file(tieout):
    result = tieout("query", "books:Invoice", "--format", "parquet")
    assert result.exit_code == 2
    assert "--output" in result.stderr


def test_an_output_file_is_whole_or_absent(tieout, tmp_path):
    file = tmp_path / "out.json"
    assert tieout("query", "books:Term", "--format", "json", "--output", file).stdout == ""
    assert len(json.loads(file.read_text("utf-8"))) >= 5
    refused = tieout("query", "books:Term", "--format", "json", "--output", tmp_path / "no" / "out.json")
    assert refused.exit_code == 2
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("chosen", ["table", "csv", "parquet"])
def test_several_types_are_kindly_refused_before_anything_is_sent(tieout, sandbox, chosen):
    sandbox.control.forget_requests()
    result = tieout("query", "books:*", "--format", chosen)
    assert result.exit_code == 2
    assert "--format json or jsonl" in result.stderr
    assert sandbox.control.requests == []


def test_several_types_name_the_type_of_each_record(tieout, mirrored):
    lines = tieout("query", "books:*", "--format", "jsonl").stdout.splitlines()
    types = {next(iter(json.loads(line))) for line in lines}
    assert {"Invoice", "Customer", "Preferences"} <= types


def test_a_plan_says_what_runs_where_and_sends_nothing(tieout, sandbox):
    sandbox.control.forget_requests()
    where = "Balance > 0 and (DocNumber = '1' or TotalAmt < 5)"
    planned = read(tieout("query", "books:Invoice", "--where", where, "--plan", "--format", "json").stdout)
    assert [c["done_by"] for c in planned[0]["conditions"]] == ["QuickBooks", "here"]
    assert planned[0]["statement"].startswith("SELECT * FROM Invoice WHERE Balance > '0' ORDERBY")
    assert sandbox.control.requests == []


def test_what_quickbooks_cannot_do_is_done_here(tieout, sandbox):
    where = "CustomerRef.name LIKE '%oë%' and TotalAmt != 0"
    records = read(tieout("query", "books:Invoice", "--where", where, "--format", "json").stdout)
    stored = [s.record for s in sandbox.company.books.store("Invoice")]
    expected = {r["Id"] for r in stored if "oë" in r["CustomerRef"]["name"] and r["TotalAmt"]}
    assert {r["Id"] for r in records} == expected != set()


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("Balanc > 0", "column 1: Invoice has no field Balanc. Did you mean Balance?"),
        ("DocNumber = 'x", "column 13: this quote is not closed"),
        ("Id = '1'; DROP TABLE Invoice", "column 9: a predicate is one condition"),
        ("Balance > 'much'", "Balance wants a number"),
    ],
)
def test_a_wrong_predicate_is_refused_with_its_place(tieout, sandbox, where, told):
    sandbox.control.forget_requests()
    result = tieout("query", "books:Invoice", "--where", where)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert sandbox.control.requests == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("query", "books:Invoces"), "Did you mean Invoice?"),
        (("query", "boks:Invoice"), "Did you mean books?"),
        (("query", "books"), "it has no colon"),
        (("query", "books:Invoice", "--fields", "Totl"), "Did you mean TotalAmt?"),
        (("query", "books:Invoice", "--order", "TxnDate downwards"), "TxnDate desc"),
        (("get", "books:*", "1"), "names no type"),
        (("query", "warehouse:invoces"), "Did you mean invoice?"),
        (("query", "warehouse:invoice", "--fields", "totl_amt"), "`tieout types warehouse:invoice`"),
        (("get", "warehouse:invoice_line", "1"), "has several rows with the id 1"),
    ],
)
def test_misspelt_words_are_told_the_nearest(tieout, mirrored, words, told):
    result = tieout(*words)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_mirror_is_read_as_books_are(tieout, mirrored):
    table = tieout("query", "warehouse:invoice", "--where", "balance > 0", "--limit", 2)
    head = table.stdout.splitlines()[0].split()
    assert head == ["id", "doc_number", "txn_date", "customer_ref_name", "total_amt", "balance"]
    both = [
        tieout("count", address, "--where", where).stdout
        for address, where in (("warehouse:invoice", "balance > 0"), ("books:Invoice", "Balance > 0"))
    ]
    assert both[0] == both[1] != "0\n"


def test_words_of_the_connections_own_are_what_is_read(tmp_path):
    (tmp_path / "tieout.toml").write_text(
        '[connection.inbox]\nkind = "files"\npath = "inbox"\nquiet_seconds = 0\n'
        '[connection.shop]\nkind = "duckdb"\npath = "shop.duckdb"\n'
    )
    (tmp_path / "inbox").mkdir()
    for name, line in (("orders-1", "17,2.50"), ("orders-2", "18,0.10"), ("other", "99,9")):
        (tmp_path / "inbox" / f"{name}.csv").write_text(f"no,total\n{line}\n")
    with duckdb.connect(tmp_path / "shop.duckdb") as shop:
        shop.execute("CREATE TABLE orders AS SELECT 17 AS no, 2.50 AS total UNION ALL SELECT 18, 0.10")
        shop.execute("CREATE TABLE other AS SELECT 99 AS no")

    def asked(*words):
        return call("query", *words, "--project", tmp_path / "tieout.toml")

    files = "inbox:orders-*.csv"
    assert asked(files, "--format", "csv").stdout.split() == ["no,total", "17,2.50", "18,0.10"]
    statement = "shop:select * from orders where total < 1"
    assert asked(statement).stdout.split()[:2] == ["no", "total"]
    assert read(asked(statement, "--format", "json").stdout) == [{"no": 18, "total": Decimal("0.10")}]
    assert (
        asked("shop:select * from orders", "--where", "no = 17", "--format", "jsonl").stdout.count("\n") == 1
    )
    assert asked("shop:selec * from orders").exit_code == 2


def test_one_record_by_its_id(tieout, mirrored):
    known = read(tieout("query", "books:Invoice", "--limit", 1, "--format", "json").stdout)[0]
    found = read(tieout("get", "books:Invoice", known["Id"], "--format", "json").stdout)
    kept = read(tieout("get", "warehouse:invoice", known["Id"], "--format", "json").stdout)
    assert found["Line"] == known["Line"]
    assert kept["total_amt"] == known["TotalAmt"]
    assert "…" not in tieout("get", "books:Invoice", known["Id"]).stdout  # nothing is cut but by a screen


def test_a_record_that_is_not_there_is_a_refusal(tieout, mirrored):
    for address in ("books:Invoice", "warehouse:invoice"):
        result = tieout("get", address, "999999")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("Error: ")


def test_count_in_every_format(tieout, sandbox):
    expected = len(list(sandbox.company.books.store("Invoice")))
    assert tieout("count", "books:Invoice").stdout == f"{expected}\n"
    assert read(tieout("count", "books:Invoice", "--format", "json").stdout) == {
        "address": "books:Invoice",
        "count": expected,
    }
    assert tieout("count", "books:Invoice", "--format", "csv").stdout.endswith(f"books:Invoice,{expected}\n")
