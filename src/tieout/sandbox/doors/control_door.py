"""The sandbox's levers over HTTP, for programs that are not Python; from this machine only.

GET    /sandbox/keys             what an application needs to sign in, and the companies
GET    /sandbox/requests         the last calls: method, path, params, status
DELETE /sandbox/requests         forget them
POST   /sandbox/faults           plan faults: a list
DELETE /sandbox/faults           plan none
POST   /sandbox/clock            {"advance_seconds": 3600}
POST   /sandbox/tokens/expire    end the hour of every access token
POST   /sandbox/tokens/revoke    end every sign-in
POST   /sandbox/tokens/rotation  {"always": true}: a new refresh token at every refresh
POST   /sandbox/requestids       {"remembered": false}: repeated ones are carried out again
POST   /sandbox/applications     register another application: its keys
GET    /sandbox/limits           what limits calls, and the CorePlus calls of this month
POST   /sandbox/limits           {"throttle": true, "at_once": true, "status": 403, "each_query": true}, any of them;
                                 {"used": 499999, "client_id": "AB…"}: what the meter says
GET    /sandbox/webhooks         who is told of changes, and what became of it
POST   /sandbox/webhooks         {"url": "http://127.0.0.1:8000/webhooks"}: tell this address; its verifier token
DELETE /sandbox/webhooks         tell nobody
POST   /sandbox/webhooks/events  {"realm": "…", "type": "Customer", "id": "1", "event": "merged", "deleted_id": "27"}
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ...errors import SetupError
from .addresses import is_this_machine
from .control import PREFIX, Control
from .oauth_door import CALLBACK
from .tokens import Application


class ControlDoor:
    """One method for each address; what it returns is the answer's JSON."""

    def __init__(self, control: Control, application: Application, companies: Mapping[str, str]) -> None:
        self._control = control
        self._application = application
        self._companies = companies

    def routes(self) -> list[Route]:
        served = (
            ("GET", "keys", self._keys),
            ("GET", "requests", self._requests),
            ("DELETE", "requests", self._forget_requests),
            ("POST", "faults", self._add_faults),
            ("DELETE", "faults", self._clear_faults),
            ("POST", "clock", self._advance),
            ("POST", "tokens/expire", self._expire),
            ("POST", "tokens/revoke", self._revoke),
            ("POST", "tokens/rotation", self._rotation),
            ("POST", "requestids", self._request_ids),
            ("POST", "applications", self._register),
            ("GET", "limits", self._limits),
            ("POST", "limits", self._set_limits),
            ("GET", "webhooks", self._webhooks),
            ("POST", "webhooks", self._subscribe),
            ("DELETE", "webhooks", self._unsubscribe),
            ("POST", "webhooks/events", self._happen),
        )
        return [Route(PREFIX + path, _local(work), methods=[method]) for method, path, work in served]

    def _keys(self, request: Request, _: Any) -> Any:
        return {
            "client_id": self._application.client_id,
            "client_secret": self._application.client_secret,
            "redirect_uri": str(request.base_url).rstrip("/") + CALLBACK,
            "companies": [{"realm": realm, "name": name} for realm, name in self._companies.items()],
        }

    def _requests(self, *_: Any) -> Any:
        return [asdict(call) for call in self._control.requests]

    def _forget_requests(self, *_: Any) -> None:
        self._control.forget_requests()

    def _add_faults(self, _: Request, sent: Any) -> None:
        self._control.add_faults(sent)

    def _clear_faults(self, *_: Any) -> None:
        self._control.clear_faults()

    def _advance(self, _: Request, sent: Any) -> None:
        seconds = sent.get("advance_seconds") if isinstance(sent, dict) else None
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise SetupError('Send {"advance_seconds": 3600}.')
        self._control.advance_clock(seconds)

    def _expire(self, *_: Any) -> None:
        self._control.expire_tokens()

    def _revoke(self, *_: Any) -> None:
        self._control.revoke_tokens()

    def _rotation(self, _: Request, sent: Any) -> None:
        always = sent.get("always") if isinstance(sent, dict) else None
        if not isinstance(always, bool):
            raise SetupError('Send {"always": true} or {"always": false}.')
        self._control.rotate_always(always)

    def _request_ids(self, _: Request, sent: Any) -> None:
        remembered = sent.get("remembered") if isinstance(sent, dict) else None
        if not isinstance(remembered, bool):
            raise SetupError('Send {"remembered": true} or {"remembered": false}.')
        self._control.remember_requests(remembered)

    def _register(self, *_: Any) -> Any:
        return asdict(self._control.register())

    def _limits(self, *_: Any) -> Any:
        return self._control.limits

    def _set_limits(self, _: Request, sent: Any) -> Any:
        self._control.limit(sent)
        return self._control.limits

    def _webhooks(self, *_: Any) -> Any:
        return self._control.webhooks.state

    def _subscribe(self, _: Request, sent: Any) -> Any:
        return msgspec.to_builtins(self._control.webhooks.subscribe(sent))

    def _unsubscribe(self, *_: Any) -> None:
        self._control.webhooks.unsubscribe_all()

    def _happen(self, _: Request, sent: Any) -> None:
        self._control.webhooks.happen(sent)


def _local(work: Callable[[Request, Any], Any]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that does the work for callers on this machine."""

    async def endpoint(request: Request) -> Response:
        if not _is_local(request):
            return JSONResponse(
                {"error": "The sandbox hands out keys and levers on its own machine only."}, 403
            )
        try:
            return JSONResponse(work(request, await _sent(request)))
        except SetupError as error:
            return JSONResponse({"error": str(error), "advice": error.advice}, 400)

    return endpoint


def _is_local(request: Request) -> bool:
    return request.client is not None and is_this_machine(request.client.host)


async def _sent(request: Request) -> Any:
    try:
        body = await request.body()
        return json.loads(body) if body else None
    except ClientDisconnect:
        return None
    except (ValueError, RecursionError) as error:
        raise SetupError(f"This is not JSON: {error}") from None
