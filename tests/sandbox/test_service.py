"""The service without its doors: how fast it is."""

from datetime import UTC, datetime

from tieout.sandbox.companies import open_company
from tieout.sandbox.doors import service
from tieout.sandbox.doors.calls import Call

NOON = datetime(2026, 11, 22, 20, tzinfo=UTC)


def test_a_page_of_a_thousand_invoices_is_prepared_bytes():
    company = open_company("busy", invoices=1000, clock=lambda: NOON)
    statement = {"query": "select * from Invoice maxresults 1000"}
    call = Call("GET", company.realm, ("query",), statement, {"accept": "application/json"})
    body = service.answer(call, company, NOON).body
    kept = [stored.encoded for stored in company.books.store("Invoice")]
    assert len(kept) >= 1000
    assert all(encoded in body for encoded in kept[:1000:100])
