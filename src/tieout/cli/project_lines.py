"""Lines of a project file that a command writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..project.declaration import Setting

Ask = Callable[["Setting", Any], Any]
"""What a setting shall be, given what is suggested."""


def line_of(key: str, value: Any) -> str:
    """A line of the file."""
    import tomlkit

    return f"{key} = {tomlkit.item(value).as_string()}"
