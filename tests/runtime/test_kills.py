"""Workers that are killed: another one takes over within seconds, and nothing is lost."""

import os
import signal
import subprocess
import sys

import pytest
from tests.cli.conftest import connected

from tieout.project import Project
from tieout.state.agenda import Agenda

from .conftest import MIRROR, eventually


def worker(file):
    return subprocess.Popen(
        [sys.executable, "-m", "tieout", "worker", "--project", str(file), "--logs", "json"],
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def workers():
    """Starts workers of a project file, and ends them."""
    started = []

    def start(file):
        started.append(worker(file))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.communicate()


@pytest.fixture(params=["file", "postgres"])
def state(request):
    """Where the state is, as the first line of a project file."""
    if request.param == "file":
        return ""
    return f'state = "{request.getfixturevalue("postgres_url")}"\n'


def test_a_dead_workers_run_is_taken_over_within_seconds(state, shop, tmp_path, workers):
    file = connected(tmp_path, shop, MIRROR + 'every = "1 hour"\n')
    file.write_text(state + file.read_text())
    with Project.read(file) as project:
        agenda = Agenda(project.state)
        shop.control.add_faults([{"on": "any", "do": "slow", "seconds": 3, "times": 2}])
        first = workers(file)
        eventually(lambda: any(each.state == "running" for each in agenda.entries()), within=60)
        os.kill(first.pid, signal.SIGKILL)
        second = workers(file)
        done = eventually(lambda: [each for each in agenda.entries() if each.succeeded], within=60)
        assert second.poll() is None
        assert done[0].outcome == "succeeded"
