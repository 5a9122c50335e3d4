"""`tieout connect NAME --kind online-legacy`: the application, the company, and its connection ticket."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import SetupError
from .messages import note

CLOSED = (
    "Intuit closed the legacy QuickBooks Online Edition to new users in May 2014: only a ticket from before, or one of "
    "`tieout sandbox online-legacy`, lets anybody in. A company of today's QuickBooks Online is of the kind online."
)


def connect_online_legacy(place: Path, name: str, table: Mapping[str, Any], told: Mapping[str, str]) -> None:
    """Write the connection, and keep its connection ticket in the vault; nothing is written where a setting is missing."""
    from ..project import Project, write_connection
    from .secrets import keep_secrets

    settings = {**table, **{key: word for key, word in told.items() if word}}
    for key, option in (("application_login", "--application-login"), ("application_id", "--client-id")):
        if key not in settings:
            raise SetupError(
                f"Nothing says the {key.replace('_', ' ')} of your application.",
                advice=f"Name it with {option}, as Intuit registered it.",
            )
    note(CLOSED)
    write_connection(place, name, settings)
    note(f"[connection.{name}] is in {place}.")
    with Project.read_connections(place) as project:
        keep_secrets(name, project.settings(name), project.vault)
