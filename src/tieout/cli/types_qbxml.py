"""`tieout types qbxml`: the record types of QuickBooks Desktop, and what each message about them carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..errors import SetupError
from .options import Format

if TYPE_CHECKING:
    from ..catalog.qbxml import Edition, RecordType, Row
    from ..catalog.qbxml.actions import Message

CATALOG = "qbxml"
"""The word for QuickBooks Desktop's record types where no connection is needed."""

COUNTRY = "US"

_ONLINE = {"create": "add", "update": "modify", "sparse": "modify"}
"""QuickBooks Online's words for what Desktop calls otherwise."""


def edition_named(version: str, country: str) -> Edition:
    """The newest of a country when no version is named."""
    from ..catalog.qbxml import edition, newest

    return edition(country, version) if version else newest(country)


def show_qbxml(type_name: str, message: str | None, each: Edition, chosen: Format) -> None:
    """Show all types of an edition, the messages about one, or what one message carries."""
    from ..catalog.qbxml import record_type
    from .messages import note
    from .reports import Report, show

    if not type_name:
        show(Report(list(type_rows(each))), chosen)
        return
    kind = record_type(type_name)
    if message is None:
        rows = list(message_rows(kind, each))
        show(Report(rows, numbers=("elements",), empty=f"qbXML {each} has no {type_name}."), chosen)
        if rows and chosen is Format.TABLE:
            note(f"qbXML {each}; `--message {rows[0]['message']}` lists the elements of one.")
        return
    found = _message(kind, message, each)
    if not found.published(each):
        note(
            f"{found.request} is in the schema of {each}, and Intuit does not publish it there: do not send it."
        )
    listed = [flat_row(row) for row in found.kind.rows(found.root, each)]
    table = [_readable(row) for row in listed] if chosen is Format.TABLE else listed
    show(Report(table, numbers=("length",)), chosen)


def type_rows(each: Edition) -> Iterator[dict[str, Any]]:
    """A row per record type: what can be done with it in an edition, and whether its query has an iterator."""
    from ..catalog.qbxml import record_types
    from ..catalog.qbxml.actions import actions, iterates

    for kind in record_types():
        yield {
            "type": kind.name,
            "actions": " ".join(actions(kind, each)),
            "iterator": iterates(kind, each),
        }


def message_rows(kind: RecordType, each: Edition) -> Iterator[dict[str, Any]]:
    """A row per message about a type: its request, and how many elements it has."""
    from ..catalog.qbxml.actions import actions, message

    for action in actions(kind, each):
        found = message(kind, action, each)
        assert found is not None
        yield {
            "message": action,
            "request": found.request,
            "paths relative to": found.root,
            "elements": len(found.kind.rows(found.root, each)),
        }


def flat_row(row: Row) -> dict[str, Any]:
    """One element as the schema has it; an element with content has the type `(aggregate)`."""
    return {
        "path": row.path,
        "type": row.type or "(aggregate)",
        "min": row.least,
        "max": "unbounded" if row.most is None else row.most,
        "length": row.length,
        "enum": list(row.values) or None,
    }


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "path": row["path"],
        "type": "" if row["type"] == "(aggregate)" else row["type"],
        "occurs": _occurs(row["min"], row["max"]),
        "length": row["length"],
        "values": ", ".join(row["enum"] or ()),
    }


def _occurs(least: int, most: int | str) -> str:
    return "once" if (least, most) == (1, 1) else f"{least} to {'any' if most == 'unbounded' else most}"


def _message(kind: RecordType, action: str, each: Edition) -> Message:
    """The message of this name; SetupError says what can be done with the type instead."""
    from ..catalog.nearest import did_you_mean
    from ..catalog.qbxml.actions import ACTIONS, actions, message

    if action not in ACTIONS:
        near = f" Did you mean {_ONLINE[action]}?" if action in _ONLINE else did_you_mean(action, ACTIONS)
        raise SetupError(
            f"There is no message {action!r}.{near}",
            advice=f"Use one of: {', '.join(ACTIONS)}.",
        )
    found = message(kind, action, each)
    if found is not None:
        return found
    here = ", ".join(actions(kind, each))
    raise SetupError(
        f"qbXML {each.version} of {each.country} has no message to {action} {kind.name}{_elsewhere(kind, action)}.",
        advice=f"Use one of: {here}." if here else "Choose another --version or --country.",
    )


def _elsewhere(kind: RecordType, action: str) -> str:
    """Which editions have the message."""
    from ..catalog.qbxml import EDITIONS
    from ..catalog.qbxml.actions import editions_of

    having = editions_of(kind, action)
    first: dict[str, str] = {}
    for each in (each for each in EDITIONS if each in having):
        first.setdefault(each.country, each.version)
    places = [f"{version} of {country}" for country, version in first.items()]
    return f"; it came with {', '.join(places)}" if places else ", and no other edition has one"
