"""What waits for a person: changes of which nobody knows what became of them, and documents that are held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from ...errors import NotFound, SetupError, TieoutError
from ...processes.write import settle_open
from ...project import FlowSettings
from ...project.companies import project_of_company
from ...project.unknown_counts import places_of_companies, unknown_counts
from ...project.unknowns import UnknownChange, settle_change, unknown_changes
from .pages import Asked, GoTo, Shown
from .paging import number_of, paged
from .records import fields_of, text_of

if TYPE_CHECKING:
    from ...connections.base import Connection
    from ...operations import Outcome

A_PAGE = 30
"""Documents that are held in a page."""
MOST_OTHERS = 20
"""Companies with unknown changes that no connection names."""
MOST_CHANGES = 10
"""Unknown changes in a page; QuickBooks is asked about each."""
MOST_CANDIDATES = 3
LONGEST_VALUE = 200
"""Characters of a field."""


@dataclass(frozen=True, slots=True)
class Side:
    """A record of QuickBooks beside ours."""

    id: str
    values: Sequence[tuple[str, bool]]
    """Each field of ours as it is there, and whether it is another one."""


@dataclass(frozen=True, slots=True)
class BothSides:
    """An unknown change: what was sent, field by field, and the records that it may have become."""

    unknown: UnknownChange
    fields: Sequence[tuple[str, str]]
    sides: Sequence[Side]


def show(asked: Asked) -> Shown:
    """Companies with unknown changes, and the documents that are held."""
    project = asked.project
    connections, others = unknown_counts(project)
    process, company = (asked.query.get(name, "").strip() for name in ("process", "company"))
    held = {
        name: count
        for name, count in project.run_documents.held(project.environment).items()
        if process in ("", name.process) and company in ("", name.company)
    }
    number = number_of(asked)
    documents = project.run_documents.held_page(held, before=(number - 1) * A_PAGE, most=A_PAGE)
    return Shown(
        "settle",
        {
            "connections": connections,
            "others": list(others.items())[:MOST_OTHERS],
            "places": places_of_companies(project),
            "more_others": len(others) - MOST_OTHERS,
            "process": process,
            "company": company,
            "flows": [name for name, each in project.processes.items() if isinstance(each, FlowSettings)],
            "documents": documents,
            "pages": paged(asked, number, sum(held.values()), A_PAGE),
        },
    )


def show_one(asked: Asked) -> Shown:
    """Both sides of what is unknown at one connection."""
    with _opened(asked) as connection:
        return _page(asked, connection)


def look(asked: Asked) -> Shown:
    """QuickBooks is asked what became of all that was sent without an answer; nothing is sent anew."""
    with _opened(asked) as connection:
        return _page(asked, connection, settle_open(connection, asked.project.journal))


def settle(asked: Asked) -> GoTo | Shown:
    """A person says what became of a change."""
    form = asked.form
    with _opened(asked) as connection:
        try:
            settle_change(
                asked.project,
                connection,
                form.get("change", ""),
                is_record=form.get("record", "").strip(),
                not_done=form.get("not_done") == "yes",
            )
        except (SetupError, NotFound) as error:
            return _page(asked, connection, error=error)
    query = f"?{urlencode({'company': _company(asked)})}" if _company(asked) else ""
    return GoTo(f"/settle/{quote(asked.path['name'])}{query}")


def _opened(asked: Asked) -> Connection:
    """The connection, as the company of a set sees it where one is named."""
    name = asked.path["name"]
    return project_of_company(asked.project, name, _company(asked)).connection(name)


def _company(asked: Asked) -> str:
    return asked.query.get("company") or asked.form.get("company", "")


def _page(
    asked: Asked,
    connection: Connection,
    found_out: Sequence[Outcome] | None = None,
    error: TieoutError | None = None,
) -> Shown:
    values: dict[str, Any] = {
        "name": asked.path["name"],
        "company": _company(asked),
        "count": len(asked.project.journal.unknown(connection.identity)),
        "changes": [
            _both(each, connection.id_field)
            for each in unknown_changes(asked.project, connection, MOST_CHANGES)
        ],
        "found_out": found_out,
        "error": error,
    }
    return Shown("settle_changes", values, 400 if error else 200)


def _both(unknown: UnknownChange, id_field: str) -> BothSides:
    ours = [(path, text_of(value)) for path, value in fields_of(unknown.ours or {}) if path]
    sides = []
    for candidate in unknown.candidates[:MOST_CANDIDATES]:
        theirs = dict(fields_of(candidate))
        values = [
            (_cut(text_of(theirs.get(path))), not same_value(value, theirs.get(path))) for path, value in ours
        ]
        sides.append(Side(str(candidate.get(id_field, "")), values))
    return BothSides(unknown, [(path, _cut(value)) for path, value in ours], sides)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def same_value(ours: str, theirs: Any) -> bool:
    """Whether what we sent, as text, is what QuickBooks has: numbers by their value, anything else to the letter."""
    if isinstance(theirs, Decimal | int) and not isinstance(theirs, bool):
        try:
            return Decimal(ours) == theirs
        except InvalidOperation:
            return False
    return ours == text_of(theirs)
