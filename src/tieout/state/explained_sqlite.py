"""What SQLite complains of, in our words: what it means for the file, and what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..errors import Busy, SetupError, TieoutError, Unreachable
from .locks import WAIT

_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_OUT_OF_REACH = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class ExplainedSQLite:
    """Around what SQLite does: its complaints become errors that say what to do."""

    def __init__(self, path: Path, loss: str) -> None:
        self._path = path
        self._loss = loss  # what is lost with the file, for the advice when it is damaged

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        told = self._in_our_words(error) if isinstance(error, sqlite3.DatabaseError) else None
        if told is not None:
            raise told from error

    def _in_our_words(self, error: sqlite3.DatabaseError) -> TieoutError | None:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _IN_USE:
            return Busy(f"{self._path} is being written by another process.", wait=WAIT)
        if code in _DAMAGED:
            return SetupError(
                f"{self._path} is damaged: {error}.",
                advice=f"Put a backup in its place, or move the file away and start anew; {self._loss}.",
            )
        if code == sqlite3.SQLITE_FULL:
            return Unreachable(
                f"{self._path} cannot be written: the disk is full.",
                advice="Make sure that the disk has room; nothing was lost, and what runs unattended goes on by itself.",
            )
        if code in _OUT_OF_REACH:
            return SetupError(
                f"{self._path} cannot be used: {error}.",
                advice="Make sure that the disk has room and that you may write to the folder and the file.",
            )
        return None
