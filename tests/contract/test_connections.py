"""The contract that every connection keeps, held to each kind."""

from decimal import Decimal

import duckdb
import pytest
import sqlalchemy
from tests.connections.http.shop import running_shop

import tieout
from tieout.connections.dlt.destination import DltDestination
from tieout.connections.dlt.pipeline import Load, Pipeline
from tieout.connections.dlt.source import DltSource
from tieout.connections.duckdb.connection import DuckDBConnection
from tieout.connections.duckdb.parquet_tables import ParquetTables
from tieout.connections.files.connection import FilesConnection
from tieout.connections.files.folder import LocalFolder
from tieout.connections.files.formats import Format
from tieout.connections.files.remote_folder import RemoteFolder
from tieout.connections.http.connection import HttpConnection
from tieout.connections.http.listener import ListeningConnection
from tieout.connections.http.service import Service
from tieout.connections.http.sign_in import Header
from tieout.connections.memory import MemoryConnection, page_of
from tieout.connections.sql.connection import SqlConnection
from tieout.protocols.rest_layout import REST
from tieout.state.arrivals import Arrival, Arrivals
from tieout.state.database import open_state
from tieout.testing import ConnectionContract, MirrorContract, WriteContract, sandbox

CUSTOMERS = [{"Id": str(n), "SyncToken": "0", "DisplayName": f"Ann {n}", "Balance": n} for n in range(1, 5)]


def filled(connection):
    """A connection that holds a few customers."""
    with connection.mirror("contract:1", REST) as writer:
        writer.prepare(["Customer"])
        writer.put(page_of("Customer", CUSTOMERS))
        writer.mark({})
    return connection


class TestOnline(ConnectionContract):
    type = "Customer"

    @pytest.fixture
    def connection(self):
        with sandbox("empty") as running, tieout.connect(sandbox=running.base_url) as books:
            for customer in CUSTOMERS:
                running.company.create("Customer", {"DisplayName": customer["DisplayName"]})
            yield books.connection


class TestMemory(ConnectionContract, MirrorContract, WriteContract):
    type = "Customer"

    def new(self, number):
        return {"Id": f"new-{number}"}

    @pytest.fixture
    def destination(self):
        return MemoryConnection("records")

    @pytest.fixture
    def connection(self, destination):
        return filled(destination)


class TestDuckDBTables(ConnectionContract, WriteContract):
    type = "orders"

    @pytest.fixture
    def connection(self, tmp_path):
        path = tmp_path / "shop.duckdb"
        with duckdb.connect(path) as database:
            database.execute("create table orders (id varchar primary key, total decimal(19, 2))")
            database.execute("insert into orders values ('a', 12.10), ('b', null), ('c', 0.30)")
        return DuckDBConnection("shop", path)


class TestDuckDB(ConnectionContract, MirrorContract):
    type = "customer"

    @pytest.fixture
    def destination(self, tmp_path):
        return DuckDBConnection("warehouse", tmp_path / "warehouse.duckdb")

    @pytest.fixture
    def connection(self, destination):
        return filled(destination)


class TestSql(ConnectionContract, WriteContract):
    type = "orders"

    @pytest.fixture(params=["sqlite", "postgres"])
    def connection(self, request, tmp_path):
        url = f"sqlite:///{tmp_path}/shop.db"
        if request.param == "postgres":
            url = request.getfixturevalue("postgres_url").replace("postgresql:", "postgresql+psycopg:")
        engine = sqlalchemy.create_engine(url)
        with engine.begin() as database:
            database.exec_driver_sql("create table orders (id varchar(40) primary key, total numeric(19, 2))")
            database.exec_driver_sql("insert into orders values ('a', 12.10), ('b', null), ('c', 0.3)")
        engine.dispose()
        with SqlConnection("shop", url) as opened:
            yield opened


class TestSqlMirror(MirrorContract):
    @pytest.fixture(params=["sqlite", "postgres"])
    def destination(self, request, tmp_path):
        sqlite = request.param == "sqlite"
        url = f"sqlite:///{tmp_path}/w.db" if sqlite else request.getfixturevalue("postgres_url")
        with SqlConnection("warehouse", url) as opened:
            yield opened


class TestParquetMirror(MirrorContract):
    @pytest.fixture
    def destination(self, tmp_path):
        folder = LocalFolder(tmp_path / "mirror")
        return FilesConnection("files", folder, Format("parquet"), tables=ParquetTables(folder))


class TestFiles(ConnectionContract, WriteContract):
    type = "orders"

    @pytest.fixture(params=["csv", "json", "jsonl", "xml", "xlsx", "parquet"])
    def connection(self, request, tmp_path):
        form = Format(request.param)
        rows = [{"id": each, "total": Decimal("12.10")} for each in "abc"]
        (tmp_path / f"orders.{request.param}").write_bytes(
            form.write(rows, "orders", f"orders.{request.param}")
        )
        return FilesConnection("inbox", LocalFolder(tmp_path), form)


class TestFilesElsewhere(ConnectionContract, WriteContract):
    type = "orders"

    @pytest.fixture
    def connection(self, tmp_path):
        folder = RemoteFolder(f"memory:/{tmp_path}")
        folder.replace("orders.csv", b"id,total\na,12.10\nb,\nc,0.30\n")
        return FilesConnection("inbox", folder)


class TestHttp(ConnectionContract, WriteContract):
    type = "orders"

    @pytest.fixture
    def connection(self):
        with (
            running_shop() as shop,
            HttpConnection("shop", Service(shop.url, Header()), {"orders": "/orders"}) as opened,
        ):
            yield opened


class TestListener(ConnectionContract):
    type = "orders"

    @pytest.fixture
    def connection(self, tmp_path):
        with open_state(tmp_path) as state:
            arrivals = Arrivals(state, "shop")
            rows = [Arrival(each, each, f'{{"id": "{each}", "total": 12.10}}') for each in "abc"]
            arrivals.keep("orders", rows)
            yield ListeningConnection("shop", ["orders", "refunds"], arrivals)


class TestDltSource(ConnectionContract):
    type = "orders"

    @pytest.fixture
    def connection(self):
        import dlt

        rows = [{"id": each, "total": 12.1} for each in "abc"]
        return DltSource("shop", lambda: dlt.resource(rows, name="orders"), "shop:orders")


class TestDltDestination(ConnectionContract, WriteContract):
    type = "orders"

    @pytest.fixture
    def connection(self, tmp_path):
        opened = DltDestination("lake", lake(tmp_path), "duckdb")
        opened._pipeline.load(
            [Load("orders", [{"id": each, "total": Decimal("12.10")} for each in "abc"], "append")]
        )
        return opened


class TestDltFiles(WriteContract):
    type = "orders"
    verbs = frozenset(("add",))

    @pytest.fixture
    def connection(self, tmp_path):
        opened = DltDestination(
            "lake",
            Pipeline("lake", "filesystem", {"bucket_url": str(tmp_path / "lake")}, "shop", tmp_path),
            "filesystem",
        )
        opened._pipeline.load([Load("orders", [{"id": "a"}], "append")])
        return opened


class TestDltMirror(MirrorContract):
    @pytest.fixture
    def destination(self, tmp_path):
        return DltDestination("lake", lake(tmp_path), "duckdb")


def lake(folder):
    return Pipeline("lake", "duckdb", {"credentials": str(folder / "lake.duckdb")}, "shop", folder / "dlt")
