"""What companies are called in the journal, by what is known of them before anybody asks QuickBooks."""

from __future__ import annotations

from urllib.parse import urlsplit


def desktop_place(sandbox: str) -> str:
    """Where a host runs: this machine, or a sandbox's address."""
    place = urlsplit(sandbox)
    return f"{place.hostname}:{place.port}" if sandbox else "this machine"


def desktop_identity(file: str, sandbox: str) -> str:
    """A company file: the path that it had when it was first written to."""
    return f"desktop:{file}@{desktop_place(sandbox)}"


def web_connector_identity(user: str) -> str:
    return f"web-connector:{user}"


def online_legacy_identity(company: str, gateway: str) -> str:
    return f"online-legacy:{company}@{gateway}"
