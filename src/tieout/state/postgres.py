"""The state in Postgres, for several machines: the same statements by the same names.

The statements of `queries.sql` are written so that both databases read them; only parameters and types are spelled otherwise.
A lock is an advisory lock of a connection of its own, so it ends with its holder, however that dies.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from threading import RLock
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg
from psycopg.pq import TransactionStatus

from ..errors import Busy, SetupError, Unreachable
from .database import quoted, refuse_moved, statements, steps, storable
from .locks import WAIT

Connection = psycopg.Connection[tuple[Any, ...]]

_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")
_TYPES = (("BLOB", "BYTEA"), ("INTEGER", "BIGINT"), (" WITHOUT ROWID", ""))
_SCHEMA_LOCK = "upgrade"
_IN_USE = "in use"
"""The lock that everybody shares who has the state open, and that nobody shares who moves it."""
_AT_ONCE = 1000
"""Rows that are fetched together."""
_LOOK = 0.1
"""Seconds between looks at a lock that somebody else has."""


class PostgresState:
    """The state of one project, in the schema `tieout` of a database. Threads share one connection.

    `alone`, it is nobody else's until it is closed, and opened even when it was moved; Busy when anybody has it open.
    """

    def __init__(self, url: str, *, alone: bool = False, wait: float = WAIT) -> None:
        self._url = url
        self._alone = alone
        self._wait = wait
        self._lock = RLock()
        self._transactions = 0
        self._holders: deque[Connection] = deque()
        """Connections that hold no lock now, for the next one that is to be held."""
        self._connection = self._connected()
        try:
            self._bring_up_to_date()
            if not alone:
                refuse_moved(self)
        except BaseException:
            self.close()
            raise

    @property
    def place(self) -> str:
        return _shown(self._url)

    def rows(self, name: str, **values: Any) -> list[tuple[Any, ...]]:
        """Run the statement of that name in `queries.sql` and return its rows."""
        with self._lock, _explained(self._url):
            self._connect_again_when_broken()
            cursor = self._connection.execute(_translated(name), _storable(values))
            return [] if cursor.description is None else list(map(_plain, cursor.fetchall()))

    def value(self, name: str, **values: Any) -> Any:
        """The first column of the first row, or None."""
        found = self.rows(name, **values)
        return found[0][0] if found else None

    def many(self, name: str, values: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that returns nothing, once for each of the values."""
        if values:
            with self._lock, _explained(self._url):
                self._connect_again_when_broken()
                self._connection.cursor().executemany(_translated(name), list(map(_storable, values)))

    @contextmanager
    def transaction(self, *, at_once: bool = True) -> Iterator[None]:
        """All or nothing."""
        with self._lock, _explained(self._url):
            self._connect_again_when_broken()
            self._transactions += 1
            try:
                with self._connection.transaction():
                    if not at_once:
                        self._connection.execute("SET LOCAL synchronous_commit = off")
                    yield
                if self._connection.closed:  # psycopg ends the block of a lost connection without a word
                    raise psycopg.OperationalError("the connection was lost before the end")
            finally:
                self._transactions -= 1

    @contextmanager
    def exclusive(self, name: str, *, wait: float = 0) -> Iterator[None]:
        """Hold an advisory lock; Busy when another process has it, on this machine or another."""
        until = time.monotonic() + wait
        with self._holder_of(name) as (holder, is_taken):
            while not is_taken:
                if time.monotonic() >= until:
                    raise Busy(
                        f"{name} is held by another process.",
                        advice="Wait until it has finished, then try again; nothing was lost.",
                    )
                time.sleep(_LOOK)
                is_taken = _is_taken(holder, name)
            yield

    @contextmanager
    def _holder_of(self, name: str) -> Iterator[tuple[Connection, bool]]:
        """A connection for one lock, and whether it has it already; afterwards it holds none and is kept for others."""
        holder, is_taken = self._looked(name)
        try:
            yield holder, is_taken
        finally:
            try:
                holder.execute("SELECT pg_advisory_unlock_all()")
                self._holders.append(holder)
            except psycopg.Error:
                holder.close()  # which ends its lock as well

    def _looked(self, name: str) -> tuple[Connection, bool]:
        """Try to take the lock by a connection that is kept, unless it was lost meanwhile, or by a new one."""
        while True:
            try:
                holder, is_new = self._holders.pop(), False
            except IndexError:
                holder, is_new = _connect(self._url), True
            try:
                return holder, _is_taken(holder, name)
            except psycopg.OperationalError:
                holder.close()
                if is_new:
                    raise

    def all_rows(self, table: str, columns: Sequence[str]) -> Generator[tuple[Any, ...]]:
        """Every row of a table, in any order, inside a transaction."""
        with self._lock, _explained(self._url), self._connection.cursor("all rows") as cursor:
            cursor.itersize = _AT_ONCE
            yield from map(_plain, cursor.execute(f"SELECT {quoted(columns)} FROM {table}".encode()))

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows into a table, inside a transaction."""
        statement = f"COPY {table} ({quoted(columns)}) FROM STDIN".encode()
        with (
            self._lock,
            _explained(self._url),
            self._connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            for row in rows:
                copy.write_row(tuple(map(storable, row)))

    def empty(self, table: str) -> None:
        """Take all rows out of a table, inside a transaction."""
        with self._lock, _explained(self._url):
            self._connection.execute(f"DELETE FROM {table}".encode())

    def close(self) -> None:
        with suppress(
            psycopg.Error
        ):  # the server hears of a closed connection in its own time, and of this at once
            if self._connection.info.transaction_status is TransactionStatus.IDLE:
                self._connection.execute("SELECT pg_advisory_unlock_all()")
        self._connection.close()
        while self._holders:
            self._holders.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect_again_when_broken(self) -> None:
        """The database was away. Inside a transaction that is an error: a new connection would do half of it."""
        if self._connection.closed and not self._transactions:
            self._connection = self._connected()

    def _connected(self) -> Connection:
        """A connection that says that the state is in use."""
        connection, until = _connect(self._url), time.monotonic() + self._wait
        function = b"pg_try_advisory_lock" if self._alone else b"pg_try_advisory_lock_shared"
        with _explained(self._url):
            while not _is_taken(connection, _IN_USE, function):
                if time.monotonic() >= until:
                    connection.close()
                    raise Busy(
                        f"The state at {_shown(self._url)} is "
                        f"{'in use by another process' if self._alone else 'being moved'}."
                    )
                time.sleep(_LOOK)
        return connection

    def _bring_up_to_date(self) -> None:
        newest = steps("state")
        with self._waiting_for(_SCHEMA_LOCK), self._connection.transaction():
            self._connection.execute("CREATE SCHEMA IF NOT EXISTS tieout")
            self._connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
            found = self._connection.execute("SELECT max(version) FROM schema_version").fetchone()
            version = int(found[0]) if found and found[0] is not None else 0
            if version > len(newest):
                raise SetupError(
                    f"The state at {_shown(self._url)} was made by a newer tieout: its version is {version}, this one "
                    f"knows {len(newest)}.",
                    advice="Upgrade tieout with `pip install --upgrade tieout`, or put back the backup from before the upgrade.",
                )
            for step in newest[version:]:
                self._connection.execute(_as_postgres(step).encode())
            if version < len(newest):
                self._connection.execute("INSERT INTO schema_version VALUES (%s)", (len(newest),))

    @contextmanager
    def _waiting_for(self, name: str) -> Iterator[None]:
        """Wait for an advisory lock of the connection, and hold it."""
        with _explained(self._url):
            self._connection.execute("SELECT pg_advisory_lock(%s)", (_key(name),))
            try:
                yield
            finally:
                self._connection.execute("SELECT pg_advisory_unlock(%s)", (_key(name),))


def _is_taken(holder: Connection, name: str, function: bytes = b"pg_try_advisory_lock") -> bool:
    """Whether the connection has the lock now."""
    found = holder.execute(b"SELECT " + function + b"(%s)", (_key(name),)).fetchone()
    return bool(found and found[0])


def _key(name: str) -> int:
    """The number that Postgres knows a lock by."""
    return int.from_bytes(sha256(f"tieout {name}".encode()).digest()[:8], "big", signed=True)


def _connect(url: str) -> Connection:
    with _explained(url):
        return psycopg.connect(
            url, autocommit=True, options="-c search_path=tieout -c client_min_messages=warning"
        )


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        raise Unreachable(
            f"The state at {_shown(url)} cannot be reached: {str(error).strip()}",
            advice="Check `state` of the project file and that the database runs; nothing was lost.",
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise SetupError(
            f"The state at {_shown(url)} cannot be used: {error}.",
            advice="Let the user create the schema tieout, or make it for them.",
        ) from error


def _shown(url: str) -> str:
    """The address without its password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _storable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: storable(value) for name, value in values.items()}


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row as SQLite gives it: bytes as bytes."""
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)


@cache
def _translated(name: str) -> bytes:
    statement = statements()[name].replace("%", "%%").replace("/* FOR UPDATE */", "FOR UPDATE")
    return _PARAMETER.sub(r"%(\1)s", statement).encode()


def _as_postgres(step: str) -> str:
    for ours, theirs in _TYPES:
        step = step.replace(ours, theirs)
    return step
