import base64
import os
import sqlite3
import stat
from contextlib import closing

import pytest

from tieout.errors import Busy, SetupError, Unauthorized
from tieout.state.vault import KEY_VARIABLE, Vault, new_key, open_vault

from .processes import standing, start

BOOKS = "online:4620816365@https://quickbooks.api.intuit.com"
OTHER = "online:9130347957983546@https://quickbooks.api.intuit.com"
TOKENS = {"access_token": "eyJ…", "refresh_token": "AB11-secret"}

COUNT_UP = """
    import sys, time
    from pathlib import Path
    from tieout.state.vault import open_vault

    folder = Path(sys.argv[1])
    vault = open_vault(folder, {})
    sys.stdin.readline()
    for _ in range(5):
        with vault.exclusive("books", timeout=30) as held:
            (folder / "inside").touch(exist_ok=False)
            count = int(held.read()["count"])
            time.sleep(0.01)
            held.write({"count": str(count + 1)})
            time.sleep(0.01)
            (folder / "inside").unlink()
"""

STAY = """
    import sys
    from pathlib import Path
    from tieout.state.vault import open_vault

    with open_vault(Path(sys.argv[1]), {}).exclusive("books") as held:
        held.write({"refresh_token": "kept before the kill"})
        print("ready", flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def vault(tmp_path):
    return open_vault(tmp_path, {})


def change(vault, statement, *values):
    with closing(sqlite3.connect(vault.path, isolation_level=None)) as connection:
        connection.execute(statement, values)


def test_a_secret_comes_back_in_another_session(tmp_path, vault):
    vault.write(BOOKS, {"access_token": "old"})
    vault.write(BOOKS, TOKENS)
    assert open_vault(tmp_path, {}).read(BOOKS) == TOKENS


def test_there_is_no_secret_for_a_stranger(vault):
    assert vault.read(BOOKS) is None


def test_identities_are_listed_and_forgotten(vault):
    vault.write(OTHER, TOKENS)
    vault.write(BOOKS, TOKENS)
    assert vault.identities() == [BOOKS, OTHER]
    vault.delete(BOOKS)
    vault.delete(BOOKS)
    assert vault.identities() == [OTHER]
    assert vault.read(BOOKS) is None


def test_many_secrets_are_kept_together_or_not_at_all(vault):
    vault.write_all({BOOKS: TOKENS, OTHER: {"a": "b"}})
    assert (vault.read(BOOKS), vault.read(OTHER)) == (TOKENS, {"a": "b"})
    with pytest.raises(TypeError):
        vault.write_all({OTHER: {"a": "c"}, BOOKS: {"access_token": object()}})
    assert vault.read(OTHER) == {"a": "b"}


def test_nothing_secret_is_on_the_disk(tmp_path, vault):
    vault.write(BOOKS, TOKENS)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"AB11-secret" not in written
    assert b"refresh_token" not in written


def test_the_same_secret_is_never_sealed_alike(vault):
    vault.write(BOOKS, TOKENS)
    first = vault.path.read_bytes()
    vault.write(BOOKS, TOKENS)
    assert vault.path.read_bytes() != first


def test_a_secret_moved_to_another_identity_does_not_open(vault):
    vault.write(BOOKS, TOKENS)
    change(vault, "INSERT INTO secrets SELECT ?, sealed FROM secrets", OTHER)
    with pytest.raises(Unauthorized, match="do not open"):
        vault.read(OTHER)
    assert vault.read(BOOKS) == TOKENS


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(80)])
def test_a_tampered_secret_does_not_open(vault, sealed):
    vault.write(BOOKS, TOKENS)
    change(vault, "UPDATE secrets SET sealed = ?", sealed)
    with pytest.raises(Unauthorized, match="do not open"):
        vault.read(BOOKS)


def test_another_key_does_not_open_it(tmp_path, vault):
    vault.write(BOOKS, TOKENS)
    with pytest.raises(Unauthorized, match=BOOKS) as refused:
        open_vault(tmp_path, {KEY_VARIABLE: new_key()}).read(BOOKS)
    assert "tieout connect" in refused.value.advice
    assert KEY_VARIABLE in refused.value.advice


def test_the_environment_may_hold_the_key(tmp_path):
    environ = {KEY_VARIABLE: new_key()}
    open_vault(tmp_path, environ).write(BOOKS, TOKENS)
    assert open_vault(tmp_path, environ).read(BOOKS) == TOKENS
    assert not (tmp_path / "vault.key").exists()


def test_a_key_in_the_url_alphabet_is_the_same_key(tmp_path):
    key = b"\xfb\xff" * 16
    open_vault(tmp_path, {KEY_VARIABLE: base64.b64encode(key).decode()}).write(BOOKS, TOKENS)
    assert open_vault(tmp_path, {KEY_VARIABLE: base64.urlsafe_b64encode(key).decode()}).read(BOOKS) == TOKENS


@pytest.mark.parametrize("text", ["hunter2", "Zm9v", "===", "ключ"])
def test_a_text_that_is_no_key_is_refused_with_its_place(tmp_path, text):
    with pytest.raises(SetupError, match=KEY_VARIABLE) as refused:
        open_vault(tmp_path, {KEY_VARIABLE: text})
    assert text not in str(refused.value)


def test_an_empty_key_file_is_refused_with_its_place(tmp_path):
    (tmp_path / "vault.key").write_text("")
    with pytest.raises(SetupError, match=r"vault\.key holds no key"):
        open_vault(tmp_path, {})


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions in the folder")
def test_the_key_file_is_for_its_owner_alone(tmp_path, vault):
    assert stat.S_IMODE((tmp_path / "vault.key").stat().st_mode) == 0o600


def test_a_lost_key_is_not_replaced_by_one_that_opens_nothing(tmp_path, vault):
    vault.write(BOOKS, TOKENS)
    (tmp_path / "vault.key").unlink()
    with pytest.raises(Unauthorized, match="its key is not"):
        open_vault(tmp_path, {})
    assert not (tmp_path / "vault.key").exists()


def test_a_torn_vault_is_called_damaged(vault):
    vault.write(BOOKS, TOKENS)
    vault.path.write_bytes(b"torn" * 1024)
    with pytest.raises(SetupError, match=r"vault\.db is damaged") as refused:
        vault.read(BOOKS)
    assert "sign in again" in refused.value.advice


def test_one_process_at_a_time_refreshes(tmp_path, vault):
    vault.write("books", {"count": "0"})
    several = [start(COUNT_UP, tmp_path) for _ in range(5)]
    for process in several:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in several:
        process.communicate()
        assert process.returncode == 0
    assert vault.read("books") == {"count": "25"}


def test_a_killed_refresher_lets_the_next_one_in_and_keeps_what_it_wrote(tmp_path, vault):
    with standing(STAY, tmp_path) as refresher:
        with pytest.raises(Busy, match=str(refresher.pid)), vault.exclusive("books", timeout=0):
            pass
        refresher.kill()
        refresher.wait()
        with vault.exclusive("books", timeout=5) as held:
            assert held.read() == {"refresh_token": "kept before the kill"}


def test_one_company_never_waits_for_another(tmp_path, vault):
    with standing(STAY, tmp_path), vault.exclusive("shop", timeout=0) as held:
        held.write(TOKENS)
        assert vault.read("books") == {"refresh_token": "kept before the kill"}
    assert vault.read("shop") == TOKENS


def test_a_vault_needs_a_key_of_the_right_size(tmp_path):
    with pytest.raises(ValueError, match="128, 192, or 256"):
        Vault(tmp_path / "vault.db", b"short")
