"""What the Web Connector writes into a company file when an application is added to it: FileID and AppLock, as private data."""

from __future__ import annotations

from ...protocols.xml_tree import escaped, parse_xml
from .quickbooks import QuickBooks

DOCUMENT = '<?xml version="1.0"?><?qbxml version="6.0"?><QBXML><QBXMLMsgsRq onError="continueOnError">{}</QBXMLMsgsRq></QBXML>'


def add_to_file(quickbooks: QuickBooks, owner_id: str, file_id: str) -> str:
    """Write the FileID once; a complaint where the OwnerID has another one there (Web Connector Programmer's Guide, QBWC1039)."""
    there = _written(quickbooks, owner_id)
    if "FileID" in there:
        same = there["FileID"].upper() == file_id.upper()
        return "" if same else "QBWC1039: Unique OwnerID/FileID pair value required."
    owner = f"<OwnerID>{escaped(owner_id)}</OwnerID>"
    requests = "".join(
        f"<DataExtDefAddRq><DataExtDefAdd>{owner}<DataExtName>{name}</DataExtName><DataExtType>STR255TYPE</DataExtType>"
        "<AssignToObject>Company</AssignToObject></DataExtDefAdd></DataExtDefAddRq>"
        f"<DataExtAddRq><DataExtAdd>{owner}<DataExtName>{name}</DataExtName><OtherDataExtType>Company</OtherDataExtType>"
        f"<DataExtValue>{escaped(value)}</DataExtValue></DataExtAdd></DataExtAddRq>"
        for name, value in (("FileID", file_id), ("AppLock", "LOCKED:SANDBOX:0"))
    )
    quickbooks.process(DOCUMENT.format(requests))
    return "" if "FileID" in _written(quickbooks, owner_id) else "QBWC1026: The FileID could not be written."


def company_query(owner_id: str) -> str:
    """The question about the company, with what was written for this owner."""
    owner = f"<OwnerID>{escaped(owner_id)}</OwnerID>" if owner_id else ""
    return f"<CompanyQueryRq>{owner}</CompanyQueryRq>"


def _written(quickbooks: QuickBooks, owner_id: str) -> dict[str, str]:
    """By name."""
    answer = quickbooks.process(DOCUMENT.format(company_query(owner_id)))
    company = parse_xml(answer[answer.find("<QBXML") :].encode()).find("CompanyRet")
    found = company.all("DataExtRet") if company else ()
    return {each.text_of("DataExtName"): each.text_of("DataExtValue") for each in found}
