"""Telling how far a run has come while it is under way, seldom enough that it costs nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ..connections.base import News
from ..errors import TieoutError
from ..processes.sync import SyncReport
from ..state.run_progress import RunProgress, added

LOG = logging.getLogger("tieout.runs")

TOLD_EVERY = 2.0
"""Seconds between two tellings. What takes less tells nothing but its end."""


@dataclass
class ProgressTold:
    """What a run did so far; `commit` keeps it for those who look."""

    commit: Callable[[RunProgress], None]
    ended: Mapping[str, int] = field(default_factory=dict)
    """The counts of its parts that have ended."""
    clock: Callable[[], float] = time.monotonic
    _report: SyncReport | None = field(default=None, init=False)
    _documents: Mapping[str, int] = field(default_factory=dict, init=False)
    _told_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._told_at = self.clock()

    @property
    def so_far(self) -> RunProgress:
        """What it did, over all its parts."""
        report = self._report
        if report is None:
            documents = {name: count for name, count in self._documents.items() if count}
            return RunProgress(documents or self.ended, ended=self.ended)
        counts = added(self.ended, counts_of(report))
        expected = counts["read"] + report.to_come if report.expected else 0
        return RunProgress(counts, expected, report.type, self.ended)

    @property
    def counts(self) -> Mapping[str, int]:
        return self.so_far.counts

    def of_mirror(self, _news: News, report: SyncReport) -> None:
        """A watcher of a mirror's run."""
        self._report = report
        self._tell_if_due()

    def of_documents(self, counts: Mapping[str, int]) -> None:
        """A batch of documents was dealt with; `counts` goes on to be what the run came to."""
        self._documents = counts
        self._tell_if_due()

    def part_ended(self) -> None:
        """There is more: the next part counts from here, whichever worker does it."""
        so_far = self.so_far
        self._tell(replace(so_far, ended=so_far.counts))

    def _tell_if_due(self) -> None:
        if self.clock() - self._told_at >= TOLD_EVERY:
            self._tell(self.so_far)

    def _tell(self, so_far: RunProgress) -> None:
        self._told_at = self.clock()
        try:
            self.commit(so_far)
        except TieoutError as error:  # no run is stopped because nobody can be told of it
            LOG.info("How far a run has come cannot be told: %s", error)


def counts_of(report: SyncReport) -> dict[str, int]:
    """What a run of a mirror came to."""
    return {"read": report.read.total(), "gone": report.gone.total(), "requests": report.requests}
