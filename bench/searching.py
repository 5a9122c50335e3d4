"""Search among the documents of many runs, as the page Search and `tieout runs --where` do.

    python -m bench.searching [DOCUMENTS]

Keeps documents of 500 a run, each with two tracked fields and 0.7 kB of contents, then searches; prints a table. Seconds are of the clock
and of this processor.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tieout.protocols.where_clause import parse_where
from tieout.runtime.console.runs import A_PAGE, LOOKED_AT
from tieout.state.database import State, open_state
from tieout.state.document_search import DocumentSearch
from tieout.state.process_log import ProcessLog, RunDocument, Settled

DOCUMENTS = 200_000
A_RUN = 500
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
SEARCHES = (
    ("no = '777'", LOOKED_AT),
    ("buyer = 'buyer 77'", LOOKED_AT),
    ("state = 'refused'", LOOKED_AT),
    ("buyer like '%nobody%'", LOOKED_AT),
    ("buyer like '%nobody%'", None),
)
"""Predicates, and how many documents are looked at before it is said how far that was."""


def main(documents: int = DOCUMENTS) -> None:
    with tempfile.TemporaryDirectory() as folder, open_state(Path(folder)) as state:
        begun, processor = time.perf_counter(), time.process_time()
        for first in range(0, documents, A_RUN):
            _keep(state, first)
        print(f"| {documents:,} documents kept | {_since(begun, processor)} | |")
        for where, looks in SEARCHES:
            begun, processor = time.perf_counter(), time.process_time()
            found = DocumentSearch(state).find(parse_where(where, None), most=A_PAGE, looks=looks)
            told = f"{len(found.documents)} found among {found.looked:,}"
            print(f"| `{where}` | {_since(begun, processor)} | {told} |")
    print(f"Peak: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _keep(state: State, first: int) -> None:
    at = BEGUN + timedelta(minutes=first // A_RUN)
    run = f"{at:%Y%m%d-%H%M%S}-{first:08x}"
    made = json.dumps({"Line": [{"Amount": "100.00", "Description": "d" * 60} for _ in range(4)]})
    documents = [
        RunDocument(
            run=run,
            document=f"no={number}",
            process="orders",
            place=f"orders.csv, line {number}",
            state="refused" if number % 997 == 0 else "done",
            tracked=json.dumps({"buyer": f"Buyer {number % 5000}", "total": f"{number % 977}.50"}),
            why="",
            advice="",
            given=json.dumps({"no": number, "lines": ["l" * 60 for _ in range(4)]}),
            made=made,
            at=at.isoformat(timespec="milliseconds"),
        )
        for number in range(first, first + A_RUN)
    ]
    ProcessLog(state, "orders").settle(Settled(documents=documents), run)


def _since(begun: float, processor: float) -> str:
    return f"{time.perf_counter() - begun:.3f} s, {time.process_time() - processor:.3f} s"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
