"""The door of the Web Connector over a real loopback socket: what goes in and out as bytes."""

from __future__ import annotations

import http.client
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.cli.conftest import call
from tests.runtime.serving import serving

from tieout.errors import SetupError, Unreachable
from tieout.project import Project
from tieout.protocols import web_connector
from tieout.runtime.doors import HealthDoor
from tieout.runtime.project_doors import web_connector_door
from tieout.runtime.server import Place, Server
from tieout.runtime.web_connector_door import PATH, WebConnectorDoor
from tieout.sandbox.web_connector.calling import Caller
from tieout.state.agenda import Agenda


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    (tmp_path / "tieout.toml").write_text("", "utf-8")
    with Project.read(tmp_path / "tieout.toml") as opened:
        yield opened


@pytest.fixture
def server(project: Project) -> Iterator[Server]:
    with serving(web_connector_door(project, Agenda(project.state))) as started:
        yield started


def send(server: Server, body: bytes, method: str = "POST", path: str = PATH) -> tuple[int, str, bytes]:
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    connection.request(method, path, body, {"Expect": "100-continue", "SOAPAction": '"x"'})
    answer = connection.getresponse()
    found = answer.status, answer.headers["Content-Type"], answer.read()
    connection.close()
    return found


def test_a_call_is_answered_in_soap(server: Server) -> None:
    status, kind, body = send(server, web_connector.write_call("serverVersion"))
    assert (status, kind) == (200, "text/xml; charset=utf-8")
    assert web_connector.read_reply(body, "serverVersion") == "tieout"


def test_an_empty_text_of_an_array_is_there(server: Server) -> None:
    _, _, body = send(server, web_connector.write_call("authenticate", strUserName="a", strPassword="b"))
    assert body.count(b"<string>") == 2


def test_a_method_is_answered_under_the_name_it_was_called_by(server: Server) -> None:
    body = web_connector.write_call("serverVersion").replace(b"serverVersion", b"getServerVersion")
    assert b"<getServerVersionResult>tieout<" in send(server, body)[2]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", b"not XML"),
        (b"{}", b"not XML"),
        (web_connector.write_call("serverVersion").replace(b"serverVersion", b"formatDisk"), b"formatDisk"),
        (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", b"DOCTYPE"),
    ],
)
def test_what_is_no_call_gets_a_fault(server: Server, body: bytes, says: bytes) -> None:
    status, kind, answer = send(server, body)
    assert (status, kind) == (500, "text/xml; charset=utf-8")
    assert says in answer
    assert b"<faultcode>soap:Client</faultcode>" in answer


def test_too_much_is_refused(project: Project) -> None:
    door = WebConnectorDoor(web_connector_door(project, Agenda(project.state))._answering, largest=10_000)
    with serving(door) as server:
        status, _, answer = send(
            server, web_connector.write_call("receiveResponseXML", ticket="t", response="x" * 20_000)
        )
        assert status == 413
        assert b"10,000" in answer
        assert send(server, web_connector.write_call("serverVersion"))[0] == 200


def test_a_long_argument_other_than_the_answer_is_refused(server: Server) -> None:
    body = web_connector.write_call("clientVersion", strVersion="x" * 1_000_001)
    assert send(server, body)[0] == 413


def test_a_browser_finds_a_word_and_the_description(server: Server) -> None:
    assert send(server, b"", "GET")[::2] == (
        200,
        b"tieout answers QuickBooks Web Connectors here. Its description is at ?wsdl.\n",
    )
    for query in ("?wsdl", "?WSDL"):
        status, kind, body = send(server, b"", "GET", PATH + query)
        assert (status, kind) == (200, "text/xml; charset=utf-8")
        assert f'location="{server.url.replace("localhost", "localhost")}{PATH}"'.encode() in body
    assert send(server, b"", "GET", "/health")[2] == b'{"ok":true}'


def test_a_port_that_is_taken_is_told(server: Server) -> None:
    with pytest.raises(SetupError, match="cannot listen"):
        Server([HealthDoor()], Place(port=urlsplit(server.url).port or 0))


def test_a_certificate_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("no", "utf-8")
    for file in ("c.pem", "missing.pem"):
        with pytest.raises(SetupError, match="certificate"):
            Server([HealthDoor()], Place(port=0, certificate=tmp_path / file))


def test_a_certificate_makes_it_https(tmp_path: Path, project: Project) -> None:
    key, certificate = tmp_path / "k.pem", tmp_path / "c.pem"
    words = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-keyout",
        key,
        "-out",
        certificate,
    ]
    words += ["-addext", "subjectAltName=DNS:localhost"]
    try:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("NOT TESTED HERE: openssl is not installed")
    place = Place(port=0, certificate=certificate, key=key)
    with serving(web_connector_door(project, Agenda(project.state)), place=place) as server:
        assert server.url.startswith("https://localhost:")
        trusting = ssl.create_default_context(cafile=certificate)
        caller = Caller(f"{server.url}{PATH}", trusted=trusting)
        assert caller.text("serverVersion") == "tieout"
        caller.close()
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            Caller(f"{server.url}{PATH}").text("serverVersion")


def test_a_user_made_while_it_runs_is_let_in(server: Server, project: Project) -> None:
    made = call("connect", "books", "--kind", "web-connector", "--format", "json", "--project", project.path)
    assert made.exit_code == 0, made.stderr
    user, password = (part.split('"')[3] for part in made.stdout.split(",")[:2])
    _, _, body = send(
        server, web_connector.write_call("authenticate", strUserName=user, strPassword=password)
    )
    assert web_connector.read_reply(body, "authenticate")[1] == "none"  # type: ignore[index]
