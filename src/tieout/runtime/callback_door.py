"""Where a browser comes back to after signing in to QuickBooks Online; whoever sent it there fetches it from the state."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ..errors import TieoutError
from ..state.callbacks import Callbacks

CALLBACK = "/oauth/callback"


class CallbackDoor:
    """`/oauth/callback`, the redirect address that Intuit is told."""

    def __init__(self, callbacks: Callbacks, finish: Callable[[str], str] = lambda _state: "") -> None:
        self._callbacks = callbacks
        self._finish = finish
        """Keeps what a client brings back whom a link sent; gives the company, or nothing when somebody else waits for it."""

    def routes(self) -> Sequence[BaseRoute]:
        return [Route(CALLBACK, self._came_back)]

    async def _came_back(self, request: Request) -> Response:
        secret = request.query_params.get("state", "")
        known = await to_thread.run_sync(self._callbacks.receive, secret, str(request.url))
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}  # the address holds a code
        if known:
            try:
                company = await to_thread.run_sync(self._finish, secret)
            except TieoutError as error:
                return PlainTextResponse(f"{error} {error.advice}\n", 400, headers=headers)
            if company:
                return PlainTextResponse(
                    f"The company {company} is connected. This page may be closed.\n", headers=headers
                )
            return PlainTextResponse("You are signed in. This page may be closed.\n", headers=headers)
        return PlainTextResponse(
            "Nobody is waiting for this sign-in. Begin again with `tieout connect`.\n", 404, headers=headers
        )
