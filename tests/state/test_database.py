import json
import re
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tieout.errors import Busy, SetupError, Unreachable
from tieout.state import database
from tieout.state.database import LocalState, open_state
from tieout.state.meter import Meter
from tieout.state.watermarks import Watermarks

from .processes import standing, start

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def raw(path):
    return closing(sqlite3.connect(path, isolation_level=None))


@pytest.mark.parametrize("schema", ["state", "vault"])
def test_every_named_query_suits_the_schema(schema):
    """The vault's suit the state too, where several machines share one."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript("".join(database.steps(schema)))
        for name, text in database.statements().items():
            if schema == "vault" and " secrets" not in text:
                continue
            values = dict.fromkeys(re.findall(r"(?<!:):(\w+)", text), 1)
            connection.execute(f"EXPLAIN {text}", values), name


def test_the_state_is_kept_in_wal_mode_with_its_version(tmp_path):
    open_state(tmp_path).close()
    with raw(tmp_path / "state.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(database.steps("state")),)


def test_the_folder_is_private_and_kept_out_of_git(tmp_path):
    open_state(tmp_path / "shop" / ".tieout").close()
    assert (tmp_path / "shop" / ".tieout" / ".gitignore").read_text() == "*\n"


def test_a_state_of_a_newer_version_is_refused(tmp_path):
    open_state(tmp_path).close()
    with raw(tmp_path / "state.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(SetupError, match=r"newer tieout: its version is 99") as refused:
        open_state(tmp_path)
    assert "Upgrade" in refused.value.advice


def test_an_older_state_takes_the_steps_it_lacks(tmp_path, monkeypatch):
    open_state(tmp_path).close()
    first = database.steps("state")
    monkeypatch.setattr(database, "steps", lambda _: (*first, "CREATE TABLE later (x TEXT);"))
    open_state(tmp_path).close()
    with raw(tmp_path / "state.db") as connection:
        assert connection.execute("SELECT * FROM later").fetchall() == []
        assert connection.execute("PRAGMA user_version").fetchone() == (len(first) + 1,)


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    open_state(tmp_path).close()
    first = database.steps("state")
    monkeypatch.setattr(
        database, "steps", lambda _: (*first, "CREATE TABLE later (x TEXT); CREATE TABLE reads (x TEXT);")
    )
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        open_state(tmp_path)
    with raw(tmp_path / "state.db") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(first),)
        assert connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'later'").fetchone() is None


def test_a_file_that_is_no_database_is_called_damaged(tmp_path):
    (tmp_path / "state.db").write_bytes(b"an accountant's shopping list, long enough to be read" * 40)
    with pytest.raises(SetupError, match=r"state\.db is damaged") as refused:
        open_state(tmp_path)
    assert "backup" in refused.value.advice


def test_a_torn_database_is_called_damaged(tmp_path):
    with open_state(tmp_path) as state:
        for number in range(500):
            Watermarks(state).set(f"mirror {number}", {"since": "x" * 100})
    content = (tmp_path / "state.db").read_bytes()
    assert len(content) > 12288
    (tmp_path / "state.db").write_bytes(content[:8192] + b"\xff" * 4096)
    with pytest.raises(SetupError, match="damaged"), open_state(tmp_path) as state:
        for number in range(500):
            Watermarks(state).get(f"mirror {number}")


def test_a_full_disk_is_waited_for(tmp_path):
    with open_state(tmp_path) as state:
        state._execute("PRAGMA max_page_count = 1")  # as many as there are
        with pytest.raises(Unreachable, match=r"state\.db cannot be written: the disk is full"):
            for number in range(1000):
                Watermarks(state).set(f"mark {number}", {"text": "x" * 1000})
        state._execute("PRAGMA max_page_count = 1000000")
        Watermarks(state).set("later", {"text": "there is room"})


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / ".tieout").write_text("")
    with pytest.raises(SetupError, match=r"\.tieout"):
        open_state(tmp_path / ".tieout")


def test_a_database_that_is_a_folder_is_named(tmp_path):
    (tmp_path / "state.db").mkdir()
    with pytest.raises(SetupError, match=r"state\.db cannot be used"):
        open_state(tmp_path)


def test_a_writer_that_does_not_let_go_makes_us_busy(tmp_path):
    open_state(tmp_path).close()
    with (
        raw(tmp_path / "state.db") as other,
        LocalState(tmp_path / "state.db", schema="state", loss="", wait=0.01) as state,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match=r"state\.db is being written"):
            Meter(state).add("books", 1, NOON)


def test_a_transaction_is_all_or_nothing(tmp_path):
    with open_state(tmp_path) as state:
        with pytest.raises(ZeroDivisionError), state.transaction():
            Meter(state).add("books", 1, NOON)
            raise ZeroDivisionError
        assert Meter(state).month("books", NOON) == 0


def test_what_need_not_be_on_the_disk_at_once_makes_nothing_else_wait_less(tmp_path):
    full = 2
    with open_state(tmp_path) as state:
        with state.transaction(at_once=False):
            state.rows("set_watermark", key="a", value="1")
        with pytest.raises(RuntimeError), state.transaction(at_once=False):
            raise RuntimeError("in the middle")
        assert state._execute("PRAGMA synchronous") == full
        with open_state(tmp_path) as other:  # another process may look at once
            assert other.value("watermark", key="a") == "1"


def test_processes_may_open_a_new_state_at_the_same_moment(tmp_path):
    program = """
        import sys
        from datetime import UTC, datetime
        from pathlib import Path
        from tieout.state.database import LocalState, open_state
        from tieout.state.meter import Meter

        sys.stdin.readline()
        with open_state(Path(sys.argv[1])) as state:
            for _ in range(20):
                Meter(state).add("books", 1, datetime(2026, 11, 22, tzinfo=UTC))
    """
    several = [start(program, tmp_path) for _ in range(4)]
    for process in several:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in several:
        process.communicate()
        assert process.returncode == 0
    with open_state(tmp_path) as state:
        assert Meter(state).month("books", NOON) == 80


def test_a_killed_writer_leaves_what_it_committed(tmp_path):
    program = """
        import sys
        from pathlib import Path
        from tieout.state.database import LocalState, open_state
        from tieout.state.watermarks import Watermarks

        state = open_state(Path(sys.argv[1]))
        Watermarks(state).set("mirror", {"since": "committed"})
        with state.transaction():
            Watermarks(state).set("mirror", {"since": "torn"})
            print("ready", flush=True)
            sys.stdin.read()
    """
    with standing(program, tmp_path) as writer:
        writer.kill()
        writer.wait()
        with open_state(tmp_path) as state:
            assert Watermarks(state).get("mirror") == {"since": "committed"}
            Watermarks(state).set("mirror", {"since": "free again"})


def test_reads_are_counted_by_connection_and_month(tmp_path):
    with open_state(tmp_path) as state:
        meter = Meter(state)
        meter.add("books", 3, NOON)
        meter.add("books", 4, NOON + timedelta(days=8))
        meter.add("books", 100, NOON + timedelta(days=9))
        meter.add("shop", 50, NOON)
        assert meter.month("books", NOON) == 7
        assert meter.month("shop", NOON) == 50
        assert meter.month("nobody", NOON) == 0


def test_a_month_ends_at_midnight_in_utc(tmp_path):
    evening_in_denver = datetime(2026, 11, 30, 20, tzinfo=timezone(timedelta(hours=-7)))
    with open_state(tmp_path) as state:
        Meter(state).add("books", 1, evening_in_denver)
        assert Meter(state).month("books", datetime(2026, 12, 1, tzinfo=UTC)) == 1


def test_threads_share_a_state(tmp_path):
    with open_state(tmp_path) as state:
        threads = [
            threading.Thread(target=lambda: [Meter(state).add("books", 1, NOON) for _ in range(25)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Meter(state).month("books", NOON) == 100


def test_a_watermark_comes_back_as_it_was(tmp_path):
    cursor = {"since": "2026-11-22T12:00:00+00:00", "types": ["Invoice", "Café ☕"], "page": 3, "done": None}
    with open_state(tmp_path) as state:
        Watermarks(state).set("mirror", {"since": "earlier"})
        Watermarks(state).set("mirror", cursor)
    with open_state(tmp_path) as state:
        assert Watermarks(state).get("mirror") == json.loads(json.dumps(cursor))
        assert Watermarks(state).get("another") is None
