"""The gateway without its HTTP: a document with a sign-on, and the answer to both of its parts.

    200  signed on or not, with a status of its own; answers to the message set where it was
    400  no document of qbXML, or one that the schema does not allow; nothing of it was done

What Intuit's gateway answers to a document that it cannot read is not published.
"""

from __future__ import annotations

import hmac
import re
import threading
from dataclasses import dataclass, field

from ...catalog.qbxml import newest
from ...errors import RemoteProtocolError
from ...protocols.qbxml_sign_on import (
    Application,
    SignedOn,
    SignOn,
    read_sign_on,
    write_signed_on,
)
from ..desktop.company import DesktopCompany
from ..desktop.conduct import Conduct, ConnectionDropped
from ..desktop.refusals import CallRefused
from .session import OnlineSession
from .tickets import TicketBook

APPLICATION = Application("tieout.sandbox", "101010101")
"""The one application that the sandbox's gateway knows."""

LANGUAGES = ("English",)

_WRITES = re.compile(rb"<\w+(?:Add|Mod|Del)Rq[\s>/]")


def new_company() -> DesktopCompany:
    """An empty company of the Online Edition, which has no company file."""
    return DesktopCompany(edition=newest("OE"), product="QuickBooks Online Edition", file="")


class Unavailable(Exception):
    """The gateway takes nothing now."""


@dataclass(slots=True)
class AppGateway:
    """The gateway of one company."""

    company: DesktopCompany
    application: Application = APPLICATION
    hosted: bool = False
    """Whether the application is a hosted one, which signs on with a certificate."""
    book: TicketBook = field(default_factory=TicketBook)
    conduct: Conduct = field(default_factory=Conduct)
    most: int = 1_000
    """Records of one answer."""
    fails_inside: int = 0
    """How many sign-ons fail from now on for a reason of the service's own (2040)."""
    posts: int = 0
    """Documents that came so far."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, document: bytes) -> tuple[int, bytes]:
        """The HTTP status and the body; ConnectionDropped or Unavailable where a fault says so."""
        with self._lock:
            self.posts += 1
            try:
                sign_on, rest = read_sign_on(document)
            except RemoteProtocolError as error:
                return 400, str(error).encode()
            told = self._signed_on(sign_on)
            head = write_signed_on(sign_on.name, told, self.book.clock())
            if told.status != 0 or not rest:
                return 200, _document(head, "")
            try:
                answers = self._carried_out(rest)
            except CallRefused as refusal:
                return 400, f"{refusal.text} ({refusal.hresult})".encode()
            return 200, _document(head, answers)

    def _signed_on(self, sign_on: SignOn) -> SignedOn:
        if self.fails_inside:
            self.fails_inside -= 1
            return _refused(2040, "Signon: an internal error occurred.")
        asked, known = sign_on.application, self.application
        if asked.language not in LANGUAGES:
            return _refused(2030, "Signon: this language is not supported.")
        if not hmac.compare_digest(asked.id.encode(), known.id.encode()):
            return _refused(2000, "Signon: the application is not recognized.")
        if sign_on.name == "SignonTicketRq":
            if not self.book.use(sign_on.ticket):
                return _refused(2020, "Session Authentication required.")
            return SignedOn(0, "INFO", "Status OK")
        if (sign_on.name == "SignonAppCertRq") is not self.hosted or asked.login != known.login:
            return _refused(2000, "Signon: the application or its certificate is not recognized.")
        connected = self.book.find(sign_on.ticket)
        if connected is None:
            return _refused(2010, "Signon: the connection ticket is not valid.")
        if connected.login_security:
            return _refused(2020, "Session Authentication required.")
        return SignedOn(0, "INFO", "Status OK", self.book.begin(connected))

    def _carried_out(self, document: bytes) -> str:
        fault = self.conduct.take(writes=bool(_WRITES.search(document)))
        if fault is not None and fault.do == "drop-before-commit":
            raise ConnectionDropped
        if fault is not None and fault.do == "busy":
            raise Unavailable
        answers = OnlineSession(self.company, self.most).process(document.decode("utf-8"))
        if fault is not None and fault.do == "drop-after-commit":
            raise ConnectionDropped
        return answers


def _refused(status: int, message: str) -> SignedOn:
    return SignedOn(status, "ERROR", message)


def _document(head: str, answers: str) -> bytes:
    """Both parts in one document."""
    inside = answers.partition("<QBXML>")[2].rpartition("</QBXML>")[0]
    return f'<?xml version="1.0" ?>\n<QBXML>\n{head}\n{inside.strip()}\n</QBXML>\n'.encode()
