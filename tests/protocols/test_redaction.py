import json

import pytest

from tieout.protocols.redaction import HIDDEN, redacted


@pytest.mark.parametrize(
    "name",
    [
        "AcctNum",
        "SSN",
        "TaxIdentifier",
        "PrimaryTaxIdentifier",
        "BankAccountNumber",
        "access_token",
        "BirthDate",
    ],
)
@pytest.mark.parametrize("value", ['"123-45"', '"quoted \\" and \\\\"', "12345", '""', '"é"', "-1.5"])
def test_what_nobody_should_read_is_hidden(name, value):
    body = f'{{"Line":[{{"{name}" : {value}, "Amount": 10.10}}]}}'.encode()
    found = json.loads(redacted(body))
    assert found == {"Line": [{name: HIDDEN, "Amount": 10.10}]}


def test_all_else_stays_byte_for_byte():
    body = '{"DisplayName": "SSN: 1", "Notes": "\\"SSN\\": 5", "DocNumber": "A-1", "é":1.10}'.encode()
    assert redacted(body) == body


def test_the_number_of_a_card_is_hidden_and_that_of_an_invoice_is_not():
    body = b'{"DocNumber":"1001","CreditChargeInfo":{"Number":"4111111111111111","CcExpiryYear":2027}}'
    assert json.loads(redacted(body)) == {
        "DocNumber": "1001",
        "CreditChargeInfo": {"Number": HIDDEN, "CcExpiryYear": HIDDEN},
    }


def test_what_is_no_json_is_left_alone():
    assert redacted(b"--boundary\r\nx") == b"--boundary\r\nx"
