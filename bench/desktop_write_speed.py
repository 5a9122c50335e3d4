"""How fast invoices are added to a company file, beside the sandbox itself, which is handed the same message sets written beforehand.

`python -m bench.desktop_write_speed [INVOICES]` takes turns, five rounds of each with a sandbox in a process of its own, so that a
busy moment of the machine falls on both; it prints one line of JSON with the medians.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from bench.desktop_faults import sandbox
from tieout.catalog.qbxml import newest
from tieout.connections.qbxml.company import Company
from tieout.connections.qbxml.connection import open_desktop
from tieout.connections.qbxml.host import host_at
from tieout.operations import Add, Change
from tieout.processes.write import write_changes
from tieout.protocols.qbxml_writer import MessageSet, Request, write_message_set
from tieout.state.database import open_state
from tieout.state.journal import Journal

INVOICES = 10_000
PER_SET = 50
ROUNDS = 5


def invoice(number: int) -> dict[str, Any]:
    """An invoice of five lines."""
    line = {"ItemRef": {"FullName": "Planning"}, "Quantity": 2, "Rate": Decimal("10.50")}
    return {
        "CustomerRef": {"FullName": "Elm Bakery"},
        "TxnDate": "2026-11-25",
        "RefNumber": f"{number}",
        "InvoiceLineAdd": [{**line, "Desc": f"line {at} of order {number}"} for at in range(5)],
    }


def changes(count: int) -> Iterator[Change]:
    for number in range(count):
        name = 1_000_000 + number
        yield Add(type="Invoice", record=invoice(name), id=f"n{name}", key=f"order_no={name}")


def written(count: int) -> tuple[float, float]:
    """Seconds for all of it with everything on: checks, message sets, journal on the disk; and how many of these QuickBooks was asked."""
    with (
        sandbox("small") as address,
        tempfile.TemporaryDirectory() as folder,
        open_state(Path(folder)) as state,
        open_desktop("books", sandbox=address, requests_per_set=PER_SET) as books,
        _watched() as asked,
    ):
        began = time.perf_counter()
        writing = write_changes(books, changes(count), Journal(state), name="bench")
        for outcome in writing:
            outcome.raise_unless_done()
        return time.perf_counter() - began, sum(asked)


@contextmanager
def _watched() -> Iterator[list[float]]:
    """How long each exchange took."""
    seconds: list[float] = []
    exchanged = Company.exchanged

    def timed(company: Company, document: bytes) -> bytes:
        began = time.perf_counter()
        try:
            return exchanged(company, document)
        finally:
            seconds.append(time.perf_counter() - began)

    Company.exchanged = timed  # type: ignore[method-assign]
    try:
        yield seconds
    finally:
        Company.exchanged = exchanged  # type: ignore[method-assign]


def sandbox_alone(count: int) -> float:
    """Seconds of the sandbox for the same message sets, whose answers nobody reads; each lets go of the one before."""
    spoken = newest("US")
    documents: list[bytes] = []
    for at in range(0, count, PER_SET):
        some = (
            Request("Invoice", "Add", {"InvoiceAdd": invoice(1_000_000 + n)}, f"{n}")
            for n in range(at, at + PER_SET)
        )
        before = f"set {at - PER_SET}" if at else ""
        documents.append(
            write_message_set(MessageSet(spoken, tuple(some), new_id=f"set {at}", old_id=before))
        )
    with sandbox("small") as address, host_at(address) as host:
        host.open()
        began = time.perf_counter()
        for document in documents:
            for _ in host.process(document):
                pass
        return time.perf_counter() - began


def main() -> None:
    each = (int(sys.argv[1]) if len(sys.argv) > 1 else INVOICES) // ROUNDS
    alone, ours = [], []
    for _ in range(ROUNDS):
        alone.append(sandbox_alone(each))
        ours.append(written(each))
    told = {
        "invoices": each * ROUNDS,
        "sandbox_invoices_per_second": round(each / median(alone)),
        "invoices_per_second": round(each / median(spent for spent, _ in ours)),
        "share_of_time_at_work_in_the_sandbox": round(median(asked / spent for spent, asked in ours), 3),
        "share_of_its_speed": round(median(a / b for a, (b, _) in zip(alone, ours, strict=True)), 3),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
