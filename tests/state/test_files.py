"""Files that are whole or absent, whatever ends the process that writes them."""

import subprocess
import sys

import pytest

from tieout.state.files import make_folder, replace_file

FULL = """
import resource, signal, sys
from pathlib import Path
from tieout.errors import SetupError
from tieout.state.files import make_folder, replace_file

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
place = Path(sys.argv[1])
try:
    replace_file(place, b"after") if place.suffix else make_folder(place)
except (OSError, SetupError) as error:
    print(error)
"""
"""A disk on which no file gets longer than one byte."""


def on_a_full_disk(path):
    told = subprocess.run([sys.executable, "-c", FULL, path], capture_output=True, text=True, check=True)
    assert "File too large" in told.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Linux")
def test_a_full_disk_leaves_the_file_as_it_was(tmp_path):
    file = tmp_path / "tieout.toml"
    file.write_text("before")
    on_a_full_disk(file)
    assert file.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["tieout.toml"]


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Linux")
def test_what_keeps_secrets_out_of_git_is_whole_or_made_anew(tmp_path):
    folder = tmp_path / "tieout"
    on_a_full_disk(folder)
    assert list(folder.iterdir()) == []
    assert (make_folder(folder) / ".gitignore").read_text() == "*\n"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.toml").write_text("before")
    (tmp_path / "link.toml").symlink_to("real.toml")
    replace_file(tmp_path / "link.toml", b"after")
    assert (tmp_path / "link.toml").is_symlink()
    assert (tmp_path / "real.toml").read_text() == "after"
