"""The `.qwc` file: what stands in it, and what the Web Connector would refuse."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tieout.errors import SetupError
from tieout.protocols.qwc_file import QwcFile, read_qwc, write_qwc

FILE = QwcFile(
    name="Bücher & Co",
    url="https://books.example.com/web-connector",
    support="https://books.example.com/",
    description="tieout",
    user="books-1",
    owner_id="{57F3B9B1-86F1-4fcc-B1EE-566DE1813D20}",
    file_id="{90A44FB5-33D9-4815-AC85-BC87A7E7D1EB}",
    unattended="required",
    personal_data="not needed",
    minutes=15,
    read_only=True,
)


def test_it_is_read_as_it_was_written() -> None:
    assert read_qwc(write_qwc(FILE)) == FILE
    assert read_qwc(write_qwc(replace(FILE, minutes=0))).minutes == 0
    assert b"Scheduler" not in write_qwc(replace(FILE, minutes=0))


def test_its_words_are_intuits() -> None:
    written = write_qwc(FILE).decode("ascii")
    for line in (
        "<AppName>B&#252;cher &amp; Co</AppName>",
        "<QBType>QBFS</QBType>",
        "<Style>Document</Style>",
        "<UnattendedModePref>umpRequired</UnattendedModePref>",
        "<PersonalDataPref>pdpNotNeeded</PersonalDataPref>",
        "<RunEveryNMinutes>15</RunEveryNMinutes>",
        "<IsReadOnly>true</IsReadOnly>",
    ):
        assert line in written


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://books.example.com/"},
        {"url": "https://192.168.1.5/"},
        {"url": "books.example.com"},
        {"support": "https://help.example.org/"},
        {"file_id": "90A44FB5"},
    ],
)
def test_what_the_web_connector_refuses_is_not_written(wrong: dict[str, str]) -> None:
    with pytest.raises(SetupError):
        write_qwc(replace(FILE, **wrong))  # type: ignore[arg-type]


def test_its_own_machine_needs_no_tls() -> None:
    here = "http://localhost:8765/"
    assert b"localhost:8765" in write_qwc(replace(FILE, url=here, support=here))


PUBLISHED = Path(__file__).parents[3] / "shared" / "schemas" / "webconnector"


@pytest.mark.parametrize("name", ["HTTPSWebService", "HTTPWebService", "TestService"])
def test_intuit_s_own_files_say_nothing_that_ours_lacks(name: str) -> None:
    """Their order is not held against ours: Intuit's own files differ in it."""
    file = PUBLISHED / f"intuit_{name}.qwc"
    if not file.exists():
        pytest.skip("NOT COMPARED: the published files are not here")
    theirs, ours = (set(re.findall(rb"<(\w+)[ >]", text)) for text in (file.read_bytes(), write_qwc(FILE)))
    assert theirs - ours <= {b"AppID", b"AuthFlags", b"RunEveryNSeconds", b"CertURL"}
    assert read_qwc(file.read_bytes()).owner_id.startswith("{")
