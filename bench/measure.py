"""One measurement, in a process of its own; prints a line of JSON. Run by `python -m bench`."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

KEYS: dict[str, Any] = json.loads(os.environ.get("BENCH_KEYS", "{}"))
PAGE = 1000
Run = Callable[[], int]
"""Counts the rows it read; all imports and signing in are done before."""


def pages() -> Iterator[bytes]:
    """The invoices as pages of 1,000, the way that a plain client asks for them."""
    import urllib3

    http = urllib3.PoolManager()
    start = 1
    headers = {"Authorization": f"Bearer {KEYS['access_token']}", "Accept": "application/json"}
    url = f"{KEYS['base_url']}/v3/company/{KEYS['company']}/query"
    while True:
        query = f"select * from Invoice orderby Id startposition {start} maxresults {PAGE}"
        body = http.request("GET", url, fields={"query": query, "minorversion": "75"}, headers=headers).data
        yield body
        if len(body) < 1000:
            return
        start += PAGE


def floor() -> Run:
    """urllib3 and orjson into dicts, kept nowhere."""
    import orjson

    return lambda: sum(len(orjson.loads(body)["QueryResponse"].get("Invoice", ())) for body in pages())


def drain() -> Run:
    """What the sandbox gives when nobody looks at it."""
    return lambda: sum(body.count(b'"SyncToken"') for body in pages())


def mirror(*, raw: bool = False) -> Run:
    """Headers, lines and the other parts into a new DuckDB file."""
    from tieout.connections.duckdb.connection import DuckDBConnection
    from tieout.processes.sync import sync

    folder = Path(tempfile.mkdtemp())
    opened = books()
    source = opened.connection
    warehouse = DuckDBConnection("warehouse", folder / "warehouse.duckdb")

    def run() -> int:
        with opened:
            return sync(source, warehouse.mirror(source.identity, source.layout, raw=raw), ["Invoice"]).read[
                "Invoice"
            ]

    return run


def mirror_raw() -> Run:
    """The same with each record's text."""
    return mirror(raw=True)


def quickbooks_client() -> Any:
    """python-quickbooks' client, signed in to the sandbox."""
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    from intuitlib import config
    from intuitlib.client import AuthClient
    from quickbooks import QuickBooks

    base = KEYS["base_url"]
    for environment in config.DISCOVERY_URL:
        config.DISCOVERY_URL[environment] = f"{base}/.well-known/openid_configuration"
    QuickBooks.api_url_v3 = QuickBooks.sandbox_api_url_v3 = f"{base}/v3"
    signed_in = AuthClient(
        KEYS["client_id"],
        KEYS["client_secret"],
        KEYS["redirect_uri"],
        "sandbox",
        access_token=KEYS["access_token"],
    )
    return QuickBooks(auth_client=signed_in, company_id=KEYS["company"], minorversion=75)


def python_quickbooks() -> Run:
    """The same pages into the objects of python-quickbooks."""
    from quickbooks.objects.invoice import Invoice

    client = quickbooks_client()

    def run() -> int:
        count, start = 0, 1
        while found := Invoice.where(order_by="Id", start_position=start, max_results=PAGE, qb=client):
            count += len(found)
            start += PAGE
        return count

    return run


def books() -> Any:
    """A connection to the sandbox, signed in."""
    import tieout

    return tieout.connect(sandbox=KEYS["base_url"])


def calls() -> dict[str, int]:
    """Requests of a whole mirror, the most that were allowed, and of a second one with nothing changed."""
    from tieout.connections.duckdb.connection import DuckDBConnection
    from tieout.processes.sync import sync

    with tempfile.TemporaryDirectory() as folder, books() as opened:
        source = opened.connection
        warehouse = DuckDBConnection("warehouse", Path(folder) / "warehouse.duckdb")
        report = sync(source, warehouse.mirror(source.identity, source.layout), source.types())
        first = source.requests_made
        sync(source, warehouse.mirror(source.identity, source.layout), source.types())
        rows = [report.read[name] for name in source.types()]
        needed = sum(max(1, -(-count // PAGE)) for count in rows)
        return {
            "first": first,
            "allowed": int(needed * 1.05),
            "nothing_changed": source.requests_made - first,
        }


MEASUREMENTS: dict[str, Callable[[], Run]] = {
    "floor": floor,
    "drain": drain,
    "mirror": mirror,
    "mirror-raw": mirror_raw,
    "python-quickbooks": python_quickbooks,
}


def main() -> None:
    name = sys.argv[1]
    if name == "calls":
        print(json.dumps(calls()))
        return
    run = MEASUREMENTS[name]()
    gc.collect()
    began, cpu = time.perf_counter(), time.process_time()
    rows = run()
    seconds = time.perf_counter() - began
    print(
        json.dumps(
            {
                "rows": rows,
                "rows_per_second": rows / seconds,
                "cpu_us_per_row": (time.process_time() - cpu) / rows * 1e6,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
