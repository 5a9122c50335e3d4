"""What `tieout sandbox web-connector` does: call, say what became of it, wait, call again."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..errors import SetupError
from .messages import note
from .options import Format

if TYPE_CHECKING:
    from ..sandbox.web_connector.robot import Robot, Visit

KILLED = 9
"""The exit code after a fault that kills the Web Connector."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    url: str
    user: str
    password: str
    qwc: Path | None
    sandbox: str
    every: float
    once: bool
    speed: float
    faults: tuple[str, ...]


def call_as_web_connector(asked: Asked, chosen: Format) -> None:
    """Call until interrupted; once where that was asked, and with exit code 1 when it failed."""
    from ..sandbox.web_connector.faults import Killed

    robot = _robot(asked)
    note(f"Calling {robot.caller.url} as {robot.user}. Stop it with Ctrl+C.")
    while True:
        try:
            visit = robot.visit()
        except Killed:
            note("The Web Connector was killed, as the fault says.")
            raise typer.Exit(KILLED) from None
        _tell(visit, chosen)
        if asked.once:
            raise typer.Exit(int(visit.ending in ("failed", "not let in")))
        time.sleep(max(asked.every, visit.postponed) / asked.speed)


def _robot(asked: Asked) -> Robot:
    from ..protocols.qwc_file import read_qwc
    from ..sandbox.desktop.company import DesktopCompany
    from ..sandbox.desktop.small_company import small_company
    from ..sandbox.web_connector.calling import Caller
    from ..sandbox.web_connector.faults import parse_fault
    from ..sandbox.web_connector.quickbooks import QuickBooksAtDoor, QuickBooksHere
    from ..sandbox.web_connector.robot import Robot

    added = read_qwc(asked.qwc.read_bytes()) if asked.qwc else None
    url, user = asked.url or (added.url if added else ""), asked.user or (added.user if added else "")
    if not url or not user:
        raise SetupError(
            "Nothing says which server to call, and as whom.",
            advice="Name --url and --user, or the file that `tieout connect` wrote with --qwc.",
        )
    return Robot(
        Caller(url),
        user,
        asked.password,
        QuickBooksAtDoor(asked.sandbox) if asked.sandbox else QuickBooksHere(small_company(DesktopCompany())),
        owner_id=added.owner_id if added else "",
        file_id=added.file_id if added else "",
        faults=[parse_fault(text) for text in asked.faults],
        speed=asked.speed,
    )


def _tell(visit: Visit, chosen: Format) -> None:
    if chosen == Format.TABLE:
        told = f": {visit.told}" if visit.told else ""
        typer.echo(f"{time.strftime('%H:%M:%S')} {visit.ending}, {visit.documents} requests{told}")
    else:
        typer.echo(json.dumps(asdict(visit)))
    sys.stdout.flush()
