import pytest

from tieout.errors import SetupError
from tieout.project import Address


@pytest.mark.parametrize(
    ("text", "address", "types"),
    [
        ("books:Invoice", Address("books", "Invoice"), ("Invoice",)),
        ("books:*", Address("books", "*"), ()),
        ("warehouse:", Address("warehouse", "*"), ()),
        (" my-books_2:order_lines ", Address("my-books_2", "order_lines"), ("order_lines",)),
    ],
)
def test_an_address_is_a_connection_and_what_to_take_there(text, address, types):
    assert Address.parse(text) == address
    assert address.types == types
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Invoice", "has no colon"),
        ("", "has no colon"),
        (":Invoice", "'' cannot name a connection"),
        ("my books:Invoice", "'my books' cannot name a connection"),
        ("books:Invoice:Line", "'Invoice:Line' cannot name a record type"),
        ("books:In*", r"'In\*' cannot name a record type"),
        ("shop:select * from orders", "does not read statements yet"),
    ],
)
def test_what_is_no_address_is_refused_with_its_reason(text, complaint):
    with pytest.raises(SetupError, match=complaint) as refused:
        Address.parse(text)
    assert "books:Invoice" in refused.value.advice
