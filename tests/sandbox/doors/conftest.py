from collections.abc import Iterator

import httpx2
import pytest

from tieout.sandbox.server import Sandbox, running_sandbox

from .clients import signed_in


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of the test's own, with an empty company."""
    with running_sandbox("empty") as running:
        yield running


@pytest.fixture
def company(sandbox) -> Iterator[httpx2.Client]:
    """A client that is signed in at the sandbox's company."""
    with signed_in(sandbox) as client:
        yield client
