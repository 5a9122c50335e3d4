from datetime import UTC, datetime

import pytest

from tieout.sandbox.clock import MovableClock
from tieout.sandbox.doors.calls import Answer, Call
from tieout.sandbox.doors.metering import INCLUDED, CorePlus

DAY = 86_400
OK = Answer(200, b"")


@pytest.fixture
def clock():
    return MovableClock(lambda: datetime(2026, 11, 30, 12, tzinfo=UTC))


@pytest.fixture
def meter(clock):
    return CorePlus(clock)


def call(method, path, body=b""):
    return Call(method, "1", tuple(path.split("/")), {}, {}, body)


TWO_QUERIES = call("POST", "batch", b'{"BatchItemRequest": [{"Query": ""}, {"Query": ""}, {"Item": {}}]}')


@pytest.mark.parametrize(
    ("made", "reads"),
    [
        (call("GET", "invoice/1"), 1),
        (call("GET", "query"), 1),
        (call("POST", "query"), 1),
        (call("GET", "cdc"), 1),
        (call("GET", "reports/ProfitAndLoss"), 1),
        (call("POST", "invoice"), 0),
        (call("POST", "batch", b'{"BatchItemRequest": [{"Item": {}}]}'), 0),
        (TWO_QUERIES, 1),
    ],
)
def test_reads_are_counted_and_writes_are_not(meter, made, reads):
    meter.count("app", made, OK)
    assert (meter.used("app"), meter.used("other app")) == (reads, 0)


def test_each_query_of_a_batch_counts_when_that_is_switched_on(meter):
    meter.each_query = True
    meter.count("app", TWO_QUERIES, OK)
    assert meter.used("app") == 2


def test_failed_calls_are_free(meter):
    meter.count("app", call("GET", "invoice/1"), Answer(400, b""))
    assert meter.used("app") == 0


def test_a_month_begins_at_zero(meter, clock):
    meter.set("app", INCLUDED - 1)
    assert not meter.is_used_up("app")
    meter.count("app", call("GET", "invoice/1"), OK)
    assert meter.is_used_up("app")
    clock.advance(DAY)
    assert (meter.month(), meter.used("app")) == ("2026-12", 0)
