"""Where programs start runs, and look how they stand: with the project's key, or signed with it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ..errors import SetupError, TieoutError
from ..project.cancelling import cancel
from ..project.following import FollowedProject
from ..state.agenda import Agenda, Entry
from .requests import TooLarge, read_body

PATH = "/runs"
SIGNATURE = "x-tieout-signature"
LARGEST = 10_000

EXAMPLE = '{"process": "mirror"}'


class RunsDoor:
    """`POST /runs` asks for a run, `GET /runs` tells how everything stands, `POST /runs/RUN/cancel` stops one."""

    def __init__(self, followed: FollowedProject, agenda: Agenda) -> None:
        self._followed = followed
        self._agenda = agenda

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route(PATH, self._list, methods=["GET"]),
            Route(PATH, self._ask, methods=["POST"]),
            Route(f"{PATH}/{{run}}/cancel", self._cancel, methods=["POST"]),
        ]

    async def _ask(self, request: Request) -> Response:
        try:
            body = await read_body(request, LARGEST)
        except TooLarge as error:
            return _refusal(413, str(error))
        if not self._lets_in(request, body):
            return _refusal(401, "Give the project's run_key: Authorization: Bearer KEY.")
        try:
            process, company = _wanted(body)
            asked = await to_thread.run_sync(self._asked, process, company)
        except SetupError as error:
            return _refusal(400, str(error), error.advice)
        except TieoutError as error:
            return _refusal(503, str(error), error.advice)
        return JSONResponse({"asked": asked}, 202)

    async def _cancel(self, request: Request) -> Response:
        """A run by its id, or those of a process by its name and `?company=`. What is signed says nothing of the address."""
        if not self._lets_in(request, b""):
            return _refusal(401, "Give the project's run_key: Authorization: Bearer KEY.")
        named, company = request.path_params["run"], request.query_params.get("company", "")
        try:
            cancelled = await to_thread.run_sync(cancel, self._followed.now, self._agenda, named, company)
        except SetupError as error:
            return _refusal(404, str(error), error.advice)
        except TieoutError as error:
            return _refusal(503, str(error), error.advice)
        told = [{"run": name, "company": company} for name, company in cancelled]
        return JSONResponse({"cancelled": told}, 202)

    async def _list(self, request: Request) -> Response:
        if not self._lets_in(request, b""):
            return _refusal(401, "Give the project's run_key: Authorization: Bearer KEY.")
        process, company = (request.query_params.get(name, "") for name in ("process", "company"))
        try:
            found = await to_thread.run_sync(self._agenda.entries, process, company)
        except TieoutError as error:
            return _refusal(503, str(error), error.advice)
        return JSONResponse({"runs": [_told(each) for each in found]})

    def _asked(self, process: str, company: str) -> list[dict[str, str]]:
        """Commit that the process is due, for one company or all of its own."""
        self._followed.now.process(process)
        entries = self._agenda.entries(process, company)
        if not entries:
            raise SetupError(
                f"{process} is not about {company or 'any company'} by now.",
                advice="`tieout companies` lists what can be run.",
            )
        self._agenda.ask(process, company, by_person=True)
        return [{"process": each.process, "company": each.company} for each in entries]

    def _lets_in(self, request: Request, body: bytes) -> bool:
        key = self._followed.now.whole.run_key.encode()
        if not key:
            return False
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "bearer":
            return hmac.compare_digest(given.strip().encode(), key)
        signature = request.headers.get(SIGNATURE, "").removeprefix("sha256=")
        return bool(body) and hmac.compare_digest(
            signature.encode(), hmac.digest(key, body, "sha256").hex().encode()
        )


def _wanted(body: bytes) -> tuple[str, str]:
    try:
        told: Any = json.loads(body)
        process, company = told["process"], told.get("company", "")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetupError("The body names no process.", advice=f"Send JSON such as {EXAMPLE}.") from error
    if not isinstance(process, str) or not isinstance(company, str):
        raise SetupError("Process and company are texts.", advice=f"Send JSON such as {EXAMPLE}.")
    return process, company


def _told(entry: Entry) -> dict[str, Any]:
    names = (
        "process",
        "company",
        "state",
        "outcome",
        "due",
        "begun",
        "ended",
        "succeeded",
        "reason",
        "advice",
    )
    so_far = entry.so_far
    return {
        **{name: getattr(entry, name) for name in names},
        "counts": json.loads(entry.counts),
        "so_far": {"counts": so_far.counts, "expected": so_far.expected, "type": so_far.type}
        if so_far
        else None,
    }


def _refusal(status: int, text: str, advice: str = "") -> Response:
    return JSONResponse({"error": text, "advice": advice}, status)
