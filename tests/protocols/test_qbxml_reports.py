"""Reports of QuickBooks Desktop as flat rows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tieout.catalog.qbxml import edition
from tieout.errors import SetupError
from tieout.protocols.qbxml_reader import Ret, read_answers
from tieout.protocols.qbxml_reports import report_request, report_rows
from tieout.protocols.qbxml_writer import MessageSet, write_message_set

US = edition("US", "13.0")

ANSWER = """<?xml version="1.0" ?><QBXML><QBXMLMsgsRs>
<GeneralSummaryReportQueryRs requestID="1" statusCode="0" statusSeverity="Info" statusMessage="Status OK"><ReportRet>
<ReportTitle>Trial Balance</ReportTitle><ReportSubtitle>As of January 31, 2026</ReportSubtitle>
<ReportBasis>Accrual</ReportBasis><NumRows>3</NumRows><NumColumns>3</NumColumns><NumColTitleRows>1</NumColTitleRows>
<ColDesc colID="1" dataType="STRTYPE"><ColTitle titleRow="1"/><ColType>Label</ColType></ColDesc>
<ColDesc colID="2" dataType="AMTTYPE"><ColTitle titleRow="1" value="{first}"/><ColType>{kinds[0]}</ColType></ColDesc>
<ColDesc colID="3" dataType="AMTTYPE"><ColTitle titleRow="1" value="{second}"/><ColType>{kinds[1]}</ColType></ColDesc>
<ReportData>
<TextRow rowNumber="1" value="ASSETS"/>
<DataRow rowNumber="2"><RowData rowType="account" value="Checking"/>
<ColData colID="1" value="Checking"/><ColData colID="2" value="1234.50"/></DataRow>
<TotalRow rowNumber="3"><ColData colID="1" value="TOTAL"/><ColData colID="2" value="1234.50"/>
<ColData colID="3" value="1234.50"/></TotalRow>
</ReportData></ReportRet></GeneralSummaryReportQueryRs></QBXMLMsgsRs></QBXML>"""


def rows(first: str, second: str, *kinds: str) -> list[dict[str, object]]:
    answer = ANSWER.format(first=first, second=second, kinds=kinds).encode()
    (ret,) = (each for each in read_answers([answer], US) if isinstance(each, Ret))
    return report_rows(ret.record)


def test_columns_of_several_types_stand_beside_each_other() -> None:
    text, checking, total = rows("Debit", "Credit", "Debit", "Credit")
    assert (text["kind"], text["label"]) == ("text", "ASSETS")
    assert checking == {
        "row": 2,
        "kind": "data",
        "row_type": "account",
        "row_value": "Checking",
        "label": "Checking",
        "debit": Decimal("1234.50"),
    }
    assert (total["kind"], total["debit"], total["credit"]) == (
        "total",
        Decimal("1234.50"),
        Decimal("1234.50"),
    )


def test_columns_of_one_type_become_rows() -> None:
    found = rows("Jan 26", "Feb 26", "Amount", "Amount")
    assert [(each["label"], each["column"], each.get("amount")) for each in found] == [
        ("ASSETS", None, None),
        ("Checking", "Jan 26", Decimal("1234.50")),
        ("TOTAL", "Jan 26", Decimal("1234.50")),
        ("TOTAL", "Feb 26", Decimal("1234.50")),
    ]


def test_columns_of_one_title_are_told_apart() -> None:
    _, _, first, second = rows("($) Diff.", "($) Diff.", "AmountDifference", "AmountDifference")
    assert [each["column"] for each in (first, second)] == ["($) Diff.", "($) Diff. (2)"]


def test_a_report_is_asked_for_by_its_name_in_the_schema_s_order() -> None:
    params = {
        "ToReportDate": "2026-01-31",
        "SummarizeColumnsBy": "Month",
        "ReportAccountFilter.FullName": "A,B",
    }
    document = write_message_set(MessageSet(US, (report_request("ProfitAndLossStandard", params, US),)))
    assert b"<GeneralSummaryReportType>ProfitAndLossStandard</GeneralSummaryReportType>" in document
    assert b"<ReportPeriod>\n" in document or b"<ReportPeriod><ToReportDate>2026-01-31" in document
    assert document.count(b"<FullName>") == 2


@pytest.mark.parametrize(
    ("name", "params", "told"),
    [
        ("ProfitAndLossStandart", {}, "ProfitAndLossStandard"),
        ("TrialBalance", {"ToReportDay": "2026-01-31"}, "ToReportDate"),
    ],
)
def test_unknown_reports_and_parameters_are_named(name: str, params: dict[str, str], told: str) -> None:
    with pytest.raises(SetupError, match=f"Did you mean '?{told}"):
        report_request(name, params, US)
