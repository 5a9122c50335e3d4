"""A run that finds nothing new leaves the file closed, and what is kept beside it is never believed of another file."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tieout.connections.base import Gone
from tieout.connections.duckdb import resting_mirror
from tieout.connections.duckdb.connection import DuckDBConnection
from tieout.connections.memory import page_of
from tieout.protocols.rest_layout import REST

SOURCE = "online:1@sandbox"
Cursor = dict[str, Any]


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDBConnection:
    """A mirror with one customer, as the first run left it."""
    made = DuckDBConnection("warehouse", tmp_path / "warehouse.duckdb")
    run(made, {"n": 1}, "1")
    return made


def run(warehouse: DuckDBConnection, cursor: Cursor | None, *customers: str) -> Cursor | None:
    """A run that finds these customers; the cursor that it began with."""
    with warehouse.mirror(SOURCE, REST) as mirror:
        began = mirror.prepare(["Customer"])
        if customers:
            mirror.put(page_of("Customer", [{"Id": each} for each in customers]))
        if cursor is not None:
            mirror.mark(cursor)
    return began


def in_file(warehouse: DuckDBConnection, query: str = "SELECT cursor->>'n' FROM _tieout_mirror") -> list[Any]:
    with duckdb.connect(str(warehouse.path), read_only=True) as database:
        return [value for (value,) in database.execute(query).fetchall()]


def test_runs_without_news_go_on_while_somebody_reads_the_file(warehouse: DuckDBConnection) -> None:
    before = warehouse.path.read_bytes(), warehouse.path.stat().st_mtime_ns
    assert run(warehouse, {"n": 2}) == {"n": 1}
    assert run(warehouse, {"n": 3}) == {"n": 2}
    assert run(warehouse, None) == {"n": 3}
    assert (warehouse.path.read_bytes(), warehouse.path.stat().st_mtime_ns) == before


def test_news_are_written_with_the_newest_cursor(warehouse: DuckDBConnection) -> None:
    run(warehouse, {"n": 2})
    assert run(warehouse, {"n": 3}, "2") == {"n": 2}
    assert in_file(warehouse) == ["3"]
    assert in_file(warehouse, "SELECT id FROM customer ORDER BY id") == ["1", "2"]
    assert run(warehouse, None) == {"n": 3}


def test_rows_without_a_cursor_of_their_own_leave_the_one_before(warehouse: DuckDBConnection) -> None:
    run(warehouse, {"n": 2})
    run(warehouse, None, "2")
    assert run(warehouse, None) == {"n": 2}
    assert in_file(warehouse) == ["2"]


def test_many_rows_do_not_wait_for_the_end(tmp_path: Path) -> None:
    made = DuckDBConnection("warehouse", tmp_path / "new.duckdb")
    pages = [page_of("Customer", [{"Id": f"{p}-{n}"} for n in range(400)]) for p in range(4)]
    with made.mirror(SOURCE, REST) as mirror:
        assert mirror.prepare(["Customer"]) is None
        for page in pages[:2]:
            mirror.put(page)
        assert not made.path.exists()
        mirror.put(pages[2])
        assert made.path.exists()
        mirror.put(pages[3])
        mirror.mark({"n": 1})
    assert in_file(made, "SELECT count(*) FROM customer") == [1600]
    assert run(made, None) == {"n": 1}


def test_what_waits_is_dropped_by_who_leaves_with_an_error(warehouse: DuckDBConnection) -> None:
    with pytest.raises(InterruptedError), warehouse.mirror(SOURCE, REST) as mirror:
        mirror.prepare(["Customer"])
        mirror.put(page_of("Customer", [{"Id": "2"}]))
        mirror.mark({"n": 2})
        raise InterruptedError
    assert run(warehouse, None) == {"n": 1}
    assert in_file(warehouse, "SELECT id FROM customer") == ["1"]


def test_what_was_put_is_counted_before_it_is_written(warehouse: DuckDBConnection) -> None:
    with warehouse.mirror(SOURCE, REST) as mirror:
        mirror.prepare(["Customer"])
        mirror.put(page_of("Customer", [{"Id": "2"}]))
        mirror.gone(Gone("Customer", ["1"]))
        assert (mirror.count("Customer"), set(mirror.ids("Customer"))) == (1, {"2"})


def test_a_copy_that_was_put_back_has_its_own_cursor(warehouse: DuckDBConnection, tmp_path: Path) -> None:
    """One of the same size and time: DuckDB's files grow and shrink by quarters of a megabyte."""
    sizes: dict[int, int] = {}
    for number in range(2, 30):
        run(warehouse, {"n": number}, "1")
        size = warehouse.path.stat().st_size
        if size in sizes:
            break
        sizes[size] = number
        shutil.copy2(warehouse.path, tmp_path / f"{size}.backup")
    assert sizes[size] < number, "or the test proves nothing"
    about = warehouse.path.stat()
    shutil.copy2(tmp_path / f"{size}.backup", warehouse.path)
    os.utime(warehouse.path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert run(warehouse, None) == {"n": sizes[size]}


def test_a_run_that_was_killed_after_its_rows_is_not_gone_on_from(warehouse: DuckDBConnection) -> None:
    run(warehouse, {"n": 2})
    (beside,) = warehouse.path.parent.glob("*.standing")
    left = beside.read_bytes()
    run(warehouse, {"n": 3}, "2")
    beside.write_bytes(left)
    assert run(warehouse, None) == {"n": 3}


def test_what_waits_in_a_log_counts(warehouse: DuckDBConnection) -> None:
    run(warehouse, {"n": 2})
    with duckdb.connect(str(warehouse.path)) as database:
        database.execute("PRAGMA disable_checkpoint_on_shutdown")
        database.execute("UPDATE _tieout_mirror SET cursor = '{\"n\": 9}'")
    assert list(warehouse.path.parent.glob("*.wal")), "or the test proves nothing"
    assert run(warehouse, None) == {"n": 9}


def test_a_file_that_is_gone_begins_anew(warehouse: DuckDBConnection) -> None:
    run(warehouse, {"n": 2})
    warehouse.path.unlink()
    assert run(warehouse, None) is None


@pytest.mark.parametrize("torn", [b"", b'{"source": 1', b"[]"])
def test_what_is_torn_is_not_believed(warehouse: DuckDBConnection, torn: bytes) -> None:
    run(warehouse, {"n": 2})
    (beside,) = warehouse.path.parent.glob("*.standing")
    beside.write_bytes(torn)
    assert run(warehouse, None) == {"n": 1}


def test_a_type_more_opens_the_file(warehouse: DuckDBConnection) -> None:
    with warehouse.mirror(SOURCE, REST) as mirror:
        assert mirror.prepare(["Customer", "Vendor"]) == {"n": 1}
    assert in_file(warehouse, "SELECT count(*) FROM vendor") == [0]


def test_counts_are_known_once_they_were_asked_for(warehouse: DuckDBConnection) -> None:
    def counted(*more: str) -> int:
        with warehouse.mirror(SOURCE, REST) as mirror:
            mirror.prepare(["Customer"])
            if more:
                mirror.put(page_of("Customer", [{"Id": each} for each in more]))
            return mirror.count("Customer")

    assert counted() == 1
    before = warehouse.path.stat().st_mtime_ns
    assert counted() == 1
    assert warehouse.path.stat().st_mtime_ns == before
    assert counted("2", "3") == 3
    assert counted() == 3


def test_the_file_gets_the_cursor_once_a_day(
    warehouse: DuckDBConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(warehouse, {"n": 2})
    assert in_file(warehouse) == ["1"]
    monkeypatch.setattr(resting_mirror, "COMMITTED_EVERY", timedelta())
    run(warehouse, {"n": 3})
    assert in_file(warehouse) == ["3"]


def test_where_nothing_can_be_kept_beside_it_the_file_has_the_cursor(warehouse: DuckDBConnection) -> None:
    (warehouse.path.parent / "warehouse.duckdb.main.standing.new").mkdir()
    run(warehouse, {"n": 2})
    assert in_file(warehouse) == ["2"]
    assert run(warehouse, None) == {"n": 2}
