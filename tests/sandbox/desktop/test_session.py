"""The Desktop sandbox is strict: documents as they go over the wire, and what comes back."""

from __future__ import annotations

import re

import pytest

from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.refusals import CallRefused
from tieout.sandbox.desktop.session import DesktopSession
from tieout.sandbox.desktop.small_company import small_company


@pytest.fixture
def session() -> DesktopSession:
    return DesktopSession(small_company(DesktopCompany()))


def document(inside: str, *, version: str = "13.0", on_error: str = "continueOnError") -> str:
    return f'<?xml version="1.0"?><?qbxml version="{version}"?><QBXML><QBXMLMsgsRq onError="{on_error}">{inside}</QBXMLMsgsRq></QBXML>'


def statuses(answer: str) -> list[str]:
    return re.findall(r'statusCode="(\d+)"', answer)


ADD = "<CustomerAddRq requestID='7'><CustomerAdd><Name>{}</Name></CustomerAdd></CustomerAddRq>"


def test_an_answer_has_no_version_and_its_attributes_in_quickbooks_order(session: DesktopSession) -> None:
    answer = session.process(document(ADD.format("Spruce")))
    assert "<?qbxml" not in answer
    assert (
        '<CustomerAddRs requestID="7" statusCode="0" statusSeverity="Info" statusMessage="Status OK">'
        in answer
    )


@pytest.mark.parametrize(
    "inside",
    [
        "<CustomerAddRq><CustomerAdd><Nmae>A</Nmae></CustomerAdd></CustomerAddRq>",
        "<CustomerAddRq><CustomerAdd><CompanyName>A</CompanyName><Name>B</Name></CustomerAdd></CustomerAddRq>",
        "<CustomerAddRq><CustomerAdd></CustomerAdd></CustomerAddRq>",
        "<PreferencesModRq/>",
        "<CustomerQueryRq iterator='Begin'/>",
        "<CustomerAddRq>",
    ],
)
def test_any_fault_of_structure_refuses_the_whole_set(session: DesktopSession, inside: str) -> None:
    with pytest.raises(CallRefused) as refused:
        session.process(document(ADD.format("Before it") + inside))
    assert refused.value.hresult == "0x80040400"
    assert statuses(
        session.process(document("<CustomerQueryRq><FullName>Before it</FullName></CustomerQueryRq>"))
    ) == ["1"]


@pytest.mark.parametrize(
    ("attributes", "hresult"),
    [
        ('onError="stopOnError" newMessageSetId="1"', "0x80040400"),
        ('onError="sometimes"', "0x80040400"),
        ('onError="stopOnError" responseData="some"', "0x80040400"),
        ("", "0x80040400"),
        ('onError="rollbackOnError"', "0x80040413"),
    ],
)
def test_the_envelope_is_judged_too(session: DesktopSession, attributes: str, hresult: str) -> None:
    said = document("<HostQueryRq/>").replace('onError="continueOnError"', attributes)
    with pytest.raises(CallRefused) as refused:
        session.process(said)
    assert refused.value.hresult == hresult


def test_without_response_data_the_statuses_come_alone(session: DesktopSession) -> None:
    said = document(ADD.format("Spruce") + "<CustomerQueryRq/>")
    answer = session.process(said.replace("<QBXMLMsgsRq", '<QBXMLMsgsRq responseData="includeNone"'))
    assert statuses(answer) == ["0", "0"]
    assert "CustomerRet" not in answer
    assert "<Name>Spruce</Name>" in session.process(
        document("<CustomerQueryRq><FullName>Spruce</FullName></CustomerQueryRq>")
    )


def test_a_doctype_is_refused(session: DesktopSession) -> None:
    with pytest.raises(CallRefused, match="parsing"):
        session.process(document("<HostQueryRq/>").replace("<QBXML>", "<!DOCTYPE QBXML><QBXML>", 1))


@pytest.mark.parametrize("version", ["17.0", "CA3.0", ""])
def test_a_version_that_it_does_not_speak(session: DesktopSession, version: str) -> None:
    with pytest.raises(CallRefused) as refused:
        session.process(document("<HostQueryRq/>", version=version))
    assert refused.value.hresult == "0x80040423"


def test_rules_refuse_one_request_and_the_others_go_on(session: DesktopSession) -> None:
    parts = [ADD.format("Alder Bakery"), ADD.format("A:B"), ADD.format("New one")]
    answer = session.process(document("".join(parts)))
    assert statuses(answer) == ["3100", "3090", "0"]
    assert "Names in this list cannot contain a colon." in answer


