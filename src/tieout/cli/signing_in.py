"""Which way of signing in the options of `tieout connect` mean, and what is asked of the person."""

from __future__ import annotations

import sys
import time
import webbrowser
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import typer

from ..connections import rest
from ..errors import SetupError, Unauthorized
from ..runtime.callback_door import CALLBACK
from ..state.callbacks import PATIENCE, Callbacks
from .messages import note

if TYPE_CHECKING:
    from ..connections.rest import SignIn
    from ..project import Project
    from ..state.vault import Vault


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    sandbox: str = ""
    environment: str = ""
    base_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    company: str = ""
    refresh_token: str = field(default="", repr=False)
    redirect_uri: str = ""
    no_browser: bool = False


def sign_in(name: str, asked: Asked, known: Any, project: Project) -> SignIn:
    """Sign in at a sandbox by itself, with a refresh token, or at a browser; `known` are the settings so far."""
    if asked.sandbox:
        address = rest.address_of(base_url=asked.sandbox)
        return rest.sign_in_at_sandbox(address, company=asked.company or None)
    address = _address(asked, known)
    application = _application(asked, known, address, project.vault)
    if asked.refresh_token:
        company = asked.company or getattr(known, "company", "") or ask("--company", "Number of the company")
        return rest.adopt(address, application, company, asked.refresh_token)
    return _at_a_browser(name, asked, known, address, application, project)


def _address(asked: Asked, known: Any) -> str:
    """The new environment or address, else the one before."""
    if asked.base_url or asked.environment:
        return rest.address_of(asked.environment or "production", asked.base_url or None)
    return rest.address_of(
        getattr(known, "environment", "production"), getattr(known, "base_url", "") or None
    )


def _application(asked: Asked, known: Any, address: str, vault: Vault) -> rest.Application:
    client_id = asked.client_id or getattr(known, "client_id", "") or ask("--client-id", "Client id")
    secret = asked.client_secret or _kept_secret(client_id, address, known, vault)
    return rest.Application(client_id, secret or ask("--client-secret", "Client secret", hidden=True))


def _kept_secret(client_id: str, address: str, known: Any, vault: Vault) -> str:
    """The secret of an earlier sign-in of the same application."""
    if known is None:
        return ""
    kept = vault.read(rest.identity_of(address, known.company)) or {}
    return kept.get("client_secret", "") if kept.get("client_id") == client_id else ""


def _at_a_browser(
    name: str, asked: Asked, known: Any, address: str, application: rest.Application, project: Project
) -> SignIn:
    redirect = asked.redirect_uri or getattr(known, "redirect_uri", "") or rest.LOCAL_REDIRECT
    on_this_machine = redirect.startswith("http://")
    if on_this_machine and address == rest.PRODUCTION_URL:
        raise SetupError(
            "In production Intuit sends browsers to https addresses only, so nobody can listen on this machine.",
            advice=f"Add --redirect-uri with an https address that your application lists, and paste where the "
            f"browser ends; or `tieout connect {name} --environment sandbox`.",
        )
    if urlsplit(redirect).path == CALLBACK and not asked.no_browser:
        served = _ServedCallback(project)
        return rest.sign_in(
            address,
            application,
            redirect_uri=redirect,
            open_browser=served.send_away,
            paste=served.came_back,
        )
    paste = _pasted if asked.no_browser or not on_this_machine else None
    if paste is not None:
        _require_person("the address that the browser ends at")
    return rest.sign_in(
        address,
        application,
        redirect_uri=redirect,
        open_browser=_say_address if asked.no_browser else _open_browser,
        paste=paste,
    )


@dataclass(slots=True)
class _ServedCallback:
    """The browser comes back to `tieout serve`, on this machine or another one with the same state."""

    project: Project
    secret: str = field(default="", repr=False)

    def send_away(self, url: str) -> None:
        self.secret = parse_qs(urlsplit(url).query).get("state", [""])[0]
        Callbacks(self.project.state).expect(self.secret)
        _open_browser(url)
        note("Waiting for the browser to come back to `tieout serve`.")

    def came_back(self) -> str:
        until = time.monotonic() + PATIENCE.total_seconds()
        callbacks = Callbacks(self.project.state)
        while time.monotonic() < until:
            if address := callbacks.take(self.secret):
                return address
            time.sleep(0.3)
        raise Unauthorized(
            "Nobody came back from signing in.",
            advice="See that `tieout serve` runs with this project and that its address opens in the browser; or add --no-browser.",
        )


def _open_browser(url: str) -> None:
    _say_address(url)
    webbrowser.open(url)


def _say_address(url: str) -> None:
    note(f"Sign in at:\n{url}")


def _pasted() -> str:
    return str(typer.prompt("Paste the address that the browser ended at", err=True))


def ask(option: str, what: str, *, hidden: bool = False) -> str:
    _require_person(f"the {what.lower()}", option)
    return str(typer.prompt(what, hide_input=hidden, err=True)).strip()


def _require_person(what: str, option: str = "") -> None:
    if not sys.stdin.isatty():
        raise SetupError(
            f"There is no terminal here to ask for {what}.",
            advice=f"Add {option}."
            if option
            else "Run this at a terminal, or add --refresh-token and --company.",
        )
