"""How long a message set takes over COM under Wine, beside the same one at the sandbox's own door: `python -m bench.com_round_trip`.

`TIEOUT_WINE` names the folder that `tests/windows/prepare.sh` made ready. Behind COM stands the same sandbox, so the difference is
the worker, its pipes, COM and Wine.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tieout.connections.qbxml import worker
from tieout.connections.qbxml.company import Company
from tieout.connections.qbxml.exchange import HostExchange
from tieout.connections.qbxml.host import Host, host_at
from tieout.protocols.qbxml_writer import Request
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import running_desktop
from tieout.sandbox.desktop.small_company import small_company

TIMES = 100
SERVER = Path(__file__).parent.parent / "tests" / "windows" / "quickbooks.py"


def round_trip(company: Company) -> float:
    """The median of many, in milliseconds."""
    company.spoken()
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        company.ask([Request("Company", "Query")])
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def main() -> None:
    folder = Path(os.environ.get("TIEOUT_WINE", "/nowhere"))
    if not (folder / "ready").exists():
        sys.exit("Run tests/windows/prepare.sh FOLDER and set TIEOUT_WINE=FOLDER.")
    python = ["bash", "-c", 'exec wine "$@" 2> >(cat >&2)', "wine", str(folder / "cp313" / "python.exe")]
    os.environ |= {"WINEPREFIX": str(folder / "prefix"), "WINEARCH": "win64", "WINEDEBUG": "-all"}
    os.environ.pop("DISPLAY", None)
    with running_desktop(small_company(DesktopCompany())) as server:
        place = urlsplit(server.address)
        os.environ["TIEOUT_SANDBOX"] = f"{place.hostname} {place.port} {parse_qs(place.query)['token'][0]}"
        register = [*python, _seen_from_windows(SERVER), "--register"]
        subprocess.run(register, input=b"", capture_output=True, check=True, timeout=120)

        def over_com() -> Host:
            return worker.worker_host(python, timeout=60, script=_seen_from_windows(worker.SCRIPT))

        found = {}
        for name, connect in (("over COM", over_com), ("directly", lambda: host_at(server.address))):
            exchange = HostExchange(connect)
            found[name] = round(round_trip(Company(exchange)), 2)
            exchange.close()
    print(json.dumps({"milliseconds": found}))


def _seen_from_windows(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")


if __name__ == "__main__":
    main()
