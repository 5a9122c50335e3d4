"""The API's door: who may call, and how answers and refusals are written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ...errors import NotFound, SetupError, TieoutError
from ...project.declaration import NotInProject
from ...project.following import FollowedProject
from ...state.access import Access, may
from ...state.agenda import Agenda
from ..requests import TooLarge, from_here, read_body
from . import shapes
from .endpoint import API, Call, Endpoint
from .endpoints import ENDPOINTS
from .openapi import openapi

OPENAPI = f"{API}/openapi.json"
LARGEST = 1_000_000
"""Bytes of a body; a corrected document is the longest."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class ApiDoor:
    """`/api`, for programs that have a key; from other machines over https only."""

    def __init__(self, followed: FollowedProject, agenda: Agenda, access: Access) -> None:
        self._followed = followed
        self._agenda = agenda
        self._access = access

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route(OPENAPI, self._describe, methods=["GET"]),
            *(Route(f"{API}{each.path}", self._answering(each), methods=[each.method]) for each in ENDPOINTS),
            Route(API, self._nothing_there),
            Route(
                f"{API}/{{rest:path}}", self._nothing_there, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]
            ),
        ]

    async def _nothing_there(self, request: Request) -> Response:
        return _refusal(
            404,
            f"{request.method} {request.url.path} is no address of the API.",
            f"{OPENAPI} lists them.",
        )

    async def _describe(self, _request: Request) -> Response:
        return _answer(200, openapi())

    def _answering(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if not from_here(request) and request.url.scheme != "https":
                return _refusal(403, "Keys are taken from other machines over https only.")
            scheme, _, given = request.headers.get("authorization", "").partition(" ")
            key = (
                await to_thread.run_sync(self._access.key, given.strip())
                if scheme.casefold() == "bearer"
                else None
            )
            if key is None:
                return _refusal(
                    401,
                    "Give a key: Authorization: Bearer KEY.",
                    "`tieout keys NAME --role viewer` makes one.",
                )
            if not may(key.role, endpoint.role):
                return _refusal(
                    403,
                    f"This is for {endpoint.role}s, and {key.name} is a {key.role}.",
                    f"An admin gives another key: `tieout keys {key.name} --role {endpoint.role}`.",
                )
            try:
                body = await read_body(request, LARGEST)
            except TooLarge as error:
                return _refusal(413, str(error))
            return await to_thread.run_sync(self._answered, endpoint, request, body)

        return answer

    def _answered(self, endpoint: Endpoint, request: Request, body: bytes) -> Response:
        try:
            call = Call(
                self._followed.now,
                self._agenda,
                self._access,
                request.path_params,
                _known_words(endpoint, request),
                _decoded(endpoint, body),
            )
            return _answer(endpoint.status, endpoint.run(call))
        except (NotFound, NotInProject) as error:
            return _refusal(404, str(error), error.advice)
        except SetupError as error:
            return _refusal(400, str(error), error.advice)
        except TieoutError as error:
            return _refusal(503, str(error), error.advice)


def _known_words(endpoint: Endpoint, request: Request) -> dict[str, str]:
    words = dict(request.query_params)
    for word in words:
        if word not in endpoint.query:
            known = ", ".join(endpoint.query) or "nothing"
            raise SetupError(f"?{word}= means nothing here.", advice=f"What may stand there: {known}.")
    return words


def _decoded(endpoint: Endpoint, body: bytes) -> Any:
    if endpoint.body is None:
        return None
    try:
        return msgspec.json.Decoder(endpoint.body, strict=True, float_hook=_exact).decode(body or b"{}")
    except (msgspec.DecodeError, RecursionError) as error:
        raise SetupError(
            f"The body cannot be read: {error}.", advice=f"{OPENAPI} says what it is."
        ) from error


def _exact(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


def _answer(status: int, told: Any) -> Response:
    return Response(_ENCODER.encode(told), status, {"Cache-Control": "no-store"}, "application/json")


def _refusal(status: int, error: str, advice: str = "") -> Response:
    return _answer(status, shapes.Refusal(error, advice))
