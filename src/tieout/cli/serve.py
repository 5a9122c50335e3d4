"""`tieout serve`: the server that others call."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from .messages import note
from .options import AsFormat, Format, LogFile, LogFormat, LogsAs, ProjectFile, open_project, writing_the_log


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="0 is any that is free.")] = 8765,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen at.")] = "127.0.0.1",
    certificate: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A certificate with its chain, PEM: https.", show_default=False),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Its private key, PEM; in the file of the certificate when absent.",
            show_default=False,
        ),
    ] = None,
    console_anywhere: Annotated[
        bool,
        typer.Option(
            "--console-anywhere", help="Let browsers of other machines see the console too, over https."
        ),
    ] = False,
    install: Annotated[
        bool,
        typer.Option(
            "--install",
            help="Start nothing; write what lets it start by itself, with these options, into the folder `service`, and say how to use it.",
        ),
    ] = False,
    logs: LogsAs = LogFormat.TEXT,
    log_file: LogFile = None,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Run every process on its schedule, and a server.

    Web Connectors are answered at /web-connector, until it is interrupted. Browsers come back to /oauth/callback after they signed in
    to QuickBooks Online, where --redirect-uri of `tieout connect` says so. The console is at /console, for browsers on this machine;
    a link to sign in there is printed, and another one when it was used. It listens on this machine only, unless --host says
    otherwise. When it is ready, a line says where it is.
    """
    from ..project.following import FollowedProject
    from ..runtime.callback_door import CALLBACK
    from ..runtime.console.door import SIGN_IN
    from ..runtime.console.sign_ins import SignIns
    from ..runtime.project_doors import doors_of
    from ..runtime.server import Place, Server
    from ..runtime.web_connector_door import PATH
    from ..runtime.worker import working
    from ..state.access import Access
    from .reports import Report, show

    if install:
        _install(project, port, host, certificate, key, logs, log_file, console_anywhere=console_anywhere)
        return
    with writing_the_log(logs, log_file), open_project(project) as opened:
        opened.refuse_unset()

        def link(token: str) -> str:
            return f"{server.url}{SIGN_IN}?token={token}"

        sign_ins = SignIns(
            Access(opened.state), lambda token: note(f"The next browser signs in at {link(token)}")
        )
        followed = FollowedProject(opened)
        doors = doors_of(opened, sign_ins, console_anywhere=console_anywhere, followed=followed)
        server = Server(doors, Place(host, port, certificate, key))
        console = link(sign_ins.new_token())
        ready = {
            "url": server.url,
            "web_connector": f"{server.url}{PATH}",
            "callback": f"{server.url}{CALLBACK}",
            "console": console,
        }
        said = (
            f"tieout answers at {server.url}: Web Connectors at {PATH}.\nSign in to the console at {console}"
        )
        show(Report([ready], ready, lambda: typer.echo(said)), chosen)
        if sys.stdout is not None:  # a program of Windows without a window has none
            sys.stdout.flush()
        note("Stop it with Ctrl+C.")
        _leave_at_signals()
        with working(opened, followed=followed):
            server.serve_until_stopped()


def _install(
    project: Path | None,
    port: int,
    host: str,
    certificate: Path | None,
    key: Path | None,
    logs: LogFormat,
    log_file: Path | None,
    *,
    console_anywhere: bool,
) -> None:
    from ..runtime.installing import Service, install, user_of_this_machine

    with open_project(project) as opened:
        file, environment = opened.path.resolve(), opened.environment
    if log_file is None and sys.platform == "win32":
        log_file = file.parent / "service" / "tieout.log"  # there, nobody keeps what a service says
    words = ["--env", environment] if environment else []
    words += ["serve", "--project", str(file), "--port", str(port), "--host", host, "--logs", str(logs)]
    for option, path in (("--certificate", certificate), ("--key", key), ("--log-file", log_file)):
        words += [option, str(path.resolve())] if path is not None else []
    words += ["--console-anywhere"] if console_anywhere else []
    for line in install(Service(file, words, user=user_of_this_machine()), os.environ):
        typer.echo(line)


def _leave_at_signals() -> None:
    """When a service manager says so, end as at the end of the command: with what is under way stopped in order."""

    def leave(_signal: int, _frame: Any) -> None:
        raise SystemExit(0)

    for each in ("SIGTERM", "SIGBREAK"):
        if hasattr(signal, each) and threading.current_thread() is threading.main_thread():
            signal.signal(getattr(signal, each), leave)
