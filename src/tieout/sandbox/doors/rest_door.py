"""The REST API v3 at `/v3/company/{realm}/…`: gateway, `requestid`, planned faults, and then the service."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ...protocols.rest_faults import Fault, FaultError
from ...protocols.rest_writes import UPLOADED_AT_MOST
from ..clock import Clock
from ..company.company import Company
from ..company.refusals import refused
from . import service
from .calls import NOT_STORED, Answer, Call
from .conduct import Conduct, respond
from .faults import PLACES
from .gateway import SERVICE_VERSION, Gateway, transaction_id
from .replay import LONGEST, LONGEST_ON_BATCH, InFlight, Replay
from .replies import Refused, say, say_no
from .uploads import too_large

LARGEST = 50_000_000
"""Bytes that a request may have, but for uploads."""
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""All that the service answers; to most of them with a refusal."""

_ALWAYS = {
    "QBO-Version": SERVICE_VERSION,
    "Cache-Control": NOT_STORED,
    "Via": "1.1 sandbox",
    "Strict-Transport-Security": "max-age=31536000",
}
"""Headers of every answer (REST API features)."""

_log = logging.getLogger(__name__)
_QUERIED = re.compile(rb"\bfrom\s+(\w+)", re.IGNORECASE)
_MEMBER = re.compile(rb'["<](\w+)(?:"\s*:\s*\{|[\s/>])')
"""What a batch writes, in JSON or XML."""

Serve = Callable[[Call, Company, datetime], Answer]
Work = Callable[[], Answer]


class RestDoor:
    """Takes calls to companies."""

    def __init__(
        self,
        companies: Mapping[str, Company],
        gateway: Gateway,
        conduct: Conduct,
        clock: Clock,
        replays: Mapping[str, Replay],
    ) -> None:
        self._companies = companies
        self._gateway = gateway
        self._conduct = conduct
        self._clock = clock
        self._replays = replays

    def routes(self) -> list[Route]:
        return [
            Route("/v3/company/{realm}/{rest:path}", self.call, methods=METHODS),
            Route("/manage/{rest:path}/v3/{realm}", self.manage, methods=METHODS),
        ]

    async def call(self, request: Request) -> Response:
        return await self._take(request, service.answer)

    async def manage(self, request: Request) -> Response:
        return await self._take(request, service.answer_about_subscription)

    async def _take(self, request: Request, serve: Serve) -> Response:
        try:
            body = await _read_body(request)
        except ClientDisconnect:
            return Response()
        now = self._clock()
        call = _call(request, body or b"")
        work = partial(self._serve, call, serve)
        response = respond(_too_large(call, now)) if body is None else await self._admit(call, now, work)
        response.headers.update({**_ALWAYS, "intuit_tid": transaction_id(now)})
        return response

    async def _admit(self, call: Call, now: datetime, work: Work) -> Response:
        with self._gateway.passing(call, now) as refusal:
            return respond(refusal) if refusal else await self._carry_out(call, now, work)

    async def _carry_out(self, call: Call, now: datetime, work: Work) -> Response:
        request_id = call.params.get("requestid")
        if request_id is None or call.method != "POST":
            return await self._conduct(_place(call), lambda: _types(call), lambda: respond(work()))
        return await self._once(call, request_id, now, work)

    async def _once(self, call: Call, request_id: str, now: datetime, work: Work) -> Response:
        """Carry out a call with a `requestid`, unless it has been; then its first answer goes out again."""
        if not 0 < len(request_id) <= (LONGEST_ON_BATCH if call.words[0] == "batch" else LONGEST):
            return respond(_bad_request_id(request_id, call, now))
        memory = self._replays[call.realm]
        try:
            answer = memory.begin(request_id)
        except InFlight:
            return respond(_in_flight(request_id, call, now))

        def work_once() -> Response:
            nonlocal answer
            answer = answer or work()
            return respond(answer)

        try:
            return await self._conduct(_place(call), lambda: _types(call), work_once)
        finally:
            memory.finish(request_id, answer)

    def _serve(self, call: Call, serve: Serve) -> Answer:
        company = self._companies[call.realm]
        now = self._clock().astimezone(company.zone)
        try:
            answer = serve(call, company, now)
        except Exception:
            _log.exception("The sandbox has a mistake; it met it at %s %s", call.method, "/".join(call.words))
            return say(Refused(_OUR_MISTAKE), call, now, 500)
        self._gateway.served(call, answer)
        return answer


async def nowhere(request: Request, error: Exception) -> Response:
    """What an address gets, or a method there, that no door is for."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 405:
        refusal = refused(
            500,
            "Unsupported Operation",
            f"Operation {request.method} is not supported.",
            element="Operation",
            status=status,
        )
    else:
        refusal = refused(
            2000, "Invalid or unsupported object name", "There is nothing at this address.", status=status
        )
    return respond(say_no(refusal, _call(request, b""), datetime.now(UTC)))


def _call(request: Request, body: bytes) -> Call:
    return Call(
        method=request.method,
        realm=request.path_params.get("realm", ""),
        words=tuple(request.path_params.get("rest", "").strip("/").split("/")),
        params=dict(request.query_params),
        headers=dict(request.headers),
        body=body,
        origin=str(request.base_url).rstrip("/"),
    )


def _is_upload(request: Request) -> bool:
    return str(request.path_params["rest"]).strip("/") == "upload"


async def _read_body(request: Request) -> bytes | None:
    """The whole body, or None when it is larger than any request may be."""
    parts, size, largest = [], 0, UPLOADED_AT_MOST if _is_upload(request) else LARGEST
    async for part in request.stream():
        size += len(part)
        if size > largest:
            return None
        parts.append(part)
    return b"".join(parts)


def _place(call: Call) -> str:
    """Where in the fault plan a call belongs."""
    if call.words[0] in PLACES:
        return call.words[0]
    return "read" if call.method == "GET" else "write"


def _types(call: Call) -> Iterable[str]:
    """The record types that a call is about, or may be, for the fault plan."""
    match call.words[0]:
        case "query":
            statement = call.params.get("query", "").encode() or call.body
            return [name.decode() for name in _QUERIED.findall(statement)]
        case "cdc":
            return call.params.get("entities", "").split(",")
        case "batch":
            return [name.decode() for name in _QUERIED.findall(call.body) + _MEMBER.findall(call.body)]
    return call.words[:1]


def _too_large(call: Call, now: datetime) -> Answer:
    if call.words[0] == "upload":
        return say_no(too_large(), call, now)
    detail = f"A request has at most {LARGEST:,} bytes."
    return say_no(refused(2050, "Request too large", detail, status=413), call, now)


def _bad_request_id(request_id: str, call: Call, now: datetime) -> Answer:
    detail = f"A requestid has 1 to {LONGEST} characters, on a batch {LONGEST_ON_BATCH}; this one has {len(request_id)}."
    return say_no(refused(2130, "Invalid Request Id Format", detail), call, now)


def _in_flight(request_id: str, call: Call, now: datetime) -> Answer:
    detail = f"A request with the id {request_id} is being processed."
    return say_no(refused(600, "Duplicate Request ID", detail), call, now)


_OUR_MISTAKE = Fault(
    "SystemFault",
    (
        FaultError(
            "An application error has occurred while processing your request",
            "The sandbox failed",
            "10000",
            "",
        ),
    ),
)
