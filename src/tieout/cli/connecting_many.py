"""`tieout connect` for a connection that stands for many companies: who is signed in, links for clients, tokens from a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..connections import rest
from ..errors import SetupError, TieoutError
from ..project import OnlineSettings, Project
from ..project.connect import adopt_once
from ..project.signed_in import application_of, base_url_of, clients_of, keep_application, signed_in
from .exit_codes import DISAGREES
from .messages import note
from .options import Format
from .reports import Report, show
from .signing_in import Asked, ask, sign_in

if TYPE_CHECKING:
    from ..connections.rest import Application

COLUMNS = ("realm", "refresh_token")


@dataclass(frozen=True, slots=True)
class Clients:
    """The companies of a connection, and what the command says."""

    project: Project
    name: str
    asked: Asked
    known: Mapping[str, OnlineSettings]

    @property
    def application(self) -> Application:
        """The application that all of them are signed in with; its secret is kept once it was given."""
        client_id = next(iter(self.known.values())).client_id
        kept = application_of(self.project.vault, client_id)
        if kept is None or self.asked.client_secret:
            secret = self.asked.client_secret or ask("--client-secret", "Client secret", hidden=True)
            kept = rest.Application(client_id, secret)
            keep_application(self.project.vault, kept)
        return kept


def connect_many(
    file: Path, name: str, asked: Asked, *, tokens: Path | None, links: bool, chosen: Format
) -> None:
    """What the options mean for a connection of many; without any, who is signed in is shown."""
    with Project.read(file) as project:
        clients = Clients(project, name, asked, clients_of(project, name))
        told: dict[str, dict[str, str]] = {}
        if tokens is not None:
            told = dict(_taken_over(clients, tokens))
        elif asked.sandbox:
            told = dict(_let_in_by_sandbox(clients))
        elif asked.company:
            _sign_in_to_one(clients)
        elif links:
            told = _links(clients)
        states = signed_in(project.vault, clients.known)
    rows = [
        {"company": company, "signed_in": "yes" if is_in else "no", **told.get(company, {})}
        for company, is_in in states.items()
    ]
    missing = sum(not is_in for is_in in states.values())
    more = [
        {"company": company, "signed_in": "no", **row}
        for company, row in told.items()
        if company not in states
    ]
    show(Report(rows + more, whole=("link",)), chosen)
    note(f"{len(states) - missing} of {len(states)} companies of {name} are signed in.")
    if missing and not links:
        note(
            f"→ `tieout connect {name} --links` makes a link for each of the others; `--tokens FILE` takes over tokens; "
            "`--company ID` signs in to one here."
        )
    if any(row.get("why") for row in told.values()):
        raise typer.Exit(DISAGREES)


def _sign_in_to_one(clients: Clients) -> None:
    asked, name = clients.asked, clients.name
    client = clients.known.get(asked.company)
    if client is None:
        raise SetupError(
            f"{asked.company} is not among the companies of {name}.",
            advice="Add it to the rows that `companies` names first.",
        )
    with_secret = replace(asked, client_secret=clients.application.client_secret)
    made = sign_in(name, with_secret, client, clients.project)
    if made.realm != asked.company:
        raise SetupError(
            f"You signed in to the company {made.realm}, and not to {asked.company}. Nothing was kept.",
            advice="Begin again, and choose that company.",
        )
    made.keep(clients.project.vault)


def _let_in_by_sandbox(clients: Clients) -> Iterator[tuple[str, dict[str, str]]]:
    for company, client in _not_yet(clients):
        if base_url_of(client) != rest.address_of(base_url=clients.asked.sandbox):
            raise SetupError(
                f"{clients.name} leads to {base_url_of(client)}, and not to {clients.asked.sandbox}.",
                advice=f"Set base_url in [connection.{clients.name}].",
            )
        try:
            rest.sign_in_at_sandbox(base_url_of(client), company=company).keep(clients.project.vault)
        except TieoutError as error:
            yield company, {"why": str(error)}


def _links(clients: Clients) -> dict[str, dict[str, str]]:
    from ..runtime.invitations import GOOD_FOR, link_of

    clients.application  # noqa: B018 - the server will need its secret
    now = clients.project.journal.clock()
    made = {
        company: {"link": link_of(clients.project, clients.name, client, now)}
        for company, client in _not_yet(clients)
    }
    if made:
        note(f"Send each link to who may sign in to that company; it is good for {GOOD_FOR.days} days.")
    return made


def _not_yet(clients: Clients) -> Iterator[tuple[str, OnlineSettings]]:
    states = signed_in(clients.project.vault, clients.known)
    return ((company, client) for company, client in clients.known.items() if not states[company])


def _taken_over(clients: Clients, file: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Each token of the file is refreshed at once and kept, before the next one is looked at."""
    rows = _read(file)
    application = clients.application
    for realm, token in rows:
        client = clients.known.get(realm)
        if client is None:
            yield realm, {"why": f"It is not among the companies of {clients.name}; its token was not used."}
            continue
        try:
            adopt_once(clients.project.vault, base_url_of(client), application, realm, token)
        except TieoutError as error:
            yield realm, {"why": str(error)}
    note(f"{file} may be deleted: its tokens are worthless once they were refreshed.")


def _read(file: Path) -> list[tuple[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows: list[dict[str, Any]] = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SetupError(f"{file} cannot be read: {error}.") from error
    for number, row in enumerate(rows, 2):
        if not all((row.get(column) or "").strip() for column in COLUMNS):
            raise SetupError(
                f"{file}, line {number}: {' or '.join(COLUMNS)} is missing.",
                advice="The first line names the columns: realm,refresh_token.",
            )
    if not rows:
        raise SetupError(
            f"{file} has no rows.", advice="The first line names the columns: realm,refresh_token."
        )
    return [(row["realm"].strip(), row["refresh_token"].strip()) for row in rows]
