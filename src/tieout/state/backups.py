"""Backups of the files of `.tieout`, taken while anybody is at work, and what a state knows of itself once one was restored.

What was written after a backup is not known in it. So each backup says when it was made, and whoever writes by it looks up first what
it is to add (`restored_to`), until a person says that nothing of then is missing any more.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ..errors import SetupError
from .database import STATE_FILE, State, statements
from .explained_sqlite import ExplainedSQLite
from .times import written_time
from .watermarks import Watermarks

_RESTORED = "state restored to"
_FILES = (STATE_FILE, "vault.db")
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)


def back_up(folder: Path, to: Path, at: datetime) -> list[Path]:
    """Copy what is in the folder `.tieout` to another one, each file as it is at one moment; those that were written.

    A copy takes the place of the one before when it is whole.
    """
    if not (folder / STATE_FILE).exists():
        raise SetupError(
            f"There is no {folder / STATE_FILE}.", advice="Nothing was written or read here so far."
        )
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [_copied(folder / name, to / name, at) for name in _FILES if (folder / name).exists()]
    except OSError as error:
        raise SetupError(
            f"{to} cannot be used: {error.strerror}.", advice="Name a folder that you may write to."
        ) from error


def restored_to(state: State) -> datetime | None:
    """Since when what was written may not be known, because an older backup was restored; None where all of it is."""
    told = Watermarks(state).get(_RESTORED)
    return None if told is None else datetime.fromisoformat(told["at"])


def say_restored(state: State) -> datetime:
    """The state was restored from a backup that does not say so itself; since when something may be missing."""
    known = restored_to(state)
    if known is not None:
        return known
    last = state.value("last_run_started")
    at = datetime.fromisoformat(last) if last else _BEFORE_ALL
    Watermarks(state).set(_RESTORED, {"at": written_time(at)})
    return at


def say_complete(state: State) -> None:
    """Nothing of the time before it was restored is missing any more."""
    state.rows("forget_watermark", key=_RESTORED)


def _copied(source: Path, to: Path, at: datetime) -> Path:
    fresh = to.with_name(f".{to.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600, exist_ok=False)
    try:
        with (
            ExplainedSQLite(source, "a backup of before is as good as it was"),
            closing(sqlite3.connect(source)) as live,
            closing(sqlite3.connect(fresh, isolation_level=None)) as copy,
        ):
            live.backup(copy)  # in one step, so of one moment
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
            if source.name == STATE_FILE:
                _mark(copy, at)
        return fresh.replace(to)
    finally:
        fresh.unlink(missing_ok=True)


def _mark(copy: sqlite3.Connection, at: datetime) -> None:
    """Say in a copy when it was made; one that was restored itself keeps the time of then."""
    if not copy.execute(statements()["watermark"], {"key": _RESTORED}).fetchall():
        value = json.dumps({"at": written_time(at)})
        copy.execute(statements()["set_watermark"], {"key": _RESTORED, "value": value})
