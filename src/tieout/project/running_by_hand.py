"""Running a mirror as a person does: others see how far it has come, and can cancel it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..connections.base import News
from ..errors import RunCancelled
from ..processes.sync import SyncReport, Watcher
from ..processes.verify import Agreement
from ..state.journalled_run import CANCEL_LOOKED_AT
from ..state.mirrors_by_hand import MirrorsByHand
from . import Project
from .progress_told import ProgressTold
from .runs import Run, TieOut, run_process, verify_process
from .tie_outs import company_of


def run_by_hand(
    project: Project,
    name: str,
    *,
    everything: bool = False,
    again: Sequence[str] = (),
    watch: Watcher | None = None,
) -> Run:
    """Bring a mirror up to date; RunCancelled when somebody cancels it, once its rows and its cursor are kept."""
    by_hand = _ByHand(project, name, watch)
    done = run_process(
        project,
        name,
        everything=everything,
        again=again,
        watch=by_hand.saw,
        until=by_hand.is_cancelled,
        within=by_hand.under_way(),
    )
    if done.report.more:
        raise RunCancelled
    return done


def verify_by_hand(
    project: Project,
    name: str,
    *,
    catch_up: bool = True,
    watch_run: Watcher | None = None,
    watch: Callable[[Agreement], None] | None = None,
) -> TieOut:
    """Hold both ends of a mirror against each other; the run that comes first is told and cancelled as any other."""
    by_hand = _ByHand(project, name, watch_run)
    return verify_process(
        project,
        name,
        catch_up=catch_up,
        watch_run=by_hand.saw,
        watch=watch,
        until=by_hand.is_cancelled,
        within=by_hand.under_way(),
    )


@dataclass
class _ByHand:
    project: Project
    name: str
    watch: Watcher | None
    _run: str = ""
    _cancelled: bool = False
    _looked: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._runs = MirrorsByHand(self.project.state, environment=self.project.environment)
        self._progress = ProgressTold(lambda so_far: self._runs.tell(self._run, so_far))

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """It is known to others while this lasts."""
        company = self.project.company or company_of(self.project, self.name)
        self._run = self._runs.begin(self.name, company)
        try:
            yield
        finally:
            self._runs.end(self._run)

    def saw(self, news: News, report: SyncReport) -> None:
        if self.watch is not None:
            self.watch(news, report)
        self._progress.of_mirror(news, report)

    def is_cancelled(self) -> bool:
        """Whether somebody cancelled it; it is looked up each second."""
        now = time.monotonic()
        if not self._cancelled and now - self._looked >= CANCEL_LOOKED_AT:
            self._looked = now
            self._cancelled = self._runs.is_cancelled(self._run)
        return self._cancelled
