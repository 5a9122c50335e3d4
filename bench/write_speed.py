"""How fast invoices are added: within Intuit's limits, without them beside python-quickbooks, and what the journal costs.

`within-limits` runs a sandbox of its own with its throttles on, whose clock jumps on whenever we would wait. The others ask the
sandbox of BENCH_KEYS, a process of its own. Each prints one line of JSON; run by `python -m bench`.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tieout.operations import Add, Change, Outcome, Sent

KEYS: dict[str, Any] = json.loads(os.environ.get("BENCH_KEYS", "{}"))
INVOICES = 10_000
BATCH, BATCHES_A_MINUTE = 30, 40
WITHOUT_LIMITS = 3_000


def invoice(number: int, customer: str, item: str) -> dict[str, Any]:
    """An invoice of five lines."""
    lines = [
        {
            "DetailType": "SalesItemLineDetail",
            "Amount": Decimal("21.00"),
            "Description": f"line {line} of order {number}",
            "SalesItemLineDetail": {"ItemRef": {"value": item}, "UnitPrice": Decimal("10.50"), "Qty": 2},
        }
        for line in range(5)
    ]
    return {
        "CustomerRef": {"value": customer},
        "TxnDate": "2026-11-25",
        "DocNumber": f"{number}",
        "Line": lines,
    }


def changes(count: int, customer: str, item: str, prefix: int) -> Iterator[Change]:
    for number in range(count):
        name = prefix * 1_000_000 + number
        yield Add(type="Invoice", record=invoice(name, customer, item), id=f"n{name}", key=f"order_no={name}")


def within_limits() -> dict[str, float]:
    """Sandbox time for 10,000 invoices, and the least that Intuit's limits allow."""
    from tieout.connections.rest import open_online, sign_in_at_sandbox
    from tieout.connections.rest.limits import quickbooks_limiter
    from tieout.sandbox.server import running_sandbox
    from tieout.state.vault import open_vault

    with running_sandbox("small-shop", throttle=True) as sandbox, _state() as (folder, journal, meter):
        vault = open_vault(folder, {})
        sign_in_at_sandbox(sandbox.base_url).keep(vault)
        moved, started = 0.0, 0

        def advance(seconds: float) -> None:
            nonlocal moved
            # What was started arrives before the clock jumps, as it would if somebody really waited.
            while sum(call.status != 0 for call in sandbox.control.requests) < started:
                time.sleep(0.001)
            moved += seconds
            sandbox.control.advance_clock(seconds)

        limiter = quickbooks_limiter(clock=lambda: time.monotonic() + moved, sleep=advance)
        note = limiter._every[0].note

        def counted(start: float) -> None:
            nonlocal started
            note(start)
            started += 1  # while the limiter is held, as the jump is

        limiter._every[0].note = counted  # type: ignore[method-assign]
        with open_online(
            "books", sandbox.realm, vault=vault, meter=meter, base_url=sandbox.base_url, limiter=limiter
        ) as connection:
            sandbox.control.forget_requests()
            started = 0
            began = time.perf_counter()
            _write(connection, journal, changes(INVOICES, "1", "1", 1))
            spent = time.perf_counter() - began + moved
        throttled = sum(call.status == 429 for call in sandbox.control.requests)
    batches = -(-INVOICES // BATCH)
    least = (batches - 1) // BATCHES_A_MINUTE * 60.0
    return {
        "least_seconds": least,
        "seconds": round(spent, 1),
        "share": least / spent,
        "throttled": throttled,
    }


def tieout() -> dict[str, float]:
    """Invoices a second with everything on: checks, batches, journal on the disk."""
    return _rate(_books_with_journal)


def without_journal() -> dict[str, float]:
    """The same, with intents that are kept nowhere: what is left is not the journal's."""
    return _rate(_books_without_journal)


def python_quickbooks() -> dict[str, float]:
    """The same invoices by python-quickbooks' batch_create."""
    from quickbooks.batch import batch_create
    from quickbooks.objects.base import Ref
    from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
    from quickbooks.objects.invoice import Invoice

    from bench.measure import quickbooks_client

    client = quickbooks_client()
    customer, item = Ref(), Ref()
    customer.value, item.value = "1", "1"
    made = []
    for number in range(WITHOUT_LIMITS):
        one = Invoice()
        one.CustomerRef, one.TxnDate = customer, "2026-11-25"
        one.DocNumber = f"{_prefix() * 1_000_000 + number}"
        for line in range(5):
            detail = SalesItemLineDetail()
            detail.ItemRef, detail.UnitPrice, detail.Qty = item, 10.5, 2
            row = SalesItemLine()
            row.Amount, row.Description, row.SalesItemLineDetail = (
                21.0,
                f"line {line} of order {number}",
                detail,
            )
            one.Line.append(row)
        made.append(one)
    return _measured(lambda: len(batch_create(made, qb=client).successes))


def sandbox_alone() -> dict[str, float]:
    """The same batches, written beforehand and sent one after the other: what the sandbox itself takes."""
    import urllib3

    from tieout.catalog.rest import record_type
    from tieout.protocols import exact_json
    from tieout.protocols.rest_writes import BatchWrite, write_batch_request

    kind, realm = record_type("Invoice"), KEYS["company"]
    wished = list(changes(WITHOUT_LIMITS, "1", "1", _prefix()))
    requests = [
        write_batch_request(
            realm,
            [
                BatchWrite(str(at), kind, "create", exact_json.encode(dict(c.record)))
                for at, c in enumerate(some)
            ],
            75,
            f"alone{_prefix()}{number}",
        )
        for number, some in enumerate(wished[at : at + BATCH] for at in range(0, len(wished), BATCH))
    ]
    http = urllib3.PoolManager()
    headers = {"Authorization": f"Bearer {KEYS['access_token']}", "Accept": "application/json"}

    def send_all() -> int:
        created = 0
        for request in requests:
            url = f"{KEYS['base_url']}{request.path}?requestid={request.params['requestid']}"
            answer = http.request(
                "POST", url, body=request.body, headers={**headers, "Content-Type": "application/json"}
            )
            created += answer.data.count(b'"SyncToken"')
        return created

    return _measured(send_all)


def _rate(opened: Any) -> dict[str, float]:
    with opened() as write:
        wished = list(changes(WITHOUT_LIMITS, "1", "1", _prefix()))
        return _measured(lambda: write(iter(wished)))


def _measured(write: Callable[[], int]) -> dict[str, float]:
    """Invoices a second, and the processor time that each cost this process."""
    began, cpu = time.perf_counter(), time.process_time()
    done = write()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert done == WITHOUT_LIMITS, done
    return {"rate": done / seconds, "cpu_us_per_row": cpu / done * 1e6}


@contextmanager
def _books_with_journal() -> Iterator[Any]:
    from bench.measure import books

    with books() as opened:
        yield lambda wished: _write(opened.connection, opened.journal, wished)


@contextmanager
def _books_without_journal() -> Iterator[Any]:
    from bench.measure import books

    with books() as opened:
        yield lambda wished: sum(o.state == "done" for o in opened.connection.write(wished, _Nowhere()))


class _Nowhere:
    """Intents that are kept nowhere."""

    restored_to = None

    def attempt(self, _change: Change) -> int:
        return 0

    def sending(self, _sent: Sent) -> None:
        return

    def answered(
        self,
        _sent: Sent,
        _outcomes: Sequence[Outcome],
        _answer: bytes = b"",
        *,
        at_once: bool = True,  # noqa: ARG002 - the port's name
    ) -> None:
        return

    def note(self, _outcomes: Sequence[Outcome]) -> None:
        return

    def is_of_another(self, _change: Change, _record_id: str) -> bool:
        return False


def _write(connection: Any, journal: Any, wished: Iterator[Change]) -> int:
    from tieout.processes.write import write_changes

    outcomes = write_changes(connection, wished, journal, name="bench")
    return sum(outcome.state == "done" for outcome in outcomes)


@contextmanager
def _state() -> Iterator[tuple[Path, Any, Any]]:
    from tieout.state.database import open_state
    from tieout.state.journal import Journal
    from tieout.state.meter import Meter

    with tempfile.TemporaryDirectory() as folder, open_state(Path(folder)) as state:
        yield Path(folder), Journal(state), Meter(state)


def _prefix() -> int:
    """Numbers that no other round has used."""
    global _USED
    _USED = _USED or int(datetime.now(UTC).timestamp() * 10) % 10_000_000
    return _USED


_USED = 0

MEASUREMENTS = {
    "write-within-limits": within_limits,
    "write": tieout,
    "write-without-journal": without_journal,
    "write-python-quickbooks": python_quickbooks,
    "write-sandbox-alone": sandbox_alone,
}

if __name__ == "__main__":
    print(json.dumps(MEASUREMENTS[sys.argv[1]]()))
