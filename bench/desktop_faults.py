"""Writing to a company file while everything goes wrong: kills of the writer and of QuickBooks, connections that drop before and after.

As `faults`, with the Desktop sandbox in a process of its own. Talks to loopback only, is bounded in kills and in time, and stops
by itself.
"""

from __future__ import annotations

import json
import random
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.killed_writers import Result, Writers
from tieout.connections.qbxml.connection import QbxmlConnection, open_desktop
from tieout.operations import Add, Change, Delete, Modify, Query, Void
from tieout.processes.write import identified, write_changes
from tieout.state.database import open_state
from tieout.state.journal import Journal

FAULTS = [
    {"do": "drop-after-commit", "share": 0.10, "times": "always"},
    {"do": "drop-before-commit", "share": 0.06, "times": "always"},
    {"do": "kill", "requests": 0, "share": 0.03, "times": "always"},
    {"do": "kill", "requests": 4, "share": 0.05, "times": "always"},
    {"do": "kill", "requests": 1000, "share": 0.03, "times": "always"},
    {"do": "busy", "share": 0.04, "times": "always"},
    {"do": "drop-before-commit", "on": "any", "share": 0.03, "times": "always"},
]
"""About three message sets in ten."""

ALREADY_THERE = 40
"""Invoices made beforehand, to be modified, voided and deleted."""

REQUESTS_PER_SET = 12
"""Few, so that many message sets are met at work."""


def write_to_desktop_through_faults(
    *, kills: int, remembered: bool = True, seed: int = 1, seconds: float = 280, each: int = 300
) -> Result:
    """Write one command's records after the other, until so many children were killed at work, or time is up."""
    chance = random.Random(seed)
    started = time.monotonic()
    result = Result()
    with sandbox("empty") as address, tempfile.TemporaryDirectory() as folder:
        company = CompanyFile(address, Path(folder))
        there = company.prepare()
        control(address, remembers=remembered, faults=FAULTS)
        commands = 0
        while (result.kills < kills or not commands) and time.monotonic() - started < seconds:
            changes = wishes(commands, each, there)
            result.kills += company.written(changes, kills - result.kills, chance)
            result.records += len(changes)
            commands += 1
        control(address, faults=[])
        company.count(result, commands, each, there)
        result.requests = int(control(address)["message_sets"])
    result.seconds = time.monotonic() - started
    return result


def wishes(command: int, count: int, there: list[str]) -> list[Change]:
    """What one command is to write: every kind of carrier, lists and transactions, and changes of what is there."""
    made: list[Change] = []
    for number in range(count):
        key = f"{command}-{number}"
        match number % 5:
            case 0 | 1:
                made.append(Add(type="Invoice", record=invoice(f"N{key}", key), key=f"n={key}"))
            case 2:
                receipt = {
                    name: value for name, value in invoice("", key).items() if name != "InvoiceLineAdd"
                }
                receipt["SalesReceiptLineAdd"] = [_LINE]
                made.append(Add(type="SalesReceipt", record=receipt, key=f"n={key}"))
            case 3 if number % 50 == 3:
                made.append(Add(type="Customer", record={"Name": f"wish {key}."}, key=f"n={key}"))
            case _:
                made.append(Add(type="Invoice", record=invoice("", key), key=f"n={key}"))
    if command == 0:
        third = len(there) // 3
        made += [Modify(type="Invoice", record={"Id": i, "Memo": "modified"}) for i in there[:third]]
        made += [Void(type="Invoice", record={"Id": i}) for i in there[third : 2 * third]]
        made += [Delete(type="Invoice", record={"Id": i}) for i in there[2 * third :]]
    return [each for each in identified(made, by_contents=True) if isinstance(each, Change)]


_LINE = {"ItemRef": {"FullName": "Work"}, "Amount": Decimal("10.00")}


