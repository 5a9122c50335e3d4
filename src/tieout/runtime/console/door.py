"""The console's door: who may look, which page answers, and how errors are shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ...errors import NotFound, SetupError, TieoutError
from ...project.declaration import NotInProject
from ...project.following import FollowedProject
from ...state.access import LIFE, Role
from ...state.agenda import Agenda
from ..requests import TooLarge, from_here, is_loopback, read_body
from .addresses import LIVE, TABLES, Page
from .live_pages import MOST_LOOKERS, LivePages
from .pages import HEADERS, SCRIPT, STYLE, Asked, Download, GoTo, Shown, html, live_part
from .sign_ins import SignIns, Visitor

CONSOLE = "/console"
SIGN_IN = f"{CONSOLE}/sign-in"
COOKIE = "tieout_console"
LARGEST = 1_000_000
"""Bytes of a form; a corrected document is the longest."""
EVENTS = "text/event-stream"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OTHER_SITES = ("cross-site", "same-site")
"""What browsers say of a form of another site, or of another port of this machine, which gets our cookie too."""
NOT_OURS = "This form was not sent from the console. Go back, reload the page, and try again.\n"
_SESSION_ASKED_EVERY = 3.0
"""Seconds after which a page that is live looks whether its session was ended."""

Answering = Callable[[Request, Visitor, dict[str, str]], Awaitable[Response]]


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
            Route("/", self._guarded(_to_the_console), methods=["GET"]),
            Route(f"{CONSOLE}/console.css", _file(STYLE, "text/css"), methods=["GET"]),
            Route(f"{CONSOLE}/live.js", _file(SCRIPT, "text/javascript"), methods=["GET"]),
            Route(SIGN_IN, self._guarded(self._ask_to_sign_in), methods=["GET"]),
            Route(SIGN_IN, self._guarded(self._sign_in), methods=["POST"]),
            Route(f"{CONSOLE}/sign-out", self._for_visitors("viewer", self._sign_out), methods=["POST"]),
            *(
                Route(
                    f"{CONSOLE}{path}",
                    self._for_visitors(role, self._page(page, live=method == "GET" and path in LIVE)),
                    methods=[method],
                )
                for method, role, pages in TABLES
                for path, page in pages.items()
            ),
            # The framework's own answers would lack our headers.
            Route(f"{CONSOLE}{{rest:path}}", self._guarded(_no_page), methods=METHODS),
        ]

    # ---- who may look

    def _guarded(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Refuse browsers elsewhere, and names of other hosts that were made to lead here."""

        async def guarded(request: Request) -> Response:
            complaint = self._complaint(request)
            if request.method == "POST" and request.headers.get("sec-fetch-site") in OTHER_SITES:
                complaint = NOT_OURS
            return PlainTextResponse(complaint, 403, HEADERS) if complaint else await answer(request)

        return guarded

    def _complaint(self, request: Request) -> str:
        here = from_here(request)
        if self._anywhere:
            return (
                ""
                if here or request.url.scheme == "https"
                else "The console is shown elsewhere over https only.\n"
            )
        if here and is_loopback(request.url.hostname or ""):
            return ""
        return "The console is for browsers on its own machine; `tieout serve --console-anywhere` opens it to others.\n"

    def _for_visitors(self, role: Role, answer: Answering) -> Callable[[Request], Awaitable[Response]]:
        """Answer those who are signed in and have the rights of the role, by forms of the console itself."""

        async def signed_in(request: Request) -> Response:
            visitor = await to_thread.run_sync(self._sign_ins.visitor, request.cookies.get(COOKIE, ""))
            if visitor is None:
                return RedirectResponse(SIGN_IN, 303, HEADERS)
            form: dict[str, str] = {}
            if request.method == "POST":
                try:
                    form = await _form(request)
                except (TooLarge, ValueError) as error:
                    return PlainTextResponse(f"The form cannot be read: {error}\n", 413, HEADERS)
                if not visitor.sent_by_own_form(form.pop("form_token", "")):
                    return PlainTextResponse(NOT_OURS, 403, HEADERS)
            if not visitor.may(role):
                refusal = SetupError(
                    f"This is for {role}s, and you are signed in as {visitor.role}.",
                    advice=f"Ask an admin: `tieout users {visitor.session.name} --role {role}`.",
                )
                return html(Shown("error", {"error": refusal}, 403), **self._around(visitor))
            return await answer(request, visitor, form)

        return self._guarded(signed_in)

    async def _ask_to_sign_in(self, request: Request) -> Response:
        return await self._sign_in_page(request.query_params.get("token", ""))

    async def _sign_in_page(self, token: str, complaint: str = "", status: int = 200) -> Response:
        has_users = bool(await to_thread.run_sync(self._sign_ins.access.users))
        return html(
            Shown("sign_in", {"token": token, "complaint": complaint, "has_users": has_users}, status)
        )

    async def _sign_in(self, request: Request) -> Response:
        try:
            form = await _form(request)
        except (TooLarge, ValueError):
            form = {}
        secret, complaint = await to_thread.run_sync(self._entered, form, _browser(request))
        if not secret:
            return await self._sign_in_page("", complaint, 403)
        answer = RedirectResponse(CONSOLE, 303, HEADERS)
        answer.set_cookie(
            COOKIE,
            secret,
            max_age=int(LIFE.total_seconds()),
            path=CONSOLE,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    def _entered(self, form: Mapping[str, str], browser: str) -> tuple[str, str]:
        """The secret of the new session, or why there is none: `link`, `password` or `held off`."""
        name = form.get("name", "").strip()
        if not name:
            return self._sign_ins.enter_by_link(form.get("token", "").strip(), browser), "link"
        secret = self._sign_ins.enter_by_password(name, form.get("password", ""), browser)
        return secret, "held off" if self._sign_ins.is_held_off(name) else "password"

    async def _sign_out(self, _request: Request, visitor: Visitor, _form: dict[str, str]) -> Response:
        await to_thread.run_sync(self._sign_ins.access.end_session, visitor.session.digest)
        answer = RedirectResponse(SIGN_IN, 303, HEADERS)
        answer.delete_cookie(COOKIE, path=CONSOLE)
        return answer

    # ---- pages

    def _page(self, page: Page, *, live: bool = False) -> Answering:
        async def answer(request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
            asked = self._asked(request, visitor, form)
            if live and request.headers.get("accept") == EVENTS:
                return self._events(request, page, asked)
            return await to_thread.run_sync(self._answered, page, asked, visitor)

        return answer

    def _asked(self, request: Request, visitor: Visitor, form: dict[str, str]) -> Asked:
        return Asked(
            self._followed.now,
            self._agenda,
            request.path_params,
            dict(request.query_params),
            form,
            self._sign_ins.access,
            visitor.session,
        )

    def _answered(self, page: Page, asked: Asked, visitor: Visitor) -> Response:
        try:
            made = page(asked)
        except TieoutError as error:
            made = Shown("error", {"error": error}, _status(error))
        if isinstance(made, GoTo):
            return RedirectResponse(f"{CONSOLE}{made.address}", 303, HEADERS)
        if isinstance(made, Download):
            told = {"Content-Disposition": f'attachment; filename="{made.name}"'}
            return Response(made.content, media_type=made.media_type, headers={**HEADERS, **told})
        return html(made, **self._around(visitor))

    def _around(self, visitor: Visitor) -> dict[str, Any]:
        """What every page is given."""
        return {
            "form_token": visitor.form_token,
            "visitor": visitor,
            "now": self._agenda.clock(),
            "project": self._followed.now,
            "mistake": self._followed.mistake,
        }

    def _events(self, request: Request, page: Page, asked: Asked) -> Response:
        """The page as it changes, until the browser goes, its session ends or the server stops."""
        if self._live.lookers >= MOST_LOOKERS:
            return PlainTextResponse("Too many browsers look at pages that change.\n", 503, HEADERS)

        def make() -> str:
            project = self._followed.now
            made = page(replace(asked, project=project))
            assert isinstance(made, Shown), "only what is shown is live"
            return live_part(made, now=self._agenda.clock(), project=project)

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
                return await to_thread.run_sync(self._sign_ins.visitor, cookie) is not None

        events = self._live.events(str(request.url), make, goes_on)
        # Nginx would gather events before it hands them on.
        return StreamingResponse(events, media_type=EVENTS, headers={**HEADERS, "X-Accel-Buffering": "no"})


async def _to_the_console(_request: Request) -> Response:
    return RedirectResponse(CONSOLE, 307, HEADERS)


async def _no_page(request: Request) -> Response:
    if request.url.path.endswith("/"):
        return RedirectResponse(request.url.path.rstrip("/") or "/", 307, HEADERS)
    if request.method not in ("GET", "HEAD"):
        return PlainTextResponse(
            "Nothing of the console takes that.\n", 405, {**HEADERS, "Allow": "GET, HEAD"}
        )
    return PlainTextResponse(f"There is no such page. {CONSOLE} leads to all of them.\n", 404, HEADERS)


def _status(error: TieoutError) -> int:
    if isinstance(error, NotFound | NotInProject):
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


def _browser(request: Request) -> str:
    """Where a browser is, and what it calls itself."""
    return f"{request.client.host if request.client else ''} {request.headers.get('user-agent', '')}".strip()
