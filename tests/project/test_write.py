import os
import stat

import pytest

from tieout.errors import SetupError
from tieout.project import Project, write_connection

BEFORE = """\
# The shop's project.
[connection.books]   # the books
kind = "online"      # Intuit's
company = "1"        # the old company
country = "US"
client_id = "${CLIENT}"

[process.mirror]
from = "books:*"     # everything
to = "warehouse:"
do = "put"

[connection.warehouse]
kind = "duckdb"
path = "${WAREHOUSE}"
"""
ONLINE = {"kind": "online", "company": "22", "client_id": "${CLIENT}"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tieout.toml"


def test_the_first_connection_makes_the_file(path):
    write_connection(path, "books", ONLINE)
    assert (
        path.read_text() == '[connection.books]\nkind = "online"\ncompany = "22"\nclient_id = "${CLIENT}"\n'
    )


def test_a_new_connection_is_added_and_the_rest_stays_as_it_is(path):
    path.write_text(BEFORE)
    write_connection(path, "sandbox", {**ONLINE, "minor_version": 75, "base_url": None})
    added = '\n[connection.sandbox]\nkind = "online"\ncompany = "22"\nclient_id = "${CLIENT}"\nminor_version = 75\n'
    assert path.read_text() == BEFORE + added


def test_a_connection_is_brought_up_to_date_with_its_comments(path):
    path.write_text(BEFORE)
    write_connection(path, "books", {**ONLINE, "requests_at_once": 4})
    expected = BEFORE.replace('"1" ', '"22" ').replace('country = "US"\n', "")
    expected = expected.replace('"${CLIENT}"\n', '"${CLIENT}"\nrequests_at_once = 4\n', 1)
    assert path.read_text() == expected


def test_a_connection_may_change_its_kind(path):
    path.write_text(BEFORE)
    write_connection(path, "warehouse", {"kind": "memory"})
    assert path.read_text() == BEFORE.replace('kind = "duckdb"\npath = "${WAREHOUSE}"\n', 'kind = "memory"\n')


@pytest.mark.parametrize(
    ("name", "settings", "complaint"),
    [
        ("books", {"kind": "online"}, "company is missing"),
        ("books", {**ONLINE, "company": "mine"}, "no company number"),
        ("books", {**ONLINE, "client_secret": "hush"}, "a secret does not belong"),
        ("books", {**ONLINE, "compny": "1"}, "Did you mean company"),
        ("warehouse", {"kind": "duckdb", "path": 3}, "3 is not text"),
        ("new connection", {"kind": "memory"}, "is no name"),
    ],
)
def test_a_mistake_is_not_written(path, name, settings, complaint):
    path.write_text(BEFORE)
    with pytest.raises(SetupError, match=complaint):
        write_connection(path, name, settings)
    assert path.read_text() == BEFORE
    assert os.listdir(path.parent) == ["tieout.toml"]


def test_a_file_with_mistakes_is_not_made_worse(path):
    path.write_text("[connection.books\n")
    with pytest.raises(SetupError, match="is not TOML"):
        write_connection(path, "books", ONLINE)
    assert path.read_text() == "[connection.books\n"


def test_an_inline_table_that_cannot_grow_is_left_alone(path):
    path.write_text('connection = { books = { kind = "memory" } }\n')
    with pytest.raises(SetupError, match="is not TOML"):
        write_connection(path, "other", {"kind": "memory"})
    assert Project.read(path, {}).connections.keys() == {"books"}


def test_line_ends_of_windows_stay(path):
    path.write_bytes(BEFORE.replace("\n", "\r\n").encode())
    write_connection(path, "books", {**ONLINE, "country": "US"})
    assert path.read_bytes() == BEFORE.replace('"1" ', '"22" ').replace("\n", "\r\n").encode()
    assert Project.read(path, {"CLIENT": "c", "WAREHOUSE": "w"}).connections["books"].company == "22"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_permissions_stay_and_a_link_stays_a_link(path, tmp_path):
    real = tmp_path / "real.toml"
    real.write_text(BEFORE)
    real.chmod(0o640)
    path.symlink_to(real)
    write_connection(path, "new", {"kind": "memory"})
    assert path.is_symlink()
    assert "[connection.new]" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
