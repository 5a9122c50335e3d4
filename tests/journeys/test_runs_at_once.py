"""Two runs of one process at the same time: never, unless it is allowed; and then each order arrives once all the same."""

from __future__ import annotations

import pytest

from tieout.errors import Busy
from tieout.processes.flow import ProcessRun
from tieout.project.flows import opened_process, run_flow


def test_a_second_run_is_refused_while_one_is_under_way(shop):
    shop.process(batch="1")
    shop.order("1001")
    shop.order("1002")
    with shop.project() as project, opened_process(project, "orders") as process:
        first = iter(ProcessRun(process))
        next(first)
        with pytest.raises(Busy):
            run_flow(project, "orders")
        assert len(list(first)) == 1
    assert sorted(shop.invoices()) == ["W1001", "W1002"]


def test_where_it_is_allowed_one_overtakes_the_other_and_nothing_is_doubled(shop):
    shop.process(batch="1", at_once='"allowed"')
    for number in ("1001", "1002", "1003"):
        shop.order(number)
    with shop.project() as project, opened_process(project, "orders") as process:
        long = ProcessRun(process)
        first = iter(long)
        next(first)
        overtaking = run_flow(project, "orders", only="1003")
        assert overtaking.counts["out"] == 1
        assert len(list(first)) == 2
        states = {each.id: each.state for each in project.journal.runs()}
    assert long.counts["in"] == 3
    assert states == {long.run: "finished", overtaking.run: "finished"}
    assert sorted(shop.invoices()) == ["W1001", "W1002", "W1003"]
    assert len(shop.sandbox.company.books.store("Invoice")) == shop.before + 3


def test_even_then_a_batch_waits_for_who_has_the_company(shop):
    shop.process(at_once='"allowed"')
    shop.order("1001")
    with shop.project() as project, opened_process(project, "orders") as process:
        process.patience = 0
        (books,) = process.targets
        with project.journal.exclusive(books), pytest.raises(Busy):
            list(ProcessRun(process))
        assert shop.invoices() == {}
        assert [case.state for case in ProcessRun(process)] == ["done"]
