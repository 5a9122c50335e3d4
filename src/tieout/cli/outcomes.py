"""What became of changes, told as they become known: a bar and a summary for people, a line each for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import typer

from ..errors import RecordRefused, SetupError
from .exit_codes import DISAGREES, UNKNOWN
from .messages import note
from .options import Format

if TYPE_CHECKING:
    from ..operations import Outcome, PlannedChange
    from ..processes.write import Writing

MOST_ROWS = 20
"""Refusals shown in a table; a file takes all of them."""


def tell(writing: Writing, chosen: Format, refused_file: Path | None = None) -> None:
    """Write, and tell what becomes of each; ends the command with 1 when something was refused, with 4 when unknown."""
    from .progress import counting

    documents: list[dict[str, Any]] = []
    failed: list[Outcome] = []
    with _refused_into(refused_file) as keep, counting(writing.name) as step:
        for outcome in writing:
            step()
            if outcome.state != "done":
                keep(outcome)
                failed.append(outcome)
            _tell_one(outcome, chosen, documents)
    _tell_all(writing, failed, chosen, documents, refused_file)
    if writing.counts["unknown"]:
        raise typer.Exit(UNKNOWN)
    if writing.counts["refused"]:
        raise typer.Exit(DISAGREES)


def document_of(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON has it."""
    change, error = outcome.change, outcome.error
    told: dict[str, Any] = {"state": outcome.state, "verb": change.verb, "type": change.type}
    told |= {k: v for k, v in (("id", outcome.record_id), ("key", change.key), ("place", change.place)) if v}
    if outcome.note:
        told["note"] = outcome.note
    if error is not None:
        told["error"] = type(error).__name__
        told["message"] = str(error)
        told["advice"] = error.advice
        if isinstance(error, RecordRefused):
            told |= {
                k: v for k, v in (("code", error.code), ("element", error.element), ("tid", error.tid)) if v
            }
    if outcome.record is not None:
        told["record"] = dict(outcome.record)
    elif outcome.state != "done":
        told["given"] = dict(change.record)
    return told


def _tell_one(outcome: Outcome, chosen: Format, documents: list[dict[str, Any]]) -> None:
    from .reports import write_json

    if chosen is Format.JSONL:
        write_json(document_of(outcome))
    elif chosen is Format.JSON:
        documents.append(document_of(outcome))
    elif chosen is Format.CSV:
        documents.append({k: v for k, v in document_of(outcome).items() if k not in ("record", "given")})


def _tell_all(
    writing: Writing,
    failed: list[Outcome],
    chosen: Format,
    documents: list[dict[str, Any]],
    refused_file: Path | None,
) -> None:
    from .reports import write_csv, write_json

    if chosen is Format.JSON:
        write_json({"run": writing.run, **counts_of(writing), "outcomes": documents})
    elif chosen is Format.CSV:
        write_csv(documents)
    elif chosen is Format.TABLE:
        _print_failed(failed)
    for outcome in writing.settled:
        note(
            f"Found out about an earlier run: {outcome.change.verb} of {outcome.change.key or outcome.change.type} "
            f"is {outcome.state}{f' (Id {outcome.record_id})' if outcome.record_id else ''}."
        )
    note(summary_of(writing))
    if failed and len(failed) > MOST_ROWS and chosen is Format.TABLE:
        note(f"`tieout runs {writing.run} --refused` lists all of them.")
    if refused_file is not None and writing.counts["refused"]:
        note(f"The refused records are in {refused_file}: correct them there and send that file.")


def counts_of(writing: Writing) -> dict[str, int]:
    return {name: writing.counts[name] for name in ("done", "refused", "unknown", "before")}


def summary_of(writing: Writing) -> str:
    """What became of a run, in a sentence."""
    counts = writing.counts
    before = f" ({counts['before']:,} of them before)" if counts["before"] else ""
    rest = [f"{counts[name]:,} {name}" for name in ("refused", "unknown") if counts[name]]
    done = f"{counts['done']:,} done{before}"
    return f"{writing.name}: {', '.join([done, *rest])}. Run {writing.run}."


def _print_failed(failed: list[Outcome]) -> None:
    from .messages import console
    from .reports import print_rows

    if len(failed) == 1:
        _print_one(failed[0])
        return
    if failed:
        print_rows([_failed_row(each) for each in failed[:MOST_ROWS]])
        console().print()
        for advice in dict.fromkeys(each.error.advice for each in failed if each.error and each.error.advice):
            note(f"→ {advice}")


