"""`tieout connect NAME --kind web-connector`: a user for a Web Connector, and the file by which it is told."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import typer

from .messages import note
from .options import Format

if TYPE_CHECKING:
    from ..project import WebConnectorSettings


@dataclass(frozen=True, slots=True)
class _Made:
    """What a person needs on the machine of QuickBooks."""

    user: str
    password: str
    url: str
    qwc: str


def connect_web_connector(
    place: Path, name: str, table: dict[str, Any], url: str, company_file: str, chosen: Format
) -> None:
    """Write the connection and its `.qwc` file, and give its user a new password, which is shown once."""
    from ..project import Project, WebConnectorSettings, write_connection
    from .reports import Report, show

    user = str(table.get("user") or f"{name}-{secrets.token_hex(3)}")
    given = {"user": user, "url": url.rstrip("/") or None, "company_file": company_file or None}
    write_connection(place, name, {**table, **{key: value for key, value in given.items() if value}})
    with Project.read_connections(place) as project:
        settings = project.settings(name)
        assert isinstance(settings, WebConnectorSettings)
        made = _made(project, name, settings, place.with_name(f"{name}.qwc"))
    note(f"[connection.{name}] is in {place}.")
    row = {"user": made.user, "password": made.password, "url": made.url, "qwc": made.qwc}
    show(Report([row], row, lambda: _tell(name, made)), chosen)


def _made(project: Any, name: str, settings: WebConnectorSettings, qwc: Path) -> _Made:
    from ..runtime.web_connector_door import PATH
    from ..runtime.web_connector_set_up import qwc_of
    from ..state.company_files import CompanyFiles
    from ..state.connector_sessions import ConnectorSessions
    from ..state.files import replace_file
    from ..state.passwords import hashed, new_password

    sessions = ConnectorSessions(project.state)
    known = sessions.user(settings.user)
    owner = known.owner_id if known else sessions.owner_id() or f"{{{uuid4()}}}"
    there = CompanyFiles(project.state).file_id_at(settings.company_file) if settings.company_file else ""
    file_id = known.file_id if known else there or f"{{{uuid4()}}}"
    url = f"{settings.url}{PATH}"
    content = qwc_of(name, settings, url, owner_id=owner, file_id=file_id)
    password = new_password()
    sessions.set_user(
        settings.user, connection=name, password=hashed(password), owner_id=owner, file_id=file_id
    )
    replace_file(qwc, content)
    return _Made(settings.user, password, url, str(qwc))


def _tell(name: str, made: _Made) -> None:
    from ..runtime.web_connector_set_up import steps

    typer.echo(f"User:     {made.user}")
    typer.echo(f"Password: {made.password}")
    typer.echo("The password is shown this once; the same command makes another.\n")
    for number, step in enumerate(steps(name, made.url, made.qwc), 1):
        typer.echo(f"{number}. {step}")
