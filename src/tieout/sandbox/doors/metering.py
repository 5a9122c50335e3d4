"""What the App Partner Program counts: reads are CorePlus and metered, writes are Core and free.

Intuit counts neither failed calls nor calls to its sandboxes; this sandbox counts as production does. Whether a batch
counts once or once for each of its queries is not published: `each_query` is the switch.
"""

from __future__ import annotations

from collections import Counter

from ..clock import Clock
from .calls import Answer, Call

INCLUDED = 500_000
"""CorePlus calls of an application in a month with the Builder tier, which is blocked beyond."""


class CorePlus:
    """The counters of every application, a calendar month at a time."""

    def __init__(self, clock: Clock) -> None:
        self.each_query = False
        """Whether every query of a batch counts, not the batch."""
        self._clock = clock
        self._used: Counter[tuple[str, str]] = Counter()

    def count(self, client_id: str, call: Call, answer: Answer) -> None:
        """Note a call that was answered."""
        reads = reads_of(call) if answer.status == 200 else 0
        self._used[self.month(), client_id] += reads if self.each_query else min(reads, 1)

    def used(self, client_id: str) -> int:
        return self._used[self.month(), client_id]

    def set(self, client_id: str, used: int) -> None:
        self._used[self.month(), client_id] = used

    def is_used_up(self, client_id: str) -> bool:
        return self.used(client_id) >= INCLUDED

    def month(self) -> str:
        return self._clock().strftime("%Y-%m")


def reads_of(call: Call) -> int:
    """How often a call takes data out: never, once, or once for each query of a batch."""
    if call.words[0] == "batch":
        return call.body.count(b'"Query"') + call.body.count(b"<Query>")
    return int(call.method == "GET" or call.words[0] == "query")
