"""A shop outgrows its machine: what tieout remembers goes to Postgres, and back, and no order is written twice."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager

import pytest
from tests.state.processes import standing

from tieout.state.postgres import PostgresState
from tieout.state.vault import KEY_VARIABLE


def numbers(shop):
    found = [str(s.record.get("DocNumber", "")) for s in shop.sandbox.company.books.store("Invoice")]
    return sorted(number for number in found if number.startswith("W"))


@pytest.fixture
def in_postgres(shop, postgres_url):
    """The shop with an order that was brought over, and a project file that names Postgres since."""
    shop.process()
    shop.order("1001")
    shop.run()
    shop.file.write_text(f'state = "{postgres_url}"\n{shop.file.read_text()}')
    return shop


def test_what_a_file_remembers_goes_to_postgres_and_nothing_is_written_twice(in_postgres):
    shop = in_postgres
    shop.order("1002")
    left = shop.tieout("run", "orders")
    assert left.exit_code == 2
    assert "would be carried over again" in left.stderr
    assert "`tieout state move`" in left.stderr
    assert numbers(shop) == ["W1001"], "nothing was written"
    moved = call_state(shop, "move", "--format", "json")
    assert moved.exit_code == 0, moved.stderr
    rows = {each["table"]: each["rows"] for each in json.loads(moved.stdout)}
    assert rows["links"] == rows["process_documents"] == 1
    folder = shop.folder / ".tieout"
    assert not (folder / "state.db").exists()
    assert (folder / "state.db.moved").exists()
    assert not (folder / "vault.db").exists(), "sign-ins go along"
    assert "2 in, 1 out, 1 brought over before." in shop.run()
    assert numbers(shop) == ["W1001", "W1002"]
    again = call_state(shop, "move")
    assert again.exit_code == 2
    assert "was moved before" in again.stderr


def test_it_comes_back_into_the_file(in_postgres):
    shop = in_postgres
    with_state = shop.file.read_text()
    assert call_state(shop, "move").exit_code == 0
    shop.order("1002")
    shop.run()
    without = with_state.partition("\n")[2]
    shop.file.write_text(without)
    refused = shop.tieout("run", "orders")
    assert refused.exit_code == 2
    assert "state move --back" in refused.stderr
    shop.file.write_text(with_state)
    back = call_state(shop, "move", "--back")
    assert back.exit_code == 0, back.stderr
    assert "goes on there" in shop.tieout("run", "orders").stderr
    shop.file.write_text(without)
    assert "2 in, 0 out, 2 brought over before." in shop.run()
    assert numbers(shop) == ["W1001", "W1002"]


def test_it_does_not_come_back_into_a_file_that_has_a_memory_too(in_postgres):
    shop = in_postgres
    with_state = shop.file.read_text()
    assert call_state(shop, "move").exit_code == 0
    (shop.folder / ".tieout" / "state.db.moved").unlink()
    shop.file.write_text(with_state.partition("\n")[2])
    assert shop.tieout("pause", "orders").exit_code == 0
    shop.file.write_text(with_state)
    refused = call_state(shop, "move", "--back")
    assert refused.exit_code == 2
    assert "Move that file away" in refused.stderr


def test_sign_ins_that_cannot_go_along_do_not_keep_the_rest(in_postgres, monkeypatch):
    shop = in_postgres
    monkeypatch.setenv(KEY_VARIABLE, "no key")
    told = call_state(shop, "move")
    assert told.exit_code == 2
    assert "is needed no more" in told.stderr
    assert "holds no key" in told.stderr
    monkeypatch.delenv(KEY_VARIABLE)
    assert "1 in, 0 out, 1 brought over before." in shop.run()


def test_a_file_may_be_set_aside(in_postgres, postgres_url):
    shop = in_postgres
    shop.database.execute("delete from orders")
    shop.order("1002")
    with PostgresState(postgres_url):  # other machines go on
        told = call_state(shop, "set-aside")
    assert told.exit_code == 0
    assert "does without" in told.stderr
    assert "1 in, 1 out." in shop.run()


def test_nothing_is_moved_while_a_server_works_on_the_file(in_postgres):
    shop = in_postgres
    with_state = shop.file.read_text()
    shop.file.write_text(with_state.partition("\n")[2])
    with served(shop):
        shop.file.write_text(with_state)
        refuses_to_move(shop)
    assert call_state(shop, "move").exit_code == 0


def test_nothing_is_moved_back_while_a_server_works_on_postgres(in_postgres):
    shop = in_postgres
    assert call_state(shop, "move").exit_code == 0
    with served(shop):
        refuses_to_move(shop, "--back")
    assert "1 in, 0 out, 1 brought over before." in shop.run()


def refuses_to_move(shop, *words):
    refused = call_state(shop, "move", *words)
    assert refused.exit_code == 3
    assert "Somebody is at work, and nothing was moved" in refused.stderr
    assert "Stop `tieout serve`" in refused.stderr


KILLED = """
    import sys
    from pathlib import Path
    from tieout.project import Project, moving_state
    from tieout.state.watermarks import Watermarks

    def stand(*_):
        print("ready", flush=True)
        sys.stdin.read()

    tell = Watermarks.set
    def stood(self, key, cursor):
        if key == sys.argv[2]:
            stand()
        tell(self, key, cursor)

    Watermarks.set = stood
    if sys.argv[2] == "rename":
        moving_state._renamed = stand
    with Project.read(Path(sys.argv[1])) as project:
        moving_state.move_to_postgres(project)
"""


@pytest.mark.parametrize("moment", ["state moved here", "state moved to", "rename"])
def test_killed_at_any_moment_it_is_moved_by_the_next(moment, in_postgres, postgres_url):
    """All rows are copied; they are committed; the file says so, and has its old name."""
    shop = in_postgres
    with standing(KILLED, shop.file, moment) as mover:
        mover.kill()
        mover.wait()
    # Once the server has noticed.
    with PostgresState(postgres_url, alone=True, wait=60) as postgres, postgres.transaction():
        assert len(list(postgres.all_rows("links", ["key"]))) == (moment != "state moved here")
    if moment == "rename":
        assert "1 in, 0 out, 1 brought over before." in shop.run()
    else:
        assert "would be carried over again" in shop.tieout("run", "orders").stderr
    assert numbers(shop) == ["W1001"]
    again = call_state(shop, "move")
    assert again.exit_code == 0, again.stderr
    assert ("had come to" in again.stderr) == (moment != "state moved here")
    assert (shop.folder / ".tieout" / "state.db.moved").exists()
    assert "1 in, 0 out, 1 brought over before." in shop.run()
    assert numbers(shop) == ["W1001"]


def test_what_cannot_be_moved_says_why(shop, postgres_url):
    nowhere = call_state(shop, "move")
    assert nowhere.exit_code == 2
    assert "names no Postgres" in nowhere.stderr
    shop.file.write_text(f'state = "{postgres_url}"\n{shop.file.read_text()}')
    (shop.folder / ".tieout" / "state.db").unlink()
    absent = call_state(shop, "move")
    assert absent.exit_code == 2
    assert "There is no" in absent.stderr


def call_state(shop, *words):
    return shop.tieout("state", *words)


@contextmanager
def served(shop):
    """`tieout serve` of the project, once it answers."""
    words = [sys.executable, "-m", "tieout", "serve", "--port", "0", "--project", str(shop.file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert "tieout answers at" in server.stdout.readline()
            yield
        finally:
            server.terminate()
            assert server.wait(60) == 0