def invoice(number: str, key: str) -> dict[str, Any]:
    named = {"RefNumber": number} if number else {}
    return {"CustomerRef": {"FullName": "Ann"}, "InvoiceLineAdd": [_LINE], "Memo": f"wish {key}.", **named}


@dataclass(frozen=True, slots=True)
class CompanyFile(Writers):
    """The company file that is written to, and where the writers keep their state."""

    address: str
    place: Path

    @contextmanager
    def opened(self) -> Iterator[tuple[QbxmlConnection, Journal]]:
        connection = open_desktop(
            "books",
            sandbox=self.address,
            requests_per_set=REQUESTS_PER_SET,
            sleep=lambda seconds: time.sleep(seconds / 100),
        )
        with open_state(self.place) as state, connection:
            yield connection, Journal(state)

    def prepare(self) -> list[str]:
        """Make what is needed beforehand; the ids of invoices that are there."""
        needed = [
            Add(type="Customer", record={"Name": "Ann"}),
            Add(
                type="ItemService",
                record={
                    "Name": "Work",
                    "SalesOrPurchase": {"Price": 10, "AccountRef": {"FullName": "Sales"}},
                },
            ),
            *(Add(type="Invoice", record=invoice("", "there")) for _ in range(ALREADY_THERE)),
        ]
        with self.opened() as (connection, journal):
            writing = write_changes(connection, identified(needed, by_contents=True), journal, name="prepare")
            made = [outcome.raise_unless_done() for outcome in writing]
        return [each.record_id for each in made if each.change.type == "Invoice"]

    def count(self, result: Result, commands: int, each: int, there: list[str]) -> None:
        """How often each record was written."""
        found: Counter[str] = Counter()
        with self.opened() as (connection, _):
            records = {
                name: [record for page in connection.read(Query((name,))) for record in page.records()]
                for name in ("Invoice", "SalesReceipt", "Customer")
            }
        for name, field in (("Invoice", "Memo"), ("SalesReceipt", "Memo"), ("Customer", "Name")):
            for record in records[name]:
                text = str(record.get(field, ""))
                if text.startswith("wish "):
                    found[text.removeprefix("wish ").partition(".")[0]] += 1
        expected = [f"{command}-{number}" for command in range(commands) for number in range(each)]
        found.pop("there", None)
        result.once = sum(found[key] == 1 for key in expected)
        result.twice = sum(count - 1 for count in found.values() if count > 1)
        result.lost = sum(found[key] == 0 for key in expected)
        self._count_changed(result, {record["TxnID"]: record for record in records["Invoice"]}, there)

    def _count_changed(self, result: Result, invoices: dict[str, Any], there: list[str]) -> None:
        """Changes of what was there: a second voiding would say so twice."""
        third = len(there) // 3
        for place, record_id in enumerate(there):
            memo = str(invoices[record_id].get("Memo", "")) if record_id in invoices else None
            if place >= 2 * third:
                ok = memo is None
            else:
                ok = memo is not None and memo.startswith("modified" if place < third else "VOID: ")
            again = memo is not None and memo.count("VOID:") > 1
            result.once += ok and not again
            result.twice += again
            result.lost += not ok


def control(address: str, **message: Any) -> dict[str, Any]:
    """Have the sandbox behave so; what it says of itself."""
    place = urlsplit(address)
    token = parse_qs(place.query)["token"][0]
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=30) as connected:
        stream = connected.makefile("rwb")
        for each in ({"do": "hello", "token": token}, {"do": "control", **message}):
            content = json.dumps({"id": 1, **each}).encode()
            stream.write(struct.pack(">I", len(content)) + content)
            stream.flush()
            (length,) = struct.unpack(">I", stream.read(4))
            answer = dict(json.loads(stream.read(length)))
        return answer


@contextmanager
def sandbox(company: str) -> Iterator[str]:
    """The address of a company file in a process of its own."""
    command = [sys.executable, "-m", "tieout", "sandbox", "desktop", "--company", company, "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["sandbox"]
        finally:
            process.terminate()
            process.wait()
