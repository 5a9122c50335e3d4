"""The guide to a new kind is followed to the letter: its files are written, and its contract is run."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "new-kind.md"


def test_what_the_guide_shows_keeps_the_contract(tmp_path):
    blocks = re.findall(r"```python\n# (\S+)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert [name for name, _ in blocks] == ["mailing_list.py", "test_mailing_list.py"]
    for name, text in blocks:
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b(1[0-9]|2[0-9]) passed", done.stdout)


def test_the_guide_is_short():
    assert len(PAGE.read_text("utf-8").splitlines()) < 60
