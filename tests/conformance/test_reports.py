"""Reports as python-quickbooks reads them, and in XML."""

from decimal import Decimal

import pytest
import requests
from quickbooks.exceptions import QuickbooksException


def test_python_quickbooks_reads_a_report(books, sandbox):
    report = books.get_report(
        "ProfitAndLoss", {"date_macro": "This Fiscal Year-to-date", "accounting_method": "Cash"}
    )
    assert (report["Header"]["ReportName"], report["Header"]["ReportBasis"]) == ("ProfitAndLoss", "Cash")
    net = report["Rows"]["Row"][-1]["Summary"]["ColData"]
    assert net[0]["value"] == "Net Income"
    assert Decimal(net[1]["value"])


def test_python_quickbooks_is_told_that_there_is_no_such_report(books):
    with pytest.raises(QuickbooksException) as caught:
        books.get_report("ARAgingDetail", {})
    assert (caught.value.error_code, caught.value.message) == (5020, "Permission Denied Error")


def test_a_report_in_xml(books, sandbox):
    token = books.auth_client.access_token
    answer = requests.get(
        f"{sandbox.base_url}/v3/company/{sandbox.realm}/reports/TrialBalance",
        headers={"Authorization": f"Bearer {token}", "Accept": "application/xml"},
        timeout=60,
    )
    assert answer.headers["Content-Type"].startswith("application/xml")
    assert b"<ReportName>TrialBalance</ReportName>" in answer.content
    assert b'<ColData value="TOTAL"' in answer.content
