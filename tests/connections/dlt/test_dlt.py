"""Sources and destinations of dlt: exact, each once through deaths, and told plainly what is wrong."""

import os
import subprocess
import sys
from decimal import Decimal

import dlt
import duckdb
import pytest
from dlt.common.runtime.run_context import active
from tests.cli.conftest import connected

from tieout.connections.base import Gone
from tieout.connections.dlt.destination import DltDestination
from tieout.connections.dlt.pipeline import Load, NotTaken, Pipeline
from tieout.connections.memory import page_of
from tieout.errors import Invalid, SetupError, Unreachable
from tieout.operations import Add, Delete, Put, Query
from tieout.processes.write import write_changes
from tieout.project import Project
from tieout.project.flows import run_flow
from tieout.project.runs import verify_process
from tieout.protocols.rest_layout import REST
from tieout.sandbox.server import running_sandbox
from tieout.state.database import open_state
from tieout.state.journal import Journal


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def make(tmp_path):
    def make(destination="duckdb"):
        where = {"duckdb": ("credentials", "lake.duckdb"), "filesystem": ("bucket_url", "lake")}
        argument, path = where[destination]
        pipeline = Pipeline("lake", destination, {argument: str(tmp_path / path)}, "shop", tmp_path / "dlt")
        return DltDestination("lake", pipeline, destination)

    return make


@pytest.fixture
def journal(tmp_path):
    with open_state(tmp_path / "state") as state:
        yield Journal(state)


def adds(*records):
    return [
        Add(type="Orders", record=each, id=f"add-{each['id']}", place=f"order {each['id']}")
        for each in records
    ]


def write(connection, journal, changes):
    return list(write_changes(connection, changes, journal, name="test"))


def ids(connection):
    return sorted(row["id"] for page in connection.read(Query(("orders",))) for row in page.records())


def table(tmp_path, statement):
    with duckdb.connect(tmp_path / "lake.duckdb", read_only=True) as database:
        return database.execute(statement).fetchall()


def invoice(number, *amounts):
    lines = [{"Id": str(n), "Amount": each} for n, each in enumerate(amounts, 1)]
    return {"Id": number, "TotalAmt": sum(amounts, Decimal(0)), "Line": lines}


def test_money_stays_exact_though_its_first_value_is_a_whole_number(make, journal, tmp_path):
    write(make(), journal, adds({"id": 7, "total": 5, "lines": [{"qty": 1}]}))
    big = Decimal("12345678901234567890.123456789")
    write(make(), journal, adds({"id": 8, "total": big, "lines": [{"qty": Decimal("0.1")}]}))
    assert table(tmp_path, "select id, total from shop.orders order by id") == [("7", Decimal(5)), ("8", big)]
    assert table(tmp_path, "select qty from shop.orders__lines order by 1") == [
        (Decimal("0.1"),),
        (Decimal(1),),
    ]


@pytest.mark.parametrize("total", [Decimal("0.1234567891"), Decimal("1e30"), 10**30])
def test_a_number_that_would_be_cut_is_refused_and_the_others_are_written(make, journal, total):
    refused, done = write(make(), journal, adds({"id": 1, "part": {"total": total}}, {"id": 2, "total": 1}))
    assert (refused.state, done.state) == ("refused", "done")
    assert isinstance(refused.error, Invalid)
    assert "part.total" in str(refused.error)
    assert ids(make()) == ["2"]


def test_a_text_that_looks_like_a_time_stays_a_text(make, journal):
    write(make(), journal, adds({"id": 1, "at": "2026-01-01T08:00:00+01:00"}, {"id": 2, "at": "soon"}))
    (page,) = make().read(Query(("orders",), order=(("id", False),)))
    assert [each["at"] for each in page.records()] == ["2026-01-01T08:00:00+01:00", "soon"]


