"""What makes `tieout serve` start by itself: a unit of systemd for a user on Linux, a task for Task Scheduler on Windows.

A file is written and nothing is enabled: the commands that do that are for a person to give.
"""

from __future__ import annotations

import codecs
import getpass
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from xml.sax.saxutils import escape

from ..errors import SetupError
from ..project.file import variables_of
from ..state.files import replace_file

FOLDER = "service"
VARIABLES = "tieout.env"


@dataclass(frozen=True, slots=True)
class Service:
    """A server of a project, as it is to be started."""

    project: Path
    """The project file, absolute."""
    words: Sequence[str]
    """What follows `tieout`, beginning with the options that stand before `serve`."""
    python: str = sys.executable
    user: str = ""

    @property
    def folder(self) -> Path:
        return self.project.parent / FOLDER

    @property
    def name(self) -> str:
        """Of the unit or task; two projects of one machine have two."""
        return f"tieout-{re.sub(r'[^A-Za-z0-9_.-]+', '-', self.project.parent.name).strip('-') or 'project'}"

    @property
    def variables(self) -> Path:
        return self.folder / VARIABLES


def install(service: Service, environ: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    """Write the file for this platform into the project's folder `service`; what a person does then, line by line."""
    needed = ", ".join(variables_of(service.project))
    if platform == "win32":
        file = service.folder / f"{service.name}.xml"
        _write(
            file, codecs.BOM_UTF16_LE + scheduled_task(service).encode("utf-16-le")
        )  # schtasks reads no UTF-8
        return [
            f"{file} is written. Make the task: it starts whenever {service.user or 'you'} sign in, in that session.",
            subprocess.list2cmdline(["schtasks", "/Create", "/TN", service.name, "/XML", str(file)]),
            subprocess.list2cmdline(["schtasks", "/Run", "/TN", service.name]),
            *([f"These variables must be set for that user (setx NAME VALUE): {needed}."] if needed else []),
        ]
    if platform == "linux":
        file = service.folder / f"{service.name}.service"
        _write(file, systemd_unit(service).encode())
        return [
            f"{file} is written. Let it run now, and from the start of the machine on:",
            shlex.join(["systemctl", "--user", "enable", "--now", str(file)]),
            shlex.join(["loginctl", "enable-linger", environ.get("USER") or getpass.getuser()]),
            *(
                [f"Put these variables into {service.variables}, NAME=VALUE, readable by you only: {needed}."]
                if needed
                else []
            ),
        ]
    raise SetupError(
        f"There is no way of starting by itself for {platform} here.",
        advice="Let its service manager run `tieout serve`; the docs show systemd, Task Scheduler and containers.",
    )


def systemd_unit(service: Service) -> str:
    """The unit, for `systemctl --user`."""
    words = [service.python, "-m", "tieout", *service.words]
    return "\n".join(
        (
            "[Unit]",
            f"Description=tieout in {_no_specifiers(str(service.project.parent))}",
            "Wants=network-online.target",
            "After=network-online.target",
            "",
            "[Service]",
            f"WorkingDirectory={_no_specifiers(str(service.project.parent))}",
            f"EnvironmentFile=-{_no_specifiers(str(service.variables))}",
            f"ExecStart={' '.join(map(_unit_word, words))}",
            "Restart=always",
            "RestartSec=5",
            "TimeoutStopSec=60",
            "NoNewPrivileges=yes",
            "",
            "[Install]",
            "WantedBy=default.target",
            "",
        )
    )


def scheduled_task(service: Service) -> str:
    """The task, for `schtasks /Create /XML`.

    With the token of the person who is signed in it runs in the session of the desktop, where QuickBooks is, and never in session 0.
    RestartOnFailure is for tasks that could not be started ([MS-TSCH] 2.5.4.2), so what ended is started again by the repetition: each
    minute while that person is signed in, and to no effect while it runs.
    """
    python = PureWindowsPath(service.python)
    windowless = python.with_name("pythonw.exe") if python.name.casefold() == "python.exe" else python
    user = f"<UserId>{escape(service.user)}</UserId>" if service.user else ""
    words = subprocess.list2cmdline(["-m", "tieout", *service.words])
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>tieout in {escape(str(service.project.parent))}</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Repetition>
        <Interval>PT1M</Interval>
      </Repetition>
      {user}
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      {user}
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <StartWhenAvailable>true</StartWhenAvailable>
    <Enabled>true</Enabled>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(str(windowless))}</Command>
      <Arguments>{escape(words)}</Arguments>
      <WorkingDirectory>{escape(str(service.project.parent))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all: half a unit would be started."""
    try:
        file.parent.mkdir(exist_ok=True)
        replace_file(file, content)
    except OSError as error:
        raise SetupError(
            f"{file} cannot be written: {error.strerror}.",
            advice="Make its folder one that you may write to.",
        ) from error


def user_of_this_machine(environ: Mapping[str, str] = os.environ) -> str:
    """As Windows names the one who is signed in."""
    user, domain = environ.get("USERNAME", ""), environ.get("USERDOMAIN", "")
    return f"{domain}\\{user}" if user and domain else user


def _no_specifiers(text: str) -> str:
    """systemd replaces what stands after a percent sign."""
    return text.replace("%", "%%")


def _unit_word(word: str) -> str:
    quoted = _no_specifiers(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{quoted}"' if re.search(r"[\s'\"\\;]", word) or not word else quoted
