import pytest

from tieout.errors import SetupError
from tieout.project import Address


@pytest.mark.parametrize(
    ("text", "address", "types"),
    [
        ("books:Invoice", Address("books", "Invoice"), ("Invoice",)),
        ("books:*", Address("books", "*"), ()),
        ("books:1099Detail", Address("books", "1099Detail"), ("1099Detail",)),
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
    ],
)
def test_what_is_no_address_is_refused_with_its_reason(text, complaint):
    with pytest.raises(SetupError, match=complaint) as refused:
        Address.parse(text)
    assert "books:Invoice" in refused.value.advice


def test_what_is_no_type_is_said_in_the_connections_own_words():
    address = Address.parse("shop:select * from orders where paid_at > :last_success")
    asked = address.query({"last_success": None})
    assert (address.type, address.types, asked.types) == ("", (), ())
    assert asked.statement is not None
    assert asked.statement.text == "select * from orders where paid_at > :last_success"
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize("text", ["books:Invoice:Line", "books:In*", "shop:select * from orders"])
def test_words_are_refused_where_only_a_type_will_do(text):
    with pytest.raises(SetupError, match="cannot name a record type") as refused:
        Address.parse(text).refuse_words()
    assert "books:Invoice" in refused.value.advice
