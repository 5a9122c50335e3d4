"""Files on an SFTP server, over its wire: read, written whole, archived; and a wrong password."""

from __future__ import annotations

import asyncssh
import pytest

from tieout.connections.files.connection import FilesConnection
from tieout.connections.files.remote_folder import RemoteFolder
from tieout.errors import SetupError, Unauthorized, Unreachable
from tieout.operations import Add, Query
from tieout.processes.write import write_changes
from tieout.state.database import open_state
from tieout.state.journal import Journal
from tieout.testing.contract import ConnectionContract, WriteContract

from .sftp_server import PASSWORD, sftp_server


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with sftp_server(folder) as address:
        yield folder, address


@pytest.fixture
def inbox(served, request):
    """A folder of its own on the server, and its address."""
    folder, address = served
    name = request.node.name.translate(dict.fromkeys(map(ord, "[]/"), "-"))
    (folder / name).mkdir()
    return folder / name, f"{address}/{name}"


class TestFilesOnAServer(ConnectionContract, WriteContract):
    type = "orders"

    @pytest.fixture
    def connection(self, inbox):
        folder, address = inbox
        (folder / "orders.csv").write_text("id,total\na,12.10\nb,\nc,0.30\n")
        with FilesConnection("inbox", RemoteFolder(address, PASSWORD)) as opened:
            yield opened


def test_what_was_dealt_with_goes_to_the_archive_and_a_file_is_replaced_whole(inbox, tmp_path):
    folder, address = inbox
    (folder / "orders.csv").write_text("id,total\na,1\n")
    connection = FilesConnection("inbox", RemoteFolder(address, PASSWORD), after="archive")
    query = Query(("orders",))
    assert [len(page) for page in connection.read(query)] == [1]
    connection.dealt_with(query)
    assert [each.name.partition("-")[2] for each in (folder / "archive").iterdir()] == ["orders.csv"]
    with open_state(tmp_path / "state") as state:
        change = Add(type="orders", record={"id": "b", "total": "2"}, id="add-b")
        (folder / "orders.csv").write_text("id,total\na,1\n")
        assert [each.state for each in write_changes(connection, [change], Journal(state), name="t")] == [
            "done"
        ]
    assert (folder / "orders.csv").read_text().split() == ["id,total", "a,1", "b,2"]
    assert [each.name for each in folder.iterdir() if each.name.endswith(".part")] == []


def test_a_wrong_password_is_for_a_person(inbox):
    with pytest.raises(Unauthorized, match="does not let us in"):
        RemoteFolder(inbox[1], "not the secret").files()


def test_a_server_with_another_key_than_before_gets_no_password(served, inbox, tmp_path):
    known = tmp_path / ".tieout" / "known_hosts"
    RemoteFolder(inbox[1], PASSWORD, known_hosts=str(known)).close()
    RemoteFolder(inbox[1], PASSWORD, known_hosts=str(known)).close()
    (line,) = known.read_text().splitlines()
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()[1]
    known.write_text(f"{line.rpartition(' ')[0]} {other}\n")
    with pytest.raises(Unauthorized, match="shows another key than before"):
        RemoteFolder(inbox[1], PASSWORD, known_hosts=str(known))


def test_a_server_that_went_away_is_no_empty_folder(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "orders.csv").write_text("id\na\n")
    with sftp_server(tmp_path) as address:
        folder = RemoteFolder(f"{address}/out", PASSWORD)
        assert [each.name for each in folder.files()] == ["orders.csv"]
        with pytest.raises(SetupError, match="There is no folder sftp://"):
            RemoteFolder(f"{address}/nowhere", PASSWORD).files()
    with pytest.raises(Unreachable):
        folder.files()
    folder.close()


def test_a_list_of_keys_that_was_cut_off_is_named(inbox, tmp_path):
    known = tmp_path / "known_hosts"
    RemoteFolder(inbox[1], PASSWORD, known_hosts=str(known)).close()
    assert [each.name for each in tmp_path.glob("*known_hosts*")] == ["known_hosts"]
    known.write_text(known.read_text().rstrip()[:-3])
    with pytest.raises(SetupError, match="known_hosts is damaged"):
        RemoteFolder(inbox[1], PASSWORD, known_hosts=str(known))
