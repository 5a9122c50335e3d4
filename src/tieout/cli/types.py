"""`tieout types`: which record types there are, and what each message about them may carry."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SetupError
from .options import AsFormat, Format, ProjectFile, open_project
from .types_qbxml import CATALOG as QBXML
from .types_qbxml import COUNTRY, edition_named, show_qbxml

if TYPE_CHECKING:
    from ..catalog.qbxml import Edition
    from ..catalog.rest import Field, RecordType, Shape

CATALOG = "rest"
"""The word for QuickBooks Online's record types where no connection is needed."""

ACTION_ORDER = (
    "create",
    "read",
    "query",
    "update",
    "sparse",
    "delete",
    "void",
    "deactivate",
    "send",
    "pdf",
    "cdc",
)


class Message(StrEnum):
    """What a record of QuickBooks Online is sent or asked with."""

    CREATE = "create"
    UPDATE = "update"
    SPARSE = "sparse"
    QUERY = "query"


def types(
    address: Annotated[
        str,
        typer.Argument(
            metavar="CONNECTION[:TYPE]",
            help="Such as books, or books:Invoice for its fields; rest:Invoice and, of QuickBooks Desktop, "
            "qbxml:Invoice need no connection.",
        ),
    ],
    message: Annotated[
        str | None,
        typer.Option(
            metavar="MESSAGE",
            help="Only what this message may carry: create, update, sparse or query of QuickBooks Online; "
            "add, modify, query, read, delete or void of QuickBooks Desktop.",
            show_default=False,
        ),
    ] = None,
    inside: Annotated[bool, typer.Option("--all", help="Also the fields inside of fields.")] = False,
    version: Annotated[
        str, typer.Option(metavar="N.N", help="Of qbXML; the newest when absent.", show_default=False)
    ] = "",
    country: Annotated[
        str, typer.Option(help="Of qbXML: US, CA, UK, or OE for the retired Online Edition.")
    ] = COUNTRY,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """List record types, or the fields of one."""
    from .reports import Report, show

    connection, _, type_name = address.partition(":")
    if connection == QBXML and not _is_connection(connection, project):
        show_qbxml("" if type_name == "*" else type_name, message, edition_named(version, country), chosen)
    elif version or country != COUNTRY:
        raise SetupError(
            f"{connection} has no versions and countries to choose.",
            advice="Leave --version and --country out, or ask for qbxml:TYPE.",
        )
    elif type_name in ("", "*"):
        nothing = f"{connection} is empty: it has no types yet."
        show(Report(_type_rows(connection, project), empty=nothing), chosen)
    elif _is_of_catalog(connection, project):
        _show_fields(type_name, _online_message(message), inside, chosen)
    elif (edition := _edition_of(connection, project)) is not None:
        show_qbxml(type_name, message, edition, chosen)
    else:
        nothing = f"{address} is empty: it has no columns."
        show(Report(_column_rows(connection, type_name, project), empty=nothing), chosen)


def _is_connection(name: str, project_file: Path | None) -> bool:
    """Whether the project, if there is one, has a connection of this name: it goes before the catalog's word."""
    try:
        with open_project(project_file) as project:
            return name in project.connections
    except SetupError:
        return False


def _online_message(word: str | None) -> Message | None:
    if word is None or word in list(Message):
        return Message(word) if word else None
    from ..catalog.nearest import did_you_mean

    raise SetupError(
        f"There is no message {word!r}.{did_you_mean(word, Message)}",
        advice=f"Use one of: {', '.join(Message)}.",
    )


def _is_of_catalog(connection: str, project_file: Path | None) -> bool:
    """Whether the catalog knows the types of a connection; a connection called `rest` goes before the word."""
    try:
        with open_project(project_file) as project:
            if connection in project.connections or connection != CATALOG:
                return project.settings(connection).KIND == "online"
    except SetupError:
        if connection != CATALOG:
            raise
    return True


def _edition_of(connection: str, project_file: Path | None) -> Edition | None:
    """The qbXML that is spoken with QuickBooks Desktop, which is asked for it; None where a connection leads elsewhere."""
    from ..connections.qbxml.connection import QbxmlConnection

    with open_project(project_file) as project, project.connection(connection) as opened:
        return opened.edition if isinstance(opened, QbxmlConnection) else None


def _type_rows(connection: str, project_file: Path | None) -> list[dict[str, Any]]:
    if not _is_of_catalog(connection, project_file):
        with open_project(project_file) as project, project.connection(connection) as opened:
            return [{"type": name} for name in opened.types()]
    from ..catalog.rest import record_types

    return [
        {"type": kind.name, "kind": kind.kind, "actions": " ".join(_actions(kind)), "url": kind.url}
        for kind in record_types()
    ]


def _actions(kind: RecordType) -> list[str]:
    return sorted(kind.actions, key=ACTION_ORDER.index)


def _column_rows(connection: str, name: str, project_file: Path | None) -> list[dict[str, Any]]:
    """The columns of a database's table."""
    with open_project(project_file) as project, project.books(connection) as books:
        tables = books.query(name, limit=1).tables()
    return [{"column": field.name, "type": _sql_words(field.type)} for field in tables[name].schema]


_SQL_WORDS = {
    "Utf8": "VARCHAR",
    "Boolean": "BOOLEAN",
    "Int32": "INTEGER",
    "Int64": "BIGINT",
    "Date32": "DATE",
    'Timestamp(µs, "UTC")': "TIMESTAMPTZ",
    "Decimal128(38, 9)": "DECIMAL(38, 9)",
}


def _sql_words(kind: Any) -> str:
    """A type as databases call it; Arrow's word where they have none."""
    word = str(kind).strip().removeprefix("arro3.core.DataType<").removesuffix(">")
    return _SQL_WORDS.get(word, word)


# ---- fields of a record type


def _show_fields(name: str, message: Message | None, inside: bool, chosen: Format) -> None:
    from ..catalog.rest import record_type
    from .messages import note
    from .reports import Report, show

    kind = record_type(name)
    rows = [
        row for row in field_rows(kind, inside=inside) if message is None or row[message] not in ("", False)
    ]
    if chosen is Format.TABLE and "note" in kind.head:
        note(str(kind.head["note"]))
    show(Report(rows), chosen)


def field_rows(kind: RecordType, *, inside: bool) -> Iterator[dict[str, Any]]:
    """A row per field that QuickBooks is known to serve."""
    for path, declared in _paths(kind, kind.fields, inside=inside):
        yield {
            "field": path,
            "type": _type_words(declared),
            "length": declared.length,
            **{str(message): _carried(kind, path, declared, message) for message in _WRITES},
            str(Message.QUERY): _queried(kind, path),
        }


_WRITES = {Message.CREATE: "required", Message.UPDATE: "required_update", Message.SPARSE: "required_sparse"}
"""By message, the entry of the head that says what it must have."""


def _paths(
    kind: RecordType, shape: Shape, *, inside: bool, above: tuple[str, ...] = ()
) -> Iterator[tuple[str, Field]]:
    for name, declared in shape.items():
        if not declared.served or declared.has("attribute") or _is_foreign_line(kind, name):
            continue
        yield ".".join((*above, name)), declared
        if inside and declared.is_shape and declared.type not in above:
            inner = kind.shape(declared.type)
            yield from _paths(kind, inner, inside=True, above=(*above, name))


def _is_foreign_line(kind: RecordType, name: str) -> bool:
    """Whether it is the detail of a line that this type has none of."""
    from ..catalog.rest import detail_member

    own = {detail_member(word) for word in kind.words("lines")}
    return bool(own) and name.endswith("LineDetail") and name not in own


def _type_words(declared: Field) -> str:
    words = {"ref": "→ " + "|".join(declared.targets or ("any",)), "enum": "one of a set"}.get(
        declared.type, declared.type
    )
    return f"{words} …" if declared.many else words


def _carried(kind: RecordType, path: str, declared: Field, message: Message) -> str:
    """`required`, `allowed`, or nothing when QuickBooks would ignore or refuse it."""
    if not kind.can(message):
        return ""
    if message is not Message.CREATE and path in ("Id", "SyncToken"):
        return "required"
    if declared.has("readonly") or path in ("Id", "SyncToken", "MetaData"):
        return ""
    for word in kind.words(_WRITES[message]):
        alternatives = word.split("|")
        if path in alternatives:
            return "required" if len(alternatives) == 1 else f"one of {', '.join(alternatives)}"
    return "allowed"


def _queried(kind: RecordType, path: str) -> str:
    if not kind.can("query"):
        return ""
    words = [word for word, may in (("filter", kind.filterable(path)), ("sort", kind.sortable(path))) if may]
    return " ".join(words)