def test_what_is_there_is_not_added_again_but_put_in_its_place_and_deleted(make, journal):
    write(make(), journal, adds({"id": 1, "total": 1}))
    (again,) = write(make(), journal, [Add(type="Orders", record={"id": 1}, id="another", place="row 9")])
    assert (again.state, type(again.error).__name__) == ("refused", "AlreadyExists")
    assert "row 9" in str(again.error)
    puts = [Put(type="Orders", record={"id": 1, "total": n}, id=f"put-{n}") for n in (2, 3)]
    assert [each.state for each in write(make(), journal, puts)] == ["done", "done"]
    (page,) = make().read(Query(("orders",)))
    assert [(each["id"], each["total"]) for each in page.records()] == [("1", 3)]
    write(make(), journal, [Delete(type="Orders", record={"id": 1}, id="delete")])
    assert ids(make()) == []


@pytest.mark.parametrize("destination", ["duckdb", "filesystem"])
@pytest.mark.parametrize("step", ["extract", "normalize", "load"])
def test_a_death_in_the_middle_of_a_load_doubles_and_loses_nothing(
    make, journal, monkeypatch, destination, step
):
    write(make(destination), journal, adds({"id": 1}))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(dlt.Pipeline, step, _die)
        write(make(destination), journal, adds({"id": 2}, {"id": 3}))
    assert [each.state for each in write(make(destination), journal, adds({"id": 2}, {"id": 3}))] == [
        "done"
    ] * 2
    assert ids(make(destination)) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "torn",
    ["state.json", "schemas/*", "load/normalized/*/schema.json", "load/normalized/*/new_jobs/orders.*"],
)
def test_what_a_power_loss_tore_on_the_way_is_thrown_away_and_brought_again(
    make, journal, monkeypatch, tmp_path, torn
):
    write(make(), journal, adds({"id": 1}))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(dlt.Pipeline, "load", _die)
        write(make(), journal, adds({"id": 2}))
    (file,) = (tmp_path / "dlt" / "lake_shop").glob(torn)
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(Unreachable, match="damaged and is thrown away"):
        write(make(), journal, adds({"id": 2}))
    assert [each.state for each in write(make(), journal, adds({"id": 2}))] == ["done"]
    assert ids(make()) == ["1", "2"]


def _die(*_arguments, **_named):
    raise Killed


def test_files_take_what_is_added_and_nothing_else(make, journal):
    lake = make("filesystem")
    assert not lake.supports.tables
    changes = [*adds({"id": 1}), Put(type="Orders", record={"id": 1}, id="put")]
    done, refused = write(lake, journal, changes)
    assert (done.state, refused.state) == ("done", "refused")
    assert "neither replaces nor deletes" in str(refused.error)


def test_a_mirror_replaces_parts_with_their_record(make, tmp_path):
    with make().mirror("books:1", REST) as mirror:
        mirror.prepare(["Invoice", "Bill"])
        mirror.put(page_of("Invoice", [invoice("1", Decimal("1.10"), 2), invoice("2", 3)]))
        mirror.mark({"n": 1})
    with make().mirror("books:1", REST) as mirror:
        assert mirror.prepare(["Invoice"]) == {"n": 1}
        mirror.put(page_of("Invoice", [invoice("1", Decimal("1.10"))]))
        mirror.put(page_of("Invoice", [invoice("3", 4)]))
        mirror.gone(Gone("Invoice", ["2"]))
        assert set(mirror.ids("Invoice")) == {"1", "3"}
        mirror.put(page_of("Invoice", [invoice("3")]))
        mirror.mark({"n": 2})
    headers = table(tmp_path, "select id, total_amt from shop.invoice order by id")
    assert headers == [("1", Decimal("1.1")), ("3", Decimal(0))]
    lines = "select invoice_id, position, amount from shop.invoice_line"
    assert table(tmp_path, lines) == [("1", 1, Decimal("1.1"))]
    with make().comparison(REST) as comparison:
        sums = {name: comparison.totals(REST.kept(name), ["total_amt"]) for name in ("Invoice", "Bill")}
    assert sums == {"Invoice": {"total_amt": Decimal("1.1")}, "Bill": {"total_amt": Decimal(0)}}


