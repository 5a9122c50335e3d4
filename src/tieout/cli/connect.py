"""`tieout connect`: sign in, remember the sign-in, and write the connection into the project file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SetupError
from .exit_codes import code_of
from .messages import note
from .options import AsFormat, Format, ProjectFile, project_path

if TYPE_CHECKING:
    from ..connections.rest import SignIn
    from ..project import Project


class Kind(StrEnum):
    """Kinds that can be connected by command; the others are written by hand."""

    ONLINE = "online"
    DESKTOP = "desktop"
    WEB_CONNECTOR = "web-connector"
    ONLINE_LEGACY = "online-legacy"
    DUCKDB = "duckdb"


class Environment(StrEnum):
    """Intuit's two worlds."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


def connect(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call the connection, such as books.")],
    kind: Annotated[
        Kind | None,
        typer.Option(
            help="What is connected to; online when neither the file nor --path says.", show_default=False
        ),
    ] = None,
    sandbox: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="A running `tieout sandbox online`, signing in by itself; or `sandbox desktop`.",
            show_default=False,
        ),
    ] = "",
    intuit: Annotated[
        Environment | None,
        typer.Option("--environment", help="Which of Intuit's two worlds.", show_default=False),
    ] = None,
    base_url: Annotated[
        str,
        typer.Option(metavar="URL", help="Another server that answers like QuickBooks.", show_default=False),
    ] = "",
    client_id: Annotated[
        str,
        typer.Option(
            metavar="ID", help="Client id of your application at developer.intuit.com.", show_default=False
        ),
    ] = "",
    client_secret: Annotated[
        str,
        typer.Option(
            envvar="TIEOUT_CLIENT_SECRET",
            metavar="SECRET",
            help="Its client secret; asked for when absent, and kept in the vault.",
            show_default=False,
        ),
    ] = "",
    company: Annotated[
        str,
        typer.Option(metavar="ID", help="The company's number; learned by signing in.", show_default=False),
    ] = "",
    refresh_token: Annotated[
        str,
        typer.Option(
            envvar="TIEOUT_REFRESH_TOKEN",
            metavar="TOKEN",
            help="One that was got elsewhere: no browser is needed then.",
            show_default=False,
        ),
    ] = "",
    redirect_uri: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Where Intuit sends the browser, as your application lists it.",
            show_default=False,
        ),
    ] = "",
    no_browser: Annotated[
        bool,
        typer.Option("--no-browser", help="Print the address to sign in at, and take the one it ends at."),
    ] = False,
    path: Annotated[
        str, typer.Option(metavar="FILE", help="The DuckDB file, for --kind duckdb.", show_default=False)
    ] = "",
    url: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Where a Web Connector reaches `tieout serve`, for --kind web-connector; the gateway, for --kind online-legacy.",
            show_default=False,
        ),
    ] = "",
    application_login: Annotated[
        str,
        typer.Option(
            metavar="LOGIN",
            help="Login of your application, for --kind online-legacy; its number is the --client-id.",
            show_default=False,
        ),
    ] = "",
    certificate: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="A hosted application's certificate and key, for --kind online-legacy.",
            show_default=False,
        ),
    ] = "",
    company_file: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="The .QBW file of QuickBooks Desktop; else the one that is open.",
            show_default=False,
        ),
    ] = "",
    python: Annotated[
        str,
        typer.Option(
            metavar="PATH", help="A Python of QuickBooks' bitness, for --kind desktop.", show_default=False
        ),
    ] = "",
    tokens: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="For a connection of many companies: take over the tokens of a CSV file with the columns realm and refresh_token.",
            show_default=False,
        ),
    ] = None,
    links: Annotated[
        bool,
        typer.Option(
            "--links",
            help="For a connection of many companies: a link for each client who is not signed in, by which they let you in.",
        ),
    ] = False,
    sign_out: Annotated[
        bool, typer.Option("--sign-out", help="Make the sign-in worthless, at Intuit and here.")
    ] = False,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Sign in to QuickBooks, or add a company or DuckDB file.

    Without keys on the command line a browser opens; secrets are asked for without showing them.
    """
    from ..project.signed_in import stands_for_many

    place = project_path(project)
    if sign_out:
        _sign_out(place, name, company)
        return
    before = _Before(place, name)
    wanted = (
        kind or before.table.get("kind") or _kind_of(path=path, sandbox=sandbox, company_file=company_file)
    )
    if (tokens or links) and not stands_for_many(before.settings):
        raise SetupError(
            f"{name} does not stand for many companies, and {'--tokens' if tokens else '--links'} is for one that does.",
            advice=f'Leave it away; or write [connection.{name}] of the kind online with company = "{{realm}}" into the project file first.',
        )
    if path and wanted != Kind.DUCKDB:
        raise SetupError(
            f"{name} is of the kind {wanted}, and --path names a DuckDB file.",
            advice="Leave --path away, or give the DuckDB file a name of its own.",
        )
    if wanted == Kind.DUCKDB:
        _write(place, name, {**before.of_kind(wanted), "path": path or _needed(before)})
    elif wanted == Kind.DESKTOP:
        told = {"sandbox": sandbox, "company_file": company_file, "python": python}
        _write(place, name, {**before.of_kind(wanted), **{key: word for key, word in told.items() if word}})
    elif wanted == Kind.WEB_CONNECTOR:
        from .connecting_web_connector import connect_web_connector

        connect_web_connector(place, name, before.of_kind(wanted), url, company_file, chosen)
        return
    elif wanted == Kind.ONLINE_LEGACY:
        from .connecting_online_legacy import connect_online_legacy

        told = {
            "company": company or str(before.table.get("company", name)),
            "application_login": application_login,
            "application_id": client_id,
            "gateway": url,
            "certificate": certificate,
        }
        connect_online_legacy(place, name, before.of_kind(wanted), told)
    elif wanted == Kind.ONLINE:
        from .signing_in import Asked, sign_in

        asked = Asked(
            sandbox=sandbox,
            environment=str(intuit or ""),
            base_url=base_url,
            client_id=client_id,
            client_secret=client_secret,
            company=company,
            refresh_token=refresh_token,
            redirect_uri=redirect_uri,
            no_browser=no_browser,
        )
        if stands_for_many(before.settings):
            from .connecting_many import connect_many

            connect_many(place, name, asked, tokens=tokens, links=links, chosen=chosen)
            return
        signed_in = sign_in(name, asked, before.settings, before.project)
        signed_in.keep(before.project.vault)
        _write(place, name, {**before.of_kind(wanted), **_learned(before, asked, signed_in)})
    else:
        from .secrets import keep_secrets

        keep_secrets(name, before.settings, before.project.vault)
    _check(_Before(place, name).project, name, chosen)


def _kind_of(*, path: str, sandbox: str, company_file: str) -> Kind:
    """What is meant when nobody says."""
    if path:
        return Kind.DUCKDB
    return Kind.DESKTOP if company_file or sandbox.startswith("tcp:") else Kind.ONLINE


def _sign_out(path: Path, name: str, company: str) -> None:
    from ..project import Project
    from ..project.signed_in import one_client, stands_for_many

    with Project.read_connections(path) as project:
        meant = project
        if stands_for_many(project.settings(name)):
            if not company:
                raise SetupError(
                    f"{name} stands for many companies.",
                    advice="Say of which to sign out, with --company ID.",
                )
            meant = one_client(project, name, company)
        with meant.connection(name) as connection:
            leave = getattr(connection, "sign_out", None)
            if leave is None:
                raise SetupError(
                    f"{name} is of the kind {project.settings(name).KIND}, which nobody signs in to.",
                    advice="Name a connection of the kind online.",
                )
            leave()
    note(f"Signed out of {name}; `tieout connect {name}` signs in again.")


class _Before:
    """The connections that the project file has by now; its processes may still lack theirs."""

    def __init__(self, path: Path, name: str) -> None:
        from ..project import Project
        from ..project.file import read_file

        tables = read_file(path).tables_under("connection") if path.exists() else ()
        self.table: dict[str, Any] = next((dict(table) for each, table, _ in tables if each == name), {})
        asks = self.table.get("kind") in list(Kind)  # for what a table that was written by hand lacks
        self.project = Project.read_connections(path, incomplete=name if asks else "")
        self.settings = self.project.connections.get(name)

    def of_kind(self, kind: str) -> dict[str, Any]:
        """What the file says already, when the connection stays what it is."""
        return dict(self.table) if self.table.get("kind") == kind else {"kind": str(kind)}


def _learned(before: _Before, asked: Any, signed_in: SignIn) -> dict[str, Any]:
    """What goes into the project file; a variable of the environment stays one when it says the same."""
    known = before.settings
    found = {
        "company": signed_in.realm,
        "client_id": signed_in.application.client_id,
        "environment": asked.environment or None,
        "base_url": asked.sandbox or asked.base_url or None,
        "redirect_uri": asked.redirect_uri or None,
    }
    return {
        key: value for key, value in found.items() if value is not None and getattr(known, key, None) != value
    }


def _needed(before: _Before) -> str:
    known = before.table.get("path")
    if known:
        return str(known)
    raise SetupError(
        "Nothing says which DuckDB file.", advice="Name it with --path, such as --path warehouse.duckdb."
    )


def _write(path: Path, name: str, settings: dict[str, Any]) -> None:
    from ..project import write_connection

    write_connection(path, name, settings)
    note(f"[connection.{name}] is in {path}.")


def _check(project: Project, name: str, chosen: Format) -> None:
    from .check import check_one, print_health
    from .reports import Report, show

    with project:
        report, error = check_one(project, name)
    show(Report([report], report, lambda: print_health([report])), chosen)
    if error is not None:
        raise typer.Exit(code_of(error))
