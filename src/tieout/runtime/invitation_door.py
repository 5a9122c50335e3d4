"""Where the links lead that a firm sends to its clients: to Intuit, and nothing is shown here before."""

from __future__ import annotations

from collections.abc import Sequence

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ..errors import TieoutError, Unauthorized
from .invitations import PATH, Invitations

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class InvitationDoor:
    """`/connect/TOKEN`."""

    def __init__(self, invitations: Invitations) -> None:
        self._invitations = invitations

    def routes(self) -> Sequence[BaseRoute]:
        return [Route(f"{PATH}/{{token}}", self._invited, methods=["GET"])]

    async def _invited(self, request: Request) -> Response:
        try:
            address = await to_thread.run_sync(self._invitations.begin, request.path_params["token"])
        except Unauthorized as error:
            return PlainTextResponse(f"{error} {error.advice}\n", 404, HEADERS)
        except TieoutError:
            return PlainTextResponse(
                "This does not work at the moment. Please try again later.\n", 503, HEADERS
            )
        return RedirectResponse(address, 303, HEADERS)
