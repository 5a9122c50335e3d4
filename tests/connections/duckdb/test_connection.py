"""A DuckDB file as a place to read from."""

from decimal import Decimal

import duckdb
import pytest

from tieout.connections.duckdb.connection import DuckDBConnection
from tieout.errors import NotFound, SetupError
from tieout.operations import Query
from tieout.protocols.query_language import parse_where


@pytest.fixture
def warehouse(tmp_path):
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE TABLE invoice (id VARCHAR, total DECIMAL(38, 9), note VARCHAR)")
        database.execute("INSERT INTO invoice VALUES ('1', 5, 'a'), ('2', 7.25, NULL), ('3', 6, 'c')")
    with DuckDBConnection("warehouse", path) as connection:
        yield connection


def read(warehouse, **words):
    return [record for page in warehouse.read(Query(("invoice",), **words)) for record in page.records()]


def test_rows_come_in_the_order_asked_for(warehouse):
    rows = read(warehouse, order=(("total", True),), limit=2)
    assert [row["id"] for row in rows] == ["2", "3"]


def test_only_the_columns_asked_for(warehouse):
    where = parse_where("total > 6", None)
    assert read(warehouse, where=where, fields=("note", "total")) == [
        {"note": None, "total": Decimal("7.25")}
    ]


@pytest.mark.parametrize(
    "words", [{"order": (("totl", False),)}, {"fields": ("totl",)}, {"where": parse_where("totl > 1", None)}]
)
def test_an_unknown_column_is_told_the_nearest(warehouse, words):
    with pytest.raises(SetupError, match=r"no column 'totl'\. Did you mean total\?"):
        read(warehouse, **words)


def test_one_row_by_its_id(warehouse):
    assert warehouse.get("invoice", "3")["note"] == "c"
    with pytest.raises(NotFound):
        warehouse.get("invoice", "4")
    assert warehouse.count("invoice") == 3
