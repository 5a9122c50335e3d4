import sys
from dataclasses import MISSING
from pathlib import Path

import pytest

from tieout.project import KINDS, OnlineSettings, ProcessSettings, settings_of

TOOLS = Path(__file__).parents[2] / "tools"


def declared(table, key):
    return next(setting for setting in settings_of(table) if setting.key == key)


@pytest.mark.parametrize("table", [*KINDS.values(), ProcessSettings])
def test_every_setting_has_a_help_sentence_and_an_example_when_it_is_required(table):
    for setting in settings_of(table):
        assert setting.help.endswith("."), setting.key
        assert setting.example or setting.default is not MISSING, setting.key


@pytest.mark.parametrize("table", [*KINDS.values(), ProcessSettings])
def test_every_default_passes_its_own_check(table):
    for setting in settings_of(table):
        if setting.default is not MISSING and setting.default not in ("", ()):
            assert setting.value(setting.default) == setting.default


def test_the_file_spells_words_that_python_reserves():
    assert [setting.key for setting in settings_of(ProcessSettings)][:2] == ["from", "to"]


def test_only_the_secret_is_kept_out_of_the_file():
    assert [setting.key for setting in settings_of(OnlineSettings) if setting.secret] == ["client_secret"]


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("company", " 4620816365 ", "4620816365"),
        ("minor_version", "75", 75),
        ("environment", "sandbox", "sandbox"),
        ("base_url", "http://127.0.0.1:8020/", "http://127.0.0.1:8020"),
    ],
)
def test_an_answer_becomes_a_value(key, text, value):
    assert declared(OnlineSettings, key).answer(text) == value


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("N", False), ("true", True)])
def test_yes_and_no_are_answers(text, value):
    assert declared(ProcessSettings, "raw").answer(text) is value


def test_a_list_is_answered_with_commas():
    assert declared(ProcessSettings, "except").answer("TaxAgency, Customer.Notes,") == (
        "TaxAgency",
        "Customer.Notes",
    )


@pytest.mark.parametrize(
    ("table", "key", "answer", "complaint"),
    [
        (OnlineSettings, "company", "My company", "no company number"),
        (OnlineSettings, "minor_version", "latest", "not a whole number"),
        (OnlineSettings, "requests_at_once", "11", "not between 1 and 10"),
        (OnlineSettings, "environment", "sandbx", "Did you mean sandbox?"),
        (OnlineSettings, "country", "USA", "two capital letters"),
        (OnlineSettings, "base_url", "quickbooks.api.intuit.com", "no address of a server"),
        (OnlineSettings, "base_url", "http://books.example", "tokens in the clear"),
        (ProcessSettings, "every", "15", "such as 15 minutes"),
        (ProcessSettings, "every", "0 minutes", "such as 15 minutes"),
        (ProcessSettings, "raw", "perhaps", "not true or false"),
        (ProcessSettings, "do", "add", "not one of put"),
        (ProcessSettings, "do", "putt", "Did you mean put?"),
        (ProcessSettings, "except", "Customer.", "neither a type nor a field"),
    ],
)
def test_a_wrong_answer_says_why(table, key, answer, complaint):
    with pytest.raises(ValueError, match=complaint.replace("?", r"\?")):
        declared(table, key).answer(answer)


def test_the_reference_page_names_every_setting(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(TOOLS), *sys.path])
    from reference_settings import page

    text = page()
    for table in (*KINDS.values(), ProcessSettings):
        for setting in settings_of(table):
            assert f"| `{setting.key}` |" in text
            assert setting.help in text
    assert "| `minor_version` | a whole number | `75` |" in text
