"""`requestid`: a repeated request gets the answer of the first one, and nothing is done twice.

How long QuickBooks remembers is not published; the sandbox remembers the last 10,000 of each company. It goes by the id
alone: a different request with a known id gets the known answer too, as documented for the original response.
"""

from __future__ import annotations

from collections import OrderedDict

from .calls import Answer

REMEMBERED = 10_000
LONGEST = 50
LONGEST_ON_BATCH = 36
LONGEST_BID = 10
"""Of a batch item, when the batch has a `requestid`."""


class InFlight(Exception):
    """The first request with this id has no answer yet."""


class Replay:
    """The answers of one company's requests by `requestid`."""

    def __init__(self) -> None:
        self.remembers = True
        """Whether answers are kept; without it each request is carried out, as if the memory were always too short."""
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._in_flight: set[str] = set()

    def begin(self, request_id: str) -> Answer | None:
        """The first answer, or None for an id that is new: then `finish` must follow."""
        if request_id in self._in_flight:
            raise InFlight
        if request_id not in self._answers:
            self._in_flight.add(request_id)
        return self._answers.get(request_id)

    def finish(self, request_id: str, answer: Answer | None) -> None:
        """The request is over; None when it was never carried out, so that it may come again."""
        self._in_flight.discard(request_id)
        if answer is not None and self.remembers:
            self._answers[request_id] = answer
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
