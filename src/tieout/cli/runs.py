"""`tieout runs`: what was written, when, and what became of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SetupError
from .messages import note
from .options import AsFormat, Format, ProjectFile, open_project

if TYPE_CHECKING:
    from ..state.journal import Journal
    from ..state.journal_records import ChangeRecord, RunRecord


LONGEST_SOURCE = 48
"""Characters of what a run read; a statement is longer."""


def runs(
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="One run; the last ones when absent.", show_default=False)
    ] = "",
    refused: Annotated[
        bool, typer.Option("--refused", help="Only what was refused, with the records.")
    ] = False,
    unknown: Annotated[bool, typer.Option("--unknown", help="Only what nobody knows the end of.")] = False,
    documents: Annotated[
        bool, typer.Option("--documents", help="The documents that were exchanged, where they are kept.")
    ] = False,
    where: Annotated[
        str,
        typer.Option(
            metavar="PREDICATE",
            help="The documents whose tracked fields, key, state, process or company fit: \"order = '1001'\".",
            show_default=False,
        ),
    ] = "",
    record: Annotated[
        str,
        typer.Option(
            metavar="TYPE:ID",
            help="The documents that a record was made of, such as Invoice:130.",
            show_default=False,
        ),
    ] = "",
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="At most so many runs or documents; of runs 20 in a table, all of them otherwise.",
            show_default=False,
        ),
    ] = None,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Show what was written, run by run.

    A process shows its documents, too: what became of each, and which record.
    """
    from ..project.searching import search_documents
    from .run_documents import show_documents_found

    with open_project(project) as opened:
        journal = opened.journal
        if where or record:
            found_ones = search_documents(opened, where=where, record=record, run=run, most=limit)
            show_documents_found(opened, found_ones.documents, chosen, exchanged=documents)
            return
        if not run:
            most = limit or (20 if chosen is Format.TABLE else 10**9)
            _show_runs(journal.runs(most=most), opened.run_documents.figures(), chosen)
            return
        found = journal.runs(run)
        if not found:
            raise SetupError(f"There is no run {run!r}.", advice="`tieout runs` lists them.")
        if documents:
            _show_documents(journal, run)
            return
        state = "refused" if refused else "unknown" if unknown else ""
        of_run = [each for each in opened.run_documents.of(run) if not state or each.state == state]
        if of_run:
            show_documents_found(opened, of_run, chosen)
            _say_how_it_ended(found[0], opened.run_documents.figures(run).get(run, {}), chosen)
            return
        _show_changes(found[0], journal.changes(run, state), chosen)


def _say_how_it_ended(run: RunRecord, figures: dict[str, int], chosen: Format) -> None:
    if chosen is Format.TABLE:
        counts = ", ".join(
            f"{figures.get(name, 0):,} {name}" for name in FIGURES if name in FIGURES[:2] or figures.get(name)
        )
        steps = ", ".join(
            f"{name[3:]} {value / 1000:.1f} s"
            for name, value in sorted(figures.items())
            if name.startswith("ms ")
        )
        note(f"{run.name}: {counts}; {run.standing}.{f' {steps}.' if steps else ''}")
        if run.reason:
            note(f"Stopped: {run.reason}")


def _show_runs(found: list[RunRecord], figures: dict[str, dict[str, int]], chosen: Format) -> None:
    from .reports import Report, show

    rows = [_run_row(each, figures.get(each.id)) for each in found]
    if chosen is Format.TABLE:
        nothing = [name for name in FIGURES if not any(row[name] for row in rows)]
        rows = [{name: value for name, value in row.items() if name not in nothing} for row in rows]
    numbers = ("done", *FIGURES)
    show(Report(rows, numbers=numbers, whole=("run",), empty="Nothing was written yet."), chosen)


FIGURES = ("in", "out", "refused", "unknown", "skipped")


def _run_row(run: RunRecord, figures: dict[str, int] | None = None) -> dict[str, Any]:
    """Of a process its documents are counted, of others their changes."""
    counts = {
        "refused": run.refused,
        "unknown": run.unknown,
        **{name: n for name, n in (figures or {}).items() if name in FIGURES},
    }
    return {
        "run": run.id,
        "what": run.name,
        "from": run.source if len(run.source) <= LONGEST_SOURCE else f"{run.source[: LONGEST_SOURCE - 1]}…",
        "started": run.started[:19].replace("T", " "),
        "state": run.standing,
        "done": run.done,
        **{name: counts.get(name, "") for name in FIGURES},
    }


def _show_changes(run: RunRecord, found: list[ChangeRecord], chosen: Format) -> None:
    from .reports import Report, show

    rows = [_change_row(each) for each in found]
    document = {
        **_run_row(run),
        "company": run.identity,
        "reason": run.reason,
        "changes": [_document(c) for c in found],
    }
    show(Report(rows, document), chosen)
    if chosen is Format.TABLE:
        note(
            f"{run.name}: {run.done:,} done, {run.refused:,} refused, {run.unknown:,} unknown; {run.standing}."
        )
        if run.reason:
            note(f"Stopped: {run.reason}")
        for advice in dict.fromkeys(each.advice for each in found if each.advice):
            note(f"→ {advice}")


def _change_row(change: ChangeRecord) -> dict[str, Any]:
    return {
        "place": change.place,
        "key": change.key,
        "what": f"{change.verb} {change.type}",
        "state": change.state,
        "id": change.record_id,
        "code": change.code,
        "why": change.message or change.note,
    }


def _document(change: ChangeRecord) -> dict[str, Any]:
    told = {
        "change": change.id,
        **_change_row(change),
        "element": change.element,
        "advice": change.advice,
        "attempt": change.attempt,
        "request": change.request,
        "at": change.at,
        "record": json.loads(change.record) if change.record else None,
    }
    return {name: value for name, value in told.items() if value not in ("", None)}


def _show_documents(journal: Journal, run: str) -> None:
    kept = journal.documents(run)
    for request, at, way, body in kept:
        typer.echo(f"-- {at} {way} {request}")
        typer.echo(body)
    if not kept:
        note('No documents are kept; `documents = "keep"` in the project file keeps those to come.')
