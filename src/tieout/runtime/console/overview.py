"""The first page: connections and processes, how each stands, and what a person should know."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...connections.rest import address_of, identity_of
from ...project import DuckDBSettings, FlowSettings, OnlineSettings, WebConnectorSettings
from ...project.companies import blanks_of
from ...state.connector_sessions import ConnectorSessions
from ...state.process_log import HELD
from .pages import Asked, Shown

if TYPE_CHECKING:
    from ...project import ConnectionSettings, Project
    from ...state.agenda import Entry, Pause

LAST_RUNS = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """A word about how something stands, and whether it is well."""

    word: str
    is_well: bool
    since: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class ProcessStanding:
    """A process, from and to, and how it stands for all its companies."""

    name: str
    source: str
    targets: Sequence[str]
    is_flow: bool
    standing: Standing
    begun: str
    due: str
    counts: str
    held: int
    """Documents that were refused or are unknown, and wait for a person."""
    reason: str
    advice: str


def show(asked: Asked) -> Shown:
    """Connections, processes, alerts and the last runs."""
    project, agenda = asked.project, asked.agenda
    reads = project.meter.all(agenda.clock())
    connections = [
        {"name": name, "kind": each.KIND, "standing": standing_of(project, each), "reads": reads.get(name, 0)}
        for name, each in project.connections.items()
    ]
    pauses = agenda.pauses()
    return Shown(
        "overview",
        {
            "connections": connections,
            "processes": [process_standing(asked, name, pauses) for name in project.processes],
            "alerts": agenda.alerts(),
            "runs": project.journal.runs(most=LAST_RUNS),
            "figures": project.run_documents.figures(),
        },
    )


def standing_of(project: Project, settings: ConnectionSettings) -> Standing:
    """What is known of a connection without asking it."""
    if next(blanks_of(settings), ""):
        return Standing("many companies", is_well=True)
    if isinstance(settings, OnlineSettings):
        address = address_of(settings.environment, settings.base_url or None)
        signed_in = bool(project.vault.read(identity_of(address, settings.company)))
        return Standing("signed in" if signed_in else "not signed in", is_well=signed_in)
    if isinstance(settings, WebConnectorSettings):
        user = ConnectorSessions(project.state).user(settings.user)
        if user is None or not user.called:
            return Standing("has not called yet", is_well=False)
        return Standing("called", is_well=not user.complaint, since=user.called, more=user.complaint)
    if isinstance(settings, DuckDBSettings):
        there = project.beside(settings.path).exists()
        return Standing("file is there" if there else "file is made by the first run", is_well=True)
    return Standing("", is_well=True)


def process_standing(asked: Asked, name: str, pauses: Sequence[Pause]) -> ProcessStanding:
    """How a process stands."""
    settings = asked.project.processes[name]
    entries = asked.agenda.entries(name)
    latest = max(entries, key=lambda each: each.begun, default=None)
    counts: Counter[str] = Counter()
    for each in entries:
        counts.update(json.loads(each.counts))
    is_flow = isinstance(settings, FlowSettings)
    return ProcessStanding(
        name=name,
        source=str(settings.source),
        targets=[branch.to for branch in settings.branches]
        if isinstance(settings, FlowSettings)
        else [str(settings.target)],
        is_flow=is_flow,
        standing=_standing(name, entries, pauses),
        begun=latest.begun if latest else "",
        due=min((each.due for each in entries if each.due), default=""),
        counts=", ".join(f"{count:,} {word}" for word, count in counts.items() if count),
        held=len(asked.project.process_log(name).standings(*HELD)) if is_flow else 0,
        reason=latest.reason if latest else "",
        advice=latest.advice if latest else "",
    )


def is_paused(name: str, pauses: Sequence[Pause]) -> bool:
    """Whether nothing of a process begins by itself, for no company."""
    return any(each.process in ("", name) and not each.company for each in pauses)


def _standing(name: str, entries: Sequence[Entry], pauses: Sequence[Pause]) -> Standing:
    if any(each.state == "running" for each in entries):
        return Standing("running", is_well=True)
    if is_paused(name, pauses):
        return Standing("paused", is_well=False)
    if any(each.state == "queued" for each in entries):
        return Standing("queued", is_well=True)
    for outcome in ("failed", "waiting", "incomplete", "succeeded"):
        if any(each.outcome == outcome for each in entries):
            return Standing(outcome, is_well=outcome == "succeeded")
    return Standing("has not run by itself yet", is_well=True)
