"""Mirrors that a person runs by hand, as long as they are under way: told to those who look, and cancelled by them."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from typing import Any

from .database import State
from .journal_records import is_at_work
from .run_progress import RunProgress
from .times import utc_now, written_time


@dataclass(frozen=True, slots=True)
class MirrorByHand:
    """A run of a mirror that is under way."""

    process: str
    company: str
    run: str
    host: str
    pid: int
    begun: str
    cancelled: int
    progress: str

    @property
    def word(self) -> str:
        """How it stands, in the words of the agenda."""
        return "cancelling" if self.cancelled else "running"

    @property
    def so_far(self) -> RunProgress | None:
        """How far it has come; None before it told."""
        return RunProgress.read(self.progress)


class MirrorsByHand:
    """Those of an environment of a project."""

    def __init__(self, state: State, *, environment: str = "") -> None:
        self._state = state
        self._environment = environment

    def begin(self, process: str, company: str) -> str:
        """A run begins, by whoever holds the lock of the process; its id."""
        run = secrets.token_hex(8)
        self._rows(
            "begin_mirror_by_hand",
            process=process,
            company=company,
            run=run,
            host=socket.gethostname(),
            pid=os.getpid(),
            begun=written_time(utc_now()),
        )
        return run

    def tell(self, run: str, progress: RunProgress) -> None:
        """Commit how far a run has come."""
        with self._state.transaction(at_once=False):
            self._rows("tell_mirror_by_hand", run=run, progress=progress.written())

    def is_cancelled(self, run: str) -> bool:
        """Whether somebody wants a run to stop."""
        return any(cancelled for (cancelled,) in self._rows("mirror_by_hand_is_cancelled", run=run))

    def end(self, run: str) -> None:
        """A run is over, however it ended."""
        self._rows("end_mirror_by_hand", run=run)

    def under_way(self, process: str = "") -> list[MirrorByHand]:
        """All runs, or those of one mirror; what was killed is not among them."""
        found = [MirrorByHand(*row) for row in self._rows("mirrors_by_hand", process=process)]
        return [each for each in found if is_at_work(each.host, each.pid)]

    def cancel(self, process: str, company: str = "") -> list[tuple[str, str]]:
        """Let runs stop at their next cursor; which process of which company."""
        return [
            (each.process, each.company)
            for each in self.under_way(process)
            if company in ("", each.company) and self._rows("cancel_mirror_by_hand", run=each.run)
        ]

    def _rows(self, name: str, **values: Any) -> list[tuple[Any, ...]]:
        return self._state.rows(name, environment=self._environment, **values)
