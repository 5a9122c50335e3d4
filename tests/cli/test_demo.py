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
    assert [told[name] for name in ("orders", "orders_refused", "orders_corrected", "orders_twice")] == [
        3,
        1,
        1,
        0,
    ]


def test_it_says_why_an_order_was_refused(shown):
    assert (
        "Refused: orders.csv, line 4: order_to_invoice.jsonata, line 8 (for CustomerRef): QuickBooks has no Customer '"
        in shown.stderr
    )
    assert "orders: 3 in, 2 out, 1 refused." in shown.stderr
    assert "orders: 3 in, 1 out, 2 brought over before." in shown.stderr
    assert "orders: 3 in, 0 out, 3 brought over before." in shown.stderr


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
