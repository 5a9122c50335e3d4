"""The service without its doors: how fast it is."""

import time
from datetime import UTC, datetime

from tieout.sandbox.company.company import open_company
from tieout.sandbox.doors import service
from tieout.sandbox.doors.calls import Call

NOON = datetime(2026, 11, 22, 20, tzinfo=UTC)


def test_a_page_of_a_thousand_invoices_is_prepared_bytes():
    company = open_company("busy", invoices=1000, clock=lambda: NOON)
    statement = {"query": "select * from Invoice maxresults 1000"}
    call = Call("GET", company.realm, ("query",), statement, {"accept": "application/json"})
    taken = []
    for _ in range(5):
        began = time.process_time()
        assert service.answer(call, company, NOON).body.count(b'"SyncToken"') >= 1000
        taken.append(time.process_time() - began)
    assert min(taken) < 0.005
