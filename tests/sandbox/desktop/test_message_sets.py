"""Message sets with ids are remembered by the company file: the wire, as an application that lost an answer meets it."""

from __future__ import annotations

import re

import pytest

from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.refusals import CallRefused
from tieout.sandbox.desktop.session import DesktopSession
from tieout.sandbox.desktop.small_company import small_company

from .test_session import statuses

ADD = "<CustomerAddRq requestID='{0}'><CustomerAdd><Name>{0}</Name></CustomerAdd></CustomerAddRq>"


@pytest.fixture
def company() -> DesktopCompany:
    return small_company(DesktopCompany())


def sent(
    company: DesktopCompany,
    inside: str = "",
    *,
    new: str = "",
    old: str = "",
    version: str = "13.0",
    on_error: str = "continueOnError",
    dies_after: int | None = None,
) -> str:
    ids = (f' newMessageSetID="{new}"' if new else "") + (f' oldMessageSetID="{old}"' if old else "")
    document = (
        f'<?xml version="1.0"?><?qbxml version="{version}"?><QBXML><QBXMLMsgsRq{ids} onError="{on_error}">'
        f"{inside}</QBXMLMsgsRq></QBXML>"
    )
    return DesktopSession(company).process(document, dies_after=dies_after)


def status(answer: str) -> str:
    return re.findall(r'messageSetStatusCode="(\d+)"', answer)[0]


def customers(company: DesktopCompany) -> list[str]:
    return [each["Name"] for each in company.all_of("Customer")]


def test_without_ids_nothing_is_said_of_the_set(company: DesktopCompany) -> None:
    assert "messageSet" not in sent(company, ADD.format("Ann"))


def test_the_same_id_again_does_nothing_again(company: DesktopCompany) -> None:
    first = sent(company, ADD.format("Ann") + ADD.format("A:B"), new="one")
    assert (status(first), statuses(first)) == ("0", ["0", "3090"])
    again = sent(company, ADD.format("Ann") + ADD.format("A:B"), new="one")
    assert (status(again), statuses(again)) == ("0", ["0", "3090"])
    assert customers(company).count("Ann") == 1


def test_what_became_of_a_set_is_told_to_another_session_with_ids_and_without_records(
    company: DesktopCompany,
) -> None:
    sent(company, ADD.format("Ann"), new="one")
    told = sent(company, new="one", old="one")
    ann = next(each for each in company.all_of("Customer") if each["Name"] == "Ann")
    assert f"<ErrorRecovery><ListID>{ann['ListID']}</ListID>" in told.replace("\n", "")
    assert "CustomerRet" not in told
    assert 'requestID="Ann"' in told
    assert "ErrorRecovery" not in sent(company, new="one", old="one", version="10.0")


def test_another_content_under_the_same_id_is_refused(company: DesktopCompany) -> None:
    sent(company, ADD.format("Ann"), new="one")
    assert status(sent(company, ADD.format("Bob"), new="one")) == "9001"
    assert "Bob" not in customers(company)


def test_an_old_id_alone_is_forgotten_once(company: DesktopCompany) -> None:
    sent(company, ADD.format("Ann"), new="one")
    assert status(sent(company, old="one")) == "0"
    assert status(sent(company, old="one")) == "600"
    nothing_known = sent(company, new="one", old="one")
    assert statuses(nothing_known) == []


def test_two_ids_forget_the_old_one_and_do_the_new_one(company: DesktopCompany) -> None:
    sent(company, ADD.format("Ann"), new="one")
    sent(company, ADD.format("Bob"), new="two", old="one")
    assert "Bob" in customers(company)
    assert status(sent(company, old="one")) == "600"
    assert status(sent(company, old="ClearAllMessageSets")) == "0"
    assert status(sent(company, old="two")) == "600"


def test_ids_have_24_characters_at_most(company: DesktopCompany) -> None:
    assert status(sent(company, ADD.format("Ann"), new="x" * 25)) == "9004"
    assert "Ann" not in customers(company)


def test_a_set_at_which_quickbooks_died_has_no_answer(company: DesktopCompany) -> None:
    with pytest.raises(CallRefused) as died:
        sent(company, ADD.format("Ann") + ADD.format("Bob"), new="one", dies_after=1)
    assert died.value.hresult == "0x800706BA"
    assert "Ann" in customers(company)
    assert "Bob" not in customers(company)
    assert status(sent(company, new="one", old="one")) == "9002"


def test_an_answer_that_cannot_be_stored_is_given_all_the_same(company: DesktopCompany) -> None:
    company.message_sets.stores = False
    answer = sent(company, ADD.format("Ann"), new="one")
    assert (status(answer), statuses(answer)) == ("9005", ["0"])
    assert status(sent(company, new="one", old="one")) == "9002"


def test_after_an_error_the_rest_is_not_processed_where_it_says_so(company: DesktopCompany) -> None:
    three = ADD.format("Ann") + ADD.format("A:B") + ADD.format("Bob")
    assert statuses(sent(company, three, on_error="stopOnError")) == ["0", "3090", "3231"]
    assert statuses(sent(company, three)) == ["3100", "3090", "0"]
