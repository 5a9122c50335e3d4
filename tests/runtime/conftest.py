"""Projects that run unattended, at a sandbox of their own."""

import time

import pytest
from tests.cli.conftest import connected

from tieout.project import Project
from tieout.sandbox.server import running_sandbox

MIRROR = """
[connection.warehouse]
kind = "duckdb"
path = "warehouse.duckdb"

[process.mirror]
from = "books:Customer"
to = "warehouse:"
do = "put"
only = "changed"
"""


@pytest.fixture
def shop():
    with running_sandbox("small-shop") as running:
        yield running


@pytest.fixture
def project(shop, tmp_path):
    """A project with one mirror that runs every second."""
    with Project.read(connected(tmp_path, shop, MIRROR + 'every = "1 second"\n')) as opened:
        yield opened


def eventually(look, *, within=90.0):
    """What `look` gives once it is true; a failure when it stays false."""
    until = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
    return found
