"""What the API tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from ...errors import NotFound, SetupError
from ...processes.documents import plain
from ...project import FlowSettings
from ...project.companies import project_of_company
from ...project.searching import search_documents
from ...project.tie_outs import tie_outs_of
from ...project.unknowns import unknown_changes
from ...state.process_log import HELD
from ...state.run_documents import held_by_process
from ..console.overview import is_paused, mirrors_run_by_hand
from ..console.processes import plan_of
from . import shapes
from .endpoint import Call

if TYPE_CHECKING:
    from ...connections.base import Connection
    from ...state.agenda import Entry, Pause
    from ...state.journal_records import ChangeRecord, RunRecord
    from ...state.process_log import RunDocument
    from ...state.run_progress import RunProgress
    from ...state.tie_outs import KeptTieOut

USUAL, MOST = 100, 1000
"""Rows of an answer where nobody says, and at most."""


def processes(call: Call) -> list[shapes.ProcessState]:
    pauses = call.agenda.pauses()
    held = _held(call)
    return [_process(call, name, pauses, held) for name in call.project.processes]


def process(call: Call) -> shapes.ProcessState:
    return _process(call, call.path["name"], call.agenda.pauses(), _held(call))


def plan(call: Call) -> list[shapes.Step]:
    return [shapes.Step(**row) for row in plan_of(call.project, call.path["name"])]


def companies(call: Call) -> list[shapes.CompanyState]:
    found = call.agenda.entries(call.query.get("process", ""), call.query.get("company", ""))
    return [company_state(each) for each in found]


def alerts(call: Call) -> list[shapes.AlertTold]:
    return [
        shapes.AlertTold(
            since=each.since,
            process=each.process,
            company=each.company,
            kind=each.kind,
            message=each.message,
            advice=each.advice,
        )
        for each in call.agenda.alerts()
    ]


def runs(call: Call) -> list[shapes.Run]:
    found = call.project.journal.runs(most=limit_of(call))
    figures = call.project.run_documents.figures_of_last(limit_of(call))
    wanted = call.query.get("process", "")
    return [_run(each, figures.get(each.id, {})) for each in found if wanted in ("", each.name)]


def run(call: Call) -> shapes.Run:
    found = run_record(call)
    return _run(found, call.project.run_documents.figures(found.id).get(found.id, {}))


def documents_of_run(call: Call) -> list[shapes.Document]:
    found = call.project.run_documents.of(run_record(call).id)
    if call.query.get("only") == "refused":
        found = [each for each in found if each.state in HELD]
    return [_document(each) for each in found]


def changes_of_run(call: Call) -> list[shapes.Change]:
    return [_change(each) for each in call.project.journal.changes(run_record(call).id)]


def messages_of_run(call: Call) -> list[shapes.Message]:
    wanted = call.query.get("request", "")
    return [
        shapes.Message(request, at, way, body.decode("utf-8", "replace"))
        for request, at, way, body in call.project.journal.documents(run_record(call).id)
        if wanted in ("", request)
    ]


def documents(call: Call) -> list[shapes.Document]:
    """By tracked field, or by the record that they became."""
    where, record = call.query.get("where", ""), call.query.get("record", "")
    if not where and not record:
        raise SetupError(
            "Nothing says which documents are meant.",
            advice="Give ?where=order='1001', or ?record=Invoice:145.",
        )
    found = search_documents(call.project, where=where, record=record, most=limit_of(call))
    return [_document(each) for each in found.documents]


def latest_tie_outs(call: Call) -> list[shapes.TieOut]:
    return [_tie_out(each) for each in tie_outs_of(call.project).latest(limit_of(call))]


def tie_outs_of_mirror(call: Call) -> list[shapes.TieOut]:
    name = call.path["process"]
    call.project.mirror(name)
    return [_tie_out(each) for each in tie_outs_of(call.project).of(name, call.query.get("company", ""))]


def unknown(call: Call) -> list[shapes.Unknown]:
    with opened_for_company(call) as connection:
        found = unknown_changes(call.project, connection, limit_of(call))
    return [
        shapes.Unknown(_change(each.change), each.ours, [plain(one) for one in each.candidates])
        for each in found
    ]


def opened_for_company(call: Call) -> Connection:
    """The connection of the address, as the company of a set sees it where one is named."""
    name = call.path["connection"]
    return project_of_company(call.project, name, call.query.get("company", "")).connection(name)


def connections(call: Call) -> list[shapes.Connection]:
    reads = call.project.meter.all(call.agenda.clock())
    return [
        shapes.Connection(name, each.KIND, reads.get(name, 0))
        for name, each in call.project.connections.items()
    ]


def types(call: Call) -> list[str]:
    with call.project.books(call.path["connection"]) as books:
        return list(books.types())


def records(call: Call) -> shapes.Records:
    limit = limit_of(call)
    fields = [part for part in map(str.strip, call.query.get("fields", "").split(",")) if part]
    with call.project.books(call.path["connection"]) as books:
        found = books.query(
            call.path["type"], where=call.query.get("where") or None, fields=fields, limit=limit + 1
        )
        rows = list(islice(found, limit + 1))
    return shapes.Records([plain(each) for each in rows[:limit]], has_more=len(rows) > limit)


def record(call: Call) -> Mapping[str, Any]:
    with call.project.books(call.path["connection"]) as books:
        found: Mapping[str, Any] = plain(books.get(call.path["type"], call.path["id"]))
    return found


def users(call: Call) -> list[shapes.UserTold]:
    return [shapes.UserTold(each.name, each.role, each.made) for each in call.access.users()]


def keys(call: Call) -> list[shapes.KeyTold]:
    return [shapes.KeyTold(each.name, each.role, each.made, each.used) for each in call.access.all_keys()]


def sessions(call: Call) -> list[shapes.SessionTold]:
    return [
        shapes.SessionTold(each.digest, each.name, each.role, each.begun, each.seen, each.browser)
        for each in call.access.sessions()
    ]


def limit_of(call: Call) -> int:
    """The most rows that are wanted."""
    text = call.query.get("limit", "")
    if not text:
        return USUAL
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise SetupError(f"{text!r} is no limit.", advice=f"Write a number from 1 to {MOST}.")
    return int(text)


def run_record(call: Call) -> RunRecord:
    """The run that the address names; NotFound when there is none."""
    found = call.project.journal.runs(call.path["run"])
    if not found:
        raise NotFound(f"There is no run {call.path['run']!r}.", advice="GET /api/runs lists them.")
    return found[0]


def company_state(entry: Entry) -> shapes.CompanyState:
    names = (each for each in shapes.CompanyState.__slots__ if each not in ("counts", "so_far"))
    return shapes.CompanyState(
        **{name: getattr(entry, name) for name in names},
        counts=json.loads(entry.counts),
        so_far=_so_far(entry.so_far),
    )


def _so_far(told: RunProgress | None) -> shapes.SoFar | None:
    return shapes.SoFar(told.counts, told.expected, told.type) if told else None


def _held(call: Call) -> Mapping[str, int]:
    """How many documents wait for a person in each process, of all its companies."""
    return held_by_process(call.project.run_documents.held(call.project.environment))


def _process(call: Call, name: str, pauses: list[Pause], held: Mapping[str, int]) -> shapes.ProcessState:
    settings = call.project.process(name)
    is_flow = isinstance(settings, FlowSettings)
    return shapes.ProcessState(
        name=name,
        source=str(settings.source),
        targets=[branch.to for branch in settings.branches]
        if isinstance(settings, FlowSettings)
        else [str(settings.target)],
        is_mirror=not is_flow,
        is_paused=is_paused(name, pauses),
        held=held.get(name, 0),
        companies=[company_state(each) for each in call.agenda.entries(name)],
        by_hand=[
            shapes.ByHand(
                each.company,
                each.word,
                each.begun,
                _so_far(each.so_far),
            )
            for each in mirrors_run_by_hand(call.project, name)
        ],
    )


def _run(run: RunRecord, figures: Mapping[str, int]) -> shapes.Run:
    return shapes.Run(
        id=run.id,
        name=run.name,
        company=run.identity,
        source=run.source,
        started=run.started,
        ended=run.ended or "",
        state=run.standing,
        reason=run.reason,
        done=run.done,
        refused=run.refused,
        unknown=run.unknown,
        documents=figures,
    )


def _change(each: ChangeRecord) -> shapes.Change:
    return shapes.Change(**{name: getattr(each, name) for name in shapes.Change.__slots__})


def _tie_out(each: KeptTieOut) -> shapes.TieOut:
    return shapes.TieOut(
        process=each.process,
        company=each.company,
        at=each.at,
        agrees=bool(each.agrees),
        records=each.records,
        accounts=each.accounts,
        told=each.told,
    )


def _document(each: RunDocument) -> shapes.Document:
    return shapes.Document(
        run=each.run,
        document=each.document,
        process=each.process,
        place=each.place,
        state=each.state,
        tracked=each.fields,
        reason=each.why,
        advice=each.advice,
        given=each.given,
        made=each.made,
        at=each.at,
    )
