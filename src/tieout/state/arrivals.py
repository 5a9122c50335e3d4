"""Documents that other systems sent to a connection that listens. They are here from before the answer until they are dealt with.

The same document twice is one, as long as it waits and no other one of its name came meanwhile; what comes again after it was
dealt with is the process' to recognize. A request with an idempotency key gets the same answer whenever it is repeated.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..errors import AlreadyExists
from .database import State
from .times import utc_now, written_time

REMEMBERED = timedelta(days=30)
"""For how long a repeated request is known by its key."""
_AT_ONCE = 500
_STAMP = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document that came."""

    name: str
    """What it is called where it comes from; a digest when it has no id."""
    digest: str
    document: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that is to be dealt with."""

    id: str
    name: str
    document: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What was done with the documents of a request."""

    ids: tuple[str, ...]
    """Of each of them, in their order; of one that was here already, the id that it had."""
    new: int


class Arrivals:
    """What came to one connection. Threads and processes share it."""

    def __init__(self, state: State, connection: str, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._state = state
        self._connection = connection
        self._clock = clock

    def keep(self, type_name: str, documents: Sequence[Arrival], *, key: str = "", digest: str = "") -> Kept:
        """Commit documents, all or none; AlreadyExists for a key that came with another digest before."""
        with self._state.transaction():
            if key:
                before = self._state.rows("delivery", connection=self._connection, key=key)
                if before and before[0][0] != digest:
                    raise AlreadyExists(
                        f"The idempotency key {key!r} came before, with another body.",
                        advice="Give each request a key of its own, and the same only when the same is sent again.",
                    )
                if before:
                    return Kept(tuple(json.loads(before[0][1])), 0)
            kept = self._kept(type_name, documents)
            if key:
                self._state.rows(
                    "keep_delivery",
                    connection=self._connection,
                    key=key,
                    digest=digest,
                    ids=json.dumps(kept.ids),
                    at=written_time(self._clock()),
                )
        return kept

    def _kept(self, type_name: str, documents: Sequence[Arrival]) -> Kept:
        named = {"connection": self._connection, "type": type_name}
        begins, ids, new = f"{self._clock().astimezone(UTC):{_STAMP}}-{secrets.token_hex(4)}", [], 0
        for number, each in enumerate(documents, 1):
            last = self._state.rows("last_arrival_of_name", **named, title=each.name)
            if last and last[0][1] == each.digest:
                ids.append(str(last[0][0]))
                continue
            ids.append(f"{begins}-{number:06}")
            new += 1
            self._state.rows(
                "keep_arrival",
                **named,
                id=ids[-1],
                title=each.name,
                digest=each.digest,
                document=each.document,
            )
        return Kept(tuple(ids), new)

    def waiting(self, type_name: str) -> Iterator[Waiting]:
        """The documents of a type that had come by now, in their order."""
        last = self._last(type_name)
        after = ""
        while after < last:
            rows = self._state.rows(
                "arrivals_waiting",
                connection=self._connection,
                type=type_name,
                after=after,
                most=_AT_ONCE,
            )
            if not rows:
                return
            for row in rows:
                if row[0] <= last:
                    yield Waiting(*row)
            after = rows[-1][0]

    def newest(self, type_name: str) -> datetime | None:
        """When the last document came that waits; None when none does."""
        last = self._last(type_name)
        return datetime.strptime(last.partition("-")[0], _STAMP).replace(tzinfo=UTC) if last else None

    def _last(self, type_name: str) -> str:
        return str(self._state.value("last_arrival", connection=self._connection, type=type_name) or "")

    def dealt_with(self, ids: Collection[str]) -> None:
        """Forget documents that a process has done, or keeps itself."""
        with self._state.transaction():
            self._state.many("forget_arrival", [{"connection": self._connection, "id": each} for each in ids])


def forget_deliveries(state: State, now: datetime) -> None:
    """Forget requests of which nobody waits for the answer any more."""
    state.rows("forget_deliveries", before=written_time(now - REMEMBERED))
