"""The Web Connector as a robot: it calls a server in Intuit's order, method by method.

serverVersion, clientVersion and authenticate; then QuickBooks is opened, with two tries; then requests and answers in turn
until the server says 100, is out of work or tells of an error; closeConnection at the end. `NoOp` waits five seconds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ...errors import RemoteProtocolError, Unreachable
from ..desktop.refusals import CallRefused
from .calling import Caller
from .faults import Fault, Killed
from .quickbooks import QuickBooks
from .registering import DOCUMENT, add_to_file, company_query

LOG = logging.getLogger("tieout.sandbox.web_connector")

VERSION = "2.3.0.215"
NO_OP = 5.0
"""Seconds that `NoOp` waits."""
_TRIES = 2
"""To open QuickBooks, for each company file that the server names."""
_RETRIES = 2
"""How often the server may name another file."""
_SOMEWHERE_ELSE = r"C:\QuickBooks\another company.qbw"

Ending = Literal["done", "nothing to do", "not let in", "busy", "failed"]


@dataclass(frozen=True, slots=True)
class Visit:
    """What became of one call at a server."""

    ending: Ending
    told: str = ""
    """What the status column shows."""
    documents: int = 0
    percents: tuple[int, ...] = ()
    postponed: float = 0.0
    """Seconds that the server wants to have peace for."""


@dataclass
class Robot:
    """One application in a Web Connector."""

    caller: Caller
    user: str
    password: str
    quickbooks: QuickBooks
    owner_id: str = ""
    file_id: str = ""
    """What it wrote into the company file when the application was added; without an OwnerID nothing."""
    faults: Sequence[Fault] = ()
    speed: float = 1.0
    """How many times as fast as the real one it waits."""
    sleep: Callable[[float], None] = time.sleep
    documents: int = field(default=0, init=False)
    _starts: int = field(default=0, init=False)
    _happened: set[Fault] = field(default_factory=set, init=False)

    def visit(self) -> Visit:
        """Call once, from `serverVersion` to `closeConnection`; Killed where a fault says so."""
        try:
            return self._visit()
        except (Unreachable, RemoteProtocolError) as error:
            LOG.warning("QBWC1012: %s", error)
            return Visit("failed", f"QBWC1012: {error}")
        finally:
            self.quickbooks.end()
            self.caller.close()

    def _visit(self) -> Visit:
        self.caller.text("serverVersion")
        said = self.caller.text("clientVersion", strVersion=VERSION)
        if said.startswith("E:"):
            return Visit("failed", said[2:])
        entered = self.caller.texts("authenticate", strUserName=self.user, strPassword=self.password)
        ticket, what, *more = [*entered, ""] if len(entered) < 2 else entered
        postponed = float(more[0]) if more and more[0] else 0.0
        endings: dict[str, Ending] = {"none": "nothing to do", "nvu": "not let in", "busy": "busy"}
        if what in endings:
            return Visit(endings[what], "QBWC1040" if what == "nvu" else "", postponed=postponed)
        refused = self._open(ticket)
        if refused is not None:
            return refused
        return self._exchange(ticket, postponed)

    def _open(self, ticket: str) -> Visit | None:
        """Open QuickBooks; what is shown where that did not come about."""
        for _ in range(1 + _RETRIES):
            refusal = self._opened()
            if refusal is None:
                return None
            file = self.caller.text(
                "connectionError", ticket=ticket, hresult=refusal.hresult, message=refusal.text
            )
            if file.casefold() == "done":
                break
        return Visit("failed", self.caller.text("closeConnection", ticket=ticket))

    def _opened(self) -> CallRefused | None:
        """Try to open QuickBooks; the last refusal where no try helped."""
        refusal: CallRefused | None = None
        for _ in range(_TRIES):
            try:
                self._start_quickbooks()
            except CallRefused as error:
                refusal = error
            else:
                return None
        return refusal

    def _start_quickbooks(self) -> None:
        self._starts += 1
        if Fault("dialog") in self.faults:
            raise CallRefused("0x80040414", "A modal dialog box is showing in the QuickBooks user interface.")
        if Fault("closed") in self.faults and self._starts <= _TRIES:
            raise CallRefused("0x80040408", "Could not start QuickBooks.")
        self.quickbooks.open()

    def _exchange(self, ticket: str, postponed: float) -> Visit:
        percents: list[int] = []
        here = 0
        if self.owner_id and (complaint := add_to_file(self.quickbooks, self.owner_id, self.file_id)):
            self.caller.text("closeConnection", ticket=ticket)
            return Visit("failed", complaint)
        about, file = self._about(), self._file()
        while True:
            document = self.caller.text(
                "sendRequestXML",
                ticket=ticket,
                strHCPResponse=about,
                strCompanyFileName=file,
                qbXMLCountry="US",
                qbXMLMajorVers="16",
                qbXMLMinorVers="0",
            )
            about = ""
            if document in ("", "NoOp"):
                told = self.caller.text("getLastError", ticket=ticket)
                if told == "NoOp":
                    self.sleep(NO_OP / self.speed)
                    continue
                if told == "Interactive mode":
                    self._be_interactive(ticket)
                    continue
                self.caller.text("closeConnection", ticket=ticket)
                return Visit("failed", told, here, tuple(percents), postponed)
            here += 1
            percent = self._answered(ticket, document)
            if percent is None or percent < 0:
                told = self.caller.text("getLastError", ticket=ticket)
                self.caller.text("closeConnection", ticket=ticket)
                return Visit("failed", told, here, tuple(percents), postponed)
            percents.append(percent)
            if percent >= 100:
                told = self.caller.text("closeConnection", ticket=ticket)
                return Visit("done", told, here, tuple(percents), postponed)

    def _answered(self, ticket: str, document: str) -> int | None:
        """Have a document processed and send the answer; the percentage, nothing where the answer was lost."""
        self.documents += 1
        if self._happens("killed-before-processing"):
            raise Killed
        answer, hresult, message = "", "", ""
        try:
            answer = self.quickbooks.process(document)
        except CallRefused as refusal:
            hresult, message = refusal.hresult, refusal.text
        if self._happens("killed-after-processing"):
            raise Killed
        if self._happens("loses-the-answer"):
            return None
        if self._happens("answers-late"):
            self.caller.texts("authenticate", strUserName=self.user, strPassword=self.password)

        def send() -> int:
            return self.caller.number(
                "receiveResponseXML", ticket=ticket, response=answer, hresult=hresult, message=message
            )

        if self._happens("answers-twice"):
            send()
        return send()

    def _be_interactive(self, ticket: str) -> None:
        """Open the server's page, which nobody sees here, until the server says that the person is done."""
        self.caller.text("getInteractiveURL", wcTicket=ticket, sessionID="1")
        for _ in range(60):
            if self.caller.text("interactiveDone", wcTicket=ticket) in ("", "Done"):
                return
            self.sleep(NO_OP / self.speed)
        self.caller.text("interactiveRejected", wcTicket=ticket, reason="Nobody is here.")

    def _about(self) -> str:
        """The answers about host, company and preferences, with what the Web Connector itself wrote into the file."""
        asked = f"<HostQueryRq/>{company_query(self.owner_id)}<PreferencesQueryRq/>"
        answer = self.quickbooks.process(DOCUMENT.format(asked))
        if self._is_elsewhere():
            return answer.replace(self.file_id, "{00000000-0000-0000-0000-000000000001}")
        return answer

    def _file(self) -> str:
        return _SOMEWHERE_ELSE if self._is_elsewhere() else self.quickbooks.file

    def _is_elsewhere(self) -> bool:
        return Fault("wrong-file") in self.faults

    def _happens(self, name: str) -> bool:
        """Whether a fault happens now, for the first and only time."""
        for fault in self.faults:
            if fault.name == name and fault not in self._happened and fault.document in (0, self.documents):
                self._happened.add(fault)
                LOG.info("fault: %s", name)
                return True
        return False
