"""Writing rows: each once, refused ones told, and nothing half done when the database goes away."""

from decimal import Decimal

import pytest

from tieout.errors import AlreadyExists, Invalid, NotFound, SetupError, Unreachable
from tieout.operations import Add, Delete, Modify, Put
from tieout.processes.write import write_changes


def write(shop, journal, *changes):
    return list(write_changes(shop, changes, journal, name="test"))


def add(number, type_name="stock", **record):
    return Add(type=type_name, record=record, id=f"add-{number}", place=f"record {number}")


@pytest.fixture(autouse=True)
def stock(run, url):
    serial = "serial primary key" if url.startswith("postgresql") else "integer primary key"
    run(f"create table stock (no {serial}, sku varchar(20) unique, price numeric(12, 2), note text)")


def test_a_row_tells_the_number_that_it_was_given(shop, journal, run):
    done = write(shop, journal, add(1, sku="a", price=Decimal("1.10")), add(2, sku="b", price=None))
    assert [each.record_id for each in done] == ["1", "2"]
    assert run("select no, sku from stock order by no") == [(1, "a"), (2, "b")]


def test_a_refused_row_does_not_keep_the_others_out(shop, journal, run):
    done = write(
        shop, journal, add(1, sku="a"), add(2, sku="a"), add(3, sku="c"), add(4, sku="d", colour="red")
    )
    assert sorted((each.change.id, each.state) for each in done) == [
        ("add-1", "done"),
        ("add-2", "refused"),
        ("add-3", "done"),
        ("add-4", "refused"),
    ]
    errors = {each.change.id: each.error for each in done if each.error}
    assert isinstance(errors["add-2"], AlreadyExists)
    assert "record 2" in str(errors["add-2"])
    assert isinstance(errors["add-4"], Invalid)
    assert "no column 'colour'" in str(errors["add-4"])
    assert run("select sku from stock order by sku") == [("a",), ("c",)]


def test_a_row_is_put_by_a_key_other_than_its_number(shop, journal, run):
    write(shop, journal, Put(type="stock", record={"sku": "a", "price": "1.00"}, id="p1"))
    done = write(shop, journal, Put(type="stock", record={"sku": "a", "price": "2.00"}, id="p2"))
    assert done[0].error is None
    assert done[0].record_id == "1"
    assert [(no, float(price)) for no, price in run("select no, price from stock")] == [(1, 2.0)]


def test_a_row_is_found_by_the_link_of_its_key(shop, journal, run):
    for note in ("one", "two"):
        put = Put(type="stock", record={"note": note}, id="p", key="item=5")
        if note == "one":
            put = Add(type="stock", record={"note": note}, id="a", key="item=5")
        assert [each.state for each in write(shop, journal, put)] == ["done"]
    assert run("select no, note from stock") == [(1, "two")]


def test_a_row_that_is_not_there_cannot_be_modified_or_deleted(shop, journal):
    for verb in (Modify, Delete):
        outcome = write(shop, journal, verb(type="stock", record={"no": 7}, id=verb.__name__))[0]
        assert isinstance(outcome.error, NotFound)
        assert "no 7" in str(outcome.error)


def test_modify_changes_what_is_given_and_all_else_when_full(shop, journal, run):
    write(shop, journal, add(1, sku="a", note="x", price="5"))
    write(shop, journal, Modify(type="stock", record={"no": 1, "note": "y"}, id="m1"))
    assert run("select sku, note from stock") == [("a", "y")]
    write(shop, journal, Modify(type="stock", record={"no": 1, "note": "z"}, id="m2", full=True))
    assert run("select sku, note, price from stock") == [(None, "z", None)]


@pytest.mark.parametrize("verb", [Put, Modify, Delete])
def test_a_table_without_a_key_takes_new_rows_only(shop, journal, run, verb):
    run("create table log (what text)")
    assert write(shop, journal, add(1, "log", what="in"))[0].state == "done"
    with pytest.raises(SetupError, match="log of shop has no key") as refused:
        write(shop, journal, verb(type="log", record={"what": "in"}, id="x"))
    assert "ADD PRIMARY KEY" in refused.value.advice


def test_a_value_of_the_wrong_kind_names_its_column(shop, journal):
    outcome = write(shop, journal, add(1, sku="a", price="dear"))[0]
    assert "stock.price: 'dear' is no number" in str(outcome.error)


def test_many_are_written_in_few_transactions(shop, journal, run):
    done = write(shop, journal, *(add(n, sku=f"s{n}") for n in range(500)))
    assert {each.state for each in done} == {"done"}
    assert run("select count(distinct request) from tieout_written") == [(3,)]


class TestSqlite:
    @pytest.fixture
    def url(self, tmp_path):
        return f"sqlite:///{tmp_path}/shop.db"

    def test_a_number_that_sqlite_would_round_is_refused(self, shop, journal):
        outcome = write(shop, journal, add(1, sku="a", price=Decimal("12345678901234567.89")))[0]
        assert "more digits than the 15" in str(outcome.error)

    def test_a_file_that_cannot_be_written_says_so(self, shop, journal, tmp_path, run):
        run("drop table stock")
        with pytest.raises(SetupError, match="no table 'stock'"):
            write(shop, journal, add(1, sku="a"))


class TestPostgres:
    @pytest.fixture
    def url(self, postgres_url):
        return postgres_url

    def test_a_server_that_goes_away_in_the_middle_leaves_nothing_half_done(self, shop, journal, run):
        run(
            "create function die() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$"
        )
        run(
            "create trigger dying before insert on stock for each row when (new.sku = 'c') execute function die()"
        )
        changes = [add(n, sku=sku) for n, sku in enumerate("abcd")]
        with pytest.raises(Unreachable) as gone:
            write(shop, journal, *changes)
        assert gone.value.retryable
        assert run("select count(*) from stock") == [(0,)]
        run("drop trigger dying on stock")
        assert [each.state for each in write(shop, journal, *changes)] == ["done"] * 4
        assert run("select count(*) from stock") == [(4,)]

    def test_times_and_documents_find_their_columns(self, shop, journal, run):
        run(
            "create table kept (id uuid primary key, at timestamptz, doc jsonb, ok boolean, day date, n bigint)"
        )
        record = {
            "id": "6f1c1f6e-8a7a-4d53-9d0b-0f6f2f1a2b3c",
            "at": "2026-01-02T03:04:05+01:00",
            "doc": {"total": Decimal("1.10")},
            "ok": "yes",
            "day": "2026-01-02",
            "n": Decimal(5),
        }
        assert write(shop, journal, add(1, "kept", **record))[0].error is None
        assert run("select doc::text, ok, day::text, n, at at time zone 'UTC' from kept")[0][:4] == (
            '{"total": 1.10}',
            True,
            "2026-01-02",
            5,
        )
