"""Changes without an answer are counted for every kind of connection, without talking to QuickBooks."""

import pytest

from tieout.operations import Add, Outcome
from tieout.project import Project
from tieout.project.unknown_counts import unknown_counts

FILE = """
[connection.online]
kind = "online"
company = "4620816365"
client_id = "x"

[connection.larch]
kind = "desktop"
company_file = 'C:\\Books\\larch.qbw'

[connection.open]
kind = "desktop"

[connection.afar]
kind = "web-connector"
user = "larch-4f1c09"

[connection.legacy]
kind = "online-legacy"
company = "1234"
application_login = "app.example.com"
application_id = "99"

[connection.many]
kind = "online"
company = "{realm}"
client_id = "x"

[connection.w]
kind = "duckdb"
path = "w.duckdb"
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "tieout.toml").write_text(FILE)
    with Project.read(tmp_path / "tieout.toml", {}) as opened:
        yield opened


def leave_unknown(project, identity, count):
    run = project.journal.begin(identity, "test")
    run.note(
        [Outcome(change=Add(type="Customer", record={}, id=f"{n}"), state="unknown") for n in range(count)]
    )
    run.end()


def test_nothing_is_unknown(project):
    counted, others = unknown_counts(project)
    assert counted == dict.fromkeys(("online", "larch", "open", "afar", "legacy"), 0)
    assert others == {}


def test_each_connection_has_its_own_count_and_that_of_the_open_file_depends(project):
    for number, name in enumerate(("online", "afar", "legacy"), 1):
        with project.connection(name) as connection:
            leave_unknown(project, connection.identity, number)
    assert unknown_counts(project)[0]["open"] == 0  # whichever file is open, none has any
    with project.connection("larch") as connection:
        leave_unknown(project, connection.identity, 4)
    leave_unknown(project, "online:4711@https://example.com", 5)
    counted, others = unknown_counts(project)
    assert counted == {"online": 1, "afar": 2, "legacy": 3, "larch": 4, "open": None}
    assert others == {"online:4711@https://example.com": 5}
