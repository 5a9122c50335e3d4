"""A state of each kind: SQLite in a folder, and a real Postgres that one server keeps for all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tieout.state.database import State, open_state


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
