"""A mirror in SQLite and PostgreSQL: the tables of DuckDB's, money exact, the cursor never ahead of its rows."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy
from tests.connections.duckdb.test_mirror import invoice, invoices

import tieout
from tieout.connections.base import Gone
from tieout.connections.duckdb.connection import DuckDBConnection
from tieout.connections.duckdb.parquet_tables import ParquetTables
from tieout.connections.files.connection import FilesConnection
from tieout.connections.files.folder import LocalFolder
from tieout.connections.files.formats import Format
from tieout.connections.leave_out import LeaveOut
from tieout.connections.memory import page_of
from tieout.connections.sql.connection import SqlConnection
from tieout.errors import SetupError, Unreachable
from tieout.operations import Query
from tieout.processes.sync import sync
from tieout.protocols.rest_layout import REST
from tieout.testing import sandbox

SOURCE = "online:1@sandbox"


def keep(shop, *steps, cursor=None, **settings):
    with shop.mirror(SOURCE, REST, **settings) as mirror:
        mirror.prepare(["Invoice", "Customer"])
        for step in steps:
            mirror.gone(step) if isinstance(step, Gone) else mirror.put(step)
        if cursor is not None:
            mirror.mark(cursor)
        mirror.flush()


def amounts(run, text):
    return [tuple(Decimal(v) if v is not None else None for v in row) for row in run(text)]


def test_a_changed_record_replaces_its_row_and_all_its_lines(shop, run):
    keep(shop, invoices(invoice(1, "10.10", "20"), invoice(2, "5")))
    keep(shop, invoices(invoice(1, "1234567890123456789.12345678")))
    assert amounts(run, "SELECT total_amt FROM invoice ORDER BY id") == [
        (Decimal("1234567890123456789.12345678"),),
        (Decimal(5),),
    ]
    assert len(run("SELECT amount FROM invoice_line WHERE invoice_id = '1'")) == 1


def test_of_two_pages_in_one_batch_the_later_row_wins(shop, run):
    keep(shop, invoices(invoice(1, "1"), invoice(2, "2")), invoices(invoice(2, "3", "4")))
    assert amounts(run, "SELECT total_amt FROM invoice ORDER BY id") == [(1,), (7,)]
    assert run("SELECT count(*) FROM invoice_line") == [(3,)]


def test_a_deleted_record_stays_with_its_time_and_loses_its_lines(shop, run):
    at = datetime(2026, 1, 2, tzinfo=UTC)
    keep(shop, invoices(invoice(1, "1"), invoice(2, "2")), Gone("Invoice", ["2", "99"], at))
    ((identity, deleted),) = run("SELECT id, _deleted_at FROM invoice WHERE _deleted_at IS NOT NULL")
    assert (identity, str(deleted)[:10]) == ("2", "2026-01-02")
    assert run("SELECT invoice_id FROM invoice_line") == [("1",)]
    keep(shop, invoices(invoice(2, "2")))
    assert run("SELECT _deleted_at FROM invoice WHERE id = '2'") == [(None,)]


def test_a_renamed_customer_is_renamed_in_its_invoices(shop, run):
    ann = {"value": "7", "name": "Ann"}
    keep(
        shop,
        page_of("Customer", [{"Id": "7", "DisplayName": "Ann"}]),
        invoices(invoice(1, "1", CustomerRef=ann)),
        cursor={"at": 1},
    )
    keep(shop, page_of("Customer", [{"Id": "7", "DisplayName": "Anna"}]), cursor={"at": 2})
    assert run("SELECT customer_ref_name FROM invoice") == [("Anna",)]


def test_texts_are_kept_as_they_are(shop, run):
    odd = ['"q", \n\\N', "\\N", "", "é€𝄞", "a\x00b"]
    keep(shop, page_of("Customer", [{"Id": str(n), "DisplayName": text} for n, text in enumerate(odd)]))
    found = [text for (text,) in run("SELECT display_name FROM customer ORDER BY id")]
    assert found[:4] == odd[:4]
    assert found[4] in ("a\x00b", "a\ufffdb")  # PostgreSQL keeps no such character


def test_what_the_catalog_does_not_know_is_kept_with_its_place(shop, run):
    keep(shop, invoices(invoice(1, "1", Novelty=5)), raw=True)
    ((extra, raw),) = run("SELECT _extra, _raw FROM invoice")
    assert "/Novelty" in str(extra)
    assert "Novelty" in str(raw)


def test_what_is_left_out_is_nowhere(shop, run):
    keep(
        shop,
        invoices(invoice(1, "1", PrivateNote="x")),
        leave_out=LeaveOut({"Invoice": frozenset({"PrivateNote"})}),
    )
    with pytest.raises(sqlalchemy.exc.DBAPIError):
        run("SELECT private_note FROM invoice")


def test_another_companys_mirror_is_refused(shop):
    keep(shop, invoices(invoice(1, "1")), cursor={})
    with (
        pytest.raises(SetupError, match=r"holds a mirror of online:1@sandbox, not of online:2"),
        shop.mirror("online:2", REST) as other,
    ):
        other.prepare(["Invoice"])


def test_an_older_catalog_with_something_in_extra_is_read_again(shop, run):
    keep(shop, invoices(invoice(1, "1", Novelty=5)), cursor={"at": 1})
    run("UPDATE _tieout_mirror SET catalog = 'old'")
    with shop.mirror(SOURCE, REST) as mirror:
        assert mirror.prepare(["Invoice"]) is None


def test_it_holds_what_a_mirror_in_duckdb_holds(shop, tmp_path):
    with sandbox("small-shop") as quickbooks, tieout.connect(sandbox=quickbooks.base_url) as books:
        source = books.connection
        warehouse = DuckDBConnection("warehouse", tmp_path / "w.duckdb")
        for kept in (warehouse, shop):
            sync(source, kept.mirror(source.identity, source.layout), source.types())
        before = source.requests_made
        sync(source, shop.mirror(source.identity, source.layout), source.types())
        assert source.requests_made - before <= 2
    assert {name[:50] for name in warehouse.types()} == {name[:50] for name in shop.types()}
    for name in ("invoice", "invoice_line", "customer", "journal_entry_line"):
        ours, theirs = rows(shop, name), rows(warehouse, name)
        assert len(ours) == len(theirs) > 0
        assert ours == theirs


def test_parquet_files_hold_it_too_and_only_those_that_changed_are_written(tmp_path):
    folder = LocalFolder(tmp_path / "mirror")
    files = FilesConnection("files", folder, Format("parquet"), tables=ParquetTables(folder))
    with sandbox("small-shop") as quickbooks, tieout.connect(sandbox=quickbooks.base_url) as books:
        source = books.connection
        warehouse = DuckDBConnection("warehouse", tmp_path / "w.duckdb")
        for kept in (warehouse, files):
            sync(source, kept.mirror(source.identity, source.layout), source.types())
        for name in ("invoice", "invoice_line", "customer", "journal_entry_line"):
            assert rows(files, name) == rows(warehouse, name)
        before = {each.name: each.changed for each in folder.files()}
        books.add("Invoice", {"CustomerRef": {"value": rows_of(files, "customer")[0]["id"]}, "Line": LINES})
        sync(source, files.mirror(source.identity, source.layout), source.types())
        changed = {each.name for each in folder.files() if each.changed != before.get(each.name)}
    assert {"invoice.parquet", "invoice_line.parquet", "_tieout_mirror.parquet"} <= changed
    assert len(changed) < len(before)
    assert len(rows(files, "invoice")) == len(rows(warehouse, "invoice")) + 1


LINES = [
    {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
]


def rows_of(connection, name):
    return [record for page in connection.read(Query((name,))) for record in page.records()]


def rows(connection, name):
    """The rows as texts, numbers as numbers; but for what each says of its own."""
    found = [record for page in connection.read(Query((name,))) for record in page.records()]
    return sorted(
        tuple(
            (column, plain(value))
            for column, value in sorted(each.items())
            if column[0] != "_" and value is not None
        )
        for each in found
    )


def plain(value):
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | Decimal):
        return format(Decimal(value).normalize(), "f")
    text = str(value)
    try:
        if len(text) > 10 and text[4] == "-":
            return datetime.fromisoformat(text).astimezone(UTC).isoformat()
        return format(Decimal(text).normalize(), "f")
    except (ValueError, ArithmeticError):
        return text


class TestPostgres:
    @pytest.fixture
    def url(self, postgres_url):
        return postgres_url

    def test_a_server_that_goes_away_leaves_the_cursor_with_its_rows(self, shop, run):
        keep(shop, invoices(invoice(1, "1")), cursor={"at": 1})
        run(
            "create function die() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$"
        )
        run("create trigger dying before insert on invoice for each row execute function die()")
        with pytest.raises(Unreachable):
            keep(shop, invoices(invoice(2, "2")), cursor={"at": 2})
        run("drop trigger dying on invoice")
        with shop.mirror(SOURCE, REST) as mirror:
            assert mirror.prepare(["Invoice"]) == {"at": 1}
            assert set(mirror.ids("Invoice")) == {"1"}

    def test_a_schema_of_its_own(self, postgres_url, run):
        with SqlConnection("warehouse", postgres_url, schema="books") as warehouse:
            keep(warehouse, invoices(invoice(1, "1")), cursor={})
            assert "invoice" in warehouse.types()
        assert run("select id from books.invoice") == [("1",)]


def test_other_databases_say_that_they_keep_none():
    with pytest.raises(SetupError, match="cannot keep a mirror"):
        SqlConnection("x", "mssql+pyodbc://db/x").mirror(SOURCE, REST)
