"""The documents of processes: found by tracked field, run or record, with what they became and what was exchanged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from .messages import note
from .options import Format

if TYPE_CHECKING:
    from ..project import Project
    from ..state.process_log import DocumentChange, RunDocument


def show_documents_found(
    project: Project, found: Sequence[RunDocument], chosen: Format, *, exchanged: bool = False
) -> None:
    """Write what became of documents; with `exchanged`, the messages that carried them, where they are kept."""
    from .reports import Report, show

    changes = {run: project.run_documents.changes(run) for run in dict.fromkeys(each.run for each in found)}
    if exchanged:
        _show_exchanged(project, found, changes)
        return
    rows = [_row(each, changes[each.run]) for each in found]
    show(Report(rows, [_document(each, changes[each.run]) for each in found]), chosen)
    if chosen is Format.TABLE:
        for advice in dict.fromkeys(each.advice for each in found if each.advice):
            note(f"→ {advice}")
        note(f"{len(found):,} document{'' if len(found) == 1 else 's'}.")


def _row(each: RunDocument, changes: Sequence[DocumentChange]) -> dict[str, Any]:
    became = [f"{c.type}:{c.record}" for c in changes if c.document == each.document and c.record]
    return {
        "run": each.run,
        "document": each.title,
        "state": each.state,
        **each.fields,
        "became": " ".join(became),
        "why": each.why,
    }


def _document(each: RunDocument, changes: Sequence[DocumentChange]) -> dict[str, Any]:
    from ..protocols import exact_json

    became = [
        {
            "type": c.type,
            "id": c.record,
            "in": c.identity,
            "change": c.change,
            "request": c.request,
            "state": c.state,
        }
        for c in changes
        if c.document == each.document
    ]
    told = {
        "run": each.run,
        "process": each.process,
        "document": each.document,
        "place": each.place,
        "state": each.state,
        "tracked": each.fields,
        "became": became,
        "why": each.why,
        "advice": each.advice,
        "at": each.at,
        "given": exact_json.decode(each.given.encode()) if each.given else None,
        "made": exact_json.decode(each.made.encode()) if each.made else None,
    }
    return {name: value for name, value in told.items() if value not in ("", None)}


def _show_exchanged(
    project: Project, found: Sequence[RunDocument], changes: dict[str, list[DocumentChange]]
) -> None:
    shown = 0
    for run in dict.fromkeys(each.run for each in found):
        wanted = {each.document for each in found if each.run == run}
        requests = {c.request for c in changes[run] if c.document in wanted}
        for request, at, way, body in project.journal.documents(run):
            if request in requests:
                shown += 1
                typer.echo(f"-- {at} {way} {request}")
                typer.echo(body)
    if not shown:
        note('No messages are kept; `documents = "keep"` in the project file keeps those to come.')
