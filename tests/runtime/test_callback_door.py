"""A browser that comes back to the server, and a command that waits for it in another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.test_connect import APPROVE
from tests.runtime.serving import serving

from tieout.project import Project
from tieout.runtime.callback_door import CALLBACK
from tieout.runtime.project_doors import doors_of
from tieout.sandbox.server import running_sandbox
from tieout.state.callbacks import Callbacks
from tieout.state.database import open_state


def test_what_nobody_began_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "tieout.toml").write_text("", "utf-8")
    with Project.read(tmp_path / "tieout.toml") as project, serving(*doors_of(project)) as server:
        for query in ("", "?state=guessed&code=1&realmId=2"):
            with (
                pytest.raises(urllib.error.HTTPError) as refused,
                urllib.request.urlopen(f"{server.url}{CALLBACK}{query}"),
            ):
                pass
            assert refused.value.code == 404
            refused.value.close()


def test_an_address_is_taken_once_and_in_time(tmp_path: Path) -> None:
    at = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    with open_state(tmp_path) as state:
        callbacks = Callbacks(state, clock=lambda: at)
        callbacks.expect("one")
        assert callbacks.take("one") == ""
        assert callbacks.receive("one", "https://a/?code=1")
        assert not callbacks.receive("one", "https://a/?code=2")
        assert (callbacks.take("one"), callbacks.take("one")) == ("https://a/?code=1", "")
        callbacks.expect("two")
        at += timedelta(minutes=11)
        assert not callbacks.receive("two", "https://a/?code=1")


@pytest.mark.skipif(os.name == "nt", reason="there, no variable names the browser")
def test_a_person_signs_in_through_the_server(tmp_path: Path) -> None:
    file, program = tmp_path / "tieout.toml", tmp_path / "browser.py"
    file.write_text("", "utf-8")
    program.write_text(APPROVE)
    with (
        running_sandbox("empty") as shop,
        Project.read(file) as project,
        serving(*doors_of(project)) as server,
    ):
        command = [
            sys.executable,
            "-m",
            "tieout",
            "connect",
            "books",
            "--project",
            str(file),
            "--format",
            "json",
        ]
        command += ["--base-url", shop.base_url, "--client-id", shop.keys.client_id]
        command += ["--redirect-uri", f"{server.url}{CALLBACK}"]
        browser = f"{sys.executable} {program} %s {shop.realm} &"
        environment = {**os.environ, "TIEOUT_CLIENT_SECRET": shop.keys.client_secret, "BROWSER": browser}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["company_id"] == shop.realm
