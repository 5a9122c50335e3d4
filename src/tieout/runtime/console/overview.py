"""The first page: connections and processes, how each stands, and what a person should know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...connections.rest import address_of, identity_of
from ...project import DuckDBSettings, FlowSettings, OnlineSettings, WebConnectorSettings
from ...project.companies import blanks_of
from ...state.connector_sessions import ConnectorSessions
from ...state.mirrors_by_hand import MirrorByHand, MirrorsByHand
from ...state.run_documents import held_by_process
from ...state.run_progress import RunProgress, together
from .pages import Asked, Shown

if TYPE_CHECKING:
    from ...project import ConnectionSettings, Project
    from ...state.agenda import Agenda, Alert, Pause
    from ...state.journal_records import RunRecord

LAST_RUNS = 5
UNDER_WAY = {"running", "cancelling"}
MOST_ALERTS = 10
MOST_NAMED = 3
"""Companies that an alert names."""
LOOKED_AT = 200
"""Runs among which the last one of each process is looked for."""


_WORDS = (
    ("cancelling", None),
    ("queued", None),
    ("failed", False),
    ("waiting", False),
    ("incomplete", False),
    ("succeeded", True),
)
"""What a process of many companies is said to be, the first that one of them is."""
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
    """Of the last run that ended, or how many companies stand how."""
    so_far: RunProgress | None
    """Of all that is under way."""
    held: int
    """Documents that were refused or are unknown, and wait for a person."""
    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class AlertOfCompanies:
    """Something that a person should know, and of which companies it is so."""

    process: str
    kind: str
    message: str
    advice: str
    since: str
    companies: list[str]
    """At least one; its name is empty where the process has none."""


def show(asked: Asked) -> Shown:
    """Connections, processes, alerts and the last runs."""
    project, agenda = asked.project, asked.agenda
    reads = project.meter.all(agenda.clock())
    connections = [
        {"name": name, "kind": each.KIND, "standing": standing_of(project, each), "reads": reads.get(name, 0)}
        for name, each in project.connections.items()
    ]
    pauses, alerts = agenda.pauses(), grouped(agenda.alerts())
    runs, held = project.journal.runs(most=LOOKED_AT), held_in(project)
    return Shown(
        "overview",
        {
            "connections": connections,
            "processes": [process_standing(asked, name, pauses, runs, held) for name in project.processes],
            "alerts": alerts[:MOST_ALERTS],
            "more_alerts": len(alerts) - MOST_ALERTS,
            "most_named": MOST_NAMED,
            "runs": runs[:LAST_RUNS],
            "figures": project.run_documents.figures_of_last(LAST_RUNS),
        },
    )


def grouped(alerts: Sequence[Alert]) -> list[AlertOfCompanies]:
    """Those that say the same together, in the order of the first of each."""
    found: dict[tuple[str, str, str, str], AlertOfCompanies] = {}
    for each in alerts:
        said = (each.process, each.kind, each.message, each.advice)
        found.setdefault(said, AlertOfCompanies(*said, each.since, [])).companies.append(each.company)
    return list(found.values())


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


def held_in(project: Project) -> Mapping[str, int]:
    """How many documents wait for a person in each process, of all its companies."""
    return held_by_process(project.run_documents.held(project.environment))


def process_standing(
    asked: Asked,
    name: str,
    pauses: Sequence[Pause],
    runs: Sequence[RunRecord],
    held: Mapping[str, int],
) -> ProcessStanding:
    """How a process stands, for one company or thousands; of one that was only run by hand, the last of these runs tells."""
    settings = asked.project.processes[name]
    figures = [each for each in asked.agenda.figures() if each.process == name]
    begun, due = asked.agenda.times().get(name, ("", ""))
    # Of one company its last run is told, of many how many stand how.
    many = sum(each.count for each in figures) > 1
    only = next(iter(asked.agenda.entries(name)), None) if figures and not many else None
    counts = {} if only else {each.word: 0 for each in figures}
    if only and only.state != "running":
        counts = json.loads(only.counts)
    if many:
        for each in figures:
            counts[each.word] += each.count
    by_hand = next((each for each in runs if each.name == name), None)
    is_flow = isinstance(settings, FlowSettings)
    words = {each.word for each in figures}
    mirrors_by_hand = mirrors_run_by_hand(asked.project, name)
    if mirrors_by_hand:
        words.add("running")
    return ProcessStanding(
        name=name,
        source=str(settings.source),
        targets=[branch.to for branch in settings.branches]
        if isinstance(settings, FlowSettings)
        else [str(settings.target)],
        is_flow=is_flow,
        standing=_standing(name, words, pauses, by_hand),
        begun=max(begun, by_hand.started if by_hand else "", *(each.begun for each in mirrors_by_hand)),
        due=due,
        counts=", ".join(f"{count:,} {word}" for word, count in counts.items() if count),
        so_far=_so_far(asked.agenda, name, mirrors_by_hand) if words & UNDER_WAY else None,
        held=held.get(name, 0),
        reason=only.reason if only else "",
        advice=only.advice if only else "",
    )


def mirrors_run_by_hand(project: Project, name: str = "") -> list[MirrorByHand]:
    """The runs of mirrors that persons have under way, of all or of one."""
    return MirrorsByHand(project.state, environment=project.environment).under_way(name)


def _so_far(agenda: Agenda, name: str, by_hand: Sequence[MirrorByHand]) -> RunProgress | None:
    """How far the runs of a process that are under way have come, all together."""
    told = [each.so_far for each in agenda.under_way() if each.process == name]
    told += [each.so_far for each in by_hand]
    return together([each for each in told if each is not None])


def is_paused(name: str, pauses: Sequence[Pause]) -> bool:
    """Whether nothing of a process begins by itself, for no company."""
    return any(each.process in ("", name) and not each.company for each in pauses)


def _standing(name: str, words: Set[str], pauses: Sequence[Pause], by_hand: RunRecord | None) -> Standing:
    if "running" in words:
        return Standing("running", is_well=None)
    if is_paused(name, pauses):
        return Standing("paused", is_well=None)
    for word, is_well in _WORDS:
        if word in words:
            return Standing(word, is_well)
    if by_hand is None:
        return Standing("new", is_well=None)
    return Standing(by_hand.standing, is_well=_WELL.get(by_hand.standing, False))
