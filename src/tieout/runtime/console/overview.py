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
    from ...state.journal_records import RunRecord

LAST_RUNS = 5
LOOKED_AT = 200
"""Runs among which the last one of each process is looked for."""


_WELL = {"finished": True, "running": None}


@dataclass(frozen=True, slots=True)
class Standing:
    """A word about how something stands, and whether that is well; None when it is neither well nor ill."""

    word: str
    is_well: bool | None
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
    runs = project.journal.runs(most=LOOKED_AT)
    return Shown(
        "overview",
        {
            "connections": connections,
            "processes": [process_standing(asked, name, pauses, runs) for name in project.processes],
            "alerts": agenda.alerts(),
            "runs": runs[:LAST_RUNS],
            "figures": project.run_documents.figures(),
        },
    )


def standing_of(project: Project, settings: ConnectionSettings) -> Standing:
    """What is known of a connection without asking it."""
    if next(blanks_of(settings), ""):
        return Standing("many companies", is_well=None)
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
        return Standing("file is there" if there else "made by the first run", is_well=there or None)
    return Standing("", is_well=None)


def process_standing(
    asked: Asked, name: str, pauses: Sequence[Pause], runs: Sequence[RunRecord]
) -> ProcessStanding:
    """How a process stands; of one that was only run by hand, the last of these runs tells."""
    settings = asked.project.processes[name]
    entries = asked.agenda.entries(name)
    latest = max(entries, key=lambda each: each.begun, default=None)
    counts: Counter[str] = Counter()
    for each in entries:
        counts.update(json.loads(each.counts))
    by_hand = next((each for each in runs if each.name == name), None)
    is_flow = isinstance(settings, FlowSettings)
    return ProcessStanding(
        name=name,
        source=str(settings.source),
        targets=[branch.to for branch in settings.branches]
        if isinstance(settings, FlowSettings)
        else [str(settings.target)],
        is_flow=is_flow,
        standing=_standing(name, entries, pauses, by_hand),
        begun=max(latest.begun if latest else "", by_hand.started if by_hand else ""),
        due=min((each.due for each in entries if each.due), default=""),
        counts=", ".join(f"{count:,} {word}" for word, count in counts.items() if count),
        held=len(asked.project.process_log(name).standings(*HELD)) if is_flow else 0,
        reason=latest.reason if latest else "",
        advice=latest.advice if latest else "",
    )


def is_paused(name: str, pauses: Sequence[Pause]) -> bool:
    """Whether nothing of a process begins by itself, for no company."""
    return any(each.process in ("", name) and not each.company for each in pauses)


def _standing(
    name: str, entries: Sequence[Entry], pauses: Sequence[Pause], by_hand: RunRecord | None
) -> Standing:
    if any(each.state == "running" for each in entries):
        return Standing("running", is_well=None)
    if is_paused(name, pauses):
        return Standing("paused", is_well=None)
    if any(each.state == "queued" for each in entries):
        return Standing("queued", is_well=None)
    for outcome in ("failed", "waiting", "incomplete", "succeeded"):
        if any(each.outcome == outcome for each in entries):
            return Standing(outcome, is_well=outcome == "succeeded")
    if by_hand is None:
        return Standing("new", is_well=None)
    return Standing(by_hand.standing, is_well=_WELL.get(by_hand.standing, False))
