"""A project whose state is in Postgres, by one setting: the same links for whoever opens it from another machine."""

import json
from contextlib import ExitStack

import pytest
from tests.cli.conftest import connected
from tests.cli.writers import invoice, read, typed

from tieout.errors import Busy, SetupError
from tieout.project import Project
from tieout.sandbox.server import running_sandbox
from tieout.state.vault import KEY_VARIABLE, new_key


def test_what_one_machine_added_another_leaves_alone(postgres_url, tmp_path, monkeypatch):
    order = json.dumps({"order_no": 1, **invoice()})
    monkeypatch.setenv(KEY_VARIABLE, new_key())
    with running_sandbox("small-shop") as shop:
        for machine in ("here", "there"):
            (tmp_path / machine).mkdir()
            file = connected(tmp_path / machine, shop)
            file.write_text(f'state = "{postgres_url}"\n' + file.read_text())
            monkeypatch.chdir(file.parent)
            result = typed("add", "books:Invoice", order, "--key", "order_no")
            assert ("1 of them before" in result.stderr) == (machine == "there")
        runs = read(typed("runs", "--format", "json").stdout)
        assert [(each["what"], each["done"]) for each in runs][-1] == ("add books:Invoice", 1)
        assert "1 linked record of books, all are" in typed("verify", "books").stderr


def test_a_sign_in_on_one_machine_is_one_on_all(postgres_url, tmp_path):
    """What was kept in a file before goes to the state; a token that one machine refreshes is the other's."""
    with running_sandbox("small-shop") as shop, ExitStack() as stack:
        here, there = (tmp_path / name for name in ("here", "there"))
        here.mkdir(), there.mkdir()
        file = connected(here, shop)
        file.write_text(f'state = "{postgres_url}"\n' + file.read_text())
        one = stack.enter_context(Project.read(file))
        (identity,) = one.vault.identities()
        assert not (here / ".tieout" / "vault.db").exists()
        (there / "tieout.toml").write_text(file.read_text())
        other = stack.enter_context(Project.read(there / "tieout.toml"))
        with pytest.raises(SetupError, match="sealed on another machine"):
            other.vault.identities()
        (there / ".tieout" / "vault.key").write_text(new_key())
        with pytest.raises(SetupError, match="is another key"):
            other.vault.identities()
        (there / ".tieout" / "vault.key").write_text((here / ".tieout" / "vault.key").read_text())
        secret = other.vault.read(identity)
        assert secret["refresh_token"]
        with other.vault.exclusive(identity) as held:
            held.write({**secret, "refresh_token": "newer"})
            with pytest.raises(Busy), one.vault.exclusive(identity, timeout=0):
                pass
        assert one.vault.read(identity)["refresh_token"] == "newer"
        one.vault.delete(identity)
        assert other.vault.read(identity) is None
