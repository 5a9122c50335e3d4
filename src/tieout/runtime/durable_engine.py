"""The engine behind which DBOS does the work: in a file of SQLite, or in Postgres for many workers. DBOS is imported here only.

DBOS 3 leaves one thing to us: a worker's unfinished tasks are taken up again only by a worker of the same name. Here each
worker holds a lock that dies with it, and whoever can take the lock of another puts its tasks back.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID

from ..errors import Busy, Unreachable
from .engine import Part, Progress, Task, Work
from .engine_file import file_of, is_damaged, put_aside_damaged, sqlite_engine
from .logs import Seldom

LOG = logging.getLogger("tieout.worker")

PROTOCOL = "1"
"""The number of what tasks say and steps give. Workers take up tasks of their own number only: it rises when old tasks
cannot be read any more, and not with each release."""

_QUEUE = "companies"
_POLL = 1.0
"""Seconds between looks at the queue while nothing is waiting."""
_HURRIED_POLL = 0.2
"""The same while something is; a worker that has all it can do asks no more."""
_HURRY_SAID_EVERY = 5.0
"""Seconds between reminders: a worker that joins sets the pace that it knows."""
_UNUSED_LOOKED_AT = 5.0
"""Seconds between looks at streams, events and messages, which we do not use: DBOS looks a hundred times a second by itself."""
_LOCK_LOOKED_AT = 5.0
"""Seconds between looks at our own lock."""
_LOST_AFTER = 10.0
"""Seconds after which a task that is ours, and that no thread is at, is put back."""
_KEPT = timedelta(days=2)
"""How long the progress of what has ended is remembered."""
_PURGED_AT_ONCE = 1000

_PROGRESS: dict[str, Progress] = {
    "ENQUEUED": "queued",
    "DELAYED": "queued",
    "PENDING": "under way",
    "SUCCESS": "done",
    "CANCELLED": "cancelled",
}

Lock = Callable[[str], AbstractContextManager[None]]
"""Takes a lock by name, that dies with its holder; raises Busy when another has it."""

_working: list[DurableEngine] = []
"""The engine of this process; DBOS knows no more than one."""


@contextmanager
def _reaching() -> Iterator[None]:
    """Around what DBOS does with the database: its complaints as ours."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise Unreachable(
            f"The database of what is under way cannot be used: {str(error.orig).strip()}.",
            advice="Make sure that it is there, that its disk has room and that you may write to it; it goes on by itself then.",
        ) from error


