"""A door: what one kind of caller finds behind some addresses of the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route


class Door(Protocol):
    """Some addresses and what answers there."""

    def routes(self) -> Sequence[BaseRoute]: ...


class HealthDoor:
    """`/health`, for whatever watches over the server."""

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/health", self._health)]

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"ok": True})
