"""How many changes nobody knows the end of, connection by connection, without talking to QuickBooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..connections.qbxml.identities import (
    desktop_identity,
    online_legacy_identity,
    web_connector_identity,
)
from ..connections.rest import address_of, identity_of
from .companies import blanks_of, ends_of
from .qbxml_settings import DesktopSettings, OnlineLegacySettings, WebConnectorSettings
from .settings import OnlineSettings

if TYPE_CHECKING:
    from . import Project
    from .kind import ConnectionSettings

WRITTEN = (OnlineSettings, DesktopSettings, WebConnectorSettings, OnlineLegacySettings)
"""Settings of the kinds whose changes may be left without an answer."""


def unknown_counts(project: Project) -> tuple[dict[str, int | None], dict[str, int]]:
    """The count of each connection that may have such changes, and those of companies that no connection stands for alone.

    None is the count of a connection to whichever company file of QuickBooks Desktop is open, where some file of that machine has such changes.
    """
    others = project.journal.unknown_by_company()
    counted: dict[str, int | None] = {}
    found = dict(others)
    for name, settings in project.connections.items():
        if not isinstance(settings, WRITTEN) or next(blanks_of(settings), ""):
            continue
        identity = _identity(settings)
        if identity:
            counted[name] = found.get(identity, 0)
            others.pop(identity, None)
        else:
            counted[name] = None if _some_file_has(settings, found) else 0
    return counted, others


def places_of_companies(project: Project) -> dict[str, tuple[str, str]]:
    """Connection and company of what the journal calls the companies of a set, as far as they have such changes of a process's documents."""
    found = {}
    for identity, name in project.run_documents.of_unknown_changes().items():
        settings = project.processes.get(name.process)
        if settings is None or not name.company or name.environment != project.environment:
            continue
        for end in ends_of(settings):
            connection = project.connections[end]
            if identity.partition(":")[0] == connection.KIND and next(blanks_of(connection), ""):
                found[identity] = end, name.company
    return found


def _identity(settings: ConnectionSettings) -> str:
    """What the journal calls its company; empty where QuickBooks decides which it is."""
    match settings:
        case OnlineSettings():
            return identity_of(address_of(settings.environment, settings.base_url or None), settings.company)
        case WebConnectorSettings():
            return web_connector_identity(settings.user)
        case OnlineLegacySettings():
            return online_legacy_identity(settings.company, settings.gateway)
        case DesktopSettings() if file := settings.known_as or settings.company_file:
            return desktop_identity(file, settings.sandbox)
    return ""


def _some_file_has(settings: ConnectionSettings, counts: dict[str, int]) -> bool:
    assert isinstance(settings, DesktopSettings), "the identity of every other kind is known"
    place = desktop_identity("", settings.sandbox).removeprefix("desktop:")
    return any(each.startswith("desktop:") and each.endswith(place) for each in counts)
