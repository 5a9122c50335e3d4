"""Reaching a database through SQLAlchemy: its drivers, its transactions, and its errors as ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event, exc
from sqlalchemy.engine import URL, make_url

from ...errors import Busy, SetupError, TieoutError, Unauthorized, Unreachable

_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql"}
"""The driver for an address that names none."""

_INSTALL = {
    "psycopg": "tieout[sql]",
    "psycopg2": "psycopg2-binary",
    "pymysql": "pymysql",
    "MySQLdb": "mysqlclient",
    "mariadb": "mariadb",
    "pyodbc": "pyodbc",
    "pymssql": "pymssql",
    "oracledb": "oracledb",
    "cx_Oracle": "cx_Oracle",
}
"""What pip calls the drivers."""


def address(text: str, password: str = "") -> URL:
    """The address of a database with the driver that is meant; SetupError when it is none."""
    try:
        url = make_url(text)
    except exc.ArgumentError as error:
        raise SetupError(
            f"{shown(text)} is no address of a database.", advice="Write postgresql://user@host/database."
        ) from error
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    return url.set(password=password) if password else url


def shown(url: URL | str) -> str:
    """An address without its user and password."""
    return re.sub(r"//[^/@]*@", "//", str(url).partition("?")[0])


def engine_at(url: URL, zone: str) -> Engine:
    """An engine whose sessions keep to a time zone, and whose transactions are true ones in SQLite too."""
    arguments: dict[str, Any] = {}
    if url.get_backend_name() == "postgresql" and url.get_driver_name() == "psycopg":
        arguments["connect_args"] = {"options": f"-c timezone={zone}", "connect_timeout": 30}
    try:
        engine = sqlalchemy.create_engine(url, pool_pre_ping=True, **arguments)
    except exc.NoSuchModuleError as error:
        raise SetupError(
            f"There is no database {url.drivername!r}.",
            advice="SQLAlchemy's names are meant: postgresql, mysql, sqlite, mssql+pyodbc, oracle …",
        ) from error
    except ModuleNotFoundError as error:
        package = _INSTALL.get(error.name or "", error.name)
        raise SetupError(
            f"The driver {error.name} of {shown(url)} is not installed.",
            advice=f"Install it: pip install '{package}'.",
        ) from error
    if engine.dialect.name == "sqlite":
        _begin_truly(engine)
    return engine


def _begin_truly(engine: Engine) -> None:
    """Python's sqlite3 begins transactions late, and would commit at a savepoint's end; SQLite itself does neither."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("tieout_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine, name: str) -> Iterator[Connection]:
    """A transaction that changes nothing, whatever is run in it."""
    with explained(name), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(postgresql_readonly=True)
        yield connection.execution_options(stream_results=True)


@contextmanager
def writing(
    engine: Engine, name: str, *, passing: tuple[type[exc.DBAPIError], ...] = ()
) -> Iterator[Connection]:
    """A transaction that is committed at the end, or not at all; errors that are in `passing` come as they are."""
    with explained(name, passing=passing), engine.connect() as connection:
        connection = connection.execution_options(tieout_writes=True)
        with connection.begin():
            yield connection


@contextmanager
def explained(name: str, *, passing: tuple[type[exc.DBAPIError], ...] = ()) -> Iterator[None]:
    """The database's errors as ours, but for those that are to pass."""
    try:
        yield
    except exc.DBAPIError as error:
        if isinstance(error, passing) and not error.connection_invalidated:
            raise
        raise explain(error, name) from error
    except exc.SQLAlchemyError as error:
        raise SetupError(f"{name}: {error}") from error


def explain(error: exc.DBAPIError, name: str, what: str = "") -> TieoutError:
    """What an error of the driver means for whoever asked."""
    told, state = said(error), state_of(error)
    if state in ("28000", "28P01") or _UNKNOWN_USER.search(told):
        return Unauthorized(
            f"{name}: the database does not let us in: {told}.",
            advice="Correct the user or password in the project file, or `tieout connect NAME` for a kept password.",
        )
    if state in ("40001", "40P01", "55P03") or "database is locked" in told:
        return Busy(f"{name}: {what}others are in the way: {told}.", wait=5)
    if error.connection_invalidated or state[:2] in ("08", "53", "57") or _is_lost(error, state):
        return Unreachable(f"{name}: {what}{told}.")
    return SetupError(f"{name}: {what}{told}.", advice="Correct the statement or the table's name.")


def _is_lost(error: exc.DBAPIError, state: str) -> bool:
    """Connections that cannot be made, or end in the middle, have no code of SQL."""
    lost = isinstance(error, exc.OperationalError | exc.InterfaceError) and not state
    return lost and not _OF_SQLITE.search(said(error))


_UNKNOWN_USER = re.compile(
    r"authentication failed|role .* does not exist|no password supplied|Access denied for user|Login failed"
)
_OF_SQLITE = re.compile(
    r"no such|syntax error|near \"|has no column|incomplete input|no column|unable to open"
)


def state_of(error: exc.DBAPIError) -> str:
    """SQLSTATE, where the driver tells it."""
    return str(getattr(error.orig, "sqlstate", "") or getattr(error.orig, "pgcode", "") or "")


def said(error: exc.DBAPIError) -> str:
    """What the database said, in one line."""
    return " ".join(str(error.orig).split()).rstrip(".")


def beside(text: str, folder: Path) -> str:
    """An address whose file, where it names one, lies in a folder unless its path is absolute."""
    url = address(text)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return text
    return url.set(database=str(folder / Path(url.database).expanduser())).render_as_string(
        hide_password=False
    )
