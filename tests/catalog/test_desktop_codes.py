"""Every code of QuickBooks Desktop and the Web Connector has a class, a retry and an advice of its own."""

import csv
from pathlib import Path

import pytest

import tieout.errors
from tieout.catalog.desktop_codes import (
    connector_fact,
    connector_facts,
    hresult_fact,
    hresult_facts,
    is_locked,
    status_fact,
    status_facts,
)

FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts" / "tables" / "desktop"
EVERY = [*status_facts(), *hresult_facts(), *connector_facts()]


@pytest.mark.parametrize("fact", EVERY, ids=lambda fact: fact.code)
def test_a_code_is_raised_as_an_error_of_ours_and_says_what_to_do(fact):
    assert fact.error == "" or issubclass(getattr(tieout.errors, fact.error), tieout.errors.TieoutError)
    assert fact.advice.endswith(".")
    assert len(fact.advice.split()) >= 3
    assert not fact.means.endswith(".")
    if fact.error == "Busy":
        assert fact.retry, "what is busy now is free later"
    if fact.retry:
        assert fact.error in ("Busy", "Unreachable", "RecordRefused")
    if fact.retry_when_locked:
        assert not fact.retry


@pytest.mark.parametrize(
    ("table", "column", "ours"),
    [
        ("status_codes.csv", "code", {fact.code for fact in status_facts()} | {"9100-9199"}),
        ("hresult.csv", "hresult", {fact.code for fact in hresult_facts()}),
        ("qbwc_error_codes.csv", "code", {fact.code for fact in connector_facts()}),
    ],
)
def test_no_known_code_is_missing(table, column, ours):
    if not FACTS.is_dir():
        pytest.skip("TABLES NOT COMPARED: there is no shared/facts beside the repository")
    with (FACTS / table).open(encoding="utf-8") as lines:
        assert {row[column] for row in csv.DictReader(lines)} == ours


LOCKED = (
    'There was an error when saving a Customers list, element "X".  QuickBooks error message: '
    "This list has been modified by another user."
)


@pytest.mark.parametrize("code", [3170, 3175, 3176, 3180])
def test_a_lock_passes_and_other_refusals_stay(code):
    assert (status_fact(code, LOCKED).error, status_fact(code, LOCKED).retry) == ("Busy", True)
    stays = status_fact(code, "QuickBooks error message: The account number is already in use.")
    assert (stays.error, stays.retry) == ("Invalid", False)
    assert status_fact(code).retry is False


@pytest.mark.parametrize(
    "text",
    ["QuickBooks: The List Element is in use", "internals could not be locked", "Failed to acquire the lock"],
)
def test_lock_texts_in_any_case(text):
    assert is_locked(text)


def test_a_lock_text_changes_nothing_elsewhere():
    assert status_fact(3100, LOCKED).error == "AlreadyExists"


@pytest.mark.parametrize(
    ("code", "error", "severity"),
    [
        (17, "", "Info"),
        (777, "", "Warn"),
        (1999, "Unreachable", "Error"),
        (3099, "Invalid", "Error"),
        (9150, "Invalid", "Error"),
        (9999, "Invalid", "Error"),
        ("3200", "Stale", "Error"),
    ],
)
def test_a_code_that_is_in_no_table_is_judged_by_its_range(code, error, severity):
    fact = status_fact(code)
    assert (fact.code, fact.error, fact.severity) == (str(code), error, severity)


def test_an_hresult_is_found_signed_or_not():
    assert hresult_fact(-2147220480) == hresult_fact(0x80040400)
    assert hresult_fact(0x80040414).error == "Busy"
    assert hresult_fact(0x8004_FFFF).error == "OutcomeUnknown"
    assert hresult_fact(0x8004_FFFF).code == "0x8004FFFF"


def test_a_strange_code_of_the_web_connector():
    assert connector_fact("QBWC1012").error == "Unreachable"
    assert connector_fact("QBWC2000").code == "QBWC2000"
