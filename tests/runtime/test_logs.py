"""The log of servers and workers, which what others say again and again does not fill."""

import io
import json
import logging
import sys

import pytest

from tieout.errors import SetupError
from tieout.runtime.logs import Seldom, writing_the_log


def test_a_stream_that_was_closed_since_is_not_written_to(monkeypatch, capsys):
    stream = io.StringIO()
    root = logging.getLogger()
    before = (list(root.handlers), root.level, logging.getLogger("httpx2").level)
    monkeypatch.setattr(sys, "stderr", stream)
    with writing_the_log(as_json=False):
        logging.getLogger("tieout").info("one")
    assert stream.getvalue().endswith("INFO one\n")
    stream.close()
    monkeypatch.undo()
    logging.getLogger("tieout").error("two")
    assert "closed file" not in capsys.readouterr().err
    assert (list(root.handlers), root.level, logging.getLogger("httpx2").level) == before


def test_lines_for_programs_go_to_a_file_with_their_fields(tmp_path):
    file = tmp_path / "tieout.log"
    with writing_the_log(as_json=True, file=file):
        logging.getLogger("tieout").info("ran", extra={"fields": {"process": "mirror"}})
    (line,) = map(json.loads, file.read_text().splitlines())
    assert {name: line[name] for name in ("level", "message", "process")} == {
        "level": "info",
        "message": "ran",
        "process": "mirror",
    }


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(SetupError, match="cannot be written"), writing_the_log(as_json=False, file=tmp_path):
        pass


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
