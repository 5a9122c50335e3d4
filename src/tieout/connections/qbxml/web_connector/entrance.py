"""Who is let in: versions, passwords, one Web Connector for a company file, and whether there is anything to do."""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import uuid4

from ....protocols.soap import Result
from ....state.connector_sessions import ConnectorSession, ConnectorSessions, ConnectorUser
from ....state.mailbox import PRESENT
from ....state.passwords import PasswordCheck
from .calls import Call

LOG = logging.getLogger("tieout.web_connector")

OLDEST = (2, 1)
"""The oldest Web Connector that is known to work with what is sent here."""

APART = timedelta(seconds=15)
"""Within which a call from another machine is a second Web Connector, and not the same one that was started anew."""
AT_WORK = timedelta(minutes=15)
"""The same while a document is out: QuickBooks may still be at it, and must not be asked what became of it too early."""

NOTHING = "nothing-"
"""How tickets begin with which there is nothing to do."""


class FileSettings(Protocol):
    """What the project file says of a connection behind a Web Connector."""

    @property
    def user(self) -> str: ...
    @property
    def company_file(self) -> str: ...
    @property
    def every(self) -> int: ...


@dataclass(slots=True)
class Entrance:
    """Lets Web Connectors in."""

    sessions: ConnectorSessions
    settings: Callable[[str], FileSettings | None]
    """Of a connection, by its name."""
    now: Callable[[], float]
    _passwords: PasswordCheck = field(init=False)
    _versions: dict[str, str] = field(default_factory=dict, init=False)
    """What each address said of its version before it signed in."""

    def __post_init__(self) -> None:
        self._passwords = PasswordCheck(self.now)

    def client_version(self, call: Call) -> str:
        """Empty, or the question whether to go on with so old a version."""
        version = call.text("strVersion")
        if len(self._versions) > 10_000:
            self._versions.clear()
        self._versions[call.address] = version
        numbers = tuple(int(each) for each in re.findall(r"\d+", version)[:2])
        if numbers and numbers < OLDEST:
            return "W:This Web Connector is older than 2.1. A newer one comes from Intuit without charge. Go on with this one?"
        return ""

    def authenticate(self, call: Call) -> Result:
        """A ticket, and the company file to open or why none is."""
        name = call.text("strUserName")
        user = self.sessions.user(name)
        settings = self.settings(user.connection) if user else None
        known = (
            user is not None
            and settings is not None
            and hmac.compare_digest(settings.user.encode(), name.encode())
        )
        right = self._passwords.is_right(
            name, call.text("strPassword"), user.password if user and known else ""
        )
        if user is None or settings is None or not right:
            self._tell_wrong(user, name, call)
            return [f"{NOTHING}{uuid4()}", "nvu"]
        self.sessions.called(name, self._versions.get(call.address, ""))
        last = self.sessions.last(name)
        if last is not None and self._is_with_another(last, call.address):
            LOG.warning("%s: a second Web Connector calls from %s; it was told to wait", name, call.address)
            return [f"{NOTHING}{uuid4()}", "busy", "60", *_every(settings)]
        more = ["0", *_every(settings)] if settings.every else []
        if not (user.wanted or self.sessions.mailbox(name).is_anybody_here(PRESENT)):
            return [f"{NOTHING}{uuid4()}", "none", *more]
        ticket = f"{{{uuid4()}}}"
        self.sessions.begin(name, ticket, call.address)
        return [ticket, settings.company_file, *more]

    def _tell_wrong(self, user: ConnectorUser | None, name: str, call: Call) -> None:
        held_off = " too often" if self._passwords.is_held_off(name) else ""
        LOG.warning("%r from %s: unknown user or wrong password%s", name, call.address, held_off)
        if user is not None:
            self.sessions.complain(
                user.username,
                "The Web Connector called with a wrong password. `tieout connect` gives a new one.",
            )

    def _is_with_another(self, last: ConnectorSession, address: str) -> bool:
        return (
            last.state in ("open", "idle", "asked", "pacing")
            and last.address != address
            and last.seen_since(self.sessions.clock() - (AT_WORK if last.state == "asked" else APART))
        )


def _every(settings: FileSettings) -> list[str]:
    """The least number of seconds between two runs."""
    return [str(settings.every * 60)] if settings.every else []
