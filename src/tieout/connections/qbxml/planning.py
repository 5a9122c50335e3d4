"""What would be done for a change of a company file, told without doing it."""

from __future__ import annotations

from ...catalog.qbxml.rets import ret_of
from ...operations import Outcome, PlannedChange
from ...protocols.qbxml_records import STAMPS, differences, elements_in
from ...protocols.qbxml_writer import ORDER
from .prepared import Prepared

_OPERATIONS = {"add": "create", "modify": "update"}


def planned(ready: Prepared | Outcome) -> PlannedChange:
    """A change that was made ready, or came to its end before anything was sent, as a plan tells of it."""
    if isinstance(ready, Outcome):
        return PlannedChange(
            change=ready.change,
            operation="nothing" if ready.state == "done" else "refuse",
            record_id=ready.record_id,
            error=ready.error,
            note=ready.note,
        )
    sent = ready.body or ready.request.content
    return PlannedChange(
        change=ready.change,
        operation=_OPERATIONS.get(ready.operation, ready.operation),
        record_id=ready.record_id,
        sent={name: value for name, value in sent.items() if name != ORDER},
        differences=_differences(ready),
    )


def _differences(ready: Prepared) -> tuple[tuple[str, object, object], ...]:
    if ready.operation == "add":
        known = elements_in(ready.kind.name, ready.root, ready.edition)
        return tuple((name, None, value) for name, value in ready.body.items() if name in known)
    if ready.operation != "modify" or ready.before is None:
        return ()
    body = {name: value for name, value in ready.body.items() if name not in STAMPS}
    ret = ret_of(ready.kind.name, ready.edition).name
    return tuple(differences(ready.kind, ready.root, ret, ready.edition, body, ready.before))
