"""Connections to other systems, from the project file to their records."""

import sqlite3

import pytest
from tests.cli.writers import typed
from tests.connections.http.shop import running_shop

from tieout.errors import SetupError, Unauthorized
from tieout.operations import Query
from tieout.project import Project


def project(tmp_path, text):
    file = tmp_path / "tieout.toml"
    file.write_text(text)
    return Project.read(file, {})


def test_a_database_beside_the_project_file(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("create table orders (id integer primary key)")
        database.execute("insert into orders values (7)")
    database.close()
    found = project(tmp_path, '[connection.shop]\nkind = "sql"\nurl = "sqlite:///shop.db"\n')
    with found.connection("shop") as shop:
        assert [page.records() for page in shop.read(Query(("orders",)))] == [[{"id": 7}]]
    address = found.address("shop:select id from orders where id > :least")
    with found.connection("shop") as shop:
        assert not list(shop.read(address.query({"least": 7})))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('url = "shop"', "no address of a database"),
        ('url = "sqlite:///x"\nzone = "Berlin"', "'Berlin' is no time zone"),
        ('url = "sqlite:///x"\nmarks = "a b"', "no name for a table"),
        ('url = "sqlite:///x"\npassword = "x"', "a secret does not belong in this file"),
    ],
)
def test_a_mistake_names_its_line(tmp_path, line, complaint):
    with pytest.raises(SetupError, match=complaint):
        project(tmp_path, f'[connection.shop]\nkind = "sql"\n{line}\n')


def test_a_folder_beside_the_project_file(tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "orders-1.csv").write_text("id\n7\n")
    found = project(tmp_path, '[connection.inbox]\nkind = "files"\npath = "inbox"\nquiet_seconds = 0\n')
    with found.connection("inbox") as inbox:
        pages = list(inbox.read(found.address("inbox:orders-*.csv").query()))
        assert [page.records() for page in pages] == [[{"id": "7"}]]


def test_an_archive_is_inside_the_folder(tmp_path):
    with pytest.raises(SetupError, match="no folder inside the folder"):
        project(tmp_path, '[connection.inbox]\nkind = "files"\npath = "inbox"\narchive = "../x"\n')


def test_a_service_whose_secret_is_in_the_vault(tmp_path, monkeypatch):
    with running_shop(wants="Basic YW5uOnB3") as shop:
        lines = f'[connection.shop]\nkind = "http"\nbase_url = "{shop.url}"\npaths = ["orders=/orders"]\n'
        found = project(tmp_path, lines + 'auth = "basic"\nuser = "ann"\n')
        with pytest.raises(Unauthorized, match="no password for shop"):
            found.connection("shop")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TIEOUT_PASSWORD", "pw")
        assert typed("connect", "shop").exit_code == 0
        assert b"pw" not in (tmp_path / "tieout.toml").read_bytes()
        with found.connection("shop") as opened:
            assert opened.count("orders") == 3


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('base_url = "http://shop.example"', "in the clear"),
        ('base_url = "https://shop.example"\npaths = ["orders"]', "no type with its path"),
    ],
)
def test_a_mistake_in_a_service_names_its_line(tmp_path, line, complaint):
    with pytest.raises(SetupError, match=complaint):
        project(tmp_path, f'[connection.shop]\nkind = "http"\n{line}\n')


def test_settings_that_need_others_say_so(tmp_path):
    lines = '[connection.shop]\nkind = "http"\nbase_url = "https://shop.example"\npaging = "cursor"\n'
    with pytest.raises(
        SetupError, match=r'line 1: .*page_parameter is missing, and paging = "cursor" needs it'
    ):
        project(tmp_path, lines)
