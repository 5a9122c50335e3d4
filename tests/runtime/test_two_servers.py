"""Two servers with one state share the work; when one ends, the other goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx2
from tests.cli.conftest import connected

from tieout.project import Project
from tieout.state.agenda import Agenda

from .conftest import MIRROR, eventually

KEY = "0123456789abcdef0123456789abcdef"


def words(file, port=0):
    start = [sys.executable, "-m", "tieout", "serve", "--port", str(port), "--format", "json"]
    return [*start, "--project", str(file)]


def test_two_servers_share_the_work_and_one_of_them_may_end(shop, tmp_path):
    file = connected(tmp_path, shop, MIRROR)
    file.write_text(f'run_key = "{KEY}"\n' + file.read_text())
    with Project.read(file) as project, ExitStack() as stack:
        agenda = Agenda(project.state)
        servers = [started(stack, words(file), subprocess.DEVNULL) for _ in range(2)]
        urls = [json.loads(server.stdout.readline())["url"] for server in servers]
        eventually(agenda.entries, within=60)
        before = ""
        for url, server in zip(urls, servers, strict=True):
            bearer = {"Authorization": f"Bearer {KEY}"}
            asked = httpx2.post(f"{url}/runs", json={"process": "mirror"}, headers=bearer, timeout=60)
            assert asked.status_code == 202
            (entry,) = eventually(
                lambda since=before: [e for e in agenda.entries() if e.succeeded > since], within=60
            )
            before = entry.succeeded
            server.terminate()
            assert server.wait(60) == 0


def test_a_second_server_says_that_the_port_is_taken_or_that_it_shares_the_work(shop, tmp_path):
    """And what the first one is at goes on."""
    file = connected(tmp_path, shop, MIRROR + 'every = "1 second"\n')
    log = tmp_path / "second.log"
    with ExitStack() as stack:
        first = started(stack, words(file), subprocess.DEVNULL)
        port = urlsplit(json.loads(first.stdout.readline())["url"]).port
        taken = subprocess.run(words(file, port), capture_output=True, text=True, check=False)
        assert taken.returncode == 2
        assert f"cannot listen on 127.0.0.1 port {port}" in taken.stderr
        assert "perhaps another `tieout serve`" in taken.stderr
        with Project.read(file) as project:
            agenda = Agenda(project.state)
            eventually(lambda: [e for e in agenda.entries() if e.succeeded], within=60)
            second = started(stack, words(file), stack.enter_context(log.open("w")))
            eventually(lambda: "Another tieout keeps the schedules" in log.read_text(), within=60)
            assert f"process {first.pid}" in log.read_text()
            first.terminate()
            assert first.wait(60) == 0
            eventually(lambda: "this one keeps the schedules now" in log.read_text(), within=60)
            before = agenda.entries()[0].succeeded
            eventually(lambda: agenda.entries()[0].succeeded > before, within=60)
            second.terminate()
            assert second.wait(60) == 0


def started(stack, command, log):
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    stack.callback(server.communicate)
    stack.callback(server.kill)
    return server
