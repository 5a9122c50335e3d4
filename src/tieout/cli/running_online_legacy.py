"""What `tieout sandbox online-legacy` does: run the gateway, and say where it is."""

from __future__ import annotations

import sys
from typing import Any

import typer

from ..errors import SetupError
from .messages import note
from .options import Format


def run_online_legacy(port: int, company: str, faults: list[Any], chosen: Format) -> None:
    """Answer until interrupted."""
    from ..sandbox.desktop.sample_companies import COMPANIES
    from ..sandbox.online_legacy.gateway import AppGateway, new_company
    from ..sandbox.online_legacy.server import WIZARD, GatewayServer
    from .reports import Report, show

    if company not in COMPANIES:
        raise SetupError(f"There is no company {company!r}.", advice=f"There are {', '.join(COMPANIES)}.")
    gateway = AppGateway(COMPANIES[company](new_company()))
    gateway.conduct.plan(faults)
    server = GatewayServer(gateway, port)
    ready = {
        "gateway": server.address,
        "company": gateway.company.name,
        "application_login": gateway.application.login,
        "application_id": gateway.application.id,
        "connection_ticket": gateway.book.connect().ticket,
        "wizard": f"{server.base_url}{WIZARD}",
    }
    said = f"The gateway is at {server.address}: {gateway.company.name}"
    show(Report([ready], ready, lambda: typer.echo(said)), chosen)
    sys.stdout.flush()
    note(f"The connection ticket is {ready['connection_ticket']}; {ready['wizard']} gives others.")
    note(
        f"Connect with `tieout connect books --kind online-legacy --url {server.address} --application-login "
        f"{gateway.application.login} --client-id {gateway.application.id}`. Stop it with Ctrl+C."
    )
    server.serve_forever()
