"""`tieout worker`: do a share of the work; any number of them, where the state is in Postgres."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .messages import note
from .options import LogFile, LogFormat, LogsAs, ProjectFile, open_project, writing_the_log

if TYPE_CHECKING:
    from ..runtime.worker import Worker


def worker(
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, max=200, metavar="N", help="How many runs to have under way.")
    ] = 16,
    logs: LogsAs = LogFormat.TEXT,
    log_file: LogFile = None,
    project: ProjectFile = None,
) -> None:
    """Run processes on their schedules, without a server.

    Workers of one project share its companies; with `state` in Postgres they may be on any number of machines. When one dies, the
    others take over what it had under way.
    """
    from ..runtime.worker import working

    with writing_the_log(logs, log_file), open_project(project) as opened:
        opened.refuse_unset()
        with working(opened, at_once=at_once) as one:
            _stop_at_signals(one)
            note(f"Working on {len(opened.processes)} processes. Stop with Ctrl+C.")
            one.wait()


def _stop_at_signals(one: Worker) -> None:
    """End orderly when a service manager or a person says so."""

    def stop(_signal: int, _frame: Any) -> None:
        one.ask_to_stop()

    for each in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, each):
            signal.signal(getattr(signal, each), stop)
