"""Changes that were sent and never answered: both sides of them, and a person's word on what became of one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..connections.base import Connection
from ..errors import SetupError

if TYPE_CHECKING:
    from ..state.journal_records import ChangeRecord
    from . import Project


@dataclass(frozen=True, slots=True)
class UnknownChange:
    """A change of which nobody knows what became of it, and the records of QuickBooks that it may be."""

    change: ChangeRecord
    ours: Mapping[str, Any] | None
    """As it was sent; None where that was not kept."""
    candidates: Sequence[dict[str, Any]]


def unknown_changes(project: Project, connection: Connection, most: int | None = None) -> list[UnknownChange]:
    """Both sides of the changes to a company that are unknown, the first of them; QuickBooks is asked for its side."""
    found = project.journal.unknown(connection.identity)[:most]
    return [_with_candidates(connection, each) for each in found]


def _with_candidates(connection: Connection, change: ChangeRecord) -> UnknownChange:
    ours = dict(json.loads(change.record)) if change.record else None
    return UnknownChange(change, ours, connection.alike(change.type, ours or {}))


def settle_change(
    project: Project, connection: Connection, change: str, *, is_record: str = "", not_done: bool = False
) -> ChangeRecord:
    """Take a person's word: it is this record, or it was not done. `change` is the id of the change, or how only this one begins."""
    if bool(is_record) == not_done:
        raise SetupError("Say what became of it.", advice="Write --is ID, or --not-done.")
    journal = project.journal
    with journal.exclusive(connection.identity):  # what a run is sending at this moment is nobody's to settle
        found = [c for c in journal.unknown(connection.identity) if change and c.id.startswith(change)]
        if len(found) != 1:
            told = "is no open change" if not found else "fits several changes"
            raise SetupError(
                f"{change or 'Nothing'} {told}.", advice=f"`tieout settle {connection.name}` lists them."
            )
        settled = found[0]
        # NotFound when there is no such record.
        total = (
            connection.total_of(settled.type, connection.get(settled.type, is_record)) if is_record else None
        )
        journal.settle(connection.identity, settled, record_id=is_record, total=total)
    return settled
