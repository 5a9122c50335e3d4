"""The worker under a Windows Python, driving a COM server that is called like QuickBooks' own; Wine is the Windows.

It proves our calls and threads and the framing over pipes, not QuickBooks. `tests/windows/prepare.sh FOLDER` makes ready what is
needed; `TIEOUT_WINE` names the folder.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tieout.connections.duckdb.connection import DuckDBConnection
from tieout.connections.qbxml import worker
from tieout.connections.qbxml.company import Company
from tieout.connections.qbxml.connection import QbxmlConnection, open_desktop
from tieout.connections.qbxml.exchange import HostExchange
from tieout.connections.qbxml.host import Host
from tieout.connections.qbxml.surrogate import APPLICATION_KEY, Surrogate
from tieout.errors import Busy, LocalProtocolError, TieoutError, Unreachable
from tieout.operations import Query
from tieout.processes.sync import sync
from tieout.processes.verify import verify
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import DesktopServer, running_desktop
from tieout.sandbox.desktop.small_company import small_company

FOLDER = Path(os.environ.get("TIEOUT_WINE", "/nowhere"))
WINE = ["bash", "-c", 'exec wine "$@" 2> >(cat >&2)', "wine"]
PYTHON = [*WINE, str(FOLDER / "cp313" / "python.exe")]
"""Under Wine 8 all three standard streams must be pipes."""
HERE = Path(__file__).parent
SERVER = "{0D1E6B52-4E0C-4D6B-9A0B-6F4C2A7D9C11}"
"""The class of quickbooks.py."""

pytestmark = pytest.mark.skipif(
    not (FOLDER / "ready").exists(),
    reason="NO WINDOWS PYTHON: run tests/windows/prepare.sh FOLDER and set TIEOUT_WINE=FOLDER",
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DesktopServer]:
    for name, value in {
        "WINEPREFIX": str(FOLDER / "prefix"),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DISPLAY", raising=False)
    with running_desktop(small_company(DesktopCompany())) as running:
        place = urlsplit(running.address)
        token = parse_qs(place.query)["token"][0]
        monkeypatch.setenv("TIEOUT_SANDBOX", f"{place.hostname} {place.port} {token}")
        register()
        yield running


def register() -> None:
    """The server as it is to be, and nothing of how it was before."""
    for word in ("--unregister", "--register"):
        command = [*PYTHON, _windows_path(HERE / "quickbooks.py"), word]
        subprocess.run(command, input=b"", capture_output=True, check=True, timeout=120)


def is_registered(key: str) -> bool:
    asked = [*WINE, "reg", "query", rf"HKEY_CLASSES_ROOT\CLSID\{SERVER}\{key}"]
    return subprocess.run(asked, input=b"", capture_output=True, check=False).returncode == 0


def _windows_path(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")


def host(timeout: float = 60) -> Host:
    return worker.worker_host(PYTHON, timeout=timeout, script=_windows_path(worker.SCRIPT))


def test_a_whole_company_comes_over_com_as_it_is(server: DesktopServer) -> None:
    exchange = HostExchange(host)
    over_com = QbxmlConnection("books", Company(exchange), "desktop", exchange)
    with over_com, open_desktop("books", sandbox=server.address) as direct:
        assert over_com.check() == direct.check()
        points = {each.point: each.state for each in over_com.examine()}
        assert points["COM library"] == points["session"] == "ok"
        assert points["unattended access"] == "ok"
        assert points["signed in at night"] == "cannot tell"
        there = [record for page in over_com.read(Query()) for record in page.records()]
        assert there == [record for page in direct.read(Query()) for record in page.records()]
        assert len(there) > 150


def test_a_whole_company_is_mirrored_over_com_and_tied_out(server: DesktopServer, tmp_path: Path) -> None:
    exchange = HostExchange(host)
    warehouse = DuckDBConnection("warehouse", tmp_path / "w.duckdb")
    with QbxmlConnection("books", Company(exchange), "desktop", exchange) as books:
        report = sync(books, warehouse.mirror(books.identity, books.layout), books.types())
        assert report.read["Invoice"] == 120
        assert not sync(books, warehouse.mirror(books.identity, books.layout), books.types()).read
        assert verify(books, warehouse, books.types()).agrees


def test_the_worker_says_what_it_is_and_what_it_sees(server: DesktopServer) -> None:
    with host() as worker_there:
        assert (worker_there.about.host, worker_there.about.platform) == ("com", "win32")
        seen = worker_there.look()
        assert seen["registered"] is True
        assert isinstance(seen["session"], int)
        assert isinstance(seen["administrator"], bool)
        assert seen["user"]
        assert seen["processes"] == []  # QuickBooks is none of these


def test_a_program_of_quickbooks_is_seen_beside_the_worker(server: DesktopServer) -> None:
    copied = FOLDER / "cp313" / "QBW32.EXE"  # Python under its name, which waits until its input ends
    copied.write_bytes((FOLDER / "cp313" / "python.exe").read_bytes())
    waiting = [*WINE, str(copied), "-c", "print('here', flush=True); input()"]
    with (
        subprocess.Popen(waiting, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as quickbooks,
        host() as there,
    ):
        assert quickbooks.stdout is not None
        assert quickbooks.stdout.readline().strip() == b"here"
        seen = there.look()
        assert seen["processes"] == [{"name": "QBW32.EXE", "session": seen["session"]}]
        quickbooks.communicate(b"\n", timeout=60)
    copied.unlink()


def test_the_worker_sees_what_it_may_do_with_a_file(server: DesktopServer, tmp_path: Path) -> None:
    file = tmp_path / "larch.qbw"
    file.write_bytes(b"company")
    with host() as there:
        about = there.look(_windows_path(file))["file"]
        assert {about[name] for name in ("reading", "writing", "adding_beside")} == {0}
        assert not about["read_only"]
        file.chmod(0o444)
        about = there.look(_windows_path(file))["file"]
        assert (about["reading"], about["read_only"]) == (0, True)
        missing = there.look(_windows_path(tmp_path / "nothing.qbw"))["file"]
        assert (missing["reading"], missing["writing"]) == (2, 2)
    assert file.read_bytes() == b"company"


def test_an_hresult_becomes_its_error(server: DesktopServer) -> None:
    with host() as there:
        with pytest.raises(Busy, match="0x80040410"):
            there.open(file=r"C:\shared.qbw")
        there.open()
        with pytest.raises(TieoutError, match="0x80040400") as told:
            list(there.process(b"<QBXML/>", reading=True))
        assert isinstance(told.value, LocalProtocolError)
        there.end()


def test_a_call_that_hangs_is_cut_and_the_next_worker_is_well(server: DesktopServer) -> None:
    hanging = host(timeout=60)
    hanging.timeout = 3
    with hanging, pytest.raises(Unreachable, match="gave no answer within 3 s"):
        hanging.open(file=r"C:\hangs.qbw")
    with host() as next_one:
        assert next_one.open().versions[-1] == "16.0"


def test_the_change_of_the_registry_is_read_back_and_taken_back(
    server: DesktopServer, tmp_path: Path
) -> None:
    surrogate = Surrogate(tmp_path / "quickbooks_host", reg=[*WINE, "reg"])
    assert not surrogate.is_there()
    surrogate.make_sure()
    said = subprocess.run(
        [*WINE, "reg", "query", APPLICATION_KEY, "/v", "DllSurrogate"],
        input=b"",
        capture_output=True,
        check=True,
    )
    assert b"DllSurrogate" in said.stdout
    assert surrogate.is_there()
    assert surrogate.undo()
    assert not surrogate.is_there()
    assert not surrogate.undo()


def test_quickbooks_in_a_process_of_its_own_answers_as_well(
    server: DesktopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEOUT_COM", "out of process")
    register()
    assert is_registered("LocalServer32")
    assert not is_registered("InprocServer32")
    exchange = HostExchange(host)
    with QbxmlConnection("books", Company(exchange), "desktop", exchange) as books:
        assert books.count("Invoice") == 120
