"""All that tieout remembers, brought from one kind of state to the other: all of it, or nothing.

The copy is one transaction of the target, which commits a tally of what came with it; the source is marked afterwards. Who is
killed in between finds the same tally again, and has the mark left to make. A source that was written to since has another one.
Both sides are to be opened `alone`.
"""

from __future__ import annotations

import socket
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from ..errors import SetupError
from .database import MOVED_TO, STATE_FILE, LocalState, State, first_rows, local_state, storable, tables
from .times import written_time
from .vault import FINGERPRINT
from .watermarks import Watermarks

_CAME = "state moved here"
_ASIDE = "state set aside for"
_OF_THE_PLACE = {MOVED_TO, _CAME, _ASIDE, FINGERPRINT}
"""Watermarks that say something of the place, and stay where they are; so do the secrets of a shared vault."""

_PASSING = {"reads", "company_zones", "callbacks", "console_sessions"}
"""Tables that `tieout connect` and `check` leave a trace in. They are moved, but alone they are no memory: a source is not missed
for them, and those of a target are replaced."""

_ALL_DIGITS = 2**256


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move brought."""

    source: str
    target: str
    rows: Mapping[str, int]
    """How many of each table that had any."""
    before: bool
    """Whether all of it had come before, and the source had not been told."""


def move(source: State, target: State, at: datetime) -> Moved:
    """Bring all rows of a state into an empty one, compare both, and mark the source as moved; SetupError when nothing was done."""
    with source.transaction():
        found = {table: _tally(_rows(source, table)) for table in _moved_tables()}
    came = Watermarks(target).get(_CAME)
    before = came is not None and came["tally"] == found
    if not before:
        with source.transaction(), target.transaction():
            _refuse_filled(source, target)
            for table, columns in _moved_tables().items():
                kept = list(_rows(target, table, of_the_place=True))
                target.empty(table)
                target.fill(table, columns, chain(kept, _rows(source, table)))
            for table, tally in found.items():
                _refuse_other(table, tally, _tally(_rows(target, table)), target)
            Watermarks(target).set(
                _CAME,
                {"tally": found, "from": source.place, "at": written_time(at)},
            )
    Watermarks(source).set(MOVED_TO, {"to": target.place, "by": socket.gethostname(), "at": written_time(at)})
    return Moved(source.place, target.place, {name: int(n) for name, (n, _) in found.items() if n}, before)


def holds_anything(state: State) -> bool:
    """Whether there is anything in a state that must not be left behind; in Postgres, inside a transaction."""
    for table in _moved_tables().keys() - _PASSING:
        with closing(_rows(state, table)) as rows:
            if any((table, row) not in first_rows("state") for row in rows):
                return True
    return False


def refuse_left_behind(folder: Path, state: State) -> None:
    """SetupError when the folder `.tieout` holds a state that this one knows nothing of, and nobody has set it aside."""
    if not (folder / STATE_FILE).exists():
        return
    with local_state(folder) as left:
        marks = Watermarks(left)
        aside = (marks.get(_ASIDE) or {}).get("places", [])
        if marks.get(MOVED_TO) or state.place in aside or not holds_anything(left):
            return
    raise SetupError(
        f"{left.place} holds what was written and read until now, and the state at {state.place} knows nothing of it: documents "
        "that were carried over would be carried over again.",
        advice="Stop all that runs on it, and bring it along with `tieout state move`; or do without it: `tieout state set-aside`.",
    )


def set_aside(left: State, place: str) -> None:
    """Let the state at this place do without what another one holds, which stays as it is."""
    marks = Watermarks(left)
    aside = (marks.get(_ASIDE) or {}).get("places", [])
    marks.set(_ASIDE, {"places": sorted({*aside, place})})


def _moved_tables() -> Mapping[str, tuple[str, ...]]:
    return {table: columns for table, columns in tables("state").items() if table != "secrets"}


def _rows(state: State, table: str, *, of_the_place: bool = False) -> Generator[tuple[Any, ...]]:
    """The rows of a table that go along, or those that say something of the place."""
    with closing(state.all_rows(table, _moved_tables()[table])) as rows:
        for row in rows:
            if (table == "watermarks" and row[0] in _OF_THE_PLACE) == of_the_place:
                yield row


def _tally(rows: Iterable[tuple[Any, ...]]) -> list[int | str]:
    """How many rows there are, and the sum of their digests: it is the same in any order, and another for any other value."""
    count = total = 0
    for row in rows:
        digest = sha256(repr(tuple(map(storable, row))).encode()).digest()
        count, total = count + 1, (total + int.from_bytes(digest, "big")) % _ALL_DIGITS
    return [count, f"{total:064x}"]


def _refuse_filled(source: State, target: State) -> None:
    if Watermarks(target).get(MOVED_TO) or holds_anything(target):
        raise SetupError(
            f"The state at {target.place} has a memory of its own already, and two cannot be made one. Nothing was moved.",
            advice="Move that file away, and try again."
            if isinstance(target, LocalState)
            else f"Move into an empty database, or do without what {source.place} holds: `tieout state set-aside`.",
        )


def _refuse_other(table: str, sent: list[int | str], came: list[int | str], target: State) -> None:
    if sent != came:
        raise SetupError(
            f"The table {table} is not in {target.place} as it was sent: {came[0]} rows came of {sent[0]}. Nothing was moved.",
            advice="Make sure that nothing else writes there, then try again; if it happens twice, report it.",
        )
