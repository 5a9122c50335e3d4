"""Writing while everything goes wrong: kills at random moments, dropped answers, resets, throttles, 401s and 5xx.

A sandbox runs in a process of its own. Children, forked warm, run the same command again and again, and are killed at
random moments; three requests in ten go wrong besides. At the end every record must have been written once. Talks to
loopback only, is bounded in kills and in time, and stops by itself.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bench.killed_writers import Result, Writers
from tieout.connections.rest import open_online, sign_in_at_sandbox
from tieout.connections.rest.connection import OnlineConnection
from tieout.operations import Add, Change, Delete, Modify, Query, Void
from tieout.processes.write import identified, write_changes
from tieout.state.database import open_state
from tieout.state.journal import Journal
from tieout.state.meter import Meter
from tieout.state.vault import open_vault

FAULTS = [
    {"on": "batch", "do": "drop-after-commit", "share": 0.10, "times": "always"},
    {"on": "write", "do": "drop-after-commit", "share": 0.10, "times": "always"},
    {"on": "batch", "do": "truncate", "share": 0.05, "times": "always"},
    {"on": "any", "do": "reset", "share": 0.04, "times": "always"},
    {"on": "any", "do": "throttle", "seconds": 0, "share": 0.05, "times": "always"},
    {"on": "any", "do": "401", "share": 0.03, "times": "always"},
    {"on": "any", "do": "503", "share": 0.05, "times": "always"},
    {"on": "any", "do": "500", "share": 0.04, "times": "always"},
]
"""About three requests in ten."""

FASTER = 100
"""Waits are so many times shorter than they would be."""

ALREADY_THERE = 40
"""Invoices made beforehand, to be modified, voided and deleted."""


def write_through_faults(
    *, kills: int, remembered: bool = True, seed: int = 1, seconds: float = 280, each: int = 300
) -> Result:
    """Write one command's records after the other, until so many children were killed at work, or time is up."""
    chance = random.Random(seed)
    started = time.monotonic()
    result = Result()
    with _sandbox() as url, tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        signed_in = sign_in_at_sandbox(url)
        signed_in.keep(open_vault(place, {}))
        company = Company(url, signed_in.realm, place)
        there = company.prepare()
        _post(url, "requestids", {"remembered": remembered})
        _post(url, "faults", FAULTS)
        commands = 0
        while (result.kills < kills or not commands) and time.monotonic() - started < seconds:
            changes = wishes(commands, each, there)
            result.kills += company.written(changes, kills - result.kills, chance)
            result.records += len(changes)
            commands += 1
        _delete(url, "faults")
        company.count(result, commands, each, there)
        result.requests = len(_get(url, "requests"))
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
                made.append(Add(type="SalesReceipt", record=receipt(key), key=f"n={key}"))
            case 3:
                payment = {"CustomerRef": {"value": "1"}, "TotalAmt": 5, "PrivateNote": f"wish {key}."}
                made.append(Add(type="Payment", record=payment, key=f"n={key}"))
            case 4 if number % 50 == 4:
                made.append(Add(type="Customer", record={"DisplayName": f"wish {key}."}, key=f"n={key}"))
            case _:
                made.append(Add(type="Invoice", record=invoice("", key), key=f"n={key}"))
    if command == 0:
        third = len(there) // 3
        made += [Modify(type="Invoice", record={"Id": i, "PrivateNote": "modified"}) for i in there[:third]]
        made += [Void(type="Invoice", record={"Id": i}) for i in there[third : 2 * third]]
        made += [Delete(type="Invoice", record={"Id": i}) for i in there[2 * third :]]
    return [each for each in identified(made, by_contents=True) if isinstance(each, Change)]


def invoice(number: str, key: str) -> dict[str, object]:
    line = {
        "DetailType": "SalesItemLineDetail",
        "Amount": Decimal("10.00"),
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
    }
    named = {"DocNumber": number} if number else {}
    return {"CustomerRef": {"value": "1"}, "Line": [line], "PrivateNote": f"wish {key}.", **named}


def receipt(key: str) -> dict[str, object]:
    return {**invoice("", key), "CustomerRef": {"value": "2"}}


