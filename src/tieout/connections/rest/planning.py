"""What would be done for a change, told without doing it."""

from __future__ import annotations

from ...operations import Outcome, PlannedChange
from ...protocols.rest_sent_fields import as_sent
from .differences import differences, emptied
from .prepared import Prepared

_TECHNICAL = ("sparse",)


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
    sent = {name: value for name, value in ready.body.items() if name not in _TECHNICAL}
    return PlannedChange(
        change=ready.change,
        operation="void" if ready.options == "void" else ready.operation,
        record_id=str(ready.body.get("Id", "")),
        sent=sent,
        differences=_differences(ready),
    )


def _differences(ready: Prepared) -> tuple[tuple[str, object, object], ...]:
    if ready.operation == "create":
        return tuple(differences(ready.body, {}))
    if ready.operation != "update" or ready.options == "void" or ready.before is None:
        return ()
    found = differences(ready.body, ready.before)
    found += [each for each in emptied(ready.change.record, ready.before) if "." in each[0]]  # parts of lines
    if ready.body.get("sparse") is False:
        left_out = (
            as_sent(ready.kind, ready.before, ready.before).keys() - ready.body.keys() - {"Id", "SyncToken"}
        )
        found += [
            (name, ready.before[name], None)
            for name in sorted(left_out)
            if ready.before[name] not in ("", [], {})
        ]
    return tuple(found)
