"""The disk is full while a worker runs: it is said plainly, nothing is lost, and work goes on when there is room."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading

import duckdb
import pytest
from tests.cli.conftest import connected

from tieout.project import Project
from tieout.runtime.waiting import of_full_disk, waiting_after
from tieout.state.agenda import Agenda

from .conftest import MIRROR, eventually

if sys.platform == "linux":
    import resource


def told_by(worker, lines):
    for line in worker.stderr:
        lines.append(line)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, no limit can be set on another process")
def test_a_worker_waits_for_room_and_goes_on(shop, tmp_path):
    file = connected(tmp_path, shop, MIRROR + 'every = "1 second"\n')
    words = [sys.executable, "-m", "tieout", "worker", "--project", str(file)]
    with Project.read(file) as project, subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as worker:
        lines: list[str] = []
        reading = threading.Thread(target=told_by, args=(worker, lines))
        reading.start()
        try:
            agenda = Agenda(project.state)

            def last():
                return max((each.succeeded for each in agenda.entries()), default="")

            eventually(last, within=60)
            room = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (1, room[1]))
            said = eventually(
                lambda: [each for each in lines if "Make sure that the disk has room" in each], within=60
            )
            assert "state.db" in said[0]
            resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, room)
            before = last()
            # What met the full disk itself waits a minute; a person need not.
            eventually(lambda: agenda.ask(by_person=True) or last() > before)
        finally:
            worker.terminate()
            reading.join(60)
    assert worker.returncode == 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG])
def test_a_full_disk_is_waited_for(number):
    told = of_full_disk(OSError(number, "no room"))
    assert told is not None
    assert "disk is full" in str(told)
    assert waiting_after(told, 0) is not None


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is there only")
def test_what_duckdb_cannot_write_beside_its_file_is_waited_for():
    with duckdb.connect() as database, pytest.raises(duckdb.IOException) as stopped:
        database.execute(
            "COPY (SELECT range FROM range(100000)) TO '/dev/full' (FORMAT csv, USE_TMP_FILE false)"
        )
    assert "disk is full" in str(of_full_disk(stopped.value))


def test_no_other_error_is_taken_for_a_full_disk():
    assert of_full_disk(OSError(errno.EACCES, "no")) is None
    assert of_full_disk(ValueError("No space left")) is None
    assert of_full_disk(duckdb.IOException("no such file")) is None
