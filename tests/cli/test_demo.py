import json
import shlex

import pytest

from .conftest import call


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "tieout-demo"


@pytest.fixture(scope="module")
def shown(folder):
    return call("demo", "--invoices", "60", "--folder", folder, "--format", "json")


def test_the_demo_ties_out(shown, folder):
    assert shown.exit_code == 0, shown.stderr
    told = json.loads(shown.stdout)
    assert told["agrees"] is True
    assert told["records_first"] > 100
    assert 0 < told["records_second"] < told["records_first"]
    assert told["gone_second"] == 1
    assert told["requests_second"] <= 5
    assert told["folder"] == str(folder)


def test_it_tells_what_it_changes(shown):
    for words in ("a note is added", ": new, ", "deleted", "voided", "made inactive", "paid"):
        assert words in shown.stderr


def test_the_first_command_it_names_works_after_the_sandbox_is_gone(shown):
    named = [line.strip() for line in shown.stderr.splitlines() if line.startswith("  tieout ")]
    assert len(named) == 3
    result = call(*shlex.split(named[0])[1:])
    assert result.exit_code == 0, result.stderr
    assert "doc_number" in result.stdout


def test_it_does_not_touch_what_is_not_its_own(tmp_path):
    (tmp_path / "tieout.toml").write_text("# mine\n")
    result = call("demo", "--folder", tmp_path)
    assert result.exit_code == 2
    assert (tmp_path / "tieout.toml").read_text() == "# mine\n"
