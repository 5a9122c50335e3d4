"""The server: one ASGI program with several doors, at the loopback address unless told otherwise."""

from __future__ import annotations

import logging
import socket
import ssl
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from ..errors import SetupError
from .doors import Door

LOOPBACK = "127.0.0.1"
PORT = 8765

_KEEP_ALIVE = 75
"""Seconds that an idle connection stays open; a Web Connector that waits calls every five."""
_GRACE = 5
"""Seconds that calls may take to finish once the server stops; what is cut off is lost and found out next time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, and with which certificate."""

    host: str = LOOPBACK
    port: int = PORT
    certificate: Path | None = None
    key: Path | None = None


class Server(uvicorn.Server):
    """A server of doors; `serve` runs until the process is told to end."""

    def __init__(self, doors: Sequence[Door], place: Place) -> None:
        _check_certificate(place)
        program = Starlette(routes=[route for door in doors for route in door.routes()])
        program.state.is_stopping = lambda: self.should_exit  # for answers that would go on for ever
        super().__init__(
            uvicorn.Config(
                program,
                host=place.host,
                port=place.port,
                ssl_certfile=place.certificate,
                ssl_keyfile=place.key,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=True,  # of a proxy on this machine only
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=_GRACE,
            )
        )
        self._listener = _listen(place)
        scheme = "https" if place.certificate else "http"
        host, port = self._listener.getsockname()[:2]
        self.url = f"{scheme}://{'localhost' if host in (LOOPBACK, '::1') else host}:{port}"

    def serve_until_stopped(self) -> None:
        """In this thread."""
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        self.run([self._listener])


def _listen(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # Only a socket that names TCP gets TCP_NODELAY from asyncio; without it every small answer takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":
            # There SO_REUSEADDR would let two servers have one port (Winsock, "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE").
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((place.host, place.port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise SetupError(
            f"The server cannot listen on {place.host} port {place.port}: {error.strerror or error}.",
            advice="Stop what listens there, perhaps another `tieout serve`, or choose another port with --port: servers of one "
            "folder share the work.",
        ) from error
    return listener


def _check_certificate(place: Place) -> None:
    if place.certificate is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(place.certificate, place.key)
    except (OSError, ssl.SSLError) as error:
        raise SetupError(
            f"The certificate {place.certificate} cannot be used: {error}.",
            advice="Name a certificate with its chain in --certificate and its key in --key, both PEM.",
        ) from error
