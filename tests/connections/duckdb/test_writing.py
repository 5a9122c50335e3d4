"""Rows and statements of a DuckDB file."""

from decimal import Decimal

import duckdb
import pytest

from tieout.connections.duckdb.connection import DuckDBConnection
from tieout.errors import AlreadyExists, Invalid, NotFound, SetupError
from tieout.operations import Add, Delete, Modify, Put, Query, Statement
from tieout.processes.write import write_changes
from tieout.state.database import open_state
from tieout.state.journal import Journal


@pytest.fixture
def path(tmp_path):
    with duckdb.connect(tmp_path / "shop.duckdb") as database:
        database.execute("create sequence numbers")
        database.execute(
            "create table stock (no integer primary key default nextval('numbers'), sku varchar unique, price decimal(12, 2), day date)"
        )
        database.execute("create table log (what varchar)")
    return tmp_path / "shop.duckdb"


@pytest.fixture
def shop(path):
    return DuckDBConnection("shop", path)


@pytest.fixture
def write(shop, tmp_path):
    with open_state(tmp_path / "state") as state:
        yield lambda *changes: list(write_changes(shop, changes, Journal(state), name="test"))


def add(number, type_name="stock", **record):
    return Add(type=type_name, record=record, id=f"add-{number}", place=f"record {number}")


def records(shop, text, **parameters):
    query = Query(statement=Statement(text, parameters))
    return [record for page in shop.read(query) for record in page.records()]


def test_refused_rows_do_not_keep_the_others_out(shop, write):
    done = write(
        add(1, sku="a", price=Decimal("1.10"), day="2026-01-02"),
        add(2, sku="a"),
        add(3, sku="c", price="dear"),
        add(4, sku="d", colour="red"),
        Modify(type="stock", record={"no": 77, "sku": "x"}, id="5"),
        Put(type="stock", record={"sku": "a", "price": 2}, id="6"),
        Put(type="stock", record={"sku": "e"}, id="7"),
        Delete(type="stock", record={"sku": "e"}, id="8"),
    )
    errors = {each.change.id: type(each.error) for each in done if each.error}
    assert errors == {"add-2": AlreadyExists, "add-3": Invalid, "add-4": Invalid, "5": NotFound}
    ids = {each.change.id: each.record_id for each in done}
    assert ids["6"] == ids["add-1"] != ""
    assert records(shop, "select sku, price, day from stock") == [
        {"sku": "a", "price": Decimal("2.00"), "day": "2026-01-02"}
    ]


@pytest.mark.parametrize("verb", [Put, Modify, Delete])
def test_a_table_without_a_key_takes_new_rows_only(write, verb):
    assert write(add(1, "log", what="in"))[0].state == "done"
    with pytest.raises(SetupError, match="log of shop has no key"):
        write(verb(type="log", record={"what": "in"}, id="x"))


def test_a_statement_takes_its_parameters_as_values(shop, write):
    write(add(1, sku="a", price=Decimal("0.10")), add(2, sku="b", price=Decimal("0.20")))
    found = records(shop, "select sku, price * 3 as p, 0.5::double as x from stock where sku = :sku", sku="b")
    assert found == [{"sku": "b", "p": Decimal("0.60"), "x": Decimal("0.5")}]
    with pytest.raises(SetupError, match=":sky"):
        records(shop, "select 1 where 1 = :sky", sku=1)
    with pytest.raises(SetupError, match="nothing"):
        records(shop, "select * from nothing")


def test_a_statement_that_fails_half_way_says_where(shop):
    pages = shop.read(
        Query(
            statement=Statement(
                "select n, case when n < 5000 then n else error('no') end as x from range(9000) t(n)"
            )
        )
    )
    with pytest.raises(SetupError, match=r"failed.*no"):
        list(pages)


def test_a_statement_changes_nothing(shop):
    with pytest.raises(SetupError):
        records(shop, "insert into log values ('x')")


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(SetupError, match="not there"):
        records(DuckDBConnection("shop", tmp_path / "no.duckdb"), "select 1")
