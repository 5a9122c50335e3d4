"""As whom we ask servers."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version


@cache
def user_agent() -> str:
    """Name and version; reading the version takes a millisecond, so it is read once."""
    return f"tieout/{version('tieout')}"
