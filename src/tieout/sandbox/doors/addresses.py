"""What is on this machine."""

from __future__ import annotations

from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """Whether a name or number in an address can only mean the machine that the sandbox runs on."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
