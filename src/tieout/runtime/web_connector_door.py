"""The Web Connector's door: SOAP over HTTP in, the session's table of states behind it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ..connections.qbxml.web_connector.answering import Answering
from ..connections.qbxml.web_connector.calls import Call, Later
from ..errors import RemoteProtocolError, TieoutError
from ..protocols import soap, web_connector
from ..protocols.soap import EnvelopeReader, TooLarge

LOG = logging.getLogger("tieout.web_connector")

PATH = "/web-connector"

_IN_MEMORY = 1_000_000
"""Bytes of an answer that are not worth a file; also of one piece in the mailbox."""
_LONGEST_ARGUMENT = 1_000_000
"""Characters of any other argument: QuickBooks' answers about host, company and preferences have some 20,000."""
_SHORTEST, _LONGEST = 0.01, 0.1
"""Seconds between two looks for a call that is held."""


class WebConnectorDoor:
    """Takes calls at `/web-connector`."""

    def __init__(self, answering: Answering, *, largest: int = soap.LARGEST) -> None:
        self._answering = answering
        self._largest = largest

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route(PATH, self._described, methods=["GET"]),
            Route(PATH, self._called, methods=["POST"]),
        ]

    async def _described(self, request: Request) -> Response:
        """The description at `?wsdl`; else a word for people and for the Web Connector, which looks whether somebody is there."""
        if "wsdl" in (name.casefold() for name in request.query_params):
            return _xml(web_connector.wsdl(str(request.url.replace(query=""))))
        return PlainTextResponse(
            "tieout answers QuickBooks Web Connectors here. Its description is at ?wsdl.\n"
        )

    async def _called(self, request: Request) -> Response:
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
            try:
                call = await self._read(request, kept)
                result = await to_thread.run_sync(self._answering.answer, call)
                return _xml(web_connector.write_reply(call.method, await self._settled(request, result)))
            except ClientDisconnect:
                return Response(status_code=400)  # nobody reads it
            except TooLarge as error:
                return _fault(error, status=413, of_caller=True)
            except RemoteProtocolError as error:
                return _fault(error, of_caller=True)
            except TieoutError as error:
                return _fault(error, of_caller=False)

    async def _settled(self, request: Request, result: soap.Result | Later) -> soap.Result:
        """Hold the call until there is an answer, or nobody to give it to."""
        pause = _SHORTEST
        while isinstance(result, Later):
            await asyncio.sleep(pause)
            if await request.is_disconnected():
                raise ClientDisconnect
            pause = min(pause * 1.2, _LONGEST)
            result = await to_thread.run_sync(result.again)
        return result

    async def _read(self, request: Request, kept: IO[bytes]) -> Call:
        """The call as it arrives; its argument `response` goes into the file."""
        arguments: dict[str, str] = {}

        def take(name: str, text: str) -> None:
            if name == "response":
                kept.write(text.encode())
                return
            arguments[name] = arguments.get(name, "") + text
            if len(arguments[name]) > _LONGEST_ARGUMENT:
                raise TooLarge(f"The argument {name} is too long.")

        reader = EnvelopeReader(take, largest=self._largest)
        async for piece in request.stream():
            reader.feed(piece)
        method = reader.end()
        address = request.client.host if request.client else ""
        return Call(method, arguments, address, partial(_pieces, kept))


def _pieces(kept: IO[bytes]) -> Iterator[bytes]:
    kept.seek(0)
    while piece := kept.read(_IN_MEMORY):
        yield piece


def _xml(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type=soap.CONTENT_TYPE)


def _fault(error: TieoutError, *, of_caller: bool, status: int = 500) -> Response:
    LOG.warning("A call was not carried out: %s", error)
    return _xml(soap.write_fault(str(error), of_caller=of_caller), status)
