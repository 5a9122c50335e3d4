"""What docs/sandbox.md tells to type is typed here."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tieout.sandbox.companies import KINDS
from tieout.sandbox.doors.faults import DEEDS, PLACES
from tieout.sandbox.doors.webhook_messages import Subscription
from tieout.testing import sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8020"
CURL = re.compile(r"curl (?:[^\n)\\#]|\\\n)+")
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def running():
    with sandbox() as started:
        yield started


@pytest.mark.parametrize("command", CURL.findall(PAGE))
def test_every_call_works(running, command):
    words = shlex.split(command.replace("\\\n", ""))
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    body = words[words.index("-d") + 1] if "-d" in words else None
    [url] = [word.replace(ADDRESS, running.base_url) for word in words if word.startswith(ADDRESS)]
    answer = httpx2.request(method, url, content=body, follow_redirects=False)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"(?:GET|POST)`?[^`\n]*`? ?(/sandbox/[a-z/]+)", PAGE)))
)
def test_every_lever_is_there(running, path):
    for method in ("GET", "POST"):
        if (found := httpx2.request(method, running.base_url + path)).status_code != 405:
            assert found.status_code in (200, 400)


def test_the_tests_on_the_page_pass(tmp_path):
    (tmp_path / "test_page.py").write_text(PYTHON[0])
    plugin = ["-p", "tieout.testing.fixtures", "-p", "no:cacheprovider", "-W", "error"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", *plugin, str(tmp_path)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert "2 passed" in run.stdout, run.stdout + run.stderr


def test_the_program_on_the_page_runs(capsys):
    exec(PYTHON[1], {})
    assert capsys.readouterr().out.startswith("http://127.0.0.1:")


def test_no_word_is_missing():
    words = [*KINDS, *PLACES, *DEEDS, *Subscription.__struct_fields__]
    assert [word for word in words if f"`{word}`" not in PAGE and word != "url"] == []
