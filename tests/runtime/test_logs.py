"""What others say again and again does not fill the log."""

import logging

from tieout.runtime.logs import Seldom


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
