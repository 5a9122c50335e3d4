"""What settings of several kinds must be."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def base_url(text: str) -> str:
    """The address of a server, over https unless it is this machine."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or not _has_good_port(text):
        raise ValueError(f"{text!r} is no address of a server: write https://host.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError(
            f"{text!r} would send tokens in the clear: only this machine may be reached without https."
        )
    return text.rstrip("/")


def _has_good_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def between(least: int, most: int) -> Callable[[int], int]:
    """A check that a number is from `least` to `most`."""

    def check(number: int) -> int:
        if not least <= number <= most:
            raise ValueError(f"{number} is not between {least} and {most}.")
        return number

    return check
