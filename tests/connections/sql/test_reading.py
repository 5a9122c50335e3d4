"""Reading tables and statements of databases."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tieout.connections.sql.connection import SqlConnection
from tieout.errors import SetupError, Unauthorized, Unreachable
from tieout.operations import And, Compare, In, IsNull, Like, Query, Statement


def records(connection, query):
    return [record for page in connection.read(query) for record in page.records()]


def of(text, **parameters):
    return Query(statement=Statement(text, parameters))


@pytest.fixture
def orders(run):
    run(
        "create table orders (id integer primary key, who varchar(40), total numeric(19, 2), paid_at timestamp)"
    )
    run(
        "insert into orders values (1, 'Ann', 12.10, '2026-01-02 10:00:00'), (2, 'BOB', 0.30, '2026-01-03 10:00:00'), "
        "(3, 'bob', 99999999999.99, null), (4, null, null, '2026-01-04 10:00:00')"
    )


@pytest.mark.usefixtures("orders")
def test_money_is_read_to_the_cent(shop):
    totals = [record["total"] for record in records(shop, Query(("orders",), order=(("id", False),)))]
    assert totals == [Decimal("12.10"), Decimal("0.30"), Decimal("99999999999.99"), None]


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize(
    ("where", "ids"),
    [
        (Compare("who", "=", "BOB"), [2, 3]),
        (Compare("total", ">", Decimal("0.30")), [1, 3]),
        (IsNull("total"), [4]),
        (In("id", (Decimal(1), Decimal(4))), [1, 4]),
        (And((Like("who", "b%"), Compare("id", "<", Decimal(3)))), [2]),
        (Compare("paid_at", ">=", datetime(2026, 1, 3, 10, tzinfo=UTC)), [2, 4]),
    ],
)
def test_a_predicate_means_the_same_as_anywhere(shop, where, ids):
    assert [
        record["id"] for record in records(shop, Query(("orders",), where, order=(("id", False),)))
    ] == ids


@pytest.mark.usefixtures("orders")
def test_a_plan_says_who_does_what(shop):
    plan = shop.plan(Query(("orders",), And((Compare("id", "=", Decimal(2)), Like("who", "b%")))))[0]
    assert dict(plan.conditions) == {"id = 2": "database", "who LIKE 'b%'": "here"}
    assert plan.statement.startswith("SELECT")


@pytest.mark.usefixtures("orders")
def test_a_statement_takes_its_parameters_as_values(shop):
    text = "select id, 'a:b' as word from orders where who = :who or paid_at > :last_success order by id"
    given = {"who": "x' or '1'='1", "last_success": datetime(2026, 1, 3, 12, tzinfo=UTC)}
    assert records(shop, of(text, **given)) == [{"id": 4, "word": "a:b"}]


@pytest.mark.usefixtures("orders")
def test_what_a_statement_gives_can_be_narrowed_here(shop):
    asked = Query(
        ("order",),
        Compare("who", "=", "bob"),
        ("id",),
        limit=1,
        statement=Statement("select * from orders order by id"),
    )
    page = next(iter(shop.read(asked)))
    assert (page.type, page.records()) == ("order", [{"id": 2}])


def test_a_parameter_that_nobody_gives_is_named(shop):
    with pytest.raises(SetupError, match=r":last_sucess.*last_success"):
        records(shop, of("select 1 as one where 1 = :last_sucess", last_success=None))


@pytest.mark.usefixtures("orders")
def test_a_statement_that_changes_something_changes_nothing(shop, run):
    with pytest.raises(SetupError):
        records(shop, of("delete from orders"))
    assert run("select count(*) from orders") == [(4,)]


def test_a_statement_with_a_mistake_is_told_in_the_words_of_the_database(shop):
    with pytest.raises(SetupError, match="no_such_table"):
        records(shop, of("select * from no_such_table"))


@pytest.mark.usefixtures("orders")
def test_the_nearest_column_is_named(shop):
    with pytest.raises(SetupError, match="total"):
        records(shop, Query(("orders",), Compare("totl", "=", Decimal(1))))


def test_a_table_tells_its_types(shop, run):
    run(
        "create table days (id integer primary key, day date, yes boolean, at timestamp, much numeric(30, 4))"
    )
    run("insert into days values (1, '2026-01-02', true, '2026-01-02 10:00:00', 1234.5)")
    page = next(iter(shop.read(Query(("days",)))))
    assert page.records()[0]["day"] == "2026-01-02"
    assert page.records()[0]["yes"] is True
    assert page.tables()["days"].column("much").to_pylist() == [Decimal("1234.5")]


class TestPostgres:
    @pytest.fixture
    def url(self, postgres_url):
        return postgres_url

    def test_a_query_that_fails_half_way_says_where(self, shop):
        pages = shop.read(of("select n, 1 / (1500 - n) as x from generate_series(1, 3000) n"))
        assert len(next(pages)) == 1000
        with pytest.raises(SetupError, match=r"the statement failed after 1,000 rows: division by zero"):
            list(pages)

    def test_a_server_that_ends_the_session_half_way_is_no_end(self, shop):
        pages = shop.read(
            of(
                "select n, case n when 1500 then pg_terminate_backend(pg_backend_pid()) end as x from generate_series(1, 3000) n"
            )
        )
        assert len(next(pages)) == 1000
        with pytest.raises(Unreachable, match="after 1,000 rows"):
            list(pages)

    def test_rows_are_not_gathered_in_memory(self, shop):
        pages = shop.read(of("select n from generate_series(1, 10000000) n"))
        assert next(pages).records()[0] == {"n": 1}
        pages.close()

    def test_times_without_a_zone_are_in_that_of_the_settings(self, postgres_url, run):
        run("create table t (id int primary key, at timestamp)")
        run("insert into t values (1, '2026-07-01 12:00')")
        with SqlConnection("shop", postgres_url, zone="Europe/Berlin") as shop:
            assert records(shop, Query(("t",)))[0]["at"] == "2026-07-01T12:00:00+02:00"
            noon = datetime(2026, 7, 1, 10, tzinfo=UTC)
            assert len(records(shop, of("select * from t where at >= :noon", noon=noon))) == 1
            assert records(shop, of("select * from t where at > :noon", noon=noon)) == []

    def test_a_wrong_password_is_for_a_person(self, postgres_url, run):
        run("create role stranger login password 'right'")
        host = postgres_url.partition("@")[2]
        with SqlConnection("shop", f"postgresql://nobody@{host}") as shop, pytest.raises(Unauthorized):
            shop.check()
        run("drop role stranger")

    def test_a_server_that_is_not_there_may_come_back(self):
        with SqlConnection("shop", "postgresql://shop@127.0.0.1:1/shop") as shop, pytest.raises(Unreachable):
            shop.check()


def test_an_address_of_nothing_is_refused():
    with pytest.raises(SetupError, match="no address of a database"):
        SqlConnection("shop", "what")


def test_a_driver_that_is_missing_is_named():
    with pytest.raises(SetupError) as refused, SqlConnection("shop", "oracle+oracledb://db/shop") as shop:
        shop.check()
    assert "pip install 'oracledb'" in refused.value.advice


def test_nothing_of_a_password_is_told():
    assert "secret" not in SqlConnection("shop", "postgresql://ann:secret@db/shop").identity
