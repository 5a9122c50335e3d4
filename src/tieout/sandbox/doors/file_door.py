"""Where the files of attachments are fetched from: a storage beside the API, with refusals of its own.

A temporary address is all that a caller needs; a bearer token on top of it is one proof too many, and refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..clock import Clock
from ..company.company import Company
from ..company.files import FOLDER

_STORED_AS = "application/octet-stream"


class FileDoor:
    """Hands out files."""

    def __init__(self, companies: Mapping[str, Company], clock: Clock) -> None:
        self._companies = companies
        self._clock = clock

    def routes(self) -> list[Route]:
        return [Route(FOLDER + "/{realm}/{id}/{name:path}", self.fetch)]

    async def fetch(self, request: Request) -> Response:
        if "authorization" in request.headers:
            return _refused(400, "InvalidArgument", "Only one auth mechanism allowed")
        company = self._companies.get(request.path_params["realm"])
        id_ = request.path_params["id"]
        if company is None or not company.files.admits(id_, request.query_params, self._clock()):
            return _refused(403, "AccessDenied", "Request has expired")
        contents = company.files.get(id_)
        if contents is None or company.books.find("Attachable", id_) is None:
            return _refused(404, "NoSuchKey", "The specified key does not exist.")
        return Response(contents, media_type=_STORED_AS)


def _refused(status: int, code: str, message: str) -> Response:
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(error, status, media_type="application/xml")
