"""The REST API v3 at `/v3/company/{realm}/…`: gateway, `requestid`, planned faults, and then the service."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ..protocols.rest_faults import Fault, FaultError, write_fault
from . import service
from .calls import NOT_STORED, Answer, Call
from .clock import Clock
from .company import Company
from .conduct import Conduct, respond
from .gateway import SERVICE_VERSION, Gateway, transaction_id
from .refusals import refused
from .replay import LONGEST, LONGEST_ON_BATCH, InFlight, Replay

LARGEST = 50_000_000
"""Bytes that a request may have."""

_log = logging.getLogger(__name__)
_QUERIED = re.compile(rb"\bfrom\s+(\w+)", re.IGNORECASE)
_MEMBER = re.compile(rb'"(\w+)"\s*:\s*\{')


class RestDoor:
    """Takes calls to companies."""

    def __init__(
        self, companies: Mapping[str, Company], gateway: Gateway, conduct: Conduct, clock: Clock
    ) -> None:
        self._companies = companies
        self._gateway = gateway
        self._conduct = conduct
        self._clock = clock
        self._replays = {realm: Replay() for realm in companies}

    def routes(self) -> list[Route]:
        return [Route("/v3/company/{realm}/{rest:path}", self.call, methods=["GET", "POST"])]

    async def call(self, request: Request) -> Response:
        try:
            body = await _read_body(request)
        except ClientDisconnect:
            return Response()
        now = self._clock()
        call = _call(request, body or b"")
        response = respond(_too_large(now)) if body is None else await self._admit(call, now)
        response.headers.update(
            {"intuit_tid": transaction_id(now), "QBO-Version": SERVICE_VERSION, "Cache-Control": NOT_STORED}
        )
        return response

    async def _admit(self, call: Call, now: datetime) -> Response:
        with self._gateway.passing(call, now) as refusal:
            return respond(refusal) if refusal else await self._carry_out(call, now)

    async def _carry_out(self, call: Call, now: datetime) -> Response:
        request_id = call.params.get("requestid")
        if request_id is None or call.method != "POST":
            return await self._conduct(_place(call), lambda: _types(call), lambda: respond(self._serve(call)))
        return await self._once(call, request_id, now)

    async def _once(self, call: Call, request_id: str, now: datetime) -> Response:
        """Carry out a call with a `requestid`, unless it has been; then its first answer goes out again."""
        if not 0 < len(request_id) <= (LONGEST_ON_BATCH if call.words[0] == "batch" else LONGEST):
            return respond(_bad_request_id(request_id, now))
        memory = self._replays[call.realm]
        try:
            answer = memory.begin(request_id)
        except InFlight:
            return respond(_in_flight(request_id, now))

        def work() -> Response:
            nonlocal answer
            answer = answer or self._serve(call)
            return respond(answer)

        try:
            return await self._conduct(_place(call), lambda: _types(call), work)
        finally:
            memory.finish(request_id, answer)

    def _serve(self, call: Call) -> Answer:
        company = self._companies[call.realm]
        now = self._clock().astimezone(company.books.zone)
        try:
            answer = service.answer(call, company, now)
        except Exception:
            _log.exception("The sandbox has a mistake; it met it at %s %s", call.method, "/".join(call.words))
            return Answer(500, write_fault(_OUR_MISTAKE, now))
        self._gateway.served(call, answer)
        return answer


def _call(request: Request, body: bytes) -> Call:
    return Call(
        method=request.method,
        realm=request.path_params["realm"],
        words=tuple(request.path_params["rest"].strip("/").split("/")),
        params=dict(request.query_params),
        headers=dict(request.headers),
        body=body,
    )


async def _read_body(request: Request) -> bytes | None:
    """The whole body, or None when it is larger than any request may be."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            return None
        parts.append(part)
    return b"".join(parts)


def _place(call: Call) -> str:
    """Where in the fault plan a call belongs."""
    if call.words[0] in service.SERVICES:
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


def _too_large(now: datetime) -> Answer:
    fault = refused(2050, "Request too large", f"A request has at most {LARGEST:,} bytes.").fault
    return Answer(413, write_fault(fault, now))


def _bad_request_id(request_id: str, now: datetime) -> Answer:
    detail = f"A requestid has 1 to {LONGEST} characters, on a batch {LONGEST_ON_BATCH}; this one has {len(request_id)}."
    return Answer(400, write_fault(refused(2130, "Invalid Request Id Format", detail).fault, now))


def _in_flight(request_id: str, now: datetime) -> Answer:
    detail = f"A request with the id {request_id} is being processed."
    return Answer(400, write_fault(refused(600, "Duplicate Request ID", detail).fault, now))


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