def test_after_a_refusal_the_rest_is_not_processed_where_asked(session: DesktopSession) -> None:
    answer = session.process(document(ADD.format("A:B") + ADD.format("Never"), on_error="stopOnError"))
    assert statuses(answer) == ["3090", "3231"]


def test_an_old_edit_sequence_is_refused(session: DesktopSession) -> None:
    found = session.process(document("<CustomerQueryRq><FullName>Elm Bakery</FullName></CustomerQueryRq>"))
    list_id = re.findall("<ListID>(.*?)</ListID>", found)[0]
    change = "<CustomerModRq><CustomerMod><ListID>{}</ListID><EditSequence>1</EditSequence><Phone>5</Phone></CustomerMod></CustomerModRq>"
    assert statuses(session.process(document(change.format(list_id)))) == ["3200"]


def test_a_reference_to_nobody(session: DesktopSession) -> None:
    add = "<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Nobody</FullName></CustomerRef></InvoiceAdd></InvoiceAddRq>"
    answer = session.process(document(add))
    assert statuses(answer) == ["3140"]
    assert "There is an invalid reference to QuickBooks Customer" in answer


def test_what_is_used_is_not_deleted_and_what_is_deleted_is_told(session: DesktopSession) -> None:
    found = session.process(document("<CustomerQueryRq><FullName>Elm Bakery</FullName></CustomerQueryRq>"))
    used = re.findall("<ListID>(.*?)</ListID>", found)[0]
    made = session.process(document(ADD.format("Short-lived")))
    unused = re.findall("<ListID>(.*?)</ListID>", made)[0]
    deletion = "<ListDelRq><ListDelType>Customer</ListDelType><ListID>{}</ListID></ListDelRq>"
    answer = session.process(document(deletion.format(used) + deletion.format(unused)))
    assert statuses(answer) == ["3160", "0"]
    told = session.process(
        document("<ListDeletedQueryRq><ListDelType>Customer</ListDelType></ListDeletedQueryRq>")
    )
    assert unused in told
    assert used not in told


def test_an_iterator_belongs_to_its_session(session: DesktopSession) -> None:
    start = "<CustomerQueryRq iterator='Start'><MaxReturned>5</MaxReturned></CustomerQueryRq>"
    answer = session.process(document(start))
    (iterator,) = re.findall('iteratorID="(.*?)"', answer)
    assert answer.count("<CustomerRet>") == 5
    go_on = f"<CustomerQueryRq iterator='Continue' iteratorID='{iterator}'><MaxReturned>5</MaxReturned></CustomerQueryRq>"
    other = DesktopSession(session._company)
    assert statuses(other.process(document(go_on))) == ["3120"]
    assert session.process(document(go_on)).count("<CustomerRet>") == 5


def test_an_older_version_shows_no_newer_fields(session: DesktopSession) -> None:
    query = "<CustomerQueryRq><MaxReturned>1</MaxReturned></CustomerQueryRq>"
    session.process(document(ADD.format("X").replace("</Name>", "</Name><Notes>n</Notes>")))
    assert "<FullName>" in session.process(document(query, version="13.0"))
    assert "<Sublevel>" in session.process(document(query, version="1.0"))


def test_a_name_that_is_empty_is_missing(session: DesktopSession) -> None:
    answer = session.process(document(ADD.format("")))
    assert 'statusCode="3150"' in answer


def test_what_an_older_version_cannot_tell_is_left_out_with_a_warning(session: DesktopSession) -> None:
    item = "<Name>Of no account</Name><SalesOrPurchase><Price>5</Price></SalesOrPurchase>"
    said = f"<ItemServiceAddRq><ItemServiceAdd>{item}</ItemServiceAdd></ItemServiceAddRq>"
    assert statuses(session.process(document(said, version="7.0"))) == ["0"]
    for query in ("<ItemServiceQueryRq/>", "<ItemQueryRq/>"):
        older = session.process(document(query + "<TermsQueryRq/>", version="6.0"))
        assert statuses(older) == ["501", "0"]
        assert "Unable to represent ItemService &quot;Of no account&quot;" in older
        newer = session.process(document(query, version="7.0"))
        assert older.count("<ItemServiceRet>") == newer.count("<ItemServiceRet>") - 1
