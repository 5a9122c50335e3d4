"""A worker: an engine with what it needs around it. One is enough; any number share the work through one state.

Of all workers one keeps the agenda: it holds a lock that dies with it, and the next one takes over.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from ..errors import Busy, TieoutError
from ..project import Project
from ..project.companies import Companies
from ..project.following import FollowedProject
from ..state.agenda import Agenda
from ..state.arrivals import forget_deliveries
from ..state.backups import restored_to
from ..state.times import utc_now
from .alerting import Alerting
from .arriving_documents import ArrivingDocuments
from .arriving_files import ArrivingFiles
from .dispatching import Dispatcher
from .engine import Engine
from .performing import PART_SECONDS, Performer
from .tracing import Tracer, tracer_for
from .waiting import of_full_disk

LOG = logging.getLogger("tieout.worker")

AT_ONCE = 16
"""How many runs one worker has under way."""
_PURGED_EVERY = timedelta(hours=1)
_AGAIN = 2.0
"""Seconds until what did not work is tried again."""
_SAID_EVERY = 60.0
"""Seconds until the same is said again."""


class Worker:
    """Runs processes on their schedules until it is stopped."""

    def __init__(
        self,
        project: Project,
        *,
        at_once: int = AT_ONCE,
        look: float = 1.0,
        part_seconds: float = PART_SECONDS,
        clock: Callable[[], datetime] = utc_now,
        engine: Engine | None = None,
        followed: FollowedProject | None = None,
        trace: Tracer | None = None,
    ) -> None:
        self.agenda = Agenda(project.state, clock, environment=project.environment)
        self._project = project
        self._followed = followed or FollowedProject(project)
        self._look = look
        self._stopped = threading.Event()
        self._engine = engine or open_engine(project, at_once=at_once)
        self._companies = Companies(project)
        self._dispatcher = Dispatcher(self._companies, self.agenda, self._engine)
        self._alerting = Alerting(project, self.agenda)
        self._arriving = (ArrivingFiles(project, self.agenda), ArrivingDocuments(project, self.agenda))
        self._perform = Performer(
            self._companies,
            self.agenda,
            part_seconds,
            self._stopped.is_set,
            trace or tracer_for(project.environ),
        )
        self._said: dict[str, float] = {}
        self._purged = datetime.min.replace(tzinfo=clock().tzinfo)
        self._threads = [
            threading.Thread(target=self._keep_agenda, name="agenda", daemon=True),
            threading.Thread(target=self._look_after_others, name="take over", daemon=True),
            threading.Thread(target=self._follow_file, name="project file", daemon=True),
        ]

    def start(self) -> None:
        """Begin; this returns at once."""
        since = restored_to(self._project.state)
        if since is not None:
            LOG.warning(
                "An older backup was restored: what may have been written since %s UTC is looked up before it is added, until "
                "`tieout state restored --complete`.",
                f"{since:%Y-%m-%d %H:%M}",
            )
        self._engine.run(self._perform)
        for each in self._threads:
            each.start()

    def ask_to_stop(self) -> None:
        """Let `wait` return, and mirrors stop at their next cursor."""
        self._stopped.set()

    def stop(self) -> None:
        """Begin nothing more; mirrors stop at their next cursor, and go on when somebody works again."""
        self.ask_to_stop()
        for each in self._threads:
            if each.is_alive():
                each.join(timeout=10)
        self._engine.stop()

    def wait(self) -> None:
        """Until it is asked to stop."""
        while not self._stopped.wait(1.0):  # in pieces, or Windows hears no Ctrl+C
            pass

    def _keep_agenda(self) -> None:
        another = False
        while not self._stopped.is_set():
            try:
                with self._project.state.exclusive(f"the agenda{_of(self._project)}"):
                    if another:
                        LOG.info("The other tieout has ended: this one keeps the schedules now.")
                        another = False
                    while not self._stopped.wait(self._look):
                        for each in self._arriving:
                            each.step()
                        self._dispatcher.step()
                        self._alerting.step()
            except Busy as error:
                if not another:
                    LOG.info(
                        "Another tieout keeps the schedules, and shares the work with this one: %s", error
                    )
                    another = True
                self._stopped.wait(_AGAIN)
            except Exception as error:
                self._say("The agenda cannot be kept", error)
                self._stopped.wait(_AGAIN)

    def _follow_file(self) -> None:
        """What begins from now on begins as the project file says now; what is under way ends as it began."""
        while not self._stopped.wait(self._look):
            self._followed.look()
            project = self._followed.now
            if project is not self._companies.project:
                self._alerting.project = project
                for each in self._arriving:
                    each.project = project
                self._companies.use(project)

    def _look_after_others(self) -> None:
        while not self._stopped.wait(self._look):
            try:
                taken = self._engine.take_over()
                if taken:
                    LOG.warning("Took over what a dead worker had under way: %d runs.", taken)
                if self.agenda.clock() - self._purged >= _PURGED_EVERY:
                    self._engine.purge()
                    self.agenda.forget_events()
                    forget_deliveries(self._project.state, self.agenda.clock())
                    self._purged = self.agenda.clock()
            except Exception as error:
                self._say("Other workers cannot be looked after", error)
                self._stopped.wait(_AGAIN)

    def _say(self, what: str, error: Exception) -> None:
        """The same once a minute: it is tried again much more often."""
        told = error if isinstance(error, TieoutError) else of_full_disk(error)
        if told is None:
            LOG.exception("%s.", what)
            return
        line, now = f"{what}: {told} {told.advice}", time.monotonic()
        self._said = {each: at for each, at in self._said.items() if now - at < _SAID_EVERY}
        if line not in self._said:
            self._said[line] = now
            LOG.warning("%s", line)


@contextmanager
def working(project: Project, **settings: Any) -> Iterator[Worker]:
    """A worker, for as long as the block lasts."""
    worker = Worker(project, **settings)
    try:
        worker.start()
        yield worker
    finally:
        worker.stop()


def open_engine(project: Project, *, at_once: int = AT_ONCE) -> Engine:
    """The engine of a project, beside its state."""
    from .durable_engine import DurableEngine
    from .engine_file import sqlite_url

    url = project.whole.state or sqlite_url(project.folder / f"engine{_of(project)}.db")
    return DurableEngine(url, project.state.exclusive, schema=f"tieout_engine{_of(project)}", at_once=at_once)


def _of(project: Project) -> str:
    """What keeps the environments of a project apart."""
    return f"_{project.environment}" if project.environment else ""
