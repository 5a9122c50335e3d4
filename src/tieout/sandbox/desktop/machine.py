"""The Windows machine that the sandbox pretends to be on: what a worker there would see around it.

    {"do": "control", "surroundings": {"session": 0, "file": {"writing": 5}}}

lets it see something else: a service's session, a file that may not be written to (Windows' error 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ...catalog.nearest import did_you_mean
from ...errors import SetupError

_USUAL: Mapping[str, Any] = {
    "session": 1,
    "station": "WinSta0",
    "user": r"SANDBOX\ann",
    "administrator": False,
    "processes": [{"name": "QBW.EXE", "session": 1}],
    "file": {"reading": 0, "writing": 0, "adding_beside": 0, "read_only": False, "on_share": False},
}

_NOT_FOUND = 2


class Machine:
    """What is to be seen."""

    def __init__(self) -> None:
        self._seen = dict(deepcopy(_USUAL))

    def change(self, facts: Mapping[str, Any]) -> None:
        """Let other facts be seen; None for one that cannot be found out."""
        for name, value in facts.items():
            if name not in _USUAL:
                raise SetupError(
                    f"A worker sees no {name!r}.{did_you_mean(name, _USUAL)}",
                    advice=f"It sees {', '.join(_USUAL)}.",
                )
            self._seen[name] = {**_USUAL["file"], **value} if name == "file" and value else value

    def seen(self, asked: str, company_file: str) -> dict[str, Any]:
        """The facts, and those of the file that is asked for."""
        found = {name: value for name, value in self._seen.items() if value is not None}
        file = found.pop("file", None)
        if not asked or file is None:
            return found
        there = asked.casefold() == company_file.casefold()
        missing = {} if there else dict.fromkeys(("reading", "writing"), _NOT_FOUND)
        return {**found, "file": {"path": asked, **file, **missing}}
