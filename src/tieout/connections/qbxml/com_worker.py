"""The worker beside QuickBooks: COM on one side, the host protocol on the other. Started by its path:

    python com_worker.py

It runs under a Python of QuickBooks' own bitness, which need not be tieout's: 32-bit up to QuickBooks 2021, 64-bit from 2022. So it is
one file that needs pywin32 and nothing else, and Python 3.8 or newer. It reads requests from its standard input and writes answers
to its standard output: four bytes of length, most significant first, then a JSON object. When its input ends, it ends the session.

Everything happens on the main thread, which is the one apartment that QBXMLRP2 may be used from.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import struct
import sys
from io import FileIO
from typing import Any

LARGEST = 16 * 1024 * 1024
PIECE = 1000000
PROG_ID = "QBXMLRP2.RequestProcessor"

MODES = {"single": 0, "multi": 1, "auto": 2}
UNATTENDED = {"required": 1, "optional": 2}
PERSONAL_DATA = {"required": 1, "optional": 2, "not needed": 3}

LENGTH = struct.Struct(">I")


class HostFailed(Exception):
    """Something is missing here; it is no answer of QuickBooks."""


class RequestProcessor:
    """QuickBooks' request processor, with at most one connection and one session."""

    def __init__(self) -> None:
        self._processor: Any = None
        self._ticket: Any = None

    def open(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.end({})
        processor = _created()
        processor.OpenConnection2(
            asked.get("application_id", ""),
            asked.get("application_name", "tieout"),
            asked.get("connection", 1),
        )
        self._processor = processor
        try:
            self._say_preferences(asked)
            self._ticket = self._processor.BeginSession(
                asked.get("file", ""), MODES[asked.get("mode", "auto")]
            )
            return {
                "ticket": self._ticket,
                "file": self._processor.GetCurrentCompanyFileName(self._ticket),
                "versions": [str(each) for each in self._processor.QBXMLVersionsForSession(self._ticket)],
            }
        except BaseException:
            self.end_quietly()
            raise

    def process(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self._processor is None:
            raise HostFailed("No session is open.")
        return {"xml": self._processor.ProcessRequest(asked["ticket"], asked["xml"])}

    def end(self, _asked: dict[str, Any]) -> dict[str, Any]:
        """QuickBooks counts connections: each one that was opened is closed, whatever fails before."""
        processor, ticket = self._processor, self._ticket
        self._processor = self._ticket = None
        if processor is not None:
            try:
                if ticket is not None:
                    processor.EndSession(ticket)
            finally:
                processor.CloseConnection()
        return {}

    def end_quietly(self) -> None:
        """End after a failure, which is worth telling; that nothing can be ended then is not."""
        try:
            self.end({})
        except Exception as error:
            sys.stderr.write("The session could not be ended: %s\n" % error)  # noqa: UP031 - old Pythons

    def look(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Facts about this machine, and about a company file where one is named; none that cannot be found out."""
        seen = {
            "platform": sys.platform,
            "windows": platform.platform(),
            "bits": struct.calcsize("P") * 8,
            "python": platform.python_version(),
            "registered": _is_registered(),
        }
        if sys.platform == "win32":
            for name, find in FACTS.items():
                try:
                    seen[name] = find()
                except Exception as error:
                    sys.stderr.write("%s cannot be found out: %s\n" % (name, error))  # noqa: UP031
            if asked.get("file"):
                seen["file"] = about_file(asked["file"])
        return seen

    def _say_preferences(self, asked: dict[str, Any]) -> None:
        """Before BeginSession, or QuickBooks does not heed them (0x8004042E)."""
        unattended, personal = asked.get("unattended", "optional"), asked.get("personal_data", "optional")
        flags = asked.get("auth_flags", 0)
        if (unattended, personal, flags) == ("optional", "optional", 0):
            return  # what QuickBooks takes for granted; old libraries have no AuthPreferences
        preferences = self._processor.AuthPreferences
        preferences.PutUnattendedModePref(UNATTENDED[unattended])
        preferences.PutPersonalDataPref(PERSONAL_DATA[personal])
        if flags:
            preferences.PutAuthFlags(flags)


def _created() -> Any:
    try:
        from win32com.client import Dispatch  # type: ignore[import-untyped]
    except ImportError:
        raise HostFailed(
            "pywin32 is missing: run `%s -m pip install pywin32`." % sys.executable  # noqa: UP031 - old Pythons
        ) from None
    return Dispatch(PROG_ID)


def _is_registered() -> bool:
    """Whether this Python's bitness finds QuickBooks' library."""
    if sys.platform != "win32":
        return False
    try:
        import winreg

        winreg.CloseKey(winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, PROG_ID + "\\CLSID"))
    except (ImportError, OSError):
        return False
    return True


# What Windows says. Handles are pointers, which are wider than an int in a 64-bit Python.


def _kernel() -> Any:
    return ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]


def _session_of(process_id: int) -> int:
    """The Windows session that a process runs in; services are in session 0."""
    session = ctypes.c_uint32()
    if not _kernel().ProcessIdToSessionId(process_id, ctypes.byref(session)):
        raise OSError("session unknown")
    return session.value


def _user() -> str:
    """`MACHINE\\ann`."""
    name = ctypes.create_unicode_buffer(257)
    size = ctypes.c_uint32(len(name))
    if not ctypes.WinDLL("advapi32").GetUserNameW(name, ctypes.byref(size)):  # type: ignore[attr-defined]
        raise OSError("user unknown")
    domain = os.environ.get("USERDOMAIN", "")
    return domain + "\\" + name.value if domain else name.value


def _is_administrator() -> bool:
    return bool(ctypes.WinDLL("shell32").IsUserAnAdmin())  # type: ignore[attr-defined]


def _station() -> str:
    """The window station: people sit at `WinSta0`, a service has one of its own."""
    user32 = ctypes.WinDLL("user32")  # type: ignore[attr-defined]
    user32.GetProcessWindowStation.restype = ctypes.c_void_p
    name = ctypes.create_unicode_buffer(257)
    station = ctypes.c_void_p(user32.GetProcessWindowStation())
    needed = ctypes.c_uint32()
    if not user32.GetUserObjectInformationW(
        station, 2, name, ctypes.sizeof(name), ctypes.byref(needed)
    ):  # UOI_NAME
        raise OSError("window station unknown")
    return name.value


class _ProcessEntry(ctypes.Structure):
    """PROCESSENTRY32W."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("usage", ctypes.c_uint32),
        ("process_id", ctypes.c_uint32),
        ("heap", ctypes.c_size_t),
        ("module", ctypes.c_uint32),
        ("threads", ctypes.c_uint32),
        ("parent", ctypes.c_uint32),
        ("priority", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
        ("name", ctypes.c_wchar * 260),
    )


def _processes() -> list[dict[str, Any]]:
    """Those of QuickBooks: its own, `QBW.EXE` or `QBW32.EXE`, the Web Connector, and helpers."""
    kernel = _kernel()
    kernel.CreateToolhelp32Snapshot.restype = ctypes.c_void_p
    snapshot = kernel.CreateToolhelp32Snapshot(2, 0)  # TH32CS_SNAPPROCESS
    if snapshot in (None, ctypes.c_void_p(-1).value):
        raise OSError("no snapshot of the processes")
    found = []
    entry = _ProcessEntry()
    entry.size = ctypes.sizeof(entry)
    try:
        there = kernel.Process32FirstW(ctypes.c_void_p(snapshot), ctypes.byref(entry))
        while there:
            if entry.name.upper().startswith("QB"):
                found.append({"name": entry.name, "session": _session_of(entry.process_id)})
            there = kernel.Process32NextW(ctypes.c_void_p(snapshot), ctypes.byref(entry))
    finally:
        kernel.CloseHandle(ctypes.c_void_p(snapshot))
    return found


FACTS: dict[str, Any] = {
    "session": lambda: _session_of(os.getpid()),
    "station": _station,
    "user": _user,
    "administrator": _is_administrator,
    "processes": _processes,
}

READ, WRITE, ADD_FILE = 0x80000000, 0x40000000, 0x2
"""GENERIC_READ, GENERIC_WRITE, FILE_ADD_FILE."""
_FOLDER = 0x02000000
"""FILE_FLAG_BACKUP_SEMANTICS, without which no folder can be opened."""


def about_file(path: str) -> dict[str, Any]:
    """What may be done with a company file: the number of Windows' error for each, 0 where there is none. Nothing is changed."""
    attributes = _kernel().GetFileAttributesW(ctypes.c_wchar_p(path)) & 0xFFFFFFFF
    root = os.path.splitdrive(path)[0] + "\\"
    return {
        "path": path,
        "reading": _error_of_opening(path, READ),
        "writing": _error_of_opening(path, WRITE),
        "adding_beside": _error_of_opening(path.rpartition("\\")[0], ADD_FILE, _FOLDER),
        "read_only": attributes != 0xFFFFFFFF and bool(attributes & 1),
        "on_share": path.startswith("\\\\") or _kernel().GetDriveTypeW(ctypes.c_wchar_p(root)) == 4,
    }


def _error_of_opening(path: str, access: int, flags: int = 0) -> int:
    """Open what is there, shared with all others, and close it again."""
    kernel = _kernel()
    kernel.CreateFileW.restype = ctypes.c_void_p
    handle = kernel.CreateFileW(ctypes.c_wchar_p(path), ctypes.c_uint32(access), 7, None, 3, flags, None)
    if handle in (None, ctypes.c_void_p(-1).value):
        return int(ctypes.get_last_error())  # type: ignore[attr-defined]
    kernel.CloseHandle(ctypes.c_void_p(handle))
    return 0


def answer_to(processor: RequestProcessor, asked: dict[str, Any]) -> dict[str, Any]:
    """What to say to a request; an HRESULT or a lack is an answer too."""
    actions = {
        "open": processor.open,
        "process": processor.process,
        "end": processor.end,
        "look": processor.look,
    }
    if asked.get("do") == "hello":
        return {
            "host": "com",
            "python": platform.python_version(),
            "bits": struct.calcsize("P") * 8,
            "platform": sys.platform,
        }
    if asked.get("do") not in actions:
        return {"error": {"kind": "host", "text": "There is nothing called %r to do." % asked.get("do")}}  # noqa: UP031
    try:
        return actions[asked["do"]](asked)
    except HostFailed as error:
        return {"error": {"kind": "host", "text": str(error)}}
    except Exception as error:
        hresult = _hresult_of(error)
        if hresult is None:
            return {"error": {"kind": "host", "text": "%s: %s" % (type(error).__name__, error)}}  # noqa: UP031
        return {"error": {"hresult": "0x%08X" % (hresult & 0xFFFFFFFF), "text": _text_of(error)}}


def _hresult_of(error: BaseException) -> int | None:
    """QuickBooks' own code: it stands in the exception's details, the outer one only says that there was one."""
    if type(error).__name__ != "com_error":
        return None
    details = error.args[2] if len(error.args) > 2 else None
    return int((details[5] if details and details[5] else None) or error.args[0])


def _text_of(error: BaseException) -> str:
    details = error.args[2] if len(error.args) > 2 else None
    return str((details[2] if details else None) or error.args[1] or "")


def _receive(stream: FileIO) -> Any:
    head = _exactly(stream, LENGTH.size)
    if head is None:
        return None
    (length,) = LENGTH.unpack(head)
    if length > LARGEST:
        return None
    body = _exactly(stream, length)
    return None if body is None else json.loads(body.decode("utf-8"))


def _exactly(stream: FileIO, size: int) -> bytes | None:
    content = b""
    while len(content) < size:
        part = stream.read(size - len(content))
        if not part:
            return None
        content += part
    return content


def _send(stream: FileIO, number: Any, answer: dict[str, Any]) -> None:
    """An answer, its text in pieces."""
    text = answer.get("xml", "")
    while len(text) > PIECE:
        _frame(stream, {"id": number, "xml": text[:PIECE], "more": True})
        text = text[PIECE:]
    if "xml" in answer:
        answer = dict(answer, xml=text)
    _frame(stream, dict(answer, id=number))


def _frame(stream: FileIO, message: dict[str, Any]) -> None:
    content = json.dumps(message).encode("utf-8")
    left = memoryview(LENGTH.pack(len(content)) + content)
    while left:
        left = left[stream.write(left) or 0 :]


def main() -> None:
    """Answer until the input ends. Whatever else prints must not reach the frames."""
    reading, writing = FileIO(os.dup(0), "rb"), FileIO(os.dup(1), "wb")
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(reading.fileno(), os.O_BINARY)
        msvcrt.setmode(writing.fileno(), os.O_BINARY)
    sys.stdout = sys.stderr
    processor = RequestProcessor()
    try:
        while True:
            asked = _receive(reading)
            if asked is None:
                return
            _send(writing, asked.get("id"), answer_to(processor, asked))
    finally:
        processor.end_quietly()


if __name__ == "__main__":
    main()
