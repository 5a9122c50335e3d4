"""Writing over the legacy gateway through kills of the writer and lost answers: nothing twice, nothing lost."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bench.killed_writers import Writers

from tieout.connections.qbxml.connection import QbxmlConnection
from tieout.connections.qbxml.online_legacy import open_online_legacy
from tieout.operations import Add, Change, Query
from tieout.processes.write import identified
from tieout.protocols.qbxml_sign_on import Application
from tieout.state.database import open_state
from tieout.state.journal import Journal

KILLS, EACH = 8, 60
FAULTS = [
    {"do": "drop-after-commit", "share": 0.2, "times": "always"},
    {"do": "drop-before-commit", "share": 0.1, "times": "always"},
]


@dataclass(frozen=True, slots=True)
class LegacyCompany(Writers):
    """The company that is written to, and where the writers keep their state."""

    ready: dict[str, Any]
    place: Path

    @contextmanager
    def opened(self) -> Iterator[tuple[QbxmlConnection, Journal]]:
        connection = open_online_legacy(
            "books",
            application=Application(self.ready["application_login"], self.ready["application_id"]),
            company="larch",
            connection_ticket=lambda: str(self.ready["connection_ticket"]),
            gateway=self.ready["gateway"],
            requests_per_set=6,
        )
        with open_state(self.place) as state, connection:
            yield connection, Journal(state)

    def texts(self, type_name: str, field: str) -> Counter[str]:
        with self.opened() as (connection, _):
            pages = connection.read(Query((type_name,)))
            return Counter(str(record.get(field, "")) for page in pages for record in page.records())


@contextmanager
def sandbox(folder: Path) -> Iterator[dict[str, Any]]:
    """What a gateway in a process of its own says of itself."""
    (folder / "faults.json").write_text(json.dumps(FAULTS), "utf-8")
    command = [sys.executable, "-m", "tieout", "sandbox", "online-legacy", "--company", "small"]
    command += ["--faults", str(folder / "faults.json"), "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait()


def wishes(command: int) -> list[Change]:
    """Customers, which have names, and invoices with and without a number."""
    made = []
    for number in range(EACH):
        key = f"{command}-{number}"
        line = {"Desc": f"wish {key}.", "Amount": Decimal("10.00")}
        invoice = {"CustomerRef": {"FullName": "Elm Bakery"}, "Memo": key, "InvoiceLineAdd": [line]}
        match number % 3:
            case 0:
                made.append(Add(type="Customer", record={"Name": f"wish {key}"}, key=f"n={key}"))
            case 1:
                made.append(Add(type="Invoice", record={**invoice, "RefNumber": f"W{key}"}, key=f"n={key}"))
            case _:
                made.append(Add(type="Invoice", record=invoice, key=f"n={key}"))
    return [each for each in identified(made, by_contents=True) if isinstance(each, Change)]


@pytest.mark.timeout(180)
def test_every_record_is_written_once(tmp_path: Path) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("NOT TESTED HERE: this platform cannot fork; the kills need children that start at once")
    chance, kills, commands, began = random.Random(4), 0, 0, time.monotonic()
    with sandbox(tmp_path) as ready:
        company = LegacyCompany(ready, tmp_path / "state")
        while kills < KILLS and time.monotonic() - began < 120:
            kills += company.written(wishes(commands), KILLS - kills, chance)
            commands += 1
        names = company.texts("Customer", "Name")
        memos = Counter(memo.partition(" ")[0] for memo in company.texts("Invoice", "Memo").elements())
    assert kills == KILLS
    for command in range(commands):
        for number in range(EACH):
            key = f"{command}-{number}"
            assert (names[f"wish {key}"] if number % 3 == 0 else memos[key]) == 1, key
