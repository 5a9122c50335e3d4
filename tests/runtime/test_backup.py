"""A backup as the docs tell it, taken while a worker is at work, and what a restore of it knows."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

from tests.cli.conftest import call, connected
from tests.cli.writers import invoice, read, typed

from tieout.project import Project
from tieout.runtime.worker import working

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
