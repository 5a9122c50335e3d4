"""Secrets of connections that `tieout connect` does not sign in to: asked for, or taken from the environment, and kept in the vault."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer

from ..errors import SetupError
from .messages import note

if TYPE_CHECKING:
    from ..project.kind import ConnectionSettings
    from ..state.vault import Vault


def keep_secrets(name: str, settings: ConnectionSettings | None, vault: Vault) -> None:
    """Ask for each secret that the connection needs; SetupError where it needs none, or nobody can be asked."""
    if settings is None:
        raise SetupError(
            f"The project file has no connection {name}.", advice=f"Write its [connection.{name}] first."
        )
    if not settings.needed_secrets:
        raise SetupError(f"{name} is of the kind {settings.KIND}; there is nothing to sign in to.")
    vault.write(settings.secrets_of, {key: _asked(key, name) for key in settings.needed_secrets})
    note(f"The vault keeps {' and '.join(settings.needed_secrets)} of {name}.")


def _asked(key: str, name: str) -> str:
    variable = f"TIEOUT_{key.upper()}"
    if os.environ.get(variable):
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise SetupError(
            f"There is no terminal here to ask for the {key} of {name}.", advice=f"Set {variable}."
        )
    return str(typer.prompt(key.replace("_", " ").capitalize(), hide_input=True, err=True)).strip()
