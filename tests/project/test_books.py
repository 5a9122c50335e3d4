from decimal import Decimal

import pytest

from tieout.connections.memory import MemoryConnection
from tieout.errors import NotFound, SetupError
from tieout.operations import Compare
from tieout.project.books import Books, parse_order


@pytest.fixture
def books():
    connection = MemoryConnection("scratch")
    connection.stored["Invoice"] = {
        "1": {"Id": "1", "TotalAmt": Decimal("10.10"), "CustomerRef": {"value": "7"}},
        "2": {"Id": "2", "TotalAmt": 20, "PrivateNote": "paid twice", "Line": [{"Amount": Decimal("1.5")}]},
    }
    with Books(connection) as opened:
        yield opened


def test_a_query_yields_records_each_time_it_is_looked_at(books):
    found = books.query("Invoice", where="TotalAmt > 15")
    assert [record["Id"] for record in found] == ["2"]
    assert [record["Id"] for record in found] == ["2"]


def test_where_may_be_a_predicate_and_any_case(books):
    assert books.count("Invoice", where=Compare("Id", "=", "1")) == 1
    assert books.count("Invoice", where="totalamt = 10.10") == 1
    assert books.count("Invoice") == 2


def test_tables_of_all_pages_are_joined(books):
    tables = books.query("Invoice").tables()
    assert tables["invoice"].column("total_amt").to_pylist() == [Decimal("10.10"), Decimal(20)]
    assert tables["invoice_line"].column("invoice_id").to_pylist() == ["2"]


def test_one_record_or_none(books):
    assert books.get("Invoice", "2")["PrivateNote"] == "paid twice"
    with pytest.raises(NotFound, match="no Invoice with the id 3"):
        books.get("Invoice", "3")


def test_a_plan_of_what_is_done_here_sends_nothing(books):
    (read,) = books.query("Invoice", where="Id = '1' and TotalAmt > 1").plan()
    assert (read.type, read.statement) == ("Invoice", "")
    assert [who for _, who in read.conditions] == ["here", "here"]


@pytest.mark.parametrize("words", [{"fields": ["Totl"]}, {"order": "Totl"}, {"where": "Totl = 1"}])
def test_an_unknown_field_is_told_the_nearest(books, words):
    with pytest.raises(SetupError, match=r"no field Totl\. Did you mean TotalAmt"):
        books.query("Invoice", **words)


def test_an_order_is_written_as_in_sql():
    assert list(parse_order("TxnDate desc, Id ASC,DocNumber")) == [
        ("TxnDate", True),
        ("Id", False),
        ("DocNumber", False),
    ]
    assert list(parse_order("")) == []
    with pytest.raises(SetupError, match="'TxnDate down'"):
        list(parse_order("TxnDate down"))


def test_closing_closes_the_connection_first_and_then_what_it_needs():
    closed = []

    class Noted(MemoryConnection):
        def close(self):
            closed.append(self.name)

    with Books(Noted("inner"), Noted("outer")):
        assert closed == []
    assert closed == ["inner", "outer"]
