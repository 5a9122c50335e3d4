"""One connection: how it stands, checking it, the doctor's lines, and setting a Web Connector up."""

from __future__ import annotations

from typing import Any

from ...errors import SetupError
from ...project import WebConnectorSettings
from ...project.companies import blanks_of, ends_of
from ...project.unknown_counts import unknown_counts
from ...state.connector_sessions import ConnectorSessions, ConnectorUser
from ...state.passwords import hashed, new_password
from ..web_connector_door import PATH
from ..web_connector_set_up import qwc_of, steps
from .overview import standing_of
from .pages import Asked, Download, Shown
from .records import text_of


def show(asked: Asked) -> Shown:
    """The connection, without asking it."""
    return _page(asked)


def check(asked: Asked) -> Shown:
    """The connection asked whether it can be used, and examined where its kind can be."""
    with asked.project.connection(asked.path["name"]) as connection:
        findings = list(connection.examine()) if connection.supports.examines else []
        health = None if findings else connection.check()
    told = (
        [(name.replace("_", " "), text_of(value)) for name, value in health.details.items()] if health else []
    )
    company = [("company or place", health.company)] if health else []
    return _page(asked, findings=findings, health=[*company, *told])


def download_qwc(asked: Asked) -> Download:
    """The `.qwc` file for the Web Connector's user."""
    name = asked.path["name"]
    settings, user = _web_connector(asked)
    content = qwc_of(name, settings, f"{settings.url}{PATH}", owner_id=user.owner_id, file_id=user.file_id)
    return Download(f"{name}.qwc", content, "application/octet-stream")


def new_user_password(asked: Asked) -> Shown:
    """Another password for the Web Connector's user, shown this once."""
    name = asked.path["name"]
    settings, user = _web_connector(asked)
    password = new_password()
    ConnectorSessions(asked.project.state).set_user(
        settings.user,
        connection=name,
        password=hashed(password),
        owner_id=user.owner_id,
        file_id=user.file_id,
    )
    return _page(asked, password=password)


def _page(asked: Asked, **more: Any) -> Shown:
    name = asked.path["name"]
    settings = asked.project.settings(name)
    told: tuple[str, ...] = ()
    if isinstance(settings, WebConnectorSettings):
        told = steps(name, f"{settings.url}{PATH}", f"{name}.qwc")
    values = {
        "name": name,
        "kind": settings.KIND,
        "standing": standing_of(asked.project, settings),
        "is_one": not next(blanks_of(settings), ""),
        "processes": [process for process, each in asked.project.processes.items() if name in ends_of(each)],
        "unknown": unknown_counts(asked.project)[0].get(name, ""),
        "user": settings.user if isinstance(settings, WebConnectorSettings) else "",
        "steps": told,
        "findings": None,
        "health": None,
        "password": "",
    }
    return Shown("connection", {**values, **more})


def _web_connector(asked: Asked) -> tuple[WebConnectorSettings, ConnectorUser]:
    name = asked.path["name"]
    settings = asked.project.settings(name)
    user = (
        ConnectorSessions(asked.project.state).user(settings.user)
        if isinstance(settings, WebConnectorSettings)
        else None
    )
    if not isinstance(settings, WebConnectorSettings) or user is None:
        raise SetupError(
            f"{name} has no user of a Web Connector.",
            advice=f"`tieout connect {name} --kind web-connector` makes one.",
        )
    return settings, user
