"""A company file behind a Web Connector as a connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ....state.company_files import CompanyFiles
from ....state.connector_sessions import ConnectorSessions
from ....state.database import State
from ...base import Health
from ..company import Company
from ..connection import QbxmlConnection
from ..identities import web_connector_identity
from ..recognizing import Recognition
from ..writing import REQUESTS_PER_SET
from .exchange import MailboxExchange


class WebConnectorConnection(QbxmlConnection):
    """One company file, whose Web Connector calls us."""

    supports = replace(QbxmlConnection.supports, examines=False)

    def __init__(
        self,
        name: str,
        company: Company,
        exchange: MailboxExchange,
        *,
        files: CompanyFiles | None = None,
        marks: bool = True,
        per_set: int = REQUESTS_PER_SET,
    ) -> None:
        identity = web_connector_identity(exchange.username)
        user = exchange.sessions.user(exchange.username)
        recognition = Recognition(company, name, lambda: identity, files, writes_one=False)
        if user is not None:  # its Web Connector wrote the FileID
            recognition.owner, recognition.declared = user.owner_id, user.file_id
        super().__init__(
            name, company, identity, exchange, recognition=recognition, marks=marks, per_set=per_set
        )
        self._mailbox = exchange

    def check(self) -> Health:
        """As with all of QuickBooks Desktop, and when the Web Connector called last."""
        found = super().check()
        user = self._mailbox.sessions.user(self._mailbox.username)
        if user is None:
            return found
        called = datetime.fromisoformat(user.called) if user.called else None
        details = {**found.details, "web_connector": user.version, "called": called, "user": user.username}
        return Health(found.company, details)


def open_web_connector(
    name: str,
    *,
    state: State,
    user: str,
    patience: float = 0.0,
    timeout: float = 900.0,
    country: str = "",
    version: str = "",
    say: Callable[[str], None] = lambda _text: None,
    marks: bool = True,
    requests_per_set: int = REQUESTS_PER_SET,
) -> WebConnectorConnection:
    """The connection to the company file that this user of the Web Connector stands for. Nothing is waited for yet."""
    exchange = MailboxExchange(ConnectorSessions(state), user, patience=patience, timeout=timeout, say=say)
    company = Company(exchange, country=country, version=version)
    files = CompanyFiles(state)
    return WebConnectorConnection(name, company, exchange, files=files, marks=marks, per_set=requests_per_set)
