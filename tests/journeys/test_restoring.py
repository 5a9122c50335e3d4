"""An older backup is restored: what was written since is found in QuickBooks, and nothing is written twice."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import pytest
from tests.cli.writers import invoice, typed

from tieout.runtime.worker import working
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import running_desktop
from tieout.sandbox.desktop.small_company import small_company


@pytest.fixture
def forgetful(shop, monkeypatch):
    """A shop whose QuickBooks remembers no request: nothing is left to that."""
    shop.sandbox.control.remember_requests(False)
    monkeypatch.chdir(shop.folder)
    return shop


def restore(folder, backup):
    """As the docs tell it."""
    for each in (folder / ".tieout").glob("*.db*"):
        each.unlink()
    for each in backup.iterdir():
        shutil.copy(each, folder / ".tieout")


def invoices(shop):
    return [each.record for each in shop.sandbox.company.books.store("Invoice")]


def test_what_was_written_since_the_backup_is_found_and_linked(forgetful):
    shop = forgetful
    shop.process()
    shop.order("1001")
    shop.run()
    with shop.project() as project, working(project):
        typed("state", "backup", "backup")
    shop.order("1002")
    shop.order("1003")
    shop.run()
    restore(shop.folder, shop.folder / "backup")
    shop.order("1004")
    assert "4 in, 3 out, 1 brought over before." in shop.run()
    numbers = [each["DocNumber"] for each in invoices(shop) if each.get("DocNumber", "").startswith("W")]
    assert sorted(numbers) == ["W1001", "W1002", "W1003", "W1004"]
    with shop.project() as project:
        changes = [each for run in project.journal.runs() for each in project.journal.changes(run.id)]
        assert [each.note for each in changes].count("found in QuickBooks") == 2
    assert "4 linked records of books, all are" in typed("verify", "books").stderr
    assert "4 in, 0 out, 4 brought over before." in shop.run()


def test_records_without_a_number_are_found_by_their_marks(forgetful):
    shop = forgetful
    (shop.folder / "keyed.json").write_text(json.dumps([{"no": n, **invoice()} for n in range(40)]))
    (shop.folder / "others.json").write_text(json.dumps([invoice() for _ in range(3)]))
    typed("count", "books:Invoice")
    typed("state", "backup", "backup")
    before = len(invoices(shop))
    for _ in range(2):
        typed("add", "books:Invoice", "keyed.json", "--key", "no")
        typed("add", "books:Invoice", "others.json")
        assert len(invoices(shop)) == before + 43
        restore(shop.folder, shop.folder / "backup")


def test_a_state_that_was_restored_from_another_copy_has_to_be_told(forgetful):
    """Such as one of SQLite's own, or of Postgres'. Without a word, it knows nothing of what it does not hold."""
    shop = forgetful
    order = json.dumps({"no": 1, **invoice()})
    typed("count", "books:Invoice")
    (shop.folder / "backup").mkdir()
    for name in ("state.db", "vault.db"):
        with closing(sqlite3.connect(shop.folder / ".tieout" / name)) as file:
            file.execute("VACUUM INTO ?", [str(shop.folder / "backup" / name)])
    before = len(invoices(shop))
    typed("add", "books:Invoice", order, "--key", "no")
    restore(shop.folder, shop.folder / "backup")
    typed("state", "restored")
    typed("add", "books:Invoice", order, "--key", "no")
    assert len(invoices(shop)) == before + 1
    restore(shop.folder, shop.folder / "backup")
    typed("state", "restored")
    typed("state", "restored", "--complete")
    typed("add", "books:Invoice", order, "--key", "no")
    assert len(invoices(shop)) == before + 2


def test_what_nothing_tells_of_is_left_to_a_person(forgetful):
    shop = forgetful
    shop.file.write_text(
        shop.file.read_text().replace("[connection.books]", "[connection.books]\nmarks = false")
    )
    order = json.dumps({"no": 1, **invoice()})
    typed("count", "books:Invoice")
    typed("state", "backup", "backup")
    typed("add", "books:Invoice", order, "--key", "no")
    restore(shop.folder, shop.folder / "backup")
    before = len(invoices(shop))
    assert "settle" in typed("add", "books:Invoice", order, "--key", "no", code=4).stderr
    (unknown,) = json.loads(typed("settle", "books", "--format", "json").stdout)
    typed("settle", "books", unknown["change"], "--not-done")
    assert len(invoices(shop)) == before
    typed("add", "books:Invoice", order, "--key", "no")
    assert len(invoices(shop)) == before + 1


def test_a_company_file_is_looked_at_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = {"ItemRef": {"FullName": "Planning"}, "Quantity": 1, "Rate": 10}
    orders = [
        {"no": n, "CustomerRef": {"FullName": "Elm Bakery"}, "InvoiceLineAdd": [line], **more}
        for n, more in enumerate(({"RefNumber": "J1"}, {"Memo": "a"}, {}))
    ]
    (tmp_path / "orders.json").write_text(json.dumps(orders))
    with running_desktop(small_company(DesktopCompany())) as door:
        (tmp_path / "tieout.toml").write_text(
            f'[connection.books]\nkind = "desktop"\nsandbox = "{door.address}"\n'
        )
        typed("count", "books:Invoice")
        typed("state", "backup", "backup")
        before = len(list(door.company.all_of("Invoice")))
        for _ in range(2):
            typed("add", "books:Invoice", "orders.json", "--key", "no")
            assert len(list(door.company.all_of("Invoice"))) == before + 3
            door.company.message_sets.forget()
            restore(tmp_path, tmp_path / "backup")
