"""Fixtures for pytest; installed with tieout, they are there without an import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from . import sandbox

if TYPE_CHECKING:
    from ..sandbox.server import Sandbox


@pytest.fixture
def quickbooks_settings() -> dict[str, Any]:
    """What sandbox a test gets: override it in a module or class, or parametrize it."""
    return {}


@pytest.fixture
def quickbooks(quickbooks_settings: dict[str, Any]) -> Iterator[Sandbox]:
    """A QuickBooks Online of the test's own; what a test does to it, no other test sees."""
    with sandbox(**quickbooks_settings) as running:
        yield running
