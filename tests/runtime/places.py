"""A project folder whose server, Web Connector and commands are processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TIEOUT = [sys.executable, "-m", "tieout"]


@dataclass
class Place:
    """A project folder with a connection behind a Web Connector."""

    folder: Path
    sandbox: str
    port: int = 0
    made: dict[str, str] = field(default_factory=dict)

    def connect(self) -> None:
        made = self.run("connect", "books", "--kind", "web-connector", "--format", "json")
        assert made.returncode == 0, made.stderr
        self.made = json.loads(made.stdout)

    def set(self, *lines: str) -> None:
        """Add settings to the connection."""
        file = self.folder / "tieout.toml"
        file.write_text(file.read_text("utf-8") + "".join(f"{line}\n" for line in lines), "utf-8")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*TIEOUT, *words], cwd=self.folder, capture_output=True, text=True, timeout=100, check=False
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*TIEOUT, *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[str]]:
        with self.start("serve", "--port", str(self.port), "--format", "json") as server:
            try:
                assert server.stdout is not None
                ready = json.loads(server.stdout.readline())
                self.port = int(ready["url"].rpartition(":")[2])
                yield server
            finally:
                server.kill()

    @contextmanager
    def calling(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A Web Connector that calls twice a second."""
        with self.start(*self.web_connector("--every", "10", *words)) as robot:
            try:
                yield robot
            finally:
                robot.kill()

    def web_connector(self, *words: str) -> list[str]:
        url = f"http://localhost:{self.port}/web-connector"
        told = ["--qwc", "books.qwc", "--url", url, "--password", self.made["password"], "--speed", "20"]
        return ["sandbox", "web-connector", *told, "--sandbox", self.sandbox, "--format", "json", *words]
