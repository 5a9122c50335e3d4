"""From the settings of a connection to the connection: one function for each kind.

A kind's module is imported when a connection of that kind is opened, and its driver with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Unauthorized
from .end_openers import END_OPENERS, secret_of
from .qbxml_settings import DesktopSettings, OnlineLegacySettings, WebConnectorSettings
from .settings import DuckDBSettings, MemorySettings, OnlineSettings

if TYPE_CHECKING:
    from ..connections.base import Connection
    from . import Project

PATIENCE = 10.0
"""Seconds to wait while another process talks to the same company file."""


def _open_online(project: Project, name: str, settings: OnlineSettings) -> Connection:
    from ..connections.rest.connection import address_of, open_online
    from ..connections.rest.http import new_http

    http = None
    if project.company:  # one of many: their runs follow each other at the same server
        address = address_of(settings.environment, settings.base_url or None)
        http = project.shared.get(f"http of {address}", lambda: new_http(address, is_shared=True))
    return open_online(
        name=name,
        company=settings.company,
        environment=settings.environment,
        base_url=settings.base_url or None,
        minor_version=settings.minor_version,
        requests_at_once=settings.requests_at_once,
        vault=project.vault,
        meter=project.meter,
        marks=settings.marks,
        replay_window=timedelta(minutes=settings.replay_minutes),
        http=http,
    )


def surrogate_folder(project: Project) -> Path:
    """Where the change of the registry is written down."""
    return project.folder / "work" / "quickbooks_host"


def _open_desktop(project: Project, name: str, settings: DesktopSettings) -> Connection:
    from ..connections.qbxml.connection import open_desktop
    from ..state.company_files import CompanyFiles
    from ..state.locks import held

    return open_desktop(
        name,
        sandbox=settings.sandbox,
        python=settings.python,
        file=settings.company_file,
        known_as=settings.known_as,
        files=CompanyFiles(project.state),
        mode=settings.file_mode,
        surrogate_folder=surrogate_folder(project) if settings.surrogate else None,
        application_name=settings.application_name,
        country=settings.country,
        version=settings.version,
        timeout=settings.timeout,
        conversation=partial(held, project.folder, timeout=PATIENCE),
        marks=settings.marks,
        requests_per_set=settings.requests_per_set,
    )


def _open_web_connector(project: Project, name: str, settings: WebConnectorSettings) -> Connection:
    from ..connections.qbxml.web_connector.connection import open_web_connector

    return open_web_connector(
        name,
        state=project.state,
        user=settings.user,
        patience=settings.patience if project.say_waiting else 0,
        timeout=settings.timeout,
        country=settings.country,
        version=settings.version,
        say=project.say_waiting or (lambda _text: None),
        marks=settings.marks,
        requests_per_set=settings.requests_per_set,
    )


def _open_online_legacy(project: Project, name: str, settings: OnlineLegacySettings) -> Connection:
    from ..connections.qbxml.online_legacy import open_online_legacy
    from ..protocols.qbxml_sign_on import Application

    def ticket() -> str:
        found = secret_of(project, settings, "connection_ticket")
        if not found:
            raise Unauthorized(
                f"The vault has no connection ticket for {name}.",
                advice=f"`tieout connect {name} --kind online-legacy` asks for it.",
            )
        return found

    return open_online_legacy(
        name,
        application=Application(settings.application_login, settings.application_id),
        company=settings.company,
        connection_ticket=ticket,
        gateway=settings.gateway,
        certificate=project.beside(settings.certificate) if settings.certificate else None,
        timeout=settings.timeout,
        version=settings.version,
        marks=settings.marks,
        requests_per_set=settings.requests_per_set,
    )


def _open_duckdb(project: Project, name: str, settings: DuckDBSettings) -> Connection:
    from ..connections.duckdb.connection import DuckDBConnection

    return DuckDBConnection(name, project.beside(settings.path), settings.schema)


def _open_memory(_project: Project, name: str, _settings: MemorySettings) -> Connection:
    from ..connections.memory import MemoryConnection

    return MemoryConnection(name)


OPENERS: Mapping[type, Callable[[Project, str, Any], Connection]] = {
    OnlineSettings: _open_online,
    DesktopSettings: _open_desktop,
    WebConnectorSettings: _open_web_connector,
    OnlineLegacySettings: _open_online_legacy,
    DuckDBSettings: _open_duckdb,
    MemorySettings: _open_memory,
    **END_OPENERS,
}
