"""The pages of docs/reference are what the declarations say; `make docs` writes them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def check():
    program = ROOT / "tools" / "write_reference.py"
    return subprocess.run([sys.executable, str(program), "--check"], capture_output=True, text=True)


def test_no_page_is_stale():
    done = check()
    assert done.returncode == 0, done.stderr


def test_every_verb_and_setting_is_there():
    page = (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    for verb in ("demo", "sandbox online", "connect", "query", "verify"):
        assert f"\n## tieout {verb}\n" in page
    assert "`--where PREDICATE`" in page
    assert "minor_version" in (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
