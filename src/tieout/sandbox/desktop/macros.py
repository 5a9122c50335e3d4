"""Names for ids that are not known yet: `defMacro` on what is added, `useMacro` where a later request of the set names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...protocols.qbxml_answers import Reply
from ...protocols.qbxml_reader import RequestRead
from ...protocols.qbxml_writer import ATTRIBUTE
from . import refusals

DEFINE, USE = f"{ATTRIBUTE}defMacro", f"{ATTRIBUTE}useMacro"


class Macros:
    """Those of one message set."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def told(self, asked: RequestRead) -> RequestRead:
        """The request with ids in the place of macros; Refused where one is not defined."""
        return replace(asked, content=self._filled(asked.content))

    def remember(self, asked: RequestRead, reply: Reply) -> None:
        """Take the id of what was added, where it was given a macro."""
        said = asked.content.get(f"{asked.type}Add")
        name = said.get(DEFINE) if isinstance(said, Mapping) else None
        made = reply.content.get(f"{asked.type}Ret")
        if name and isinstance(made, Mapping):
            self._ids[str(name)] = str(made.get("TxnID") or made.get("ListID"))

    def _filled(self, part: Any) -> Any:
        if isinstance(part, list):
            return [self._filled(each) for each in part]
        if not isinstance(part, Mapping):
            return part
        if USE in part:
            name = str(part[USE])
            if name not in self._ids:
                raise refusals.no_macro(name)
            return self._ids[name]
        return {name: self._filled(value) for name, value in part.items()}
