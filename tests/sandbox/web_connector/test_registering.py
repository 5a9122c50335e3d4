"""Adding an application to a Web Connector writes its FileID into the company file, once and for all."""

from __future__ import annotations

from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.web_connector.quickbooks import QuickBooksHere
from tieout.sandbox.web_connector.registering import add_to_file, company_query

OWNER, OTHER_OWNER = ("{11111111-0000-4000-8000-000000000001}", "{22222222-0000-4000-8000-00000000000A}")
FILE, OTHER_FILE = ("{33333333-0000-4000-8000-00000000000b}", "{44444444-0000-4000-8000-00000000000c}")


def opened(company: DesktopCompany) -> QuickBooksHere:
    quickbooks = QuickBooksHere(company)
    quickbooks.open()
    return quickbooks


def test_the_file_id_is_written_once_beside_the_lock() -> None:
    company = DesktopCompany()
    for _ in range(2):
        assert add_to_file(opened(company), OWNER, FILE) == ""
    written = {each["DataExtName"]: each["DataExtValue"] for each in company.extensions.of_company}
    assert written == {"FileID": FILE, "AppLock": "LOCKED:SANDBOX:0"}


def test_another_file_id_of_the_same_owner_is_refused() -> None:
    company = DesktopCompany()
    add_to_file(opened(company), OWNER, FILE)
    assert add_to_file(opened(company), OWNER, OTHER_FILE).startswith("QBWC1039")
    assert add_to_file(opened(company), OTHER_OWNER, OTHER_FILE) == ""
    assert len(company.extensions.of_company) == 4


def test_each_owner_sees_its_own() -> None:
    assert company_query("") == "<CompanyQueryRq></CompanyQueryRq>"
    company = DesktopCompany()
    add_to_file(opened(company), OWNER, FILE)
    answer = opened(company).process(
        '<?xml version="1.0"?><?qbxml version="6.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
        f"{company_query(OTHER_OWNER)}</QBXMLMsgsRq></QBXML>"
    )
    assert "FileID" not in answer
