"""From a program straight to books: by the project file, by keys alone, or at a sandbox."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..errors import SetupError
from ..state.database import open_state
from ..state.journal import Journal
from ..state.meter import Meter
from ..state.vault import Vault, open_vault
from . import FILE_NAME, Project
from .books import Books

if TYPE_CHECKING:
    from ..connections.rest import Application

STATE_FOLDER = ".tieout"


def open_project(path: str | Path | None = None, environ: Mapping[str, str] = os.environ) -> Project:
    """The project of this file or folder; of the current folder, or the nearest one above it, when none is named."""
    if path is None:
        return Project.find(environ=environ)
    file = Path(path)
    return Project.read(file / FILE_NAME if file.is_dir() else file, environ)


def connect(
    name: str = "books",
    *,
    project: str | Path | None = None,
    kind: str = "",
    sandbox: str = "",
    company: str = "",
    environment: str = "production",
    base_url: str = "",
    client_id: str = "",
    client_secret: str = "",
    refresh_token: str = "",
    folder: str | Path | None = None,
) -> Books:
    """Open books.

    With a name alone, the connection of that name in the project file. With `sandbox`, the address of a running
    sandbox. With `company`, the keys of an application and a refresh token, no project file is needed: tokens are
    then kept, encrypted, in `folder` (`.tieout` here), for each one is good for a day or so and then replaced.
    """
    if sandbox:
        return _connect_to_sandbox(name, sandbox, company or None)
    if not (kind or company or client_id or refresh_token):
        opened = open_project(project)
        return Books(opened.connection(name), opened, journal=opened.journal)
    _require(kind=kind, company=company, client_id=client_id, client_secret=client_secret)
    place = Path(folder or STATE_FOLDER)
    vault = open_vault(place, os.environ)
    from ..connections.rest import Application, address_of

    address = address_of(environment, base_url or None)
    if refresh_token:
        adopt_once(vault, address, Application(client_id, client_secret), company, refresh_token)
    return _open(name, company, vault, place, address)


def _connect_to_sandbox(name: str, url: str, company: str | None) -> Books:
    from ..connections.rest import sign_in_at_sandbox

    with ExitStack() as undo:
        folder = TemporaryDirectory(prefix="tieout-")  # what a sandbox hands out is worth nothing tomorrow
        undo.push(folder)
        place = Path(folder.name)
        vault = open_vault(place, {})
        entered = sign_in_at_sandbox(url, company=company)
        entered.keep(vault)
        undo.pop_all()
    return _open(name, entered.realm, vault, place, entered.base_url, folder)


def _open(
    name: str, company: str, vault: Vault, place: Path, address: str, *others: TemporaryDirectory[str]
) -> Books:
    from ..connections.rest import open_online

    state = open_state(place)
    connection = open_online(name, company, vault=vault, meter=Meter(state), base_url=address)
    return Books(connection, *others, state, journal=Journal(state))


def _require(*, kind: str, **needed: str) -> None:
    if kind not in ("", "online"):
        raise SetupError(
            f"Without a project file only books of the kind online can be opened, not {kind!r}.",
            advice=f"Describe the connection in {FILE_NAME} and open it by its name.",
        )
    missing = [key for key, value in needed.items() if not value]
    if missing:
        raise SetupError(
            f"To connect without a project file, {' and '.join(missing)} must be given too.",
            advice="`tieout connect books` signs in once and writes the project file.",
        )


def adopt_once(
    vault: Vault, address: str, application: Application, company: str, refresh_token: str
) -> None:
    """Take a refresh token over, unless it was before: those that replaced it are in the vault then."""
    from ..connections.rest import adopt, identity_of

    identity, digest = identity_of(address, company), _digest(refresh_token)
    if (vault.read(identity) or {}).get("adopted") == digest:
        return
    adopt(address, application, company, refresh_token).keep(vault)
    with vault.exclusive(identity) as held:
        held.write({**(held.read() or {}), "adopted": digest})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
