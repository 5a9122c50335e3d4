"""*Connect to QuickBooks*: a person signs in at Intuit in another tab, comes back to `/oauth/callback`, and says so here.

Nothing is remembered in between but the digest of the `state` that went along, as `tieout connect` does it too.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...connections.rest import Application, SignIn, address_of, identity_of, parse_redirect
from ...connections.rest.http import new_http
from ...connections.rest.oauth import AuthorizationServer
from ...errors import SetupError
from ...project import OnlineSettings
from ...state.callbacks import Callbacks
from ..callback_door import CALLBACK
from .pages import Asked, GoTo, Shown

if TYPE_CHECKING:
    from ...project import Project


@dataclass(frozen=True, slots=True)
class _Place:
    """Which company at which server, and the application that signs in to it."""

    settings: OnlineSettings
    base_url: str
    kept_secret: str
    """The application's secret from an earlier sign-in; empty when the person has to type it."""


def begin(asked: Asked) -> Shown:
    """A page with the way to Intuit."""
    place = _place(asked.project, asked.path["name"])
    state = secrets.token_urlsafe(24)
    Callbacks(asked.project.state).expect(state)
    return _page(asked, place, state)


def finish(asked: Asked) -> Shown | GoTo:
    """Fetch what the browser came back with, and keep the tokens; of another company than the connection's nothing is kept."""
    name, state = asked.path["name"], asked.form.get("state", "")
    place = _place(asked.project, name)
    application = Application(
        place.settings.client_id, place.kept_secret or asked.form.get("client_secret", "")
    )
    if not application.client_secret:
        return _page(asked, place, state, SetupError("The client secret is missing."))
    address = Callbacks(asked.project.state).take(state)
    if not address:
        complaint = SetupError(
            "Nobody came back from Intuit yet.", advice="Sign in there first. After ten minutes, begin again."
        )
        return _page(asked, place, state, complaint)
    code, realm = parse_redirect(address, state)
    if realm != place.settings.company:
        raise SetupError(
            f"You signed in to the company {realm}, and {name} is {place.settings.company}. Nothing was kept.",
            advice="Begin again and choose that company; `tieout connect` makes a connection to another one.",
        )
    with new_http(place.base_url) as http:
        grant = AuthorizationServer(place.base_url, http).exchange(
            application, code, place.settings.redirect_uri
        )
    SignIn(place.base_url, realm, application, grant).keep(asked.project.vault)
    return GoTo(f"/connections/{name}")


def _place(project: Project, name: str) -> _Place:
    settings = project.settings(name)
    if not isinstance(settings, OnlineSettings) or not settings.client_id:
        raise SetupError(
            f"{name} is not signed in to at a browser.", advice=f"`tieout connect {name}` adds what it lacks."
        )
    if urlsplit(settings.redirect_uri).path != CALLBACK:
        raise SetupError(
            f"Browsers that sign in to {name} do not come back to this server.",
            advice=f'Set redirect_uri = "https://…{CALLBACK}" in [connection.{name}], as your application lists it.',
        )
    base_url = address_of(settings.environment, settings.base_url or None)
    kept = project.vault.read(identity_of(base_url, settings.company)) or {}
    secret = kept.get("client_secret", "") if kept.get("client_id") == settings.client_id else ""
    return _Place(settings, base_url, secret)


def _page(asked: Asked, place: _Place, state: str, error: SetupError | None = None) -> Shown:
    application = Application(place.settings.client_id, place.kept_secret)
    with new_http(place.base_url) as http:
        url = AuthorizationServer(place.base_url, http).authorize_url(
            application, place.settings.redirect_uri, state
        )
    values = {
        "name": asked.path["name"],
        "url": url,
        "state": state,
        "asks_secret": not place.kept_secret,
        "error": error,
    }
    return Shown("quickbooks_sign_in", values, 400 if error else 200)
