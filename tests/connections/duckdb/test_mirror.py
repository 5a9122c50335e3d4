"""A mirror in DuckDB: rows replaced by key, deletions kept, the cursor never ahead of its rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tieout.catalog import rest as catalog
from tieout.connections.base import Gone, Page
from tieout.connections.duckdb.connection import DuckDBConnection
from tieout.connections.duckdb.mirror import ROWS_PER_COMMIT
from tieout.connections.duckdb.unfinished import remove_unfinished
from tieout.connections.leave_out import LeaveOut
from tieout.connections.memory import page_of
from tieout.errors import Busy, SetupError, Unreachable
from tieout.protocols import exact_json
from tieout.protocols.rest_layout import REST
from tieout.protocols.rest_tables import RestPage, TypeReader

SOURCE = "online:1@sandbox"


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDBConnection:
    return DuckDBConnection("warehouse", tmp_path / "warehouse.duckdb")


def invoice(identity: int, *amounts: str, **more: Any) -> dict[str, Any]:
    lines = [{"Id": str(n), "Amount": Decimal(a)} for n, a in enumerate(amounts, 1)]
    return {"Id": str(identity), "TotalAmt": sum(map(Decimal, amounts), Decimal(0)), "Line": lines, **more}


def invoices(*records: dict[str, Any]) -> Page:
    return page_of("Invoice", records)


def keep(
    warehouse: DuckDBConnection, *steps: Page | Gone, cursor: dict[str, Any] | None = None, **settings: Any
) -> None:
    with warehouse.mirror(SOURCE, REST, **settings) as mirror:
        mirror.prepare(["Invoice", "Customer"])
        for step in steps:
            mirror.gone(step) if isinstance(step, Gone) else mirror.put(step)
        if cursor is not None:
            mirror.mark(cursor)
        mirror.flush()


def ask(warehouse: DuckDBConnection, query: str) -> list[Any]:
    with duckdb.connect(str(warehouse.path)) as database:
        return database.execute(query).fetchall()


def test_a_changed_record_replaces_its_row_and_all_its_lines(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "10.10", "20"), invoice(2, "5")))
    keep(warehouse, invoices(invoice(1, "7.77")))
    assert ask(warehouse, "SELECT id, total_amt FROM invoice ORDER BY id") == [
        ("1", Decimal("7.77")),
        ("2", 5),
    ]
    assert ask(warehouse, "SELECT amount FROM invoice_line WHERE invoice_id = '1'") == [(Decimal("7.77"),)]


def test_of_two_pages_in_one_batch_the_later_row_wins(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "1"), invoice(2, "2")), invoices(invoice(2, "3", "4")))
    assert ask(warehouse, "SELECT total_amt FROM invoice ORDER BY id") == [(1,), (7,)]
    assert ask(warehouse, "SELECT count(*) FROM invoice_line") == [(3,)]


def test_a_deleted_record_stays_with_its_time_and_loses_its_lines(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "1"), invoice(2, "2")), Gone("Invoice", ["2", "99"]))
    assert ask(warehouse, "SELECT id FROM invoice WHERE _deleted_at IS NOT NULL") == [("2",)]
    assert ask(warehouse, "SELECT invoice_id FROM invoice_line") == [("1",)]
    with warehouse.mirror(SOURCE, REST) as mirror:
        mirror.prepare(["Invoice"])
        assert (mirror.count("Invoice"), set(mirror.ids("Invoice"))) == (1, {"1"})


def test_a_record_that_comes_back_is_no_longer_deleted(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "1")), Gone("Invoice", ["1"]), invoices(invoice(1, "1")))
    assert ask(warehouse, "SELECT _deleted_at FROM invoice") == [(None,)]


def test_the_cursor_comes_back_as_it_was_marked(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "1")), cursor={"since": "2026-01-01"})
    with warehouse.mirror(SOURCE, REST) as mirror:
        assert mirror.prepare(["Invoice"]) == {"since": "2026-01-01"}


def test_leaving_with_an_error_commits_nothing_of_the_open_batch(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "1")), cursor={"n": 1})
    with pytest.raises(InterruptedError), warehouse.mirror(SOURCE, REST) as mirror:
        mirror.prepare(["Invoice"])
        mirror.put(invoices(invoice(2, "2")))
        mirror.mark({"n": 2})
        raise InterruptedError
    assert ask(warehouse, "SELECT id FROM invoice") == [("1",)]
    assert json.loads(ask(warehouse, "SELECT cursor FROM _tieout_mirror")[0][0]) == {"n": 1}


def test_big_batches_are_committed_while_pages_still_come(warehouse: DuckDBConnection) -> None:
    with pytest.raises(InterruptedError), warehouse.mirror(SOURCE, REST) as mirror:
        mirror.prepare(["Invoice"])
        for n in range(17):
            mirror.put(invoices(*(invoice(1000 * n + i, "1") for i in range(1000))))
            mirror.mark({"page": n})
        assert mirror.count("Invoice") == 17_000
        raise InterruptedError
    kept = ask(warehouse, "SELECT count(*) FROM invoice")[0][0]
    page = json.loads(ask(warehouse, "SELECT cursor FROM _tieout_mirror")[0][0])["page"]
    assert ROWS_PER_COMMIT <= kept < 17_000
    assert 0 < (page + 1) * 1000 <= kept, "the cursor is never ahead of its rows"


def test_a_new_name_is_carried_to_the_records_that_name_it(warehouse: DuckDBConnection) -> None:
    ann, bob = {"value": "1", "name": "Ann"}, {"value": "2", "name": "Bob"}
    line = {"Id": "1", "DepositLineDetail": {"Entity": {"value": "1", "name": "Ann", "type": "Customer"}}}
    other = {"Id": "2", "DepositLineDetail": {"Entity": {"value": "1", "name": "Ann", "type": "Vendor"}}}
    people = [{"Id": "1", "DisplayName": "Ann"}, {"Id": "2", "DisplayName": "Bob"}]
    sold = invoices(invoice(1, "1", CustomerRef=ann), invoice(2, "1", CustomerRef=bob))
    keep(
        warehouse,
        page_of("Customer", people),
        sold,
        page_of("Deposit", [{"Id": "9", "Line": [line, other]}]),
        cursor={"n": 1},
    )
    people[0]["DisplayName"] = "Ann (deleted)"
    keep(warehouse, page_of("Customer", people[:1]), cursor={"n": 2})
    assert ask(warehouse, "SELECT customer_ref_name FROM invoice ORDER BY id") == [
        ("Ann (deleted)",),
        ("Bob",),
    ]
    entities = "SELECT deposit_line_detail_entity_name FROM deposit_line ORDER BY position"
    assert ask(warehouse, entities) == [("Ann (deleted)",), ("Ann",)]


def test_what_is_left_out_is_in_no_column_nor_in_the_raw_text(warehouse: DuckDBConnection) -> None:
    page = page_of(
        "Customer",
        [{"Id": "1", "DisplayName": "A", "PrimaryTaxIdentifier": "XX-1", "BillAddr": {"City": "B"}}],
    )
    hidden = LeaveOut({"Customer": frozenset({"PrimaryTaxIdentifier", "BillAddr.City"})})
    keep(warehouse, page, leave_out=hidden, raw=True)
    row = ask(warehouse, "SELECT * FROM customer")[0]
    assert not [cell for cell in row if "XX-1" in str(cell) or cell == "B"]
    assert json.loads(ask(warehouse, "SELECT _raw FROM customer")[0][0]) == {
        "Id": "1",
        "DisplayName": "A",
        "BillAddr": {},
    }


def test_a_field_beside_what_is_left_out_is_kept(warehouse: DuckDBConnection) -> None:
    page = page_of("Customer", [{"Id": "1", "Balance": Decimal(5), "BalanceWithJobs": Decimal(7)}])
    keep(warehouse, page, leave_out=LeaveOut({"Customer": frozenset({"Balance"})}))
    columns = [name for name, *_ in ask(warehouse, "DESCRIBE customer") if name.startswith("balance")]
    assert columns == ["balance_with_jobs"]
    assert ask(warehouse, "SELECT balance_with_jobs FROM customer") == [(7,)]


def test_a_whole_part_is_left_out_with_its_tables(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "1")), leave_out=LeaveOut({"Invoice": frozenset({"Line"})}))
    tables = [name for (name,) in ask(warehouse, "SELECT table_name FROM duckdb_tables()")]
    assert "invoice" in tables
    assert not [name for name in tables if name.startswith("invoice_line")]


def test_extras_inside_of_what_is_left_out_are_left_out(warehouse: DuckDBConnection) -> None:
    record = invoice(1, New=2)
    record["Line"] = [{"Id": "1", "Secret": 3}]
    keep(warehouse, invoices(record), leave_out=LeaveOut({"Invoice": frozenset({"Line"})}))
    assert json.loads(ask(warehouse, "SELECT _extra FROM invoice")[0][0]) == {"/New": 2}


def test_raw_keeps_the_text_that_came(warehouse: DuckDBConnection) -> None:
    text = b'{"Id":"1", "TotalAmt": 10.50,"New":[1]}'
    keep(warehouse, RestPage(TypeReader(catalog.record_type("Invoice")), b"[" + text + b"]"), raw=True)
    assert ask(warehouse, "SELECT _raw::VARCHAR FROM invoice") == [(text.decode(),)]


def test_a_field_that_a_newer_catalog_knows_moves_into_its_column(
    warehouse: DuckDBConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = catalog.record_type("Invoice")
    line = {n: f for n, f in catalog.shared_shapes()["Line"].items() if n != "Description"}
    older = catalog.replace(
        whole,
        fields={n: f for n, f in whole.fields.items() if n not in ("PrivateNote", "LinkedTxn")},
        shapes={**whole.shapes, "Line": line},
    )
    record = {
        "Id": "1",
        "PrivateNote": "kept",
        "LinkedTxn": [{"TxnId": "8", "TxnType": "Payment"}],
        "Line": [{"Id": "1", "Amount": 2, "Description": "late"}],
        "Never": "heard",
    }
    keep(warehouse, RestPage(TypeReader(older), exact_json.encode([record])))
    before = {"/PrivateNote", "/LinkedTxn", "/Line/0/Description", "/Never"}
    assert set(json.loads(ask(warehouse, "SELECT _extra FROM invoice")[0][0])) == before
    monkeypatch.setattr("tieout.protocols.rest_layout.fingerprint", lambda: "newer")
    keep(warehouse)
    assert ask(warehouse, "SELECT private_note, _extra::VARCHAR FROM invoice") == [
        ("kept", '{"/Never":"heard"}')
    ]
    assert ask(warehouse, "SELECT amount, description FROM invoice_line") == [(2, "late")]
    assert ask(warehouse, "SELECT invoice_id, position, txn_id FROM invoice_linked_txn") == [("1", 1, "8")]


def test_another_companys_file_is_refused_unless_it_has_its_own_schema(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "1")))
    with (
        pytest.raises(SetupError, match="holds a mirror of online:1") as refused,
        warehouse.mirror("online:2@x", REST) as mirror,
    ):
        mirror.prepare(["Invoice"])
    assert "schema" in refused.value.advice
    own = DuckDBConnection("warehouse", warehouse.path, "second")
    with own.mirror("online:2@x", REST) as mirror:
        mirror.prepare(["Invoice"])
        mirror.put(invoices(invoice(1, "9")))
    assert ask(
        warehouse, "SELECT total_amt FROM main.invoice UNION ALL SELECT total_amt FROM second.invoice"
    ) == [(1,), (9,)]


def test_a_file_of_a_newer_format_is_left_alone(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "1")))
    ask(warehouse, "UPDATE _tieout_mirror SET format = 2")
    with pytest.raises(SetupError, match="newer version"):
        keep(warehouse, invoices(invoice(2, "1")))
    assert ask(warehouse, "SELECT id FROM invoice") == [("1",)]


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 1000)
    with pytest.raises(SetupError, match="no DuckDB file"):
        keep(DuckDBConnection("w", path), invoices(invoice(1, "1")))


@pytest.mark.parametrize("size", [0, 4096, 8192, 12287])
def test_a_file_whose_maker_was_killed_is_made_anew(warehouse: DuckDBConnection, size: int) -> None:
    duckdb.connect(str(warehouse.path)).close()
    os.truncate(warehouse.path, size)
    keep(warehouse, invoices(invoice(1, "1")))
    assert ask(warehouse, "SELECT id FROM invoice") == [("1",)]


def test_a_short_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("what I must not forget")
    with pytest.raises(SetupError, match="no DuckDB file"):
        keep(DuckDBConnection("w", path), invoices(invoice(1, "1")))
    assert path.read_text() == "what I must not forget"


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody open what DuckDB has")
def test_a_file_that_is_being_made_elsewhere_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.touch()
    lock = "import fcntl, sys; f = open(sys.argv[1], 'r+b'); fcntl.lockf(f, fcntl.LOCK_EX); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", lock, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as maker:
        assert maker.stdout is not None
        maker.stdout.readline()
        assert not remove_unfinished(path)
        maker.communicate()
    assert remove_unfinished(path)
    assert not path.exists()


HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


def test_a_file_open_elsewhere_is_busy_and_says_where(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "1")))
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(warehouse.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Busy, match=f"process {other.pid}"):
            keep(warehouse, invoices(invoice(2, "1")))
        other.communicate()
    keep(warehouse, invoices(invoice(2, "1")))


FILL = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_mirror import DuckDBConnection, REST, SOURCE, invoice, invoices
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
with DuckDBConnection("w", Path(sys.argv[1])).mirror(SOURCE, REST) as mirror:
    mirror.prepare(["Invoice"])
    for n in range(60):
        note = lambda i: f"{hash((n, i))}" * 20
        mirror.put(invoices(*(invoice(1000 * n + i, "1", PrivateNote=note(i)) for i in range(1000))))
        mirror.mark({"page": n})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_disk_that_fills_up_loses_nothing_that_was_committed(warehouse: DuckDBConnection) -> None:
    program = f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n{FILL}"
    here = str(Path(__file__).parent)
    full = subprocess.run(
        [sys.executable, "-c", program, str(warehouse.path), here],
        capture_output=True,
        text=True,
        check=False,
    )
    assert full.returncode != 0
    assert Unreachable.__name__ in full.stderr, full.stderr[-1500:]
    page = json.loads(ask(warehouse, "SELECT coalesce(cursor, '{\"page\": -1}') FROM _tieout_mirror")[0][0])[
        "page"
    ]
    kept = ask(warehouse, "SELECT count(*) FROM invoice")[0][0]
    assert kept >= (page + 1) * 1000


def test_comparing_finds_each_cell_that_differs(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "1"), invoice(2, "2", "3"), invoice(3, "4", PrivateNote="x")))
    now = invoices(invoice(1, "1"), invoice(2, "2", "3.01"), invoice(3, "4"), invoice(4, "4"))
    of = REST.kept("Invoice")
    with warehouse.comparison(REST) as comparison:
        assert comparison.differing(of, now) == {"2", "3", "4"}
        assert [(d.place, d.quickbooks, d.mirror) for d in comparison.explain(of, now, "2")] == [
            ("total_amt", "5.010000000", "5.000000000"),
            ("line[2].amount", "3.010000000", "3.000000000"),
        ]
        assert [(d.place, d.quickbooks, d.mirror) for d in comparison.explain(of, now, "3")] == [
            ("private_note", "—", "x")
        ]
        assert comparison.explain(of, now, "4")[0].mirror == "missing"
        assert comparison.totals(of, ["total_amt"]) == {"total_amt": Decimal(10)}
        assert comparison.page_totals(of, now, ["total_amt"]) == {"total_amt": Decimal("14.01")}


def test_what_is_left_out_is_not_inside_a_value_in_extra(warehouse: DuckDBConnection) -> None:
    """An address that comes as a list has no column."""
    record = {"Id": "1", "BillAddr": [{"City": "B", "New": 1}], "Old": 2}
    keep(
        warehouse,
        page_of("Customer", [record]),
        leave_out=LeaveOut({"Customer": frozenset({"BillAddr.City"})}),
    )
    extra = json.loads(ask(warehouse, "SELECT _extra FROM customer")[0][0])
    assert extra == {"/BillAddr": [{"New": 1}], "/Old": 2}


def test_what_is_left_out_of_a_template_is_not_in_its_raw_text(warehouse: DuckDBConnection) -> None:
    record = exact_json.encode([{"Invoice": {"Id": "1", "PrivateNote": "secret"}}])
    page = RestPage(TypeReader(catalog.record_type("RecurringTransaction")), record)
    hidden = LeaveOut({"RecurringTransaction": frozenset({"PrivateNote"})})
    with warehouse.mirror(SOURCE, REST, raw=True, leave_out=hidden) as mirror:
        mirror.prepare(["RecurringTransaction"])
        mirror.put(page)
    assert "secret" not in str(ask(warehouse, "SELECT * FROM recurring_transaction"))


def test_a_write_that_failed_is_followed_by_no_cursor(warehouse: DuckDBConnection) -> None:
    with pytest.raises(duckdb.Error), warehouse.mirror(SOURCE, REST) as mirror:
        mirror.prepare(["Invoice"])
        mirror.put(invoices(invoice(1, "1")))
        mirror.gone(Gone("Term", ["1"]))
        mirror._mirror._database.settled().execute("DROP TABLE invoice_line")
        for n in range(2):
            mirror.mark({"n": n})
            with pytest.raises(duckdb.Error):
                mirror.flush()
    with warehouse.mirror(SOURCE, REST) as mirror:
        assert mirror.prepare(["Invoice"]) is None


def test_addresses_that_are_new_at_each_reading_do_not_differ(warehouse: DuckDBConnection) -> None:
    def attachment(address: str, note: str) -> Page:
        return page_of("Attachable", [{"Id": "1", "Note": note, "TempDownloadUri": address}])

    of = REST.kept("Attachable")
    with warehouse.mirror(SOURCE, REST) as mirror:
        mirror.prepare(["Attachable"])
        mirror.put(attachment("https://one", "kept"))
    with warehouse.comparison(REST) as comparison:
        assert comparison.differing(of, attachment("https://two", "kept")) == set()
        assert comparison.differing(of, page_of("Attachable", [{"Id": "1", "Note": "kept"}])) == set()
        changed = attachment("https://two", "changed")
        assert comparison.differing(of, changed) == {"1"}
        assert [found.place for found in comparison.explain(of, changed, "1")] == ["note"]


def test_what_is_gone_is_committed_though_it_was_counted_before(warehouse: DuckDBConnection) -> None:
    keep(warehouse, invoices(invoice(1, "1"), invoice(2, "2")))
    with warehouse.mirror(SOURCE, REST) as mirror:
        mirror.prepare(["Invoice"])
        mirror.gone(Gone("Invoice", ["1"]))
        assert mirror.count("Invoice") == 1
    assert ask(warehouse, "SELECT id FROM invoice WHERE _deleted_at IS NULL") == [("2",)]
