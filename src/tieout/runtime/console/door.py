"""The console's door: who may look, which page answers, and how errors are shown."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ...errors import NotFound, SetupError, TieoutError
from ...project.following import FollowedProject
from ...state.agenda import Agenda
from ..bodies import TooLarge, read_body
from . import connections, overview, processes, quickbooks_sign_in, records, runs, tie_outs
from .live_pages import MOST_LOOKERS, LivePages
from .pages import HEADERS, SCRIPT, STYLE, Asked, Download, GoTo, Shown, html, live_part
from .sign_ins import LIFE, Session, SignIns

CONSOLE = "/console"
SIGN_IN = f"{CONSOLE}/sign-in"
COOKIE = "tieout_console"
LARGEST = 1_000_000
"""Bytes of a form; a corrected document is the longest."""
EVENTS = "text/event-stream"
_SESSION_ASKED_EVERY = 3.0
"""Seconds after which a page that is live looks whether its session was ended."""

Answer = Shown | GoTo | Download
Page = Callable[[Asked], Answer]

PAGES: Mapping[str, Page] = {
    "": overview.show,
    "/runs": runs.show_all,
    "/runs/{run}": runs.show_one,
    "/runs/{run}/document": runs.show_document,
    "/runs/{run}/messages": runs.show_messages,
    "/search": runs.search,
    "/records": records.browse,
    "/record": records.show_one,
    "/processes/{name}": processes.show,
    "/processes/{name}/plan": processes.show_plan,
    "/tie-outs": tie_outs.show,
    "/connections/{name}": connections.show,
    "/connections/{name}/qwc": connections.download_qwc,
}
LIVE = ("", "/runs", "/runs/{run}", "/processes/{name}")
"""Pages that go on telling how things stand to whoever asks for events."""
ACTIONS: Mapping[str, Page] = {
    "/runs/{run}/send": runs.send_again,
    "/processes/{name}/run": processes.run_now,
    "/processes/{name}/pause": processes.pause,
    "/processes/{name}/resume": processes.resume,
    "/tie-outs/{name}": tie_outs.tie_out,
    "/connections/{name}/check": connections.check,
    "/connections/{name}/sign-in": quickbooks_sign_in.begin,
    "/connections/{name}/signed-in": quickbooks_sign_in.finish,
    "/connections/{name}/password": connections.new_user_password,
}


class ConsoleDoor:
    """`/console`, for browsers on this machine; on others only where `anywhere` says so, and over https."""

    def __init__(
        self, followed: FollowedProject, agenda: Agenda, sign_ins: SignIns, *, anywhere: bool = False
    ) -> None:
        self._followed = followed
        self._agenda = agenda
        self._sign_ins = sign_ins
        self._anywhere = anywhere
        self._live = LivePages()
        self._asks_for_sessions = asyncio.Lock()  # or many streams would take all threads at once

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route(f"{CONSOLE}/console.css", _file(STYLE, "text/css"), methods=["GET"]),
            Route(f"{CONSOLE}/live.js", _file(SCRIPT, "text/javascript"), methods=["GET"]),
            Route(SIGN_IN, self._guarded(self._ask_to_sign_in), methods=["GET"]),
            Route(SIGN_IN, self._guarded(self._sign_in), methods=["POST"]),
            Route(f"{CONSOLE}/sign-out", self._for_session(self._sign_out), methods=["POST"]),
            *(
                Route(
                    f"{CONSOLE}{path}",
                    self._for_session(self._page(page, live=path in LIVE)),
                    methods=["GET"],
                )
                for path, page in PAGES.items()
            ),
            *(
                Route(f"{CONSOLE}{path}", self._for_session(self._page(action)), methods=["POST"])
                for path, action in ACTIONS.items()
            ),
        ]

    # ---- who may look

    def _guarded(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Refuse browsers elsewhere, and names of other hosts that were made to lead here."""

        async def guarded(request: Request) -> Response:
            if complaint := self._complaint(request):
                return PlainTextResponse(complaint, 403, HEADERS)
            return await answer(request)

        return guarded

    def _complaint(self, request: Request) -> str:
        here = _is_loopback(request.client.host if request.client else "")
        if self._anywhere:
            return (
                ""
                if here or request.url.scheme == "https"
                else "The console is shown elsewhere over https only.\n"
            )
        if here and _is_loopback(request.url.hostname or ""):
            return ""
        return "The console is for browsers on its own machine; `tieout serve --console-anywhere` opens it to others.\n"

    def _for_session(
        self, answer: Callable[[Request, Session, dict[str, str]], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def signed_in(request: Request) -> Response:
            session = self._sign_ins.session(request.cookies.get(COOKIE, ""))
            if session is None:
                return RedirectResponse(SIGN_IN, 303, HEADERS)
            form: dict[str, str] = {}
            if request.method == "POST":
                try:
                    form = await _form(request)
                except (TooLarge, ValueError) as error:
                    return PlainTextResponse(f"The form cannot be read: {error}\n", 413, HEADERS)
                if not session.sent_by_own_form(form.pop("form_token", "")):
                    return PlainTextResponse(
                        "This form was not sent from the console. Go back, reload the page, and try again.\n",
                        403,
                        HEADERS,
                    )
            return await answer(request, session, form)

        return self._guarded(signed_in)

    async def _ask_to_sign_in(self, request: Request) -> Response:
        return html(Shown("sign_in", {"token": request.query_params.get("token", ""), "wrong": False}))

    async def _sign_in(self, request: Request) -> Response:
        try:
            form = await _form(request)
        except (TooLarge, ValueError):
            form = {}
        secret = self._sign_ins.sign_in(form.get("token", "").strip())
        if not secret:
            return html(Shown("sign_in", {"token": "", "wrong": True}, 403))
        answer = RedirectResponse(CONSOLE, 303, HEADERS)
        answer.set_cookie(
            COOKIE,
            secret,
            max_age=int(LIFE),
            path=CONSOLE,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    async def _sign_out(self, _request: Request, session: Session, form: dict[str, str]) -> Response:
        if form.get("everywhere"):
            self._sign_ins.sign_out_everywhere()
        self._sign_ins.sign_out(session)
        answer = RedirectResponse(SIGN_IN, 303, HEADERS)
        answer.delete_cookie(COOKIE, path=CONSOLE)
        return answer

    # ---- pages

    def _page(
        self, page: Page, *, live: bool = False
    ) -> Callable[[Request, Session, dict[str, str]], Awaitable[Response]]:
        async def answer(request: Request, session: Session, form: dict[str, str]) -> Response:
            if live and request.headers.get("accept") == EVENTS:
                return self._events(request, page)
            asked = self._asked(request, form)
            return await to_thread.run_sync(self._answered, page, asked, session)

        return answer

    def _asked(self, request: Request, form: dict[str, str]) -> Asked:
        return Asked(self._followed.now, self._agenda, request.path_params, dict(request.query_params), form)

    def _answered(self, page: Page, asked: Asked, session: Session) -> Response:
        try:
            made = page(asked)
        except TieoutError as error:
            made = Shown("error", {"error": error}, _status(error))
        if isinstance(made, GoTo):
            return RedirectResponse(f"{CONSOLE}{made.address}", 303, HEADERS)
        if isinstance(made, Download):
            told = {"Content-Disposition": f'attachment; filename="{made.name}"'}
            return Response(made.content, media_type=made.media_type, headers={**HEADERS, **told})
        more = {
            "form_token": session.form_token,
            "now": self._agenda.clock(),
            "project": self._followed.now,
            "mistake": self._followed.mistake,
        }
        return html(made, **more)

    def _events(self, request: Request, page: Page) -> Response:
        """The page as it changes, until the browser goes, its session ends or the server stops."""
        if self._live.lookers >= MOST_LOOKERS:
            return PlainTextResponse("Too many browsers look at pages that change.\n", 503, HEADERS)

        def make() -> str:
            asked = self._asked(request, {})
            made = page(asked)
            assert isinstance(made, Shown), "only what is shown is live"
            return live_part(made, now=self._agenda.clock(), project=asked.project)

        looked = time.monotonic()

        async def goes_on() -> bool:
            nonlocal looked
            if request.app.state.is_stopping():
                return False
            if time.monotonic() - looked < _SESSION_ASKED_EVERY:
                return True
            looked = time.monotonic()
            cookie = request.cookies.get(COOKIE, "")
            async with self._asks_for_sessions:
                return await to_thread.run_sync(self._sign_ins.session, cookie) is not None

        events = self._live.events(str(request.url), make, goes_on)
        return StreamingResponse(events, media_type=EVENTS, headers=HEADERS)


def _status(error: TieoutError) -> int:
    if isinstance(error, NotFound):
        return 404
    return 400 if isinstance(error, SetupError) else 503


def _file(path: Path, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        return FileResponse(path, headers={**HEADERS, "Cache-Control": "max-age=60"}, media_type=media_type)

    return answer


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; ValueError for what is none."""
    body = await read_body(request, LARGEST)
    return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
