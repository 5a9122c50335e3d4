"""A mirror that is killed at any moment, and started again, ends with the same tables as one that was not."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.cli.conftest import connected

from tieout.sandbox.server import Sandbox, running_sandbox

TIEOUT = [sys.executable, "-m", "tieout"]
KILLS = 8


@pytest.fixture(scope="module")
def busy() -> Iterator[Sandbox]:
    with running_sandbox("busy", invoices=6_000) as sandbox:
        yield sandbox


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*TIEOUT, "--project", str(project), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def killed_after(project: Path, seconds: float) -> bool:
    """Start a run and kill it; whether it was still at work."""
    with subprocess.Popen(
        [*TIEOUT, "--project", str(project), "run", "mirror"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        time.sleep(seconds)
        alive = process.poll() is None
        process.kill()
    return alive


def counts(project: Path) -> dict[str, int]:
    with duckdb.connect(str(project.parent / "warehouse.duckdb")) as database:
        names = [n for (n,) in database.execute("SELECT table_name FROM _tieout_table").fetchall()]
        return {n: database.execute(f'SELECT count(*) FROM "{n}"').fetchall()[0][0] for n in names}


def edit(sandbox: Sandbox, chance: random.Random) -> None:
    """Somebody goes on working in QuickBooks between two runs."""
    invoices = sandbox.company.query(
        "select Id, SyncToken from Invoice where TotalAmt > '0' maxresults 50"
    ).records
    for raw in chance.sample(invoices, 3):
        record = json.loads(raw)
        sandbox.company.delete("Invoice", {"Id": record["Id"], "SyncToken": record["SyncToken"]})


@pytest.mark.timeout(300)
def test_killed_again_and_again_it_ends_with_the_same_tables(busy: Sandbox, tmp_path: Path) -> None:
    chance = random.Random(4)
    project = connected(tmp_path, busy)
    at_work = 0
    for _ in range(KILLS):
        at_work += killed_after(project, chance.uniform(0.25, 1.2))
        edit(busy, chance)
    assert at_work >= KILLS // 2, "the kills came too late to prove anything"

    finished = run(project, "run", "mirror")
    assert finished.returncode == 0, finished.stderr
    verified = run(project, "verify", "mirror", "--format", "json")
    assert verified.returncode == 0, verified.stdout[-2000:] + verified.stderr

    other = tmp_path / "undisturbed"
    other.mkdir()
    undisturbed = connected(other, busy)
    assert run(undisturbed, "run", "mirror").returncode == 0
    after_kills, in_peace = counts(project), counts(undisturbed)
    gone = after_kills["invoice"] - in_peace["invoice"]
    assert gone >= 0, "rows that were deleted between kills stay, marked"
    assert {n: c for n, c in after_kills.items() if n != "invoice" and c} == {
        n: c for n, c in in_peace.items() if n != "invoice" and c
    }
