"""A project whose state is in Postgres, by one setting: the same links for whoever opens it from another machine."""

import json

from tests.cli.conftest import connected
from tests.cli.writers import invoice, read, typed

from tieout.sandbox.server import running_sandbox


def test_what_one_machine_added_another_leaves_alone(postgres_url, tmp_path, monkeypatch):
    order = json.dumps({"order_no": 1, **invoice()})
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
