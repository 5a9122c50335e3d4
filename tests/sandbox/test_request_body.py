from decimal import Decimal

import pytest

from tieout.sandbox.company.refusals import Refusal
from tieout.sandbox.doors.request_body import read_object


def test_numbers_keep_their_digits():
    assert read_object(b'{"a": 0.10, "b": 3}') == {"a": Decimal("0.10"), "b": 3}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b'{"a": 1',
        b"[1]",
        b"null",
        b'{"a": 1} {}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"a": "\xff"}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 1e99999999999999999999}',
    ],
    ids=range(16),
)
def test_what_is_not_one_clear_object_is_a_fault(body):
    with pytest.raises(Refusal) as caught:
        read_object(body)
    assert caught.value.status == 400
    assert caught.value.fault.errors[0].code == "2010"