def test_a_mirror_whose_process_died_goes_on_from_its_cursor(make, monkeypatch, tmp_path):
    def run(*, dies=False):
        with make().mirror("books:1", REST) as mirror:
            cursor = mirror.prepare(["Invoice"])
            if dies:
                monkeypatch.setattr(dlt.Pipeline, "load", _die)
            mirror.put(page_of("Invoice", [invoice("1", 1)]))
            mirror.mark({"n": 1})
        return cursor

    with pytest.raises(Killed):
        run(dies=True)
    monkeypatch.undo()
    assert run() is None  # the cursor never runs ahead
    assert run() == {"n": 1}
    assert table(tmp_path, "select id from shop.invoice") == [("1",)]


def test_a_mirror_ties_out_and_an_error_in_it_is_found(tmp_path):
    lake = '[connection.lake]\nkind = "dlt"\ndestination = "duckdb"\narguments = { credentials = "lake.duckdb" }\n'
    process = '[process.mirror]\nfrom = "books:Invoice"\nto = "lake:"\ndo = "put"\nonly = "changed"\n'
    with (
        running_sandbox("small-shop") as shop,
        Project.read(connected(tmp_path, shop, lake + process)) as opened,
    ):
        assert verify_process(opened, "mirror").verdict.agrees
        with duckdb.connect(tmp_path / "lake.duckdb") as database:
            database.execute("update tieout.invoice_line set amount = amount + 0.01 where invoice_id = '1'")
        verdict = verify_process(opened, "mirror").verdict
        assert [each.type for each in verdict.agreements if not each.agrees] == ["Invoice"]


@pytest.mark.parametrize(("extra", "cursor"), [("Newest", None), ("DocNumber", {"n": 1})])
def test_with_a_newer_catalog_what_waits_in_extra_is_read_again(make, tmp_path, extra, cursor):
    with make().mirror("books:1", REST) as mirror:
        mirror.prepare(["Invoice"])
        mirror.put(page_of("Invoice", [{**invoice("1", 5), extra: "x"}]))
        mirror.mark({"n": 1})
    with duckdb.connect(tmp_path / "lake.duckdb") as database:
        database.execute("update shop._tieout_mirror set catalog = 'older'")
    with make().mirror("books:1", REST) as mirror:
        assert mirror.prepare(["Invoice"]) == cursor


def test_another_companys_mirror_is_left_alone(make):
    with make().mirror("books:1", REST) as mirror:
        mirror.prepare(["Invoice"])
        mirror.mark({})
    with (
        pytest.raises(SetupError, match="holds a mirror of books:1, not of books:2"),
        make().mirror("books:2", REST) as mirror,
    ):
        mirror.prepare(["Invoice"])


def test_what_a_destination_never_takes_is_said_and_lies_in_nobodys_way(make, journal):
    lake = make()
    write(lake, journal, adds({"id": 1, "note": "x"}))
    with pytest.raises(NotTaken, match=r"lake does not take it: .*NOT NULL"):
        lake._pipeline.load([Load("orders", [{"note": "no id"}], "merge", key=["id"])])
    write(lake, journal, adds({"id": 3}))
    assert ids(lake) == ["1", "3"]


# ---- from the project file

SOURCES = """
import dlt

@dlt.source
def shop(city: str, first: int = 1):
    @dlt.resource(primary_key="id")
    def orders():
        yield [{"id": n, "city": city, "total": 0.1 + n} for n in (first, first + 1)]

    @dlt.resource
    def broken():
        yield {"id": 1}
        raise {failure}

    return orders, broken

def nothing():
    return 7
"""


