"""The control databases: SQLite files in WAL mode that several threads and processes may have open at once.

Statements live in `queries.sql` and the steps of each schema in `schema.sql`; both are called by name. The state may live in
Postgres instead: `postgres.py` answers to the same names.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import RLock
from typing import Any, Protocol, Self

from ..errors import SetupError
from .explained_sqlite import ExplainedSQLite
from .files import make_folder
from .locks import WAIT, held

STATE_FILE = "state.db"

MOVED_TO = "state moved to"
"""The watermark of a state that another one has taken the place of: `to` says where it is, and `at` since when."""


class State(Protocol):
    """What tieout remembers between runs, wherever that is kept. Threads share it."""

    @property
    def place(self) -> str:
        """Where it is, in words that hold no secret."""
        ...

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

    def all_rows(self, table: str, columns: Sequence[str]) -> Generator[tuple[Any, ...]]:
        """Every row of a table, in any order, inside a transaction."""
        ...

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows into a table, inside a transaction."""
        ...

    def empty(self, table: str) -> None:
        """Take all rows out of a table, inside a transaction."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Database:
    """One SQLite file, brought to the newest version of its schema when it is opened.

    `alone`, it is nobody else's from the first moment until it is closed; Busy when anybody has it open, at work or not.
    """

    def __init__(
        self, path: Path, *, schema: str, loss: str, wait: float = WAIT, alone: bool = False
    ) -> None:
        self.path = path
        self._lock = RLock()
        self._explained = ExplainedSQLite(path, loss)
        make_folder(path.parent)
        with self._explained:
            self._connection = sqlite3.connect(
                path, timeout=wait, isolation_level=None, check_same_thread=False
            )
        try:
            if alone:
                self._execute("PRAGMA locking_mode = EXCLUSIVE")
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

    @property
    def place(self) -> str:
        return str(self.path)

    def all_rows(self, table: str, columns: Sequence[str]) -> Generator[tuple[Any, ...]]:
        """Every row of a table, in any order."""
        with self._lock, self._explained:
            yield from self._connection.execute(f"SELECT {quoted(columns)} FROM {table}")

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows into a table."""
        marks = ", ".join("?" * len(columns))
        with self._lock, self._explained:
            self._connection.executemany(f"INSERT INTO {table} ({quoted(columns)}) VALUES ({marks})", rows)

    def empty(self, table: str) -> None:
        """Take all rows out of a table."""
        self._execute(f"DELETE FROM {table}")

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
        # A copy that SQLite made by VACUUM INTO is at its newest version, and not in WAL mode.
        if self._version(newest=len(steps)) == len(steps) and self._execute("PRAGMA journal_mode") == "wal":
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
                advice="Upgrade tieout with `pip install --upgrade tieout`, or put back the backup from before the upgrade.",
            )
        return version


class LocalState(Database):
    """`state.db`: what tieout remembers between runs, on this machine."""

    def exclusive(self, name: str, *, wait: float = 0) -> AbstractContextManager[None]:
        """Hold a lock file beside the database; Busy names the process that has it."""
        return held(self.path.parent, name, timeout=wait)


def open_state(folder: Path) -> LocalState:
    """The state in the folder `.tieout`, made when it is not there yet; SetupError when it was moved to another place."""
    path, moved = folder / STATE_FILE, folder / f"{STATE_FILE}.moved"
    if moved.exists() and not path.exists():
        raise SetupError(
            f"What {path} remembered was moved to Postgres, and the project file does not name it.",
            advice="Name it in `state` of the project file; there, `tieout state move --back` brings all of it back. To begin "
            f"without what was written before, move {moved} away.",
        )
    state = local_state(folder)
    refuse_moved(state)
    return state


def local_state(folder: Path, *, alone: bool = False, wait: float = WAIT) -> LocalState:
    """The same, whether or not it was moved."""
    loss = "links and history are lost, so what was added before could be added again"
    return LocalState(folder / STATE_FILE, schema="state", loss=loss, alone=alone, wait=wait)


def refuse_moved(state: State) -> None:
    """SetupError, and the state closed, when another one has taken its place."""
    told = state.value("watermark", key=MOVED_TO)
    if told is not None:
        state.close()
        to = json.loads(told)
        raise SetupError(
            f"What {state.place} remembers was moved to {to['to']} by {to['by']} on {to['at'][:10]}, and goes on there.",
            advice="Let `state` of the project file name that place: two memories would write everything twice.",
        )


def storable(value: Any) -> Any:
    """A value without the one character that Postgres cannot keep in a text."""
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value


def quoted(columns: Sequence[str]) -> str:
    """The names of columns as both databases read them."""
    return ", ".join(f'"{each}"' for each in columns)


@cache
def statements() -> Mapping[str, str]:
    """The statements of `queries.sql` by name."""
    return _read_named("queries.sql")


@cache
def steps(schema: str) -> tuple[str, ...]:
    """The steps that bring a schema to its newest version, in order."""
    named = _read_named("schema.sql")
    return tuple(named[name] for name in named if name.split()[0] == schema)


@cache
def tables(schema: str) -> Mapping[str, tuple[str, ...]]:
    """The columns of each table of a schema."""
    with _fresh(schema) as fresh:
        named = fresh.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
        return {
            table: tuple(column for _, column, *_ in fresh.execute(f"PRAGMA table_info({table})"))
            for (table,) in named
        }


@cache
def first_rows(schema: str) -> frozenset[tuple[str, tuple[Any, ...]]]:
    """The rows that the steps of a schema put in themselves, each with its table."""
    with _fresh(schema) as fresh:
        return frozenset(
            (table, row)
            for table, columns in tables(schema).items()
            for row in fresh.execute(f"SELECT {quoted(columns)} FROM {table}")
        )


def _fresh(schema: str) -> closing[sqlite3.Connection]:
    """An empty database of a schema, in memory."""
    connection = sqlite3.connect(":memory:")
    connection.executescript("".join(steps(schema)))
    return closing(connection)


def _read_named(file: str) -> dict[str, str]:
    """The parts of an SQL file, each under its own `-- name: …` line."""
    text = files(__package__).joinpath(file).read_text("utf-8")
    _, *parts = re.split(r"^-- name: (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))