def _print_one(outcome: Outcome) -> None:
    place = outcome.change.place or outcome.change.key
    note(f"{outcome.state.capitalize()}{f', {place}' if place else ''}: {_why(outcome)}")
    if outcome.error is not None and outcome.error.advice:
        note(f"→ {outcome.error.advice}")


def _failed_row(outcome: Outcome) -> dict[str, Any]:
    error = outcome.error
    code = error.code if isinstance(error, RecordRefused) else ""
    return {
        "place": outcome.change.place or outcome.change.key,
        "state": outcome.state,
        "code": code,
        "why": _why(outcome),
    }


def _why(outcome: Outcome) -> str:
    """What is wrong, without the place, which is told beside it."""
    return str(outcome.error or "").removeprefix(f"{outcome.change.place}: ")


@contextmanager
def _refused_into(path: Path | None) -> Iterator[Any]:
    """Keeps refused records in a file of JSON Lines, whole or absent; what is kept there can be sent again.

    A run that is stopped leaves those that were refused until then.
    """
    if path is None:
        yield lambda _: None
        return
    part = path.with_name(f".{path.name}.part")
    kept = 0
    try:
        with part.open("wb") as file:

            def keep(outcome: Outcome) -> None:
                nonlocal kept
                kept += outcome.state == "refused" and _keep(file, outcome)

            try:
                yield keep
            finally:
                file.close()
                if kept:
                    part.replace(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def _keep(file: IO[bytes], outcome: Outcome) -> bool:
    from ..protocols import exact_json

    given = getattr(outcome.error, "record", None) or outcome.change.record
    field, _, value = outcome.change.key.partition("=")
    record = {field: value, **given} if field and "." not in field else dict(given)
    why = {
        "_place": outcome.change.place,
        "_why": str(outcome.error),
        "_advice": getattr(outcome.error, "advice", ""),
    }
    file.write(exact_json.encode({**record, **why}) + b"\n")
    file.flush()
    return True


def show_changes_planned(planned: Iterable[PlannedChange], chosen: Format) -> int:
    """A plan: what would be sent, what would be different, what would be refused, and how many are; JSON Lines as they come."""
    from .reports import print_rows, write_csv, write_json

    if chosen is Format.JSONL:
        refused = 0
        for each in planned:
            write_json(_planned_document(each))
            refused += each.operation == "refuse"
        return refused
    found = list(planned)
    if chosen is Format.JSON:
        write_json([_planned_document(each) for each in found])
    elif chosen is Format.CSV:
        write_csv([row for each in found for row in _planned_rows(each)])
    else:
        print_rows([row for each in found for row in _planned_rows(each)])
        for advice in dict.fromkeys(each.error.advice for each in found if each.error and each.error.advice):
            note(f"→ {advice}")
    counts = {
        name: sum(each.operation == name for each in found)
        for name in dict.fromkeys(e.operation for e in found)
    }
    told = ", ".join(f"{count:,} {_WOULD.get(name, name)}" for name, count in counts.items())
    note(f"Planned: {told or 'nothing'}. Nothing was sent.")
    return counts.get("refuse", 0)


_WOULD = {
    "create": "to add",
    "update": "to modify",
    "delete": "to delete",
    "void": "to void",
    "nothing": "to leave alone",
    "refuse": "to refuse",
    "settle": "to settle first",
}


def _planned_document(each: PlannedChange) -> dict[str, Any]:
    told: dict[str, Any] = {"place": each.change.place, "operation": each.operation, "type": each.change.type}
    if each.change.key:
        told["key"] = each.change.key
    if each.record_id:
        told["id"] = each.record_id
    if each.error is not None:
        return told | {"message": str(each.error), "advice": each.error.advice}
    if each.note:
        told["note"] = each.note
    differences = [{"field": field, "is": now, "will_be": then} for field, now, then in each.differences]
    return told | {"sent": dict(each.sent), "differences": differences}


def _planned_rows(each: PlannedChange) -> list[dict[str, Any]]:
    head = {
        "place": each.change.place or each.change.key,
        "would": _WOULD.get(each.operation, each.operation).removeprefix("to "),
        "id": each.record_id,
    }
    if each.error is not None:
        return [
            {**head, "field": "", "is": "", "will be": str(each.error).removeprefix(f"{each.change.place}: ")}
        ]
    if not each.differences:
        return [{**head, "field": "", "is": "", "will be": each.note}]
    empty = {"place": "", "would": "", "id": ""}
    return [
        {**(head if at == 0 else empty), "field": field, "is": now, "will be": then}
        for at, (field, now, then) in enumerate(each.differences)
    ]
