"""The fixtures as somebody else's tests use them, and the same without pytest."""

import os
import subprocess
import sys

import httpx2
import pytest

from tieout.testing import quickbooks, quickbooks_settings, sandbox  # noqa: F401 - fixtures

OF_SOMEBODY_ELSE = """
import urllib.request
import pytest

def names(quickbooks):
    return [each.record["DisplayName"] for each in quickbooks.company.books.store("Customer")]

@pytest.mark.parametrize("quickbooks_settings", [{"company": "empty"}])
def test_chosen_for_one_test(quickbooks):
    assert names(quickbooks) == []
    urllib.request.urlopen(quickbooks.base_url + "/sandbox/keys").close()

class TestOverridden:
    @pytest.fixture
    def quickbooks_settings(self):
        return {"company": "empty", "throttle": True}

    def test_chosen_for_a_class(self, quickbooks):
        assert quickbooks.control.throttle.on
"""


def test_each_test_has_a_company_of_its_own(quickbooks):  # noqa: F811
    bearer = {"Authorization": f"Bearer {quickbooks.keys.access_token}", "Accept": "application/json"}
    address = f"{quickbooks.base_url}/v3/company/{quickbooks.realm}/companyinfo/{quickbooks.realm}"
    found = httpx2.get(address, headers=bearer).json()["CompanyInfo"]
    assert found["CompanyName"] == quickbooks.company.name == "Harbor Lane Goods"


@pytest.mark.parametrize("quickbooks_settings", [{"company": "empty"}])
def test_the_company_can_be_chosen(quickbooks):  # noqa: F811
    assert quickbooks.company.name == "Blank Page Company"


def test_the_context_manager_needs_no_fixture():
    with sandbox("empty", faults=[{"on": "any", "do": "503"}]) as running:
        address = f"{running.base_url}/v3/company/{running.realm}/preferences"
        bearer = {"Authorization": f"Bearer {running.keys.access_token}"}
        assert httpx2.get(address, headers=bearer).status_code == 503


def test_it_works_in_tests_of_somebody_else(tmp_path):
    (tmp_path / "test_theirs.py").write_text(OF_SOMEBODY_ELSE)
    plugin = ["-p", "tieout.testing.fixtures", "-p", "no:cacheprovider", "-W", "error"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugin, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert "2 passed" in run.stdout, run.stdout + run.stderr


def test_nothing_of_pytest_is_needed_for_the_sandbox_alone():
    code = "import sys; import tieout.testing; tieout.testing.sandbox; sys.exit('pytest' in sys.modules or 'starlette' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_an_unknown_name_is_unknown():
    import tieout.testing

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = tieout.testing.nothing
