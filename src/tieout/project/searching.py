"""The documents of all runs that somebody looks for: by tracked field, key, state or process, or by the record that they became."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from ..operations import Predicate, fields_of, holds
from ..protocols.where_clause import parse_where
from ..state.document_search import Found, Place
from ..state.process_log import KNOWN
from .flow_settings import FlowSettings, paths_of

if TYPE_CHECKING:
    from . import Project


def search_documents(
    project: Project,
    *,
    where: str = "",
    record: str = "",
    run: str = "",
    after: Place | None = None,
    most: int | None = None,
    looks: int | None = None,
) -> Found:
    """The next documents that fit, newest first, as `DocumentSearch.find` has them; of a run or a record all at once.

    SetupError for a predicate that names a field which no run has, or a record without its id.
    """
    predicate = _read(project, where) if where else None
    if not record and not run:
        if predicate is None:
            return Found([], 0, None)
        return project.document_search.find(predicate, after=after, most=most, looks=looks)
    log = project.run_documents
    named = log.of_record(*_record_named(record)) if record else log.of(run)
    fit = [each for each in named if predicate is None or holds(predicate, each.searched) is True]
    return Found([each for each in fit if run in ("", each.run)][:most], len(named), None)


def _read(project: Project, where: str) -> Predicate:
    predicate = parse_where(where, None)
    declared = {*KNOWN, *_declared(project)}
    search = project.document_search
    for name in fields_of(predicate):
        if name not in declared and not search.has_field(name):
            known = declared.union(search.fields())
            raise SetupError(
                f"No run has a tracked field {name}.{did_you_mean(name, known)}",
                advice=f"Documents are found by: {', '.join(sorted(known))}.",
            )
    return predicate


def _declared(project: Project) -> Iterable[str]:
    """What the documents of the project's processes are found by, whether there was a run of them yet or not."""
    for each in project.processes.values():
        if isinstance(each, FlowSettings):
            yield from dict(each.track)
            yield from paths_of(each.key) or paths_of(each.group)


def _record_named(record: str) -> tuple[str, str]:
    type_name, _, record_id = record.partition(":")
    if not type_name or not record_id:
        raise SetupError(f"{record!r} names no record.", advice="Write TYPE:ID, such as Invoice:130.")
    return type_name, record_id
