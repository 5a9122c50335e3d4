"""How fast the sandbox is: filling a company, pages of a thousand invoices, small requests.

Each function gives figures by name; `pages` and `small_requests` ask the sandbox of BENCH_KEYS, a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import urllib3

INVOICES, TRANSACTIONS = 75_000, 100_000
"""The company has a payment for every third invoice."""
PAGE = 1000
SECONDS = 5.0

ASKED: dict[str, tuple[str, float]] = {
    "load_seconds": ("at most", 10),
    "reads_per_second": ("at least", 300),
    "counts_per_second": ("at least", 300),
    "writes_per_second": ("at least", 300),
}
"""What was asked for, by the figure's name."""


def load() -> dict[str, float]:
    """Seconds to open a company with 100,000 transactions, their balances and bytes included."""
    from tieout.sandbox.companies import open_company

    began, cpu = time.perf_counter(), time.process_time()
    company = open_company("busy", invoices=INVOICES)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert sum(len(company.books.store(name)) for name in ("Invoice", "Payment")) == TRANSACTIONS
    return {"load_seconds": seconds, "load_cpu_seconds": cpu}


def pages() -> dict[str, float]:
    """Pages of 1,000 invoices a second, and the megabytes they are."""
    asked, company = 0, _Company()
    began, size = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < SECONDS:
        start = 1 + asked % 10 * PAGE
        size += len(company.query(f"select * from Invoice startposition {start} maxresults {PAGE}"))
        asked += 1
    return {"pages_per_second": asked / spent, "page_mb_per_second": size / spent / 1e6}


def small_requests() -> dict[str, float]:
    """Reads, counts and writes a second, one after another on one connection."""
    company = _Company()
    names = _names()
    return {
        "reads_per_second": _rate(lambda: company.get("companyinfo/1")),
        "counts_per_second": _rate(lambda: company.query("select count(*) from Customer")),
        "writes_per_second": _rate(lambda: company.post("customer", {"DisplayName": next(names)})),
    }


def _rate(ask: Callable[[], object]) -> float:
    asked, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        ask()
        asked += 1
    return asked / spent


def _names() -> Iterator[str]:
    begun = time.time_ns()
    yield from (f"Customer {begun} {number}" for number in range(10_000_000))


class _Company:
    """A plain client of one company; every answer must be a good one."""

    def __init__(self) -> None:
        keys: dict[str, Any] = json.loads(os.environ["BENCH_KEYS"])
        self._http = urllib3.PoolManager()
        self._url = f"{keys['base_url']}/v3/company/{keys['company']}"
        self._headers = {
            "Authorization": f"Bearer {keys['access_token']}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }

    def get(self, path: str, **params: str) -> bytes:
        return self._ask("GET", path, fields=params)

    def query(self, statement: str) -> bytes:
        return self.get("query", query=statement)

    def post(self, path: str, body: object) -> bytes:
        return self._ask("POST", path, body=json.dumps(body).encode())

    def _ask(self, method: str, path: str, **content: Any) -> bytes:
        answer = self._http.request(method, f"{self._url}/{path}", headers=self._headers, **content)
        assert answer.status == 200, answer.data
        return answer.data


MEASUREMENTS = {"load": load, "pages": pages, "small-requests": small_requests}

if __name__ == "__main__":
    print(json.dumps(MEASUREMENTS[sys.argv[1]]()))