class DurableEngine:
    """Tasks in a database."""

    def __init__(
        self, url: str, lock: Lock, *, schema: str = "tieout_engine", at_once: int = 16, poll: float = _POLL
    ) -> None:
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{token_hex(3)}"
        self._lock = lock
        self._schema = schema
        self._at_once = at_once
        self._poll = poll
        self._work: Work | None = None
        self._alive = ExitStack()
        self._held_at = time.monotonic()
        self._hurrying: tuple[bool, float] = False, time.monotonic()
        self._url = url
        self.attended: set[str] = set()
        """The workflows that a thread of ours is at."""
        self._unattended: dict[str, float] = {}

    @_reaching()
    def run(self, work: Work) -> None:
        self._work = work
        self._alive.enter_context(self._lock(_name_of(self.worker)))
        _quieten()
        _working.append(self)
        config: DBOSConfig = {
            "name": "tieout",
            "application_version": PROTOCOL,
            "executor_id": self.worker,
            "dbos_system_schema": self._schema,
            "system_database_url": _driver_url(self._url),
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "enable_otlp": False,
            "notification_coalesce_sec": _UNUSED_LOOKED_AT,
            "notification_listener_polling_interval_sec": _UNUSED_LOOKED_AT,
        }
        if self._url.startswith("sqlite"):
            if is_damaged(file_of(self._url)):
                with self._lock("the engine's file"):
                    put_aside_damaged(file_of(self._url))
            config["system_database_engine"] = sqlite_engine(self._url)
        DBOS(config=config)
        DBOS.launch()
        DBOS.register_queue(
            _QUEUE,
            partition_concurrency=1,
            worker_concurrency=self._at_once,
            polling_interval_sec=self._poll,
            on_conflict="always_update",
        )

    @_reaching()
    def enqueue(self, task: Task) -> None:
        with SetWorkflowID(_id_of(task)), SetEnqueueOptions(queue_partition_key=task.lane):
            DBOS.enqueue_workflow(_QUEUE, _do, asdict(task))

    @_reaching()
    def hurry(self, on: bool) -> None:
        now = time.monotonic()
        said, said_at = self._hurrying
        if on == said and now - said_at < _HURRY_SAID_EVERY:
            return
        queue = DBOS.retrieve_queue(_QUEUE)
        if queue is not None:
            queue.set_polling_interval_sec(min(_HURRIED_POLL, self._poll) if on else self._poll)
        self._hurrying = on, now

    @_reaching()
    def status(self, task: str) -> Progress:
        # The parts of a run follow each other: the last one tells.
        found = DBOS.list_workflows(
            workflow_id_prefix=f"{task}+", sort_desc=True, limit=1, load_input=False, load_output=False
        )
        return _PROGRESS.get(found[0].status, "failed") if found else "unknown"

    @_reaching()
    def unfinished(self) -> set[str]:
        active = DBOS.list_workflows(
            status=["ENQUEUED", "DELAYED", "PENDING"], queue_name=_QUEUE, load_input=False, load_output=False
        )
        return {each.workflow_id.rpartition("+")[0] for each in active}

    @_reaching()
    def cancel(self, task: str) -> None:
        waiting = DBOS.list_workflows(
            workflow_id_prefix=f"{task}+", status=["ENQUEUED", "DELAYED"], load_input=False, load_output=False
        )
        for each in waiting:
            DBOS.cancel_workflow(each.workflow_id)

    @_reaching()
    def take_over(self) -> int:
        self._hold_on()
        under_way = DBOS.list_workflows(
            status="PENDING", queue_name=_QUEUE, load_input=False, load_output=False
        )
        dead = {
            each.executor_id for each in under_way if each.executor_id and self._is_dead(each.executor_id)
        }
        lost = self._lost({each.workflow_id for each in under_way if each.executor_id == self.worker})
        taken = [each for each in under_way if each.executor_id in dead or each.workflow_id in lost]
        for each in taken:
            DBOS.resume_workflow(each.workflow_id, queue_name=_QUEUE)
        return len(taken)

    @_reaching()
    def purge(self) -> int:
        ended = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            end_time=(datetime.now(UTC) - _KEPT).isoformat(),
            limit=_PURGED_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        if ended:
            DBOS.delete_workflows([each.workflow_id for each in ended])
        return len(ended)

    def stop(self) -> None:
        if self in _working:
            DBOS.destroy(workflow_completion_timeout_sec=5)
            _working.remove(self)
        self._alive.close()

    def do(self, task: Task) -> Part:
        """Do a task, here and now."""
        assert self._work is not None, "the engine runs"
        return self._work(task)

    def _hold_on(self) -> None:
        """Take our own lock again when it was lost: a database that starts anew forgets who holds what."""
        now = time.monotonic()
        if now - self._held_at < _LOCK_LOOKED_AT:
            return
        self._held_at = now
        try:
            with self._lock(_name_of(self.worker)):
                LOG.warning("The lock of this worker was lost, and is taken again.")
        except Busy:
            return
        self._alive.enter_context(self._lock(_name_of(self.worker)))

    def _lost(self, ours: set[str]) -> set[str]:
        """Of the tasks that we hold, those that no thread is at: their end could not be written, on a full disk, say."""
        now = time.monotonic()
        self._unattended = {each: self._unattended.get(each, now) for each in ours - self.attended}
        return {each for each, since in self._unattended.items() if now - since >= _LOST_AFTER}

    def _is_dead(self, worker: str) -> bool:
        if worker == self.worker:
            return False
        try:
            with self._lock(_name_of(worker)):
                return True
        except Busy:
            return False


@DBOS.workflow(name="run", max_recovery_attempts=20)
def _do(told: dict[str, Any]) -> dict[str, int]:
    """A part of a run as one step; what more there is goes to the end of the lane."""
    engine, task = _working[-1], Task(**told)
    engine.attended.add(_id_of(task))
    try:
        done = DBOS.run_step({"name": "part"}, _step, told)
        if done["more"]:
            engine.enqueue(replace(task, part=task.part + 1))
        return dict(done["counts"])
    finally:
        engine.attended.discard(_id_of(task))


def _step(told: dict[str, Any]) -> dict[str, Any]:
    part = _working[-1].do(Task(**told))
    return {"counts": dict(part.counts), "more": part.more}


def _id_of(task: Task) -> str:
    return f"{task.id}+{task.part:06}"


def _name_of(worker: str) -> str:
    return f"worker {worker}"


def _quieten() -> None:
    """DBOS logs and advertises at INFO, and to a place of its own: warnings pass, now and then, and go where ours go."""
    theirs = logging.getLogger("dbos")
    theirs.setLevel(logging.WARNING)
    theirs.handlers, theirs.filters, theirs.propagate = [logging.NullHandler()], [Seldom()], True


def _driver_url(url: str) -> str:
    """The address as SQLAlchemy names it, with the driver that tieout has."""
    parts = urlsplit(url)
    return (
        urlunsplit(parts._replace(scheme="postgresql+psycopg"))
        if parts.scheme.startswith("postgres")
        else url
    )
