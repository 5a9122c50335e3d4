"""Addresses: `connection:Type`, `connection:*` or `connection:` for everything there, or `connection:` and words of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import SetupError
from ..operations import Query, Statement, Value

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_TYPE = re.compile(r"\*?|\d*[A-Za-z]\w*")

_ADVICE = "Write connection:Type, such as books:Invoice, or books:* for every type."


@dataclass(frozen=True, slots=True)
class Address:
    """Records of one type, of every type, or those that words in the connection's own language name."""

    connection: str
    type: str = "*"
    words: str = ""
    """SQL, a pattern of files, a path: what is no name of a type. The project knows who reads such."""

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
        rest = rest.strip()
        if _TYPE.fullmatch(rest):
            return cls(connection, rest or "*")
        return cls(connection, "", rest)

    @property
    def types(self) -> tuple[str, ...]:
        """The one type, or nothing, which a Query takes for every type."""
        return (self.type,) if self.type not in ("", "*") else ()

    def query(self, parameters: Mapping[str, Value] | None = None) -> Query:
        """What to read for it; words take the parameters that they name."""
        if not self.words:
            return Query(self.types)
        return Query(statement=Statement(self.words, parameters or {}))

    def refuse_words(self) -> None:
        """SetupError where only a type will do."""
        if self.words:
            raise SetupError(
                f"{str(self)!r} is no address: {self.words!r} cannot name a record type.", advice=_ADVICE
            )

    def __str__(self) -> str:
        return f"{self.connection}:{self.words or self.type}"
