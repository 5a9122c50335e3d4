import pytest
from tests.cli.conftest import call

from tieout.errors import SetupError
from tieout.project import Project, write_connection

FILE = """
[connection.shop]
kind = "duckdb"
path = "test.duckdb"
schema = "shop"

[connection.books]
kind = "memory"

[process.mirror]
from = "books:*"
to = "shop:"
do = "put"

[environment.production]
documents = "keep"

[environment.production.connection.shop]
path = "${DATA}/real.duckdb"

[environment.production.process.mirror]
every = "5 minutes"

[environment.trial.connection.shop]
pth = "x"
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tieout.toml"
    path.write_text(FILE)
    return path


def test_what_an_environment_says_lies_over_the_rest(file):
    plain = Project.read(file, {})
    real = Project.read(file, {"TIEOUT_ENV": "production", "DATA": "/data"})
    assert plain.connections["shop"].path == "test.duckdb"
    assert (real.connections["shop"].path, real.connections["shop"].schema) == ("/data/real.duckdb", "shop")
    assert (plain.whole.documents, real.whole.documents) == ("purge", "keep")
    assert (plain.processes["mirror"].every, real.processes["mirror"].every) == ("", "5 minutes")
    with plain, real:
        real.process_log("mirror").move(last_success="2026-01-01T00:00:00+00:00")
        assert plain.process_log("mirror").mark == {}


@pytest.mark.parametrize(
    ("old", "new", "environ", "complaint"),
    [
        ("", "", {"TIEOUT_ENV": "prodction"}, "has no environment 'prodction'. Did you mean production?"),
        (
            "",
            "",
            {"TIEOUT_ENV": "trial"},
            r"line 25: \[environment.trial.connection.shop\] pth: there is no such setting. Did you mean path",
        ),
        (
            "",
            "",
            {"TIEOUT_ENV": "production"},
            r"line 19: \[environment.production.connection.shop\] path: the environment has no variable DATA",
        ),
        (
            "production.process",
            "production.proces",
            {},
            r"line 21: \[environment.production.proces\]: there is no such table. Did you mean process",
        ),
        ("[environment.production]", "[environment]", {}, "an environment needs a name"),
    ],
)
def test_a_mistake_is_named_where_it_stands(file, old, new, environ, complaint):
    file.write_text(FILE.replace(old, new, 1))
    with pytest.raises(SetupError, match=complaint):
        Project.read(file, environ).refuse_unset()


def test_a_connection_is_written_into_the_environment_that_is_meant(file):
    write_connection(
        file, "shop", {"kind": "duckdb", "path": "new.duckdb", "schema": "shop"}, {"TIEOUT_ENV": "production"}
    )
    write_connection(file, "other", {"kind": "memory"}, {"TIEOUT_ENV": "test"})
    assert Project.read(file, {}).connections["shop"].path == "test.duckdb"
    assert Project.read(file, {"TIEOUT_ENV": "production"}).connections["shop"].path == "new.duckdb"
    assert "other" in Project.read(file, {"TIEOUT_ENV": "test"}).connections
    assert '[environment.production.connection.shop]\npath = "new.duckdb"\n' in file.read_text()


def test_the_command_line_means_an_environment_for_one_command(file, monkeypatch):
    monkeypatch.setenv("DATA", "/nowhere")
    assert "/nowhere" in call("--env", "production", "check", "--project", file).stdout
    assert "/nowhere" not in call("check", "--project", file).stdout
    assert "no environment 'x'" in call("--env", "x", "check", "--project", file).stderr
