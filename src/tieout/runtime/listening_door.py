"""Where other systems send documents. They are stored before they are answered, and the process that reads them runs soon after."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ..errors import AlreadyExists, RemoteProtocolError, SetupError, TieoutError
from ..project.ends import HttpSettings
from ..project.following import FollowedProject
from ..protocols import exact_json
from ..protocols.posted_documents import NoJson, is_signed, read_documents
from ..state.arrivals import Arrival
from .requests import TooLarge, read_body

LOG = logging.getLogger("tieout.listening")

PATH = "/in/{connection}"
OTHER_METHODS = ["GET", "PUT", "PATCH", "DELETE"]


class ListeningDoor:
    """`POST /in/CONNECTION/TYPE`, or without the type where the connection takes in one only."""

    def __init__(self, followed: FollowedProject) -> None:
        self._followed = followed

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route(path, answer, methods=methods)
            for path in (PATH, PATH + "/{type}")
            for answer, methods in ((self._taken, ["POST"]), (self._not_taken, OTHER_METHODS))
        ]

    async def _not_taken(self, request: Request) -> Response:
        return _refusal(
            405,
            f"Documents are sent here with POST, not {request.method}.",
            "Post them as JSON.",
            Allow="POST",
        )

    async def _taken(self, request: Request) -> Response:
        name = request.path_params["connection"]
        try:
            return await self._answer(request, name)
        except SetupError as error:  # such as a variable of the environment that is not set
            LOG.warning("Something sent to %s was not taken: %s %s", name, error, error.advice)
            return _refusal(503, "This connection is not set up yet.", "Send it again later.")

    async def _answer(self, request: Request, name: str) -> Response:
        settings = self._followed.now.connections.get(name)
        if not isinstance(settings, HttpSettings) or not settings.listen:
            return _refusal(404, "There is no connection of this name that takes documents in.")
        type_name = request.path_params.get("type") or (
            settings.listen[0] if len(settings.listen) == 1 else ""
        )
        try:
            body = await read_body(request, settings.largest)
        except TooLarge as error:
            return _refusal(413, str(error), "Send fewer documents at once.")
        if not _lets_in(settings, request.headers, body):
            LOG.warning("Something sent to %s was refused: %s.", name, _wanted(settings))
            return _refusal(401, f"{_wanted(settings)}.")
        if type_name not in settings.listen:
            return _refusal(
                404, f"{name} takes in: {', '.join(settings.listen)}.", "Name one in the address."
            )
        if request.headers.get("content-encoding", "identity") != "identity":
            return _refusal(415, "Compressed bodies are not taken.")
        key = request.headers.get(settings.idempotency_header or "Idempotency-Key", "")
        try:
            told = await to_thread.run_sync(self._keep, name, settings, type_name, body, key)
        except NoJson as error:
            return _refusal(415, str(error), error.advice)
        except RemoteProtocolError as error:
            return _refusal(400, str(error), error.advice)
        except AlreadyExists as error:
            return _refusal(422, str(error), error.advice)
        except TieoutError as error:
            LOG.warning("Something sent to %s could not be stored: %s", name, error)
            return _refusal(503, "It could not be stored; nothing of it was.", "Send it again.")
        return JSONResponse(told, 202)

    def _keep(
        self, name: str, settings: HttpSettings, type_name: str, body: bytes, key: str
    ) -> dict[str, Any]:
        documents = [_arrival(each, settings.id_field) for each in read_documents(body)]
        digest = sha256(f"{type_name}\0".encode() + body).hexdigest()
        kept = self._followed.now.arrivals(name).keep(type_name, documents, key=key, digest=digest)
        return {"ids": kept.ids, "new": kept.new}


def _arrival(document: Mapping[str, Any], id_field: str) -> Arrival:
    text = exact_json.encode(document)
    digest = sha256(text).hexdigest()
    own = document.get(id_field)
    is_named = isinstance(own, str | int) and not isinstance(own, bool) and str(own)
    return Arrival(f"{id_field}={own}" if is_named else digest, digest, text.decode())


def _lets_in(settings: HttpSettings, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the sender has the key: it signed the body with it, or shows it, as the connection says."""
    if settings.signature_header:
        return is_signed(body, headers.get(settings.signature_header, ""), settings.listen_key)
    scheme, _, given = headers.get("authorization", "").partition(" ")
    fits = hmac.compare_digest(given.strip().encode(), settings.listen_key.encode())
    return fits and scheme.casefold() == "bearer"


def _wanted(settings: HttpSettings) -> str:
    if settings.signature_header:
        return f"The signature in {settings.signature_header} does not fit the body"
    return "The key is not this connection's: send Authorization: Bearer KEY"


def _refusal(status: int, text: str, advice: str = "", **headers: str) -> Response:
    return JSONResponse({"error": text, "advice": advice}, status, headers)
