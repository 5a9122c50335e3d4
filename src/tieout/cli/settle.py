"""`tieout settle`: a person says what became of a change that nobody else can tell of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import NotFound, SetupError
from .messages import note
from .options import AsFormat, Format, ProjectFile, open_project

if TYPE_CHECKING:
    from ..connections.base import Connection
    from ..project import Project
    from ..project.unknowns import UnknownChange


def settle(
    name: Annotated[str, typer.Argument(metavar="CONNECTION", help="Such as books.")],
    change: Annotated[
        str,
        typer.Argument(
            metavar="[CHANGE]", help="The one to settle, as the list names it.", show_default=False
        ),
    ] = "",
    is_record: Annotated[
        str,
        typer.Option("--is", metavar="ID", help="It was done, and this is the record.", show_default=False),
    ] = "",
    not_done: Annotated[
        bool, typer.Option("--not-done", help="It was not done: the next run may send it again.")
    ] = False,
    forget: Annotated[
        str,
        typer.Option(
            metavar="TYPE:KEY",
            help="Release the link of a record that was deleted in QuickBooks, such as Invoice:order_no=17; it may then be "
            "added again.",
            show_default=False,
        ),
    ] = "",
    company: Annotated[
        str,
        typer.Option(
            metavar="REALM",
            help="Of the companies that a process runs for at this connection, this one.",
            show_default=False,
        ),
    ] = "",
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Settle what nobody knows the end of.

    Both sides are listed beside each other. QuickBooks is asked first about all that was sent without an answer. What it cannot tell, you can: with --is or --not-done.
    """
    from ..project.companies import project_of_company

    with (
        open_project(project) as opened,
        project_of_company(opened, name, company).connection(name) as connection,
    ):
        if forget:
            _forget(opened, connection, forget)
        elif change:
            _settle(opened, connection, change, is_record, not_done)
        else:
            _list(opened, connection, chosen, f" --company {company}" if company else "")


def _list(project: Project, connection: Connection, chosen: Format, of_company: str) -> None:
    from ..processes.write import settle_open
    from ..project.unknowns import unknown_changes
    from .reports import Report, show

    for outcome in settle_open(connection, project.journal):
        found = f" (Id {outcome.record_id})" if outcome.record_id else ""
        note(
            f"{outcome.change.verb} of {outcome.change.key or outcome.change.type} is {outcome.state}{found}."
        )
    unknown = unknown_changes(project, connection)
    documents = [_document(each) for each in unknown]
    rows = [row for each in documents for row in _rows(each)]
    show(Report(rows, documents), chosen)
    if unknown:
        note(f"→ `tieout settle {connection.name} CHANGE{of_company} --is ID` or `--not-done`.")
    else:
        note("Nothing is open: it is known of every change what became of it.")


def _settle(project: Project, connection: Connection, change: str, is_record: str, not_done: bool) -> None:
    from ..project.unknowns import settle_change

    settled = settle_change(project, connection, change, is_record=is_record, not_done=not_done)
    what = f"is {settled.type} {is_record}" if is_record else "was not done, and may be sent again"
    note(f"{settled.verb} of {settled.key or settled.place or settled.type} {what}.")


def _forget(project: Project, connection: Connection, link: str) -> None:
    type_name, _, key = link.partition(":")
    if "=" not in key:
        raise SetupError(f"{link!r} names no link.", advice="Write TYPE:KEY, such as Invoice:order_no=17.")
    if not project.journal.forget(connection.identity, type_name, key):
        raise NotFound(
            f"{connection.name} has no link {type_name} {key}.",
            advice=f"`tieout verify {connection.name}` lists those whose record is gone or different.",
        )
    note(f"{type_name} {key} stands for nothing any more, and may be added again.")


def _document(unknown: UnknownChange) -> dict[str, Any]:
    change = unknown.change
    return {
        "change": change.id,
        "what": f"{change.verb} {change.type}",
        "key": change.key,
        "place": change.place,
        "sent_at": change.at,
        "ours": unknown.ours,
        "quickbooks": unknown.candidates,
    }


def _rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    head = {
        "change": document["change"][:12],
        "what": document["what"],
        "key": document["key"] or document["place"],
    }
    rows = [{**head, "side": "ours", "record": document["ours"]}]
    empty = {"change": "", "what": "", "key": ""}
    found = document["quickbooks"] or [None]
    return rows + [
        {**empty, "side": "QuickBooks", "record": "nothing like it" if each is None else _short(each)}
        for each in found
    ]


def _short(record: dict[str, Any]) -> dict[str, Any]:
    online = ("Id", "DocNumber", "TxnDate", "TotalAmt", "PrivateNote", "MetaData")
    desktop = ("TxnID", "ListID", "FullName", "RefNumber", "Subtotal", "TotalAmount", "Memo", "TimeCreated")
    wanted = (*online, *desktop)
    return {name: record[name] for name in wanted if name in record}
