"""From the settings of a connection to another system than QuickBooks to the connection; drivers are imported here or later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ..errors import SetupError, Unauthorized
from .ends import DltSettings, FilesSettings, HttpSettings, SqlSettings
from .functions import load_function
from .kind import ConnectionSettings

if TYPE_CHECKING:
    from ..connections.base import Connection
    from ..connections.files.connection import TablesInFolder
    from ..connections.files.folder import Folder
    from . import Project

_DLT_PATHS = ("credentials", "bucket_url")
"""Arguments of destinations that name a file or a folder."""


def _open_sql(project: Project, name: str, settings: SqlSettings) -> Connection:
    try:
        from ..connections.sql.connection import SqlConnection
    except ModuleNotFoundError as error:
        raise _extra_is_missing(name, "sql") from error
    from ..connections.sql.database import beside

    return SqlConnection(
        name,
        beside(settings.url, project.path.parent),
        password=secret_of(project, settings, "password"),
        schema=settings.schema,
        zone=settings.zone,
        marks=settings.marks,
    )


def _open_files(project: Project, name: str, settings: FilesSettings) -> Connection:
    from ..connections.files.connection import FilesConnection
    from ..connections.files.folder import LocalFolder
    from ..connections.files.formats import Format

    folder: Folder = LocalFolder(project.beside(settings.path))
    if "://" in settings.path:
        try:
            from ..connections.files.remote_folder import RemoteFolder
        except ModuleNotFoundError as error:
            raise _extra_is_missing(name, "files") from error
        known_hosts = str(project.folder / "known_hosts")
        folder = RemoteFolder(
            settings.path, secret_of(project, settings, "password"), known_hosts=known_hosts
        )
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
        tables=_parquet_tables(folder) if settings.format == "parquet" else None,
    )


def _parquet_tables(folder: Folder) -> TablesInFolder:
    from ..connections.duckdb.parquet_tables import ParquetTables

    return ParquetTables(folder)


def _open_http(project: Project, name: str, settings: HttpSettings) -> Connection:
    from ..connections.http.connection import HttpConnection
    from ..connections.http.listener import ListeningConnection
    from ..connections.http.paging import Paging
    from ..connections.http.service import Service
    from ..connections.http.sign_in import ClientCredentials, Header, SignIn, basic

    if settings.listen:
        return ListeningConnection(name, settings.listen, project.arrivals(name), id_field=settings.id_field)
    for key in settings.needed_secrets:
        if not secret_of(project, settings, key):
            raise Unauthorized(
                f"The vault has no {key} for {name}.", advice=f"`tieout connect {name}` asks for it."
            )
    sign_in: SignIn = Header()
    match settings.auth:
        case "header":
            sign_in = Header(settings.header, secret_of(project, settings, "token"))
        case "basic":
            sign_in = basic(settings.user, secret_of(project, settings, "password"))
        case "oauth":
            secret = secret_of(project, settings, "client_secret")
            sign_in = ClientCredentials(settings.token_url, settings.client_id, secret, settings.scope)
    return HttpConnection(
        name,
        Service(settings.base_url, sign_in, timeout=settings.timeout),
        dict(_named(word) for word in settings.paths),
        Paging(
            settings.paging,
            settings.page_parameter,
            settings.next,
            settings.page_size,
            settings.size_parameter,
            settings.records,
        ),
        id_field=settings.id_field,
        modify=settings.modify,
        idempotency_header=settings.idempotency_header,
    )


def _open_dlt(project: Project, name: str, settings: DltSettings) -> Connection:
    try:
        from ..connections.dlt.pipeline import Pipeline
    except ModuleNotFoundError as error:
        raise _extra_is_missing(name, "dlt") from error
    from ..connections.dlt.destination import DltDestination
    from ..connections.dlt.source import DltSource, with_arguments

    arguments = dict(settings.arguments)
    if settings.source:
        function = load_function(settings.source, project.path.parent, f"The source of {name}")
        make = with_arguments(function, arguments, name)
        return DltSource(name, make, settings.source, id_field=settings.id_field)
    if settings.destination in ("duckdb", "filesystem"):
        paths = {key: path for key, path in arguments.items() if key in _DLT_PATHS and "://" not in path}
        arguments |= {key: str(project.beside(path).resolve()) for key, path in paths.items()}
    environment = f"_{project.environment}" if project.environment else ""
    pipeline = Pipeline(
        f"{name}{environment}", settings.destination, arguments, settings.dataset, project.folder / "dlt"
    )
    return DltDestination(name, pipeline, settings.destination, id_field=settings.id_field)


def _named(word: str) -> tuple[str, str]:
    name, _, path = word.partition("=")
    return name.strip(), path.strip()


END_OPENERS: Mapping[type, Callable[[Project, str, Any], Connection]] = {
    SqlSettings: _open_sql,
    FilesSettings: _open_files,
    HttpSettings: _open_http,
    DltSettings: _open_dlt,
}


def secret_of(project: Project, settings: ConnectionSettings, name: str) -> str:
    """A secret of a connection from the vault; empty when there is none."""
    if not (project.folder / "vault.db").exists():
        return ""
    return (project.vault.read(settings.secrets_of) or {}).get(name, "")


def _extra_is_missing(name: str, extra: str) -> SetupError:
    return SetupError(
        f"{name} is of the kind {extra}, and what it needs is not installed.",
        advice=f"Install it: pip install 'tieout[{extra}]'.",
    )
