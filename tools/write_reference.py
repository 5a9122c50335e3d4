"""Write docs/reference/ anew: the command line, the API, the settings, the record types, the reports and the fault codes.

    python tools/write_reference.py [--check]

With --check nothing is written, and the exit code is 1 when a page is not what the declarations say.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import reference_api
import reference_cli
import reference_desktop
import reference_record_types
import reference_reports
import reference_settings

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "cli.md": reference_cli.page,
    "api.md": reference_api.page,
    "settings.md": reference_settings.page,
    "record-types.md": reference_record_types.page,
    "desktop-record-types.md": reference_desktop.page,
    "reports.md": reference_reports.page,
    "faults.md": reference_record_types.faults_page,
}


def stale_pages() -> list[str]:
    """Pages that are not what the declarations say."""
    return [name for name, page in PAGES.items() if _read(FOLDER / name) != page()]


def write_pages() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8", newline="\n")


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 when a page is stale"
    )
    if not arguments.parse_args().check:
        write_pages()
        return 0
    stale = stale_pages()
    for name in stale:
        print(f"docs/reference/{name} is stale: run `make docs`.", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
