"""A shop's database of each kind: a file of SQLite, and a database of a real Postgres."""

import pytest
import sqlalchemy

from tieout.connections.sql.connection import SqlConnection
from tieout.state.database import open_state
from tieout.state.journal import Journal


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/shop.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def shop(url):
    with SqlConnection("shop", url) as opened:
        yield opened


@pytest.fixture
def run(url):
    """Runs SQL beside the connection and gives the rows, if any."""
    engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))

    def run_one(statement):
        with engine.begin() as database:
            result = database.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []

    yield run_one
    engine.dispose()


@pytest.fixture
def journal(tmp_path):
    with open_state(tmp_path / "state") as state:
        yield Journal(state)
