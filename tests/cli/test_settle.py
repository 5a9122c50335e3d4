"""What nobody knows the end of, as it is told and settled."""

import json
from datetime import timedelta

import pytest

from tieout.operations import Add
from tieout.processes.write import identified
from tieout.project import Project

from .writers import added, desk, fresh, invoice, read, shop, typed, writes

__all__ = ["desk", "shop"]


@pytest.fixture
def left_open(desk, shop):
    """An order whose request went out three hours ago and was never answered; nothing finds it again."""
    order = {"order_no": 1, **invoice(PrivateNote=fresh("full").ljust(4000, "x"), TxnDate="2026-11-20")}
    record = {name: value for name, value in order.items() if name != "order_no"}
    change = Add(type="Invoice", record=record, key="order_no=1", place="orders.json, record 1")
    with Project.find(desk) as project, project.connection("books") as connection:
        run = project.journal.begin(connection.identity, "died")
        delivery = connection._delivery(run)
        sent = delivery._sent(list(delivery.preparer.prepare(list(identified([change], by_contents=False)))))
        run.sending(_older(sent))
    (desk / "orders.json").write_text(json.dumps(order))
    return order


def _older(sent):
    from dataclasses import replace

    return replace(sent, at=sent.at - timedelta(hours=3))


def add_orders(code):
    return typed("add", "books:Invoice", "orders.json", "--key", "order_no", code=code)


def test_what_is_unknown_ends_with_four_and_is_not_sent_again(desk, shop, left_open):
    shop.control.forget_requests()
    result = add_orders(4)
    assert "nobody knows what became of it; it is not sent again" in result.stderr
    assert "tieout settle" in result.stderr
    assert "1 unknown" in result.stderr
    assert writes(shop) == []
    (first,) = [
        run for run in read(typed("runs", "--format", "json").stdout) if run["what"].startswith("add")
    ]
    assert first["unknown"] == 1


def test_settle_shows_both_sides_and_takes_a_word(desk, shop, left_open):
    theirs = added("Invoice", invoice(TxnDate="2026-11-20"))["id"]
    (found,) = read(typed("settle", "books", "--format", "json").stdout)
    assert found["key"] == "order_no=1"
    assert found["ours"]["TxnDate"] == "2026-11-20"
    assert theirs in [each["Id"] for each in found["quickbooks"]]
    assert "QuickBooks" in typed("settle", "books").stdout
    typed("settle", "books", found["change"], "--is", "999999", code=1)
    typed("settle", "books", found["change"][:12], "--is", theirs)
    assert "Nothing is open" in typed("settle", "books").stderr
    shop.control.forget_requests()
    assert "1 done (1 of them before)" in add_orders(0).stderr
    assert writes(shop) == []


def test_what_was_not_done_is_sent_by_the_next_run(desk, shop, left_open):
    (found,) = read(typed("settle", "books", "--format", "json").stdout)
    typed("settle", "books", found["change"], "--not-done")
    shop.control.forget_requests()
    assert "1 done." in add_orders(0).stderr
    assert len(writes(shop)) == 1


def test_nothing_is_settled_while_a_run_writes(desk, left_open):
    (found,) = read(typed("settle", "books", "--format", "json").stdout)
    with Project.find(desk) as project, project.connection("books") as connection:
        with project.journal.exclusive(connection.identity):
            typed("settle", "books", found["change"], "--not-done", code=3)
        assert len(project.journal.unknown(connection.identity)) == 1


def test_both_words_at_once_are_none(desk, left_open):
    assert "Say what became of it" in typed("settle", "books", "x", "--is", "1", "--not-done", code=2).stderr
