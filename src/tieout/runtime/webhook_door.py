"""Where QuickBooks Online tells by webhook what changed. It is stored before it is answered, and the processes run soon after."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ..errors import RemoteProtocolError, TieoutError
from ..project.following import FollowedProject
from ..protocols.webhooks import LARGEST, SIGNATURE, WebhookEvent, is_signed, read_events
from ..state.agenda import Agenda
from .requests import TooLarge, read_body

LOG = logging.getLogger("tieout.webhooks")

PATH = "/webhooks/quickbooks"


class WebhookDoor:
    """`POST /webhooks/quickbooks`; what is not signed with the application's verifier token is refused."""

    def __init__(self, followed: FollowedProject, agenda: Agenda) -> None:
        self._followed = followed
        self._agenda = agenda

    def routes(self) -> Sequence[BaseRoute]:
        return [Route(PATH, self._told, methods=["POST"])]

    async def _told(self, request: Request) -> Response:
        token = self._followed.now.whole.webhook_token
        if not token:
            return _refusal(404, "This project takes no webhooks: it has no webhook_token.")
        try:
            body = await read_body(request, LARGEST)
        except TooLarge as error:
            return _refusal(413, str(error))
        if not is_signed(body, request.headers.get(SIGNATURE, ""), token):
            LOG.warning("A webhook was refused: its signature is not of this application.")
            return _refusal(401, "The signature does not fit.")
        try:
            fresh = await to_thread.run_sync(self._keep, read_events(body))
        except RemoteProtocolError as error:
            return _refusal(400, str(error))
        except TieoutError as error:
            LOG.warning("A webhook could not be stored: %s", error)
            return _refusal(503, "It could not be stored.")  # it is delivered again
        return JSONResponse({"events": fresh})

    def _keep(self, events: list[WebhookEvent]) -> int:
        """Commit what is new, and that the processes of its companies are due; how many events were new."""
        wanted = [name for name, each in self._followed.now.processes.items() if each.webhooks]
        fresh = self._agenda.keep_events([asdict(each) for each in events], wanted)
        known = {each.company for each in self._agenda.entries()}
        for company in {each.company for each in events} - known:
            LOG.warning("A webhook told of the company %s, which no process is about.", company)
        return fresh


def _refusal(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)
