"""A company of the legacy QuickBooks Online Edition as a connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ...protocols.qbxml_sign_on import Application
from .company import Company
from .connection import QbxmlConnection
from .https_exchange import GATEWAY, HttpsExchange
from .identities import online_legacy_identity
from .writing import REQUESTS_PER_SET


class OnlineLegacyConnection(QbxmlConnection):
    """One company behind Intuit's gateway."""

    supports = replace(QbxmlConnection.supports, examines=False)


def open_online_legacy(
    name: str,
    *,
    application: Application,
    company: str,
    connection_ticket: Callable[[], str],
    gateway: str = GATEWAY,
    certificate: Path | None = None,
    timeout: float = 120.0,
    version: str = "",
    marks: bool = True,
    requests_per_set: int = REQUESTS_PER_SET,
) -> OnlineLegacyConnection:
    """The connection to the company that a connection ticket stands for. Nothing is sent yet."""
    exchange = HttpsExchange(application, connection_ticket, gateway, company, certificate, timeout)
    spoken = Company(exchange, country="OE", version=version)
    identity = online_legacy_identity(company, gateway)
    return OnlineLegacyConnection(name, spoken, identity, exchange, marks=marks, per_set=requests_per_set)
