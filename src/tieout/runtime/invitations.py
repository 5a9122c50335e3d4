"""Links by which clients let a firm into their company: each goes to the person who may, and needs no account here.

A link holds the connection and the company, sealed with the vault's key, so that nobody can make one or change it. It leads to
Intuit; who comes back from there has signed in to that company, or nothing is kept.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ..connections.rest import Application, SignIn, parse_redirect
from ..connections.rest.http import new_http
from ..connections.rest.oauth import AuthorizationServer
from ..errors import SetupError, Unauthorized
from ..project import OnlineSettings, Project
from ..project.following import FollowedProject
from ..project.signed_in import application_of, base_url_of, clients_of
from ..state.agenda import Agenda
from ..state.callbacks import Callbacks
from .callback_door import CALLBACK

GOOD_FOR = timedelta(days=14)
PATH = "/connect"

_INVITATION = "invitation"
_SIGN_IN = "sign-in by invitation"


def link_of(project: Project, connection: str, client: OnlineSettings, now: datetime) -> str:
    """The link for one company; SetupError when browsers do not come back to a server of ours."""
    address = urlsplit(client.redirect_uri)
    if address.path != CALLBACK:
        raise SetupError(
            f"Browsers that sign in to {connection} do not come back to `tieout serve`.",
            advice=f'Set redirect_uri = "https://…{CALLBACK}" in [connection.{connection}], as your application lists it.',
        )
    told = {"connection": connection, "company": client.company, "until": (now + GOOD_FOR).isoformat()}
    return f"{address.scheme}://{address.netloc}{PATH}/{project.vault.sealed_text(_INVITATION, told)}"


class Invitations:
    """Those who follow a link, on their way to Intuit and back."""

    def __init__(self, followed: FollowedProject, agenda: Agenda) -> None:
        self._followed = followed
        self._agenda = agenda

    def begin(self, token: str) -> str:
        """Where the browser goes; Unauthorized for a link that is not ours, or not any more."""
        project = self._followed.now
        told = project.vault.opened_text(_INVITATION, token)
        if told is None:
            raise Unauthorized(
                "This link is not complete, or was not made here.", advice="Ask for another one."
            )
        if datetime.fromisoformat(told["until"]) < self._agenda.clock():
            raise Unauthorized("This link is too old.", advice="Ask for another one.")
        client, application = _asked(project, told["connection"], told["company"])
        state = project.vault.sealed_text(_SIGN_IN, {**told, "once": secrets.token_hex(8)})
        Callbacks(project.state).expect(state)
        base_url = base_url_of(client)
        with new_http(base_url) as http:
            server = AuthorizationServer(base_url, http)
            return server.authorize_url(application, client.redirect_uri, state)

    def finish(self, state: str) -> str:
        """Keep what a browser brought back; the company, or nothing when another kind of sign-in brought it."""
        project = self._followed.now
        told = project.vault.opened_text(_SIGN_IN, state)
        if told is None:
            return ""
        code, realm = parse_redirect(Callbacks(project.state).take(state), state)
        if realm != told["company"]:
            raise SetupError(
                "You chose another company than the one that you were asked for. Nothing was kept.",
                advice="Follow the link again, and choose that company.",
            )
        client, application = _asked(project, told["connection"], realm)
        base_url = base_url_of(client)
        with new_http(base_url) as http:
            grant = AuthorizationServer(base_url, http).exchange(application, code, client.redirect_uri)
        SignIn(base_url, realm, application, grant).keep(project.vault)
        for entry in self._agenda.entries(company=realm):
            if entry.outcome == "waiting":
                self._agenda.ask(entry.process, realm)
        return realm


def _asked(project: Project, connection: str, company: str) -> tuple[OnlineSettings, Application]:
    client = clients_of(project, connection).get(company)
    application = application_of(project.vault, client.client_id) if client is not None else None
    if client is None or application is None:
        raise Unauthorized("This link is no longer needed.", advice="Ask for another one if you think it is.")
    return client, application
