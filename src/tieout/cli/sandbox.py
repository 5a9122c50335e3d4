"""`tieout sandbox`: QuickBooks on this machine."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SetupError
from .messages import note
from .options import AsFormat, Format

if TYPE_CHECKING:
    from ..sandbox.server import Sandbox

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def sandbox() -> None:
    """Run QuickBooks on this machine."""


@app.command()
def online(
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="0 is any that is free.")] = 0,
    company: Annotated[
        list[str],
        typer.Option(
            metavar="NAME", help="small-shop, landscaping, busy or empty; repeat it for more companies."
        ),
    ] = ["small-shop"],  # noqa: B006 - typer copies it
    invoices: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="How many invoices busy has.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed makes the same company.")] = 1,
    country: Annotated[
        str,
        typer.Option(
            metavar="US|GB|CA|AU",
            help="Where the company is: its currency, tax codes and reports. Abroad there are empty and busy.",
        ),
    ] = "US",
    faults: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Things that shall go wrong, as JSON.", show_default=False),
    ] = None,
    throttle: Annotated[
        bool, typer.Option("--throttle", help="Limit calls as Intuit does, and end the reads of a month.")
    ] = False,
    webhook: Annotated[
        list[str],
        typer.Option(
            metavar="URL", help="Post what changes to this address of this machine; repeat it for more."
        ),
    ] = [],  # noqa: B006 - typer copies it
    webhooks_anywhere: Annotated[
        bool, typer.Option("--webhooks-anywhere", help="Let webhooks leave this machine.")
    ] = False,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen at.")] = "127.0.0.1",
    chosen: AsFormat = Format.TABLE,
) -> None:
    """Run a living company of QuickBooks Online: OAuth 2 and the REST API v3, until interrupted.

    When it is ready, a line says where it is; with --format json it holds all that a client needs.
    """
    from ..sandbox.server import running_sandbox

    planned = _faults(faults)
    with running_sandbox(
        company,
        port,
        invoices=invoices,
        seed=seed,
        country=country.upper(),
        faults=planned,
        host=host,
        throttle=throttle,
        webhooks=[{"url": url} for url in webhook],
        webhooks_anywhere=webhooks_anywhere,
    ) as running:
        _tell(running, chosen)
        running.serve_forever()


@app.command()
def desktop(
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="0 is any that is free.")] = 0,
    company: Annotated[str, typer.Option(metavar="NAME", help="shop, small or empty.")] = "shop",
    country: Annotated[
        str, typer.Option(metavar="US|CA|UK", help="Whose QuickBooks it is; its lists are American.")
    ] = "US",
    version: Annotated[
        str,
        typer.Option(
            metavar="VERSION", help="The newest qbXML that it speaks.", show_default="the newest of all"
        ),
    ] = "",
    multicurrency: Annotated[
        bool,
        typer.Option(
            "--multicurrency",
            help="Turn on multiple currencies, from version 8.0 on; the books stay in the country's.",
        ),
    ] = False,
    track: Annotated[
        str,
        typer.Option(
            metavar="serial|lot",
            help="Track serial or lot numbers of stock, as QuickBooks Enterprise can from version 11.0 on.",
            show_default=False,
        ),
    ] = "",
    expiration_dates: Annotated[
        bool,
        typer.Option(
            "--expiration-dates", help="Keep dates of expiration with those numbers, from version 16.0 on."
        ),
    ] = False,
    state: Annotated[
        str,
        typer.Option(
            metavar="STATE",
            help="ready, single-user, dialog-open, other-file-open, not-authorized or admin-needed: how QuickBooks "
            "receives whoever comes.",
        ),
    ] = "ready",
    faults: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Things that shall go wrong at message sets, as JSON: "
            '[{"do": "drop-after-commit", "after": 2, "times": 1}].',
            show_default=False,
        ),
    ] = None,
    chosen: AsFormat = Format.TABLE,
) -> None:
    """Run a company file of QuickBooks Desktop that answers qbXML, until interrupted.

    When it is ready, a line says where it is; with --format json it holds all that a client needs.
    """
    from ..catalog.qbxml import edition, newest
    from ..sandbox.desktop.company import DesktopCompany
    from ..sandbox.desktop.door import DesktopServer
    from ..sandbox.desktop.sample_companies import COMPANIES
    from .reports import Report, show

    if company not in COMPANIES:
        raise SetupError(f"There is no company {company!r}.", advice=f"There are {', '.join(COMPANIES)}.")
    spoken = edition(country.upper(), version) if version else newest(country.upper())
    made = DesktopCompany(
        edition=spoken,
        multicurrency=multicurrency,
        tracking=_sort(track),
        expiration_dates=expiration_dates,
    )
    server = DesktopServer(COMPANIES[company](made), port)
    server.conduct.enter(state)
    server.conduct.plan(_json_of(faults) if faults else [])
    ready = {"sandbox": server.address, "company": server.company.name}
    said = f"{server.company.name}, a company file of QuickBooks Desktop, is at {server.address}"
    show(Report([ready], ready, lambda: typer.echo(said)), chosen)
    sys.stdout.flush()
    note(
        "Connect it with `tieout connect books --sandbox ADDRESS`. Its token is new each time. Stop it with Ctrl+C."
    )
    server.serve_forever()


@app.command()
def online_legacy(
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="0 is any that is free.")] = 0,
    company: Annotated[str, typer.Option(metavar="NAME", help="shop, small or empty.")] = "small",
    faults: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Things that shall go wrong at message sets, as JSON: "
            '[{"do": "drop-after-commit", "after": 2, "times": 1}].',
            show_default=False,
        ),
    ] = None,
    chosen: AsFormat = Format.TABLE,
) -> None:
    """Run the gateway of the legacy QuickBooks Online Edition, until interrupted.

    When it is ready, a line says where it is; with --format json it holds all that a client needs. The wizard, a page of it,
    gives more connection tickets.
    """
    from .running_online_legacy import run_online_legacy

    run_online_legacy(port, company, _json_of(faults) if faults else [], chosen)


@app.command()
def web_connector(
    url: Annotated[
        str,
        typer.Option(metavar="URL", help="The server to call; from --qwc when absent.", show_default=False),
    ] = "",
    user: Annotated[
        str, typer.Option(metavar="NAME", help="As whom; from --qwc when absent.", show_default=False)
    ] = "",
    password: Annotated[
        str,
        typer.Option(envvar="TIEOUT_WEB_CONNECTOR_PASSWORD", metavar="PASSWORD", help="The user's password."),
    ] = "",
    qwc: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A .qwc file, as it is added to a Web Connector.", show_default=False
        ),
    ] = None,
    sandbox: Annotated[
        str,
        typer.Option(
            metavar="tcp://…",
            help="A running `tieout sandbox desktop` to drive; a small company of its own when absent.",
            show_default=False,
        ),
    ] = "",
    every: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="How often to call.")] = 60.0,
    once: Annotated[bool, typer.Option("--once", help="Call once only.")] = False,
    speed: Annotated[
        float, typer.Option(min=0.01, metavar="N", help="Wait N times as fast as the real one.")
    ] = 1.0,
    fault: Annotated[
        list[str],
        typer.Option(
            metavar="NAME[:N]",
            help="Something that goes wrong, at the Nth document: killed-before-processing, killed-after-processing, "
            "answers-twice, answers-late, loses-the-answer; or wrong-file, closed, dialog.",
        ),
    ] = [],  # noqa: B006 - typer copies it
    chosen: AsFormat = Format.TABLE,
) -> None:
    """Call a server as QuickBooks' Web Connector does, until interrupted.

    It calls in Intuit's order and drives a company file of the Desktop sandbox. A line says what became of each call.
    """
    from .calling_as_web_connector import Asked, call_as_web_connector

    asked = Asked(url, user, password, qwc, sandbox, every, once, speed, tuple(fault))
    call_as_web_connector(asked, chosen)


def _sort(track: str) -> str:
    """The sort of numbers as QuickBooks calls it."""
    sorts = {"": "", "serial": "SerialNumber", "lot": "LotNumber"}
    if track not in sorts:
        raise SetupError(f"Stock has no {track!r} numbers.", advice="Say --track serial or --track lot.")
    return sorts[track]


def _faults(path: Path | None) -> list[Any]:
    from ..sandbox.doors.faults import parse_plan

    if path is None:
        return []
    try:
        return parse_plan(path.read_text("utf-8"))
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}.") from error


def _json_of(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SetupError(f"{path} is not JSON: {error}.") from error


def _tell(running: Sandbox, chosen: Format) -> None:
    from .reports import Report, show

    names = ", ".join(f"{each.name} ({realm})" for realm, each in running.companies.items())
    told = [{key: each[key] for key in ("url", "verifier_token")} for each in running.control.webhooks.state]
    ready: dict[str, Any] = {"base_url": running.base_url, "company": running.realm, **asdict(running.keys)}
    if told:
        ready["webhooks"] = told
    show(
        Report([ready], ready, lambda: typer.echo(f"QuickBooks Online is at {running.base_url}: {names}")),
        chosen,
    )
    sys.stdout.flush()
    for each in told:
        note(f"What changes is posted to {each['url']}; the verifier token is {each['verifier_token']}")
    note(f"Sign in with `tieout connect books --sandbox {running.base_url}`. Stop it with Ctrl+C.")