@dataclass(frozen=True, slots=True)
class Company(Writers):
    """The company that is written to, and where the writers keep their state."""

    url: str
    realm: str
    place: Path

    @contextmanager
    def opened(self) -> Iterator[tuple[OnlineConnection, Journal]]:
        with open_state(self.place) as state:
            connection = open_online(
                "books",
                self.realm,
                vault=open_vault(self.place, {}),
                meter=Meter(state),
                base_url=self.url,
                sleep=lambda seconds: time.sleep(seconds / FASTER),
            )
            with connection:
                yield connection, Journal(state)

    def prepare(self) -> list[str]:
        """Make what is needed beforehand; the ids of invoices that are there."""
        with self.opened() as (connection, journal):
            needed = [
                Add(type="Customer", record={"DisplayName": "Ann"}),
                Add(type="Customer", record={"DisplayName": "Bob"}),
            ]
            accounts = [r for page in connection.read(Query(("Account",))) for r in page.records()]
            income = next(a["Id"] for a in accounts if a["AccountType"] == "Income")
            item = {"Name": "Work", "Type": "Service", "IncomeAccountRef": {"value": income}}
            needed.append(Add(type="Item", record=item))
            there = [Add(type="Invoice", record=invoice("", "there")) for _ in range(ALREADY_THERE)]
            made: list[str] = []
            for some in (
                needed,
                there,
            ):  # one after the other: invoices name the ids that the lists are about to get
                writing = write_changes(
                    connection, identified(some, by_contents=True), journal, name="prepare"
                )
                made = [outcome.raise_unless_done().record_id for outcome in writing]
            return made

    def count(self, result: Result, commands: int, each: int, there: list[str]) -> None:
        """How often each record was written."""
        found: Counter[str] = Counter()
        with self.opened() as (connection, _):
            for type_name, field_name in (
                ("Invoice", "PrivateNote"),
                ("SalesReceipt", "PrivateNote"),
                ("Payment", "PrivateNote"),
                ("Customer", "DisplayName"),
            ):
                for page in connection.read(Query((type_name,))):
                    for record in page.records():
                        text = str(record.get(field_name, ""))
                        if text.startswith("wish "):
                            found[text.removeprefix("wish ").partition(".")[0]] += 1
            invoices = {r["Id"]: r for page in connection.read(Query(("Invoice",))) for r in page.records()}
        expected = [f"{command}-{number}" for command in range(commands) for number in range(each)]
        result.once = sum(found[key] == 1 for key in expected)
        result.twice = sum(count - 1 for count in found.values() if count > 1)
        result.lost = sum(found[key] == 0 for key in expected)
        self._count_changed(result, invoices, there)

    def _count_changed(
        self, result: Result, invoices: dict[str, dict[str, object]], there: list[str]
    ) -> None:
        """Changes of what was there: each once, which the stamps tell."""
        third = len(there) // 3
        for place, record_id in enumerate(there):
            record = invoices.get(record_id)
            if place >= 2 * third:
                ok, again = record is None, False
            else:
                wanted = "modified" if place < third else "Voided"
                ok = record is not None and str(record["PrivateNote"]).startswith(wanted)
                again = record is not None and str(record["SyncToken"]) != "1"
            result.once += ok and not again
            result.twice += again
            result.lost += not ok


@contextmanager
def _sandbox() -> Iterator[str]:
    command = [sys.executable, "-m", "tieout", "sandbox", "online", "--company", "empty", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["base_url"]
        finally:
            process.terminate()
            process.wait()


def _post(url: str, path: str, body: object) -> None:
    request = urllib.request.Request(
        f"{url}/sandbox/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=30).close()


def _delete(url: str, path: str) -> None:
    urllib.request.urlopen(
        urllib.request.Request(f"{url}/sandbox/{path}", method="DELETE"), timeout=30
    ).close()


def _get(url: str, path: str) -> list[object]:
    with urllib.request.urlopen(f"{url}/sandbox/{path}", timeout=30) as answer:
        return list(json.load(answer))


def main() -> int:
    """500 kills, of writers to QuickBooks Online and to Desktop: half with QuickBooks' memory of requests, half without it."""
    from bench.desktop_faults import write_to_desktop_through_faults

    failed = False
    for name, write in (("Online", write_through_faults), ("Desktop", write_to_desktop_through_faults)):
        for remembered in (True, False):
            result = write(kills=125, remembered=remembered)
            print(
                f"{name}, requests {'remembered' if remembered else 'forgotten '}: {result.line()}",
                flush=True,
            )
            failed = failed or bool(result.twice or result.lost)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
