"""Documents that were sent to a connection that listens: the process that reads them runs as soon as one waits."""

from __future__ import annotations

from dataclasses import dataclass

from ..project import Project
from ..state.agenda import Agenda


@dataclass
class ArrivingDocuments:
    """Looks for documents that wait. `step` is called again and again.

    Nobody has to remember what was asked for: what waits is seen until it is dealt with. A run that failed is not begun again
    before its time, unless something came after it had begun.
    """

    project: Project
    agenda: Agenda

    def step(self) -> None:
        for process, (connection, type_name) in self.project.listening.items():
            came = self.project.arrivals(connection).newest(type_name)
            if came is None:
                continue
            for entry in self.agenda.entries(process):
                stopped = entry.outcome in ("failed", "waiting")
                if entry.state == "idle" and not (stopped and entry.last and entry.last > came):
                    self.agenda.ask(process, entry.company)
