from datetime import UTC, datetime
from pathlib import Path

import pytest

from tieout.errors import SetupError
from tieout.project import KINDS, Address, Project
from tieout.project.openers import OPENERS

TEXT = """
[connection.books]
kind = "online"
company = "1"
client_id = "ABc"

[connection.scratch]
kind = "memory"

[process.mirror]
from = "books:*"
to = "scratch:"
do = "put"
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "tieout.toml").write_text(TEXT)
    with Project.read(tmp_path / "tieout.toml", {}) as project:
        yield project


def test_every_kind_has_an_opener():
    assert set(OPENERS) == set(KINDS.values())


def test_an_address_is_checked_against_the_file_and_the_catalog(project):
    assert project.address("books:Invoice") == Address("books", "Invoice")
    assert project.address("scratch:anything") == Address("scratch", "anything")
    with pytest.raises(SetupError, match="Did you mean scratch"):
        project.address("scrach:Invoice")
    with pytest.raises(SetupError, match="Did you mean Invoice"):
        project.address("books:Invoices")


def test_unknown_names_are_told_the_nearest(project):
    with pytest.raises(SetupError, match="Did you mean books") as refused:
        project.connection("book")
    assert "books, scratch" in refused.value.advice
    with pytest.raises(SetupError, match="Did you mean mirror"):
        project.process("miror")
    assert project.process("mirror") is project.processes["mirror"]


def test_paths_are_beside_the_project_file(project, tmp_path):
    assert project.beside("warehouse.duckdb") == tmp_path / "warehouse.duckdb"
    assert project.beside(str(tmp_path / "elsewhere")) == tmp_path / "elsewhere"
    assert project.beside("~/w.duckdb") == Path.home() / "w.duckdb"


def test_reading_a_project_leaves_no_trace(project, tmp_path):
    assert [path.name for path in tmp_path.iterdir()] == ["tieout.toml"]


def test_memory_is_in_the_folder_beside_the_file(project, tmp_path):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    project.meter.add("books", 2, now)
    project.vault.write("online:1@x", {"access_token": "a"})
    project.close()
    assert project.meter.month("books", now) == 2
    assert project.vault.identities() == ["online:1@x"]
    assert (tmp_path / ".tieout" / "state.db").is_file()


def test_a_project_shows_no_environment(tmp_path):
    (tmp_path / "tieout.toml").write_text("")
    assert "hush" not in repr(Project.read(tmp_path / "tieout.toml", {"SECRET": "hush"}))


def test_a_duckdb_file_opens_beside_the_project_file(tmp_path):
    (tmp_path / "tieout.toml").write_text('[connection.warehouse]\nkind = "duckdb"\npath = "w.duckdb"\n')
    with Project.read(tmp_path / "tieout.toml", {}) as project, project.connection("warehouse") as warehouse:
        assert warehouse.name == "warehouse"
        assert warehouse.path == tmp_path / "w.duckdb"
