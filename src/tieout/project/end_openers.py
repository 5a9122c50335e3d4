"""From the settings of a connection to another system than QuickBooks to the connection; drivers are imported here or later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ..errors import SetupError
from .ends import FilesSettings, SqlSettings
from .kind import ConnectionSettings

if TYPE_CHECKING:
    from ..connections.base import Connection
    from . import Project


def _open_sql(project: Project, name: str, settings: SqlSettings) -> Connection:
    try:
        from ..connections.sql.connection import SqlConnection
    except ModuleNotFoundError as error:
        raise _extra_is_missing(name, "sql") from error
    from ..connections.sql.database import beside

    return SqlConnection(
        name,
        beside(settings.url, project.path.parent),
        password=_secret(project, settings, "password"),
        schema=settings.schema,
        zone=settings.zone,
        marks=settings.marks,
    )


def _open_files(project: Project, name: str, settings: FilesSettings) -> Connection:
    from ..connections.files.connection import FilesConnection
    from ..connections.files.folder import Folder, LocalFolder
    from ..connections.files.formats import Format

    folder: Folder = LocalFolder(project.beside(settings.path))
    if "://" in settings.path:
        try:
            from ..connections.files.remote_folder import RemoteFolder
        except ModuleNotFoundError as error:
            raise _extra_is_missing(name, "files") from error
        folder = RemoteFolder(settings.path, _secret(project, settings, "password"))
    return FilesConnection(
        name,
        folder,
        Format(
            settings.format, settings.encoding, settings.records, settings.sheet, settings.one_per_document
        ),
        after=settings.after,
        archive=settings.archive,
        quiet=timedelta(seconds=settings.quiet_seconds),
        id_field=settings.id_field,
    )


END_OPENERS: Mapping[type, Callable[[Project, str, Any], Connection]] = {
    SqlSettings: _open_sql,
    FilesSettings: _open_files,
}


def _secret(project: Project, settings: ConnectionSettings, name: str) -> str:
    """A secret of a connection from the vault; empty when there is none."""
    if not (project.folder / "vault.db").exists():
        return ""
    return (project.vault.read(settings.secrets_of) or {}).get(name, "")


def _extra_is_missing(name: str, extra: str) -> SetupError:
    return SetupError(
        f"{name} is of the kind {extra}, and what it needs is not installed.",
        advice=f"Install it: pip install 'tieout[{extra}]'.",
    )
