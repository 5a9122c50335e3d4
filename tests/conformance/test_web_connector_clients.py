"""Other people's SOAP clients against our door for Web Connectors, and our robot against another's server."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.runtime.serving import Served, served

from tieout.protocols.web_connector import METHODS
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.session import DesktopSession
from tieout.sandbox.desktop.small_company import CUSTOMERS, JOBS, small_company
from tieout.sandbox.web_connector.calling import Caller
from tieout.sandbox.web_connector.quickbooks import QuickBooksHere
from tieout.sandbox.web_connector.robot import Robot

HERE = Path(__file__).parent / "dotnet"

DOCUMENT = (
    b'<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="continueOnError">'
    b"<CustomerQueryRq><FullName>B\xc3\xbccher</FullName></CustomerQueryRq></QBXMLMsgsRq></QBXML>"
)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as running:
        yield running


def test_zeep_calls_every_method(door: Served) -> None:
    import zeep

    server = zeep.Client(f"{door.url}?wsdl").service
    assert {name for name in dir(server) if name in METHODS} == set(METHODS)
    assert server.serverVersion() == "tieout"
    assert not server.clientVersion("2.3.0.215")
    assert server.authenticate(door.user, "wrong")[1] == "nvu"
    with door.asking(DOCUMENT) as answers:
        ticket = server.authenticate(door.user, door.password)[0]
        assert server.connectionError(ticket, "0x80040420", "refused") == "done"
        assert "0x80040420" in server.getLastError(ticket)
        assert "0x80040420" in server.closeConnection(ticket)
        ticket = server.authenticate(door.user, door.password)[0]
        assert not server.getInteractiveURL(ticket, "1")
        assert server.interactiveDone(ticket) == "Done"
        assert not server.interactiveRejected(ticket, "nobody")
        assert server.sendRequestXML(ticket, "", "C:\\a.qbw", "US", 16, 0) == DOCUMENT.decode()
        assert server.receiveResponseXML(ticket, "<QBXML>é & ü</QBXML>", "", "") == 100
        assert server.closeConnection(ticket) == "Done."
    assert answers == ["<QBXML>é & ü</QBXML>".encode()]


def test_the_web_connector_of_qbwc_kit_completes_a_session(door: Served) -> None:
    from qbwc_kit.testing import FakeWebConnector

    def post(body: str) -> str:
        asked = urllib.request.Request(door.url, body.encode(), {"Content-Type": "text/xml; charset=utf-8"})
        with urllib.request.urlopen(asked, timeout=60) as answered:
            return str(answered.read().decode())

    quickbooks = DesktopSession(small_company(DesktopCompany()))
    page = DOCUMENT.replace(b"<CustomerQueryRq>", b"<CustomerQueryRq requestID='1'>")
    fake = FakeWebConnector(post, door.user, door.password)
    with door.asking(page, page, page) as answers:
        done = fake.run_update(quickbooks.process)
    assert done.authenticated
    assert (done.round_trips, done.progress[-1], done.close_message) == (3, 100, "Done.")
    assert [answer.decode() for answer in answers] == done.responses
    assert fake.server_version() == "tieout"
    assert FakeWebConnector(post, door.user, "wrong").run_update().last_error == "nvu"
    assert FakeWebConnector(post, door.user, door.password).run_update().last_error == "none"


def test_our_robot_completes_a_session_with_the_server_of_qbwc_kit() -> None:
    from qbwc_kit import QBWCService, StaticAuthenticator, qbxml
    from qbwc_kit.qbxml import QBXMLRequest

    names: list[str] = []

    class Customers:
        name = "customers"

        def run(self, _context: object) -> Iterator[object]:
            request = qbxml.query("Customer", max_returned=20, iterator="Start")
            while True:
                result = yield QBXMLRequest([request])
                page = result.first().raise_for_status()  # type: ignore[attr-defined]
                names.extend(record["FullName"] for record in page.records)
                if not page.has_more:
                    return
                request.iterator = "Continue"
                request.iterator_id = page.iterator_id

    service = QBWCService(authenticator=StaticAuthenticator("us", "pw", [Customers()]))
    with serving_theirs(service) as url:
        robot = Robot(Caller(url), "us", "pw", QuickBooksHere(small_company(DesktopCompany())))
        visit = robot.visit()
        assert (visit.ending, visit.documents) == ("done", 3)
        assert visit.percents[-1] == 100
        assert len(set(names)) == CUSTOMERS + JOBS
        robot.password = "wrong"
        assert robot.visit().ending == "not let in"


@contextmanager
def serving_theirs(service: object) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = service.dispatch(body).encode()  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.mark.skipif(
    not (shutil.which("mcs") and shutil.which("wsdl2")),
    reason="NO .NET CLIENT: run tests/conformance/dotnet/prepare.sh",
)
def test_a_dotnet_client_calls_every_method(door: Served, tmp_path: Path) -> None:
    """Mono's stack is that of the Web Connector: quoted SOAPAction, Expect: 100-continue, SOAP 1.1."""
    built = tmp_path / "client"
    built.mkdir()

    def run(*words: object) -> str:
        done = subprocess.run([*map(str, words)], cwd=built, capture_output=True, timeout=100, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
        return done.stdout.decode()

    run("wsdl2", f"-out:{built / 'Proxy.cs'}", f"{door.url}?wsdl")
    run("mcs", HERE / "Client.cs", "Proxy.cs", "-r:System.Web.Services", "-out:Client.exe")
    with door.asking(DOCUMENT) as answers:
        said = run("mono", "Client.exe", door.url, door.user, door.password)
    told = dict(line.partition(": ")[::2] for line in said.splitlines())
    assert "0x80040420" in told.pop("failed")
    assert told == {
        "server": "tieout",
        "client": "",
        "refused": "2 nvu",
        "interactive": "",
        "interactive done": "Done",
        "interactive rejected": "",
        "connection error": "done",
        "entered": "2 []",
        "request": DOCUMENT.decode(),
        "percent": "100",
        "last error": "Everything is in order.",
        "closed": "Done.",
    }
    assert len(answers[0].decode()) > 10_000_000
    assert answers[0].decode().count("<Name>Bücher &amp; Söhne</Name>") == 200_000
