"""Which companies a connection to QuickBooks Online stands for, and which of them somebody has signed in to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..connections.rest import Application, address_of, identity_of
from ..errors import SetupError
from ..state.vault import Vault
from . import Project
from .companies import blanks_of, ends_of, filled, read_companies
from .settings import OnlineSettings


def stands_for_many(settings: object) -> bool:
    """Whether it is a connection to QuickBooks Online that `companies` of a process fills."""
    return isinstance(settings, OnlineSettings) and any(blanks_of(settings))


def clients_of(project: Project, name: str) -> dict[str, OnlineSettings]:
    """By its number each company that the connection stands for, in every process with `companies`; the rows are read anew."""
    found: dict[str, OnlineSettings] = {}
    for process, settings in project.processes.items():
        address = settings.set_of_companies
        if address is None or name not in ends_of(settings):
            continue
        for row in read_companies(project, process, address).values():
            one = filled(project, row).settings(name)
            assert isinstance(one, OnlineSettings), "asked for those only"
            found[one.company] = one
    if not found:
        raise SetupError(
            f"{name} stands for many companies, and no process says which.",
            advice='Add `companies` to a process that uses it, such as companies = "firm:select realm from clients".',
        )
    return found


def one_client(project: Project, name: str, company: str) -> Project:
    """The project with the connection leading to one company, which may have left its set."""
    settings = project.settings(name)
    assert isinstance(settings, OnlineSettings), "asked for those only"
    connections = {**project.connections, name: replace(settings, company=company)}
    project.state  # noqa: B018 - opened before it is shared
    one = replace(project, connections=connections, company=company)
    one.__dict__["state"] = project.state
    return one


def base_url_of(settings: OnlineSettings) -> str:
    return address_of(settings.environment, settings.base_url or None)


def vault_identity(settings: OnlineSettings) -> str:
    """What the vault keeps the company's tokens under."""
    return identity_of(base_url_of(settings), settings.company)


def signed_in(vault: Vault, clients: Mapping[str, OnlineSettings]) -> dict[str, bool]:
    """Of each company whether somebody has signed in to it."""
    known = set(vault.identities())
    return {company: vault_identity(settings) in known for company, settings in clients.items()}


def keep_application(vault: Vault, application: Application) -> None:
    """Remember the secret of an application that signs in to many companies."""
    vault.write(_application(application.client_id), {"client_secret": application.client_secret})


def application_of(vault: Vault, client_id: str) -> Application | None:
    """The application with its secret, when that was kept."""
    kept = vault.read(_application(client_id))
    return None if kept is None else Application(client_id, kept["client_secret"])


def _application(client_id: str) -> str:
    return f"application:{client_id}"
