"""What the settings of every kind of connection have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from .declaration import Settings


def check_key(text: str) -> str:
    """A key that others show; ValueError for one that can be guessed."""
    if len(text) < 20:
        raise ValueError("a key of less than 20 characters can be guessed; `openssl rand -hex 32` makes one.")
    return text


@dataclass(frozen=True, kw_only=True)
class ConnectionSettings(Settings):
    """What all kinds have in common."""

    KIND: ClassVar[str]
    SUMMARY: ClassVar[str]
    LATER: ClassVar[frozenset[str]] = frozenset()
    """Settings of versions to come."""
    TAKES_WORDS: ClassVar[bool] = False
    """Whether an address may say in the kind's own words what to read: `shop:select …`, `inbox:orders-*.csv`."""

    @property
    def secrets_of(self) -> str:
        """What the vault keeps this connection's secrets under: a secret for one place is never sent to another."""
        return ""

    @property
    def needed_secrets(self) -> tuple[str, ...]:
        """The secret settings that are asked for; none where somebody else sees to them."""
        return ()

    @property
    def complaints(self) -> Sequence[tuple[str, str]]:
        """What is wrong with the settings together: a key, and why."""
        return ()

    def check_word(self, _word: str, /) -> None:
        """SetupError when a type (`Customer`) or field (`Customer.Notes`) is unknown; without a catalog none is."""
        return
