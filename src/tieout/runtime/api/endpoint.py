"""An endpoint: one address of the API, declared once for the server, its OpenAPI document and its page in docs/."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ...project import Project
    from ...state.access import Access, Role
    from ...state.agenda import Agenda

API = "/api"

_IN_BRACES = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Call:
    """What a program asked for."""

    project: Project
    agenda: Agenda
    access: Access
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    """Of the endpoint's `body`; None where it has none."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and an address, who may call, and what answers."""

    method: Literal["GET", "POST"]
    path: str
    """Below /api, with names in braces."""
    role: Role
    summary: str
    answer: Any
    """The type of what is told."""
    run: Callable[[Call], Any]
    query: Mapping[str, str] = field(default_factory=dict)
    """What may stand behind the question mark, and what it means."""
    body: Any = None
    """The type of what is sent along, JSON."""
    status: int = 200

    @property
    def names(self) -> list[str]:
        """What stands in braces in the path."""
        return _IN_BRACES.findall(self.path)
