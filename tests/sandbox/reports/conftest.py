from datetime import UTC, datetime

import pytest

from tieout.sandbox.companies import open_company

NOON = datetime(2026, 11, 22, 20, tzinfo=UTC)


@pytest.fixture(scope="session")
def year():
    """A company with a year of all kinds of transactions; nobody writes into it."""
    return open_company("small-shop", clock=lambda: NOON)
