"""What tieout remembers, moved from a file to Postgres and back: all of it or nothing, and never twice."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tieout.errors import Busy, SetupError
from tieout.state.database import first_rows, local_state, open_state, tables
from tieout.state.meter import Meter
from tieout.state.moving import holds_anything, move, refuse_left_behind, set_aside
from tieout.state.postgres import PostgresState
from tieout.state.watermarks import Watermarks

from .processes import standing

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
TEXT = 'Müller\'s 花 \\ \t\n\r "x" \\N \U0001f33c'


def filled(folder, rows=3):
    """A file with rows in every table: awkward texts, bytes and large numbers."""
    with open_state(folder) as state, state.transaction():
        for table, columns in tables("state").items():
            if table == "secrets":
                continue
            kinds = kinds_of(state, table)
            state.fill(table, columns, ([value(kinds[c], n) for c in columns] for n in range(rows)))
    return folder / "state.db"


def kinds_of(state, table):
    return {name: kind for _, name, kind, *_ in state._connection.execute(f"PRAGMA table_info({table})")}


def value(kind, number):
    if kind == "BLOB":
        return bytes(range(256)) + bytes([number])
    return 2**40 + number if kind == "INTEGER" else f"{TEXT}{number}"


def contents(state):
    with state.transaction():
        return {
            table: sorted(state.all_rows(table, columns))
            for table, columns in tables("state").items()
            if table not in ("watermarks", "secrets")
        }


def moved(folder, url):
    with local_state(folder, alone=True) as file, PostgresState(url, alone=True, wait=60) as postgres:
        return move(file, postgres, NOON)


def test_every_table_arrives_as_it_was(postgres_url, tmp_path):
    filled(tmp_path)
    told = moved(tmp_path, postgres_url)
    assert set(told.rows) == set(tables("state")) - {"secrets"}
    own = Counter(table for table, _ in first_rows("state"))
    assert {table: rows - own[table] for table, rows in told.rows.items()} == dict.fromkeys(told.rows, 3)
    with local_state(tmp_path) as file, PostgresState(postgres_url) as postgres:
        assert contents(file) == contents(postgres)
        assert postgres.value("next_of_sequence", title=f"{TEXT}0") == 2**40 + 1


def test_a_file_that_was_moved_is_refused_by_whatever_name(postgres_url, tmp_path):
    path = filled(tmp_path)
    moved(tmp_path, postgres_url)
    with pytest.raises(SetupError, match=r"was moved to postgresql://.* on 2026-11-27"):
        open_state(tmp_path)
    path.rename(tmp_path / "state.db.moved")
    with pytest.raises(SetupError, match="was moved to Postgres"):
        open_state(tmp_path)
    assert not path.exists(), "no state begins beside it"


def test_what_was_moved_comes_back_as_it_is_by_then(postgres_url, tmp_path):
    filled(tmp_path / "there")
    moved(tmp_path / "there", postgres_url)
    with PostgresState(postgres_url) as postgres:
        postgres.value("next_of_sequence", title="orders")
        before = contents(postgres)
    with (
        PostgresState(postgres_url, alone=True, wait=60) as postgres,
        local_state(tmp_path, alone=True) as file,
    ):
        move(postgres, file, NOON)
    with pytest.raises(SetupError, match=r"was moved to .*state\.db"):
        PostgresState(postgres_url)
    with open_state(tmp_path) as file:
        assert contents(file) == before


def test_whoever_dies_before_the_source_is_told_ends_it_the_next_time(postgres_url, tmp_path, monkeypatch):
    filled(tmp_path)
    tell = Watermarks.set

    def die(self, key, cursor):
        if key == "state moved to":
            raise KeyboardInterrupt
        tell(self, key, cursor)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Watermarks, "set", die)
        moved(tmp_path, postgres_url)
    with PostgresState(postgres_url) as postgres:
        with pytest.raises(SetupError, match="knows nothing of it"):
            refuse_left_behind(tmp_path, postgres)
        postgres.value("next_of_sequence", title="orders")  # it may have gone on by then
    assert moved(tmp_path, postgres_url).before
    with PostgresState(postgres_url) as postgres:
        refuse_left_behind(tmp_path, postgres)


def test_a_file_that_was_written_to_since_is_no_part_of_it(postgres_url, tmp_path):
    path = filled(tmp_path)
    moved(tmp_path, postgres_url)
    with closing(sqlite3.connect(path)) as file:
        file.execute("DELETE FROM watermarks WHERE key = 'state moved to'")
        file.execute("UPDATE links SET record_id = '17'")
        file.commit()
    with pytest.raises(SetupError, match="memory of its own"):
        moved(tmp_path, postgres_url)


def test_two_memories_are_not_made_one(postgres_url, tmp_path):
    filled(tmp_path)
    with PostgresState(postgres_url) as postgres:
        postgres.value("next_of_sequence", title="orders")
    with pytest.raises(SetupError, match="memory of its own") as refused:
        moved(tmp_path, postgres_url)
    assert "set-aside" in refused.value.advice
    with PostgresState(postgres_url) as postgres, open_state(tmp_path):
        assert [name for name, rows in contents(postgres).items() if rows] == ["sequences"]


def test_traces_of_a_check_are_no_memory_and_are_moved_with_one(postgres_url, tmp_path):
    with PostgresState(postgres_url) as postgres, open_state(tmp_path) as file:
        Meter(file).add("books", 3, NOON)
        Meter(postgres).add("books", 1, NOON)
        refuse_left_behind(tmp_path, postgres)
    moved(tmp_path, postgres_url)
    with PostgresState(postgres_url) as postgres:
        assert Meter(postgres).month("books", NOON) == 3


def test_what_another_database_changes_is_found_and_taken_back(postgres_url, tmp_path):
    """Such as a trigger, or a text of SQLite where a number is wanted."""
    filled(tmp_path)
    with PostgresState(postgres_url) as postgres:
        postgres._connection.execute(
            """CREATE FUNCTION less() RETURNS trigger AS 'BEGIN NEW.record_id := lower(NEW.record_id); RETURN NEW; END'
            LANGUAGE plpgsql"""
        )
        postgres._connection.execute(
            "CREATE TRIGGER less BEFORE INSERT ON links FOR EACH ROW EXECUTE FUNCTION less()"
        )
    with pytest.raises(SetupError, match=r"links is not in .* as it was sent.*Nothing was moved"):
        moved(tmp_path, postgres_url)
    with PostgresState(postgres_url) as postgres, postgres.transaction():
        assert not holds_anything(postgres)
    open_state(tmp_path).close()


def test_a_state_that_holds_something_is_not_left_behind_unless_that_is_said(postgres_url, tmp_path):
    with PostgresState(postgres_url) as postgres:
        refuse_left_behind(tmp_path, postgres)
        open_state(tmp_path).close()
        refuse_left_behind(tmp_path, postgres)
        with open_state(tmp_path) as file:
            file.value("next_of_sequence", title="orders")
        with pytest.raises(SetupError, match="knows nothing of it") as refused:
            refuse_left_behind(tmp_path, postgres)
        assert "tieout state move" in refused.value.advice
        with open_state(tmp_path) as file:
            set_aside(file, postgres.place)
        refuse_left_behind(tmp_path, postgres)


OPEN_FILE = """
    import sys
    from pathlib import Path
    from tieout.state.database import open_state

    with open_state(Path(sys.argv[1])):
        print("ready", flush=True)
        sys.stdin.read()
"""
OPEN_POSTGRES = """
    import sys
    from tieout.state.postgres import PostgresState

    with PostgresState(sys.argv[1]):
        print("ready", flush=True)
        sys.stdin.read()
"""


def test_nothing_is_moved_while_anybody_has_either_side_open(postgres_url, tmp_path):
    filled(tmp_path)
    PostgresState(postgres_url).close()
    with standing(OPEN_FILE, tmp_path), pytest.raises(Busy):
        local_state(tmp_path, alone=True, wait=0.1)
    with standing(OPEN_POSTGRES, postgres_url), pytest.raises(Busy):
        PostgresState(postgres_url, alone=True, wait=0.1)


def test_nobody_comes_in_while_it_is_moved(postgres_url, tmp_path):
    filled(tmp_path)
    with local_state(tmp_path, alone=True), PostgresState(postgres_url, alone=True):
        with pytest.raises(Busy):
            local_state(tmp_path, wait=0.1)
        with pytest.raises(Busy, match="is being moved"):
            PostgresState(postgres_url, wait=0.1)
    open_state(tmp_path).close()
    PostgresState(postgres_url).close()
