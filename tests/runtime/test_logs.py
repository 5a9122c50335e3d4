"""The log of servers and workers."""

import io
import logging
import sys

import pytest

from tieout.runtime.logs import Seldom, start


@pytest.fixture(autouse=True)
def logging_as_before():
    root, other = logging.getLogger(), logging.getLogger("httpx2")
    before = (list(root.handlers), root.level, other.level)
    yield
    root.handlers[:], level, other_level = before
    root.setLevel(level)
    other.setLevel(other_level)


def test_a_stream_that_was_closed_since_is_not_written_to(monkeypatch, capsys):
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    start(as_json=False)
    logging.getLogger("tieout").info("one")
    assert first.getvalue().endswith("INFO one\n")
    first.close()
    monkeypatch.setattr(sys, "stderr", second)
    logging.getLogger("tieout").info("two")
    assert second.getvalue().endswith("INFO two\n")
    assert second.getvalue().count("\n") == 1


def test_a_line_passes_once_a_minute_and_of_several_the_first(caplog):
    log = logging.getLogger("tests.seldom")
    log.addFilter(Seldom())
    for number in range(5):
        log.warning("The database is away, %d.\nTraceback:\n…", number)
    log.warning("Something else.")
    assert [each.getMessage() for each in caplog.records] == ["The database is away, 0.", "Something else."]


def test_after_a_while_it_passes_again(caplog):
    log = logging.getLogger("tests.seldom.again")
    log.addFilter(Seldom(every=0))
    for _ in range(2):
        log.warning("The database is away.")
    assert len(caplog.records) == 2
