"""Pages that go on telling how things stand: each is made once for all who look, by one of the server's threads at a time.

Whoever looks holds a connection and no thread. What it gets are server-sent events: the part of the page that changes.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from anyio import to_thread

from ...errors import TieoutError

LOG = logging.getLogger("tieout.console")

EVERY = 1.0
"""Seconds between two looks at the state."""
MOST_LOOKERS = 500
_SHARE = 4
"""How many times as long as it took to make the pages nothing is made."""
_QUIET = 20.0
"""Seconds after which a page is sent that stayed the same, for it tells how long ago things were."""
_TIMES = re.compile(r"(<time[^>]*>)[^<]*")


@dataclass(slots=True)
class _Looked:
    """A page that somebody looks at."""

    make: Callable[[], str]
    lookers: int = 0
    version: int = 0
    event: str = ""
    compared: str = ""
    """What it said last, without how long ago."""
    made: float = 0.0


class LivePages:
    """All pages that are looked at now; they belong to the server's event loop."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._looked: dict[str, _Looked] = {}
        self._keeper: asyncio.Task[None] | None = None

    @property
    def lookers(self) -> int:
        return sum(each.lookers for each in self._looked.values())

    async def events(
        self, address: str, make: Callable[[], str], goes_on: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[str]:
        """Server-sent events with what `make` gives, now and whenever that changed, for as long as it `goes_on`."""
        page = self._looked.setdefault(address, _Looked(make))
        page.lookers += 1
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep())
        sent = 0
        try:
            while await goes_on():
                if sent != page.version:
                    sent = page.version
                    yield page.event
                await asyncio.sleep(self._every / 2)
        finally:
            page.lookers -= 1
            if not page.lookers:
                del self._looked[address]

    async def _keep(self) -> None:
        """Make the pages again and again, and rest in between, until nobody looks."""
        while self._looked:
            begun = time.monotonic()
            for page in list(self._looked.values()):
                _take(page, await to_thread.run_sync(_event, page.make))
            await asyncio.sleep(max(self._every, _SHARE * (time.monotonic() - begun)))


def _event(make: Callable[[], str]) -> str:
    try:
        return _written("message", make())
    except TieoutError as error:
        return _written("trouble", f"This page is not up to date. {error} {error.advice}")
    except Exception:
        LOG.exception("A page cannot be made.")
        return _written(
            "trouble", "This page is not up to date: a fault of tieout itself, which its log tells."
        )


def _take(page: _Looked, event: str) -> None:
    compared, now = _TIMES.sub(r"\1", event), time.monotonic()
    if compared != page.compared or now - page.made >= _QUIET:
        page.event, page.compared, page.made = event, compared, now
        page.version += 1


def _written(name: str, text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return f"event: {name}\n" + "".join(f"data: {line}\n" for line in lines) + "\n"
