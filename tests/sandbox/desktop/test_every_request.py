"""Every published request of the catalog has an answer in the sandbox; those that it does not make are listed here, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.sandbox.desktop.minimal_requests import minimal
from tests.sandbox.desktop.report_requests import BUDGETS, NEEDS_A_FEATURE

from tieout.catalog.qbxml import Edition, edition, newest, record_types
from tieout.catalog.qbxml.actions import reports
from tieout.protocols.qbxml_writer import SUBSCRIPTIONS, MessageSet, Request, write_message_set
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.session import DesktopSession
from tieout.sandbox.desktop.small_company import small_company

NOT_AVAILABLE = 3250
COUNTRIES = ("US", "CA", "UK")

Message = tuple[str, str]


def published(spoken: Edition) -> list[Message]:
    return [
        (kind.name, verb)
        for kind in record_types()
        for verb, life in kind.published.items()
        if spoken in life
    ]


def status(
    spoken: Edition, message: Message, *, multicurrency: bool = True, **chosen: str
) -> tuple[int, str]:
    """What the smallest request of that name is answered."""
    company = small_company(DesktopCompany(multicurrency=multicurrency))
    company.edition = spoken
    name, verb = message
    kind = next(each for each in record_types() if each.name == name)
    content = minimal(kind, kind.message(verb, "Rq"), spoken, **chosen)
    document = write_message_set(MessageSet(spoken, (Request(name, verb, content, "7"),))).decode()
    session = DesktopSession(company)
    answer = (session.subscribe if name in SUBSCRIPTIONS else session.process)(document)
    assert f"<{kind.message(verb, 'Rs')} " in answer
    code, text = re.findall(r'requestID="7" statusCode="(\d+)"[^>]*statusMessage="([^"]*)"', answer)[0]
    return int(code), text


def test_every_published_request_of_every_country_is_counted() -> None:
    all_of = {message for country in COUNTRIES for message in published(newest(country))}
    events = {message for message in all_of if message[0] in SUBSCRIPTIONS}
    older = {message for text in ("CA2.0", "CA3.0", "UK2.0", "UK3.0") for message in published(_spelt(text))}
    assert (len(all_of - events), len(events)) == (231, 7)  # and PayrollLastPeriodQuery, which no Desktop has
    assert {name for name, _ in older - all_of} <= {"TaxCode"}


def _spelt(text: str) -> Edition:
    return edition(text[:2], text[2:])


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_published_request_is_answered(country: str) -> None:
    spoken = newest(country)
    refused = {
        message
        for message in published(spoken)
        if not message[0].endswith("Report") and status(spoken, message)[0] == NOT_AVAILABLE
    }
    assert refused == NOT_MADE.get(country, set())


NOT_MADE: dict[str, set[Message]] = {}
"""By country, the requests that are refused with 3250 as such."""


def test_without_multi_currency_nobody_asks_for_currencies() -> None:
    for verb in ("Add", "Mod", "Query"):
        assert status(newest("US"), ("Currency", verb), multicurrency=False)[0] == NOT_AVAILABLE


def test_every_report_is_made_or_listed() -> None:
    spoken = newest("US")
    missing: dict[str, set[str]] = {}
    for kind in record_types():
        if kind.name.endswith("Report"):
            field = f"{kind.name}Type"
            for which in _types_of(kind.name, spoken):
                code, text = status(spoken, (kind.name, "Query"), **{field: which})
                if code == NOT_AVAILABLE and which not in (*NEEDS_A_FEATURE, *BUDGETS):
                    assert which in text
                    missing.setdefault(kind.name, set()).add(which)
    assert missing == REPORTS_NOT_MADE


def test_the_page_says_which_reports_are_made_and_which_are_not() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "sandbox.md").read_text()
    all_ = sum(len(names) for names in reports(newest("US")).values())
    made = all_ - sum(map(len, REPORTS_NOT_MADE.values()))
    assert f"Reports, {made} of the {all_}:" in page
    for name in (name for names in REPORTS_NOT_MADE.values() for name in names):
        assert f"`{name}`" in page


def _types_of(name: str, spoken: Edition) -> tuple[str, ...]:
    kind = next(each for each in record_types() if each.name == name)
    shape = kind.shape(kind.message("Query", "Rq"), spoken)
    return next(each.value.values for each in shape.elements() if each.value and each.name == f"{name}Type")


REPORTS_NOT_MADE: dict[str, set[str]] = {"GeneralDetailReport": {"AuditTrail"}}
