"""What stands around the messages is a fact of the catalog, and agrees with the published schemas."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tieout.catalog.qbxml import edition, when
from tieout.catalog.qbxml.envelope import envelope, envelope_names

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT.parent / "shared" / "schemas" / "qbxml"


def test_attributes_come_with_their_versions() -> None:
    first, later = (envelope("QBXMLMsgsRq", edition("US", each)) for each in ("1.1", "2.0"))
    assert [each.name for each in first.attributes] == ["oldMessageSetID", "newMessageSetID", "onError"]
    assert [each.name for each in later.attributes if each.required] == ["onError"]
    (data,) = (each.value for each in later.attributes if each.name == "responseData")
    assert (data.values, data.default) == (("includeAll", "includeNone"), "includeAll")


def test_the_sign_on_of_each_version() -> None:
    assert [each.name for each in envelope("SignonMsgsRq", edition("US", "1.0")).elements()] == [
        "SignonCertRq"
    ]
    ticket = envelope("SignonTicketRqType", edition("OE", "6.0"))
    assert [each.name for each in ticket.elements() if each.least] == [
        "ClientDateTime",
        "SessionTicket",
        "Language",
        "AppID",
        "AppVer",
    ]
    assert "QBXMLSubscriptionMsgsRq" not in envelope_names(edition("US", "2.1"))


def test_frequent_conditions_have_names() -> None:
    separate, common = when("separate"), when("common")
    assert edition("CA", "3.0") in separate - common
    assert edition("UK", "6.0") in common - separate
    assert separate | common == when("")
    assert when("separate-CA") | when("separate-UK") == separate == when("CA/UK/-3.0")
    assert when("online") | when("desktop") == when("")


def test_the_program_that_compares_with_the_schemas_finds_no_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("lxml.etree", reason="CATALOG NOT COMPARED: lxml is not installed")
    if not SCHEMAS.is_dir():
        pytest.skip(
            f"CATALOG NOT COMPARED: there is no {SCHEMAS.relative_to(ROOT.parent)} beside the repository"
        )
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import check_schemas
    import qbxml_schema

    some = (edition("US", "1.1"), edition("OE", "6.0"), edition("UK", "16.0"))
    monkeypatch.setattr(qbxml_schema, "EDITIONS", some)
    counts = check_schemas.check(qbxml_schema.read_schemas(SCHEMAS))
    assert [(each.what, each.differing) for each in counts.all() if each.differing] == []
    assert counts.messages.compared > 1000
    assert counts.rows > 30_000


def test_it_finds_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a schema that lacks an attribute and has another order, so that a silent comparison would be seen."""
    pytest.importorskip("lxml.etree", reason="CATALOG NOT COMPARED: lxml is not installed")
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import check_schemas
    from qbxml_schema import Content, Mark, RawShape, Schema, Simple

    text = Content((1, 1), Simple("str"))
    reversed_ = RawShape(
        (), ((Mark("element", "SessionTicket"), text), (Mark("element", "ServerDateTime"), text))
    )
    us = edition("US", "13.0")
    counts = check_schemas.check({us: Schema(us, {"SignonTicketRsType": reversed_})})
    assert any("SignonTicketRsType" in each for each in counts.shapes.differing)
    assert any("SignonTicketRsType" in each for each in counts.attributes.differing)
    assert any("US 13.0 InvoiceAddRq" in each for each in counts.lives.differing)


def test_without_schemas_it_says_so(tmp_path: Path) -> None:
    pytest.importorskip("lxml.etree", reason="CATALOG NOT COMPARED: lxml is not installed")
    program = [sys.executable, str(ROOT / "tools" / "check_schemas.py"), str(tmp_path)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "SCHEMAS NOT COMPARED" in done.stderr
