"""Addresses: `connection:Type`, `connection:*` or `connection:` for everything there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import SetupError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_TYPE = re.compile(r"\*?|[A-Za-z]\w*")

_ADVICE = "Write connection:Type, such as books:Invoice, or books:* for every type."


@dataclass(frozen=True, slots=True)
class Address:
    """Records of one type, or of every type, in a connection."""

    connection: str
    type: str = "*"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address; SetupError says what is wrong with it."""
        connection, colon, rest = text.strip().partition(":")
        if not colon:
            raise SetupError(f"{text!r} is no address: it has no colon.", advice=_ADVICE)
        if not NAME.fullmatch(connection):
            raise SetupError(
                f"{text!r} is no address: {connection!r} cannot name a connection.", advice=_ADVICE
            )
        if " " in rest:
            raise SetupError(
                f"{text!r}: this version of tieout does not read statements yet.", advice=_ADVICE
            )
        if not _TYPE.fullmatch(rest):
            raise SetupError(f"{text!r} is no address: {rest!r} cannot name a record type.", advice=_ADVICE)
        return cls(connection, rest or "*")

    @property
    def types(self) -> tuple[str, ...]:
        """The one type, or nothing, which a Query takes for every type."""
        return () if self.type == "*" else (self.type,)

    def __str__(self) -> str:
        return f"{self.connection}:{self.type}"
