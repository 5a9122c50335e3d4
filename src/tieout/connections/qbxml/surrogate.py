"""One change of the registry by which a 64-bit program reaches QuickBooks' 32-bit library without a worker of its bitness.

COM then loads the library into a process of its own, `dllhost.exe`, as "DllSurrogate" of the COM documentation has it. The
change stands in the part of the registry that is the user's own, so no administrator is needed, and it can be taken back. A worker
under a 32-bit Python is safer: it changes nothing that other programs see. So this is off unless the project file asks for it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import SetupError

CLSID = "{45F5708E-3B43-4FA8-BE7E-A5F1849214CB}"
"""QBXMLRP2.RequestProcessor's."""

_CLASSES = r"HKEY_CURRENT_USER\Software\Classes\WOW6432Node"
CLASS_KEY = rf"{_CLASSES}\CLSID\{CLSID}"
APPLICATION_KEY = rf"{_CLASSES}\AppID\{CLSID}"

_FILE = f"""Windows Registry Editor Version 5.00

[{CLASS_KEY}]
"AppID"="{CLSID}"

[{APPLICATION_KEY}]
"DllSurrogate"=""
"""


@dataclass(frozen=True, slots=True)
class Surrogate:
    """The change, its file in a folder, and the program that changes registries."""

    folder: Path
    reg: Sequence[str] = ("reg",)

    @property
    def file(self) -> Path:
        return self.folder / "quickbooks.reg"

    def make_sure(self) -> None:
        """Write the file, import it and read it back, unless it is there; SetupError where that cannot be done."""
        if self.is_there():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file.write_text(_FILE.replace("\n", "\r\n"), "utf-16", newline="")
        self._run("import", self._seen_from_windows(self.file))
        if not self.is_there():
            raise SetupError(
                f"{self.file} was imported and is not to be found in the registry.",
                advice="Look whether a policy forbids it; or name a 32-bit Python in `python` and take `surrogate` out.",
            )

    def is_there(self) -> bool:
        """Whether both values are in the registry."""
        asked = ((CLASS_KEY, "AppID"), (APPLICATION_KEY, "DllSurrogate"))
        return all(self._answers("query", key, "/v", name) for key, name in asked)

    def undo(self) -> bool:
        """Take both keys back; False when there was nothing to take back."""
        found = [key for key in (CLASS_KEY, APPLICATION_KEY) if self._answers("query", key)]
        for key in found:
            self._run("delete", key, "/f")
        self.file.unlink(missing_ok=True)
        return bool(found)

    def _answers(self, *words: str) -> bool:
        return self._ran(*words).returncode == 0

    def _run(self, *words: str) -> None:
        ran = self._ran(*words)
        if ran.returncode != 0:
            said = (ran.stderr or ran.stdout).decode(errors="replace").strip()
            raise SetupError(
                f"The registry could not be changed: {said or f'reg {words[0]} failed'}.",
                advice="Name a 32-bit Python in `python` instead, and take `surrogate` out of the connection.",
            )

    def _ran(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603 - the system's own program
                [*self.reg, *words], input=b"", capture_output=True, check=False, timeout=60
            )
        except FileNotFoundError as error:
            raise SetupError(
                "Only Windows has a registry.", advice="Take `surrogate` out of the connection."
            ) from error

    def _seen_from_windows(self, path: Path) -> str:
        return str(path) if sys.platform == "win32" else "Z:" + str(path).replace("/", "\\")
