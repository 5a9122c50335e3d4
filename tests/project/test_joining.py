from decimal import Decimal

from tieout.catalog.rest import record_type
from tieout.project.joining import joined_tables
from tieout.protocols import exact_json
from tieout.protocols.rest_tables import RestPage, TypeReader


def pages(*batches):
    reader = TypeReader(record_type("Invoice"))
    return [RestPage(reader, exact_json.encode(batch)) for batch in batches]


def test_what_a_page_lacks_is_null():
    tables = joined_tables(
        pages(
            [{"Id": "1", "TotalAmt": Decimal("0.10")}],
            [{"Id": "2", "DocNumber": "A"}, {"Id": "3", "PrivateNote": "n"}],
            [],
        )
    )
    invoice = tables["invoice"]
    assert invoice.column("id").to_pylist() == ["1", "2", "3"]
    assert invoice.column("total_amt").to_pylist() == [Decimal("0.10"), None, None]
    assert invoice.column("doc_number").to_pylist() == [None, "A", None]


def test_columns_are_in_the_catalogs_order_where_one_page_has_them_all():
    tables = joined_tables(pages([{"Id": "1"}], [{"PrivateNote": "n", "DocNumber": "A", "Id": "2"}]))
    assert tables["invoice"].column_names == ["id", "doc_number", "private_note"]


def test_parts_are_joined_too():
    tables = joined_tables(pages([{"Id": "1", "Line": [{"Id": "1"}]}], [{"Id": "2", "Line": [{"Id": "1"}]}]))
    assert tables["invoice_line"].column("invoice_id").to_pylist() == ["1", "2"]


def test_no_pages_make_no_tables():
    assert joined_tables([]) == {}
