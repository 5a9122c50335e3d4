"""For tests of whatever speaks to QuickBooks, be it written with tieout or not.

    from tieout.testing import sandbox

    with sandbox("small-shop") as quickbooks:
        my_application(quickbooks.base_url, quickbooks.keys.access_token)

With pytest, the fixture `quickbooks` is one for each test; `quickbooks_settings` says which. Who writes a new kind of
connection subclasses `ConnectionContract`, `WriteContract` where it takes changes, and `MirrorContract` where it keeps
whole tables.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..sandbox.server import Sandbox
    from .contract import ConnectionContract, MirrorContract, WriteContract
    from .fixtures import quickbooks, quickbooks_settings

__all__ = [
    "ConnectionContract",
    "MirrorContract",
    "WriteContract",
    "quickbooks",
    "quickbooks_settings",
    "sandbox",
]

_WITH_PYTEST = {
    "ConnectionContract": "contract",
    "MirrorContract": "contract",
    "WriteContract": "contract",
    "quickbooks": "fixtures",
    "quickbooks_settings": "fixtures",
}
"""Where the names live that need pytest; nobody else has to have it."""


def sandbox(company: str = "small-shop", **settings: Any) -> AbstractContextManager[Sandbox]:
    """QuickBooks Online on a free port of this machine, until the block ends; settings as `running_sandbox` has them."""
    from ..sandbox.server import running_sandbox

    return running_sandbox(company, **settings)


def __getattr__(name: str) -> Any:
    if name not in _WITH_PYTEST:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place = f"{__name__}.{_WITH_PYTEST[name]}"
    if place not in sys.modules:
        _explain_asserts_of(place)
    return getattr(import_module(place), name)


def _explain_asserts_of(module: str) -> None:
    """Have pytest show what was compared, as it does in test files."""
    import pytest

    pytest.register_assert_rewrite(module)
