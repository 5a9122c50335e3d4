"""What a Web Connector is answered, call by call, and what comes of calls that do not follow one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tieout.connections.qbxml.web_connector.answering import STEPS, Answering
from tieout.connections.qbxml.web_connector.calls import Call, Later
from tieout.protocols.soap import Result
from tieout.protocols.web_connector import METHODS
from tieout.state.connector_sessions import ConnectorSession, ConnectorSessions
from tieout.state.database import open_state
from tieout.state.mailbox import Mailbox
from tieout.state.passwords import hashed

OURS = "{AAAAAAAA-0000-0000-0000-000000000001}"
FILE_ID = "{BBBBBBBB-0000-0000-0000-000000000002}"
FILE = r"C:\QuickBooks\larch.qbw"
HASH = hashed("pw")

ABOUT = (
    '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><HostQueryRs statusCode="0"><HostRet><ProductName>QuickBooks Pro</ProductName>'
    "<SupportedQBXMLVersion>12.0</SupportedQBXMLVersion><SupportedQBXMLVersion>13.0</SupportedQBXMLVersion></HostRet></HostQueryRs>"
    '<CompanyQueryRs statusCode="0"><CompanyRet><CompanyName>Larch</CompanyName><DataExtRet><OwnerID>{owner}</OwnerID>'
    "<DataExtName>FileID</DataExtName><DataExtValue>{file}</DataExtValue></DataExtRet></CompanyRet></CompanyQueryRs>"
    "</QBXMLMsgsRs></QBXML>"
)


@dataclass
class Settings:
    user: str = "larch"
    company_file: str = ""
    every: int = 0


@dataclass
class Desk:
    """A server at work, without HTTP, whose time stands still unless it is moved."""

    folder: Path
    settings: Settings = field(default_factory=Settings)
    at: datetime = field(default_factory=lambda: datetime(2026, 11, 27, 9, 0, tzinfo=UTC))
    woken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sessions = ConnectorSessions(open_state(self.folder), clock=lambda: self.at)
        self.sessions.set_user("larch", connection="books", password=HASH, owner_id=OURS, file_id=FILE_ID)
        self.restart()

    def restart(self) -> None:
        """Another process goes on with the same state."""
        self.answering = Answering(
            self.sessions,
            lambda name: self.settings if name == "books" else None,
            self.woken.append,
            now=lambda: self.at.timestamp(),
        )

    @property
    def mailbox(self) -> Mailbox:
        return self.sessions.mailbox("larch")

    def call(
        self, method: str, *, address: str = "10.0.0.1", response: bytes = b"", **arguments: str
    ) -> Result:
        """The answer, however long the call is held."""
        result = self.answering.answer(
            Call(method, arguments, address, lambda: iter([response] if response else []))
        )
        while isinstance(result, Later):
            self.pass_by(seconds=1)
            result = result.again()
        return result

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)

    def enter(self, **more: str) -> str:
        """Sign in with somebody waiting; the ticket."""
        self.mailbox.visit("me")
        entered = self.call("authenticate", strUserName="larch", strPassword="pw", **more)
        assert isinstance(entered, list)
        assert entered[1] == self.settings.company_file
        return str(entered[0])

    def begin(self, document: bytes = b"<first/>") -> str:
        """Sign in and be handed a document; the ticket."""
        ticket = self.enter()
        self.mailbox.put(ticket, "me", document)
        assert self.first(ticket) == document.decode()
        return ticket

    def first(self, ticket: str, *, about: str = "", file: str = FILE) -> Result:
        return self.call(
            "sendRequestXML",
            ticket=ticket,
            strHCPResponse=about or ABOUT.format(owner=OURS.lower(), file=FILE_ID.lower()),
            strCompanyFileName=file,
            qbXMLCountry="US",
            qbXMLMajorVers="13",
            qbXMLMinorVers="0",
        )

    def session(self, ticket: str) -> ConnectorSession:
        found = self.sessions.session(ticket)
        assert found is not None
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.sessions._state.close()


# ---- before a session


def test_versions(desk: Desk) -> None:
    assert desk.call("serverVersion") == desk.call("serverVersion", strVersion="1") == "tieout"
    assert desk.call("clientVersion", strVersion="2.3.0.215") == ""
    assert str(desk.call("clientVersion", strVersion="1.5.0.1")).startswith("W:")


@pytest.mark.parametrize(("user", "password"), [("larch", "wrong"), ("nobody", "pw"), ("", "")])
def test_who_is_not_let_in(desk: Desk, user: str, password: str) -> None:
    desk.mailbox.visit("me")
    entered = desk.call("authenticate", strUserName=user, strPassword=password)
    assert isinstance(entered, list)
    assert entered[1] == "nvu"
    assert desk.call("sendRequestXML", ticket=entered[0]) == ""


def test_a_user_of_a_connection_that_is_no_more_is_not_let_in(desk: Desk) -> None:
    desk.settings = Settings(user="another")
    assert desk.call("authenticate", strUserName="larch", strPassword="pw")[1] == "nvu"  # type: ignore[index]


def test_guessing_is_held_off(desk: Desk) -> None:
    for number in range(5):
        desk.call("authenticate", strUserName="larch", strPassword=f"guess {number}")
    assert desk.call("authenticate", strUserName="larch", strPassword="pw")[1] == "nvu"  # type: ignore[index]
    desk.pass_by(minutes=2)
    assert desk.call("authenticate", strUserName="larch", strPassword="pw")[1] == "none"  # type: ignore[index]


def test_there_is_nothing_to_do_until_somebody_wants_something(desk: Desk) -> None:
    desk.settings.every = 15
    ticket, *rest = desk.call("authenticate", strUserName="larch", strPassword="pw")  # type: ignore[misc]
    assert rest == ["none", "0", "900"]
    assert desk.call("closeConnection", ticket=str(ticket)) == "There was nothing to do."
    desk.mailbox.want()
    assert desk.call("authenticate", strUserName="larch", strPassword="pw")[1:] == ["", "0", "900"]  # type: ignore[index]


def test_the_last_call_is_remembered(desk: Desk) -> None:
    desk.call("clientVersion", strVersion="2.3.0.215")
    desk.first(desk.enter())
    user = desk.sessions.user("larch")
    assert user is not None
    assert (user.version, user.file, user.called[:16]) == ("2.3.0.215", FILE, "2026-11-27T09:00")
    assert desk.woken == ["books"]


# ---- a session


def test_from_one_document_to_the_next(desk: Desk) -> None:
    ticket = desk.begin()
    assert desk.session(ticket).versions == "12.0 13.0"
    desk.mailbox.put(ticket, "me", b"<second/>")
    percent = desk.call("receiveResponseXML", ticket=ticket, response=b"<answer/>")
    assert isinstance(percent, int)
    assert 0 < percent < 100
    assert list(desk.mailbox.pieces(1)) == [b"<answer/>"]
    assert desk.call("sendRequestXML", ticket=ticket) == "<second/>"
    desk.mailbox.leave("me")
    assert desk.call("receiveResponseXML", ticket=ticket, response=b"<answer/>") == 100
    assert desk.call("closeConnection", ticket=ticket) == "Done."
    assert desk.session(ticket).state == "closed"


def test_the_percentage_follows_an_iterator_and_never_falls(desk: Desk) -> None:
    ticket = desk.begin()
    seen = []
    for remaining in (300, 200, 100, 0, 500):
        desk.mailbox.put(ticket, "me", b"<next/>")
        part = b'<CustomerQueryRs iteratorRemainingCount="%d">' % remaining + b"<TimeCreated>" * 100
        seen.append(desk.call("receiveResponseXML", ticket=ticket, response=part))
        desk.call("sendRequestXML", ticket=ticket)
    assert seen == [20, 40, 60, 80, 80]


def test_who_thinks_is_waited_for_and_then_told_to_wait(desk: Desk) -> None:
    ticket = desk.begin()
    before = desk.at
    percent = desk.call("receiveResponseXML", ticket=ticket, response=b"<answer/>")
    assert desk.at - before == timedelta(seconds=15)
    assert percent != 100
    assert desk.call("sendRequestXML", ticket=ticket) == ""
    assert desk.call("getLastError", ticket=ticket) == "NoOp"
    desk.mailbox.put(ticket, "me", b"<late/>")
    assert desk.call("sendRequestXML", ticket=ticket) == "<late/>"


def test_whoever_went_away_is_not_waited_for_for_ever(desk: Desk) -> None:
    ticket = desk.begin()
    desk.call("receiveResponseXML", ticket=ticket, response=b"<answer/>")
    for _ in range(10):
        if (
            desk.call("sendRequestXML", ticket=ticket) == ""
            and desk.call("getLastError", ticket=ticket) != "NoOp"
        ):
            break
        desk.pass_by(seconds=5)
    assert desk.session(ticket).state == "failed"
    assert desk.at < datetime(2026, 11, 27, 9, 2, tzinfo=UTC)


def test_what_quickbooks_refused_reaches_whoever_asked(desk: Desk) -> None:
    ticket = desk.begin()
    desk.mailbox.leave("me")
    desk.call("receiveResponseXML", ticket=ticket, hresult="0x80040400", message="not parsed")
    letter = desk.mailbox.letter(1)
    assert (letter.state, letter.hresult, letter.message) == ("answered", "0x80040400", "not parsed")


@pytest.mark.parametrize("given", ["-2147220480", "2147746816", "0x80040400"])
def test_an_hresult_in_any_spelling(desk: Desk, given: str) -> None:
    ticket = desk.begin()
    desk.call("receiveResponseXML", ticket=ticket, hresult=given)
    assert desk.mailbox.letter(1).hresult == "0x80040400"


# ---- the right file


def test_another_company_file_gets_nothing(desk: Desk) -> None:
    ticket = desk.enter()
    desk.mailbox.put(ticket, "me", b"<secret/>")
    assert desk.first(ticket, about=ABOUT.format(owner=OURS, file="{other}")) == ""
    assert "belongs to another connection" in str(desk.call("getLastError", ticket=ticket))
    assert "belongs to another connection" in str(desk.call("closeConnection", ticket=ticket))
    assert desk.mailbox.letter(1).state == "withdrawn"


def test_a_file_that_other_applications_know_too_is_taken(desk: Desk) -> None:
    ticket = desk.enter()
    desk.mailbox.put(ticket, "me", b"<first/>")
    assert desk.first(ticket, about=ABOUT.format(owner="{another application}", file="{x}")) == "<first/>"


def test_the_file_that_the_project_names_is_opened_and_no_other(desk: Desk) -> None:
    desk.settings.company_file = FILE.upper()
    desk.begin()
    assert desk.first(desk.enter(), file=r"C:\other.qbw") == ""


@pytest.mark.parametrize("about", ["<QBXML>", "x", "<!DOCTYPE a><QBXML/>"])
def test_nothing_about_the_file_is_no_hindrance(desk: Desk, about: str) -> None:
    ticket = desk.enter()
    desk.mailbox.put(ticket, "me", b"<first/>")
    assert desk.first(ticket, about=about) == "<first/>"
    assert desk.session(ticket).versions.split()[-1] == "13.0"


# ---- QuickBooks does not open


def test_quickbooks_is_tried_again_with_the_file_of_last_time_and_then_no_more(desk: Desk) -> None:
    desk.first(desk.enter())
    ticket = desk.enter()
    refused = {"ticket": ticket, "hresult": "0x80040408", "message": "Could not start QuickBooks."}
    assert desk.call("connectionError", **refused) == FILE
    assert desk.call("connectionError", **refused) == FILE
    assert desk.call("connectionError", **refused) == "done"
    told = str(desk.call("closeConnection", ticket=ticket))
    assert "0x80040408" in told
    user = desk.sessions.user("larch")
    assert user is not None
    assert user.complaint == told


def test_what_another_try_does_not_mend_is_not_tried_again(desk: Desk) -> None:
    ticket = desk.enter()
    assert desk.call("connectionError", ticket=ticket, hresult="0x80040420", message="") == "done"


# ---- what does not follow


def test_every_state_and_method_that_are_not_in_the_table_fail_with_words(desk: Desk) -> None:
    in_session = [name for name, method in METHODS.items() if "ticket" in method.parameters]
    states = {state for state, _ in STEPS}
    for state in sorted(states):
        for method in in_session:
            if (state, method) in STEPS:
                continue
            ticket = desk.enter()
            desk.sessions.move(desk.session(ticket), state)  # type: ignore[arg-type]
            assert desk.call(method, ticket=ticket) in ("", -1, "done"), (state, method)
            assert "Press Update Selected" in str(desk.call("getLastError", ticket=ticket))


def test_a_ticket_of_yesterday(desk: Desk) -> None:
    ticket = desk.begin()
    desk.pass_by(hours=24)
    assert desk.call("receiveResponseXML", ticket=ticket, response=b"<answer/>") == -1
    assert "over" in str(desk.call("getLastError", ticket=ticket))
    assert desk.call("sendRequestXML", ticket="made up") == ""
    assert desk.call("connectionError", ticket="made up") == "done"


def test_an_answer_that_comes_twice_is_taken_once(desk: Desk) -> None:
    ticket = desk.begin()
    desk.mailbox.put(ticket, "me", b"<second/>")
    first = desk.call("receiveResponseXML", ticket=ticket, response=b"<answer/>")
    assert desk.call("receiveResponseXML", ticket=ticket, response=b"<answer/>") == first
    assert list(desk.mailbox.pieces(1)) == [b"<answer/>"]
    assert desk.call("sendRequestXML", ticket=ticket) == "<second/>"


def test_an_answer_of_the_session_before_is_nobodys(desk: Desk) -> None:
    old = desk.begin()
    new = desk.enter()
    assert desk.mailbox.letter(1).state == "lost"
    second = desk.mailbox.put(new, "me", b"<second/>")
    assert desk.first(new) == "<second/>"
    assert desk.call("receiveResponseXML", ticket=old, response=b"<answer to the first/>") == -1
    assert desk.mailbox.letter(second).state == "taken"


Move = Callable[[Desk, str], object]


@pytest.mark.parametrize(
    "move",
    [
        lambda desk, ticket: desk.call("closeConnection", ticket=ticket),
        lambda desk, ticket: desk.call("getLastError", ticket=ticket),
        lambda desk, ticket: desk.call("connectionError", ticket=ticket, hresult="0x80040402"),
        lambda desk, ticket: desk.enter(),
    ],
)
def test_however_a_session_ends_what_has_no_answer_is_lost(desk: Desk, move: Move) -> None:
    ticket = desk.begin()
    move(desk, ticket)
    assert desk.mailbox.letter(1).state == "lost"


def test_a_request_in_the_place_of_an_answer_loses_the_one_before(desk: Desk) -> None:
    ticket = desk.begin()
    desk.mailbox.put(ticket, "me", b"<second/>")
    lost = desk.call("sendRequestXML", ticket=ticket)
    assert desk.mailbox.letter(1).state == "lost"
    assert lost in ("", "<second/>")


def test_a_restart_of_the_server_loses_nothing(desk: Desk) -> None:
    ticket = desk.begin()
    desk.restart()
    desk.mailbox.leave("me")
    assert desk.call("receiveResponseXML", ticket=ticket, response=b"<answer/>") == 100
    assert list(desk.mailbox.pieces(1)) == [b"<answer/>"]


def test_a_second_web_connector_waits_but_one_that_starts_anew_does_not(desk: Desk) -> None:
    ticket = desk.begin()
    entered = desk.call("authenticate", address="10.0.0.2", strUserName="larch", strPassword="pw")
    assert entered[1:] == ["busy", "60"]  # type: ignore[index]
    assert desk.session(ticket).state == "asked"
    desk.pass_by(minutes=14)
    assert desk.call("authenticate", address="10.0.0.2", strUserName="larch", strPassword="pw")[1] == "busy"  # type: ignore[index]
    desk.pass_by(minutes=2)
    desk.mailbox.visit("me")
    assert desk.call("authenticate", address="10.0.0.2", strUserName="larch", strPassword="pw")[1] == ""  # type: ignore[index]
    assert desk.session(ticket).state == "closed"


def test_interactive_mode_is_answered_though_it_is_not_used(desk: Desk) -> None:
    ticket = desk.enter()
    assert desk.call("getInteractiveURL", wcTicket=ticket, sessionID="1") == ""
    assert desk.call("interactiveDone", wcTicket=ticket) == "Done"
    assert desk.call("interactiveRejected", wcTicket=ticket, reason="no") == ""
