"""A part of a run: of a mirror up to a cursor, of documents up to the end of a batch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..errors import RunCancelled, TieoutError
from ..processes.flow import ProcessRun, RunLeft
from ..project import FlowSettings, Project
from ..project.alerts import Watch
from ..project.flows import check_steps_after, opened_process
from ..project.progress_told import ProgressTold, counts_of
from ..project.runs import run_process
from ..state.process_log import HELD
from .waiting import waiting_after

LOG = logging.getLogger("tieout.runs")


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did, or a part of one."""

    counts: Mapping[str, int]
    more: bool = False
    refused: str = ""
    """That something was not done, in words."""
    advice: str = ""
    then: tuple[str, ...] = ()
    """Processes that come after it."""


def mirror_done(project: Project, process: str, progress: ProgressTold, until: Callable[[], bool]) -> Done:
    """Bring a mirror up to date, or a part of it."""
    report = run_process(project, process, watch=progress.of_mirror, until=until).report
    return Done(counts_of(report), more=report.more)


def flow_done(
    project: Project,
    process: str,
    progress: ProgressTold,
    cancelled: Callable[[], bool],
    leaving: Callable[[], bool],
) -> Done:
    """Bring documents over, and tell those whom the process names of refusals."""
    settings = project.process(process)
    assert isinstance(settings, FlowSettings), "a mirror is run otherwise"
    watch = Watch(project, process, settings)
    try:
        check_steps_after(project, process)
        with opened_process(project, process) as opened:
            run = watch.followed(
                ProcessRun(opened, cancelled=cancelled, leaving=leaving, told=progress.of_documents)
            )
    except RunLeft:
        return Done({}, more=True)
    except TieoutError as error:
        if waiting_after(error, 0) is None and not isinstance(error, RunCancelled):
            for text in watch.failed(error):
                LOG.warning("%s", text)
        raise
    for text in run.notices:
        LOG.warning("%s", text)
    troubled = run.counts["refused"] + run.counts["unknown"]
    held = project.process_log(process).standings(*HELD)
    said = advice = ""
    if troubled:
        said = f"{troubled} of {run.counts['in']} documents were refused or are unknown."
        advice = f"`tieout runs {run.run} --refused` says why."
    elif held:
        said = f"{len(held)} documents of earlier runs are held."
        advice = f"`tieout runs {held[0].run} --refused` says why."
    counts = {name: count for name, count in run.counts.items() if count}
    return Done(counts, refused=said, advice=advice, then=settings.then)
