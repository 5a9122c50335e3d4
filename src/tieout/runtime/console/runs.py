"""Runs: all of them, one with its documents or changes, the messages that carried them, and correcting what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import msgspec

from ...errors import NotFound, SetupError
from ...project.cancelling import cancel
from ...project.reruns import documents_again, run_again
from ...project.searching import search_documents
from ...state.document_search import Found
from ...state.process_log import HELD, ProcessLog
from .overview import mirrors_run_by_hand
from .pages import Asked, GoTo, Shown
from .paging import number_of, paged

if TYPE_CHECKING:
    from ...project import Project
    from ...state.agenda import Entry
    from ...state.journal_records import ChangeRecord, RunRecord
    from ...state.process_log import RunDocument

MOST_RUNS = 100
MOST_UNDER_WAY = 30
A_PAGE = 50
"""Rows of a table in a page."""
LOOKED_AT = 20_000
"""Documents that a search looks at before it asks whether to go on; a third of a second of a processor."""
LONGEST_MESSAGES = 30_000
"""Characters of all messages in a page together."""

FIGURES = ("in", "out", "refused", "unknown", "skipped")


def show_all(asked: Asked) -> Shown:
    """What is under way, and the last runs that wrote."""
    under_way: list[Entry] = []
    unseen = 0
    for word in ("running", "cancelling", "queued"):
        entries, count = asked.agenda.page(standing=word, most=MOST_UNDER_WAY - len(under_way))
        under_way += entries
        unseen += count - len(entries)
    return Shown(
        "runs",
        {
            "under_way": under_way,
            "by_hand": mirrors_run_by_hand(asked.project),
            "more_under_way": unseen,
            "runs": asked.project.journal.runs(most=MOST_RUNS),
            "figures": asked.project.run_documents.figures_of_last(MOST_RUNS),
        },
    )


def show_one(asked: Asked) -> Shown:
    """A run: its documents where it is of a process, its changes otherwise."""
    project, run = asked.project, _run(asked)
    refused = asked.query.get("only") == "refused"
    number = number_of(asked)
    before = (number - 1) * A_PAGE
    documents, count = project.run_documents.page(run.id, held=refused, before=before, most=A_PAGE)
    changes: list[ChangeRecord] = []
    if not count:
        changes, count = project.journal.changes_page(run.id, held=refused, before=before, most=A_PAGE)
    return Shown(
        "run",
        {
            "run": run,
            "counts": counts_of(project, run),
            "documents": documents,
            "changes": changes,
            "pages": paged(asked, number, count, A_PAGE),
            "refused": refused,
            "became": _became(project, run.id),
        },
    )


def show_document(asked: Asked) -> Shown:
    """A document of a run: what was given, what it became, and the messages that carried it."""
    run, document = _run(asked), _document(asked)
    return _document_page(asked.project, run, document, formatted(document.given))


def show_messages(asked: Asked) -> Shown:
    """The messages of a run, those of one request where it is named."""
    run = _run(asked)
    wanted = asked.query.get("request", "")
    messages = [each for each in asked.project.journal.documents(run.id) if wanted in ("", each[0])]
    return Shown("messages", {"run": run, "messages": _readable(messages), "count": len(messages)})


def send_again(asked: Asked) -> Shown | GoTo:
    """Run a document again, as it is or corrected in the form; what is wrong with the correction is said beside it."""
    run, document = _run(asked), _document(asked)
    text = asked.form.get("document", "")
    if not _held(asked.project, document):
        raise SetupError(
            f"{document.document} waits for nobody any more.", advice="Search for its latest run."
        )
    try:
        with TemporaryDirectory(prefix="tieout-") as folder:
            corrected = Path(folder) / "corrected.json"
            corrected.write_text(_array_of(text), "utf-8")
            again = documents_again(
                asked.project, run.id, refused=False, only=document.document, corrected=corrected
            )
        ran = run_again(again, lambda _case: None)
    except SetupError as error:
        return _document_page(asked.project, run, document, text, error)
    return GoTo(f"/runs/{quote(ran.run)}")


def cancel_run(asked: Asked) -> GoTo:
    """Let the run stop at its next step."""
    run = _run(asked)
    cancel(asked.project, asked.agenda, run.id)
    return GoTo(f"/runs/{quote(run.id)}")


def search(asked: Asked) -> Shown:
    """Documents of all runs whose tracked fields, key, state or process fit a predicate, or that made a record."""
    where, record = asked.query.get("where", "").strip(), asked.query.get("record", "").strip()
    run, document = asked.query.get("run", ""), asked.query.get("document", "")
    found, error = Found([], 0, None), None
    try:
        found = search_documents(
            asked.project,
            where=where,
            record=record,
            after=(run, document) if run else None,
            most=A_PAGE,
            looks=LOOKED_AT,
        )
    except SetupError as wrong:
        error = wrong
    tracked = list(dict.fromkeys(name for each in found.documents for name in each.fields))
    further = dict(zip(("run", "document"), found.left_off, strict=True)) if found.left_off else {}
    return Shown(
        "search",
        {
            "where": where,
            "record": record,
            "documents": found.documents,
            "tracked": tracked,
            "looked": found.looked,
            "is_first": not run,
            "further": urlencode({"where": where, **further}) if further else "",
            "left_off": found.left_off,
            "error": error,
        },
        400 if error else 200,
    )


def _run(asked: Asked) -> RunRecord:
    name = asked.path["run"]
    found = asked.project.journal.runs(name)
    if not found:
        raise NotFound(f"There is no run {name!r}.", advice="The page Runs lists them.")
    return found[0]


def _document(asked: Asked) -> RunDocument:
    wanted = asked.query.get("id") or asked.form.get("id", "")
    found = asked.project.run_documents.one(asked.path["run"], wanted)
    if found is None:
        raise NotFound(
            f"The run has no document {wanted!r}.", advice="The page of the run lists its documents."
        )
    return found


def _document_page(
    project: Project, run: RunRecord, document: RunDocument, text: str, error: SetupError | None = None
) -> Shown:
    held = _held(project, document)
    changes = [each for each in project.run_documents.changes(run.id) if each.document == document.document]
    requests = {each.request for each in changes if each.request}
    messages = [each for each in project.journal.documents(run.id) if each[0] in requests]
    return Shown(
        "document",
        {
            "run": run,
            "document": document,
            "text": text if error or not held else formatted(held),
            "made": formatted(document.made),
            "changes": changes,
            "messages": _readable(messages),
            "is_held": bool(held),
            "error": error,
        },
        400 if error else 200,
    )


def _held(project: Project, document: RunDocument) -> str:
    """The document as it waits for a person now, JSON; empty when it was done since, or given up."""
    standing = ProcessLog(project.state, document.process).standing(document.document)
    return standing.given if standing is not None and standing.state in HELD else ""


def formatted(text: str) -> str:
    """JSON with a line for each field; its numbers stay as they are written."""
    return msgspec.json.format(text, indent=2) if text else ""


def _array_of(text: str) -> str:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SetupError(
            f"The document is not JSON: {error}.", advice="Correct it, and send it again."
        ) from error
    return f"[{text}]"


def counts_of(project: Project, run: RunRecord) -> dict[str, int]:
    """What the run came to; of one that has no end what is settled, a batch at a time, and beside it what is written."""
    figures = project.run_documents.figures(run.id).get(run.id, {})
    if figures:
        settled = {name: figures[name] for name in FIGURES if name in figures}
        return settled if run.ended else {**settled, "changes done": run.done}
    return {"done": run.done, "refused": run.refused, "unknown": run.unknown}


def _became(project: Project, run: str) -> dict[str, str]:
    """The records that each document became."""
    found: dict[str, list[str]] = {}
    for each in project.run_documents.changes(run):
        if each.record:
            found.setdefault(each.document, []).append(f"{each.type} {each.record}")
    return {document: ", ".join(records) for document, records in found.items()}


def _readable(messages: Sequence[tuple[str, str, str, bytes]]) -> list[tuple[str, str, str, str]]:
    """Messages as text, JSON with a line for each field, as far as they have room in a page."""
    shown: list[tuple[str, str, str, str]] = []
    room = LONGEST_MESSAGES
    for request, at, way, body in messages:
        if room <= 0:
            break
        text = _text(body)
        shown.append((request, at, way, text if len(text) <= room else f"{text[:room]}\n… cut off"))
        room -= len(text)
    return shown


def _text(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    try:
        return msgspec.json.format(text, indent=2)
    except msgspec.DecodeError:
        return text