@pytest.fixture
def project(tmp_path):
    def project(text, failure='ValueError("the end")'):
        (tmp_path / "dlt_test_sources.py").write_text(SOURCES.replace("{failure}", failure))
        (tmp_path / "tieout.toml").write_text(text)
        sys.modules.pop("dlt_test_sources", None)
        return Project.read(tmp_path / "tieout.toml", {})

    return project


SHOP = """[connection.shop]
kind = "dlt"
source = "dlt_test_sources:shop"
arguments = { city = "0123", first = "7" }
"""


def test_a_source_into_a_destination_by_a_process(project, tmp_path):
    lake = '[connection.lake]\nkind = "dlt"\ndestination = "duckdb"\narguments = { credentials = "lake.duckdb" }\n'
    flow = '[process.p]\nfrom = "shop:orders"\nto = "lake:Order"\nkey = "id"\n'
    with project(SHOP + lake + flow) as opened:
        for done in (2, 0):
            assert run_flow(opened, "p").counts["done"] == done
    rows = table(
        tmp_path, "select id, city, total from tieout.order order by id".replace("order o", '"order" o')
    )
    assert rows == [("7", "0123", Decimal("7.1")), ("8", "0123", Decimal("8.1"))]


@pytest.mark.parametrize(
    ("failure", "kind", "complaint"),
    [
        ('ValueError("the end")', "RemoteProtocolError", "broken fails after 1 records: .*the end"),
        ('ConnectionError("no route")', "Unreachable", "broken fails after 1 records: .*no route"),
    ],
)
def test_a_source_that_fails_half_way_never_looks_like_its_end(project, failure, kind, complaint):
    with (
        project(SHOP, failure).connection("shop") as shop,
        pytest.raises(Exception, match=complaint) as raised,
    ):
        list(shop.read(Query(("broken",))))
    assert type(raised.value).__name__ == kind


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("", "either a source or a destination"),
        ('source = "a:b"\ndestination = "duckdb"', "either a source or a destination"),
        ('source = "shop"', "names no function"),
        ('source = "dlt_no_such:shop"', "no module dlt_no_such"),
        ('source = "dlt_test_sources:shopp"', "Did you mean shop"),
        ('source = "dlt_test_sources:shop"\narguments = { town = "x" }', "no argument 'town'"),
        ('source = "dlt_test_sources:shop"', "missing a required argument: 'city'"),
        ('source = "dlt_test_sources:nothing"', "no source and no resource"),
        ('destination = "duckdbb"', "cannot use dlt's destination duckdbb"),
    ],
)
def test_what_is_wrong_with_a_connection_is_told(project, lines, complaint):
    with pytest.raises(SetupError, match=complaint):
        project(f'[connection.x]\nkind = "dlt"\n{lines}\n').connection("x").check()


def test_a_destination_that_is_away_is_tried_again_later(project, tmp_path):
    (tmp_path / "lake.duckdb").mkdir()
    lake = '[connection.lake]\nkind = "dlt"\ndestination = "duckdb"\narguments = { credentials = "lake.duckdb" }\n'
    with project(lake) as opened, opened.connection("lake") as connection:
        with pytest.raises((Unreachable, SetupError, NotTaken)) as raised:
            write(connection, opened.journal, adds({"id": 1}))
        assert "lake" in str(raised.value)


def test_without_the_extra_its_name_is_told(project, monkeypatch):
    monkeypatch.delitem(sys.modules, "tieout.connections.dlt.pipeline")
    monkeypatch.setitem(sys.modules, "dlt", None)
    with pytest.raises(SetupError, match="not installed") as raised:
        project(SHOP).connection("shop")
    assert "tieout[dlt]" in raised.value.advice


def test_telemetry_is_off_and_nobody_else_imports_dlt(make):
    make().check()
    assert active().runtime_config.dlthub_telemetry is False
    text = "import sys, tieout.cli, tieout.project.openers; sys.exit('dlt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", text]).returncode == 0
