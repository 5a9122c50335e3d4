"""Two servers with one state share the work; when one ends, the other goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack

import httpx2
from tests.cli.conftest import connected

from tieout.project import Project
from tieout.state.agenda import Agenda

from .conftest import MIRROR, eventually

KEY = "0123456789abcdef0123456789abcdef"


def test_two_servers_share_the_work_and_one_of_them_may_end(shop, tmp_path):
    file = connected(tmp_path, shop, MIRROR)
    file.write_text(f'run_key = "{KEY}"\n' + file.read_text())
    words = [
        sys.executable,
        "-m",
        "tieout",
        "serve",
        "--port",
        "0",
        "--format",
        "json",
        "--project",
        str(file),
    ]
    with Project.read(file) as project, ExitStack() as stack:
        agenda = Agenda(project.state)
        servers = []
        for _ in range(2):
            servers.append(
                subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            )
            stack.callback(servers[-1].communicate)
            stack.callback(servers[-1].kill)
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
