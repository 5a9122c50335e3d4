import tracemalloc
from decimal import Decimal

import pytest

from tieout.catalog.qbxml import edition
from tieout.errors import RemoteProtocolError
from tieout.protocols.qbxml_reader import Answered, Ret, SetAnswered, read_answers, read_requests

US13 = edition("US", "13.0")
HEAD = b'<?xml version="1.0" ?>\n<QBXML><QBXMLMsgsRs>'
TAIL = b"</QBXMLMsgsRs></QBXML>"


def answers(*parts: bytes) -> list:
    return list(read_answers([HEAD, *parts, TAIL], US13))


RET = b"""<InvoiceRet><TxnID>1-2</TxnID><EditSequence>5</EditSequence><CustomerRef><ListID>8-1</ListID><FullName>Ann</FullName>
</CustomerRef><Subtotal>10.50</Subtotal><IsPaid>true</IsPaid><NewField>kept</NewField>
<InvoiceLineRet><TxnLineID>3</TxnLineID><Quantity>2</Quantity><Amount>10.50</Amount></InvoiceLineRet></InvoiceRet>"""


def test_records_come_typed_with_what_is_unknown():
    _, answered, ret = answers(
        b'<InvoiceQueryRs requestID="1" statusCode="0" statusSeverity="Info">', RET, b"</InvoiceQueryRs>"
    )
    assert (answered.name, answered.request_id, answered.status) == ("InvoiceQueryRs", "1", 0)
    assert ret.name == "InvoiceRet"
    assert ret.record["Subtotal"] == Decimal("10.50")
    assert ret.record["IsPaid"] is True
    assert ret.record["CustomerRef"] == {"ListID": "8-1", "FullName": "Ann"}
    assert ret.record["InvoiceLineRet"] == [{"TxnLineID": "3", "Quantity": 2, "Amount": Decimal("10.50")}]
    assert ret.record["NewField"] == "kept"


def test_a_status_of_one_is_no_error_and_a_warning_comes_with_what_was_found():
    found = answers(
        b'<CustomerQueryRs statusCode="1" statusSeverity="Info" statusMessage="nothing"/>',
        b'<CustomerQueryRs statusCode="500" statusSeverity="Warn" statusMessage="some"/>',
        b'<CustomerAddRs statusCode="3100" statusSeverity="Error" statusMessage="The name &quot;X&quot; is in use."/>',
    )[1:]
    assert [each.is_refusal for each in found] == [False, False, True]
    assert found[2].message == 'The name "X" is in use.'


def test_iterators_and_counts_are_told():
    answered = answers(
        b'<InvoiceQueryRs statusCode="0" retCount="7" iteratorRemainingCount="3" iteratorID="{a}"></InvoiceQueryRs>'
    )[1]
    assert answered.iterator == ("{a}", 3)
    assert answered.count == 7


def test_the_status_of_the_set_is_told():
    document = b'<QBXML><QBXMLMsgsRs newMessageSetID="m1" messageSetStatusCode="9001"/></QBXML>'
    assert list(read_answers([document], US13)) == [SetAnswered("9001", "m1")]


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (HEAD + b"<InvoiceQueryRs>", "cannot be read"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><QBXML/>', "DOCTYPE"),
        (b"<html><body>Service Unavailable</body></html>", "holds no QBXMLMsgsRs"),
        (b"", "cannot be read"),
        (b"<QBXML><QBXMLMsgsRs>" + b"<a>" * 60, "nested too deeply"),
        (b"<QBXML><QBXMLMsgsRs>\xff\xfe</QBXMLMsgsRs></QBXML>", "cannot be read"),
    ],
)
def test_what_is_no_whole_answer_is_told(document, complaint):
    with pytest.raises(RemoteProtocolError, match=complaint):
        list(read_answers([document], US13))


def test_an_answer_of_any_length_is_read_in_memory_that_stays():
    def chunks(times):
        yield HEAD + b'<InvoiceQueryRs statusCode="0">'
        for _ in range(times):
            yield RET * 50
        yield b"</InvoiceQueryRs>" + TAIL

    def peak(times):
        tracemalloc.start()
        count = sum(isinstance(event, Ret) for event in read_answers(chunks(times), US13))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert count == times * 50
        return most

    peak(2)
    assert peak(60) < peak(10) * 1.2


def test_requests_are_read_as_they_were_sent():
    document = b"""<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError" newMessageSetID="n">
    <ListDelRq requestID="7"><ListDelType>Customer</ListDelType><ListID>8-1</ListID></ListDelRq></QBXMLMsgsRq></QBXML>"""
    read = read_requests(document, US13)
    assert (read.version, read.on_error, read.new_id) == ("13.0", "stopOnError", "n")
    (request,) = read.requests
    assert (request.verb, request.id) == ("Del", "7")
    assert request.content == {"ListDelType": "Customer", "ListID": "8-1"}


def test_events_come_before_the_end_is_there():
    def endless():
        yield HEAD + b'<InvoiceQueryRs statusCode="0">' + RET
        raise AssertionError("nobody should need more")

    events = read_answers(endless(), US13)
    assert isinstance(next(events), SetAnswered)
    assert isinstance(next(events), Answered)
    assert isinstance(next(events), Ret)
