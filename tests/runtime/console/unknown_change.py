"""An invoice that went out three hours ago and was never answered, with one like it in QuickBooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.cli.writers import fresh, invoice

from tieout.operations import Add
from tieout.processes.write import identified
from tieout.project import Project

KEY = "order_no={number}"


def left_open(project: Project, number: int) -> str:
    """Leave it open, and add one like it; the id of the latter."""
    record = invoice(PrivateNote=fresh("full").ljust(4000, "x"), TxnDate=f"2026-10-{number:02}")
    change = Add(type="Invoice", record=record, key=KEY.format(number=number), place="orders.json, record 1")
    with project.connection("books") as connection:
        run = project.journal.begin(connection.identity, "died")
        delivery = connection._delivery(run)  # type: ignore[attr-defined]
        sent = delivery._sent(list(delivery.preparer.prepare(list(identified([change], by_contents=False)))))
        run.sending(replace(sent, at=sent.at - timedelta(hours=3)))
        run.end("interrupted")
    with project.books("books") as books:
        return str(books.add("Invoice", invoice(TxnDate=f"2026-10-{number:02}"))["Id"])
