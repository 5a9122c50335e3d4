"""Alerts: each is logged and told once, as soon as it is raised; what has not succeeded for too long becomes one."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..project import FlowSettings, Project
from ..project.alerts import Alert as Told
from ..project.alerts import tell
from ..state.agenda import Agenda, Alert, Entry
from ..state.times import read_time

LOG = logging.getLogger("tieout.alerts")

_TOLD_BY_RUN = ("refused", "failed")
_LOOKED_EVERY = timedelta(minutes=1)


@dataclass
class Alerting:
    """Finds what is stale, and delivers alerts. `step` is called again and again."""

    project: Project
    agenda: Agenda
    _looked: datetime | None = field(default=None, init=False)

    def step(self) -> None:
        now = self.agenda.clock()
        if self._looked is None or abs(now - self._looked) >= _LOOKED_EVERY:
            self._looked = now
            self._find_stale(now)
        self._deliver()

    def _find_stale(self, now: datetime) -> None:
        patience = {
            name: settings.may_be_old
            for name, settings in self.project.processes.items()
            if settings.may_be_old is not None
        }
        for process, may_be_old in patience.items():
            for each in self.agenda.entries(process):
                since = read_time(each.succeeded) or read_time(each.begun)
                if since is not None and now - since > may_be_old:
                    self._say_stale(each, since)

    def _say_stale(self, entry: Entry, since: datetime) -> None:
        self.agenda.alert(
            entry,
            "stale",
            f"{entry.process} of {entry.company} has not succeeded since {since:%Y-%m-%d %H:%M} UTC.",
            entry.advice or "`tieout companies` says how it stands.",
        )

    def _places(self, alert: Alert) -> list[str]:
        """Whom to tell: the project's, and the process' own unless it told them already."""
        settings = self.project.processes.get(alert.process)
        own = settings.alert if isinstance(settings, FlowSettings) and alert.kind not in _TOLD_BY_RUN else ()
        return list(dict.fromkeys((*self.project.whole.alert, *own)))

    def _deliver(self) -> None:
        for alert in self.agenda.alerts():
            if alert.told:
                continue
            LOG.warning(
                "%s of %s: %s: %s %s",
                alert.process,
                alert.company,
                alert.kind,
                alert.message,
                alert.advice,
                extra={"fields": {"process": alert.process, "company": alert.company, "alert": alert.kind}},
            )
            for text in tell(self.project, self._places(alert), _in_words(alert)):
                LOG.warning("%s", text)
            self.agenda.told(alert)


def _in_words(alert: Alert) -> Told:
    subject = f"tieout: {alert.process} of {alert.company}: {alert.kind}"
    return Told(alert.process, alert.kind, subject, f"{alert.message}\n→ {alert.advice}")
