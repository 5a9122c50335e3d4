"""The control databases: SQLite files in WAL mode that several threads and processes may have open at once.

Statements live in `queries.sql` and the steps of each schema in `schema.sql`; both are called by name. The state may live in
Postgres instead: `postgres.py` answers to the same names.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import RLock
from typing import Any, Protocol, Self

from ..errors import Busy, SetupError
from .files import make_folder
from .locks import held

WAIT = 10.0
"""Seconds to wait for another process before giving up."""

_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_OUT_OF_REACH = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class State(Protocol):
    """What tieout remembers between runs, wherever that is kept. Threads share it."""

    def rows(self, name: str, **values: Any) -> list[tuple[Any, ...]]:
        """Run the statement of that name in `queries.sql` and return its rows."""
        ...

    def value(self, name: str, **values: Any) -> Any:
        """The first column of the first row, or None."""
        ...

    def many(self, name: str, values: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that returns nothing, once for each of the values."""
        ...

    def transaction(self, *, at_once: bool = True) -> AbstractContextManager[None]:
        """All or nothing, and on the disk at its end; not `at_once`, it may get there with the next one.

        A process that dies loses nothing either way. A machine that loses its power may lose the last that were not `at_once`.
        """
        ...

    def exclusive(self, name: str, *, wait: float = 0) -> AbstractContextManager[None]:
        """Hold a lock, across processes, that dies with its holder; Busy when it is not free within `wait` seconds."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Database:
    """One SQLite file, brought to the newest version of its schema when it is opened."""

    def __init__(self, path: Path, *, schema: str, loss: str, wait: float = WAIT) -> None:
        self.path = path
        self._lock = RLock()
        self._explained = _Explained(path, loss)
        make_folder(path.parent)
        with self._explained:
            self._connection = sqlite3.connect(
                path, timeout=wait, isolation_level=None, check_same_thread=False
            )
        try:
            self._bring_up_to_date(steps(schema))
        except BaseException:
            self.close()
            raise

    def rows(self, name: str, **values: Any) -> list[tuple[Any, ...]]:
        """Run the statement of that name in `queries.sql` and return its rows."""
        with self._lock, self._explained:
            return self._connection.execute(statements()[name], values).fetchall()

    def value(self, name: str, **values: Any) -> Any:
        """The first column of the first row, or None."""
        found = self.rows(name, **values)
        return found[0][0] if found else None

    def many(self, name: str, values: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that returns nothing, once for each of the values."""
        if values:
            with self._lock, self._explained:
                self._connection.executemany(statements()[name], values)

    @contextmanager
    def transaction(self, *, at_once: bool = True) -> Iterator[None]:
        """All or nothing, with every other writer kept out from the first moment."""
        with self._lock:
            if not at_once:
                self._execute("PRAGMA synchronous = NORMAL")
            self._execute("BEGIN IMMEDIATE")
            try:
                yield
                self._execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._execute("ROLLBACK")
                if not at_once:
                    self._execute("PRAGMA synchronous = FULL")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _execute(self, statement: str) -> Any:
        with self._explained:
            row = self._connection.execute(statement).fetchone()
        return row[0] if row else None

    def _bring_up_to_date(self, steps: tuple[str, ...]) -> None:
        if self._version(newest=len(steps)) == len(steps):
            return
        # SQLite does not wait for its own lock while the journal mode changes.
        with held(self.path.parent, f"{self.path.name} upgrade", timeout=WAIT):
            self._execute("PRAGMA journal_mode = WAL")
            with self.transaction():
                for step in steps[self._version(newest=len(steps)) :]:
                    self._take(step)
                self._execute(f"PRAGMA user_version = {len(steps)}")

    def _take(self, step: str) -> None:
        for statement in filter(str.strip, step.split(";")):
            self._execute(statement)

    def _version(self, *, newest: int) -> int:
        version = int(self._execute("PRAGMA user_version"))
        if version > newest:
            raise SetupError(
                f"{self.path} was made by a newer tieout: its version is {version}, this one knows {newest}.",
                advice="Upgrade tieout with `pip install --upgrade tieout`.",
            )
        return version


class _Explained:
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

    def _in_our_words(self, error: sqlite3.DatabaseError) -> Busy | SetupError | None:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _IN_USE:
            return Busy(f"{self._path} is being written by another process.", wait=WAIT)
        if code in _DAMAGED:
            return SetupError(
                f"{self._path} is damaged: {error}.",
                advice=f"Put a backup in its place, or move the file away and start anew; {self._loss}.",
            )
        if code in _OUT_OF_REACH:
            return SetupError(
                f"{self._path} cannot be used: {error}.",
                advice="Make sure that the disk has room and that you may write to the folder and the file.",
            )
        return None


class LocalState(Database):
    """`state.db`: what tieout remembers between runs, on this machine."""

    def exclusive(self, name: str, *, wait: float = 0) -> AbstractContextManager[None]:
        """Hold a lock file beside the database; Busy names the process that has it."""
        return held(self.path.parent, name, timeout=wait)


def open_state(folder: Path) -> LocalState:
    """The state in the folder `.tieout`, made when it is not there yet."""
    return LocalState(
        folder / "state.db",
        schema="state",
        loss="links and history are lost, so what was added before could be added again",
    )


@cache
def statements() -> Mapping[str, str]:
    """The statements of `queries.sql` by name."""
    return _read_named("queries.sql")


@cache
def steps(schema: str) -> tuple[str, ...]:
    """The steps that bring a schema to its newest version, in order."""
    named = _read_named("schema.sql")
    return tuple(named[name] for name in named if name.split()[0] == schema)


def _read_named(file: str) -> dict[str, str]:
    """The parts of an SQL file, each under its own `-- name: …` line."""
    text = files(__package__).joinpath(file).read_text("utf-8")
    _, *parts = re.split(r"^-- name: (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))
