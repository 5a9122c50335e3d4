"""`tieout serve` killed at random moments, while a first mirror, mirrors without changes and a process that writes are under way.

Each round is a project folder of its own: orders lie in its inbox, a mirror is due every second, and the server is killed again and
again. Then one is left alone: both must succeed by themselves, each order be one invoice, and the mirror tie out. Talks to
loopback only, and stops by itself.
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tieout.cli.init_orders import MAP, MAP_TEXT
from tieout.project import Project
from tieout.sandbox.server import Sandbox, running_sandbox
from tieout.state.agenda import Agenda

ROUNDS, KILLS, ORDERS = 10, 5, 60
LONGEST = 2.5
"""Seconds from the line that says that a server is ready to its death, at most."""
PATIENCE = 120.0
"""Seconds in which the one that is left alone must have done everything."""

PROJECT = f"""
[connection.inbox]
kind = "files"
path = "inbox"
quiet_seconds = 0

[connection.warehouse]
kind = "duckdb"
path = "warehouse.duckdb"

[process.mirror]
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"
every = "1 second"

[process.orders]
from = "inbox:orders*.csv"
group = "order_no"
map = "{MAP}"
to = "books:Invoice"
do = "add"
key = "order_no"
every = "1 second"
"""
TIEOUT = [sys.executable, "-m", "tieout"]


@dataclass
class Tally:
    """What came of it."""

    kills: int = 0
    orders: int = 0
    written: Counter[str] = field(default_factory=Counter)
    stuck: int = 0
    untied: int = 0

    @property
    def twice(self) -> int:
        return sum(count > 1 for count in self.written.values())

    @property
    def lost(self) -> int:
        return self.orders - len(self.written)

    @property
    def failed(self) -> bool:
        return bool(self.twice or self.lost or self.stuck or self.untied)


def serve_and_kill(rounds: int = ROUNDS, kills: int = KILLS, seed: int = 1) -> Tally:
    """Let servers be killed in so many projects, so many times each."""
    chance, tally = random.Random(seed), Tally()
    with running_sandbox("small-shop") as shop, tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            project = _project(Path(folder) / str(number), shop)
            for kill in range(kills):
                _order(project.parent / "inbox", shop, f"{number}-{kill}")
                tally.orders += ORDERS
                server = _served(project)
                time.sleep(chance.uniform(0, LONGEST))
                server.kill()
                server.communicate()
                tally.kills += 1
            tally.stuck += not _comes_to_rest(project)
            tally.untied += _tieout(project, "verify", "mirror").returncode != 0
        tally.written = Counter(_order_numbers(shop))
    return tally


def _project(folder: Path, shop: Sandbox) -> Path:
    (folder / "inbox").mkdir(parents=True)
    (folder / MAP).write_text(MAP_TEXT, "utf-8")
    file = folder / "tieout.toml"
    _tieout(file, "connect", "books", "--sandbox", shop.base_url).check_returncode()
    file.write_text(file.read_text("utf-8") + PROJECT, "utf-8")
    return file


def _order(inbox: Path, shop: Sandbox, name: str) -> None:
    """Put a file of orders there, whole at once."""
    customer = _first(shop, "Customer", "DisplayName")
    item = _first(shop, "Item where Type = 'Service'", "Name")
    part = inbox / f".{name}.part"
    with part.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("order_no", "customer", "item", "qty", "price"))
        rows.writerows((f"K{name}-{number}", customer, item, 1, "10.50") for number in range(ORDERS))
    part.rename(inbox / f"orders{name}.csv")


def _first(shop: Sandbox, what: str, name: str) -> str:
    (record,) = shop.company.query(f"select * from {what} maxresults 1").records
    return str(json.loads(record)[name])


def _served(project: Path) -> subprocess.Popen[str]:
    """A server that has said that it is ready."""
    server = subprocess.Popen(
        [*TIEOUT, "serve", "--port", "0", "--project", str(project)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=project.parent,
    )
    assert server.stdout is not None
    server.stdout.readline()
    return server


def _comes_to_rest(project: Path) -> bool:
    """Leave a server alone; whether both processes succeed, and no alert is left."""
    since, until = datetime.now(UTC).isoformat(), time.monotonic() + PATIENCE
    server = _served(project)
    try:
        while time.monotonic() < until:
            with Project.read(project, os.environ) as opened:
                agenda = Agenda(opened.state)
                entries = agenda.entries()
                if entries and all(each.succeeded > since for each in entries) and not agenda.alerts():
                    return True
            time.sleep(0.5)
        return False
    finally:
        server.terminate()
        server.communicate()


def _tieout(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TIEOUT, "--project", str(project), *words], capture_output=True, text=True, check=False
    )


def _order_numbers(shop: Sandbox) -> list[str]:
    found: list[str] = []
    while True:
        page = shop.company.query(f"select * from Invoice startposition {len(found) + 1} maxresults 1000")
        found += [json.loads(each).get("DocNumber", "") for each in page.records]
        if len(page.records) < 1000:
            return [each for each in found if each.startswith("K")]


def main() -> int:
    started = time.monotonic()
    tally = serve_and_kill()
    print(
        f"servers: {tally.kills} kills survived in {time.monotonic() - started:.0f} s, {tally.orders:,} orders: {tally.twice} twice, "
        f"{tally.lost} lost; {tally.stuck} projects stuck, {tally.untied} mirrors not tied out"
    )
    return int(tally.failed)


if __name__ == "__main__":
    sys.exit(main())
