"""`tieout raw`: send QuickBooks what the catalog does not know."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl

import typer

from ..errors import SetupError
from .options import ProjectFile, open_project

METHODS = ("GET", "POST")


def raw(
    name: Annotated[str, typer.Argument(metavar="CONNECTION", help="A connection to QuickBooks Online.")],
    method: Annotated[str, typer.Argument(metavar="METHOD", help="GET or POST.")],
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="Inside the company, such as invoice/130; from the root when it begins with /.",
        ),
    ],
    body: Annotated[
        str,
        typer.Option(
            metavar="JSON", help="What to send; @FILE sends a file, - standard input.", show_default=False
        ),
    ] = "",
    params: Annotated[
        list[str] | None,
        typer.Option("--param", metavar="KEY=VALUE", help="A parameter of the address; repeat it for more."),
    ] = None,
    content_type: Annotated[str, typer.Option(metavar="TYPE", help="What the body is.")] = "application/json",
    accept: Annotated[str, typer.Option(metavar="TYPE", help="What to be answered in.")] = "application/json",
    project: ProjectFile = None,
) -> None:
    """Send a request as it is.

    The answer is written as it came. A read is tried again when that is safe; anything else is sent once, and exit code 4 says that no answer came.
    """
    path, _, in_path = path.partition("?")
    asked = {**dict(parse_qsl(in_path, keep_blank_values=True)), **dict(map(_pair, params or ()))}
    if method.upper() not in METHODS:
        raise SetupError(f"QuickBooks takes no {method}.", advice=f"Write {' or '.join(METHODS)}.")
    with open_project(project) as opened, opened.connection(name) as connection:
        from ..connections.rest import OnlineConnection

        if not isinstance(connection, OnlineConnection):
            raise SetupError(
                f"{name} takes no raw requests: it is no company of QuickBooks Online.",
                advice="Name a connection of the kind online.",
            )
        answer = connection.raw(
            method.upper(), path, _bytes(body), asked, content_type=content_type, accept=accept
        )
    sys.stdout.buffer.write(answer.body)
    if not answer.body.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise SetupError(f"--param {text!r} has no =.", advice="Write it as minorversion=75.")
    return key, value


def _bytes(body: str) -> bytes:
    if body == "-":
        return sys.stdin.buffer.read()
    if not body.startswith("@"):
        return body.encode()
    try:
        return Path(body[1:]).read_bytes()
    except OSError as error:
        raise SetupError(f"{body[1:]} cannot be read: {error.strerror}.") from error
