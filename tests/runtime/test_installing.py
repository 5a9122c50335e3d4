"""`tieout serve --install`: what is written starts the server, in the right session, and nothing else is touched."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import httpx2
import pytest
from tests.cli.conftest import call

from tieout.errors import SetupError
from tieout.runtime.installing import Service, install

TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / 'a "shop" at 5% & $more'
    if sys.platform == "win32":
        folder = tmp_path / "a shop at 5% & $more"
    folder.mkdir()
    made = folder / "tieout.toml"
    made.write_text('run_key = "${SOME_KEY_OF_OURS}"\n')
    return made


TASK_ORDERED = {
    "LogonTrigger": (
        ["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "UserId", "Delay"],
        ["Repetition", "StartBoundary", "EndBoundary", "ExecutionTimeLimit", "Enabled", "UserId", "Delay"],
    )
}
"""Elements whose parts stand in an order: as published (Task Scheduler Schema), and as Windows itself writes them."""
TASK_PARTS = {
    "Task": "RegistrationInfo Triggers Principals Settings Data Actions",
    "RegistrationInfo": "URI SecurityDescriptor Source Date Author Version Description Documentation",
    "Triggers": "LogonTrigger",
    "LogonTrigger": " ".join(TASK_ORDERED["LogonTrigger"][0]),
    "Repetition": "Interval Duration StopAtDurationEnd",
    "Principals": "Principal",
    "Principal": "UserId LogonType GroupId DisplayName RunLevel ProcessTokenSidType RequiredPrivileges",
    "Settings": "AllowStartOnDemand RestartOnFailure MultipleInstancesPolicy DisallowStartIfOnBatteries "
    "StopIfGoingOnBatteries AllowHardTerminate StartWhenAvailable NetworkProfileName RunOnlyIfNetworkAvailable "
    "WakeToRun Enabled Hidden DeleteExpiredTaskAfter IdleSettings NetworkSettings ExecutionTimeLimit Priority RunOnlyIfIdle",
    "Actions": "Exec",
    "Exec": "Command Arguments WorkingDirectory",
}
"""What the published schema lets stand in an element, once each; of triggers and actions those that a task of ours has."""
TASK_VALUES = {
    "Enabled": "true|false",
    "DisallowStartIfOnBatteries": "true|false",
    "StopIfGoingOnBatteries": "true|false",
    "StartWhenAvailable": "true|false",
    "Interval": r"PT[1-9]\d?M",
    "ExecutionTimeLimit": r"PT\d+S",
    "MultipleInstancesPolicy": "Parallel|Queue|IgnoreNew|StopExisting",
    "LogonType": "S4U|Password|InteractiveToken|InteractiveTokenOrPassword",
    "RunLevel": "LeastPrivilege|HighestAvailable",
    "Command": r".{1,260}",
    "WorkingDirectory": r".{1,260}",
    "UserId": ".+",
}


def check_task(element):
    """Refuse what Task Scheduler refuses: an unknown part, one twice, one out of order, a value of the wrong form."""
    name = element.tag.removeprefix(TASK)
    parts = [each.tag.removeprefix(TASK) for each in element]
    assert set(parts) <= set(TASK_PARTS.get(name, "").split()), (name, parts)
    assert len(set(parts)) == len(parts), (name, parts)
    for order in TASK_ORDERED.get(name, ()):
        assert parts == [each for each in order if each in parts], (name, parts)
    if not parts:
        assert re.fullmatch(TASK_VALUES.get(name, ".*"), element.text or ""), (name, element.text)
    for each in element:
        check_task(each)


UNIT_KEYS = {
    "Unit": {"Description", "Wants", "After"},
    "Service": {
        "WorkingDirectory",
        "EnvironmentFile",
        "ExecStart",
        "Restart",
        "RestartSec",
        "TimeoutStopSec",
        "NoNewPrivileges",
    },
    "Install": {"WantedBy"},
}
"""The settings that we use, by section as systemd.unit, systemd.service and systemd.exec document them."""


def unit_of(file):
    """The settings of a unit."""
    lines = file.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is there only")
def test_the_unit_starts_a_server(file, monkeypatch, tmp_path):
    monkeypatch.setenv("SOME_KEY_OF_OURS", "0123456789abcdef0123456789abcdef")
    log = tmp_path / "tieout.log"
    told = call("serve", "--install", "--port", "0", "--log-file", log, "--project", file)
    assert told.exit_code == 0, told.stderr
    assert "systemctl --user enable --now" in told.stdout
    assert "SOME_KEY_OF_OURS" in told.stdout
    assert "0123456789abcdef" not in told.stdout
    (made,) = (file.parent / "service").iterdir()
    assert sorted(each.name for each in file.parent.iterdir()) == ["service", "tieout.toml"]
    unit = unit_of(made)
    words = [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(unit["ExecStart"])]
    folder = unit["WorkingDirectory"].replace("%%", "%")
    assert folder == str(file.parent)
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = re.search(r"at (http://localhost:\d+)", server.stdout.readline())[1]
            assert httpx2.get(f"{url}/health", timeout=60).json() == {"ok": True}
        finally:
            server.terminate()
    assert server.returncode == 0
    assert log.exists()


def test_the_unit_has_settings_that_are_documented_each_in_its_section(tmp_path):
    file = tmp_path / "tieout.toml"
    file.write_text("")
    install(Service(file, ["serve", "--project", str(file)]), {"USER": "ann"}, "linux")
    (made,) = (tmp_path / "service").iterdir()
    section, found = "", {}
    for line in filter(None, made.read_text("utf-8").splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        else:
            found.setdefault(section, set()).add(line.partition("=")[0])
    assert found == UNIT_KEYS
    unit = unit_of(made)
    assert unit["Restart"] == "always"
    # Without end: five starts in ten seconds are what systemd lets pass when nothing else is said.
    assert int(unit["RestartSec"]) * 5 > 10


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_finds_no_mistake_in_the_unit(tmp_path):
    file = tmp_path / "tieout.toml"
    file.write_text("")
    install(Service(file, ["serve", "--project", str(file)]), {"USER": "ann"}, "linux")
    (made,) = (tmp_path / "service").iterdir()
    judged = subprocess.run(
        ["systemd-analyze", "--user", "verify", "--man=no", str(made)],
        capture_output=True,
        text=True,
        check=False,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert made.name not in judged.stderr


def test_the_task_runs_in_the_session_of_the_person_who_signs_in(tmp_path):
    file = tmp_path / "tieout.toml"
    file.write_text("")
    words = ["serve", "--project", r"C:\a shop\tieout.toml"]
    service = Service(file, words, python=r"C:\a & b\Scripts\python.exe", user="SHOP\\ann")
    said = install(service, {}, "win32")
    assert "schtasks /Create /TN" in said[1]
    (made,) = (tmp_path / "service").iterdir()
    assert made.read_bytes().startswith("\ufeff<?xml".encode("utf-16-le"))  # what schtasks reads
    task = ET.fromstring(made.read_bytes())
    check_task(task)
    (principal,) = task.iterfind(f"{TASK}Principals/{TASK}Principal")
    assert task.find(f"{TASK}Actions").attrib == {"Context": principal.get("id")}
    found = {each.tag.removeprefix(TASK): (each.text or "").strip() for each in task.iter()}
    assert found["LogonType"] == "InteractiveToken"  # never session 0
    assert found["RunLevel"] == "LeastPrivilege"
    assert found["UserId"] == "SHOP\\ann"
    assert found["ExecutionTimeLimit"] == "PT0S"  # without it, Windows ends it after three days
    assert found["MultipleInstancesPolicy"] == "IgnoreNew"
    assert found["Command"] == r"C:\a & b\Scripts\pythonw.exe"
    assert found["Arguments"] == r'-m tieout serve --project "C:\a shop\tieout.toml"'
    trigger = task.find(f"{TASK}Triggers/{TASK}LogonTrigger")
    assert trigger is not None
    # What ended is started again: without a Duration, as long as that person is signed in.
    assert [each.tag for each in trigger.find(f"{TASK}Repetition")] == [f"{TASK}Interval"]


def test_a_task_of_whoever_signs_in_is_one_too(tmp_path):
    file = tmp_path / "tieout.toml"
    file.write_text("")
    install(Service(file, ["serve"]), {}, "win32")
    (made,) = (tmp_path / "service").iterdir()
    check_task(ET.fromstring(made.read_bytes()))


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    file = tmp_path / "tieout.toml"
    file.write_text("")
    (tmp_path / "service").write_text("in the way")
    with pytest.raises(SetupError, match=r"service.+cannot be written"):
        install(Service(file, ["serve"]), {}, "win32")


def test_two_projects_have_two_names_and_other_systems_are_told(tmp_path):
    names = {Service(tmp_path / name / "tieout.toml", []).name for name in ("one shop", "two", "…")}
    assert names == {"tieout-one-shop", "tieout-two", "tieout-project"}
    (tmp_path / "tieout.toml").write_text("")
    with pytest.raises(SetupError, match="no way of starting by itself"):
        install(Service(tmp_path / "tieout.toml", []), {}, "plan9")


def test_a_log_file_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "tieout.toml").write_text("")
    refused = call("worker", "--log-file", tmp_path, "--project", tmp_path / "tieout.toml")
    assert refused.exit_code == 2
    assert "The log cannot be written" in refused.stderr


def instructions():
    text = DOCKERFILE.read_text("utf-8").replace("\\\n", " ")
    return [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]


def test_the_image_is_pinned_has_no_root_and_no_secret():
    lines = instructions()
    bases = {words.split()[0] for name, words in lines if name == "FROM"}
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert len(bases) == 1
    last = [name for name, _ in lines].index("USER")
    assert lines[last][1].isdecimal()  # a number, so that Kubernetes can see that it is not root
    assert int(lines[last][1]) > 0
    assert [name for name, _ in lines].count("USER") == 1
    assert not [name for name, _ in lines[last:] if name in ("RUN", "COPY", "ADD")]
    assert not re.search(r"(?i)\b(ARG|ENV)\b.*(secret|token|password|key)", DOCKERFILE.read_text("utf-8"))
    assert "ADD" not in {name for name, _ in lines}


def test_the_image_is_built_from_what_is_there_and_starts_with_words_that_tieout_knows():
    kept = set(re.findall(r"^!(\S+)", (DOCKERFILE.parent / ".dockerignore").read_text("utf-8"), re.MULTILINE))
    copied = {
        each.removeprefix("./")
        for name, words in instructions()
        if name == "COPY" and "--from" not in words
        for each in words.split()[:-1]
    }
    assert copied == kept
    assert all((DOCKERFILE.parent / each).exists() for each in copied)
    command = dict(instructions())["CMD"]
    words = re.findall(r'"([^"]+)"', command)
    assert call(*words, "--help").exit_code == 0
    options = call("serve", "--help").stdout
    assert all(word in options for word in words if word.startswith("--"))
