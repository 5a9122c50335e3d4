"""A state that a newer tieout has made: the older one refuses it in plain words, and leaves it as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from tests.cli.writers import typed

from tieout.state.database import open_state, steps
from tieout.state.postgres import PostgresState

NEWER = len(steps("state")) + 1
FILES = '[connection.inbox]\nkind = "files"\npath = "."\n'


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "tieout.toml").write_text(FILES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made_newer(file):
    open_state(file.parent).close()
    with closing(sqlite3.connect(file)) as newer:
        newer.execute(f"PRAGMA user_version = {NEWER}")
    return file.read_bytes()


@pytest.mark.parametrize("words", [("runs",), ("serve", "--port", "0"), ("worker",), ("pause",)])
def test_a_newer_file_is_refused_and_left_alone(words, here):
    before = made_newer(here / ".tieout" / "state.db")
    refused = typed(*words, code=2)
    assert f"made by a newer tieout: its version is {NEWER}" in refused.stderr
    assert "Upgrade tieout" in refused.stderr
    assert (here / ".tieout" / "state.db").read_bytes() == before


def test_a_newer_postgres_is_refused_and_left_alone(here, postgres_url):
    with PostgresState(postgres_url) as state:
        state.rows("set_watermark", key="a", value="1")
        state._connection.execute(f"UPDATE schema_version SET version = {NEWER}".encode())
    (here / "tieout.toml").write_text(f'state = "{postgres_url}"\n{FILES}')
    for words in (("runs",), ("worker",), ("state", "restored")):
        refused = typed(*words, code=2)
        assert f"made by a newer tieout: its version is {NEWER}" in refused.stderr
        assert "Upgrade tieout" in refused.stderr


def test_a_newer_file_is_neither_moved_nor_overlooked(here, postgres_url):
    before = made_newer(here / ".tieout" / "state.db")
    (here / "tieout.toml").write_text(f'state = "{postgres_url}"\n{FILES}')
    for words in (("runs",), ("state", "move")):
        assert "made by a newer tieout" in typed(*words, code=2).stderr
    assert (here / ".tieout" / "state.db").read_bytes() == before


def test_an_older_postgres_takes_the_steps_it_lacks(postgres_url, monkeypatch):
    from tieout.state import postgres

    first = steps("state")
    PostgresState(postgres_url).close()
    monkeypatch.setattr(postgres, "steps", lambda _: (*first, "CREATE TABLE later (x TEXT);"))
    with PostgresState(postgres_url) as state:
        assert state._connection.execute("SELECT * FROM later").fetchall() == []
        assert state._connection.execute("SELECT max(version) FROM schema_version").fetchone() == (NEWER,)
